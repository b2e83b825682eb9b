//! What a stage is given where it is wired, and what it hands on.

use super::super::edit::Kind::Wiring;
use super::super::edit::{Edit, edit};

const FILE: &str = "survey/src/parameters.rs";

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit(Wiring, "a value that a stage is given")
            .replace(FILE, "limited_by(40)", "limited_by(41)")
            .alters(&["limited_by"]),
        edit(Wiring, "a helper of a stage whose output another one reads")
            .replace(FILE, "number + 10", "number + 11")
            .alters(&["parcel", "weighed"]),
        edit(Wiring, "a method of the type that travels")
            .replace(FILE, "more * 2", "more * 3")
            .alters(&["weighed"]),
        edit(Wiring, "the order of variants of the type that travels")
            .replace(
                FILE,
                "    Light,\n    Heavy(i64),\n",
                "    Heavy(i64),\n    Light,\n",
            )
            .touches(&["parcel", "weighed"]),
        edit(
            Wiring,
            "a stage that makes the same as before leaves the next one alone",
        )
        .replace(
            FILE,
            "{ Weight::Light } else {",
            "{ Weight::Heavy(0) } else {",
        )
        .touches(&["parcel"]),
        edit(Wiring, "a field is added to the type that travels")
            .replace(
                FILE,
                "    number: i64,\n    weight: Weight,\n",
                concat!(
                    "    number: i64,\n",
                    "    place: i64,\n",
                    "    weight: Weight,\n"
                ),
            )
            .replace(
                FILE,
                "        number,\n",
                "        number,\n        place: 3,\n",
            )
            .alters(&["parcel"])
            .touches(&["weighed"]),
    ]
}

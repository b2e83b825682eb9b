//! Constants, statics, and what stands in them.

use super::super::edit::Kind::Constant;
use super::super::edit::{Edit, edit};

const FILE: &str = "survey/src/constants.rs";

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit(Constant, "a constant that another one is made of")
            .replace(FILE, "BASE: i64 = 7", "BASE: i64 = 8")
            .alters(&["limited"]),
        edit(Constant, "a function that runs when compiled")
            .replace(FILE, "number + 1\n", "number + 2\n")
            .alters(&["limited", "in_const_block"]),
        edit(Constant, "a static")
            .replace(FILE, "\"middle\"", "\"between\"")
            .alters(&["labelled"]),
        edit(Constant, "a closure in a table of function pointers")
            .replace(FILE, "|number| -number", "|number| -number - 1")
            .alters(&["pointer_table"]),
        edit(Constant, "a function inside a constant")
            .replace(FILE, "number - 4", "number - 5")
            .alters(&["chosen"]),
        edit(Constant, "the length of an array")
            .replace(FILE, "WIDTH: usize = 4", "WIDTH: usize = 5")
            .alters(&["array_length"]),
        edit(Constant, "a constant that a format captures")
            .replace(FILE, "SCALE: f64 = 2.5", "SCALE: f64 = 2.25")
            .alters(&["captured"]),
        edit(Constant, "a constant that stands in a format as a width")
            .replace(FILE, "PAD: usize = 6", "PAD: usize = 7")
            .alters(&["padded"]),
        edit(Constant, "what fills a lazy static")
            .replace(FILE, "(\"elm\", 4)", "(\"elm\", 5)")
            .alters(&["lazily"]),
        edit(Constant, "what fills a thread's own static")
            .replace(FILE, "number * 8", "number * 9")
            .alters(&["per_thread"]),
        edit(Constant, "a constant of a type")
            .replace(
                "survey/src/associated.rs",
                "RADIUS: i64 = 14",
                "RADIUS: i64 = 15",
            )
            .alters(&["inherent_constant"]),
        edit(Constant, "a constant of a type as the length of an array")
            .replace(
                "survey/src/associated.rs",
                "SPOKES: usize = 8",
                "SPOKES: usize = 9",
            )
            .alters(&["length_by_constant"]),
        edit(Constant, "a constant of a trait's impl")
            .replace("survey/src/associated.rs", "SIZE: i64 = 3", "SIZE: i64 = 4")
            .alters(&["stepped", "constant_by_default"]),
        edit(Constant, "a constant that is known by an associated type")
            .replace(
                "survey/src/associated.rs",
                "SIZE: i64 = 9",
                "SIZE: i64 = 10",
            )
            .alters(&["stepped"]),
        edit(Constant, "a constant with a default in its trait")
            .replace(
                "survey/src/associated.rs",
                "Self::SIZE * 2",
                "Self::SIZE * 3",
            )
            .alters(&["constant_by_default"]),
        edit(Constant, "a default constant is overridden")
            .replace(
                "survey/src/associated.rs",
                "SIZE: i64 = 3;",
                "SIZE: i64 = 3;\n    const TWICE: i64 = 100;",
            )
            .alters(&["constant_by_default"]),
    ]
}

//! Packages of a registry: versions in the lock file, features in manifests, replacements.

use super::super::edit::Kind::Registry;
use super::super::edit::{Edit, edit};

const PLURALS: [&str; 3] = ["plurals", "deep_plurals", "plural_by_reexport"];

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit(Registry, "a patch version of a crate that stages use")
            .raise("tinywords", "1.0.1")
            .alters(&PLURALS),
        edit(
            Registry,
            "a patch version of a crate that such a crate uses",
        )
        .raise("tinychars", "1.0.1")
        .alters(&["plurals"])
        .touches(&PLURALS),
        edit(Registry, "a patch version of a crate that one stage uses")
            .raise("lonely", "1.0.1")
            .alters(&["lonely_number"]),
        edit(Registry, "a patch version of a crate that no stage uses").raise("idle", "1.0.1"),
        edit(Registry, "a feature of a crate, asked for by this package")
            .replace(
                "survey/Cargo.toml",
                "default-features = false",
                "default-features = false, features = [\"loud\"]",
            )
            .alters(&PLURALS),
        edit(
            Registry,
            "the default features of a crate, asked for by another package",
        )
        .replace("units/Cargo.toml", ", default-features = false", "")
        .alters(&PLURALS),
        edit(
            Registry,
            "a feature of a crate, asked for by a version of an unused crate",
        )
        .raise("idle", "1.0.2")
        .alters(&PLURALS),
        edit(Registry, "a feature of a crate, on the command line")
            .feature("tinywords/loud")
            .alters(&PLURALS),
        edit(
            Registry,
            "a feature of a crate, asked for by a package that is built as well",
        )
        .together_with("chorus")
        .alters(&PLURALS),
        edit(Registry, "a crate is replaced by a folder")
            .append(
                "Cargo.toml",
                "\n[patch.parish]\ntinywords = { path = \"patched\" }\n",
            )
            .write(
                "patched/Cargo.toml",
                concat!(
                    "[package]\n",
                    "name = \"tinywords\"\n",
                    "version = \"1.0.0\"\n",
                    "edition = \"2024\"\n",
                    "\n",
                    "[features]\n",
                    "polite = []\n",
                    "loud = []\n"
                ),
            )
            .write(
                "patched/src/lib.rs",
                concat!(
                    "//! Words.\n",
                    "\n",
                    "/// The plural.\n",
                    "pub fn plural(word: &str) -> String {\n",
                    "    format!(\"many a {word}\")\n",
                    "}\n"
                ),
            )
            .alters(&PLURALS),
    ]
}

//! Files that are part of the program, and functions that are named in text.

use super::super::edit::Kind::File;
use super::super::edit::{Edit, edit};

const FILES: &str = "survey/src/files.rs";
const SERDE: &str = "survey/src/serialised.rs";

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit(File, "an included text")
            .replace("survey/data/list.txt", "hazel", "holly")
            .alters(&["included_text"]),
        edit(File, "a text that is included from the package's root")
            .replace("survey/data/trees.txt", "lime", "yew")
            .alters(&["included_from_root"]),
        edit(File, "included bytes")
            .replace("survey/data/bytes.bin", "four", "fives")
            .alters(&["included_bytes"]),
        edit(File, "included code")
            .replace("survey/data/expression.rs", "* 2", "* 3")
            .alters(&["included_code"]),
        edit(File, "a function that only included code calls")
            .replace(FILES, "number + 33", "number + 34")
            .alters(&["included_code"]),
        edit(File, "a function in an included file")
            .replace(
                "survey/data/items.rs",
                "included_further() + 1",
                "included_further() + 2",
            )
            .alters(&["included_items"]),
        edit(File, "what a function in an included file calls, there")
            .replace("survey/data/items.rs", "    50\n", "    51\n")
            .alters(&["included_items"]),
        edit(File, "a text that is included inside another macro's call")
            .replace("survey/data/soil.txt", "chalk", "clay")
            .alters(&["included_in_macro_call"]),
        edit(File, "another file is included")
            .replace(FILES, "../data/list.txt", "../data/trees.txt")
            .alters(&["included_text"]),
        edit(File, "a file whose name a macro puts together")
            .replace("oddities/data/north.txt", "oak\n", "oak\nash\n")
            .alters(&["included_by_macro"]),
        edit(File, "the macro gets the name of another file")
            .replace("oddities/src/shown.rs", "north.txt", "south.txt")
            .alters(&["included_by_macro"]),
        edit(File, "a file that nobody includes").replace("oddities/data/south.txt", "fir", "pine"),
        edit(File, "the default of a field, named in text")
            .replace(SERDE, "nameless", "anonymous")
            .alters(&["read_form"]),
        edit(File, "whether a field is left out, named in text")
            .replace(SERDE, "*number < 3", "*number < 2")
            .alters(&["written_form"]),
        edit(File, "how a field is written, in a module named in text")
            .replace(SERDE, "#{number}", "no. {number}")
            .alters(&["written_form"]),
        edit(File, "how a field is read, in a module named in text")
            .replace(SERDE, "text.len() as i64", "text.len() as i64 + 1")
            .alters(&["read_form"]),
        edit(File, "the name of a field in JSON")
            .replace(SERDE, "rename = \"Left\"", "rename = \"LEFT\"")
            .alters(&["written_row"]),
        edit(File, "the names of all fields in JSON")
            .replace(
                SERDE,
                "#[derive(Serialize)]\nstruct Row",
                concat!(
                    "#[derive(Serialize)]\n",
                    "#[serde(rename_all = \"UPPERCASE\")]\n",
                    "struct Row"
                ),
            )
            .alters(&["written_row"]),
        edit(File, "the order of fields in JSON")
            .replace(
                SERDE,
                concat!(
                    "    #[serde(rename = \"Left\")]\n",
                    "    left: i64,\n",
                    "    right: i64,\n"
                ),
                concat!(
                    "    right: i64,\n",
                    "    #[serde(rename = \"Left\")]\n",
                    "    left: i64,\n"
                ),
            )
            .alters(&["written_row"]),
        edit(File, "the conversion from what is read, named in text")
            .replace(SERDE, "raw.feet / 3", "raw.feet / 2")
            .alters(&["read_depth"]),
    ]
}

//! What a name means: imports, re-exports, modules and their files, shadows.

use super::super::edit::Kind::Name;
use super::super::edit::{Edit, edit};

const GLOBS: &str = "survey/src/globs.rs";
const NAMES: &str = "survey/src/names.rs";

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit(Name, "one of several functions of the same name")
            .replace("survey/src/north.rs", "{}-n", "{}-N")
            .alters(&["northern"]),
        edit(Name, "two imports change places")
            .replace(
                NAMES,
                "use crate::{north, south};",
                "use crate::{north as south, south as north};",
            )
            .alters(&["northern", "southern"]),
        edit(Name, "a function behind a glob")
            .replace(GLOBS, "a * 10 + b", "a * 100 + b")
            .alters(&["mixed", "mingled"]),
        edit(Name, "a function behind two globs")
            .replace(GLOBS, "(a + b) / 2", "(a + b) / 3")
            .alters(&["blended", "mingled"]),
        edit(Name, "an import hides what a glob brought")
            .replace(
                GLOBS,
                "    use super::left::*;\n",
                "    use super::left::*;\n    use super::right::mix;\n",
            )
            .alters(&["mixed"]),
        edit(Name, "a function hides what a glob brought")
            .replace(
                GLOBS,
                "    use super::left::*;\n",
                concat!(
                    "    use super::left::*;\n",
                    "\n",
                    "    fn mix(a: i64, b: i64) -> i64 {\n",
                    "        a - b\n",
                    "    }\n"
                ),
            )
            .alters(&["mixed"]),
        edit(Name, "a glob of another module")
            .replace(GLOBS, "use super::left::*;", "use super::right::*;")
            .alters(&["mixed"]),
        edit(Name, "a function of the parent, by super::*")
            .replace(GLOBS, "number * 4", "number * 5")
            .alters(&["parental"]),
        edit(Name, "a glob in the parent brings another function")
            .replace(
                GLOBS,
                "fn parent(number: i64) -> i64 {\n    number * 4\n}\n",
                concat!(
                    "use self::right::*;\n",
                    "\n",
                    "fn parent(number: i64) -> i64 {\n",
                    "    blend(number, 20)\n",
                    "}\n"
                ),
            )
            .alters(&["parental"]),
        edit(Name, "one name in a group of imports")
            .replace(GLOBS, "left::{mix as mingle}", "right::{mix as mingle}")
            .alters(&["mingled"]),
        edit(Name, "a re-export of something else under the same name")
            .replace(
                "survey/src/facade.rs",
                "workshop::polish;",
                "workshop::varnish as polish;",
            )
            .alters(&["re_exported"]),
        edit(Name, "an import of ours instead of the standard library's")
            .replace(
                "survey/src/calls.rs",
                "use std::cmp::max;",
                "use crate::arithmetic::max;",
            )
            .append(
                "survey/src/arithmetic.rs",
                concat!(
                    "\n",
                    "pub fn max(a: i64, b: i64) -> i64 {\n",
                    "    a.max(b) * 100\n",
                    "}\n"
                ),
            )
            .alters(&["greatest"]),
        edit(Name, "another trait with the same method")
            .replace(
                "survey/src/extension.rs",
                "use super::gentle::Bend;",
                "use super::sharp::Bend;",
            )
            .alters(&["bent"]),
        edit(Name, "a module is read from another file")
            .replace(
                "survey/src/main.rs",
                "seasons/summer.rs",
                "seasons/winter.rs",
            )
            .alters(&["by_path"]),
        edit(Name, "a file that a module is read from by its path")
            .replace("survey/src/seasons/summer.rs", "92", "93")
            .alters(&["by_path"]),
        edit(Name, "a function with a raw name")
            .replace(NAMES, "number * 11", "number * 12")
            .alters(&["raw"]),
        edit(Name, "a function in a module with a raw name")
            .replace(NAMES, "        5\n", "        6\n")
            .alters(&["raw"]),
        edit(Name, "a name that is written in two ways")
            .replace(NAMES, "    180\n", "    181\n")
            .alters(&["foreign_letters"]),
        edit(Name, "a constant with foreign letters")
            .replace(NAMES, "Länge(1)", "Länge(2)")
            .alters(&["foreign_letters"]),
        edit(Name, "an enum of ours hides the standard library's")
            .replace(
                "survey/src/shadows.rs",
                "    use mlops::prelude::*;\n\n    #[stage]\n",
                concat!(
                    "    use mlops::prelude::*;\n",
                    "\n",
                    "    use self::Option::Some;\n",
                    "\n",
                    "    enum Option<T> {\n",
                    "        Some(T),\n",
                    "    }\n",
                    "\n",
                    "    impl Option<i64> {\n",
                    "        fn unwrap_or_default(self) -> i64 {\n",
                    "            let Some(number) = self;\n",
                    "            number + 1\n",
                    "        }\n",
                    "    }\n",
                    "\n",
                    "    #[stage]\n"
                ),
            )
            .alters(&["least"]),
        edit(
            Name,
            "a constant turns a pattern that took everything into a comparison",
        )
        .replace(
            "survey/src/shadows.rs",
            "trait Bits",
            "const LIMIT: i64 = 5;\n\ntrait Bits",
        )
        .alters(&["matched"]),
        edit(Name, "a file that a path inside an inline module names")
            .replace("survey/src/tracks/inner/deep.rs", "300", "301")
            .alters(&["deep_path"]),
        edit(Name, "a file in the folder of an inline module")
            .replace("survey/src/tracks/inner/plain.rs", "400", "401")
            .alters(&["inline_folder"]),
        edit(Name, "a file of a module that a macro declares")
            .replace("survey/src/tracks/byway.rs", "500", "501")
            .alters(&["declared_by_macro"]),
        edit(Name, "a module gets another file, in a folder of its own")
            .rename("survey/src/tracks/inner/plain.rs", "survey/notes.txt")
            .write(
                "survey/src/tracks/inner/plain/mod.rs",
                concat!(
                    "//! Another file.\n",
                    "\n",
                    "pub(crate) fn metres() -> i64 {\n",
                    "    403\n",
                    "}\n"
                ),
            )
            .alters(&["inline_folder"]),
        edit(Name, "an import under another name of the same function")
            .replace(
                "survey/src/calls.rs",
                "use crate::text::shout as louder;",
                "use crate::text;\nuse text::shout as louder;",
            )
            .replace(
                "survey/src/calls.rs",
                "use crate::season;\nuse crate::text;\n",
                "use crate::season;\n",
            )
            .touches(&["alias", "calls_another", "helper"]),
    ]
}

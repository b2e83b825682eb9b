//! Edits that no stage can see.

use super::super::edit::Kind::Harmless;
use super::super::edit::{Edit, edit};

const TEXT: &str = "survey/src/text.rs";
const EAST: &str = "survey/src/east.rs";
const MAIN: &str = "survey/src/main.rs";
const PARAMETERS: &str = "survey/src/parameters.rs";

pub(super) fn edits() -> Vec<Edit> {
    let mut edits = words();
    edits.extend(unreached());
    edits.extend(around());
    edits
}

fn words() -> Vec<Edit> {
    vec![
        edit(Harmless, "nothing at all"),
        edit(Harmless, "a comment in a helper").replace(
            TEXT,
            "    // Blanks first: there are fewer letters then.\n",
            concat!(
                "    // Blanks first.\n",
                "    /* There are fewer letters then. */\n"
            ),
        ),
        edit(Harmless, "a doc comment on a helper").replace(
            TEXT,
            "/// Small letters,",
            "/// Lower case,",
        ),
        edit(
            Harmless,
            "a comment at the top of a file that everything stands below",
        )
        .replace(
            MAIN,
            "extern crate self as survey;",
            concat!(
                "// We call ourselves by name.\n",
                "\n",
                "extern crate self as survey;"
            ),
        ),
        edit(Harmless, "the layout of a helper").replace(
            TEXT,
            "    squeeze(text).to_lowercase()\n",
            "    squeeze(text)\n        .to_lowercase()\n",
        ),
        edit(Harmless, "the ends of lines").convert(TEXT, |text| text.replace('\n', "\r\n")),
        edit(
            Harmless,
            "a mark for the order of bytes at the start of a file",
        )
        .convert(TEXT, |text| format!("\u{feff}{text}")),
        edit(Harmless, "documentation as an attribute").replace(
            TEXT,
            "/// Small letters, and one blank between words.",
            "#[doc = \" Small letters, and one blank between words.\"]",
        ),
        edit(Harmless, "the order of functions in a file")
            .replace(
                TEXT,
                concat!(
                    "fn squeeze(text: &str) -> String {\n",
                    "    text.split_whitespace().collect::<Vec<_>>().join(\" \")\n",
                    "}\n"
                ),
                "",
            )
            .append(
                TEXT,
                concat!(
                    "\n",
                    "fn squeeze(text: &str) -> String {\n",
                    "    text.split_whitespace().collect::<Vec<_>>().join(\" \")\n",
                    "}\n"
                ),
            ),
        edit(Harmless, "the order of modules")
            .replace(MAIN, "mod account;\n", "")
            .replace(MAIN, "mod workshop;\n", "mod workshop;\nmod account;\n"),
        edit(Harmless, "the order of impls of a type").convert("survey/src/overloads.rs", |text| {
            let middle = text.find("struct Wall").unwrap_or_default();
            let end = text.find("pub(crate) fn numbers").unwrap_or_default();
            let first = text.find("struct Hedge").unwrap_or_default();
            [
                &text[..first],
                &text[middle..end],
                &text[first..middle],
                &text[end..],
            ]
            .concat()
        }),
        edit(Harmless, "a text that is documentation only").replace(
            "survey/README.md",
            "Words",
            "More words",
        ),
        edit(Harmless, "a comment in a package below").replace(
            "units/src/length.rs",
            "//! A length in millimetres.\n",
            "//! A length in millimetres.\n// Nobody needs less.\n",
        ),
        edit(Harmless, "a doc comment in a package below").replace(
            "shapes/src/polygon.rs",
            "/// Once around.",
            "/// The way around it.",
        ),
        edit(Harmless, "a stage's description").replace(
            "survey/src/calls.rs",
            "/// Another module's function, and one that it calls.",
            "/// It says so itself.",
        ),
        edit(
            Harmless,
            "how a stage is run: retries, time, owner, resources",
        )
        .replace(
            PARAMETERS,
            "#[stage(retries = 1)]",
            concat!(
                "#[stage(retries = 3, backoff = \"2s\", timeout = \"5m\", ",
                "owner = \"office\", cpus = 2, memory = \"1MiB\")]"
            ),
        ),
        edit(Harmless, "a stage's owner").replace(
            PARAMETERS,
            "owner = \"field\"",
            "owner = \"meadow\"",
        ),
    ]
}

fn unreached() -> Vec<Edit> {
    vec![
        edit(Harmless, "an unreached function with a common name").replace(
            TEXT,
            "chars().count() + 1",
            "chars().count() + 2",
        ),
        edit(Harmless, "another one in a reached file").replace(
            TEXT,
            "    text.to_owned()\n",
            "    text.trim().to_owned()\n",
        ),
        edit(
            Harmless,
            "an unreached function with the name of a reached one",
        )
        .replace(EAST, "{}-e", "{}-E"),
        edit(
            Harmless,
            "a function with the name of one that is reached elsewhere in the chain",
        )
        .replace("survey/src/chain/second/mod.rs", "number - 1", "number - 2"),
        edit(Harmless, "a constructor of an unreached type").replace(
            EAST,
            "lines: vec![first]",
            "lines: vec![first, 0]",
        ),
        edit(Harmless, "the methods of an unreached type")
            .replace(
                EAST,
                "self.lines.iter().sum()",
                "self.lines.iter().sum::<i64>() + 1",
            )
            .replace(EAST, "self.lines.len()", "self.lines.len() + 1"),
        edit(Harmless, "an uncalled method of a reached type").replace(
            "survey/src/account.rs",
            "self.balance() / 20",
            "self.balance() / 30",
        ),
        edit(
            Harmless,
            "an uncalled method with a common name, of a reached type",
        )
        .replace(
            "survey/src/account.rs",
            "self.entries.len()",
            "self.entries.len() + 1",
        ),
        edit(Harmless, "a new uncalled method of a reached type").append(
            "survey/src/workshop.rs",
            concat!(
                "\n",
                "impl crate::account::Account {\n",
                "    pub fn closed(&self) -> bool {\n",
                "        self.len() == 0\n",
                "    }\n",
                "}\n"
            ),
        ),
        edit(Harmless, "a method behind Deref that nobody calls").replace(
            "survey/src/wrapper.rs",
            "self.depth * 5",
            "self.depth * 6",
        ),
        edit(Harmless, "an unreached type's impl of a reached trait").replace(
            "survey/src/area.rs",
            "self.0 * self.0 * 3",
            "self.0 * self.0 * 4",
        ),
        edit(
            Harmless,
            "an unreached type's impl of a trait with a blanket impl",
        )
        .replace("survey/src/blanket.rs", "self.0 * 70", "self.0 * 71"),
        edit(
            Harmless,
            "an unreached type's impl of a trait that a generic function asks for",
        )
        .replace("survey/src/generics.rs", "self.0 * 9", "self.0 * 8"),
        edit(Harmless, "an override that nobody calls").replace(
            "survey/src/area.rs",
            "        self.length * 2\n    }\n",
            concat!(
                "        self.length * 2\n",
                "    }\n",
                "\n",
                "    fn doubled(&self) -> i64 {\n",
                "        1\n",
                "    }\n"
            ),
        ),
        edit(Harmless, "the trait that is not imported").replace(
            "survey/src/extension.rs",
            "self * 4.0",
            "self * 5.0",
        ),
        edit(Harmless, "a function behind a glob that is not used").replace(
            "survey/src/globs.rs",
            "b * 10 + a",
            "b * 100 + a",
        ),
        edit(Harmless, "constants and statics that nobody reads")
            .replace(
                "survey/src/constants.rs",
                "[i64; 2] = [1, 2]",
                "[i64; 2] = [1, 3]",
            )
            .replace(
                "survey/src/constants.rs",
                "UNUSED: i64 = 3",
                "UNUSED: i64 = 4",
            ),
        edit(Harmless, "a file of a module that is not read").replace(
            "survey/src/seasons/winter.rs",
            "90",
            "91",
        ),
        edit(Harmless, "the module of the tests").replace(
            TEXT,
            "assert_eq!(tidy(\" A  b\"), \"a b\");",
            concat!(
                "assert_eq!(tidy(\"A   b\"), \"a b\");\n",
                "        assert_eq!(tidy(\"\"), \"\");"
            ),
        ),
        edit(Harmless, "a derive on an unreached type").replace(
            EAST,
            "pub struct Ledger",
            "#[derive(Clone, Debug, PartialEq)]\npub struct Ledger",
        ),
        edit(Harmless, "a function in a package below that nobody calls").replace(
            "units/src/lib.rs",
            "    17\n",
            "    18\n",
        ),
        edit(Harmless, "a new function in a package below").append(
            "units/src/convert.rs",
            concat!(
                "\n",
                "/// So many miles.\n",
                "pub fn from_miles(number: i64) -> Length {\n",
                "    metres(number * 1609)\n",
                "}\n"
            ),
        ),
        edit(
            Harmless,
            "an unreached type of a package below with the name of a reached one",
        )
        .replace("units/src/account.rs", "self.metres - 1", "self.metres - 2")
        .replace(
            "units/src/account.rs",
            "Self { metres }",
            "Self { metres: metres + 1 }",
        ),
        edit(
            Harmless,
            "a method with a common name in a package below that nobody calls",
        )
        .replace(
            "shapes/src/polygon.rs",
            "self.sides.is_empty()",
            "self.sides.len() == 0",
        ),
    ]
}

fn around() -> Vec<Edit> {
    vec![
        edit(Harmless, "a new item that nobody uses").append(
            TEXT,
            concat!(
                "\n",
                "pub fn polish(text: &str) -> String {\n",
                "    format!(\"{text}, polished\")\n",
                "}\n"
            ),
        ),
        edit(
            Harmless,
            "a new impl of a standard trait for an unreached type",
        )
        .append(
            EAST,
            concat!(
                "\n",
                "impl std::fmt::Display for Ledger {\n",
                "    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {\n",
                "        write!(f, \"{}\", self.len())\n",
                "    }\n",
                "}\n"
            ),
        ),
        edit(Harmless, "a new module with well-known names")
            .write(
                "survey/src/west.rs",
                concat!(
                    "//! The west.\n",
                    "\n",
                    "pub struct Account;\n",
                    "\n",
                    "impl Account {\n",
                    "    pub fn new(first: i64) -> i64 {\n",
                    "        first\n",
                    "    }\n",
                    "\n",
                    "    pub fn balance(&self) -> i64 {\n",
                    "        0\n",
                    "    }\n",
                    "}\n",
                    "\n",
                    "pub fn normalise(text: &str) -> String {\n",
                    "    text.to_owned()\n",
                    "}\n",
                    "\n",
                    "pub fn tidy(text: &str) -> String {\n",
                    "    text.to_owned()\n",
                    "}\n"
                ),
            )
            .replace(MAIN, "mod wrapper;", "mod west;\nmod wrapper;"),
        edit(Harmless, "an unused import from the standard library").replace(
            TEXT,
            "/// Small letters,",
            concat!(
                "#[allow(unused_imports)]\n",
                "use std::collections::HashMap;\n",
                "\n",
                "/// Small letters,"
            ),
        ),
        edit(Harmless, "a lint for the whole crate").replace(
            MAIN,
            "extern crate self as survey;",
            "#![allow(dead_code)]\n\nextern crate self as survey;",
        ),
        edit(
            Harmless,
            "a module moves from its file into another form of the same name",
        )
        .rename("survey/src/north.rs", "survey/src/north/mod.rs"),
        edit(Harmless, "a module moves from its file into its parent")
            .replace(
                MAIN,
                "mod south;\n",
                concat!(
                    "mod south {\n",
                    "    //! The south.\n",
                    "\n",
                    "    pub fn normalise(text: &str) -> String {\n",
                    "        format!(\"{}-s\", text.to_uppercase())\n",
                    "    }\n",
                    "}\n"
                ),
            )
            .rename("survey/src/south.rs", "survey/notes.txt"),
        edit(Harmless, "a file that no module names")
            .write("survey/src/forgotten.rs", "pub fn tidy() {}\n"),
        edit(Harmless, "a test and an example of the package")
            .write("survey/tests/outside.rs", "#[test]\nfn nothing() {}\n")
            .write("survey/examples/map.rs", "fn main() {}\n"),
        edit(Harmless, "the order in which stages are wired").replace(
            MAIN,
            "        area::texts(),\n        blanket::texts(),\n",
            "        blanket::texts(),\n        area::texts(),\n",
        ),
        edit(Harmless, "another stage in the pipeline")
            .replace(
                "survey/src/calls.rs",
                "        helper(),\n",
                "        another(),\n        helper(),\n",
            )
            .append(
                "survey/src/calls.rs",
                concat!(
                    "\n",
                    "#[stage]\n",
                    "fn another() -> String {\n",
                    "    text::shout(\"new\")\n",
                    "}\n"
                ),
            ),
        edit(Harmless, "a stage leaves the pipeline").replace(
            "survey/src/calls.rs",
            "        helper(),\n        alias(),\n",
            "        helper(),\n",
        ),
        edit(Harmless, "what the program does before it wires").replace(
            MAIN,
            "    mlops::app()",
            "    let _ = std::env::args().count();\n    mlops::app()",
        ),
        edit(Harmless, "what the manifest says to people").replace(
            "survey/Cargo.toml",
            "publish = false",
            "publish = false\ndescription = \"A survey\" # in a word",
        ),
        edit(Harmless, "a feature that nothing asks for").replace(
            "survey/Cargo.toml",
            "loud = []",
            "loud = []\nquiet = []",
        ),
        edit(Harmless, "a dependency for tests").append(
            "survey/Cargo.toml",
            "\n[dev-dependencies]\nmarks = { path = \"../marks\" }\n",
        ),
        edit(Harmless, "a dependency that nobody uses")
            .append("survey/Cargo.toml", "tables = { path = \"../tables\" }\n"),
        edit(Harmless, "a comment in a build script's package").replace(
            "tables/source/all.rs",
            "/// Who made the table.",
            "/// By whom.",
        ),
        edit(Harmless, "the tables of this repository's own lints").append(
            "Cargo.toml",
            "\n[workspace.lints.rust]\nunused = \"allow\"\n",
        ),
    ]
}

//! Conditions: features, variables of the environment, settings of the build.

use super::super::edit::Kind::Condition;
use super::super::edit::{Edit, edit};

const FILE: &str = "survey/src/configured.rs";
const MANIFEST: &str = "survey/Cargo.toml";

/// Everything that asks for the feature `loud`, in one way or another.
const LOUD: [&str; 3] = [
    "by_feature",
    "by_feature_in_statement",
    "by_feature_in_method",
];

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit(Condition, "a feature, on the command line")
            .feature("loud")
            .alters(&LOUD),
        edit(Condition, "a feature, in the manifest")
            .replace(
                MANIFEST,
                "default = [\"metric\"]",
                "default = [\"metric\", \"loud\"]",
            )
            .alters(&LOUD),
        edit(
            Condition,
            "a feature that a body asks for is no default any more",
        )
        .replace(MANIFEST, "default = [\"metric\"]", "default = []")
        .alters(&["by_feature_in_body"]),
        edit(Condition, "the function that is there without the feature")
            .replace(FILE, "    3\n", "    4\n")
            .alters(&["by_feature"]),
        edit(Condition, "the function that is there with the feature")
            .replace(FILE, "    11\n", "    12\n"),
        edit(Condition, "the method that is there with the feature").replace(
            FILE,
            "        2\n",
            "        3\n",
        ),
        edit(Condition, "the function of another system").replace(
            FILE,
            "\"backslash\"",
            "\"other slash\"",
        ),
        edit(Condition, "a condition says the opposite")
            .replace(FILE, "#[cfg(windows)]", "#[cfg(not(windows))]")
            .replace(
                FILE,
                concat!(
                    "#[cfg(not(windows))]\n",
                    "fn separator() -> &'static str {\n",
                    "    \"slash\""
                ),
                concat!(
                    "#[cfg(windows)]\n",
                    "fn separator() -> &'static str {\n",
                    "    \"slash\""
                ),
            )
            .alters(&["separated"]),
        edit(Condition, "a feature that decides which file is a module")
            .replace(
                "survey/Cargo.toml",
                "oddities = { path = \"../oddities\" }",
                "oddities = { path = \"../oddities\", features = [\"loud\"] }",
            )
            .alters(&["by_feature_in_path"]),
        edit(Condition, "the file that is a module without the feature")
            .replace("oddities/src/calm.rs", "92", "93")
            .alters(&["by_feature_in_path"]),
        edit(Condition, "the file that is a module with the feature").replace(
            "oddities/src/storm.rs",
            "90",
            "91",
        ),
        edit(Condition, "assertions for debugging are off")
            .append(
                "Cargo.toml",
                concat!(
                    "\n",
                    "[profile.dev.package.survey]\n",
                    "debug-assertions = false\n"
                ),
            )
            .alters(&["asserting", "asserting_by_macro"]),
        edit(
            Condition,
            "assertions for debugging are off in a package below",
        )
        .append(
            "Cargo.toml",
            concat!(
                "\n",
                "[profile.dev.package.units]\n",
                "debug-assertions = false\n"
            ),
        )
        .alters(&["asserting_below"]),
        edit(Condition, "the package's version")
            .replace(MANIFEST, "version = \"0.3.0\"", "version = \"0.3.1\"")
            .alters(&["package_version"]),
        edit(Condition, "a variable of the build")
            .variable("SURVEY_REGION", "north")
            .alters(&["region"]),
        edit(
            Condition,
            "a variable of the build, named by pieces, in a helper",
        )
        .variable("SURVEY_HEIGHT", "high")
        .alters(&["height"]),
        edit(Condition, "a variable that nobody reads").variable("SURVEY_UNREAD", "1"),
        edit(Condition, "the edition of the language")
            .replace(MANIFEST, "edition = \"2024\"", "edition = \"2021\"")
            .touches_package("survey"),
    ]
}

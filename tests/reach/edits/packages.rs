//! Packages by path: their code, features, build scripts and procedural macros.

use super::super::edit::Kind::Package;
use super::super::edit::{Edit, edit};

const LENGTH: &str = "units/src/length.rs";
const PLACES: &str = "oddities/src/places.rs";

pub(super) fn edits() -> Vec<Edit> {
    let mut edits = code();
    edits.extend(configuration());
    edits.extend(oddities());
    edits
}

fn code() -> Vec<Edit> {
    vec![
        edit(Package, "a constant two packages down")
            .replace(
                "units/src/convert.rs",
                "PER_METRE: i64 = 1000",
                "PER_METRE: i64 = 1001",
            )
            .alters(&[
                "perimeter",
                "said",
                "across_crates",
                "by_package_reexport",
                "square",
            ]),
        edit(Package, "a function that one stage calls")
            .replace("units/src/convert.rs", "number * 305", "number * 304")
            .alters(&["feet"]),
        edit(Package, "Display of a type two packages down")
            .replace(LENGTH, "\"{} mm\"", "\"{} millimetres\"")
            .alters(&["perimeter", "said"]),
        edit(Package, "an operator of a type two packages down")
            .replace(
                LENGTH,
                "self.millimetres + other.millimetres",
                "self.millimetres + other.millimetres + 1",
            )
            .alters(&["perimeter", "across_crates", "square"]),
        edit(Package, "another operator of it")
            .replace(
                LENGTH,
                "self.millimetres - other.millimetres",
                "other.millimetres - self.millimetres",
            )
            .alters(&["feet"]),
        edit(Package, "a default method, used by a type of this package")
            .replace(LENGTH, "about {}", "roughly {}")
            .alters(&["said"]),
        edit(
            Package,
            "a generic function, used with a type of this package",
        )
        .replace(LENGTH, "fold(Length::new(0)", "fold(Length::new(7)")
        .alters(&["across_crates"]),
        edit(
            Package,
            "a method of this package that only the other package calls",
        )
        .replace(
            "survey/src/dependencies.rs",
            "units_of_shapes::metres(self.metres)",
            "units_of_shapes::metres(self.metres + 1)",
        )
        .alters(&["said", "across_crates"]),
        edit(
            Package,
            "a function one package down, by an alias of the package",
        )
        .replace("shapes/src/scaling.rs", "fineness() * 5", "fineness() * 6")
        .alters(&["scaled_by_name", "dependency_macro"]),
        edit(Package, "a private function one package down")
            .replace("shapes/src/polygon.rs", "fold(metres(0)", "fold(metres(1)")
            .alters(&["perimeter", "square"]),
        edit(Package, "a blanket impl of a package, for a number")
            .replace(LENGTH, "take(3)", "take(4)")
            .alters(&["blanket_of_package"]),
        edit(
            Package,
            "a constructor that is found behind a glob of a package",
        )
        .replace(
            "shapes/src/polygon.rs",
            "sides: sides.to_vec()",
            "sides: [sides, &[1]].concat()",
        )
        .alters(&["perimeter", "square", "corners"]),
        edit(
            Package,
            "another function under the name of a re-export of a package",
        )
        .replace(
            "shapes/src/lib.rs",
            "pub use measures as lengths;",
            concat!(
                "pub mod lengths {\n",
                "    pub use measures::from_feet as metres;\n",
                "    pub use measures::Short;\n",
                "}"
            ),
        )
        .alters(&["by_package_reexport"])
        .touches(&["blanket_of_package"]),
        edit(Package, "a helper of a stage that a library brings along")
            .replace("shapes/src/stages.rs", "    100\n", "    101\n")
            .alters(&["corners"]),
        edit(
            Package,
            "a method with a common name, which only that stage calls",
        )
        .replace(
            "shapes/src/polygon.rs",
            "self.sides.len()",
            "self.sides.len() + 1",
        )
        .alters(&["corners"]),
    ]
}

fn configuration() -> Vec<Edit> {
    vec![
        edit(Package, "a feature of a package, asked for by this one")
            .replace(
                "survey/Cargo.toml",
                "units = { path = \"../units\" }",
                "units = { path = \"../units\", features = [\"rounded\"] }",
            )
            .alters(&["perimeter", "said"]),
        edit(
            Package,
            "a feature of a package, asked for by the workspace",
        )
        .replace(
            "Cargo.toml",
            "shapes = { path = \"shapes\" }",
            "shapes = { path = \"shapes\", features = [\"fine\"] }",
        )
        .alters(&["scaled_by_name", "dependency_macro"]),
        edit(
            Package,
            "a feature of a package, asked for by another package",
        )
        .replace(
            "shapes/Cargo.toml",
            "package = \"units\" }",
            "package = \"units\", features = [\"rounded\"] }",
        )
        .alters(&["perimeter", "said"]),
        edit(
            Package,
            "a feature of a package, asked for by a feature of this one",
        )
        .replace(
            "survey/Cargo.toml",
            "default = [\"metric\"]",
            "default = [\"metric\", \"shapes/fine\"]",
        )
        .alters(&["scaled_by_name", "dependency_macro"]),
        edit(Package, "a feature of a package, on the command line")
            .feature("shapes/fine")
            .alters(&["scaled_by_name", "dependency_macro"]),
        edit(
            Package,
            "a feature of a package further down, on the command line",
        )
        .feature("units/rounded")
        .alters(&["perimeter", "said"]),
        edit(
            Package,
            "the version of a package, which the workspace says",
        )
        .replace(
            "Cargo.toml",
            "[workspace.package]\nversion = \"0.1.0\"",
            "[workspace.package]\nversion = \"0.1.1\"",
        )
        .alters(&["workspace_version"]),
        edit(Package, "another folder for a package")
            .replace("Cargo.toml", "\"tables\", ", "\"charts\", ")
            .replace("oddities/Cargo.toml", "../tables", "../charts")
            .write(
                "charts/Cargo.toml",
                concat!(
                    "[package]\n",
                    "name = \"tables\"\n",
                    "version = \"0.1.0\"\n",
                    "edition = \"2024\"\n",
                    "publish = false\n",
                    "\n",
                    "[lib]\n",
                    "name = \"heights\"\n"
                ),
            )
            .write(
                "charts/src/lib.rs",
                concat!(
                    "//! A chart.\n",
                    "\n",
                    "/// The highest.\n",
                    "pub fn highest() -> i64 {\n",
                    "    1\n",
                    "}\n",
                    "\n",
                    "/// Who made it.\n",
                    "pub fn maker() -> &'static str {\n",
                    "    \"nobody\"\n",
                    "}\n"
                ),
            )
            .alters(&["generated", "generated_variable"]),
        edit(Package, "the edition of a package")
            .replace(
                "shapes/Cargo.toml",
                "edition = \"2021\"",
                "edition = \"2024\"",
            )
            .touches(&[
                "perimeter",
                "corners",
                "scaled_by_name",
                "square",
                "by_package_reexport",
                "blanket_of_package",
                "dependency_macro",
            ]),
    ]
}

fn oddities() -> Vec<Edit> {
    vec![
        edit(Package, "a derive of a package")
            .replace(
                "marks/src/lib.rs",
                "{{ {fields} }} }}",
                "{{ {fields} + 10 }} }}",
            )
            .alters(&["derived_tally"]),
        edit(Package, "a procedural macro in an expression")
            .replace("marks/src/lib.rs", "{}_i64", "1{}_i64")
            .alters(&["answered"]),
        edit(
            Package,
            "a constant of a package that a procedural macro uses",
        )
        .replace("answers/src/lib.rs", "NUMBER: i64 = 42", "NUMBER: i64 = 43")
        .alters(&["answered"]),
        edit(Package, "a constant of a package that a build script uses")
            .replace("answers/src/lib.rs", "FINGERS: i64 = 5", "FINGERS: i64 = 6")
            .alters(&["generated_variable"]),
        edit(Package, "an attribute of a package on a function")
            .replace("marks/src/lib.rs", "{{ 10 * {{", "{{ 20 * {{")
            .alters(&["wrapped_by_attribute"]),
        edit(Package, "a function under an attribute of a package")
            .replace("marked/src/records.rs", "    6\n", "    7\n")
            .alters(&["wrapped_by_attribute"]),
        edit(Package, "a field of a type with a derive of ours")
            .replace(
                "marked/src/records.rs",
                "    pub height: i64,\n",
                "    pub height: i64,\n    pub depth: i64,\n",
            )
            .alters(&["derived_tally"]),
        edit(
            Package,
            "a field of a type beside which a derive writes another",
        )
        .replace(
            "marked/src/records.rs",
            "    pub depth: i64,\n",
            "    pub depth: i64,\n    pub length: i64,\n",
        )
        .alters(&["written_beside"]),
        edit(Package, "a function whose name a derive puts together")
            .replace("marked/src/records.rs", "    7\n", "    9\n")
            .alters(&["written_beside"]),
        edit(
            Package,
            "a function whose name a derive could have put together",
        )
        .replace("marked/src/records.rs", "    8\n", "    9\n"),
        edit(Package, "what the derives of a package share")
            .replace("marks/src/lib.rs", "fields = group", "fields = 100 + group")
            .alters(&["derived_tally", "written_beside"]),
        edit(Package, "documentation that a derive reads")
            .replace(
                "marked/src/records.rs",
                "A post at the corner",
                "A stone at the corner",
            )
            .alters(&["derived_documentation"]),
        edit(Package, "documentation that a derive could read")
            .replace(
                "marked/src/records.rs",
                "Counted by a derive",
                "Counted by a macro",
            )
            .touches(&["derived_tally"]),
        edit(Package, "what a build script reads")
            .replace("tables/heights.txt", "8", "9")
            .alters(&["generated"]),
        edit(Package, "a variable that a build script asks for")
            .variable("TABLES_MOUNTAIN", "99")
            .alters(&["generated"]),
        edit(Package, "a build script sets a variable")
            .replace(
                "tables/build.rs",
                "TABLES_MADE_BY=hand{}",
                "TABLES_MADE_BY=machine{}",
            )
            .alters(&["generated_variable"]),
        edit(Package, "a build script sets a condition")
            .replace(
                "tables/build.rs",
                "cargo::rustc-env=",
                concat!(
                    "cargo::rustc-cfg=steep\");\n",
                    "    println!(\"cargo::rustc-env="
                ),
            )
            .alters(&["generated"]),
        edit(Package, "a function beside the generated code")
            .replace(
                "tables/source/all.rs",
                "highest * 100 } else { highest }",
                "highest * 100 } else { highest + 1 }",
            )
            .alters(&["generated"]),
        edit(
            Package,
            "a function that is called by the name of its symbol",
        )
        .replace("oddities/src/exported.rs", "    12\n", "    13\n")
        .alters(&["linked"]),
        edit(Package, "a comment moves lines whose number is asked for")
            .replace(
                PLACES,
                "//! Where a line is.\n",
                "//! Where a line is.\n// And this is another line.\n",
            )
            .alters(&["line_number", "caller_line"]),
        edit(
            Package,
            "an empty line moves a call whose place is asked for",
        )
        .replace(PLACES, "pub fn between()", "\npub fn between()")
        .alters(&["caller_line"]),
        edit(Package, "a helper of a plain stage in the same package")
            .replace("oddities/src/stages.rs", "number + 3", "number + 4")
            .alters(&["plain"]),
    ]
}

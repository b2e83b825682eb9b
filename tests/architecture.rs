//! The house as README and the book describe it is the house as Cargo sees it, and its files keep the house rules.
//!
//! Each rule is a function from what was found to a list of complaints, so that the second half of this file can plant what
//! is wrong and see that the rule says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A crate of ours and the floor that it stands on: it may use the floors below, never its own or one above.
const FLOORS: [(&str, u8); 12] = [
    ("mlops-core", 0),
    ("mlops-derive", 0),
    ("mlops-data", 1),
    ("mlops-store", 1),
    ("mlops-features", 2),
    ("mlops-pipeline", 2),
    ("mlops-models", 2),
    ("mlops-serving", 3),
    ("mlops-monitor", 3),
    ("mlops-dashboard", 4),
    ("mlops", 5),
    // Not in the house: these look at it from outside.
    ("examples", 6),
];

/// More lines than this are two concepts.
const LONGEST: usize = 600;

/// Names that say nothing about what is in the file.
const EMPTY_NAMES: [&str; 5] = ["utils", "helpers", "misc", "common", "base"];

/// What Cargo knows of a crate.
#[derive(Debug, Clone)]
struct Package {
    name: String,
    description: String,
    /// Those of ours that it needs; what only its tests need is no part of the house.
    dependencies: Vec<String>,
}

struct SourceFile {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package has a folder around it")
        .to_owned()
}

fn packages_of_the_house() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let house = root().join("crates");
    let door = root().join("mlops-derive");
    list(&metadata["packages"])
        .filter(|package| {
            let manifest = Path::new(text(&package["manifest_path"]));
            manifest.starts_with(&house) || manifest.starts_with(&door)
        })
        .map(|package| Package {
            name: text(&package["name"]).to_owned(),
            description: text(&package["description"]).to_owned(),
            dependencies: list(&package["dependencies"])
                .filter(|dependency| dependency["path"].is_string() && dependency["kind"] != "dev")
                .map(|dependency| text(&dependency["name"]).to_owned())
                .collect(),
        })
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test of the sources reads the sources"
)]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Rust file under a folder of the repository.
fn sources(folder: &str) -> Vec<SourceFile> {
    let root = root();
    let mut found = Vec::new();
    let mut pending = vec![root.join(folder)];
    while let Some(folder) = pending.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let shown = path.strip_prefix(&root).unwrap_or(&path);
                found.push(SourceFile {
                    path: shown.display().to_string(),
                    text: read(&path),
                });
            }
        }
    }
    assert!(!found.is_empty(), "no Rust file under {folder}");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The rows of the table of crates: lines such as ``| [`mlops-core`](crates/mlops-core) | The words … |``.
fn rows(readme: &str) -> Vec<(String, String)> {
    readme
        .lines()
        .filter_map(|line| {
            let (link, description) = line.strip_prefix("| [`")?.split_once(") | ")?;
            let (name, _) = link.split_once("`](")?;
            let description = description.strip_suffix(" |")?;
            // A bar in a cell is written with a backslash.
            Some((name.to_owned(), description.replace("\\|", "|")))
        })
        .collect()
}

fn complaints_about_the_table(readme: &str, packages: &[Package]) -> Vec<String> {
    let rows = rows(readme);
    let mut complaints = Vec::new();
    for package in packages {
        match rows
            .iter()
            .filter(|(name, _)| *name == package.name)
            .count()
        {
            1 => {}
            count => complaints.push(format!("`{}` has {count} rows in README.md", package.name)),
        }
    }
    for (position, (name, description)) in rows.iter().enumerate() {
        let Some(package) = packages.iter().find(|package| package.name == *name) else {
            complaints.push(format!("README.md lists `{name}`, which is no crate"));
            continue;
        };
        if package.description != *description {
            complaints.push(format!(
                "README.md says of `{name}`: {description}\nits Cargo.toml says: {}",
                package.description
            ));
        }
        for dependency in &package.dependencies {
            if !rows[..position]
                .iter()
                .any(|(above, _)| above == dependency)
            {
                complaints.push(format!(
                    "README.md lists `{name}` above `{dependency}`, which it uses"
                ));
            }
        }
    }
    complaints
}

fn complaints_about_floors(packages: &[Package]) -> Vec<String> {
    let floor_of = |name: &str| {
        FLOORS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, floor)| *floor)
    };
    let mut complaints = Vec::new();
    for package in packages {
        let Some(own) = floor_of(&package.name) else {
            complaints.push(format!("`{}` stands on no floor", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            match floor_of(dependency) {
                Some(floor) if floor < own => {}
                Some(floor) => complaints.push(format!(
                    "`{}` (floor {own}) uses `{dependency}` (floor {floor})",
                    package.name
                )),
                None => complaints.push(format!(
                    "`{}` uses `{dependency}`, which stands on no floor",
                    package.name
                )),
            }
        }
    }
    complaints
}

fn complaint_about_the_opening(file: &SourceFile) -> Option<String> {
    (!file.text.starts_with("//! "))
        .then(|| format!("{} does not open with a sentence in `//!`", file.path))
}

fn complaint_about_the_name(file: &SourceFile) -> Option<String> {
    let path = Path::new(&file.path).with_extension("");
    path.iter()
        .filter_map(|part| part.to_str())
        .find(|part| EMPTY_NAMES.contains(part))
        .map(|part| format!("{}: `{part}` says nothing about what is in it", file.path))
}

fn complaint_about_the_length(file: &SourceFile) -> Option<String> {
    let lines = file.text.lines().count();
    (lines > LONGEST).then(|| format!("{} has {lines} lines: split it", file.path))
}

/// A glob hides what is public, and why.
fn complaint_about_globs(file: &SourceFile) -> Option<String> {
    let code: String = file
        .text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    let tokens: Vec<_> = code.split_whitespace().collect();
    tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.starts_with("pub"))
        .find_map(|(start, _)| {
            let rest = tokens[start..].join(" ");
            let (visibility, after) = rest.split_once("use ")?;
            let is_export = visibility.trim_end() == "pub"
                || (visibility.starts_with("pub(") && visibility.trim_end().ends_with(')'));
            let export = after.split(';').next()?;
            (is_export && export.contains('*'))
                .then(|| format!("{} re-exports a glob: {export}", file.path))
        })
}

fn complaints(folders: &[&str], rule: impl Fn(&SourceFile) -> Option<String>) -> Vec<String> {
    folders
        .iter()
        .flat_map(|folder| sources(folder))
        .filter_map(|file| rule(&file))
        .collect()
}

const HOUSE: [&str; 2] = ["crates", "mlops-derive/src"];
const EVERYWHERE: [&str; 5] = ["crates", "mlops-derive", "examples", "tests", "book"];

#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn readme_lists_the_crates_in_order_and_in_their_own_words() {
    let readme = read(&root().join("README.md"));
    assert_none(&complaints_about_the_table(
        &readme,
        &packages_of_the_house(),
    ));
}

#[test]
fn a_crate_uses_only_floors_below_its_own() {
    let packages = packages_of_the_house();
    assert!(packages.len() > 2, "{packages:?}");
    assert_none(&complaints_about_floors(&packages));
}

#[test]
fn every_file_opens_with_a_sentence() {
    assert_none(&complaints(&HOUSE, complaint_about_the_opening));
}

#[test]
fn no_file_has_an_empty_name() {
    assert_none(&complaints(&EVERYWHERE, complaint_about_the_name));
}

#[test]
fn no_file_is_too_long_to_read() {
    assert_none(&complaints(&EVERYWHERE, complaint_about_the_length));
}

#[test]
fn nothing_re_exports_a_glob() {
    assert_none(&complaints(&HOUSE, complaint_about_globs));
}

/// The rules themselves: each must find what is planted.
mod planted {
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            description: format!("What {name} is"),
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    const CORE: &str = "| [`mlops-core`](crates/mlops-core) | What mlops-core is |";
    const STORE: &str = "| [`mlops-store`](crates/mlops-store) | What mlops-store is |";

    #[test]
    fn a_table_that_is_not_true_is_found() {
        let packages = [
            package("mlops-core", &[]),
            package("mlops-store", &["mlops-core"]),
        ];
        let check = |rows: &[&str]| complaints_about_the_table(&rows.join("\n"), &packages);
        assert_none(&check(&[CORE, STORE]));
        assert_eq!(check(&[STORE, CORE]).len(), 1, "order");
        assert_eq!(check(&[CORE]).len(), 1, "missing");
        assert_eq!(check(&[CORE, STORE, STORE]).len(), 1, "twice");
        assert_eq!(
            check(&[CORE, STORE, "| [`x`](crates/x) | X |"]).len(),
            1,
            "unknown"
        );
        assert_eq!(
            check(&[CORE, &STORE.replace("is |", "was |")]).len(),
            1,
            "description"
        );
    }

    #[test]
    fn a_use_of_the_own_floor_or_one_above_is_found() {
        assert_none(&complaints_about_floors(&[
            package("mlops-core", &[]),
            package("mlops", &["mlops-core", "mlops-derive", "mlops-pipeline"]),
        ]));
        for (name, dependency) in [
            ("mlops-core", "mlops-store"),
            ("mlops-data", "mlops-store"),
            ("mlops-core", "mlops-derive"),
            ("mlops", "unknown"),
        ] {
            let found = complaints_about_floors(&[package(name, &[dependency])]);
            assert_eq!(found.len(), 1, "{name} → {dependency}");
        }
        assert_eq!(
            complaints_about_floors(&[package("mlops-new", &[])]).len(),
            1
        );
    }

    #[test]
    fn a_file_without_an_opening_is_found() {
        assert!(complaint_about_the_opening(&file("a.rs", "//! What it is.\n")).is_none());
        for text in ["", "use x;", "// What it is.", "//!", "\n//! What it is."] {
            assert!(
                complaint_about_the_opening(&file("a.rs", text)).is_some(),
                "{text}"
            );
        }
    }

    #[test]
    fn an_empty_name_is_found() {
        for path in [
            "crates/a/src/utils.rs",
            "crates/common/src/lib.rs",
            "base.rs",
        ] {
            assert!(
                complaint_about_the_name(&file(path, "")).is_some(),
                "{path}"
            );
        }
        for path in ["crates/a/src/baseline.rs", "crates/a/src/database.rs"] {
            assert!(
                complaint_about_the_name(&file(path, "")).is_none(),
                "{path}"
            );
        }
    }

    #[test]
    fn a_long_file_is_found() {
        assert!(complaint_about_the_length(&file("a.rs", &"x\n".repeat(LONGEST))).is_none());
        assert!(complaint_about_the_length(&file("a.rs", &"x\n".repeat(LONGEST + 1))).is_some());
    }

    #[test]
    fn a_glob_is_found() {
        for text in [
            "pub use a::*;",
            "pub(crate) use a::b::*;",
            "pub(in crate::a) use a::*;",
            "mod a;\npub use a::{\n    b,\n    c::*,\n};",
        ] {
            assert!(
                complaint_about_globs(&file("a.rs", text)).is_some(),
                "{text}"
            );
        }
        for text in [
            "use a::*;",
            "pub use a::b;\nuse c::*;",
            "pub fn f() {}\nmod tests { use super::*; }",
            "//! pub use a::*;",
            "pub use a::B; // not a::*",
            "pub(crate) fn f(a: &u8) -> u8 { *a }",
        ] {
            assert!(
                complaint_about_globs(&file("a.rs", text)).is_none(),
                "{text}"
            );
        }
    }
}

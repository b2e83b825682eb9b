//! Which files count as a stage's code, and which do not.

use std::fs;
use std::path::Path;

use super::{Sources, of_package};

/// A workspace of an application, a library that it uses by way of the root's manifest, and a package that nobody uses.
fn workspace(root: &Path) {
    write(
        root,
        "Cargo.toml",
        "[workspace]\nmembers = [\"*\"]\n[workspace.dependencies]\nlibrary = { path = \"library\" }\n",
    );
    write(root, "Cargo.lock", "version = 4\n");
    write(
        root,
        "application/Cargo.toml",
        "[package]\nname = \"application\"\n[dependencies]\nlibrary.workspace = true\nserde = \"1\"\n",
    );
    write(root, "application/src/main.rs", "fn main() {}");
    write(root, "application/src/query.sql", "SELECT 1");
    write(root, "application/notes.md", "words");
    write(root, "application/target/generated.rs", "");
    write(root, "application/.hidden/a.rs", "");
    write(
        root,
        "library/Cargo.toml",
        "[package]\nname = \"library\"\n[target.'cfg(unix)'.dependencies]\ndeep = { path = \"../deep\" }\n[dev-dependencies]\nunused = { path = \"../unused\" }\n",
    );
    write(root, "library/src/lib.rs", "");
    write(root, "deep/Cargo.toml", "[package]\nname = \"deep\"\n");
    write(root, "deep/build.rs", "fn main() {}");
    write(root, "deep/src/lib.rs", "");
    write(root, "unused/Cargo.toml", "[package]\nname = \"unused\"\n");
    write(root, "unused/src/lib.rs", "");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test makes the files that the macro reads"
)]
fn write(root: &Path, path: &str, content: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn sources(root: &Path) -> Sources {
    of_package(&root.join("application")).unwrap()
}

#[test]
fn all_sources_of_the_package_and_its_path_dependencies_count() {
    let folder = tempfile::tempdir().unwrap();
    workspace(folder.path());
    let sources = sources(folder.path());
    let paths: Vec<&str> = sources.files.lines().map(|line| &line[65..]).collect();
    assert_eq!(
        paths,
        [
            "Cargo.toml",
            "application/Cargo.toml",
            "application/src/main.rs",
            "application/src/query.sql",
            "deep/Cargo.toml",
            "deep/build.rs",
            "deep/src/lib.rs",
            "library/Cargo.toml",
            "library/src/lib.rs",
        ]
    );
    assert!(sources.lock.is_some());
    // A change of any of them recompiles, whether the compiler reads it or not.
    assert_eq!(sources.tracked.len(), paths.len());
}

#[test]
fn moving_the_checkout_changes_nothing() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let deeper = other.path().join("a/b");
    workspace(one.path());
    workspace(&deeper);
    let (one, other) = (sources(one.path()), sources(&deeper));
    assert_eq!((one.sources, one.files), (other.sources, other.files));
}

#[test]
fn an_edit_changes_the_digest_only_if_the_file_counts() {
    let folder = tempfile::tempdir().unwrap();
    workspace(folder.path());
    let before = sources(folder.path());
    for path in [
        "application/notes.md",
        "application/target/generated.rs",
        "unused/src/lib.rs",
        "application/.hidden/a.rs",
    ] {
        write(folder.path(), path, "changed");
        assert_eq!(sources(folder.path()), before, "{path}");
    }
    for path in [
        "application/src/query.sql",
        "application/src/main.rs",
        "deep/build.rs",
        "application/src/new/mod.rs",
    ] {
        let before = sources(folder.path()).sources;
        write(folder.path(), path, "changed");
        assert_ne!(sources(folder.path()).sources, before, "{path}");
    }
    let before = sources(folder.path());
    write(folder.path(), "Cargo.lock", "version = 3\n");
    let after = sources(folder.path());
    assert_eq!(after.sources, before.sources);
    assert_ne!(after.lock, before.lock);
}

#[test]
fn of_the_workspace_s_manifest_counts_what_concerns_the_package() {
    let root = "[workspace]\nmembers = [\"*\"]\n[workspace.dependencies]\nlibrary = { path = \"library\" }\n";
    let of = |more: &str| {
        let folder = tempfile::tempdir().unwrap();
        workspace(folder.path());
        write(folder.path(), "Cargo.toml", &format!("{root}{more}"));
        sources(folder.path()).sources
    };
    let before = of("");
    for harmless in [
        "other = \"1\"",
        "# Words.",
        "[workspace.package]\nversion = \"2.0.0\"",
        "[workspace.lints.rust]\nunsafe_code = \"forbid\"",
        "[workspace.package]\nedition = \"2024\"",
        "[workspace.metadata.tool]\nlevel = 1",
        "[profile.dev.package.unused]\nopt-level = 1",
    ] {
        assert_eq!(of(harmless), before, "{harmless}");
    }
    for counts in [
        "serde = \"2\"",
        "[profile.dev]\nopt-level = 1",
        "[profile.dev.package.deep]\nopt-level = 1",
        "[profile.dev.package.\"*\"]\nopt-level = 1",
        "[profile.dev.package.rand]\nopt-level = 1",
    ] {
        assert_ne!(of(counts), before, "{counts}");
    }
    let inherited = |version: &str| {
        let folder = tempfile::tempdir().unwrap();
        workspace(folder.path());
        let said =
            format!("{root}[workspace.package]\nversion = \"{version}\"\nlicense = \"MIT\"\n");
        write(folder.path(), "Cargo.toml", &said);
        let package = "[package]\nname = \"library\"\nversion.workspace = true\n";
        write(folder.path(), "library/Cargo.toml", package);
        sources(folder.path()).sources
    };
    assert_ne!(inherited("1.0.0"), inherited("2.0.0"));
}

#[test]
fn a_package_at_the_root_of_its_workspace_leaves_its_members_out() {
    let folder = tempfile::tempdir().unwrap();
    workspace(folder.path());
    write(
        folder.path(),
        "Cargo.toml",
        "[workspace]\n[package]\nname = \"root\"\n",
    );
    write(folder.path(), "src/lib.rs", "");
    let sources = of_package(folder.path()).unwrap();
    let paths: Vec<&str> = sources.files.lines().map(|line| &line[65..]).collect();
    assert_eq!(paths, ["Cargo.toml", "src/lib.rs"]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    workspace(folder.path());
    write(folder.path(), "deep/Cargo.toml", "[package\n");
    let cause = of_package(&folder.path().join("application")).unwrap_err();
    assert!(cause.contains("deep/Cargo.toml"), "{cause}");
}

#[test]
fn packages_that_depend_on_each_other_end() {
    let folder = tempfile::tempdir().unwrap();
    workspace(folder.path());
    write(
        folder.path(),
        "deep/Cargo.toml",
        "[package]\nname = \"deep\"\n[build-dependencies]\napplication = { path = \"../application\" }\n",
    );
    assert!(of_package(&folder.path().join("application")).is_ok());
}

//! A program for production is one that was built from the commit: tried with a repository of its own, as a team has it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::{commit_all, git};

const PROGRAM: &str = r#"
use mlops::prelude::*;

/// Counts the customers.
#[stage]
fn count(customers: &File) -> Result<u64> {
    Ok(customers.read_text()?.lines().count() as u64)
}

fn counting() -> Handle<u64> {
    let digest = "blake3:DIGEST".parse().expect("a digest");
    count(File::new("customers.txt").pinned(digest))
}

fn main() -> ExitCode {
    mlops::app().pipeline("counting", counting).main()
}
"#;

/// A repository with a package that uses mlops, whose sources are copied in, so that the commit holds all of them.
struct Repository {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        // Elsewhere than in the real workspace: Cargo names what it builds by the path within the workspace, and the two
        // share a folder for that, so that other people's crates are not built again.
        for name in ["crates", "mlops-derive"] {
            copy(&root.join(name), &folder.path().join("copied").join(name));
        }
        copy(&root.join("Cargo.lock"), &folder.path().join("Cargo.lock"));
        let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
        let manifest = manifest
            .replace(
                r#"members = ["crates/*", "mlops-derive", "examples", "book", "tests"]"#,
                r#"members = ["copied/crates/*", "copied/mlops-derive", "shop"]"#,
            )
            .replace(r#"default-members = ["examples"]"#, "")
            .replace(r#"path = "crates/"#, r#"path = "copied/crates/"#)
            .replace(
                r#"path = "mlops-derive""#,
                r#"path = "copied/mlops-derive""#,
            );
        write(folder.path(), "Cargo.toml", &manifest);
        write(
            folder.path(),
            "shop/Cargo.toml",
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nmlops.workspace = true\n",
        );
        let customers = "ada\nbert\n";
        let digest = blake3::hash(customers.as_bytes()).to_hex();
        write(
            folder.path(),
            "shop/src/main.rs",
            &PROGRAM.replace("DIGEST", &digest),
        );
        write(folder.path(), "customers.txt", customers);
        write(folder.path(), ".gitignore", "/target\n.mlops\n");
        let target = Path::new(env!("CARGO_BIN_EXE_churn")).parent().unwrap();
        Self {
            folder,
            program: target.parent().unwrap().join("debug/shop"),
        }
    }

    fn build(&self) {
        let target = self.program.parent().unwrap().parent().unwrap();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["build", "--quiet", "--offline", "--package", "shop"])
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", target)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&self.program)
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("MLOPS_PROFILE")
            .env_remove("MLOPS_STORE")
            .output()
            .unwrap()
    }

    fn produce(&self) -> (Option<i32>, String) {
        let output = self.run(&["--profile", "production", "--json"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    }

    /// How many stages the last run executed.
    fn last_ran(&self) -> Value {
        let output = self.run(&["runs", "--limit", "1", "--json"]);
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        line["ran"].clone()
    }
}

fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

#[test]
fn production_runs_what_was_built_from_the_commit_and_refuses_a_stale_program() {
    let repository = Repository::new();
    let folder = repository.folder.path();
    // The first build takes out of the lock file what only the left-out packages need.
    repository.build();
    commit_all(folder);
    repository.build();
    assert_eq!(
        repository.produce().0,
        Some(0),
        "built from the commit: {}",
        repository.produce().1
    );
    // An experiment may use what production made.
    assert_eq!(repository.run(&[]).status.code(), Some(0));
    assert_eq!(repository.last_ran(), 0);

    // The commit moves on, the program does not.
    let source = std::fs::read_to_string(folder.join("shop/src/main.rs")).unwrap();
    write(
        folder,
        "shop/src/main.rs",
        &source.replace("as u64)", "as u64 + 1)"),
    );
    commit_all(folder);
    let (code, said) = repository.produce();
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("not built from commit") && said.contains("shop/src/main.rs"),
        "{said}"
    );
    assert!(said.contains("build it again"), "{said}");

    // Built again it passes; so it does after a change of a file that the compiler never reads.
    repository.build();
    let (code, said) = repository.produce();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(repository.last_ran(), 1, "other code, another result");
    write(folder, "shop/tests/later.rs", "#[test]\nfn later() {}\n");
    write(
        folder,
        "copied/crates/mlops-core/src/unused.rs",
        "// Nobody declares this module.\n",
    );
    commit_all(folder);
    repository.build();
    write(
        folder,
        "copied/crates/mlops-core/src/unused.rs",
        "// Nobody declares this module yet.\n",
    );
    commit_all(folder);
    repository.build();
    let (code, said) = repository.produce();
    assert_eq!(code, Some(0), "{said}");

    // Checked out again, the old commit is not what this program was built from.
    git(folder, &["checkout", "--quiet", "HEAD~3"]);
    assert_eq!(repository.produce().0, Some(3));
}

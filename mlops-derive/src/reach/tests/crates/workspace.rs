//! Crates of the registry as path dependencies of a temporary workspace, built by Cargo and run as a person would run it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A crate of the registry, and the package whose stages ask a little of it.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) package: &'static str,
    pub(super) version: &'static str,
    /// The package with the stages.
    pub(super) user: &'static str,
    pub(super) stages: &'static [&'static str],
    /// How much of the crate's functions one of them may reach at most, in hundredths.
    pub(super) most: f64,
    pub(super) text: &'static str,
}

/// The crates, each in the version that the book's figures are about.
pub(super) const SUBJECTS: [Subject; 5] = [
    Subject {
        package: "statrs",
        version: "0.19.1",
        user: "distributions",
        stages: &["normal_cdf", "gamma_quantile", "spread"],
        most: 5.0,
        text: include_str!("stages/distributions.rs"),
    },
    Subject {
        package: "smartcore",
        version: "0.7.0",
        user: "learning",
        stages: &["logistic_regression", "k_means", "roc_auc"],
        most: 18.0,
        text: include_str!("stages/learning.rs"),
    },
    Subject {
        package: "itertools",
        version: "0.15.0",
        user: "iteration",
        stages: &["sorted", "pairs"],
        most: 13.0,
        text: include_str!("stages/iteration.rs"),
    },
    Subject {
        package: "petgraph",
        version: "0.8.3",
        user: "graphs",
        stages: &["shortest_paths", "order", "components"],
        most: 52.0,
        text: include_str!("stages/graphs.rs"),
    },
    Subject {
        package: "ndarray",
        version: "0.17.2",
        user: "arrays",
        stages: &["product", "means"],
        most: 80.0,
        text: include_str!("stages/arrays.rs"),
    },
];

/// Flags under which a program instantiates itself every function of its dependencies that it calls, and none that it does not.
const INSTANTIATE: &str = "-Zcross-crate-inline-threshold=always -Zinline-mir=no -Zmir-opt-level=0 \
                           -Zshare-generics=no -Cno-prepopulate-passes -Cdebuginfo=1 --emit=llvm-ir";

/// That of this repository: what is built for its own tests serves here, too.
const PROFILE: &str =
    "[profile.dev]\ndebug = \"line-tables-only\"\n[profile.dev.package.\"*\"]\ndebug = false\n";

/// What the prelude calls `Result`.
const RESULT: &str =
    "type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;";

/// What the compiler writes of each stage.
pub(super) type Codes = BTreeMap<&'static str, String>;

/// The folder of the workspace: always the same, so that what Cargo keeps of it does not pile up.
pub(super) struct Workspace {
    folder: PathBuf,
    /// Two processes must not edit the same files.
    _alone: std::fs::File,
}

/// What a stage did in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) stage: String,
    pub(super) ran: bool,
    pub(super) outputs: Vec<String>,
}

impl Workspace {
    /// Fetches the crates and lays them out.
    pub(super) fn new() -> Self {
        let folder = target().join("tests/reach-crates");
        std::fs::create_dir_all(&folder).unwrap();
        let folder = folder.canonicalize().unwrap();
        let alone = std::fs::File::create(folder.join("alone")).unwrap();
        alone.lock().unwrap();
        let workspace = Self {
            folder,
            _alone: alone,
        };
        workspace.lay_out();
        workspace
    }

    fn lay_out(&self) {
        let versions = SUBJECTS
            .map(|subject| format!("{} = \"={}\"\n", subject.package, subject.version))
            .concat();
        let shelf = format!(
            "[package]\nname = \"shelf\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{versions}"
        );
        self.write("shelf/Cargo.toml", &shelf);
        self.write("shelf/src/lib.rs", "");
        self.write_lock("shelf");
        let shelf = self.cargo("shelf", &["metadata", "--format-version=1"]);
        let shelf: Value = serde_json::from_slice(&shelf.stdout).unwrap();
        for subject in &SUBJECTS {
            let mut packages = shelf["packages"].as_array().unwrap().iter();
            let is_it = |package: &&Value| {
                package["name"] == subject.package && package["version"] == subject.version
            };
            let manifest = packages.find(is_it).unwrap()["manifest_path"]
                .as_str()
                .unwrap();
            let from = Path::new(manifest).parent().unwrap();
            for workspace in ["study", "oracle"] {
                let to = format!("{workspace}/crates/{}", subject.package);
                copy(from, &self.path(&to));
                self.write(
                    &format!("{workspace}/{}/Cargo.toml", subject.user),
                    &manifest_of(subject, workspace),
                );
            }
            self.write(&format!("study/{}/src/lib.rs", subject.user), subject.text);
            // The same functions, without stages around them.
            let lines = subject.text.lines().map(|line| match line {
                "use mlops::prelude::*;" => RESULT,
                line if line.starts_with("#[stage") => "",
                line => line,
            });
            let plain = lines.collect::<Vec<_>>().join("\n");
            self.write(&format!("oracle/{}/src/stages.rs", subject.user), &plain);
            for stage in subject.stages {
                self.write(
                    &format!("oracle/{}/src/bin/{stage}.rs", subject.user),
                    &format!(
                        "#![allow(dead_code)]\n#[path = \"../stages.rs\"]\nmod stages;\nfn main() {{ std::hint::black_box(stages::{stage} as fn(_) -> _); }}\n"
                    ),
                );
            }
        }
        let users = SUBJECTS
            .map(|subject| format!("\"{}\", ", subject.user))
            .concat();
        let profile = "[profile.dev]\ncodegen-units = 1\nincremental = false\nopt-level = 1\n";
        self.write(
            "oracle/Cargo.toml",
            &format!("[workspace]\nresolver = \"3\"\nmembers = [{users}]\nexclude = [\"crates\"]\n\n{profile}"),
        );
        self.write(
            "study/Cargo.toml",
            &format!(
                "[workspace]\nresolver = \"3\"\nmembers = [\"study\", {users}]\nexclude = [\"crates\"]\n\n{PROFILE}"
            ),
        );
        let needs = SUBJECTS
            .map(|subject| format!("{0} = {{ path = \"../{0}\" }}\n", subject.user))
            .concat();
        self.write(
            "study/study/Cargo.toml",
            &format!(
                "[package]\nname = \"study\"\nedition = \"2024\"\n\n[dependencies]\n{}{needs}",
                framework()
            ),
        );
        self.write("study/study/src/main.rs", include_str!("stages/main.rs"));
        for workspace in ["study", "oracle"] {
            self.write_lock(workspace);
            // The macro reads the lock file, which Cargo completes.
            self.cargo(workspace, &["metadata", "--format-version=1"]);
        }
    }

    /// The workspace with the stages.
    pub(super) fn study(&self) -> PathBuf {
        self.path("study")
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Writes a file, unless it says so already: Cargo looks at times.
    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        if std::fs::read(&path).is_ok_and(|present| present == text.as_bytes()) {
            return;
        }
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Gives the crates in the oracle's workspace the texts of files of the other.
    pub(super) fn write_for_oracle(&self, texts: &BTreeMap<PathBuf, String>) {
        for (path, text) in texts {
            let path = path.strip_prefix(self.study()).unwrap();
            self.write(&format!("oracle/{}", path.display()), text);
        }
    }

    /// Prints a table, and keeps it.
    pub(super) fn report(&self, name: &str, table: &str) {
        println!("{table}");
        self.write(name, table);
    }

    pub(super) fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.exists() {
            std::fs::remove_dir_all(path).unwrap();
        }
    }

    /// Versions of others are those of this repository where it has them: then they are built already.
    fn write_lock(&self, workspace: &str) {
        let lock = self.path(workspace).join("Cargo.lock");
        if !lock.exists() {
            std::fs::copy(repository().join("Cargo.lock"), lock).unwrap();
        }
    }

    fn cargo(&self, workspace: &str, arguments: &[&str]) -> Output {
        let flags: &[(&str, &str)] = match workspace {
            "oracle" => &[("RUSTC_BOOTSTRAP", "1"), ("RUSTFLAGS", INSTANTIATE)],
            _ => &[],
        };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let target = match workspace {
            "oracle" => self.path("oracle/target"),
            _ => target(),
        };
        let output = Command::new(cargo)
            .args(arguments)
            .current_dir(self.path(workspace))
            .env("CARGO_TARGET_DIR", target)
            .envs(flags.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {arguments:?}:\n{said}");
        output
    }

    /// What the compiler writes, for each stage, of a program that does nothing but call the stage's function.
    pub(super) fn instantiated(&self) -> Codes {
        self.cargo("oracle", &["build", "--quiet", "--workspace", "--bins"]);
        let stages = SUBJECTS.iter().flat_map(|subject| subject.stages);
        stages.map(|stage| (*stage, self.code(stage))).collect()
    }

    /// The code lies beside the program that was made of it, under a name that tells of what went into both.
    fn code(&self, stage: &str) -> String {
        let made = self.path("oracle/target/debug");
        let program = std::fs::read(made.join(stage)).unwrap();
        let beside = std::fs::read_dir(made.join("deps")).unwrap();
        let mut paths = beside.map(|entry| entry.unwrap().path());
        let begin = format!("{stage}-");
        let is_it = |path: &PathBuf| {
            let name = path.file_name().and_then(OsStr::to_str).unwrap();
            name.starts_with(&begin)
                && path.extension() == Some(OsStr::new("ll"))
                && std::fs::read(path.with_extension("")).is_ok_and(|bytes| bytes == program)
        };
        std::fs::read_to_string(paths.find(is_it).unwrap()).unwrap()
    }

    /// Builds the program of all stages.
    pub(super) fn build(&self) {
        self.cargo("study", &["build", "--quiet", "--package", "study"]);
    }

    /// Runs all stages on a store.
    pub(super) fn run(&self, store: &str) -> Vec<Done> {
        let lines = self.program(&["run"], store);
        let stages = lines.iter().filter(|line| line["event"] == "stage");
        let stages = stages.map(|line| Done {
            stage: line["stage"].as_str().unwrap().to_owned(),
            ran: line["outcome"] == "ran",
            outputs: line["outputs"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|output| output.as_str().unwrap().to_owned())
                .collect(),
        });
        let mut done: Vec<Done> = stages.collect();
        done.sort_by(|a, b| a.stage.cmp(&b.stage));
        done
    }

    /// The objects that the program prints.
    pub(super) fn program(&self, arguments: &[&str], store: &str) -> Vec<Value> {
        let mut command = Command::new(target().join("debug/study"));
        for variable in ["MLOPS_PROFILE", "MLOPS_STORE", "RUST_LOG"] {
            command.env_remove(variable);
        }
        let output = command
            .args(arguments)
            .arg("--json")
            .arg("--store")
            .arg(self.path(store))
            .current_dir(self.path("study"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?} failed:\n{said}");
        let lines = String::from_utf8(output.stdout).unwrap();
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    }
}

fn manifest_of(subject: &Subject, workspace: &str) -> String {
    let framework = if workspace == "study" {
        framework()
    } else {
        String::new()
    };
    format!(
        "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{framework}{1} = {{ path = \"../crates/{1}\" }}\n",
        subject.user, subject.package
    )
}

fn framework() -> String {
    format!(
        "mlops = {{ path = \"{}\" }}\n",
        repository().join("crates/mlops").display()
    )
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// This repository's target folder: the crates of others are built as for its own tests, so they are there already.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().to_owned()
}

/// Copies the sources of a package, as far as they are not there already.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &copied);
        } else if path.file_name() != Some(OsStr::new("Cargo.lock")) {
            let bytes = std::fs::read(&path).unwrap();
            if std::fs::read(&copied).is_ok_and(|present| present == bytes) {
                continue;
            }
            std::fs::write(&copied, bytes).unwrap();
        }
    }
}

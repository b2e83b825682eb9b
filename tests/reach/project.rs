//! The template on disk, edited and built by Cargo.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have files of their own, and stop at what is wrong"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use super::edit::{Edit, Kind, edit};
use super::template::{LOCK, Template};

/// The workspace on disk.
pub(crate) struct Project {
    /// What its folder holds at present.
    present: Template,
    /// What it holds before every edit.
    pristine: Template,
    folder: PathBuf,
    /// Two processes must not edit the same files.
    _alone: std::fs::File,
}

/// This repository's target folder: the crates of others are built as for its own tests, so they are there already.
pub(crate) fn target() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_churn"))
        .ancestors()
        .nth(2)
        .expect("a program lies in the target folder")
}

/// What all files of this suite are in. It is always the same place, so that what Cargo keeps of it does not pile up.
pub(crate) fn place() -> PathBuf {
    target().join("tests/reach")
}

impl Project {
    /// Writes the template and builds it.
    pub(crate) fn new() -> Result<Self, String> {
        let folder = place().join("project");
        std::fs::create_dir_all(place()).unwrap();
        let alone = std::fs::File::create(place().join("alone")).unwrap();
        alone.lock().unwrap();
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        let template = Template::read();
        template.write(&folder, None);
        let mut project = Self {
            present: template.clone(),
            pristine: template,
            folder,
            _alone: alone,
        };
        project.cargo(&edit(Kind::Harmless, "nothing"))?;
        // Cargo has left out of it what nobody needs.
        project.read_lock()?;
        project.pristine = project.present.clone();
        Ok(project)
    }

    /// Whether an edit can be applied to the pristine template.
    pub(crate) fn fits(&self, edit: &Edit) -> bool {
        edit.applied(&self.pristine).is_ok()
    }

    /// Applies an edit to the pristine template, and builds it.
    pub(crate) fn build(&mut self, edit: &Edit) -> Result<(), String> {
        let edited = edit.applied(&self.pristine)?;
        edited.write(&self.folder, Some(&self.present));
        self.present = edited;
        let built = self.cargo(edit);
        // Cargo may have added to the lock file what a raised version needs.
        self.read_lock()?;
        built
    }

    /// Keeps a copy of the program that was built last, as the next build writes over it.
    pub(crate) fn keep(&self, name: &str) -> PathBuf {
        let kept = place().join(name);
        std::fs::copy(target().join("debug/survey"), &kept).unwrap();
        kept
    }

    fn read_lock(&mut self) -> Result<(), String> {
        let locked = std::fs::read_to_string(self.folder.join(LOCK)).unwrap();
        *self.present.text(LOCK)? = locked;
        Ok(())
    }

    fn cargo(&self, edit: &Edit) -> Result<(), String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["build", "--offline", "--quiet", "--package", "survey"])
            .arg("--target-dir")
            .arg(target())
            .args(edit.packages.iter().flat_map(|name| ["--package", name]))
            .arg(format!("--features={}", edit.features.join(",")))
            .current_dir(&self.folder)
            // Each edit is small, and what did not change need not be built again.
            .env("CARGO_INCREMENTAL", "1")
            .envs(edit.variables.iter().copied());
        // Build scripts that ask for these would run again whenever it is not a test that starts Cargo.
        for (name, _) in std::env::vars_os() {
            let of_this_test = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_EXE_"];
            let shown = name.to_string_lossy();
            if of_this_test.iter().any(|prefix| shown.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        let output = command.output().unwrap();
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let begin = said.find("error").unwrap_or_default();
        Err(format!("it does not build:\n{}", &said[begin..]))
    }
}

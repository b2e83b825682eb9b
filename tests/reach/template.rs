//! The files of the template, in memory: what lies under `reach/template`, a lock file, and the checksums of a registry.
#![expect(clippy::disallowed_methods, reason = "tests have files of their own")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the lock file stands.
pub(crate) const LOCK: &str = "Cargo.lock";

/// The registry as its packages name it.
const REGISTRY: &str = "sparse+https://parish.invalid/index/";

/// The packages of the registry that are locked before any edit, each with what it needs.
const LOCKED: [(&str, &str, &[&str]); 4] = [
    ("idle", "1.0.0", &[]),
    ("lonely", "1.0.0", &[]),
    ("tinychars", "1.0.0", &[]),
    ("tinywords", "1.0.0", &["tinychars"]),
];

/// Files by their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(BTreeMap<String, String>);

/// This repository's folder.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package has a folder around it")
}

impl Template {
    /// Reads the template, and makes its lock file of this repository's.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("reach/template");
        let mut template = Self(BTreeMap::new());
        let mut pending = vec![root.clone()];
        while let Some(folder) = pending.pop() {
            for entry in std::fs::read_dir(&folder).expect("the template can be listed") {
                let path = entry.expect("the template can be listed").path();
                if path.is_dir() {
                    pending.push(path);
                } else {
                    template.0.insert(relative(&path, &root), read(&path));
                }
            }
        }
        let manifest = template.0.get_mut("Cargo.toml").expect("it is a workspace");
        let place = repository().to_str().expect("a path that Cargo can read");
        *manifest = manifest.replace("{REPOSITORY}", place);
        let toolchain = "rust-toolchain.toml";
        let pinned = read(&repository().join(toolchain));
        template.0.insert(toolchain.to_owned(), pinned);
        template.0.insert(LOCK.to_owned(), lock());
        let packages: Vec<String> = template
            .0
            .keys()
            .filter_map(|path| path.strip_prefix("registry/")?.strip_suffix("/Cargo.toml"))
            .map(str::to_owned)
            .collect();
        for package in packages {
            let sums = format!(
                "{{\"files\":{{}},\"package\":\"{}\"}}\n",
                checksum(&package)
            );
            let path = format!("registry/{package}/.cargo-checksum.json");
            template.0.insert(path, sums);
        }
        template
    }

    /// The text of a file.
    pub(crate) fn text(&mut self, file: &str) -> Result<&mut String, String> {
        self.0
            .get_mut(file)
            .ok_or_else(|| format!("there is no {file}"))
    }

    /// Adds a file that is not there yet.
    pub(crate) fn add(&mut self, file: &str, text: &str) -> Result<(), String> {
        match self.0.insert(file.to_owned(), text.to_owned()) {
            None => Ok(()),
            Some(_) => Err(format!("there is a {file} already")),
        }
    }

    pub(crate) fn rename(&mut self, from: &str, to: &str) -> Result<(), String> {
        let text = self
            .0
            .remove(from)
            .ok_or_else(|| format!("there is no {from}"))?;
        self.add(to, &text)
    }

    /// Names another version in the lock file. What that version needs besides, Cargo adds by itself.
    pub(crate) fn raise(&mut self, package: &str, version: &str) -> Result<(), String> {
        let folder = format!("{package}-{version}");
        if !self
            .0
            .contains_key(&format!("registry/{folder}/Cargo.toml"))
        {
            return Err(format!("the registry has no {folder}"));
        }
        let lock = self.text(LOCK)?;
        let name = format!("name = \"{package}\"\n");
        let begin = lock
            .find(&name)
            .ok_or_else(|| format!("{package} is not locked"))?;
        let length = lock[begin..].find("\n\n").unwrap_or(lock.len() - begin);
        let entry = &lock[begin..begin + length];
        let line = |key: &str, new: &str| {
            let old = entry.lines().find(|line| line.starts_with(key));
            old.map(|old| (old.to_owned(), format!("{key} = \"{new}\"")))
                .ok_or_else(|| format!("{package} is locked without {key}"))
        };
        let (old_version, new_version) = line("version", version)?;
        let (old_sum, new_sum) = line("checksum", &checksum(&folder))?;
        let raised = entry
            .replacen(&old_version, &new_version, 1)
            .replacen(&old_sum, &new_sum, 1);
        lock.replace_range(begin..begin + length, &raised);
        Ok(())
    }

    /// Makes `folder`, which holds `present`, hold this; files that are the same are left alone, so that Cargo sees what
    /// changed and nothing else.
    #[cfg(feature = "conformance")]
    pub(crate) fn write(&self, folder: &Path, present: Option<&Self>) {
        for (path, text) in &self.0 {
            if present.and_then(|present| present.0.get(path)) != Some(text) {
                let path = folder.join(path);
                let parent = path.parent().expect("a file stands in a folder");
                std::fs::create_dir_all(parent).expect("the folder can be made");
                std::fs::write(&path, text).expect("the file can be written");
            }
        }
        let gone = present.into_iter().flat_map(|present| present.0.keys());
        for path in gone.filter(|path| !self.0.contains_key(*path)) {
            std::fs::remove_file(folder.join(path)).expect("the file can be removed");
        }
    }

    /// All Rust sources.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(path, _)| path.ends_with(".rs"))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

/// This repository's lock file with the packages of the registry in it: then nothing has to be asked of a network.
fn lock() -> String {
    let mut lock = read(&repository().join(LOCK));
    for (name, version, needs) in LOCKED {
        let sum = checksum(&format!("{name}-{version}"));
        lock.push_str(&format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"{REGISTRY}\"\nchecksum = \"{sum}\"\n"
        ));
        if !needs.is_empty() {
            let needs: Vec<String> = needs.iter().map(|need| format!(" \"{need}\",\n")).collect();
            lock.push_str(&format!("dependencies = [\n{}]\n", needs.concat()));
        }
    }
    lock
}

/// Nobody checks it against an archive, but it must be another for each version.
fn checksum(package: &str) -> String {
    blake3::hash(package.as_bytes()).to_hex().to_string()
}

fn read(path: &PathBuf) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn relative(path: &Path, root: &Path) -> String {
    let path = path.strip_prefix(root).expect("it was found there");
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

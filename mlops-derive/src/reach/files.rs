//! Reads source files, and keeps what was found in them by their content, so that only what changed is taken apart again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::compilation::Compilation;
use super::index;
use super::item::Item;
use super::package::Package;
use super::split;

type Digest = [u8; 32];

/// The files that were read, and the index beside the compiler's output.
pub(crate) struct Files {
    /// Where the index is kept, if there is a place.
    folder: Option<PathBuf>,
    /// The index of the crate that is being read.
    open: Option<PathBuf>,
    known: HashMap<Digest, Vec<Rc<Item>>>,
    used: Vec<Digest>,
    changed: bool,
    /// Digests of all files of a package, by its folder.
    packages: HashMap<PathBuf, String>,
    /// These files.
    taken: Vec<String>,
}

impl Files {
    pub(crate) fn new(compilation: &Compilation) -> Self {
        let folder = compilation
            .out_folder
            .as_ref()
            .filter(|folder| folder.is_dir())
            .map(|folder| folder.join(".mlops-index"));
        Self {
            folder,
            open: None,
            known: HashMap::new(),
            used: Vec::new(),
            changed: false,
            packages: HashMap::new(),
            taken: Vec::new(),
        }
    }

    /// The digest of every file of a package, or why they cannot be read.
    pub(crate) fn of_package(&mut self, package: &Package) -> String {
        if let Some(known) = self.packages.get(&package.folder) {
            return known.clone();
        }
        let found = match crate::sources::every_file(&package.name, &package.folder) {
            Ok((digest, files)) => {
                self.taken.extend(files);
                digest
            }
            Err(cause) => cause,
        };
        let known = self.packages.entry(package.folder.clone());
        known.or_insert(found).clone()
    }

    /// The files of packages of which every file counts; each is told once.
    pub(crate) fn taken(&mut self) -> Vec<String> {
        std::mem::take(&mut self.taken)
    }

    /// Begins a crate: its index has its root's name.
    pub(crate) fn open(&mut self, root: &Path) {
        self.used.clear();
        self.known.clear();
        self.changed = false;
        let name = blake3::hash(root.to_string_lossy().as_bytes()).to_hex();
        self.open = self
            .folder
            .as_ref()
            .map(|folder| folder.join(&name.as_str()[..32]));
        let kept = self.open.as_deref().and_then(|path| read(path).ok());
        if let Some(kept) = kept.as_deref().and_then(index::read) {
            self.known = kept
                .into_iter()
                .map(|(digest, items)| (digest, items.into_iter().map(Rc::new).collect()))
                .collect();
        }
    }

    /// The items of a file.
    pub(crate) fn read(&mut self, path: &Path) -> Result<Vec<Rc<Item>>, String> {
        let wrong = |cause: &dyn std::fmt::Display| format!("{}: {cause}", path.display());
        let bytes = read(path).map_err(|error| wrong(&error))?;
        let digest = *blake3::hash(&bytes).as_bytes();
        self.used.push(digest);
        if let Some(items) = self.known.get(&digest) {
            return Ok(items.clone());
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| wrong(&error))?;
        let items = super::with_own_lexer(|| {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            let tokens = without_shebang(text).parse().ok()?;
            Some(split::items(tokens))
        });
        let items = items.ok_or_else(|| wrong(&"it is not made of Rust's tokens"))?;
        let items: Vec<Rc<Item>> = items.into_iter().map(Rc::new).collect();
        self.known.insert(digest, items.clone());
        self.changed = true;
        Ok(items)
    }

    /// Ends a crate: what was found is kept, if anything is new. Without a place, or without room, it is found again.
    pub(crate) fn close(&mut self) {
        let Some(path) = self.open.take().filter(|_| self.changed) else {
            return;
        };
        self.used.sort_unstable();
        self.used.dedup();
        let kept = self
            .used
            .iter()
            .filter_map(|digest| Some((*digest, self.known.get(digest)?.as_slice())));
        let bytes = index::write(kept);
        let _ = replace(&path, &bytes);
    }
}

/// A script's first line is not Rust; its line stays, so that numbers of lines do.
fn without_shebang(text: &str) -> &str {
    if text.starts_with("#!") && !text.starts_with("#![") {
        text.find('\n').map_or("", |end| &text[end..])
    } else {
        text
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a macro reads sources; the store has no part in it"
)]
pub(crate) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// Whole or not at all: another compiler may read it at the same time.
#[expect(
    clippy::disallowed_methods,
    reason = "an index beside the compiler's output; the store has no part in it"
)]
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let fresh = path.with_extension(std::process::id().to_string());
    std::fs::write(&fresh, bytes)?;
    std::fs::rename(&fresh, path)
}

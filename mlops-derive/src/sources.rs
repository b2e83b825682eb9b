//! What counts as a stage's code, coarsely: every source of its package and of its path dependencies.
//!
//! It is the answer where the finer one, the items that a stage reaches, cannot be given: an edit anywhere in these files
//! re-runs the stage, needlessly often, but never too seldom. It is also what a program says of the commit it was built from.

pub(crate) mod manifest;
mod walk;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use proc_macro2::{Ident, TokenStream};

use crate::mistakes::mistake;
use crate::reach::Reach;

/// The sources that count, as the expansion says them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    /// Digest of the packages, paths and contents; the same wherever the checkout lies.
    pub(crate) sources: String,
    /// A line for each file, `digest path`, with the path relative to the repository; sorted.
    pub(crate) files: String,
    /// Digest of `Cargo.lock`.
    pub(crate) lock: Option<String>,
    /// The same files, absolute. The expansion includes them, so that a change of any recompiles: Cargo would not know of a
    /// test, of data, or of a module that nobody declares, and the program would say of itself that it is older than it is.
    pub(crate) tracked: Vec<String>,
}

impl Sources {
    /// What counts when the whole package does, beside what is reached as far as that can be told.
    pub(crate) fn beside(&self, reach: Reach, stage: &TokenStream, cause: String) -> Reach {
        let mut hasher = blake3::Hasher::new();
        let tokens = crate::tokens::digest(stage.clone()).to_hex();
        let whole = self.lock.as_deref().unwrap_or_default();
        let lock = reach.locked.as_deref().unwrap_or(whole);
        for part in [
            "package",
            tokens.as_str(),
            &self.sources,
            lock,
            &reach.digest,
        ] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let short = |digest: &str| digest.get(..16).unwrap_or_default().to_owned();
        let mut items = reach.items;
        for (label, digest) in [
            ("every source of the package", &*self.sources),
            ("what is locked for the package", lock),
        ] {
            items.push_str(&format!("content\t{label}\t{}\n", short(digest)));
        }
        Reach {
            digest: hasher.finalize().to_hex().to_string(),
            items,
            coarse: Some(cause),
            ..reach
        }
    }
}

/// The sources of the package that is being compiled; the mistake, if they cannot be read, is reported on `place`.
pub(crate) fn of_this_package(place: &Ident) -> syn::Result<Sources> {
    static KNOWN: Mutex<BTreeMap<PathBuf, Result<Arc<Sources>, String>>> =
        Mutex::new(BTreeMap::new());
    static TRACKED: AtomicBool = AtomicBool::new(false);
    let wrong = |cause: &str| {
        mistake(
            place,
            format!("the sources that this stage's result depends on cannot be read: {cause}"),
            "a stage is cached by its code, so it compiles only where Cargo and the package's files can be seen",
        )
    };
    let folder = env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .ok_or_else(|| wrong("`CARGO_MANIFEST_DIR` is not set"))?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let sources = known
        .entry(folder.clone())
        .or_insert_with(|| of_package(&folder).map(Arc::new))
        .clone()
        .map_err(|cause| wrong(&cause))?;
    let mut sources = Sources::clone(&sources);
    // Once for a crate is enough.
    if TRACKED.swap(true, Ordering::Relaxed) {
        sources.tracked.clear();
    }
    Ok(sources)
}

/// The sources of the package in `folder` and of its path dependencies.
fn of_package(folder: &Path) -> Result<Sources, String> {
    let folder = canonical(folder)?;
    let workspace = manifest::Workspace::around(&folder)?;
    let mut files = Vec::new();
    let packages = manifest::with_path_dependencies(&folder, &workspace)?;
    for package in &packages {
        walk::sources(&package.name, &package.folder, &mut files)?;
    }
    if let Some(manifest) = &workspace.inherited {
        files.push(walk::read("", &workspace.root, manifest)?);
    }
    files.sort_by(|a, b| (&a.package, &a.path).cmp(&(&b.package, &b.path)));
    let lock = folder
        .ancestors()
        .map(|folder| folder.join("Cargo.lock"))
        .find(|lock| lock.is_file());
    let lock = lock.map(|lock| walk::digest(&lock)).transpose()?;
    let repository = repository(&workspace.root);
    let mut lines: Vec<String> = files
        .iter()
        .map(|file| format!("{} {}", file.digest, relative(&file.absolute, &repository)))
        .collect();
    lines.sort_unstable();
    lines.dedup();
    // By path, which is what a reader looks for; the digest in front has one length.
    lines.sort_by(|a, b| a[64..].cmp(&b[64..]));
    let tracked = files
        .iter()
        .filter_map(|file| file.absolute.to_str().map(str::to_owned))
        .collect();
    // In a commit the whole file is looked for; in the key counts what concerns the packages.
    let said = workspace.said_of(&packages)?;
    for file in files.iter_mut().filter(|file| file.package.is_empty()) {
        file.digest = blake3::hash(said.as_bytes()).to_hex().to_string();
    }
    Ok(Sources {
        sources: digest_of(&files),
        files: lines.join("\n"),
        lock,
        tracked,
    })
}

/// The digest of every file of a package, for code that may include any of them, and where they lie.
pub(crate) fn every_file(name: &str, folder: &Path) -> Result<(String, Vec<String>), String> {
    let files = walk::every_file(name, folder)?;
    let paths = files.iter();
    let paths = paths.filter_map(|file| file.absolute.to_str().map(str::to_owned));
    Ok((digest_of(&files), paths.collect()))
}

/// Each part with its length, so that no two lists share an encoding.
fn digest_of(files: &[walk::SourceFile]) -> String {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        for part in [&file.package, &file.path, &file.digest] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// The nearest folder with `.git` at or above the workspace, or the workspace.
pub(crate) fn repository(workspace: &Path) -> PathBuf {
    let found = workspace
        .ancestors()
        .find(|folder| folder.join(".git").exists());
    found.unwrap_or(workspace).to_owned()
}

/// `path` as seen from `from`, with `/` on every system, and `..` for what lies outside.
pub(crate) fn relative(path: &Path, from: &Path) -> String {
    let shared = path
        .components()
        .zip(from.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(shared).map(|_| "..".to_owned());
    let down = path
        .components()
        .skip(shared)
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// The path without links and dots.
pub(crate) fn canonical(path: &Path) -> Result<PathBuf, String> {
    path.canonicalize()
        .map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;

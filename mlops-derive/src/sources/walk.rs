//! Finds and digests the source files of one package.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::{canonical, relative};

/// One file that counts.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) package: String,
    /// Relative to the package.
    pub(crate) path: String,
    pub(crate) digest: String,
    pub(crate) absolute: PathBuf,
}

/// What of a package is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Sources,
    /// Whatever may be included: prose and packages within it, too.
    Everything,
}

/// Every file of the package `name` in `folder`, whatever it holds, without what was built.
pub(crate) fn every_file(name: &str, folder: &Path) -> Result<Vec<SourceFile>, String> {
    let mut files = Vec::new();
    let mut walked = BTreeSet::new();
    walk(
        name,
        folder,
        folder,
        Wanted::Everything,
        &mut walked,
        &mut files,
    )?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Adds the sources of the package `name` in `folder`: Rust files anywhere, the manifest, and all that lies under `src`.
pub(crate) fn sources(
    name: &str,
    folder: &Path,
    files: &mut Vec<SourceFile>,
) -> Result<(), String> {
    let mut walked = BTreeSet::new();
    walk(name, folder, folder, Wanted::Sources, &mut walked, files)
}

fn walk(
    name: &str,
    package: &Path,
    folder: &Path,
    wanted: Wanted,
    walked: &mut BTreeSet<PathBuf>,
    files: &mut Vec<SourceFile>,
) -> Result<(), String> {
    // Links can lead in circles.
    if !walked.insert(canonical(folder)?) {
        return Ok(());
    }
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let file_name = path.file_name().unwrap_or_default();
        let everything = wanted == Wanted::Everything;
        let hidden = file_name.to_string_lossy().starts_with('.');
        if file_name == ".git" || (hidden && !everything) {
            continue;
        }
        if path.is_dir() {
            let at_top = folder == package;
            let left_out = if everything {
                is_built(&path, file_name, at_top)
            } else {
                is_left_out(&path, file_name, at_top)
            };
            if !left_out {
                walk(name, package, &path, wanted, walked, files)?;
            }
        } else if path.is_file() && (everything || counts(&path, package)) {
            files.push(read(name, package, &path)?);
        }
    }
    Ok(())
}

/// Build results, prose, and packages of their own: those count if they are dependencies, and then by themselves.
fn is_left_out(folder: &Path, name: &OsStr, at_top: bool) -> bool {
    (at_top && name == "book")
        || is_built(folder, name, at_top)
        || folder.join("Cargo.toml").exists()
}

fn is_built(folder: &Path, name: &OsStr, at_top: bool) -> bool {
    (at_top && name == "target") || folder.join("CACHEDIR.TAG").exists()
}

fn counts(path: &Path, package: &Path) -> bool {
    path.extension() == Some(OsStr::new("rs"))
        || path == package.join("Cargo.toml")
        || path.starts_with(package.join("src"))
}

/// One file, with its digest.
pub(crate) fn read(name: &str, package: &Path, path: &Path) -> Result<SourceFile, String> {
    Ok(SourceFile {
        package: name.to_owned(),
        path: relative(path, package),
        digest: digest(path)?,
        absolute: path.to_owned(),
    })
}

/// The digest of a file's content.
pub(crate) fn digest(path: &Path) -> Result<String, String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a macro reads sources; the store has no part in it"
    )]
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(blake3::hash(&bytes).to_hex().to_string())
}

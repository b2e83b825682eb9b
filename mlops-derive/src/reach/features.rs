//! What tells the features of a dependency that is given by a path: they are not in its sources.

use std::collections::BTreeSet;
use std::path::Path;

use super::compilation::Compilation;

/// Tells something of the compiled files of the named dependencies.
pub(crate) type Tell = fn(&Compilation, &BTreeSet<&str>) -> String;

/// Something that differs whenever the features of the named dependencies, or of what is below them, do.
///
/// Cargo names a compiled file by a digest of all that it was compiled with, its features and those of its dependencies
/// among them, but not its sources. Where a file has no such name, its content counts.
pub(crate) fn identity(compilation: &Compilation, dependencies: &BTreeSet<&str>) -> String {
    told(compilation, dependencies, |file| {
        let stem = file.file_stem()?.to_string_lossy().into_owned();
        let (_, hash) = stem.rsplit_once('-')?;
        let is_digest = hash.len() == 16 && hash.chars().all(|c| c.is_ascii_hexdigit());
        is_digest.then(|| hash.to_owned()).or_else(|| digest(file))
    })
}

/// The digests of the compiled files: they hold a digest of all code below them, whoever wrote it.
pub(crate) fn content(compilation: &Compilation, dependencies: &BTreeSet<&str>) -> String {
    told(compilation, dependencies, digest)
}

fn told(
    compilation: &Compilation,
    dependencies: &BTreeSet<&str>,
    tell: impl Fn(&Path) -> Option<String>,
) -> String {
    let parts: Vec<String> = dependencies
        .iter()
        .filter_map(|name| Some(format!("{name} {}", tell(compilation.compiled(name)?)?)))
        .collect();
    parts.join(", ")
}

fn digest(file: &Path) -> Option<String> {
    let bytes = super::files::read(file).ok()?;
    Some(blake3::hash(&bytes).to_hex().to_string())
}

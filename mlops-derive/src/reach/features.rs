//! What tells the features of a dependency that is given by a path: they are not in its sources.

use super::compilation::Compilation;

/// Something that differs whenever the features of the named dependencies, or of what is below them, do.
///
/// Cargo names a compiled file by a digest of all that it was compiled with, its features and those of its dependencies
/// among them, but not its sources. Where a file has no such name, its content counts.
pub(crate) fn identity<'a>(
    compilation: &Compilation,
    dependencies: impl Iterator<Item = &'a str>,
) -> String {
    let mut parts: Vec<String> = dependencies
        .filter_map(|name| {
            let file = compilation.compiled(name)?;
            let stem = file.file_stem()?.to_string_lossy().into_owned();
            let named = stem.rsplit_once('-').map(|(_, hash)| hash.to_owned());
            let by_name = named
                .filter(|hash| hash.len() == 16 && hash.chars().all(|c| c.is_ascii_hexdigit()));
            let identity = by_name.or_else(|| {
                let bytes = super::files::read(file).ok()?;
                Some(blake3::hash(&bytes).to_hex().to_string())
            })?;
            Some(format!("{name} {identity}"))
        })
        .collect();
    parts.sort_unstable();
    parts.join(", ")
}

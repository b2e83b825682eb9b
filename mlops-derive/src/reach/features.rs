//! What tells the features of a dependency that is given by a path: they are not in its sources.

use std::collections::BTreeSet;
use std::path::Path;

use super::compilation::Compilation;
use super::compiled::digest_of;
use super::lock::Lock;
use super::package::Package;

/// Tells something of the compiled files of the named dependencies.
pub(crate) type Tell = fn(&Compilation, &BTreeSet<&str>) -> String;

/// Something that differs whenever the features of the named dependencies, or of what is below them, do.
///
/// Cargo names a compiled file by a digest of all that it was compiled with, its features and those of its dependencies
/// among them, but not its sources. Where a file has no such name, its content counts.
pub(crate) fn identity(compilation: &Compilation, dependencies: &BTreeSet<&str>) -> String {
    told(compilation, dependencies, |file| {
        digest_of(file).or_else(|| digest(file))
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

/// Features of a dependency given by a path that are surely off: each would bring an optional dependency, and `Cargo.lock`,
/// which has all that any feature asks for, has none of that for the package.
pub(crate) fn surely_off(package: &Package, lock: &Lock) -> BTreeSet<String> {
    // A build script may set what looks like a feature.
    if package.has_build_script {
        return BTreeSet::new();
    }
    let dependencies = package.dependencies.iter();
    let dependencies = dependencies.map(|dependency| dependency.name.replace('_', "-"));
    let named = package.features.iter().map(|(name, _)| name.clone());
    let names = named.chain(dependencies.clone()).chain(
        // A feature may have the name of a dependency in either way of writing it.
        dependencies.map(|name| name.replace('-', "_")),
    );
    names
        .filter(|name| is_off(package, lock, name, &mut BTreeSet::new()))
        .collect()
}

fn is_off(package: &Package, lock: &Lock, name: &str, seen: &mut BTreeSet<String>) -> bool {
    if !seen.insert(name.to_owned()) {
        return false;
    }
    let Some((_, values)) = package.features.iter().find(|(other, _)| other == name) else {
        return is_missing(package, lock, name);
    };
    values.iter().any(|value| {
        let (first, of_it) = match value.split_once('/') {
            Some((first, _)) => (first, true),
            None => (value.as_str(), false),
        };
        match first.strip_prefix("dep:") {
            Some(dependency) => is_missing(package, lock, dependency),
            // `name?/feature` asks only if something else brings it.
            None if first.ends_with('?') => false,
            None if of_it => is_missing(package, lock, first),
            None => is_off(package, lock, first, seen),
        }
    })
}

fn is_missing(package: &Package, lock: &Lock, name: &str) -> bool {
    let name = name.replace('-', "_");
    let named = package.dependencies.iter();
    let mut named = named
        .filter(|dependency| dependency.name == name)
        .peekable();
    named.peek().is_some()
        && named.all(|dependency| lock.depends(&package.name, &dependency.package) == Some(false))
}

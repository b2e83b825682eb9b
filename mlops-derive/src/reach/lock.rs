//! `Cargo.lock`: which versions a crate stands for, with all that they depend on.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

/// The locked packages.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    packages: Vec<Locked>,
    by_name: BTreeMap<String, Vec<LockedAt>>,
    /// What each package depends on.
    below: Vec<Vec<LockedAt>>,
    /// Who depends on each package.
    dependents: Vec<Vec<LockedAt>>,
}

/// Which of the locked packages.
pub(crate) type LockedAt = usize;

#[derive(Debug)]
struct Locked {
    name: String,
    version: String,
    /// Where it comes from; none for a folder.
    source: Option<String>,
    /// Digest of the package, or the commit it comes from; none for a folder.
    identity: Option<String>,
    dependencies: Vec<String>,
}

/// One locked crate: name, version, and what identifies its bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LockedCrate {
    pub(crate) at: LockedAt,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) identity: Option<String>,
}

impl Lock {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let parsed: toml::Table = text.parse().ok()?;
        let packages: Vec<Locked> = parsed
            .get("package")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|package| {
                let of = |key: &str| package.get(key)?.as_str().map(str::to_owned);
                let dependencies = package.get("dependencies").and_then(Value::as_array);
                Some(Locked {
                    name: of("name")?,
                    version: of("version")?,
                    source: of("source"),
                    identity: of("checksum").or_else(|| of("source")),
                    dependencies: dependencies
                        .into_iter()
                        .flatten()
                        .filter_map(|dependency| dependency.as_str().map(str::to_owned))
                        .collect(),
                })
            })
            .collect();
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, package) in packages.iter().enumerate() {
            by_name.entry(package.name.clone()).or_default().push(at);
        }
        let mut lock = Self {
            below: Vec::new(),
            dependents: vec![Vec::new(); packages.len()],
            packages,
            by_name,
        };
        for at in 0..lock.packages.len() {
            let written = lock.packages[at].dependencies.iter();
            let below: Vec<LockedAt> = written.flat_map(|written| lock.named(written)).collect();
            for below in &below {
                lock.dependents[*below].push(at);
            }
            lock.below.push(below);
        }
        Some(lock)
    }

    /// Who depends on a package.
    pub(crate) fn dependents(&self, at: LockedAt) -> &[LockedAt] {
        &self.dependents[at]
    }

    pub(crate) fn name(&self, at: LockedAt) -> &str {
        &self.packages[at].name
    }

    pub(crate) fn version_of(&self, at: LockedAt) -> &str {
        &self.packages[at].version
    }

    /// What tells a package from every other one.
    pub(crate) fn identity(&self, at: LockedAt) -> String {
        let package = &self.packages[at];
        let identity = package.identity.as_deref().unwrap_or("folder");
        format!("{}@{}#{identity}", package.name, package.version)
    }

    /// Whether a package is given by a folder.
    pub(crate) fn is_folder(&self, at: LockedAt) -> bool {
        self.packages[at].identity.is_none()
    }

    /// A package that is given by a folder, and all below it, without what is left out and what only that brings.
    pub(crate) fn with_all_below(
        &self,
        package: &str,
        is_left_out: fn(&str) -> bool,
    ) -> BTreeSet<LockedAt> {
        let named = self.by_name.get(package).into_iter().flatten().copied();
        let named = named.filter(|at| self.is_folder(*at)).collect();
        self.closure(named, is_left_out)
    }

    fn closure(
        &self,
        mut pending: Vec<LockedAt>,
        is_left_out: fn(&str) -> bool,
    ) -> BTreeSet<LockedAt> {
        let mut seen = BTreeSet::new();
        while let Some(at) = pending.pop() {
            if !is_left_out(self.name(at)) && seen.insert(at) {
                pending.extend(&self.below[at]);
            }
        }
        seen
    }

    /// The version of a package, if there is one only.
    pub(crate) fn version(&self, package: &str) -> Option<&str> {
        match self.by_name.get(package)?.as_slice() {
            [only] => Some(&self.packages[*only].version),
            _ => None,
        }
    }

    /// Whether a package that is given by a folder depends on another at present: optional dependencies that no feature asks
    /// for are not locked. Nothing if the package has no entry, or several.
    pub(crate) fn depends(&self, dependent: &str, dependency: &str) -> Option<bool> {
        let packages = self.by_name.get(dependent)?.iter();
        let mut folders = packages
            .map(|at| &self.packages[*at])
            .filter(|package| package.identity.is_none());
        let only = folders.next().filter(|_| folders.next().is_none())?;
        let mut names = only
            .dependencies
            .iter()
            .map(|written| written.split(' ').next());
        Some(names.any(|name| name == Some(dependency)))
    }

    /// The crates that `dependency` of the package `dependent` stands for: itself, and all below it.
    pub(crate) fn below(&self, dependent: &str, dependency: &str) -> BTreeSet<LockedCrate> {
        let mut pending: Vec<usize> = self
            .by_name
            .get(dependent)
            .into_iter()
            .flatten()
            .filter(|at| self.packages[**at].identity.is_none())
            .flat_map(|at| &self.packages[*at].dependencies)
            .filter(|written| written.split(' ').next() == Some(dependency))
            .flat_map(|written| self.named(written))
            .collect();
        if pending.is_empty() {
            // The lock file is not this package's: every version may be meant.
            pending.extend(self.by_name.get(dependency).into_iter().flatten());
        }
        self.closure(pending, |_| false)
            .into_iter()
            .map(|at| (at, &self.packages[at]))
            .map(|(at, package)| LockedCrate {
                at,
                name: package.name.clone(),
                version: package.version.clone(),
                identity: package.identity.clone(),
            })
            .collect()
    }

    /// `name`, `name version` or `name version (source)`.
    fn named(&self, written: &str) -> Vec<usize> {
        let mut parts = written.split(' ');
        let name = parts.next().unwrap_or_default();
        let version = parts.next();
        let known = self.by_name.get(name).into_iter().flatten().copied();
        let of_version: Vec<usize> = known
            .filter(|at| version.is_none_or(|version| self.packages[*at].version == version))
            .collect();
        if of_version.len() < 2 {
            return of_version;
        }
        // Of several of one version each is named with its source, but for the one that lies in a folder.
        let source = parts.next().map(|source| source.trim_matches(['(', ')']));
        let is_it = |at: &usize| match (source, &self.packages[*at].source) {
            (Some(wanted), Some(source)) => source.starts_with(wanted),
            (wanted, source) => wanted.is_none() && source.is_none(),
        };
        let of_source: Vec<usize> = of_version.iter().copied().filter(is_it).collect();
        if of_source.is_empty() {
            of_version
        } else {
            of_source
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

    const LOCK: &str = r#"
version = 4
[[package]]
name = "app"
version = "0.1.0"
dependencies = ["linfa", "rand 0.9.0"]
[[package]]
name = "linfa"
version = "0.8.0"
source = "registry+https://example.org"
checksum = "aa"
dependencies = ["rand 0.8.0"]
[[package]]
name = "rand"
version = "0.8.0"
checksum = "bb"
[[package]]
name = "rand"
version = "0.9.0"
checksum = "cc"
"#;

    #[test]
    fn a_dependency_stands_for_its_own_version_and_for_all_below_it() {
        let lock = Lock::read(LOCK).unwrap();
        let of = |name: &str| {
            let below = lock.below("app", name);
            let written = below
                .iter()
                .map(|locked| format!("{} {}", locked.name, locked.version));
            written.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(of("linfa"), "linfa 0.8.0, rand 0.8.0");
        assert_eq!(of("rand"), "rand 0.9.0");
        assert_eq!(of("nothing"), "");
        assert_eq!(lock.version("linfa"), Some("0.8.0"));
        assert_eq!(lock.depends("app", "linfa"), Some(true));
        assert_eq!(lock.depends("app", "below"), Some(false));
        assert_eq!(lock.depends("linfa", "rand"), None);
        assert_eq!(lock.version("rand"), None);
    }

    #[test]
    fn packages_of_one_version_are_told_apart_by_their_sources() {
        let lock = r#"
version = 4
[[package]]
name = "app"
version = "0.1.0"
dependencies = ["model 0.1.0", "ndarray 0.17.2"]
[[package]]
name = "model"
version = "0.1.0"
dependencies = ["ndarray 0.17.2 (registry+https://example.org)"]
[[package]]
name = "ndarray"
version = "0.17.2"
dependencies = ["ours"]
[[package]]
name = "ndarray"
version = "0.17.2"
source = "registry+https://example.org"
checksum = "aa"
dependencies = ["theirs"]
[[package]]
name = "ours"
version = "1.0.0"
[[package]]
name = "theirs"
version = "1.0.0"
"#;
        let lock = Lock::read(lock).unwrap();
        let of = |name: &str| {
            let below = lock.below(name, "ndarray").into_iter();
            below.map(|locked| locked.name).collect::<Vec<_>>()
        };
        assert_eq!(of("model"), ["ndarray", "theirs"]);
        assert_eq!(of("app"), ["ndarray", "ours"]);
    }
}

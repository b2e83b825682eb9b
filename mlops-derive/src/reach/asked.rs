//! Which features are asked of a crate of a registry: Cargo compiles it once, with all that anybody asks of it. They count where
//! Cargo left no note of what it compiled the crate with.
//!
//! Who is compiled together depends on the command, so two answers count: what the package and all below it ask, and what
//! everybody in `Cargo.lock` asks. Optional dependencies count as if they were wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use toml::Table;

use super::lock::{Lock, LockedAt};
use super::package::Package;
use super::world::World;
use super::{files, index};
use crate::sources::manifest::{self, Workspace};

/// What a package asks of others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wants {
    pub(crate) dependencies: Vec<Wanted>,
    pub(crate) features: Vec<FeatureLine>,
}

/// What a package asks of one dependency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// As code says it.
    pub(crate) name: String,
    /// As `Cargo.lock` says it.
    pub(crate) package: String,
    pub(crate) features: Vec<String>,
    pub(crate) default: bool,
}

/// A line of `[features]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FeatureLine {
    pub(crate) name: String,
    pub(crate) turns_on: Vec<String>,
}

/// Manifests of packages, and what is asked of them.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The folders of packages that are given by folders, by name.
    folders: BTreeMap<String, PathBuf>,
    /// The package that is compiled, and the features that it is compiled with.
    own: String,
    active: BTreeSet<String>,
    /// Where Cargo unpacks what it downloads.
    registries: Vec<PathBuf>,
    manifests: BTreeMap<LockedAt, Option<Rc<Wants>>>,
    /// What manifests of registries say, which never changes, and where it is kept.
    unpacked: BTreeMap<String, Rc<Wants>>,
    kept_in: Option<PathBuf>,
    is_new: bool,
    /// What was found, by whether everybody counts.
    found: BTreeMap<(LockedAt, bool), String>,
}

/// Who counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Among<'a> {
    Everybody,
    These(&'a BTreeSet<LockedAt>),
}

impl Asked {
    /// Looks for manifests in the workspace, and where Cargo has what comes from registries.
    pub(crate) fn new(workspace: &Workspace, world: &World) -> Self {
        let members = workspace.members().into_iter().filter_map(|folder| {
            let manifest = manifest::read(&folder).ok()?;
            let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
            Some((name, folder))
        });
        let packages = world.crates.iter().map(|of_crate| &of_crate.package);
        let known = packages.map(|package| (package.name.clone(), package.folder.clone()));
        let out = world.compilation.out_folder.as_ref();
        let kept_in = out.map(|out| out.join(".mlops-index/manifests"));
        let kept = kept_in.as_deref().and_then(|path| files::read(path).ok());
        let kept = kept.as_deref().and_then(index::read_manifests);
        let own = world.crates.iter().find(|of_crate| of_crate.own);
        let active = world.compilation.conditions.iter().filter_map(|condition| {
            let name = condition.strip_prefix("feature=\"")?.strip_suffix('"')?;
            Some(name.to_owned())
        });
        Self {
            own: own.map_or_else(String::new, |own| own.package.name.clone()),
            active: active.collect(),
            folders: members.chain(known).collect(),
            registries: registries(&workspace.root),
            unpacked: kept.unwrap_or_default(),
            kept_in,
            ..Self::default()
        }
    }

    /// Keeps what manifests of registries say. Without a place, or without room, they are read again.
    pub(crate) fn keep(&mut self) {
        let is_new = std::mem::take(&mut self.is_new);
        if let Some(path) = self.kept_in.as_deref().filter(|_| is_new) {
            let _ = files::replace(path, &index::write_manifests(&self.unpacked));
        }
    }

    /// The features that are asked of a locked package, in order.
    pub(crate) fn of(&mut self, lock: &Lock, package: LockedAt, among: Among<'_>) -> String {
        let question = (package, matches!(among, Among::Everybody));
        if let Some(found) = self.found.get(&question) {
            return found.clone();
        }
        let asked = self.find(lock, package, among, &mut BTreeMap::new());
        let asked = asked.into_iter().collect::<Vec<_>>().join(" ");
        self.found.insert(question, asked.clone());
        asked
    }

    fn find(
        &mut self,
        lock: &Lock,
        package: LockedAt,
        among: Among<'_>,
        known: &mut BTreeMap<LockedAt, BTreeSet<String>>,
    ) -> BTreeSet<String> {
        if let Some(known) = known.get(&package) {
            return known.clone();
        }
        let mut asked = BTreeSet::new();
        // In a circle nothing is asked that is not asked from outside.
        known.insert(package, asked.clone());
        let name = lock.name(package);
        for dependent in lock.dependents(package) {
            if let Among::These(these) = among
                && !these.contains(dependent)
            {
                continue;
            }
            let Some(manifest) = self.manifest(lock, *dependent) else {
                // What it asks is not known, so it counts by what it is.
                asked.insert(lock.identity(*dependent));
                continue;
            };
            let mut names = BTreeSet::new();
            for dependency in &manifest.dependencies {
                if dependency.package == name {
                    asked.extend(dependency.features.iter().cloned());
                    asked.extend(dependency.default.then(|| "default".to_owned()));
                    names.insert(dependency.name.as_str());
                }
            }
            if manifest.features.iter().any(|line| {
                let mut passed = line
                    .turns_on
                    .iter()
                    .filter_map(|value| passed_on(value, &names));
                passed.next().is_some()
            }) {
                let mut wanted = self.find(lock, *dependent, among, known);
                if lock.is_folder(*dependent) {
                    if lock.name(*dependent) == self.own {
                        wanted.extend(self.active.iter().cloned());
                    }
                    // Nobody need ask for the default features of what is built itself.
                    wanted.insert("default".to_owned());
                }
                for value in expanded(&manifest, wanted) {
                    asked.extend(passed_on(&value, &names).map(str::to_owned));
                }
            }
        }
        known.insert(package, asked.clone());
        asked
    }

    fn manifest(&mut self, lock: &Lock, package: LockedAt) -> Option<Rc<Wants>> {
        if let Some(known) = self.manifests.get(&package) {
            return known.clone();
        }
        let found = if lock.is_folder(package) {
            let folder = self.folders.get(lock.name(package));
            folder
                .and_then(|folder| Package::read(folder).ok())
                .map(|package| Rc::new(Wants::of(package)))
        } else {
            self.unpacked(lock, package)
        };
        self.manifests.insert(package, found.clone());
        found
    }

    fn unpacked(&mut self, lock: &Lock, package: LockedAt) -> Option<Rc<Wants>> {
        let identity = lock.identity(package);
        if let Some(known) = self.unpacked.get(&identity) {
            return Some(Rc::clone(known));
        }
        let (name, version) = (lock.name(package), lock.version_of(package));
        // Of one version alone, what is vendored need not say which.
        let folders = [format!("{name}-{version}"), name.to_owned()];
        let mut folders = self.registries.iter().flat_map(|registry| {
            let folders = folders.iter();
            folders.map(|folder| registry.join(folder))
        });
        let found = folders.find_map(|folder| {
            let found = Package::unpacked(&folder).ok()?;
            (found.version == version).then_some(found)
        })?;
        let found = Rc::new(Wants::of(found));
        self.unpacked.insert(identity, Rc::clone(&found));
        self.is_new = true;
        Some(found)
    }
}

impl Wants {
    fn of(package: Package) -> Self {
        let dependencies = package.dependencies.into_iter();
        let features = package.features.into_iter();
        Self {
            dependencies: dependencies
                .map(|dependency| Wanted {
                    name: dependency.name,
                    package: dependency.package,
                    features: dependency.features,
                    default: dependency.default,
                })
                .collect(),
            features: features
                .map(|(name, turns_on)| FeatureLine { name, turns_on })
                .collect(),
        }
    }
}

/// The values of all features that these turn on.
fn expanded(manifest: &Wants, wanted: BTreeSet<String>) -> BTreeSet<String> {
    let mut pending: Vec<String> = wanted.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = pending.pop() {
        if seen.insert(name.clone()) {
            let features = manifest.features.iter();
            let of_name = features.filter(|line| line.name == name);
            pending.extend(of_name.flat_map(|line| line.turns_on.iter().cloned()));
        }
    }
    seen
}

/// The feature that `name/feature` asks of one of these dependencies.
fn passed_on<'a>(value: &'a str, names: &BTreeSet<&str>) -> Option<&'a str> {
    let (dependency, feature) = value.split_once('/')?;
    let dependency = dependency.trim_end_matches('?').replace('-', "_");
    names.contains(dependency.as_str()).then_some(feature)
}

/// Where the packages of registries are: the folders of `$CARGO_HOME/registry/src`, and those that Cargo's settings name.
fn registries(workspace: &Path) -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")));
    let unpacked = home.iter().map(|home| home.join("registry/src"));
    let mut found: Vec<PathBuf> = unpacked
        .flat_map(std::fs::read_dir)
        .flatten()
        .filter_map(|folder| Some(folder.ok()?.path()))
        .collect();
    found.sort_unstable();
    let settings = workspace.ancestors().map(|folder| folder.join(".cargo"));
    for folder in settings.chain(home) {
        found.extend(vendored(&folder));
    }
    found
}

/// The folders that stand in for registries, from Cargo's settings in a folder.
fn vendored(settings: &Path) -> Vec<PathBuf> {
    let files = ["config.toml", "config"].map(|name| settings.join(name));
    let text = files.iter().find_map(|file| files::read(file).ok());
    let text = text.and_then(|text| String::from_utf8(text).ok());
    let table: Option<Table> = text.and_then(|text| text.parse().ok());
    let sources = table
        .as_ref()
        .and_then(|table| table.get("source")?.as_table());
    let folders = sources.into_iter().flat_map(Table::values);
    let folders = folders.filter_map(|source| source.get("directory")?.as_str());
    // A path is seen from the folder that holds `.cargo`.
    let base = settings.parent().unwrap_or(settings);
    folders.map(|folder| base.join(folder)).collect()
}

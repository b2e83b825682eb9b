//! Reads manifests: which packages are reached by paths.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::canonical;

/// A package whose sources count.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

/// The workspace around a package, or the package itself when it stands alone.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    manifest: Table,
    /// The root's manifest, if the package is not the root: what it says of dependencies and profiles counts.
    pub(crate) inherited: Option<PathBuf>,
}

impl Workspace {
    pub(crate) fn around(folder: &Path) -> Result<Self, String> {
        let own = read(folder)?;
        let named = own
            .get("package")
            .and_then(|package| package.get("workspace"))
            .and_then(Value::as_str);
        if let Some(named) = named {
            let root = canonical(&folder.join(named))?;
            return Ok(Self {
                manifest: read(&root)?,
                inherited: Some(root.join("Cargo.toml")),
                root,
            });
        }
        for root in folder.ancestors() {
            if !root.join("Cargo.toml").is_file() {
                continue;
            }
            let manifest = read(root)?;
            if manifest.contains_key("workspace") {
                let inherited = (root != folder).then(|| root.join("Cargo.toml"));
                return Ok(Self {
                    root: root.to_owned(),
                    manifest,
                    inherited,
                });
            }
        }
        Ok(Self::alone(folder, own))
    }

    /// A package that stands alone, with its manifest.
    pub(crate) fn alone(folder: &Path, manifest: Table) -> Self {
        Self {
            root: folder.to_owned(),
            manifest,
            inherited: None,
        }
    }

    /// What the root's manifest says that concerns these packages: what they inherit, what is patched, how they are compiled.
    /// Other members, lints and metadata are no concern of theirs.
    pub(crate) fn said_of(&self, packages: &[Package]) -> Result<String, String> {
        let mut named = BTreeSet::new();
        let mut inherited = BTreeSet::new();
        for package in packages {
            let manifest = read(&package.folder)?;
            let names = dependencies(&manifest, true).into_iter();
            named.extend(names.map(|(name, _)| name.to_owned()));
            let values = manifest.get("package").and_then(Value::as_table);
            let values = values.into_iter().flatten();
            let values = values.filter(|(_, value)| value.get("workspace").is_some());
            inherited.extend(values.map(|(name, _)| name.to_owned()));
        }
        let others = self.other_members(packages);
        let mut said = self.manifest.clone();
        said.retain(|name, _| matches!(name, "patch" | "profile" | "replace" | "workspace"));
        retain(&mut said, "workspace", |name| {
            matches!(name, "dependencies" | "package" | "resolver")
        });
        if let Some(workspace) = said.get_mut("workspace").and_then(Value::as_table_mut) {
            retain(workspace, "dependencies", |name| named.contains(name));
            retain(workspace, "package", |name| inherited.contains(name));
        }
        let profiles = said.get_mut("profile").and_then(Value::as_table_mut);
        for (_, profile) in profiles.into_iter().flat_map(|all| all.iter_mut()) {
            if let Some(profile) = profile.as_table_mut() {
                retain(profile, "package", |name| !others.contains(name));
            }
        }
        retain(&mut said, "profile", |_| true);
        Ok(said.to_string())
    }

    /// The names of its members besides these packages.
    fn other_members(&self, packages: &[Package]) -> BTreeSet<String> {
        let folders = self.members().into_iter();
        let names = folders.filter_map(|folder| {
            let manifest = read(&folder).ok()?;
            let name = manifest.get("package")?.get("name")?.as_str()?;
            Some(name.to_owned())
        });
        let is_other = |name: &String| packages.iter().all(|package| package.name != *name);
        names.filter(is_other).collect()
    }

    /// The folders of its members.
    pub(crate) fn members(&self) -> Vec<PathBuf> {
        let workspace = self.manifest.get("workspace");
        let listed = workspace.and_then(|workspace| workspace.get("members")?.as_array());
        let listed = listed.into_iter().flatten().filter_map(Value::as_str);
        let mut found: Vec<PathBuf> = listed
            .flat_map(|pattern| matching(&self.root, pattern))
            .collect();
        found.push(self.root.clone());
        found.retain(|folder| folder.join("Cargo.toml").is_file());
        found
    }

    /// What the workspace says of a dependency that is inherited.
    pub(crate) fn dependency(&self, name: &str) -> Option<&Value> {
        let dependencies = self.manifest.get("workspace")?.get("dependencies")?;
        dependencies.get(name)
    }

    /// The folder of a dependency that is inherited, if it is given by a path.
    pub(crate) fn path_of(&self, dependency: &str) -> Option<PathBuf> {
        let path = self.dependency(dependency)?.get("path")?.as_str()?;
        Some(self.root.join(path))
    }

    /// A value of `[workspace.package]`.
    pub(crate) fn package_value(&self, key: &str) -> Option<String> {
        let package = self.manifest.get("workspace")?.get("package")?;
        package.get(key)?.as_str().map(str::to_owned)
    }

    /// The folder that replaces a package of a registry.
    pub(crate) fn patch(&self, package: &str) -> Option<PathBuf> {
        let tables = self.manifest.get("patch")?.as_table()?.values();
        tables
            .filter_map(Value::as_table)
            .flatten()
            .find(|(name, patch)| {
                patch.get("package").and_then(Value::as_str).unwrap_or(name) == package
            })
            .and_then(|(_, patch)| Some(self.root.join(patch.get("path")?.as_str()?)))
    }

    /// Folders that replace packages of the registry.
    fn patches(&self) -> Vec<PathBuf> {
        let tables = self
            .manifest
            .get("patch")
            .and_then(Value::as_table)
            .into_iter()
            .flat_map(Table::values);
        let patches = tables.filter_map(Value::as_table).flat_map(Table::values);
        patches
            .filter_map(|patch| Some(self.root.join(patch.get("path")?.as_str()?)))
            .collect()
    }
}

/// Keeps some lines of a table in a table, and the table only if any are left.
fn retain(table: &mut Table, name: &str, keep: impl Fn(&str) -> bool) {
    let Some(inside) = table.get_mut(name).and_then(Value::as_table_mut) else {
        return;
    };
    inside
        .retain(|name, value| keep(name) && value.as_table().is_none_or(|table| !table.is_empty()));
    if inside.is_empty() {
        table.remove(name);
    }
}

/// The package in `folder`, and every package that it reaches by paths.
pub(crate) fn with_path_dependencies(
    folder: &Path,
    workspace: &Workspace,
) -> Result<Vec<Package>, String> {
    let mut packages: Vec<Package> = Vec::new();
    let mut pending = workspace.patches();
    pending.push(folder.to_owned());
    while let Some(next) = pending.pop() {
        let next = canonical(&next)?;
        if packages.iter().any(|package| package.folder == next) {
            continue;
        }
        let manifest = read(&next)?;
        // A dependency may belong to a workspace of its own.
        let other;
        let around = if next.starts_with(&workspace.root) {
            workspace
        } else {
            other = Workspace::around(&next)?;
            &other
        };
        // Nobody compiles the dev-dependencies of a dependency.
        let own = next == folder;
        pending.extend(dependencies(&manifest, own).into_iter().filter_map(
            |(name, dependency)| {
                match dependency.get("path").and_then(Value::as_str) {
                    Some(path) => Some(next.join(path)),
                    None => dependency
                        .get("workspace")?
                        .as_bool()?
                        .then(|| around.path_of(name))?,
                }
            },
        ));
        let name = manifest
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(Value::as_str);
        let name =
            name.ok_or_else(|| format!("{}: no package name", next.join("Cargo.toml").display()))?;
        packages.push(Package {
            name: name.to_owned(),
            folder: next,
        });
    }
    Ok(packages)
}

/// Every dependency of a manifest: ordinary ones, those of build scripts and, if wanted, of tests, for every target.
pub(crate) fn dependencies(manifest: &Table, with_tests: bool) -> Vec<(&str, &Value)> {
    let targets = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(Table::values);
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    let names = ["dependencies", "build-dependencies", "build_dependencies"].into_iter();
    let names = names.chain(
        with_tests
            .then_some(["dev-dependencies", "dev_dependencies"])
            .into_iter()
            .flatten(),
    );
    let names: Vec<&str> = names.collect();
    tables
        .flat_map(|table| {
            names
                .iter()
                .filter_map(|name| table.get(*name)?.as_table())
                .collect::<Vec<_>>()
        })
        .flatten()
        .map(|(name, dependency)| (name.as_str(), dependency))
        .collect()
}

/// The manifest of the package in `folder`.
pub(crate) fn read(folder: &Path) -> Result<Table, String> {
    let path = folder.join("Cargo.toml");
    #[expect(
        clippy::disallowed_methods,
        reason = "a macro reads sources; the store has no part in it"
    )]
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.parse()
        .map_err(|error: toml::de::Error| format!("{}: {}", path.display(), error.message()))
}

/// The folders that a pattern such as `crates/*` means.
fn matching(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let Some((before, after)) = part.split_once('*') else {
            found.iter_mut().for_each(|folder| folder.push(part));
            continue;
        };
        let inside = found.iter().flat_map(std::fs::read_dir).flatten().flatten();
        let mut next: Vec<PathBuf> = inside
            .filter(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                // A second star is taken for anything.
                let after = after.rsplit('*').next().unwrap_or_default();
                name.starts_with(before) && name.ends_with(after)
            })
            .map(|entry| entry.path())
            .collect();
        next.sort_unstable();
        found = next;
    }
    found
}

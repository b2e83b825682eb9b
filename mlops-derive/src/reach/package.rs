//! What a manifest says of a package: where its library begins, what it depends on, and what it asks of that.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::sources::manifest::{self, Workspace};

/// A package that is given by its folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) folder: PathBuf,
    /// The library's name as code says it.
    pub(crate) library: String,
    /// The library's root file, if it has a library.
    pub(crate) root: Option<PathBuf>,
    pub(crate) edition: String,
    pub(crate) makes_macros: bool,
    pub(crate) has_build_script: bool,
    pub(crate) dependencies: Vec<Dependency>,
    /// The lines of `[features]`: `name = [values]`.
    pub(crate) features: Vec<(String, Vec<String>)>,
    /// What `env!("CARGO_PKG_…")` can see.
    pub(crate) description: String,
}

/// One dependency of a package.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// As code says it.
    pub(crate) name: String,
    /// As the registry and `Cargo.lock` say it.
    pub(crate) package: String,
    /// Where it lies, if it is given by a path.
    pub(crate) folder: Option<PathBuf>,
    /// The features that the manifest asks of it.
    pub(crate) features: Vec<String>,
    /// It wants the default ones, too.
    pub(crate) default: bool,
}

impl Package {
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let folder = crate::sources::canonical(folder)?;
        let manifest = manifest::read(&folder)?;
        let workspace = Workspace::around(&folder)?;
        Self::of(folder, &manifest, &workspace)
    }

    /// A package as Cargo unpacks it: nothing is around it.
    pub(crate) fn unpacked(folder: &Path) -> Result<Self, String> {
        let manifest = manifest::read(folder)?;
        let workspace = Workspace::alone(folder, manifest.clone());
        Self::of(folder.to_owned(), &manifest, &workspace)
    }

    fn of(folder: PathBuf, manifest: &Table, workspace: &Workspace) -> Result<Self, String> {
        let package = manifest
            .get("package")
            .and_then(Value::as_table)
            .ok_or_else(|| format!("{}: no package", folder.display()))?;
        let name = text(package, "name")
            .ok_or_else(|| format!("{}: no package name", folder.display()))?;
        let library = manifest.get("lib").and_then(Value::as_table);
        let library_name = library
            .and_then(|library| text(library, "name"))
            .unwrap_or_else(|| name.replace('-', "_"));
        let root = match library.and_then(|library| text(library, "path")) {
            Some(path) => folder.join(path),
            None => folder.join("src/lib.rs"),
        };
        let is_true = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or(false);
        let makes_macros = library.is_some_and(|library| {
            is_true(library.get("proc-macro")) || is_true(library.get("proc_macro"))
        });
        let has_build_script = match package.get("build") {
            Some(Value::Boolean(false)) => false,
            Some(_) => true,
            None => folder.join("build.rs").is_file(),
        };
        let edition = text(package, "edition").or_else(|| workspace.package_value("edition"));
        let features = manifest.get("features").and_then(Value::as_table);
        let features = features
            .into_iter()
            .flatten()
            .map(|(name, values)| {
                let values = values.as_array().into_iter().flatten();
                let values = values.filter_map(|value| value.as_str().map(str::to_owned));
                (name.clone(), values.collect())
            })
            .collect();
        Ok(Self {
            library: library_name,
            root: root.is_file().then_some(root),
            edition: edition.unwrap_or_else(|| "2015".to_owned()),
            makes_macros,
            has_build_script,
            dependencies: dependencies(manifest, &folder, workspace),
            features,
            description: described(package, workspace),
            version: text(package, "version").unwrap_or_default(),
            name,
            folder,
        })
    }
}

/// What the manifest says of the package itself, with what it takes from its workspace.
fn described(package: &Table, workspace: &Workspace) -> String {
    let mut described = package.clone();
    for (key, value) in &mut described {
        let inherits = |value: &Value| value.get("workspace").and_then(Value::as_bool);
        if inherits(value) == Some(true)
            && let Some(inherited) = workspace.package_value(key)
        {
            *value = Value::String(inherited);
        }
    }
    Value::Table(described).to_string()
}

fn dependencies(manifest: &Table, folder: &Path, workspace: &Workspace) -> Vec<Dependency> {
    manifest::dependencies(manifest, true)
        .into_iter()
        .map(|(name, written)| {
            let inherited = written
                .get("workspace")
                .and_then(Value::as_bool)
                .unwrap_or(false)
                .then(|| workspace.dependency(name))
                .flatten();
            let of = |key: &str| {
                let own = written.get(key).and_then(Value::as_str);
                own.or_else(|| inherited.and_then(|inherited| inherited.get(key)?.as_str()))
            };
            let package = of("package").unwrap_or(name).to_owned();
            let path = written.get("path").and_then(Value::as_str);
            let folder = match (path, inherited) {
                (Some(path), _) => Some(folder.join(path)),
                (None, Some(_)) => workspace.path_of(name),
                (None, None) => None,
            };
            let (features, default) = asked(written, inherited);
            Dependency {
                name: name.replace('-', "_"),
                folder: folder.or_else(|| workspace.patch(&package)),
                package,
                features,
                default,
            }
        })
        .collect()
}

/// The features asked of a dependency, and whether its default ones are wanted; the version is `Cargo.lock`'s to say.
fn asked(written: &Value, inherited: Option<&Value>) -> (Vec<String>, bool) {
    let mut features: Vec<String> = Vec::new();
    for value in [Some(written), inherited].into_iter().flatten() {
        let listed = value.get("features").and_then(Value::as_array);
        features.extend(
            listed
                .into_iter()
                .flatten()
                .filter_map(|feature| feature.as_str().map(str::to_owned)),
        );
    }
    let plain = |value: &Value| {
        let wanted = value
            .get("default-features")
            .or_else(|| value.get("default_features"));
        wanted.and_then(Value::as_bool)
    };
    // What a member says of the default features holds only where the workspace does not want them.
    let default = match (plain(written), inherited.map(plain)) {
        (own, None) => own.unwrap_or(true),
        (Some(true), Some(_)) => true,
        (_, Some(inherited)) => inherited.unwrap_or(true),
    };
    (features, default)
}

fn text(table: &Table, key: &str) -> Option<String> {
    table.get(key)?.as_str().map(str::to_owned)
}

//! Which features a pipeline uses, and whether `features.lock` and the naming rule of the project allow them.

use std::path::PathBuf;

use mlops_features::{Definition, FeatureError, FeatureSet, Lock, LockState, NamingRule};
use mlops_pipeline::{CallInput, CodeReach, Graph};

use crate::app::App;
use crate::failure::{Exit, Failure};
use crate::project::Project;

/// The name of the lock, beside `mlops.toml`.
const FILE_NAME: &str = "features.lock";

/// What is declared of features, and what the program defines.
pub(crate) struct DeclaredFeatures {
    pub(crate) path: PathBuf,
    pub(crate) lock: Lock,
    pub(crate) rule: Option<NamingRule>,
    pub(crate) defined: FeatureSet,
}

impl DeclaredFeatures {
    /// Reads the lock of the project; without a file, nothing is declared.
    #[expect(
        clippy::disallowed_methods,
        reason = "the project's own lock is read here and nowhere else"
    )]
    pub(crate) fn read(app: &App, project: &Project) -> Result<Self, Failure> {
        let path = project.folder.join(FILE_NAME);
        let lock = match std::fs::read_to_string(&path) {
            Ok(text) => Lock::parse(&text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Lock::default(),
            Err(error) => {
                let problem = format!("`{}`: {error}", path.display());
                return Err(FeatureError::MalformedLock { problem }.into());
            }
        };
        let rule = project.configuration.names_of_features();
        let rule = rule
            .map(|rule| rule.value.parse::<NamingRule>())
            .transpose()?;
        Ok(Self {
            path,
            lock,
            rule,
            defined: app.defined_features().clone(),
        })
    }

    /// The same for all that the program defines: also what no more than a pipeline names, under whatever profile, since a run
    /// is refused for those, too.
    pub(crate) fn of_program(app: &App, project: &Project) -> Result<Self, Failure> {
        let mut declared = Self::read(app, project)?;
        let mut all = declared.defined.definitions().to_vec();
        for profile in project.configuration.profiles() {
            for graph in app.graphs(project.profile(Some(profile))?) {
                for definition in used_by(&declared.defined, &graph?) {
                    let same = |known: &&Definition| is_same(known, definition);
                    if !FeatureSet::of(all.iter().copied())
                        .in_order()
                        .iter()
                        .any(same)
                    {
                        all.push(definition);
                    }
                }
            }
        }
        declared.defined = FeatureSet::of(all);
        let all = declared.defined.in_order();
        for (position, definition) in all.iter().enumerate() {
            // The lock has one present version for a name.
            if let Some(other) = all[..position]
                .iter()
                .find(|other| other.name == definition.name)
            {
                return Err(FeatureError::SameName {
                    name: definition.name,
                    one: other.path,
                    other: definition.path,
                }
                .into());
            }
        }
        Ok(declared)
    }

    /// The first name that breaks the rule of the project.
    pub(crate) fn check_names(&self) -> Result<(), FeatureError> {
        let Some(rule) = &self.rule else {
            return Ok(());
        };
        let all = self.defined.in_order();
        all.iter()
            .try_for_each(|definition| rule.check(definition.name))
    }

    /// Why a strict profile refuses the features that this graph uses.
    pub(crate) fn refusals(&self, graph: &Graph) -> Vec<String> {
        let used = used_by(&self.defined, graph);
        let names = used.iter().filter_map(|definition| {
            let error = self.rule.as_ref()?.check(definition.name).err()?;
            let help = error.help().map(|help| format!("; {help}"));
            Some(format!("{error}{}", help.unwrap_or_default()))
        });
        let checked = self.lock.check(used.iter().copied());
        let locks = checked
            .iter()
            .filter(|checked| !checked.passes())
            .map(|checked| {
                let verb = match checked.state {
                    LockState::New => "declare it",
                    _ => "declare the change",
                };
                format!(
                    "the feature {checked}: {verb} with `features lock`, and commit {FILE_NAME}"
                )
            });
        names.chain(locks).collect()
    }
}

fn is_same(one: &Definition, two: &Definition) -> bool {
    (one.path, one.name) == (two.path, two.name)
}

/// The features that a graph uses: those of its training sets, and those of the program that a stage calls as functions.
pub(crate) fn used_by(defined: &FeatureSet, graph: &Graph) -> Vec<&'static Definition> {
    let mut used: Vec<&'static Definition> = Vec::new();
    let mut add = |definition: &'static Definition| {
        if !used.iter().any(|known| is_same(known, definition)) {
            used.push(definition);
        }
    };
    let defined = defined.in_order();
    for (_, call) in graph.calls() {
        for input in &call.inputs {
            if let CallInput::Parameter(parameter) = input
                && let Some(set) = parameter.live.downcast_ref::<FeatureSet>()
            {
                set.in_order().into_iter().for_each(&mut add);
            }
        }
        if defined.is_empty() {
            continue;
        }
        for item in CodeReach::read(call.stage.code.items).items {
            let Some(function) = item.label.strip_prefix("fn ") else {
                continue;
            };
            let path = format!("{}::{function}", item.module);
            defined
                .iter()
                .filter(|definition| definition.path == path)
                .for_each(|definition| add(definition));
        }
    }
    used
}

impl From<FeatureError> for Failure {
    fn from(error: FeatureError) -> Self {
        if let FeatureError::Events(error) = error {
            return error.into();
        }
        let exit = match &error {
            FeatureError::Name { .. } => Exit::Refused,
            FeatureError::Unknown { .. }
            | FeatureError::UnknownVersion { .. }
            | FeatureError::NamingRule { .. }
            | FeatureError::MalformedLock { .. }
            | FeatureError::SameName { .. }
            | FeatureError::HiddenUse { .. } => Exit::Usage,
            _ => Exit::Failed,
        };
        Self {
            help: error.help(),
            ..Self::new(exit, error.code(), error.to_string())
        }
    }
}

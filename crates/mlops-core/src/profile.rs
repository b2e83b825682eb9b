//! Profiles: where things live and what is enforced, for experiment, staging, production and what the team adds.
//!
//! This crate reads no file: [`Configuration::parse`] takes the texts, puts them on top of the embedded, commented defaults,
//! and resolves each profile, so that a half-resolved one cannot be used by mistake. Every value knows the line it comes from.

mod byte_size;
mod configuration;
mod error;
mod item;
mod origin;
mod overrides;
mod raw;
mod resolve;
mod secret;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::Serialize;

use crate::Level;

pub use byte_size::{ByteSize, ParseByteSizeError};
pub use configuration::{Configuration, ConfigurationText, DEFAULT_PROFILES};
pub use error::{ConfigurationError, Location};
pub use item::toml_kind;
pub use origin::{Origin, Setting};
pub use overrides::Override;
pub use secret::{Secret, SecretError, SecretValue};

/// A profile with everything it inherits.
///
/// It is made by [`Configuration::parse`] only, which has checked it: one at level production has none of the refusals of
/// production switched off.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// How far what is made under it may be trusted.
    pub level: Setting<Level>,
    /// The profile that it names as the one it rests on.
    pub inherits: Option<Setting<String>>,
    /// The folder of the store, relative to the folder of `mlops.toml`.
    pub store: Setting<PathBuf>,
    /// What may not cost what was said to be kept.
    pub durability: Setting<Durability>,
    /// How many cores the running stages may use together; none: all.
    pub jobs: Setting<Option<NonZeroUsize>>,
    /// The memory that running stages may claim together; none: the machine's.
    pub memory: Setting<Option<ByteSize>>,
    /// Whether stages that do not rest on a failed one still run.
    pub keep_going: Setting<bool>,
    /// Whether a run may start while the git tree has uncommitted changes.
    pub allow_dirty: Setting<bool>,
    /// Whether parameters may be changed on the command line.
    pub allow_settings: Setting<bool>,
    /// Whether each source must name the digest of its content.
    pub require_pinned_sources: Setting<bool>,
    /// Whether each feature that is used must have the version that `features.lock` declares.
    pub require_locked_features: Setting<bool>,
    /// Whether the content of each source is read, whatever its size and times say.
    pub paranoid: Setting<bool>,
    /// Declared environment variables whose values enter keys, sorted.
    pub environment: Setting<Vec<String>>,
    /// Amounts of named resources that stages may claim.
    pub resources: BTreeMap<String, Setting<f64>>,
    /// Changes to the configuration of pipelines, by pipeline, sorted by path.
    pub parameters: BTreeMap<String, Vec<Override>>,
    /// Where lineage goes.
    pub lineage: Lineage,
}

/// Where lineage events go.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Lineage {
    /// Whether they are appended to a file in the store.
    pub file: Setting<bool>,
    /// Where they are posted to.
    pub url: Option<Setting<String>>,
    /// The namespace of the jobs; none: the project's name.
    pub namespace: Option<Setting<String>>,
    /// The key for the address.
    pub api_key: Option<Setting<Secret>>,
}

/// What may not cost what was said to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// A killed process.
    #[default]
    Process,
    /// A power cut, too.
    Power,
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Process => "process",
            Self::Power => "power",
        })
    }
}

/// One line of `profile show`.
#[derive(Debug, Clone, Serialize)]
pub struct ShownSetting {
    /// The key, such as `lineage.file`.
    pub key: String,
    /// The value as people read it; of a secret, its reference.
    pub value: String,
    /// Where it was written.
    pub origin: Origin,
}

impl Profile {
    /// What the profile changes in the configuration of this pipeline.
    pub fn overrides(&self, pipeline: &str) -> &[Override] {
        self.parameters.get(pipeline).map_or(&[], Vec::as_slice)
    }

    /// Every setting with its value and its origin, in the order of the embedded file.
    pub fn settings(&self) -> Vec<ShownSetting> {
        let mut lines = Lines(Vec::new());
        lines.add("level", &self.level, Level::to_string);
        lines.add_all("inherits", self.inherits.as_ref(), String::clone);
        lines.add("store", &self.store, |path| path.display().to_string());
        lines.add("durability", &self.durability, Durability::to_string);
        lines.add("jobs", &self.jobs, |jobs| {
            jobs.map_or_else(|| "cores".to_owned(), |jobs| jobs.to_string())
        });
        lines.add("memory", &self.memory, |memory| {
            memory.map_or_else(|| "machine".to_owned(), |memory| memory.to_string())
        });
        lines.add("keep_going", &self.keep_going, bool::to_string);
        lines.add("allow_dirty", &self.allow_dirty, bool::to_string);
        lines.add("allow_settings", &self.allow_settings, bool::to_string);
        lines.add(
            "require_pinned_sources",
            &self.require_pinned_sources,
            bool::to_string,
        );
        lines.add(
            "require_locked_features",
            &self.require_locked_features,
            bool::to_string,
        );
        lines.add("paranoid", &self.paranoid, bool::to_string);
        lines.add("environment", &self.environment, |names| names.join(", "));
        for (name, amount) in &self.resources {
            lines.add(&format!("resources.{name}"), amount, f64::to_string);
        }
        for (pipeline, overrides) in &self.parameters {
            for change in overrides {
                lines.add(
                    &format!("parameters.{pipeline}.{}", change.key()),
                    &change.setting,
                    |value| crate::without_credentials(&value.to_string()),
                );
            }
        }
        let lineage = &self.lineage;
        lines.add("lineage.file", &lineage.file, bool::to_string);
        lines.add_all("lineage.url", lineage.url.as_ref(), String::clone);
        lines.add_all(
            "lineage.namespace",
            lineage.namespace.as_ref(),
            String::clone,
        );
        lines.add_all(
            "lineage.api_key",
            lineage.api_key.as_ref(),
            Secret::to_string,
        );
        lines.0
    }
}

struct Lines(Vec<ShownSetting>);

impl Lines {
    fn add<T>(&mut self, key: &str, setting: &Setting<T>, show: impl FnOnce(&T) -> String) {
        self.0.push(ShownSetting {
            key: key.to_owned(),
            value: show(&setting.value),
            origin: setting.origin.clone(),
        });
    }

    fn add_all<'a, T: 'a>(
        &mut self,
        key: &str,
        settings: impl IntoIterator<Item = &'a Setting<T>>,
        show: impl Fn(&T) -> String,
    ) {
        for setting in settings {
            self.add(key, setting, &show);
        }
    }
}

//! A profile as it was written: each key may be missing, nothing is inherited yet.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use toml::de::DeValue;

use super::Durability;
use super::byte_size::{ByteSize, ParseByteSizeError};
use super::error::{ConfigurationError, suggestion};
use super::item::Item;
use super::origin::Setting;
use super::overrides::{self, Override};
use super::secret::{Secret, SecretError, is_variable_name};
use crate::Level;

const KEYS: [&str; 16] = [
    "level",
    "inherits",
    "store",
    "durability",
    "jobs",
    "memory",
    "keep_going",
    "allow_dirty",
    "allow_settings",
    "require_pinned_sources",
    "require_locked_features",
    "paranoid",
    "environment",
    "resources",
    "parameters",
    "lineage",
];

const LINEAGE_KEYS: [&str; 4] = ["file", "url", "namespace", "api_key"];

/// What one profile says itself.
#[derive(Default, Clone)]
pub(super) struct RawProfile {
    pub(super) level: Option<Setting<Level>>,
    pub(super) inherits: Option<Setting<String>>,
    pub(super) store: Option<Setting<PathBuf>>,
    pub(super) durability: Option<Setting<Durability>>,
    pub(super) jobs: Option<Setting<Option<NonZeroUsize>>>,
    pub(super) memory: Option<Setting<Option<ByteSize>>>,
    pub(super) keep_going: Option<Setting<bool>>,
    pub(super) allow_dirty: Option<Setting<bool>>,
    pub(super) allow_settings: Option<Setting<bool>>,
    pub(super) require_pinned_sources: Option<Setting<bool>>,
    pub(super) require_locked_features: Option<Setting<bool>>,
    pub(super) paranoid: Option<Setting<bool>>,
    pub(super) environment: Option<Setting<Vec<String>>>,
    pub(super) resources: BTreeMap<String, Setting<f64>>,
    pub(super) parameters: BTreeMap<String, Vec<Override>>,
    pub(super) lineage: RawLineage,
}

/// What one profile says about lineage.
#[derive(Default, Clone)]
pub(super) struct RawLineage {
    pub(super) file: Option<Setting<bool>>,
    pub(super) url: Option<Setting<String>>,
    pub(super) namespace: Option<Setting<String>>,
    pub(super) api_key: Option<Setting<Secret>>,
}

impl RawProfile {
    pub(super) fn read(table: &Item<'_>) -> Result<Self, ConfigurationError> {
        let mut raw = Self::default();
        for item in table.table()? {
            match item.name {
                "level" => raw.level = Some(level(&item)?),
                "inherits" => {
                    let name = item.text("the name of a profile")?;
                    raw.inherits = Some(item.setting(name.to_owned()));
                }
                "store" => {
                    let path = item.text("the path of a folder")?;
                    raw.store = Some(item.setting(path.into()));
                }
                "durability" => raw.durability = Some(durability(&item)?),
                "jobs" => raw.jobs = Some(jobs(&item)?),
                "memory" => raw.memory = Some(memory(&item)?),
                "keep_going" => raw.keep_going = Some(item.boolean()?),
                "allow_dirty" => raw.allow_dirty = Some(item.boolean()?),
                "allow_settings" => raw.allow_settings = Some(item.boolean()?),
                "require_pinned_sources" => raw.require_pinned_sources = Some(item.boolean()?),
                "require_locked_features" => raw.require_locked_features = Some(item.boolean()?),
                "paranoid" => raw.paranoid = Some(item.boolean()?),
                "environment" => raw.environment = Some(environment(&item)?),
                "resources" => {
                    for entry in item.table()? {
                        let amount = entry.setting(entry.amount()?);
                        raw.resources.insert(entry.name.to_owned(), amount);
                    }
                }
                "parameters" => {
                    for pipeline in item.table()? {
                        let overrides = overrides::read(&pipeline)?;
                        raw.parameters.insert(pipeline.name.to_owned(), overrides);
                    }
                }
                "lineage" => raw.lineage = RawLineage::read(&item)?,
                _ => return Err(item.unknown(&KEYS)),
            }
        }
        Ok(raw)
    }

    /// This on top of `below`: a profile on what it inherits, or a project's file on the embedded one.
    pub(super) fn over(self, below: &Self) -> Self {
        let below = below.clone();
        let mut resources = below.resources;
        resources.extend(self.resources);
        let mut parameters = below.parameters;
        for (pipeline, above) in self.parameters {
            let merged =
                overrides::merge(above, parameters.get(&pipeline).map_or(&[], Vec::as_slice));
            parameters.insert(pipeline, merged);
        }
        Self {
            level: self.level.or(below.level),
            inherits: self.inherits.or(below.inherits),
            store: self.store.or(below.store),
            durability: self.durability.or(below.durability),
            jobs: self.jobs.or(below.jobs),
            memory: self.memory.or(below.memory),
            keep_going: self.keep_going.or(below.keep_going),
            allow_dirty: self.allow_dirty.or(below.allow_dirty),
            allow_settings: self.allow_settings.or(below.allow_settings),
            require_pinned_sources: self.require_pinned_sources.or(below.require_pinned_sources),
            require_locked_features: self
                .require_locked_features
                .or(below.require_locked_features),
            paranoid: self.paranoid.or(below.paranoid),
            environment: self.environment.or(below.environment),
            resources,
            parameters,
            lineage: RawLineage {
                file: self.lineage.file.or(below.lineage.file),
                url: self.lineage.url.or(below.lineage.url),
                namespace: self.lineage.namespace.or(below.lineage.namespace),
                api_key: self.lineage.api_key.or(below.lineage.api_key),
            },
        }
    }
}

impl RawLineage {
    fn read(table: &Item<'_>) -> Result<Self, ConfigurationError> {
        let mut raw = Self::default();
        for item in table.table()? {
            match item.name {
                "file" => raw.file = Some(item.boolean()?),
                "url" => {
                    let url = item.text("an address that begins with http:// or https://")?;
                    let rest = ["https://", "http://"]
                        .iter()
                        .find_map(|scheme| url.strip_prefix(scheme));
                    let Some(rest) = rest else {
                        return Err(item.refuse_secret(format!(
                            "`{}` is no address: expected one that begins with http:// or https://",
                            item.path()
                        )));
                    };
                    // `https://user:password@host`: the one place where a secret could still hide in plain sight.
                    if rest
                        .split(['/', '?', '#'])
                        .next()
                        .is_some_and(|host| host.contains('@'))
                    {
                        return Err(item
                            .refuse_secret(format!("`{}` holds credentials", item.path()))
                            .with_help("keep them out of the address: `api_key = \"env:NAME\"`"));
                    }
                    raw.url = Some(item.setting(url.to_owned()));
                }
                "namespace" => {
                    let namespace = item.text("a name")?;
                    raw.namespace = Some(item.setting(namespace.to_owned()));
                }
                "api_key" => raw.api_key = Some(secret(&item)?),
                _ => return Err(item.unknown(&LINEAGE_KEYS)),
            }
        }
        Ok(raw)
    }
}

fn level(item: &Item<'_>) -> Result<Setting<Level>, ConfigurationError> {
    let names = Level::ALL.map(Level::as_str);
    let text = item.text("a level")?;
    Level::from_str(text)
        .map(|level| item.setting(level))
        .map_err(|message| item.refuse(message).with_help(suggestion(text, &names)))
}

fn durability(item: &Item<'_>) -> Result<Setting<Durability>, ConfigurationError> {
    match item.text("\"process\" or \"power\"")? {
        "process" => Ok(item.setting(Durability::Process)),
        "power" => Ok(item.setting(Durability::Power)),
        text => Err(item
            .refuse(format!(
                "`{text}` is no durability: expected process or power"
            ))
            .with_help(suggestion(text, &["process", "power"]))),
    }
}

fn jobs(item: &Item<'_>) -> Result<Setting<Option<NonZeroUsize>>, ConfigurationError> {
    const EXPECTED: &str = "a whole number above 0, or \"cores\"";
    if let Ok("cores") = item.text(EXPECTED) {
        return Ok(item.setting(None));
    }
    if !item.value().is_integer() {
        return Err(item.wrong_type(EXPECTED));
    }
    let number = item.integer()?;
    usize::try_from(number)
        .ok()
        .and_then(NonZeroUsize::new)
        .map(|jobs| item.setting(Some(jobs)))
        .ok_or_else(|| {
            item.refuse(format!(
                "`{}` is {number}: expected {EXPECTED}",
                item.path()
            ))
        })
}

fn memory(item: &Item<'_>) -> Result<Setting<Option<ByteSize>>, ConfigurationError> {
    match item.text("a size such as \"8GiB\", or \"machine\"")? {
        "machine" => Ok(item.setting(None)),
        text => text.parse().map(|size| item.setting(Some(size))).map_err(
            |error: ParseByteSizeError| {
                item.refuse(error.to_string())
                    .with_help("or `machine`, for all that there is")
            },
        ),
    }
}

fn environment(item: &Item<'_>) -> Result<Setting<Vec<String>>, ConfigurationError> {
    let mut names = item.list_of_texts("a list of names of environment variables")?;
    if let Some(name) = names.iter().find(|name| !is_variable_name(name)) {
        return Err(item
            .refuse_secret("an environment variable cannot have this name")
            .with_help(match name.split_once('=') {
                Some((name, _)) => {
                    format!("write the name alone, `{name}`; its value is read when a run starts")
                }
                None => "write the name alone; its value is read when a run starts".to_owned(),
            }));
    }
    // The order says nothing, and must not get into a key.
    names.sort();
    names.dedup();
    Ok(item.setting(names))
}

fn secret(item: &Item<'_>) -> Result<Setting<Secret>, ConfigurationError> {
    let DeValue::String(text) = item.value() else {
        let expected = "a reference to a secret, `env:NAME` or `file:PATH`";
        return Err(item.refuse_secret(format!("`{}` must be {expected}", item.path())));
    };
    text.parse()
        .map(|secret| item.setting(secret))
        .map_err(|error: SecretError| {
            item.refuse_secret(format!("`{}`: {error}", item.path()))
                .with_help(
                    "put the value into an environment variable or a file, and write where it is",
                )
        })
}

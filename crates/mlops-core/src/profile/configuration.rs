//! The configuration of a project: the texts of its files on top of the embedded one, and the profiles that they make.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::de::DeTable;

use super::Profile;
use super::error::ConfigurationError;
use super::item::{Item, entries};
use super::origin::{Setting, SourceText};
use super::raw::RawProfile;
use super::resolve::{refuse_lower_level, resolve};

/// The embedded defaults, which may be used as a template.
pub const DEFAULT_PROFILES: &str = include_str!("../default-profiles.toml");

/// The label under which the embedded defaults appear in origins and errors.
const DEFAULT_LABEL: &str = "default-profiles.toml";

const KEYS: [&str; 5] = ["project", "default_pipeline", "outside", "names", "profile"];

/// One text of a configuration: what stands in a file, and what to call it.
#[derive(Debug, Clone, Copy)]
pub struct ConfigurationText<'a> {
    /// What errors and origins call it: the path of the file, as a person would write it.
    pub name: &'a str,
    /// What stands in it.
    pub text: &'a str,
}

/// A project's configuration, read and resolved.
#[derive(Debug, Clone)]
pub struct Configuration {
    project: Option<Setting<String>>,
    default_pipeline: Option<Setting<String>>,
    outside: Vec<String>,
    names: Names,
    profiles: BTreeMap<String, Profile>,
}

/// What names must look like, as it is written.
#[derive(Debug, Clone, Default)]
struct Names {
    features: Option<Setting<String>>,
}

/// What the texts say, each on top of those before it.
#[derive(Default)]
struct Raw {
    project: Option<Setting<String>>,
    default_pipeline: Option<Setting<String>>,
    outside: Vec<String>,
    names: Names,
    profiles: BTreeMap<String, RawProfile>,
}

impl Configuration {
    /// Reads the texts, each on top of those before it, all on top of [`DEFAULT_PROFILES`].
    ///
    /// Every profile is resolved here, so a mistake in `production` is found by the first experiment, not on the night of
    /// the release.
    ///
    /// # Errors
    /// A text is no TOML, holds an unknown key or a wrong value, or a profile cannot be resolved.
    ///
    /// ```
    /// use mlops_core::{Configuration, ConfigurationText};
    ///
    /// let text = "[profile.nightly]\ninherits = \"staging\"\njobs = 4\n";
    /// let files = [ConfigurationText { name: "mlops.toml", text }];
    /// let nightly = Configuration::parse(&files)?.profile("nightly")?.clone();
    /// assert_eq!(nightly.jobs.origin.to_string(), "mlops.toml:3");
    /// # Ok::<(), mlops_core::ConfigurationError>(())
    /// ```
    pub fn parse(texts: &[ConfigurationText<'_>]) -> Result<Self, ConfigurationError> {
        let defaults = ConfigurationText {
            name: DEFAULT_LABEL,
            text: DEFAULT_PROFILES,
        };
        let mut raw = Raw::default();
        for text in std::iter::once(&defaults).chain(texts) {
            raw.read(text)?;
        }
        let profiles = raw
            .profiles
            .keys()
            .map(|name| Ok((name.clone(), resolve(name, &raw.profiles)?)))
            .collect::<Result<_, ConfigurationError>>()?;
        Ok(Self {
            project: raw.project,
            default_pipeline: raw.default_pipeline,
            outside: raw.outside,
            names: raw.names,
            profiles,
        })
    }

    /// The project's name, if it has one: `[project] name`.
    pub fn project(&self) -> Option<&Setting<String>> {
        self.project.as_ref()
    }

    /// The pipeline that runs when none is named: `default_pipeline`.
    pub fn default_pipeline(&self) -> Option<&Setting<String>> {
        self.default_pipeline.as_ref()
    }

    /// Names of the project's own by which code looks at the outside world, such as `warehouse::fetch`: `outside`.
    pub fn outside(&self) -> &[String] {
        &self.outside
    }

    /// What names of features must look like, if the project says it: `[names] features`.
    pub fn names_of_features(&self) -> Option<&Setting<String>> {
        self.names.features.as_ref()
    }

    /// The profile of that name.
    ///
    /// # Errors
    /// There is none; the help names the nearest, or those there are.
    pub fn profile(&self, name: &str) -> Result<&Profile, ConfigurationError> {
        self.profiles.get(name).ok_or_else(|| {
            ConfigurationError::nowhere(
                "configuration::unknown_profile",
                format!(
                    "no profile is called `{name}` (known: {})",
                    self.profiles().join(", ")
                ),
            )
            .with_help(match crate::nearest(name, self.profiles()) {
                // A variable that is set to nothing; an experiment instead would be a guess.
                _ if name.is_empty() => "name one, or unset MLOPS_PROFILE".to_owned(),
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add `[profile.{name}]` to mlops.toml"),
            })
        })
    }

    /// The names of the profiles, from lax to strict.
    pub fn profiles(&self) -> Vec<&str> {
        let mut profiles: Vec<_> = self.profiles.values().collect();
        profiles.sort_by_key(|profile| profile.level.value);
        profiles
            .into_iter()
            .map(|profile| profile.name.as_str())
            .collect()
    }
}

impl Raw {
    fn read(&mut self, text: &ConfigurationText<'_>) -> Result<(), ConfigurationError> {
        let source = Arc::new(SourceText {
            label: text.name.to_owned(),
            text: text.text.to_owned(),
        });
        let table = DeTable::parse(text.text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            let secret = secret_in_line(text.text, span.start);
            let error =
                ConfigurationError::at("configuration::syntax", error.message(), &source, span);
            match secret {
                Some(secret) => error.hiding(secret),
                None => error,
            }
        })?;
        for item in entries(&source, "", table.get_ref()) {
            match item.name {
                "project" => {
                    for entry in item.table()? {
                        match entry.name {
                            "name" => self.project = Some(name(&entry)?),
                            _ => return Err(entry.unknown(&["name"])),
                        }
                    }
                }
                "default_pipeline" => self.default_pipeline = Some(name(&item)?),
                "outside" => {
                    self.outside =
                        item.list_of_texts("a list of names such as \"warehouse::fetch\"")?
                }
                "names" => {
                    for entry in item.table()? {
                        match entry.name {
                            "features" => {
                                let rule = entry.text("snake_case, kebab-case or a pattern")?;
                                self.names.features = Some(entry.setting(rule.to_owned()));
                            }
                            _ => return Err(entry.unknown(&["features"])),
                        }
                    }
                }
                "profile" => {
                    for profile in item.table()? {
                        self.read_profile(&profile)?;
                    }
                }
                _ => return Err(item.unknown(&KEYS)),
            }
        }
        Ok(())
    }

    fn read_profile(&mut self, item: &Item<'_>) -> Result<(), ConfigurationError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if item.name.is_empty() || !item.name.chars().all(allowed) {
            return Err(item
                .refuse_key(format!("{:?} cannot be the name of a profile", item.name))
                .with_help("use letters, digits, `-` and `_`"));
        }
        let above = RawProfile::read(item)?;
        let merged = match self.profiles.get(item.name) {
            Some(below) => {
                if let (Some(level), Some(before)) = (&above.level, &below.level) {
                    refuse_lower_level(item.name, level, before)?;
                }
                above.over(below)
            }
            None if above.level.is_none() && above.inherits.is_none() => {
                return Err(item.lacks_level());
            }
            None => above,
        };
        self.profiles.insert(item.name.to_owned(), merged);
        Ok(())
    }
}

/// What stands after `api_key =` in the line of this byte: a secret without its quotes is a mistake of syntax, too.
fn secret_in_line(text: &str, byte: usize) -> Option<Range<usize>> {
    let start = text
        .get(..byte)?
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.lines().next()?;
    let (_, after_key) = line.split_once("api_key")?;
    let value = after_key.trim_start_matches(['"', '\'', ' ', '\t', '=']);
    let end = start + line.len();
    (!value.is_empty()).then(|| end - value.len()..end)
}

fn name(item: &Item<'_>) -> Result<Setting<String>, ConfigurationError> {
    Ok(item.setting(item.text("a name")?.to_owned()))
}

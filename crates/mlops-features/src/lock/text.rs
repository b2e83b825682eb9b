//! The lock as TOML: the same bytes for the same declarations, in an order that merges well.

use std::collections::BTreeMap;

use mlops_core::Digest;
use serde::{Deserialize, Serialize};

use super::{Lock, Locked};
use crate::version::version_of;
use crate::{FeatureError, Part, Version};

/// What stands at the top of the file.
const HEAD: &str = "\
# Which versions of features are declared. `features lock` writes it, `features lock --check` compares, production requires
# it. Of each feature the first entry is the present one; the others are versions that models may still rest on.
";

/// Raise it when a program of today could not read the file any more.
const LOCK_FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    #[serde(default, rename = "feature", skip_serializing_if = "Vec::is_empty")]
    features: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    version: Digest,
    entity: String,
    owner: String,
    #[serde(rename = "type")]
    data_type: String,
    description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deprecated: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instead: Option<String>,
    #[serde(default)]
    definition: String,
    parts: BTreeMap<String, String>,
}

impl Lock {
    /// Reads the text of a lock.
    ///
    /// # Errors
    /// It is no TOML of this form, or a version is not that of its parts: it was edited by hand, or merged halfway.
    pub fn parse(text: &str) -> Result<Self, FeatureError> {
        let malformed = |problem: String| FeatureError::MalformedLock { problem };
        let file: File = toml::from_str(text)
            .map_err(|error| malformed(error.to_string().trim_end().to_owned()))?;
        if file.format != LOCK_FORMAT {
            return Err(malformed(format!(
                "it has the format {}, and this program reads {LOCK_FORMAT}",
                file.format
            )));
        }
        let mut features = Vec::with_capacity(file.features.len());
        for entry in file.features {
            let locked = entry.locked();
            if version_of(&locked.parts) != locked.version {
                return Err(malformed(format!(
                    "the version {} of `{}` is not that of its parts",
                    locked.version, locked.name
                )));
            }
            features.push(locked);
        }
        // Stable: of each feature the present one stays first.
        features.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(Self { features })
    }

    /// The text of the lock.
    pub fn to_text(&self) -> String {
        let file = File {
            format: LOCK_FORMAT,
            features: self.features.iter().map(Entry::of).collect(),
        };
        // Every field is a number, a text or a map of texts.
        let body = toml::to_string_pretty(&file).unwrap_or_default();
        format!("{HEAD}{body}")
    }
}

impl Entry {
    fn of(locked: &Locked) -> Self {
        let parts = locked.parts.iter();
        Self {
            name: locked.name.clone(),
            version: *locked.version.digest(),
            entity: locked.entity.clone(),
            owner: locked.owner.clone(),
            data_type: locked.data_type.clone(),
            description: locked.description.clone(),
            deprecated: locked.deprecated.clone(),
            instead: locked.instead.clone(),
            definition: locked.text.clone(),
            parts: parts
                .map(|part| (part.name.clone(), part.value.clone()))
                .collect(),
        }
    }

    fn locked(self) -> Locked {
        let parts = self.parts.into_iter();
        Locked {
            name: self.name,
            version: Version::from_digest(self.version),
            entity: self.entity,
            owner: self.owner,
            description: self.description,
            data_type: self.data_type,
            deprecated: self.deprecated,
            instead: self.instead,
            text: self.definition,
            parts: parts.map(|(name, value)| Part { name, value }).collect(),
        }
    }
}

//! `features.lock`: which versions of features are declared, in the repository, where a review sees what changes.

mod check;
mod text;

use std::collections::BTreeMap;

use crate::version::{differences, version_of};
use crate::{Definition, FeatureError, Part, Version, VersionDifference};

pub use check::{Checked, LockState};

/// The declared versions of features: of each feature the present one first, and those that came before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    features: Vec<Locked>,
}

/// A declared version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// The feature.
    pub name: String,
    /// The version.
    pub version: Version,
    /// What one row is about.
    pub entity: String,
    /// Who answers for it.
    pub owner: String,
    /// What it means.
    pub description: String,
    /// The type of its values.
    pub data_type: String,
    /// The day from which it is not to be used.
    pub deprecated: Option<String>,
    /// What to use in its place.
    pub instead: Option<String>,
    /// The function as it was written.
    pub text: String,
    /// What the version is made of.
    pub parts: Vec<Part>,
}

impl Locked {
    /// What a definition is declared as.
    pub fn of(definition: &Definition) -> Self {
        let parts = definition.parts();
        Self {
            name: definition.name.to_owned(),
            version: version_of(&parts),
            entity: definition.entity.to_owned(),
            owner: definition.owner.to_owned(),
            description: definition.description.to_owned(),
            data_type: definition.output.name().to_owned(),
            deprecated: definition.deprecated.map(|one| one.from.to_owned()),
            instead: definition
                .deprecated
                .and_then(|one| one.instead.map(str::to_owned)),
            text: definition.text.to_owned(),
            parts,
        }
    }

    /// What another version has that this one has not, and the other way round.
    pub fn differences(&self, later: &Self) -> Vec<VersionDifference> {
        differences(&self.parts, &later.parts)
    }
}

impl Lock {
    /// All declared versions, by name, of each the present one first.
    pub fn features(&self) -> &[Locked] {
        &self.features
    }

    /// The present version of a feature.
    pub fn present(&self, name: &str) -> Option<&Locked> {
        self.versions(name).next()
    }

    /// The versions of a feature, the present one first.
    pub fn versions<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a Locked> + use<'a, 'n> {
        self.features
            .iter()
            .filter(move |locked| locked.name == name)
    }

    /// The version of a feature whose digits begin so.
    ///
    /// # Errors
    /// There is no such feature or version.
    pub fn find(&self, name: &str, version: &str) -> Result<&Locked, FeatureError> {
        let hex = |locked: &Locked| locked.version.digest().hex();
        let found = self
            .versions(name)
            .find(|locked| !version.is_empty() && hex(locked).starts_with(version));
        if let Some(found) = found {
            return Ok(found);
        }
        let candidates: Vec<String> = self
            .versions(name)
            .map(|one| one.version.to_string())
            .collect();
        Err(if candidates.is_empty() {
            let names: BTreeMap<&str, ()> = self
                .features
                .iter()
                .map(|one| (one.name.as_str(), ()))
                .collect();
            FeatureError::Unknown {
                name: name.to_owned(),
                candidates: names.into_keys().map(str::to_owned).collect(),
            }
        } else {
            FeatureError::UnknownVersion {
                name: name.to_owned(),
                version: version.to_owned(),
                candidates,
            }
        })
    }

    /// Declares these versions to be the present ones. What other programs of the repository have declared stays.
    pub fn declare<'a>(&mut self, definitions: impl IntoIterator<Item = &'a Definition>) {
        for definition in definitions {
            let locked = Locked::of(definition);
            // A version that is declared again moves to the front, with what is said of it today.
            self.features
                .retain(|one| one.name != locked.name || one.version != locked.version);
            let place = self
                .features
                .iter()
                .position(|one| one.name >= locked.name)
                .unwrap_or(self.features.len());
            self.features.insert(place, locked);
        }
    }

    /// Forgets every feature but these, and returns the names of those that are forgotten.
    pub fn keep_only<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let names: Vec<&str> = names.into_iter().collect();
        let mut forgotten: Vec<String> = self
            .features
            .iter()
            .filter(|one| !names.contains(&one.name.as_str()))
            .map(|one| one.name.clone())
            .collect();
        forgotten.dedup();
        self.features
            .retain(|one| names.contains(&one.name.as_str()));
        forgotten
    }
}

#[cfg(test)]
mod tests;

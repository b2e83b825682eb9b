//! From what was written to what holds: inheritance, and the refusals that a level means.

use std::collections::BTreeMap;

use super::error::{ConfigurationError, suggestion};
use super::origin::Setting;
use super::raw::RawProfile;
use super::{Durability, Lineage, Profile};
use crate::Level;

/// The profile `name` with all that it inherits.
pub(super) fn resolve(
    name: &str,
    profiles: &BTreeMap<String, RawProfile>,
) -> Result<Profile, ConfigurationError> {
    let chain = chain(name, profiles)?;
    let mut resolved = RawProfile::default();
    for (link, raw) in chain.iter().rev() {
        if let (Some(level), Some(inherited)) = (&raw.level, &resolved.level) {
            refuse_lower_level(link, level, inherited)?;
        }
        resolved = (*raw).clone().over(&resolved);
    }
    let profile = complete(name, resolved)?;
    if let Some((_, own)) = chain.first() {
        refuse_laxness(&profile, own)?;
    }
    Ok(profile)
}

/// A profile may be stricter than what it rests on, never laxer: what was made under it would be trusted too far.
pub(super) fn refuse_lower_level(
    name: &str,
    level: &Setting<Level>,
    below: &Setting<Level>,
) -> Result<(), ConfigurationError> {
    if level.value >= below.value {
        return Ok(());
    }
    Err(ConfigurationError::about(
        "configuration::lowered_level",
        format!(
            "profile `{name}` lowers the level from {} ({}) to {}",
            below.value, below.origin, level.value
        ),
        &level.origin,
    )
    .with_help(format!(
        "remove the line, or inherit a profile of level {}",
        level.value
    )))
}

type Link<'a> = (&'a str, &'a RawProfile);

/// The profile and those it inherits from, nearest first.
fn chain<'a>(
    name: &'a str,
    profiles: &'a BTreeMap<String, RawProfile>,
) -> Result<Vec<Link<'a>>, ConfigurationError> {
    let mut chain: Vec<Link<'a>> = Vec::new();
    let mut next = Some(name);
    while let Some(name) = next {
        let raw = profiles
            .get(name)
            .ok_or_else(|| unknown_parent(name, &chain, profiles))?;
        if let Some(start) = chain.iter().position(|(seen, _)| *seen == name) {
            return Err(cycle(name, &chain[start..]));
        }
        chain.push((name, raw));
        next = parent(name, raw);
    }
    Ok(chain)
}

/// What a profile inherits: what it names, or else the profile that is called like its level.
fn parent<'a>(name: &str, raw: &'a RawProfile) -> Option<&'a str> {
    let is_a_level = Level::ALL.iter().any(|level| level.as_str() == name);
    match (&raw.inherits, &raw.level) {
        (Some(inherits), _) => Some(&inherits.value),
        (None, Some(level)) if !is_a_level => Some(level.value.as_str()),
        (None, _) => None,
    }
}

fn unknown_parent(
    name: &str,
    chain: &[Link<'_>],
    profiles: &BTreeMap<String, RawProfile>,
) -> ConfigurationError {
    let known: Vec<_> = profiles.keys().map(String::as_str).collect();
    let message = format!("no profile is called `{name}`");
    let written = chain.last().and_then(|(_, raw)| raw.inherits.as_ref());
    match written {
        Some(inherits) => {
            ConfigurationError::about("configuration::unknown_profile", message, &inherits.origin)
        }
        None => ConfigurationError::nowhere("configuration::unknown_profile", message),
    }
    .with_help(suggestion(name, &known))
}

fn cycle(name: &str, links: &[Link<'_>]) -> ConfigurationError {
    let mut names: Vec<_> = links.iter().map(|(name, _)| *name).collect();
    names.push(name);
    let message = format!("profile `{name}` inherits itself: {}", names.join(" → "));
    let written = links
        .iter()
        .rev()
        .find_map(|(_, raw)| raw.inherits.as_ref());
    match written {
        Some(inherits) => {
            ConfigurationError::about("configuration::profile_cycle", message, &inherits.origin)
        }
        None => ConfigurationError::nowhere("configuration::profile_cycle", message),
    }
    .with_help("a profile without `inherits` inherits the one that is called like its level")
}

fn complete(name: &str, raw: RawProfile) -> Result<Profile, ConfigurationError> {
    Ok(Profile {
        name: name.to_owned(),
        level: said(name, "level", raw.level)?,
        inherits: raw.inherits,
        store: said(name, "store", raw.store)?,
        durability: said(name, "durability", raw.durability)?,
        jobs: said(name, "jobs", raw.jobs)?,
        memory: said(name, "memory", raw.memory)?,
        keep_going: said(name, "keep_going", raw.keep_going)?,
        allow_dirty: said(name, "allow_dirty", raw.allow_dirty)?,
        allow_settings: said(name, "allow_settings", raw.allow_settings)?,
        require_pinned_sources: said(name, "require_pinned_sources", raw.require_pinned_sources)?,
        require_locked_features: said(
            name,
            "require_locked_features",
            raw.require_locked_features,
        )?,
        paranoid: said(name, "paranoid", raw.paranoid)?,
        environment: said(name, "environment", raw.environment)?,
        resources: raw.resources,
        parameters: raw.parameters,
        lineage: Lineage {
            file: said(name, "lineage.file", raw.lineage.file)?,
            url: raw.lineage.url,
            namespace: raw.lineage.namespace,
            api_key: raw.lineage.api_key,
        },
    })
}

/// Each key is in the embedded file, so this fails only if that file was damaged before it was compiled in.
fn said<T>(
    profile: &str,
    key: &str,
    setting: Option<Setting<T>>,
) -> Result<Setting<T>, ConfigurationError> {
    setting.ok_or_else(|| {
        ConfigurationError::nowhere(
            "configuration::incomplete_profile",
            format!("neither profile `{profile}` nor what it inherits says `{key}`"),
        )
    })
}

/// What production means cannot be switched off one by one: a level that may be hollowed out says nothing.
fn refuse_laxness(profile: &Profile, own: &RawProfile) -> Result<(), ConfigurationError> {
    if profile.level.value < Level::Production {
        return Ok(());
    }
    let rules = [
        (
            "allow_dirty = true",
            "allow_dirty = false",
            profile.allow_dirty.value,
            &profile.allow_dirty.origin,
            own.allow_dirty.is_some(),
        ),
        (
            "allow_settings = true",
            "allow_settings = false",
            profile.allow_settings.value,
            &profile.allow_settings.origin,
            own.allow_settings.is_some(),
        ),
        (
            "require_pinned_sources = false",
            "require_pinned_sources = true",
            !profile.require_pinned_sources.value,
            &profile.require_pinned_sources.origin,
            own.require_pinned_sources.is_some(),
        ),
        (
            "require_locked_features = false",
            "require_locked_features = true",
            !profile.require_locked_features.value,
            &profile.require_locked_features.origin,
            own.require_locked_features.is_some(),
        ),
        (
            "durability = \"process\"",
            "durability = \"power\"",
            profile.durability.value < Durability::Power,
            &profile.durability.origin,
            own.durability.is_some(),
        ),
    ];
    let Some((lax, strict, _, origin, is_own)) = rules.into_iter().find(|rule| rule.2) else {
        return Ok(());
    };
    let name = &profile.name;
    let (message, place, help) = if is_own {
        (
            format!("profile `{name}` is at level production, which refuses `{lax}`"),
            origin,
            format!("write `{strict}`, or use a profile of level staging"),
        )
    } else {
        (
            format!("profile `{name}` is at level production, but inherits `{lax}` ({origin})"),
            &profile.level.origin,
            format!("inherit `production`, or write `{strict}` in `[profile.{name}]`"),
        )
    };
    Err(ConfigurationError::about("configuration::lax_production", message, place).with_help(help))
}

//! Why a stage runs: the first causes, found by comparing its key with the one recorded last.

use mlops_core::{Digest, Value};
use mlops_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::code::CodeReach;
use crate::key::{CodeKey, InputKey, StageKey};

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReasonKind {
    /// The stage's code, or code that it may reach.
    Code,
    /// The content of an input.
    Input,
    /// A parameter.
    Parameter,
    /// A locked dependency.
    Dependency,
    /// A declared environment variable.
    Environment,
    /// The compiler or the target.
    Toolchain,
    /// It looks at the outside world without declaring what it reads.
    Undeclared,
    /// It has never run.
    New,
    /// It was told to run.
    Forced,
    /// Its result was kept, but is gone, damaged, or made under a laxer profile.
    Missing,
    /// A flag forbids it.
    Condition,
    /// Something it needs cannot be had.
    Blocked,
}

/// One cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What kind of thing changed.
    pub kind: ReasonKind,
    /// The thing.
    pub item: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Json>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Json>,
}

impl Reason {
    /// A cause without place or values.
    pub fn new(kind: ReasonKind, item: impl Into<String>) -> Self {
        Self {
            kind,
            item: item.into(),
            at: None,
            old: None,
            new: None,
        }
    }

    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.at = Some(place.into());
        self
    }

    pub(crate) fn changed(mut self, old: impl Into<Json>, new: impl Into<Json>) -> Self {
        self.old = Some(old.into());
        self.new = Some(new.into());
        self
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.item)?;
        if let (Some(old), Some(new)) = (&self.old, &self.new) {
            // Of a parameter it matters whether it is a text; versions and digests are nothing else.
            let said = |value: &Json| match value {
                Json::String(text) if self.kind != ReasonKind::Parameter => text.clone(),
                other => shortened(other),
            };
            write!(f, " {} → {}", said(old), said(new))?;
        }
        if let Some(at) = &self.at {
            write!(f, " ({at})")?;
        }
        Ok(())
    }
}

/// At most about sixty characters of a value, so that an explanation stays readable.
fn shortened(value: &Json) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return text;
    }
    let head: String = text.chars().take(57).collect();
    format!("{head}…")
}

/// Says in a few words how two kept artifacts differ, such as `3 of 14 columns changed`; nothing if it cannot tell.
pub type CompareArtifacts = fn(&Store, &Digest, &Digest) -> Option<String>;

/// What is at hand beside two keys, so that what differs can be named.
#[derive(Clone, Copy, Default)]
pub struct KeyComparison<'a> {
    /// What both reach in the code.
    pub code: Option<(&'a CodeReach, &'a CodeReach)>,
    /// Says how two artifacts of a store differ.
    pub artifacts: Option<(CompareArtifacts, &'a Store)>,
    /// Where the stage is defined.
    pub place: &'a str,
}

/// How many bytes an explanation of one stage may take.
const LONGEST: usize = 1_000;

/// The reasons that have room in an explanation, and how many have not: a person reads the first few, and the whole is a
/// question of its own (`key diff`).
pub(crate) fn shortest(mut reasons: Vec<Reason>) -> Vec<Reason> {
    let mut room = LONGEST - "and 1000 more things changed".len();
    let all = reasons.len();
    let fits = |reason: &Reason| match room.checked_sub(reason.to_string().len() + 1) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    let shown = reasons.iter().map(fits).take_while(|fits| *fits).count();
    if shown < all {
        let kind = reasons[shown].kind;
        let count = all - shown;
        reasons.truncate(shown);
        let things = if count == 1 { "thing" } else { "things" };
        reasons.push(Reason::new(
            kind,
            format!("and {count} more {things} changed"),
        ));
    }
    reasons
}

/// What differs between the recorded key and the present one, in the order in which people would look. With what both reach
/// in the code, the items that changed are named.
pub fn compare_keys(old: &StageKey, new: &StageKey, beside: KeyComparison<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if old.format != new.format {
        let item = "the engine's format";
        reasons.push(Reason::new(ReasonKind::Toolchain, item).changed(old.format, new.format));
    }
    if old.code.reach != new.code.reach {
        let found = beside.code.map(|(old, new)| old.differences(new));
        let found = found.unwrap_or_default();
        if found.is_empty() {
            // What it reached is not on record, or differs in what the record leaves out.
            let item = format!("code that `{}` reaches", new.stage);
            reasons.push(Reason::new(ReasonKind::Code, item).at(beside.place));
        }
        reasons.extend(found);
    }
    compare_code_values(&old.code, &new.code, &mut reasons);
    compare_inputs(old, new, beside, &mut reasons);
    for (name, digest) in &new.environment {
        let before = old.environment.iter().find(|(known, _)| known == name);
        if before.map(|(_, digest)| digest) != Some(digest) {
            // Values stay out of explanations: they may be secret.
            reasons.push(Reason::new(
                ReasonKind::Environment,
                format!("variable {name}"),
            ));
        }
    }
    for (name, _) in &old.environment {
        if !new.environment.iter().any(|(known, _)| known == name) {
            let item = format!("variable {name} is no longer declared");
            reasons.push(Reason::new(ReasonKind::Environment, item));
        }
    }
    for (item, old, new) in [
        ("toolchain", &old.toolchain, &new.toolchain),
        ("target", &old.target, &new.target),
    ] {
        if old != new {
            let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "any".to_owned());
            let reason = Reason::new(ReasonKind::Toolchain, item).changed(said(old), said(new));
            reasons.push(reason);
        }
    }
    reasons
}

/// What differs between two recorded keys, with the items of code that the store has on record for them.
///
/// # Errors
/// The store cannot be read.
pub fn compare_recorded_keys(
    store: &Store,
    old: &StageKey,
    new: &StageKey,
    place: &str,
) -> Result<Vec<Reason>, StoreError> {
    let reach = |key: &StageKey| -> Result<Option<CodeReach>, StoreError> {
        let text = store.code_reach(&key.code.reach)?;
        Ok(text.as_deref().map(CodeReach::read))
    };
    let both = reach(old)?.zip(reach(new)?);
    let beside = KeyComparison {
        code: both.as_ref().map(|(old, new)| (old, new)),
        artifacts: None,
        place,
    };
    Ok(compare_keys(old, new, beside))
}

/// Conditions and compiled-in variables; of a variable only that it changed is said, since it may be a secret.
fn compare_code_values(old: &CodeKey, new: &CodeKey, reasons: &mut Vec<Reason>) {
    for (name, value) in &new.values {
        let before = old.values.iter().find(|(known, _)| known == name);
        // A condition that is new comes with code that is new, which is named itself.
        let Some((_, before)) = before.filter(|(_, before)| before != value) else {
            continue;
        };
        let reason = Reason::new(ReasonKind::Code, name.clone());
        reasons.push(match name.starts_with("cfg(") {
            true => reason.changed(before.clone(), value.clone()),
            false => reason,
        });
    }
}

fn compare_inputs(
    old: &StageKey,
    new: &StageKey,
    beside: KeyComparison<'_>,
    reasons: &mut Vec<Reason>,
) {
    for (name, input) in &new.inputs {
        match old.inputs.iter().find(|(known, _)| known == name) {
            None => reasons.push(Reason::new(
                ReasonKind::Input,
                format!("input {name} is new"),
            )),
            Some((_, before)) if before == input => {}
            Some((_, before)) => compare_input(name, before, input, beside, reasons),
        }
    }
    for (name, _) in &old.inputs {
        if !new.inputs.iter().any(|(known, _)| known == name) {
            let item = format!("input {name} is gone");
            reasons.push(Reason::new(ReasonKind::Input, item));
        }
    }
}

fn compare_input(
    name: &str,
    old: &InputKey,
    new: &InputKey,
    beside: KeyComparison<'_>,
    reasons: &mut Vec<Reason>,
) {
    match (old, new) {
        (
            InputKey::Parameter {
                value: old,
                sources: old_sources,
            },
            InputKey::Parameter {
                value: new,
                sources: new_sources,
            },
        ) => {
            if old != new {
                compare_values(name, old, new, reasons);
            }
            if old_sources != new_sources {
                let item = format!("a source in parameter {name}");
                reasons.push(Reason::new(ReasonKind::Input, item));
            }
        }
        (InputKey::List(old), InputKey::List(new)) => {
            let changed = old.iter().zip(new).filter(|(old, new)| old != new).count()
                + old.len().abs_diff(new.len());
            let item = format!("input {name}: {changed} of {} items", new.len());
            reasons.push(Reason::new(ReasonKind::Input, item));
        }
        (InputKey::Artifact(old), InputKey::Artifact(new)) => {
            let how = beside.artifacts;
            let how = how.and_then(|(compare, store)| compare(store, old, new));
            reasons.push(match how {
                Some(how) => Reason::new(ReasonKind::Input, format!("input {name}: {how}")),
                None => Reason::new(ReasonKind::Input, format!("input {name}"))
                    .changed(old.short(), new.short()),
            });
        }
        (InputKey::Source(old), InputKey::Source(new)) => {
            let reason = Reason::new(ReasonKind::Input, format!("input {name}"));
            reasons.push(reason.changed(old.digest.short(), new.digest.short()));
        }
        _ => {
            let item = format!("input {name} is wired in another way");
            reasons.push(Reason::new(ReasonKind::Input, item));
        }
    }
}

/// Names the leaves that differ: `train.rate 0.1 → 0.2`.
fn compare_values(name: &str, old: &Value, new: &Value, reasons: &mut Vec<Reason>) {
    let old_leaves = old.leaves();
    let new_leaves = new.leaves();
    let label = |path: &str| {
        if path.is_empty() {
            format!("parameter {name}")
        } else {
            format!("parameter {name}.{path}")
        }
    };
    let before = reasons.len();
    for (path, value) in &new_leaves {
        let known = old_leaves.iter().find(|(known, _)| known == path);
        match known {
            Some((_, known)) if known == value => {}
            Some((_, known)) => reasons.push(
                Reason::new(ReasonKind::Parameter, label(path))
                    .changed(known.to_json(), value.to_json()),
            ),
            None => reasons.push(
                Reason::new(ReasonKind::Parameter, label(path))
                    .changed(Json::Null, value.to_json()),
            ),
        }
    }
    for (path, value) in &old_leaves {
        if !new_leaves.iter().any(|(known, _)| known == path) {
            reasons.push(
                Reason::new(ReasonKind::Parameter, label(path))
                    .changed(value.to_json(), Json::Null),
            );
        }
    }
    if reasons.len() == before {
        // The leaves are the same but their order or their types are not.
        reasons.push(Reason::new(ReasonKind::Parameter, label("")));
    }
}

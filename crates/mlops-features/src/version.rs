//! The version of a definition: its content, whatever compiler and machine it was built on.
//!
//! What is in it: the function, every item that it reaches, the locked crates by their bytes, included files, variables and
//! features of the package that are compiled in, inputs and options that change values, and the versions of the features that it
//! uses. What is not: owner, description and deprecation, which say nothing of values; and toolchain, target, profile, and how
//! crates were compiled, or a lock would flip between two machines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use mlops_core::{Digest, Encoder};

use crate::{Definition, InputKind, duration};

/// Raise it when the meaning of a version changes.
const VERSION_FORMAT: i128 = 1;

/// What counts in a result by how it was compiled, and not by what was written.
const OF_THE_MACHINE: [&str; 4] = [
    "features of path dependencies",
    "what a build script of a path dependency wrote",
    "profile of ",
    "features of ",
];

/// The version of a definition: the digest of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(Digest);

impl Version {
    /// A version that was read.
    pub const fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }

    /// All of it.
    pub const fn digest(&self) -> &Digest {
        &self.0
    }
}

/// Twelve hexadecimal digits: enough for people, and for the few versions that one feature has.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.short())
    }
}

/// One part of what a version is made of: what people call it, and what it is now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// `fn normalise (app::text)`, `crate statrs 0.19.0`, `over`, `feature tenure_years`.
    pub name: String,
    /// A digest, or the value itself where that is short.
    pub value: String,
}

/// What differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionDifference {
    /// A part is not what it was.
    Changed(String),
    /// A part came.
    Added(String),
    /// A part went.
    Removed(String),
    /// A short part, with what it was and is.
    Value {
        /// The part.
        name: String,
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
}

impl fmt::Display for VersionDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(name) => write!(f, "{name} changed"),
            Self::Added(name) => write!(f, "{name} is new"),
            Self::Removed(name) => write!(f, "{name} is gone"),
            Self::Value { name, old, new } => write!(f, "{name}: {old} → {new}"),
        }
    }
}

impl Definition {
    /// The version.
    pub fn version(&self) -> Version {
        version_of(&self.parts())
    }

    /// Everything that the version is made of, by name.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |name: String, value: String| {
            parts.entry(name).or_default().insert(value);
        };
        let module = self.path.rsplit_once("::").map_or("", |(module, _)| module);
        let function = self.path.rsplit("::").next().unwrap_or(self.path);
        add(
            named(&format!("fn {function}"), &self.shown_module(module)),
            short(self.own).to_owned(),
        );
        add("entity".to_owned(), self.entity.to_owned());
        for (name, length) in [("over", self.over), ("ttl", self.ttl)] {
            if let Some(length) = length {
                add(name.to_owned(), duration::shown(length));
            }
        }
        for input in self.inputs {
            let optional = if input.optional { "?" } else { "" };
            let (kind, version) = match input.kind {
                InputKind::Column => ("column", None),
                InputKind::Window => ("window", None),
                InputKind::Feature(used) => ("feature", Some(used.version())),
            };
            let version = version
                .map(|version| format!(" {version}"))
                .unwrap_or_default();
            add(
                format!("{kind} {}", input.name),
                format!("{}{optional}{version}", input.value),
            );
        }
        add("type".to_owned(), self.output.name().to_owned());
        self.code_parts(&mut add);
        parts
            .into_iter()
            .map(|(name, values)| Part {
                name,
                value: values.into_iter().collect::<Vec<_>>().join("+"),
            })
            .collect()
    }

    /// The module without the name of the crate, where it is the feature's own: a definition that moves from the program into a
    /// library says the same.
    fn shown_module(&self, module: &str) -> String {
        let own = self.path.split("::").next().unwrap_or_default();
        match module.strip_prefix(own) {
            Some("") => "crate".to_owned(),
            Some(rest) if rest.starts_with("::") => format!("crate{rest}"),
            _ => module.to_owned(),
        }
    }

    fn code_parts(&self, add: &mut impl FnMut(String, String)) {
        let used: Vec<&str> = self.uses().map(|used| used.path).collect();
        let function = self.path.rsplit("::").next().unwrap_or(self.path);
        for (position, line) in self.code.items.lines().enumerate() {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields.as_slice() {
                ["item", _, digest, label, module, _] => {
                    let name = label.strip_prefix("fn ");
                    // The function itself counts without what `#[mlops::feature]` says of it; a feature that is used, by its version.
                    let is_itself = position == 0 && name == Some(function);
                    let is_used = name.is_some_and(|name| {
                        let path = format!("{module}::{name}");
                        used.contains(&path.as_str())
                    });
                    if !is_itself && !is_used {
                        add(
                            named(label, &self.shown_module(module)),
                            (*digest).to_owned(),
                        );
                    }
                }
                ["crate", name, version, _] => {
                    let bytes = self.locked.lines().find_map(|line| {
                        let (of, bytes) = line.rsplit_once('\t')?;
                        (of == format!("{name}\t{version}")).then_some(bytes)
                    });
                    add(
                        format!("crate {name}"),
                        bytes.map_or_else(
                            || (*version).to_owned(),
                            |bytes| format!("{version} {}", Digest::of(bytes.as_bytes()).short()),
                        ),
                    );
                }
                ["content", label, digest]
                    if *label != "the stage itself"
                        && !OF_THE_MACHINE
                            .iter()
                            .any(|prefix| label.starts_with(prefix)) =>
                {
                    add((*label).to_owned(), (*digest).to_owned());
                }
                _ => {}
            }
        }
        for (name, value) in self.code.values {
            // Conditions ask where and how the program is built, except those that ask for a feature of the package, by itself or
            // among others.
            if name.starts_with("cfg(") && !asks_for_feature(name) {
                continue;
            }
            let value = value.map_or_else(
                || "not set".to_owned(),
                // It may be a secret.
                |value| Digest::of(value.as_bytes()).short(),
            );
            add((*name).to_owned(), value);
        }
    }

    /// What else may change values on this machine: everything, compiled as it is. For keys, which may not reuse wrongly.
    pub(crate) fn exact_code(&self) -> Digest {
        let mut encoder = Encoder::new();
        encoder
            .text("mlops feature code")
            .text(self.code.reach)
            .text(self.own);
        encoder.map(self.code.values.len());
        for (name, value) in self.code.values {
            encoder.text(name);
            match value {
                Some(value) => encoder.text(value),
                None => encoder.absent(),
            };
        }
        for used in self.uses() {
            encoder.digest(&used.exact_code());
        }
        encoder.digest_of_all()
    }
}

/// The version that these parts make.
pub(crate) fn version_of(parts: &[Part]) -> Version {
    let mut encoder = Encoder::new();
    encoder.text("mlops feature").integer(VERSION_FORMAT);
    encoder.map(parts.len());
    for part in parts {
        encoder.text(&part.name).text(&part.value);
    }
    Version(encoder.digest_of_all())
}

/// What differs, with the causes before what merely came along.
pub(crate) fn differences(old: &[Part], new: &[Part]) -> Vec<VersionDifference> {
    let by_name = |parts: &[Part]| -> BTreeMap<String, String> {
        let pairs = parts
            .iter()
            .map(|part| (part.name.clone(), part.value.clone()));
        pairs.collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let mut found = Vec::new();
    let mut came = Vec::new();
    for (name, value) in &new {
        match old.get(name) {
            Some(before) if before == value => {}
            Some(before) if is_code(name) => {
                let _ = before;
                found.push(VersionDifference::Changed(name.clone()));
            }
            Some(before) => found.push(VersionDifference::Value {
                name: name.clone(),
                old: before.clone(),
                new: value.clone(),
            }),
            None if is_code(name) => came.push(VersionDifference::Added(name.clone())),
            None => found.push(VersionDifference::Added(format!("{name} ({value})"))),
        }
    }
    for (name, value) in &old {
        if !new.contains_key(name) {
            if is_code(name) {
                came.push(VersionDifference::Removed(name.clone()));
            } else {
                found.push(VersionDifference::Removed(format!("{name} ({value})")));
            }
        }
    }
    // A helper that came is no news beside the function that calls it now.
    if found.is_empty() { came } else { found }
}

/// Whether the part is code, whose digest tells people nothing.
fn is_code(name: &str) -> bool {
    const SAID: [&str; 8] = [
        "entity", "over", "ttl", "type", "column ", "window ", "feature ", "crate ",
    ];
    !SAID.iter().any(|said| {
        if said.ends_with(' ') {
            name.starts_with(said)
        } else {
            name == *said
        }
    })
}

fn named(label: &str, module: &str) -> String {
    if module.is_empty() {
        label.to_owned()
    } else {
        format!("{label} ({module})")
    }
}

fn short(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}

/// Whether a condition asks for a feature of the package: `feature = "…"` somewhere in it, and in no text.
fn asks_for_feature(condition: &str) -> bool {
    // Between quotation marks is every second piece. No condition has a mark within a text.
    let mut outside = condition.split('"').step_by(2);
    outside.any(|piece| {
        let words = piece.trim_end().strip_suffix('=').map(str::trim_end);
        let name = words.and_then(|words| words.rsplit(|c: char| !is_of_a_name(c)).next());
        name == Some("feature")
    })
}

fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

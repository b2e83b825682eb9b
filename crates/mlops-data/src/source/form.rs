//! How a source is written down: a path, or a map when there is more to say.

use std::fmt;
use std::path::PathBuf;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use mlops_core::{Digest, nearest};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};

const KEYS: [&str; 3] = ["path", "digest", "stale_after"];

/// Where a source is, what it must hold, and how old it may be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Form {
    pub(super) path: PathBuf,
    pub(super) digest: Option<Digest>,
    pub(super) stale_after: Option<SignedDuration>,
}

impl Form {
    pub(super) fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(path) = self.path.to_str() else {
            let path = self.path.display();
            let problem = format!("the path `{path}` is not UTF-8, so it cannot be written down");
            return Err(serde::ser::Error::custom(problem));
        };
        if self.digest.is_none() && self.stale_after.is_none() {
            return serializer.serialize_str(path);
        }
        let length =
            1 + usize::from(self.digest.is_some()) + usize::from(self.stale_after.is_some());
        let mut map = serializer.serialize_map(Some(length))?;
        map.serialize_entry("path", path)?;
        if let Some(digest) = &self.digest {
            map.serialize_entry("digest", digest)?;
        }
        if let Some(stale_after) = &self.stale_after {
            map.serialize_entry("stale_after", &format!("{stale_after:#}"))?;
        }
        map.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        kind: &'static str,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FormVisitor { kind })
    }
}

struct FormVisitor {
    kind: &'static str,
}

impl<'de> Visitor<'de> for FormVisitor {
    type Value = Form;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the path of a {}, or a map with `path`, `digest` and `stale_after`",
            self.kind
        )
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<Form, E> {
        Ok(Form {
            path: path.into(),
            ..Form::default()
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Form, A::Error> {
        let mut path: Option<PathBuf> = None;
        let mut form = Form::default();
        let mut seen: Vec<String> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format!("`{key}` is given twice")));
            }
            match key.as_str() {
                "path" => path = Some(map.next_value()?),
                "digest" => form.digest = map.next_value()?,
                "stale_after" => {
                    let text: Option<String> = map.next_value()?;
                    form.stale_after = text.as_deref().map(duration).transpose()?;
                }
                other => return Err(A::Error::custom(unknown_key(self.kind, other))),
            }
            seen.push(key);
        }
        form.path = path.ok_or_else(|| A::Error::missing_field("path"))?;
        Ok(form)
    }
}

fn unknown_key(kind: &str, key: &str) -> String {
    let hint =
        nearest(key, KEYS).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("a {kind} has no `{key}`, only `path`, `digest` and `stale_after`{hint}")
}

/// A duration as people write it. A day is 24 hours and a week seven days; months have no length.
fn duration<E: Error>(text: &str) -> Result<SignedDuration, E> {
    let span: Result<Span, _> = text.trim().parse();
    span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .ok()
        .filter(SignedDuration::is_positive)
        .ok_or_else(|| {
            E::custom(format!(
                "`{text}` is no duration: write `36h`, `7d` or `1h 30m`"
            ))
        })
}

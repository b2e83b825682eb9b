//! How a source is written down: a text that says where it is, or a map when there is more to say.

use std::fmt;
use std::path::PathBuf;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use mlops_core::{Digest, nearest};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};

/// The keys of one kind of source.
pub(super) struct Shape {
    /// With its article: `a file`.
    pub(super) named: &'static str,
    /// What the text is: `the path of a file`.
    pub(super) text: &'static str,
    /// The key of that text, and those that may stand beside it.
    pub(super) keys: &'static [&'static str],
}

/// What was written.
#[derive(Default)]
pub(super) struct Written {
    /// The value of the first key; none only where a shape does without.
    pub(super) place: Option<String>,
    pub(super) digest: Option<Digest>,
    pub(super) stale_after: Option<SignedDuration>,
    more: Vec<(String, More)>,
}

/// The value of a key that only some sources have.
enum More {
    Text(String),
    Flag(bool),
}

impl Shape {
    pub(super) fn read<'de, D: Deserializer<'de>>(
        &self,
        deserializer: D,
    ) -> Result<Written, D::Error> {
        deserializer.deserialize_any(WrittenVisitor { shape: self })
    }

    /// Writes the text alone, if it is all there is to say.
    pub(super) fn write<S: Serializer>(
        &self,
        serializer: S,
        place: &str,
        beside: &[(&'static str, Beside<'_>)],
    ) -> Result<S::Ok, S::Error> {
        if beside.is_empty() {
            return serializer.serialize_str(place);
        }
        let mut map = serializer.serialize_map(Some(1 + beside.len()))?;
        map.serialize_entry(self.keys[0], place)?;
        for (key, value) in beside {
            match value {
                Beside::Text(text) => map.serialize_entry(key, text)?,
                Beside::Digest(digest) => map.serialize_entry(key, digest)?,
                Beside::Duration(duration) => {
                    map.serialize_entry(key, &format!("{duration:#}"))?;
                }
                Beside::Flag(flag) => map.serialize_entry(key, flag)?,
            }
        }
        map.end()
    }

    fn listed(&self) -> String {
        let quoted: Vec<String> = self.keys.iter().map(|key| format!("`{key}`")).collect();
        match quoted.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => quoted.concat(),
        }
    }
}

/// A value beside the place, to be written.
pub(super) enum Beside<'a> {
    Text(&'a str),
    Digest(Digest),
    Duration(SignedDuration),
    Flag(bool),
}

/// The pin and the age, as far as they are given.
pub(super) fn bounds(
    digest: Option<Digest>,
    stale_after: Option<SignedDuration>,
) -> Vec<(&'static str, Beside<'static>)> {
    let digest = digest.map(|digest| ("digest", Beside::Digest(digest)));
    let stale_after = stale_after.map(|age| ("stale_after", Beside::Duration(age)));
    digest.into_iter().chain(stale_after).collect()
}

impl Written {
    /// Takes the text of a key that only some sources have.
    pub(super) fn text<E: Error>(&mut self, key: &str) -> Result<Option<String>, E> {
        match self.take(key) {
            None => Ok(None),
            Some(More::Text(text)) => Ok(Some(text)),
            Some(More::Flag(_)) => Err(E::custom(format!("`{key}` must be a text"))),
        }
    }

    /// Takes the duration of such a key.
    pub(super) fn duration<E: Error>(&mut self, key: &str) -> Result<Option<SignedDuration>, E> {
        self.text(key)?.as_deref().map(duration).transpose()
    }

    /// Takes the truth value of such a key.
    pub(super) fn flag<E: Error>(&mut self, key: &str) -> Result<bool, E> {
        match self.take(key) {
            None => Ok(false),
            Some(More::Flag(flag)) => Ok(flag),
            Some(More::Text(_)) => Err(E::custom(format!("`{key}` must be true or false"))),
        }
    }

    fn take(&mut self, key: &str) -> Option<More> {
        let position = self.more.iter().position(|(known, _)| known == key)?;
        Some(self.more.swap_remove(position).1)
    }
}

struct WrittenVisitor<'a> {
    shape: &'a Shape,
}

impl<'de> Visitor<'de> for WrittenVisitor<'_> {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, or a map with {}",
            self.shape.text,
            self.shape.listed()
        )
    }

    fn visit_str<E: Error>(self, place: &str) -> Result<Written, E> {
        Ok(Written {
            place: Some(place.to_owned()),
            ..Written::default()
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Written, A::Error> {
        let mut written = Written::default();
        let mut seen: Vec<String> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format!("`{key}` is given twice")));
            }
            if !self.shape.keys.contains(&key.as_str()) {
                return Err(A::Error::custom(self.unknown(&key)));
            }
            match key.as_str() {
                place if place == self.shape.keys[0] => written.place = Some(map.next_value()?),
                "digest" => written.digest = map.next_value()?,
                "stale_after" => {
                    let text: Option<String> = map.next_value()?;
                    written.stale_after = text.as_deref().map(duration).transpose()?;
                }
                _ => {
                    if let Some(more) = map.next_value::<Option<More>>()? {
                        written.more.push((key.clone(), more));
                    }
                }
            }
            seen.push(key);
        }
        Ok(written)
    }
}

impl WrittenVisitor<'_> {
    fn unknown(&self, key: &str) -> String {
        let hint = nearest(key, self.shape.keys.iter().copied())
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let (named, listed) = (self.shape.named, self.shape.listed());
        format!("{named} has no `{key}`, only {listed}{hint}")
    }
}

impl<'de> Deserialize<'de> for More {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MoreVisitor;
        impl Visitor<'_> for MoreVisitor {
            type Value = More;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or true or false")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<More, E> {
                Ok(More::Text(text.to_owned()))
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<More, E> {
                Ok(More::Flag(flag))
            }
        }
        deserializer.deserialize_any(MoreVisitor)
    }
}

/// A path with its bounds, which is how files and folders are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Form {
    pub(super) path: PathBuf,
    pub(super) digest: Option<Digest>,
    pub(super) stale_after: Option<SignedDuration>,
}

impl Form {
    pub(super) fn serialize<S: Serializer>(
        &self,
        shape: &Shape,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let Some(path) = self.path.to_str() else {
            let path = self.path.display();
            let problem = format!("the path `{path}` is not UTF-8, so it cannot be written down");
            return Err(serde::ser::Error::custom(problem));
        };
        shape.write(serializer, path, &bounds(self.digest, self.stale_after))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        shape: &Shape,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        let written = shape.read(deserializer)?;
        let path = written
            .place
            .ok_or_else(|| D::Error::missing_field("path"))?;
        Ok(Self {
            path: path.into(),
            digest: written.digest,
            stale_after: written.stale_after,
        })
    }
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

//! What a cache entry holds: inputs, outputs, and all that the stage gave out while it ran.

use std::borrow::Cow;

use jiff::Timestamp;
use mlops_core::{Description, Digest, Level, StageReport};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An artifact as a record names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArtifactReference {
    /// The digest of the bytes.
    pub digest: Digest,
    /// How many bytes.
    pub size: u64,
    /// The media type of the bytes.
    pub media_type: String,
    /// What can be said of the artifact without its type.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: Description,
}

/// One value of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The name, such as `train/auc`.
    pub name: String,
    /// The value; a number that JSON cannot say is kept as a text.
    #[serde(with = "float")]
    pub value: f64,
    /// The step of the training, where there is one.
    #[serde(default)]
    pub step: Option<u64>,
    /// When it was given out.
    pub at: Timestamp,
}

/// One line of a stage's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written.
    pub at: Timestamp,
    /// `ERROR` to `TRACE`.
    pub level: String,
    /// The module that wrote it.
    pub target: String,
    /// The text.
    pub message: String,
}

/// What a stage gave out besides its outputs; a reuse plays it back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Playback {
    /// The metrics, in the order in which they came.
    pub metrics: Vec<Metric>,
    /// The notes.
    pub notes: Vec<String>,
    /// The reports on data that it judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<StageReport>,
    /// The log.
    pub log: Vec<LogLine>,
}

/// What kind of thing an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InputKind {
    /// Another stage's output.
    Artifact,
    /// Something outside the store: a file, a URL.
    Source,
    /// A value given in the pipeline.
    Parameter,
}

impl InputKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Artifact => "artifact",
            Self::Source => "source",
            Self::Parameter => "parameter",
        }
    }

    pub(crate) fn of(text: &str) -> Option<Self> {
        [Self::Artifact, Self::Source, Self::Parameter]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// One input of a stage call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputRecord {
    /// The parameter's name in the stage's signature.
    pub name: String,
    /// What kind of thing it is.
    pub kind: InputKind,
    /// The digest of the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Where a source is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The value of a parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
    /// What can be said of the input without its type.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: Description,
}

/// That a change of code is known to alter nothing: what the entry holds was made by other code than its key names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why nothing is altered.
    pub reason: String,
    /// The key under which the result was kept before.
    pub from: Digest,
    /// The place in the audit log where it stands.
    pub audit: i64,
}

/// A cache entry: that a stage call with this key gave these outputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The number by which the store knows the entry; given by [`Store::commit`](crate::Store::commit).
    pub id: i64,
    /// The key of the call.
    pub key: Digest,
    /// The level under which it was made: a look-up under a stricter one does not see it.
    pub level: Level,
    /// Whether a look-up may find it at all.
    pub reusable: bool,
    /// Why it may not be reused.
    pub why_not: Option<String>,
    /// The run that made it.
    pub run: Uuid,
    /// The stage's path.
    pub stage: String,
    /// Which of several calls of the stage this was.
    pub call: String,
    /// When it was made, to the microsecond.
    pub made: Timestamp,
    /// How long the stage took.
    pub seconds: f64,
    /// How many attempts it took.
    pub attempts: u32,
    /// The inputs.
    pub inputs: Vec<InputRecord>,
    /// The outputs, in the order of the stage's result.
    pub outputs: Vec<ArtifactReference>,
    /// What else the stage gave out.
    pub playback: Playback,
    /// Whether it was made by other code, and who said that this alters nothing.
    pub accepted: Option<Accepted>,
    /// The key, taken apart: what an explanation compares. Kept beside the entry, not in it, and left out where nobody
    /// compares: by [`Store::lookup`](crate::Store::lookup), whose caller has just made the same one, and by
    /// [`Store::entry`](crate::Store::entry).
    pub key_record: serde_json::Value,
}

/// What of an entry is kept in its row's body: all that is not in the row's other columns, which the same checksum covers. It
/// is hashed and read at each look-up, so it says nothing twice.
#[derive(Serialize, Deserialize)]
pub(crate) struct EntryBody<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) why_not: Option<Cow<'a, str>>,
    #[serde(default, with = "float")]
    pub(crate) seconds: f64,
    #[serde(default)]
    pub(crate) attempts: u32,
    #[serde(default)]
    pub(crate) inputs: Cow<'a, [InputRecord]>,
    #[serde(default)]
    pub(crate) outputs: Cow<'a, [ArtifactReference]>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) playback: Cow<'a, Playback>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accepted: Option<Cow<'a, Accepted>>,
}

impl<'a> EntryBody<'a> {
    pub(crate) fn of(entry: &'a Entry) -> Self {
        Self {
            why_not: entry.why_not.as_deref().map(Cow::Borrowed),
            seconds: entry.seconds,
            attempts: entry.attempts,
            inputs: Cow::Borrowed(&entry.inputs),
            outputs: Cow::Borrowed(&entry.outputs),
            playback: Cow::Borrowed(&entry.playback),
            accepted: entry.accepted.as_ref().map(Cow::Borrowed),
        }
    }
}

/// Whether a record can leave this out.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Floats in JSON that survive: JSON has no word for infinities and what is not a number.
pub(crate) mod float {
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Number(f64),
        Text(String),
    }

    pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if value.is_finite() {
            serializer.serialize_f64(*value)
        } else {
            serializer.collect_str(value)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        match Form::deserialize(deserializer)? {
            Form::Number(value) => Ok(value),
            Form::Text(text) => text.parse().map_err(de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_survives_json_whatever_its_value() {
        for value in [
            0.1 + 0.2,
            -0.0,
            f64::MIN_POSITIVE,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ] {
            let metric = Metric {
                name: "loss".to_owned(),
                value,
                step: Some(1),
                at: Timestamp::UNIX_EPOCH,
            };
            let text = serde_json::to_string(&metric).unwrap();
            let back: Metric = serde_json::from_str(&text).unwrap();
            assert_eq!(back.value.to_bits(), value.to_bits(), "{text}");
        }
    }
}

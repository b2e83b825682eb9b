//! Another encoding of keys, which can be given a flaw: a property that it passes proves nothing.

use mlops_core::Value;
use mlops_pipeline::{InputKey, SourceKey, StageKey};

/// What an encoding can forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// How long a text is.
    Lengths,
    /// What a value is: a number, a text, a list.
    Types,
    /// How many items a list has.
    Counts,
    /// Whether an optional text is there.
    Presence,
}

/// The encoding with this flaw; sound without one.
pub(crate) fn encoded(key: &StageKey, flaw: Option<Flaw>) -> Vec<u8> {
    let mut writer = Writer {
        bytes: Vec::new(),
        flaw,
    };
    for text in [&key.package, &key.stage, &key.code.reach] {
        writer.text(text);
    }
    for text in [&key.toolchain, &key.target] {
        writer.presence(text.is_some());
        writer.text(text.as_deref().unwrap_or_default());
    }
    writer.count(key.code.values.len());
    for (name, value) in &key.code.values {
        writer.text(name);
        writer.presence(value.is_some());
        writer.text(value.as_deref().unwrap_or_default());
    }
    writer.count(key.inputs.len());
    for (name, input) in &key.inputs {
        writer.text(name);
        writer.input(input);
    }
    writer.count(key.environment.len());
    for (name, digest) in &key.environment {
        writer.text(name);
        writer.presence(digest.is_some());
        writer.text(&digest.map(|digest| digest.to_string()).unwrap_or_default());
    }
    writer.bytes
}

struct Writer {
    bytes: Vec<u8>,
    flaw: Option<Flaw>,
}

impl Writer {
    fn number(&mut self, flaw: Flaw, number: usize) {
        if self.flaw != Some(flaw) {
            self.bytes.extend((number as u64).to_le_bytes());
        }
    }

    fn tag(&mut self, tag: u8) {
        if self.flaw != Some(Flaw::Types) {
            self.bytes.push(tag);
        }
    }

    fn count(&mut self, count: usize) {
        self.number(Flaw::Counts, count);
    }

    fn presence(&mut self, is_there: bool) {
        self.number(Flaw::Presence, usize::from(is_there));
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.number(Flaw::Lengths, bytes.len());
        self.bytes.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.raw(text.as_bytes());
    }

    fn source(&mut self, source: &SourceKey) {
        self.text(&source.kind);
        self.text(&source.form);
        self.text(&source.digest.to_string());
    }

    fn input(&mut self, input: &InputKey) {
        match input {
            InputKey::Artifact(digest) => {
                self.tag(1);
                self.text(&digest.to_string());
            }
            InputKey::Parameter { value, sources } => {
                self.tag(2);
                self.value(value);
                self.count(sources.len());
                for source in sources {
                    self.source(source);
                }
            }
            InputKey::Source(source) => {
                self.tag(3);
                self.source(source);
            }
            InputKey::List(items) => {
                self.tag(4);
                self.count(items.len());
                for item in items {
                    self.input(item);
                }
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => {
                self.tag(10);
                self.text("");
            }
            Value::Boolean(flag) => {
                self.tag(11);
                self.text(&flag.to_string());
            }
            Value::Integer(number) => {
                self.tag(12);
                self.text(&number.to_string());
            }
            Value::Float(float) => {
                self.tag(13);
                self.text(&float.get().to_bits().to_string());
            }
            Value::Text(text) => {
                self.tag(14);
                self.text(text);
            }
            Value::Bytes(bytes) => {
                self.tag(15);
                self.raw(bytes);
            }
            Value::List(items) => {
                self.tag(16);
                self.count(items.len());
                for item in items {
                    self.value(item);
                }
            }
            Value::Map(pairs) => {
                self.tag(17);
                self.count(pairs.len());
                for (key, value) in pairs {
                    self.value(key);
                    self.value(value);
                }
            }
            Value::Opaque { media_type, digest } => {
                self.tag(18);
                self.text(media_type);
                self.text(&digest.to_string());
            }
        }
    }
}

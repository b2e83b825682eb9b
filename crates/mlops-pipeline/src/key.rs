//! The key of a stage call: a plain, versioned struct of everything that may change the result, and its digest.
//!
//! [`stage_key`] is the only place where a key is built. Whatever cannot change the result (retries, timeout, resources,
//! owner, description) is not in it; neither is the build profile.

use mlops_core::{Code, Digest, Encoder, Source, Value};
use serde::{Deserialize, Serialize};

use crate::graph::{Call, CallInput};
use crate::source::ObservedSource;

/// Raise it when the meaning of a key or of kept bytes changes: every result is then made anew.
///
/// 1: first format. 2: code counts by what a stage reaches.
pub const KEY_FORMAT: u32 = 2;

/// Everything that may change the result of a stage call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageKey {
    /// [`KEY_FORMAT`].
    pub format: u32,
    /// The package that defines the stage.
    pub package: String,
    /// The stage's path, or its stable name.
    pub stage: String,
    /// What the result depends on in the code.
    pub code: CodeKey,
    /// Each input by name.
    pub inputs: Vec<(String, InputKey)>,
    /// Declared environment variables, each with the digest of its value, or none where it is not set.
    pub environment: Vec<(String, Option<Digest>)>,
    /// The compiler; none for a portable stage.
    pub toolchain: Option<String>,
    /// The target; none for a portable stage.
    pub target: Option<String>,
}

/// The code part of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CodeKey {
    /// Digest of what the stage reaches in sources and locked crates.
    pub reach: String,
    /// Conditions and compiled-in variables that it asks for, by name. Of a variable, the digest of its value: it may be a
    /// secret.
    pub values: Vec<(String, Option<String>)>,
}

impl CodeKey {
    fn of(code: &Code) -> Self {
        let values = code.values.iter().map(|(name, value)| {
            let is_condition = name.starts_with("cfg(");
            let value = value.map(|value| match is_condition {
                true => value.to_owned(),
                false => Digest::of(value.as_bytes()).to_string(),
            });
            ((*name).to_owned(), value)
        });
        Self {
            reach: code.reach.to_owned(),
            values: values.collect(),
        }
    }
}

/// One input of a call, by content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKey {
    /// An artifact that another stage made.
    Artifact(Digest),
    /// A plain value, with the sources in it.
    Parameter {
        /// The value.
        value: Value,
        /// The content of each source in it, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sources: Vec<SourceKey>,
    },
    /// Exactly one source: where it lies does not count.
    Source(SourceKey),
    /// A list.
    List(Vec<Self>),
}

/// A source by content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceKey {
    /// `file`, `folder`, …
    pub kind: String,
    /// What a stage sees of it besides its content.
    pub form: String,
    /// The digest of its content.
    pub digest: Digest,
}

/// What is the same for every call of a run.
#[derive(Debug, Clone, Default)]
pub struct KeyEnvironment {
    /// Declared environment variables, each with the digest of its value.
    pub variables: Vec<(String, Option<Digest>)>,
}

/// The compiler that built this program.
pub const TOOLCHAIN: &str = env!("MLOPS_TOOLCHAIN");

/// The target that this program was built for.
pub const TARGET: &str = env!("MLOPS_TARGET");

/// Builds the key of a call, given the digest of each upstream output and the content of each source.
///
/// Returns none while an upstream output is not known yet.
pub fn stage_key(
    call: &Call,
    environment: &KeyEnvironment,
    output_digest: &dyn Fn(usize, usize) -> Option<Digest>,
    sources: &dyn Fn(&dyn Source) -> Option<ObservedSource>,
) -> Option<StageKey> {
    let stage = call.stage;
    let mut inputs = Vec::with_capacity(call.inputs.len());
    for (slot, input) in stage.inputs.iter().zip(&call.inputs) {
        inputs.push((
            slot.name.to_owned(),
            input_key(input, output_digest, sources)?,
        ));
    }
    let bound = |text: &str| (!stage.portable).then(|| text.to_owned());
    Some(StageKey {
        format: KEY_FORMAT,
        package: stage.package.to_owned(),
        stage: stage.path.to_owned(),
        code: CodeKey::of(&stage.code),
        inputs,
        environment: environment.variables.clone(),
        toolchain: bound(TOOLCHAIN),
        target: bound(TARGET),
    })
}

fn input_key(
    input: &CallInput,
    output_digest: &dyn Fn(usize, usize) -> Option<Digest>,
    sources: &dyn Fn(&dyn Source) -> Option<ObservedSource>,
) -> Option<InputKey> {
    Some(match input {
        CallInput::Output { call, output } => InputKey::Artifact(output_digest(*call, *output)?),
        CallInput::Parameter(parameter) => {
            let mut keys = Vec::with_capacity(parameter.sources.len());
            for source in &parameter.sources {
                keys.push(SourceKey {
                    kind: source.kind().to_owned(),
                    form: source.form(),
                    digest: sources(&**source)?.digest,
                });
            }
            match (parameter.is_source, keys.pop()) {
                (true, Some(only)) => InputKey::Source(only),
                (_, last) => {
                    keys.extend(last);
                    InputKey::Parameter {
                        value: parameter.value.clone(),
                        sources: keys,
                    }
                }
            }
        }
        CallInput::Many(items) => InputKey::List(
            items
                .iter()
                .map(|item| input_key(item, output_digest, sources))
                .collect::<Option<_>>()?,
        ),
    })
}

impl StageKey {
    /// The digest under which the result is kept.
    pub fn digest(&self) -> Digest {
        self.encoded().digest_of_all()
    }

    /// The framed, typed encoding: two different keys never share one.
    pub fn encoded(&self) -> Encoder {
        let mut encoder = Encoder::new();
        encoder
            .text("mlops stage key")
            .integer(i128::from(self.format))
            .text(&self.package)
            .text(&self.stage)
            .text(&self.code.reach);
        encoder.map(self.code.values.len());
        for (name, value) in &self.code.values {
            encoder.text(name);
            optional_text(&mut encoder, value.as_deref());
        }
        encoder.map(self.inputs.len());
        for (name, input) in &self.inputs {
            encoder.text(name);
            input.encode(&mut encoder);
        }
        encoder.map(self.environment.len());
        for (name, digest) in &self.environment {
            encoder.text(name);
            match digest {
                Some(digest) => encoder.digest(digest),
                None => encoder.absent(),
            };
        }
        optional_text(&mut encoder, self.toolchain.as_deref());
        optional_text(&mut encoder, self.target.as_deref());
        encoder
    }
}

fn optional_text(encoder: &mut Encoder, text: Option<&str>) {
    match text {
        Some(text) => encoder.text(text),
        None => encoder.absent(),
    };
}

impl InputKey {
    fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Artifact(digest) => {
                encoder.list(2).text("artifact").digest(digest);
            }
            Self::Parameter { value, sources } => {
                encoder.list(2 + sources.len()).text("parameter");
                value.encode(encoder);
                for source in sources {
                    source.encode(encoder);
                }
            }
            Self::Source(source) => {
                encoder.list(2).text("source");
                source.encode(encoder);
            }
            Self::List(items) => {
                encoder.list(1 + items.len()).text("list");
                for item in items {
                    item.encode(encoder);
                }
            }
        }
    }
}

impl SourceKey {
    fn encode(&self, encoder: &mut Encoder) {
        encoder
            .list(3)
            .text(&self.kind)
            .text(&self.form)
            .digest(&self.digest);
    }
}

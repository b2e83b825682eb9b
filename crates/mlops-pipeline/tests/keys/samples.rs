//! Keys to try: of few and short parts, so that near-collisions are likely, and neighbours of a key that aim at them.

use mlops_core::{Digest, Value};
use mlops_pipeline::{CodeKey, InputKey, SourceKey, StageKey};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Texts that are each other's beginnings, look like numbers, or look like what an encoding puts between texts.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(""),
        Just("a"),
        Just("b"),
        Just("ab"),
        Just("1"),
        Just("1.0"),
        Just("true"),
        Just("null"),
        Just("\0"),
        Just("a\0"),
        Just(","),
    ]
    .prop_map(str::to_owned)
}

fn digest() -> impl Strategy<Value = Digest> {
    prop_oneof![Just(b"a" as &[u8]), Just(b"b" as &[u8])].prop_map(Digest::of)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        prop_oneof![Just(0), Just(1), Just(-1), Just(i128::from(u64::MAX))]
            .prop_map(Value::Integer),
        prop_oneof![
            Just(0.0),
            Just(-0.0),
            Just(1.0),
            Just(f64::NAN),
            Just(f64::from_bits(0x7ff8_0000_0000_0001))
        ]
        .prop_map(|float: f64| Value::Float(float.into())),
        text().prop_map(Value::Text),
        text().prop_map(|text| Value::Bytes(text.into_bytes())),
        digest().prop_map(|digest| Value::Opaque {
            media_type: "a".to_owned(),
            digest,
        }),
    ];
    // Most values are plain, or mistakes between plain ones would hardly be tried.
    let nested = leaf.clone().prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::List),
            vec((inner.clone(), inner), 0..3).prop_map(Value::Map),
        ]
    });
    let bracketed = (leaf.clone(), leaf.clone())
        .prop_map(|(first, second)| Value::List(vec![Value::List(vec![first]), second]));
    prop_oneof![6 => leaf, 2 => nested, 1 => bracketed]
}

fn source() -> impl Strategy<Value = SourceKey> {
    (text(), text(), digest()).prop_map(|(kind, form, digest)| SourceKey { kind, form, digest })
}

fn input() -> impl Strategy<Value = InputKey> {
    let leaf = prop_oneof![
        1 => digest().prop_map(InputKey::Artifact),
        3 => (value(), vec(source(), 0..3))
            .prop_map(|(value, sources)| InputKey::Parameter { value, sources }),
        1 => source().prop_map(InputKey::Source),
    ];
    let nested = leaf
        .clone()
        .prop_recursive(2, 4, 3, |inner| vec(inner, 0..3).prop_map(InputKey::List));
    prop_oneof![4 => leaf, 1 => nested]
}

pub(crate) fn key() -> impl Strategy<Value = StageKey> {
    (
        (
            text(),
            text(),
            text(),
            vec((text(), option::of(text())), 0..3),
        ),
        vec((text(), input()), 0..3),
        vec((text(), option::of(digest())), 0..3),
        (option::of(text()), option::of(text())),
    )
        .prop_map(
            |((package, stage, reach, values), inputs, environment, (toolchain, target))| {
                StageKey {
                    format: 1,
                    package,
                    stage,
                    code: CodeKey { reach, values },
                    inputs,
                    environment,
                    toolchain,
                    target,
                }
            },
        )
}

/// A way to something that is nearly the same.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mutation {
    /// A letter goes from the end of one text to the beginning of the next.
    LetterMoves,
    /// What is missing becomes empty, and the other way round.
    MissingIsEmpty,
    /// The toolchain becomes the target.
    FieldsChangePlaces,
    /// A name and its value change places.
    NameIsValue,
    /// `1`, `1.0`, `"1"`, `true`, bytes.
    TypeOfValue,
    /// Zero and minus zero; one `NaN` and another.
    BitsOfFloat,
    /// A list of one and the one; a list and the list in a list.
    Nesting,
    /// A bracket moves: `[[a], b]` and `[[a, b]]`.
    BracketMoves,
    /// A map and the list of its pairs.
    MapIsList,
    /// An artifact, a source and a parameter of the same bytes.
    KindOfInput,
    /// Two inputs change their order.
    OrderOfInputs,
    /// An input becomes a variable.
    InputIsVariable,
    /// A source of a parameter becomes a part of the next input.
    SourceMoves,
}

impl Mutation {
    pub(crate) const ALL: [Self; 13] = [
        Self::LetterMoves,
        Self::MissingIsEmpty,
        Self::FieldsChangePlaces,
        Self::NameIsValue,
        Self::TypeOfValue,
        Self::BitsOfFloat,
        Self::Nesting,
        Self::BracketMoves,
        Self::MapIsList,
        Self::KindOfInput,
        Self::OrderOfInputs,
        Self::InputIsVariable,
        Self::SourceMoves,
    ];
}

pub(crate) fn mutation() -> impl Strategy<Value = Mutation> {
    (0..Mutation::ALL.len()).prop_map(|index| Mutation::ALL[index])
}

pub(crate) fn mutated(key: &StageKey, mutation: Mutation) -> StageKey {
    let mut key = key.clone();
    match mutation {
        Mutation::LetterMoves => {
            if let Some(letter) = key.package.pop() {
                key.stage.insert(0, letter);
            } else if let Some(letter) = key.stage.pop() {
                key.code.reach.insert(0, letter);
            }
        }
        Mutation::MissingIsEmpty => {
            if let Some((_, value)) = key.code.values.first_mut() {
                *value = other_nothing(value.take());
            }
            key.toolchain = other_nothing(key.toolchain.take());
        }
        Mutation::FieldsChangePlaces => std::mem::swap(&mut key.toolchain, &mut key.target),
        Mutation::OrderOfInputs => key.inputs.reverse(),
        Mutation::InputIsVariable => {
            if let Some((name, InputKey::Artifact(digest))) = key.inputs.pop() {
                key.environment.insert(0, (name, Some(digest)));
            }
        }
        Mutation::SourceMoves => {
            let taken = key.inputs.first_mut().and_then(|(_, input)| match input {
                InputKey::Parameter { sources, .. } => sources.pop(),
                _ => None,
            });
            if let Some(source) = taken {
                let name = source.kind.clone();
                key.inputs.insert(1, (name, InputKey::Source(source)));
            }
        }
        of_input => {
            if let Some((name, input)) = key.inputs.first_mut() {
                mutate_input(name, input, of_input);
            }
        }
    }
    key
}

fn other_nothing(text: Option<String>) -> Option<String> {
    match text.as_deref() {
        None => Some(String::new()),
        Some("") => None,
        Some(_) => text,
    }
}

fn mutate_input(name: &mut String, input: &mut InputKey, mutation: Mutation) {
    match (mutation, &mut *input) {
        (
            Mutation::NameIsValue,
            InputKey::Parameter {
                value: Value::Text(text),
                ..
            },
        ) => std::mem::swap(name, text),
        (Mutation::TypeOfValue, InputKey::Parameter { value, .. }) => *value = other_type(value),
        (
            Mutation::BitsOfFloat,
            InputKey::Parameter {
                value: Value::Float(float),
                ..
            },
        ) => {
            *float = f64::from_bits(float.get().to_bits() ^ (1 << 63)).into();
        }
        (Mutation::Nesting, InputKey::Parameter { value, .. }) => {
            *value = match value.clone() {
                Value::List(mut items) if items.len() == 1 => items.remove(0),
                other => Value::List(vec![other]),
            };
        }
        (Mutation::Nesting, other) => *other = InputKey::List(vec![other.clone()]),
        (
            Mutation::BracketMoves,
            InputKey::Parameter {
                value: Value::List(items),
                ..
            },
        ) if items.len() == 2 => {
            let second = items.remove(1);
            let first = items.remove(0);
            *items = match first {
                Value::List(mut inner) => {
                    inner.push(second);
                    vec![Value::List(inner)]
                }
                first => vec![Value::List(vec![first]), second],
            };
        }
        (Mutation::MapIsList, InputKey::Parameter { value, .. }) => {
            if let Value::Map(pairs) = value {
                let flat = pairs
                    .iter()
                    .flat_map(|(key, value)| [key.clone(), value.clone()]);
                *value = Value::List(flat.collect());
            }
        }
        (Mutation::KindOfInput, InputKey::Artifact(digest)) => {
            *input = InputKey::Parameter {
                value: Value::Text(digest.to_string()),
                sources: Vec::new(),
            };
        }
        (Mutation::KindOfInput, InputKey::Source(source)) => {
            *input = InputKey::Artifact(source.digest)
        }
        _ => {}
    }
}

fn other_type(value: &Value) -> Value {
    match value {
        Value::Null => Value::Text(String::new()),
        Value::Boolean(flag) => Value::Text(flag.to_string()),
        Value::Integer(1) => Value::Float(1.0.into()),
        Value::Integer(number) => Value::Text(number.to_string()),
        Value::Float(float) => Value::Integer(float.get() as i128),
        Value::Text(text) => Value::Bytes(text.clone().into_bytes()),
        Value::Bytes(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        other => other.clone(),
    }
}

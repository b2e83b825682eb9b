//! A parameter's value in canonical form: what enters the key, and what people are shown.

use std::fmt;

use rmp::Marker;
use rmp::decode::{self, RmpRead};
use serde::{Deserialize, Serialize};

use crate::{Digest, Encoder};

/// A self-describing value.
///
/// It is read from the bytes of an [`Artifact`](crate::Artifact), so what is in the key is what the stage gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// `None`, or the unit.
    Null,
    /// A truth value.
    Boolean(bool),
    /// An integer of any width up to 64 bits, signed or not.
    Integer(i128),
    /// A float; its bits count.
    Float(FloatBits),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Self>),
    /// Pairs, in the order in which they were written.
    Map(Vec<(Self, Self)>),
    /// A value whose form only its type knows, such as a table: its media type and its digest.
    Opaque {
        /// The media type of the bytes.
        media_type: String,
        /// The digest of the bytes.
        digest: Digest,
    },
}

/// A float that is equal to another exactly when their bits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FloatBits(u64);

impl FloatBits {
    /// The float.
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl From<f64> for FloatBits {
    fn from(value: f64) -> Self {
        Self(value.to_bits())
    }
}

/// The bytes are no MessagePack.
#[derive(Debug, thiserror::Error)]
#[error("the bytes of a value are not well-formed MessagePack")]
pub struct ValueError;

/// Deeper nesting than this is refused, so that no input can overflow the stack.
const DEEPEST: usize = 128;

impl Value {
    /// Reads MessagePack.
    ///
    /// # Errors
    /// The bytes are not well-formed, or nested deeper than 128.
    pub fn from_messagepack(mut bytes: &[u8]) -> Result<Self, ValueError> {
        let value = read(&mut bytes, 0)?;
        if bytes.is_empty() {
            Ok(value)
        } else {
            Err(ValueError)
        }
    }

    /// Writes the value's framed, typed encoding.
    pub fn encode(&self, encoder: &mut Encoder) {
        match self {
            Self::Null => {
                encoder.null();
            }
            Self::Boolean(value) => {
                encoder.boolean(*value);
            }
            Self::Integer(value) => {
                encoder.integer(*value);
            }
            Self::Float(value) => {
                encoder.float(value.get());
            }
            Self::Text(value) => {
                encoder.text(value);
            }
            Self::Bytes(value) => {
                encoder.bytes(value);
            }
            Self::List(items) => {
                encoder.list(items.len());
                for item in items {
                    item.encode(encoder);
                }
            }
            Self::Map(pairs) => {
                encoder.map(pairs.len());
                for (key, value) in pairs {
                    key.encode(encoder);
                    value.encode(encoder);
                }
            }
            Self::Opaque { media_type, digest } => {
                encoder.opaque().text(media_type).digest(digest);
            }
        }
    }

    /// The value as JSON for people and programs; floats that JSON cannot say become texts such as `"NaN"`.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Boolean(value) => Json::Bool(*value),
            Self::Integer(value) => i64::try_from(*value)
                .map(Json::from)
                .or_else(|_| u64::try_from(*value).map(Json::from))
                .unwrap_or_else(|_| Json::String(value.to_string())),
            Self::Float(value) => serde_json::Number::from_f64(value.get())
                .map_or_else(|| Json::String(value.get().to_string()), Json::Number),
            Self::Text(value) => Json::String(value.clone()),
            Self::Bytes(value) => Json::String(format!("{} bytes", value.len())),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(pairs) => Json::Object(
                pairs
                    .iter()
                    .map(|(key, value)| (key.as_map_key(), value.to_json()))
                    .collect(),
            ),
            Self::Opaque { media_type, digest } => {
                Json::String(format!("{media_type} {}", digest.short()))
            }
        }
    }

    fn as_map_key(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The leaves with their paths, such as `rate` or `trees.depth`; a value that is a leaf itself has the empty path.
    pub fn leaves(&self) -> Vec<(String, &Self)> {
        let mut leaves = Vec::new();
        self.collect_leaves(String::new(), &mut leaves);
        leaves
    }

    fn collect_leaves<'a>(&'a self, path: String, leaves: &mut Vec<(String, &'a Self)>) {
        match self {
            Self::Map(pairs) if !pairs.is_empty() => {
                for (key, value) in pairs {
                    let key = key.as_map_key();
                    let below = if path.is_empty() {
                        key
                    } else {
                        format!("{path}.{key}")
                    };
                    value.collect_leaves(below, leaves);
                }
            }
            leaf => leaves.push((path, leaf)),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float(value) => write!(f, "{:?}", value.get()),
            other => write!(f, "{}", other.to_json()),
        }
    }
}

fn read(bytes: &mut &[u8], depth: usize) -> Result<Value, ValueError> {
    if depth > DEEPEST {
        return Err(ValueError);
    }
    let marker = decode::read_marker(bytes).map_err(|_| ValueError)?;
    Ok(match marker {
        Marker::Null => Value::Null,
        Marker::True => Value::Boolean(true),
        Marker::False => Value::Boolean(false),
        Marker::FixPos(value) => Value::Integer(i128::from(value)),
        Marker::FixNeg(value) => Value::Integer(i128::from(value)),
        Marker::U8 => Value::Integer(i128::from(big_endian::<1>(bytes)?[0])),
        Marker::U16 => Value::Integer(i128::from(u16::from_be_bytes(big_endian(bytes)?))),
        Marker::U32 => Value::Integer(i128::from(u32::from_be_bytes(big_endian(bytes)?))),
        Marker::U64 => Value::Integer(i128::from(u64::from_be_bytes(big_endian(bytes)?))),
        Marker::I8 => Value::Integer(i128::from(i8::from_be_bytes(big_endian(bytes)?))),
        Marker::I16 => Value::Integer(i128::from(i16::from_be_bytes(big_endian(bytes)?))),
        Marker::I32 => Value::Integer(i128::from(i32::from_be_bytes(big_endian(bytes)?))),
        Marker::I64 => Value::Integer(i128::from(i64::from_be_bytes(big_endian(bytes)?))),
        Marker::F32 => Value::Float(f64::from(f32::from_be_bytes(big_endian(bytes)?)).into()),
        Marker::F64 => Value::Float(f64::from_be_bytes(big_endian(bytes)?).into()),
        Marker::FixStr(length) => text(bytes, usize::from(length))?,
        Marker::Str8 => {
            let length = usize::from(big_endian::<1>(bytes)?[0]);
            text(bytes, length)?
        }
        Marker::Str16 => {
            let length = usize::from(u16::from_be_bytes(big_endian(bytes)?));
            text(bytes, length)?
        }
        Marker::Str32 => {
            let length = u32::from_be_bytes(big_endian(bytes)?) as usize;
            text(bytes, length)?
        }
        Marker::Bin8 => {
            let length = usize::from(big_endian::<1>(bytes)?[0]);
            Value::Bytes(take(bytes, length)?.to_vec())
        }
        Marker::Bin16 => {
            let length = usize::from(u16::from_be_bytes(big_endian(bytes)?));
            Value::Bytes(take(bytes, length)?.to_vec())
        }
        Marker::Bin32 => {
            let length = u32::from_be_bytes(big_endian(bytes)?) as usize;
            Value::Bytes(take(bytes, length)?.to_vec())
        }
        Marker::FixArray(length) => list(bytes, usize::from(length), depth)?,
        Marker::Array16 => {
            let length = usize::from(u16::from_be_bytes(big_endian(bytes)?));
            list(bytes, length, depth)?
        }
        Marker::Array32 => {
            let length = u32::from_be_bytes(big_endian(bytes)?) as usize;
            list(bytes, length, depth)?
        }
        Marker::FixMap(length) => map(bytes, usize::from(length), depth)?,
        Marker::Map16 => {
            let length = usize::from(u16::from_be_bytes(big_endian(bytes)?));
            map(bytes, length, depth)?
        }
        Marker::Map32 => {
            let length = u32::from_be_bytes(big_endian(bytes)?) as usize;
            map(bytes, length, depth)?
        }
        _ => return Err(ValueError),
    })
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], ValueError> {
    let (head, tail) = bytes.split_at_checked(length).ok_or(ValueError)?;
    *bytes = tail;
    Ok(head)
}

fn big_endian<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], ValueError> {
    let mut buffer = [0; N];
    bytes.read_exact_buf(&mut buffer).map_err(|_| ValueError)?;
    Ok(buffer)
}

fn text(bytes: &mut &[u8], length: usize) -> Result<Value, ValueError> {
    std::str::from_utf8(take(bytes, length)?)
        .map(|text| Value::Text(text.to_owned()))
        .map_err(|_| ValueError)
}

fn list(bytes: &mut &[u8], length: usize, depth: usize) -> Result<Value, ValueError> {
    (0..length)
        .map(|_| read(bytes, depth + 1))
        .collect::<Result<_, _>>()
        .map(Value::List)
}

fn map(bytes: &mut &[u8], length: usize, depth: usize) -> Result<Value, ValueError> {
    (0..length)
        .map(|_| Ok((read(bytes, depth + 1)?, read(bytes, depth + 1)?)))
        .collect::<Result<_, _>>()
        .map(Value::Map)
}

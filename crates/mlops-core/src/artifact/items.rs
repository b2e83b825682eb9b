//! Artifacts made of artifacts: lists, maps, options, tuples.
//!
//! Each item is kept by its own digest, so that a part can be reused and read without the whole. Items of at most
//! [`INLINE_LIMIT`] bytes stand in the body itself: a million numbers must not become a million rows of a database.
//!
//! The body is MessagePack: `[kind, [media type, …], [item, …]]`, where an item is binary (inline) or extension 1 (a digest).
//! The media types repeat: a list has one, a map two, a tuple one for each place.

use rmp::Marker;
use rmp::decode::{self, RmpRead};
use rmp::encode;

use super::serde_form::SERDE_MEDIA_TYPE;
use super::{Artifact, ArtifactError, ArtifactInput, ArtifactOutput};
use crate::{Digest, SOURCE_MEDIA_TYPE, Value, ValueError};

/// The media type of artifacts made of artifacts.
pub const ITEMS_MEDIA_TYPE: &str = "application/vnd.mlops.items+msgpack";

/// Up to this size an item stands in the body of what holds it.
const INLINE_LIMIT: usize = 1024;

/// The extension type of a digest in the body.
const DIGEST_EXTENSION: i8 = 1;

/// Collects items one by one while they are written.
pub struct Items<'a> {
    output: &'a mut dyn ArtifactOutput,
}

/// Writes `count` items of a `kind`: `list`, `map`, `option` or `tuple`.
///
/// # Errors
/// An item cannot be written, or the output fails.
pub fn write_items(
    kind: &str,
    media_types: &[&'static str],
    count: usize,
    output: &mut dyn ArtifactOutput,
    write: impl FnOnce(&mut Items<'_>) -> Result<(), ArtifactError>,
) -> Result<(), ArtifactError> {
    let count = u32::try_from(count)
        .map_err(|_| ArtifactError::Store("more than 2^32 items in one artifact".into()))?;
    let mut head = Vec::with_capacity(16);
    // Writing to a vector cannot fail.
    let _ = encode::write_array_len(&mut head, 3);
    let _ = encode::write_str(&mut head, kind);
    let _ = encode::write_array_len(&mut head, media_types.len() as u32);
    for media_type in media_types {
        let _ = encode::write_str(&mut head, media_type);
    }
    let _ = encode::write_array_len(&mut head, count);
    output.write_all(&head)?;
    write(&mut Items { output })
}

/// An output for one item: its bytes stay here until their size is known, its own items go straight to the store.
struct ItemOutput<'a> {
    bytes: Vec<u8>,
    store: &'a mut dyn ArtifactOutput,
}

impl std::io::Write for ItemOutput<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl ArtifactOutput for ItemOutput<'_> {
    fn item(&mut self, media_type: &'static str, bytes: &[u8]) -> Result<Digest, ArtifactError> {
        self.store.item(media_type, bytes)
    }
}

impl Items<'_> {
    /// Writes the next item.
    ///
    /// # Errors
    /// As [`Artifact::write`].
    pub fn write<T: Artifact>(&mut self, item: &T) -> Result<(), ArtifactError> {
        let mut buffer = ItemOutput {
            bytes: Vec::new(),
            store: self.output,
        };
        item.write(&mut buffer)?;
        let bytes = buffer.bytes;
        let mut frame = Vec::with_capacity(bytes.len().min(INLINE_LIMIT) + 64);
        if bytes.len() <= INLINE_LIMIT {
            let _ = encode::write_bin(&mut frame, &bytes);
        } else {
            let digest = self.output.item(T::MEDIA_TYPE, &bytes)?;
            let _ = encode::write_ext_meta(&mut frame, 32, DIGEST_EXTENSION);
            frame.extend_from_slice(digest.as_bytes());
        }
        self.output.write_all(&frame)?;
        Ok(())
    }
}

/// Reads items one by one.
pub struct ItemReader<'a> {
    input: &'a dyn ArtifactInput,
    body: bytes::Bytes,
    media_types: Vec<String>,
    rest: usize,
    left: usize,
    index: usize,
}

/// Opens a body of items of the expected `kind`.
///
/// # Errors
/// The body is no such thing.
pub fn read_items<'a, T>(
    kind: &str,
    input: &'a dyn ArtifactInput,
) -> Result<ItemReader<'a>, ArtifactError> {
    let (found, reader) = open(input).map_err(|_| ArtifactError::read::<T>("no list of items"))?;
    if found == kind {
        Ok(reader)
    } else {
        Err(ArtifactError::read::<T>(format!(
            "expected a {kind}, found a {found}"
        )))
    }
}

fn malformed() -> std::io::Error {
    std::io::Error::from(std::io::ErrorKind::InvalidData)
}

fn open(input: &dyn ArtifactInput) -> std::io::Result<(String, ItemReader<'_>)> {
    let body = input.bytes();
    let mut bytes: &[u8] = &body;
    if decode::read_array_len(&mut bytes).map_err(|_| malformed())? != 3 {
        return Err(malformed());
    }
    let kind = text(&mut bytes)?;
    let types = decode::read_array_len(&mut bytes).map_err(|_| malformed())?;
    let media_types = (0..types)
        .map(|_| text(&mut bytes))
        .collect::<std::io::Result<Vec<_>>>()?;
    let left = decode::read_array_len(&mut bytes).map_err(|_| malformed())? as usize;
    if media_types.is_empty() || left > bytes.len() {
        return Err(malformed());
    }
    let rest = body.len() - bytes.len();
    let reader = ItemReader {
        input,
        body,
        media_types,
        rest,
        left,
        index: 0,
    };
    Ok((kind, reader))
}

fn text(bytes: &mut &[u8]) -> std::io::Result<String> {
    let length = decode::read_str_len(bytes).map_err(|_| malformed())? as usize;
    let (text, rest) = bytes.split_at_checked(length).ok_or_else(malformed)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).map_err(|_| malformed())
}

/// The bytes of one item: in the body, or an artifact of its own.
enum Item {
    Inline(bytes::Bytes),
    Stored(Digest),
}

struct InlineInput<'a> {
    bytes: bytes::Bytes,
    parent: &'a dyn ArtifactInput,
}

impl ArtifactInput for InlineInput<'_> {
    fn bytes(&self) -> bytes::Bytes {
        self.bytes.clone()
    }

    fn item(&self, digest: &Digest) -> Result<Box<dyn ArtifactInput>, ArtifactError> {
        self.parent.item(digest)
    }
}

impl ItemReader<'_> {
    /// How many items are left.
    pub fn left(&self) -> usize {
        self.left
    }

    /// Reads the next item.
    ///
    /// # Errors
    /// There is none, or it is of another type.
    pub fn read<T: Artifact>(&mut self) -> Result<T, ArtifactError> {
        let found = self.next_media_type();
        if found != T::MEDIA_TYPE {
            return Err(ArtifactError::read::<T>(format!(
                "expected {}, found {found}",
                T::MEDIA_TYPE
            )));
        }
        let item = self
            .advance()
            .map_err(|_| ArtifactError::read::<T>("the list of items is cut short"))?;
        match item {
            Item::Inline(bytes) => T::read(&InlineInput {
                bytes,
                parent: self.input,
            }),
            Item::Stored(digest) => T::read(&*self.input.item(&digest)?),
        }
    }

    fn next_media_type(&self) -> &str {
        &self.media_types[self.index % self.media_types.len()]
    }

    fn advance(&mut self) -> std::io::Result<Item> {
        self.left = self.left.checked_sub(1).ok_or_else(malformed)?;
        self.index += 1;
        let body = self.body.clone();
        let mut bytes = body.get(self.rest..).ok_or_else(malformed)?;
        let mut at_item = bytes;
        let item = match decode::read_marker(&mut at_item).map_err(|_| malformed())? {
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let length = decode::read_bin_len(&mut bytes).map_err(|_| malformed())? as usize;
                let start = body.len() - bytes.len();
                let end = start.checked_add(length).ok_or_else(malformed)?;
                if end > body.len() {
                    return Err(malformed());
                }
                bytes = &bytes[length..];
                Item::Inline(body.slice(start..end))
            }
            _ => {
                let meta = decode::read_ext_meta(&mut bytes).map_err(|_| malformed())?;
                if meta.typeid != DIGEST_EXTENSION || meta.size != 32 {
                    return Err(malformed());
                }
                let mut digest = [0; 32];
                bytes.read_exact_buf(&mut digest).map_err(|_| malformed())?;
                Item::Stored(Digest::from_bytes(digest))
            }
        };
        self.rest = body.len() - bytes.len();
        Ok(item)
    }
}

/// A body without the items that are artifacts of their own.
struct BodyOnly(bytes::Bytes);

impl ArtifactInput for BodyOnly {
    fn bytes(&self) -> bytes::Bytes {
        self.0.clone()
    }

    fn item(&self, _: &Digest) -> Result<Box<dyn ArtifactInput>, ArtifactError> {
        Err(ArtifactError::Store("not needed".into()))
    }
}

impl Value {
    /// Reads the body of items; stored items appear by their digest. Two different bodies of one type never give the same
    /// value.
    ///
    /// # Errors
    /// The bytes are no such body, or nested deeper than 128.
    pub fn from_items(bytes: &bytes::Bytes) -> Result<Self, ValueError> {
        value_of_items(bytes, 0)
    }
}

fn value_of_items(bytes: &bytes::Bytes, depth: usize) -> Result<Value, ValueError> {
    if depth > 128 {
        return Err(ValueError);
    }
    let input = BodyOnly(bytes.clone());
    let (kind, mut reader) = open(&input).map_err(|_| ValueError)?;
    let mut values = Vec::with_capacity(reader.left());
    while reader.left() > 0 {
        let media_type = reader.next_media_type().to_owned();
        values.push(match reader.advance().map_err(|_| ValueError)? {
            Item::Inline(bytes) if media_type == ITEMS_MEDIA_TYPE => {
                value_of_items(&bytes, depth + 1)?
            }
            Item::Inline(bytes)
                if media_type == SERDE_MEDIA_TYPE || media_type == SOURCE_MEDIA_TYPE =>
            {
                Value::from_messagepack(&bytes)?
            }
            Item::Inline(bytes) => Value::Opaque {
                media_type,
                digest: Digest::of(&bytes),
            },
            Item::Stored(digest) => Value::Opaque { media_type, digest },
        });
    }
    Ok(match (kind.as_str(), values.len()) {
        ("list" | "tuple", _) => Value::List(values),
        ("map", count) if count % 2 == 0 => {
            let mut values = values.into_iter();
            let mut pairs = Vec::with_capacity(count / 2);
            while let (Some(key), Some(value)) = (values.next(), values.next()) {
                pairs.push((key, value));
            }
            Value::Map(pairs)
        }
        ("option", 0) => Value::Null,
        ("option", 1) => some(values.remove(0)),
        _ => return Err(ValueError),
    })
}

/// What is there, as itself; said in words where it would look like what is not there, or like those words.
fn some(value: Value) -> Value {
    let word = || Value::Text("some".to_owned());
    let is_ambiguous = match &value {
        Value::Null => true,
        Value::Map(pairs) => matches!(&pairs[..], [(key, _)] if *key == word()),
        _ => false,
    };
    if is_ambiguous {
        Value::Map(vec![(word(), value)])
    } else {
        value
    }
}

/// Shows the body of items as JSON, for people; stored items appear by their digest.
pub(crate) fn items_to_json(bytes: &bytes::Bytes) -> Option<serde_json::Value> {
    let input = BodyOnly(bytes.clone());
    let (kind, mut reader) = open(&input).ok()?;
    let mut values = Vec::new();
    while reader.left() > 0 {
        let media_type = reader.next_media_type().to_owned();
        values.push(match reader.advance().ok()? {
            Item::Inline(bytes) => crate::preview(&media_type, &bytes)?,
            Item::Stored(digest) => serde_json::Value::String(digest.to_string()),
        });
    }
    Some(match kind.as_str() {
        "option" => values.into_iter().next().unwrap_or_default(),
        "map" => serde_json::Value::Object(
            values
                .chunks_exact(2)
                .map(|pair| {
                    let key = pair[0]
                        .as_str()
                        .map_or_else(|| pair[0].to_string(), str::to_owned);
                    (key, pair[1].clone())
                })
                .collect(),
        ),
        _ => values.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryOutput;

    fn value<T: Artifact>(artifact: &T) -> Value {
        let mut output = MemoryOutput::default();
        artifact.write(&mut output).unwrap();
        Value::from_items(&bytes::Bytes::copy_from_slice(output.as_bytes())).unwrap()
    }

    #[test]
    fn lists_maps_and_options_show_what_is_in_them() {
        let pairs = std::collections::BTreeMap::from([("a".to_owned(), vec![1_u8, 2])]);
        assert_eq!(value(&pairs).to_string(), r#"{"a":[1,2]}"#);
        assert_eq!(value(&(1_u8, "x".to_owned())).to_string(), r#"[1,"x"]"#);
        assert_eq!(value(&None::<u8>), Value::Null);
        assert_eq!(value(&Some(3_u8)), Value::Integer(3));
    }

    #[test]
    fn nothing_and_something_that_holds_nothing_differ() {
        type Nested = Option<Option<Option<u8>>>;
        let all: [Nested; 4] = [None, Some(None), Some(Some(None)), Some(Some(Some(1)))];
        for (index, one) in all.iter().enumerate() {
            for other in &all[..index] {
                assert_ne!(value(one), value(other), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn what_is_kept_apart_is_named_by_its_digest() {
        let long = "x".repeat(INLINE_LIMIT + 1);
        let (one, other) = (value(&vec![long.clone()]), value(&vec![long + "y"]));
        assert!(matches!(&one, Value::List(items) if matches!(items[0], Value::Opaque { .. })));
        assert_ne!(one, other);
    }
}

//! The framed, typed encoding under every key: tag, length, bytes.
//!
//! Two different sequences of parts can never share an encoding, because every part says what it is and how long it is
//! before it says anything else. Joining texts with a separator, sorting arguments, or writing a number as its text are
//! the three ways in which tools of the field made two different calls share one cache entry.

use crate::Digest;

/// What the next frame holds. The numbers are part of the format: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    Null = 0,
    Boolean = 1,
    Integer = 2,
    Float = 3,
    Text = 4,
    Bytes = 5,
    List = 6,
    Map = 7,
    Digest = 8,
    Absent = 9,
    Opaque = 10,
}

/// Most of what is encoded fits in so many bytes: growing to it step by step would cost more than the hash.
const USUAL_LENGTH: usize = 256;

/// Writes framed parts into a buffer.
///
/// ```
/// use mlops_core::Encoder;
/// let parts = |parts: &[&str]| {
///     let mut encoder = Encoder::new();
///     for part in parts {
///         encoder.text(part);
///     }
///     encoder.digest_of_all()
/// };
/// assert_ne!(parts(&["a b"]), parts(&["a", "b"]));
/// ```
#[derive(Debug, Default, Clone)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// An empty encoding.
    pub fn new() -> Self {
        Self {
            bytes: Vec::with_capacity(USUAL_LENGTH),
        }
    }

    /// An encoding behind other bytes.
    pub const fn behind(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// What was encoded, and what stood before it.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn frame(&mut self, tag: Tag, content: &[u8]) {
        self.head(tag, content.len());
        self.bytes.extend_from_slice(content);
    }

    /// Lengths are 64 bits, little endian, whatever the machine.
    fn head(&mut self, tag: Tag, length: usize) {
        self.bytes.push(tag as u8);
        self.bytes.extend_from_slice(&(length as u64).to_le_bytes());
    }

    /// Nothing, said.
    pub fn null(&mut self) -> &mut Self {
        self.frame(Tag::Null, &[]);
        self
    }

    /// A part that is not there, as opposed to one that is there and null.
    pub fn absent(&mut self) -> &mut Self {
        self.frame(Tag::Absent, &[]);
        self
    }

    /// A truth value.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.frame(Tag::Boolean, &[u8::from(value)]);
        self
    }

    /// An integer of any width up to 128 bits; the width is not part of the value.
    pub fn integer(&mut self, value: i128) -> &mut Self {
        self.frame(Tag::Integer, &value.to_le_bytes());
        self
    }

    /// A float by its bits, so that `-0.0`, `0.0` and every NaN differ.
    pub fn float(&mut self, value: f64) -> &mut Self {
        self.frame(Tag::Float, &value.to_bits().to_le_bytes());
        self
    }

    /// A text.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.frame(Tag::Text, value.as_bytes());
        self
    }

    /// Bytes.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.frame(Tag::Bytes, value);
        self
    }

    /// A digest.
    pub fn digest(&mut self, value: &Digest) -> &mut Self {
        self.frame(Tag::Digest, value.as_bytes());
        self
    }

    /// Opens a list of `length` parts, which the caller writes next.
    pub fn list(&mut self, length: usize) -> &mut Self {
        self.head(Tag::List, length);
        self
    }

    /// Opens a map of `length` pairs, which the caller writes next: key, value, key, value.
    pub fn map(&mut self, length: usize) -> &mut Self {
        self.head(Tag::Map, length);
        self
    }

    /// Opens a value known only by media type and digest, which the caller writes next.
    pub(crate) fn opaque(&mut self) -> &mut Self {
        self.head(Tag::Opaque, 2);
        self
    }

    /// What was written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest of all that was written.
    pub fn digest_of_all(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

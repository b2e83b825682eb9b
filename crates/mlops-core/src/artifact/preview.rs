//! An artifact's bytes shown as JSON, for people who have no Rust type at hand.

use super::items::{ITEMS_MEDIA_TYPE, items_to_json};
use super::serde_form::SERDE_MEDIA_TYPE;
use crate::Value;

/// The bytes as JSON, if their media type is one that can be read without the Rust type.
pub fn preview(media_type: &str, bytes: &bytes::Bytes) -> Option<serde_json::Value> {
    match media_type {
        SERDE_MEDIA_TYPE => Value::from_messagepack(bytes)
            .ok()
            .map(|value| value.to_json()),
        ITEMS_MEDIA_TYPE => items_to_json(bytes),
        "application/json" => serde_json::from_slice(bytes).ok(),
        // What a type of its own says by serde.
        other if other.ends_with("+msgpack") => Value::from_messagepack(bytes)
            .ok()
            .map(|value| value.to_json()),
        _ => None,
    }
}

//! Artifacts by serde: MessagePack with named fields.
//!
//! MessagePack keeps every float to the bit, NaN included. JSON does not: its usual float parsing is off by one bit for a
//! fifth of all doubles, and it has no NaN at all.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{ArtifactError, ArtifactInput, ArtifactOutput};

/// The media type of values written by serde.
pub const SERDE_MEDIA_TYPE: &str = "application/vnd.msgpack";

/// Writes a value by serde.
///
/// # Errors
/// The value's `Serialize` refuses, or the output fails.
pub fn write_serde<T: Serialize>(
    value: &T,
    output: &mut dyn ArtifactOutput,
) -> Result<(), ArtifactError> {
    let bytes = rmp_serde::to_vec_named(value).map_err(ArtifactError::write::<T>)?;
    output.write_all(&bytes)?;
    Ok(())
}

/// Reads a value by serde.
///
/// # Errors
/// The bytes are not of this type, or more bytes follow.
pub fn read_serde<T: DeserializeOwned>(input: &dyn ArtifactInput) -> Result<T, ArtifactError> {
    let bytes = input.bytes();
    let mut rest: &[u8] = &bytes;
    let value = rmp_serde::from_read(&mut rest).map_err(ArtifactError::read::<T>)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(ArtifactError::read::<T>(format!(
            "{} bytes follow the value",
            rest.len()
        )))
    }
}

//! Artifacts in memory: for duplicates, for parameters, for tests.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;

use super::{ArtifactError, ArtifactInput, ArtifactOutput};
use crate::Digest;

/// Collects an artifact's bytes, and those of its items, in memory.
#[derive(Debug, Default)]
pub struct MemoryOutput {
    bytes: Vec<u8>,
    items: BTreeMap<Digest, Bytes>,
}

impl MemoryOutput {
    /// The bytes written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Turns what was written into something to read from.
    pub fn into_input(self) -> impl ArtifactInput {
        MemoryInput {
            bytes: self.bytes.into(),
            items: Arc::new(self.items),
        }
    }
}

impl Write for MemoryOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl ArtifactOutput for MemoryOutput {
    fn item(&mut self, _media_type: &'static str, bytes: &[u8]) -> Result<Digest, ArtifactError> {
        let digest = Digest::of(bytes);
        self.items.insert(digest, Bytes::copy_from_slice(bytes));
        Ok(digest)
    }
}

struct MemoryInput {
    bytes: Bytes,
    items: Arc<BTreeMap<Digest, Bytes>>,
}

impl ArtifactInput for MemoryInput {
    fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    fn item(&self, digest: &Digest) -> Result<Box<dyn ArtifactInput>, ArtifactError> {
        let bytes = self.items.get(digest).ok_or_else(|| {
            ArtifactError::Store(format!("the item {} is missing", digest.short()).into())
        })?;
        Ok(Box::new(Self {
            bytes: bytes.clone(),
            items: Arc::clone(&self.items),
        }))
    }
}

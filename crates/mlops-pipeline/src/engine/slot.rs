//! An output's value while somebody may still need it: handed on in memory, or read from the store once.

use std::sync::{Arc, Mutex};

use mlops_core::{ArtifactError, ArtifactType, BoxError, Digest, Live};
use mlops_store::{Store, StoreError};

use super::attempt::lock;

/// One output of a call that is done.
pub(super) struct Slot {
    pub(super) call: usize,
    pub(super) digest: Digest,
    artifact: ArtifactType,
    live: Mutex<Option<Live>>,
}

/// A kept input is gone or damaged.
#[derive(Debug, thiserror::Error)]
#[error("a kept input is gone or damaged: {cause}")]
pub(super) struct DamagedInput {
    pub(super) call: usize,
    cause: StoreError,
}

impl Slot {
    pub(super) fn new(
        call: usize,
        digest: Digest,
        artifact: ArtifactType,
        live: Option<Live>,
    ) -> Self {
        Self {
            call,
            digest,
            artifact,
            live: Mutex::new(live),
        }
    }

    /// The value: from memory, or from the store. Many that ask at once cause one read.
    pub(super) fn live(&self, store: &Store) -> Result<Live, BoxError> {
        let mut live = lock(&self.live);
        if let Some(live) = &*live {
            return Ok(Arc::clone(live));
        }
        let stored = match store.read_artifact(&self.digest) {
            Ok(stored) => stored,
            Err(cause) if cause.is_damage() => {
                return Err(Box::new(DamagedInput {
                    call: self.call,
                    cause,
                }));
            }
            Err(cause) => return Err(cause.into()),
        };
        let value = match self.artifact.read(&stored) {
            Ok(value) => value,
            Err(ArtifactError::Store(cause)) => match cause.downcast::<StoreError>() {
                Ok(cause) if cause.is_damage() => {
                    let (call, cause) = (self.call, *cause);
                    return Err(Box::new(DamagedInput { call, cause }));
                }
                Ok(cause) => return Err(cause),
                Err(cause) => return Err(cause),
            },
            Err(cause) => return Err(cause.into()),
        };
        *live = Some(Arc::clone(&value));
        Ok(value)
    }
}

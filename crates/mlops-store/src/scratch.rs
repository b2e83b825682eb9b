//! Folders for stages that need one while they run, and the removal of what dead processes left.
#![expect(
    clippy::disallowed_methods,
    reason = "the store is the crate that touches the file system"
)]

use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use crate::{Store, StoreError, checkpoints, folder, owner};

/// How old an owner's file must be that never got its lock, before it counts as left over.
const UNBORN_FOR: Duration = Duration::from_secs(3600);

/// An empty folder of a stage's own; removed with all that is in it when this is dropped.
#[derive(Debug)]
pub struct ScratchFolder {
    path: PathBuf,
}

impl ScratchFolder {
    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        // What stays is removed by `remove_leftovers`.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

impl Store {
    /// Makes an empty folder for a stage of a run.
    ///
    /// # Errors
    /// The disk is full, or the store is read-only.
    pub fn scratch_folder(&self, run: Uuid, stage: u64) -> Result<ScratchFolder, StoreError> {
        if !self.inner.may_write() {
            return Err(folder::read_only(&self.inner.folder));
        }
        self.inner.owner.announce()?;
        let made = tempfile::Builder::new()
            .prefix(&format!("{}.{run}.{stage}.", self.inner.owner.id))
            .tempdir_in(self.inner.folder.join("scratch"))
            .map_err(|cause| StoreError::io("make a scratch folder", cause))?;
        Ok(ScratchFolder { path: made.keep() })
    }

    /// Removes what dead processes left: temporary files, scratch folders, files of checkpoints that no row lists, their
    /// locks. Returns how many.
    ///
    /// # Errors
    /// The store is read-only, or its folders cannot be listed.
    pub fn remove_leftovers(&self) -> Result<u64, StoreError> {
        if !self.inner.may_write() {
            return Err(folder::read_only(&self.inner.folder));
        }
        let mut removed = 0;
        // The owners last: whether one was ever announced decides about what it left elsewhere.
        for name in ["temporary", "scratch", "owners"] {
            let folder = self.inner.folder.join(name);
            let entries = std::fs::read_dir(&folder)
                .map_err(|cause| StoreError::path("list", &folder, cause))?;
            for entry in entries.flatten() {
                removed += u64::from(self.remove_leftover(&entry));
            }
        }
        Ok(removed + checkpoints::remove_orphans(&self.inner)?)
    }

    /// Every name there begins with its owner's id.
    fn remove_leftover(&self, entry: &DirEntry) -> bool {
        let name = entry.file_name();
        let Some((id, rest)) = name.to_str().and_then(|name| name.split_once('.')) else {
            return false;
        };
        let Ok(id) = Uuid::parse_str(id) else {
            return false;
        };
        // A process that has only begun to write may not have announced itself yet, so a young file stays.
        let is_young = entry
            .metadata()
            .and_then(|file| file.modified())
            .is_ok_and(|made| made.elapsed().is_ok_and(|age| age < UNBORN_FOR));
        let may_be_unborn = is_young && rest != "lock" && !self.was_announced(id);
        if id == self.inner.owner.id || may_be_unborn || owner::is_alive(&self.inner.folder, id) {
            return false;
        }
        let path = entry.path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).is_ok()
        } else {
            std::fs::remove_file(path).is_ok()
        }
    }

    /// Whether the owner's file is there: then its lock says whether it lives.
    fn was_announced(&self, id: Uuid) -> bool {
        let owners = self.inner.folder.join("owners");
        owners.join(format!("{id}.lock")).exists()
    }
}

//! Who is alive: each process holds a lock on a file of its own for as long as it lives.
//!
//! A lock ends with its process, however the process ends; a time-out would either be too short for a long pause or too
//! long for the one who waits. Probing takes a *shared* lock, so that two who probe at once do not take each other for the
//! owner. A file appears under its name only when it is locked already.
#![expect(
    clippy::disallowed_methods,
    reason = "the store is the crate that touches the file system"
)]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::StoreError;
use crate::machine::host_name;

/// This process, as the store's rows name it.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) id: Uuid,
    pub(crate) host: String,
    folder: PathBuf,
    held: Mutex<Option<File>>,
}

impl Owner {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            id: Uuid::now_v7(),
            host: host_name(),
            folder: folder.join("owners"),
            held: Mutex::new(None),
        }
    }

    /// Makes the others see that this process lives, before the first row says that it owns something.
    pub(crate) fn announce(&self) -> Result<(), StoreError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let unborn = self.folder.join(format!("{}.new", self.id));
        let file = (|| -> io::Result<File> {
            let mut file = File::create(&unborn)?;
            file.lock()?;
            writeln!(file, "process {} on {}", std::process::id(), self.host)?;
            std::fs::rename(&unborn, path(&self.folder, self.id))?;
            Ok(file)
        })()
        .map_err(|cause| StoreError::path("write", &unborn, cause))?;
        *held = Some(file);
        Ok(())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let held = self.held.get_mut().unwrap_or_else(PoisonError::into_inner);
        if held.take().is_some() {
            // Whoever comes later would remove it, too.
            let _ = std::fs::remove_file(path(&self.folder, self.id));
        }
    }
}

fn path(owners: &Path, id: Uuid) -> PathBuf {
    owners.join(format!("{id}.lock"))
}

/// Whether the owner lives. What cannot be found out counts as alive: taking over too early is worse than too late.
pub(crate) fn is_alive(store: &Path, id: Uuid) -> bool {
    let path = path(&store.join("owners"), id);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) => return error.kind() != io::ErrorKind::NotFound,
    };
    match file.try_lock_shared() {
        // The file stays: that it was there is how others tell a dead owner's leftovers from an unborn one's.
        Ok(()) => false,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
    }
}

/// Whether the file system keeps locks: a second handle must be refused while the first holds one.
pub(crate) fn locks_are_kept(probe: &Path) -> io::Result<bool> {
    let first = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(probe)?;
    let kept = first.try_lock().is_ok()
        && File::open(probe)
            .is_ok_and(|second| matches!(second.try_lock(), Err(TryLockError::WouldBlock)));
    std::fs::remove_file(probe)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_alive_while_its_file_is_locked_and_dead_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("owners")).unwrap();
        let owner = Owner::new(folder.path());
        assert!(!is_alive(folder.path(), owner.id), "not announced yet");
        owner.announce().unwrap();
        assert!(is_alive(folder.path(), owner.id));
        assert!(is_alive(folder.path(), owner.id), "probing changes nothing");
        let id = owner.id;
        drop(owner);
        assert!(!is_alive(folder.path(), id));
    }

    #[test]
    fn a_file_that_nobody_locks_is_a_dead_owners() {
        let folder = tempfile::tempdir().unwrap();
        let owners = folder.path().join("owners");
        std::fs::create_dir(&owners).unwrap();
        let id = Uuid::now_v7();
        std::fs::write(path(&owners, id), "").unwrap();
        assert!(!is_alive(folder.path(), id));
        assert!(path(&owners, id).exists(), "asking changes nothing");
    }
}

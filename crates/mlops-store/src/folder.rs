//! The store's folder: what stands where, how it is made, and when it is refused.
#![expect(
    clippy::disallowed_methods,
    reason = "the store is the crate that touches the file system"
)]

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use mlops_core::Digest;
use tempfile::NamedTempFile;
use uuid::Uuid;

use crate::options::Faults;
use crate::sqlite::set_up_alone;
use crate::{Durability, StoreError, machine, migrations, owner};

/// The layout of the folder, apart from the schema of the database.
const FORMAT: u32 = 1;

/// What stands in a store's folder.
const FOLDERS: [&str; 6] = [
    "artifacts",
    "temporary",
    "damaged",
    "owners",
    "scratch",
    "checkpoints",
];

/// Where the metadata is.
pub(crate) fn database(store: &Path) -> PathBuf {
    store.join("metadata.sqlite")
}

/// Where a large artifact is: in a folder of its first two digits, because some file systems are slow with many names.
pub(crate) fn artifact(store: &Path, digest: &Digest) -> PathBuf {
    let hex = digest.hex();
    let (shard, rest) = hex.split_at(2);
    store.join("artifacts").join(shard).join(rest)
}

/// A name in `temporary/` that says whose it is, so that a dead owner's can be removed.
pub(crate) fn temporary_prefix(owner: Uuid) -> String {
    format!("{owner}.")
}

/// Makes what is missing and returns whether the store was there already. Nothing here grows with the store.
pub(crate) fn open_for_writing(
    store: &Path,
    owner: Uuid,
    durability: Durability,
    faults: Option<&dyn Faults>,
) -> Result<(), StoreError> {
    let is_made = format_of(store)?.is_some();
    let is_empty =
        !is_made && std::fs::read_dir(store).map_or(true, |mut names| names.next().is_none());
    if !is_made {
        std::fs::create_dir_all(store)
            .and_then(|()| {
                FOLDERS
                    .iter()
                    .try_for_each(|folder| std::fs::create_dir_all(store.join(folder)))
            })
            .map_err(|cause| refused(store, "make the folder", cause))?;
    }
    let probe = store
        .join("temporary")
        .join(format!("{}probe", temporary_prefix(owner)));
    let kept = faults
        .map_or(Ok(()), |faults| faults.before_write("probe", 0))
        .and_then(|()| owner::locks_are_kept(&probe))
        .map_err(|cause| refused(store, "write to", cause))?;
    if !kept {
        return Err(StoreError::NoLocks {
            folder: store.to_owned(),
        });
    }
    if !is_made {
        set_up(store, owner, durability)?;
    }
    if is_empty {
        // A store in a repository is no change of the repository: production would refuse to run beside it. In a folder
        // where something else stands as well, that is not ours to say.
        replace(store, owner, &store.join(".gitignore"), b"*\n", durability)?;
    }
    Ok(())
}

/// Brings the database to the present schema, one process at a time.
pub(crate) fn set_up(store: &Path, owner: Uuid, durability: Durability) -> Result<(), StoreError> {
    let path = store.join("setup.lock");
    let lock = File::create(&path).map_err(|cause| refused(store, "write to", cause))?;
    let path = database(store);
    set_up_alone(&path, &lock, store, durability, |connection| {
        migrations::apply(connection, store)
    })?;
    // Last, so that a folder with a format is a whole store.
    let text = format!("mlops store, format {FORMAT}\n");
    let path = store.join("FORMAT");
    replace(store, owner, &path, text.as_bytes(), durability)
}

/// The format of the folder, or nothing where no store is.
pub(crate) fn format_of(store: &Path) -> Result<Option<u32>, StoreError> {
    let path = store.join("FORMAT");
    let text = match std::fs::read(&path) {
        // What is not text is not what was written, and is said to be so below.
        Ok(bytes) => String::from_utf8(bytes).unwrap_or_default(),
        Err(cause)
            if matches!(
                cause.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(cause) => return Err(refused(store, "read", cause)),
    };
    let format = text
        .trim()
        .strip_prefix("mlops store, format ")
        .and_then(|number| number.parse::<u32>().ok())
        .ok_or_else(|| StoreError::Damaged {
            what: path.display().to_string(),
        })?;
    if format > FORMAT {
        return Err(StoreError::NewerSchema {
            folder: store.to_owned(),
            found: i64::from(format),
            known: i64::from(FORMAT),
            needed: "a newer mlops".to_owned(),
        });
    }
    Ok(Some(format))
}

/// A file under a temporary name, with the permissions that any new file would have: a store may be shared by a group.
pub(crate) fn temporary_file(prefix: &str, folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Puts a small file in place of another, whole or not at all. What a killed process leaves of it is where leftovers are
/// looked for.
pub(crate) fn replace(
    store: &Path,
    owner: Uuid,
    path: &Path,
    bytes: &[u8],
    durability: Durability,
) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(store);
    let written = (|| -> io::Result<()> {
        let mut file = temporary_file(&temporary_prefix(owner), &store.join("temporary"))?;
        io::Write::write_all(&mut file, bytes)?;
        if durability == Durability::Power {
            file.as_file().sync_all()?;
        }
        file.persist(path)?;
        if durability == Durability::Power {
            sync_folder(folder)?;
        }
        Ok(())
    })();
    written.map_err(|cause| StoreError::path("write", path, cause))
}

/// Makes a rename outlive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        // Windows has no handle on a folder to sync; NTFS journals its names.
        Ok(())
    }
}

/// Sorts a refusal by the operating system: read-only, somebody else's, or something else.
fn refused(store: &Path, verb: &str, cause: io::Error) -> StoreError {
    if !matches!(
        cause.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    ) {
        return StoreError::path(verb, store, cause);
    }
    let present = machine::present_user();
    let user = machine::described(present);
    // The folder itself may not be there yet: then the nearest one above it is whose permission is missing.
    let owner = store
        .ancestors()
        .find_map(|folder| std::fs::metadata(folder).ok())
        .and_then(|metadata| machine::owner_of(&metadata));
    match owner {
        Some(owner)
            if cause.kind() == io::ErrorKind::PermissionDenied && Some(owner) != present =>
        {
            StoreError::ForeignOwner {
                folder: store.to_owned(),
                owner: machine::described(Some(owner)),
                user,
            }
        }
        _ => StoreError::ReadOnly {
            folder: store.to_owned(),
            user,
        },
    }
}

/// The refusal of a write to a store that was opened for reading.
pub(crate) fn read_only(store: &Path) -> StoreError {
    StoreError::ReadOnly {
        folder: store.to_owned(),
        user: machine::described(machine::present_user()),
    }
}

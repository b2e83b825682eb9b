//! Large artifacts as memory: the one place with `unsafe`.

use std::fs::File;
use std::io;

use bytes::Bytes;
use memmap2::Mmap;

/// Maps a whole file that nobody changes.
///
/// # Errors
/// The operating system refused.
pub(crate) fn map(file: &File) -> io::Result<Bytes> {
    #[expect(
        unsafe_code,
        reason = "a map is sound only while nobody changes the file. The store's files are written once under a temporary \
                  name, made read-only, and renamed into place; none is ever opened for writing again, and a removed one \
                  stays until its last map is gone. A person who edits a store by hand gets what `store check` reports"
    )]
    // SAFETY: see the reason above.
    let map = unsafe { Mmap::map(file)? };
    Ok(Bytes::from_owner(map))
}

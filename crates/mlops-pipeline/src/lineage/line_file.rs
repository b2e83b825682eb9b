//! A file of whole lines that several processes append to and any of them may be killed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How much is read at once when the end of the last whole line is looked for.
const BLOCK: u64 = 64 * 1024;

/// A file of lines, and beside it the file by whose lock writers take turns: a lock on the lines themselves would keep
/// readers out on some systems.
#[derive(Debug)]
pub(super) struct LineFile {
    path: PathBuf,
    lock: PathBuf,
    /// Whether lines must outlive a power cut.
    sync: bool,
}

impl LineFile {
    pub(super) fn new(folder: &Path, name: &str, sync: bool) -> Self {
        Self {
            path: folder.join(name),
            lock: folder.join(format!("{name}.lock")),
            sync,
        }
    }

    /// Appends whole lines. What a killed writer left of a line is cut off first: its event was not counted as delivered.
    ///
    /// # Errors
    /// The file cannot be written: a full disk, say.
    pub(super) fn append(&self, lines: &str) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let lock = open(&self.lock)?;
        lock.lock()?;
        let mut file = open(&self.path)?;
        let end = end_of_last_line(&mut file)?;
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        file.write_all(lines.as_bytes())?;
        if self.sync {
            file.sync_data()?;
        }
        Ok(())
    }
}

/// Opens for reading and writing, and makes what is not there.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// Where the last whole line ends.
fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = Vec::new();
    let mut size = 1; // Nearly always the last byte is the break.
    while end > 0 {
        let start = end.saturating_sub(size);
        block.resize(usize::try_from(end - start).unwrap_or_default(), 0);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
        size = BLOCK;
    }
    Ok(0)
}

/// Takes the turn of delivering to one transport, if no other process has it. It ends with the file's handle, and with the
/// process however that ends.
///
/// # Errors
/// The lock's file cannot be made, or the file system keeps no locks.
pub(super) fn take_turn(folder: &Path, name: &str) -> io::Result<Option<File>> {
    let file = open(&folder.join(format!("{name}.lock")))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test looks at the file from outside"
)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_cut_off_before_the_next_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = LineFile::new(folder.path(), "events.jsonl", true);
        let torn = "x".repeat(usize::try_from(BLOCK).unwrap() + 7);
        for (before, kept) in [
            ("", ""),
            ("a\n", "a\n"),
            ("a\nb", "a\n"),
            (torn.as_str(), ""),
            (&format!("a\n{torn}"), "a\n"),
            (&format!("a\n{torn}\n"), &format!("a\n{torn}\n")),
        ] {
            std::fs::write(folder.path().join("events.jsonl"), before).unwrap();
            file.append("c\nd\n").unwrap();
            let after = std::fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
            assert_eq!(after, format!("{kept}c\nd\n"));
        }
    }

    #[test]
    fn only_one_has_the_turn() {
        let folder = tempfile::tempdir().unwrap();
        let first = take_turn(folder.path(), "http").unwrap();
        assert!(first.is_some());
        assert!(take_turn(folder.path(), "http").unwrap().is_none());
        drop(first);
        assert!(take_turn(folder.path(), "http").unwrap().is_some());
    }
}

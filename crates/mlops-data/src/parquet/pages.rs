//! Pages of a Parquet file, each looked at before the reader unpacks it.

use std::collections::HashSet;
use std::io::{Chain, Cursor, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use mlops_core::BoxError;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};

use crate::read::{Budget, LZ4_EXPANSION, SLACK, ZSTD_EXPANSION, guarded};

/// The three numbers that a page's header begins with take at most so many bytes.
const BEGINNING: u64 = 3 * (1 + 5);

/// The file, for a reader of pages. Such a reader makes room for what a page's header claims, up to 2 GiB, before it unpacks
/// a byte, and asks here for each header: so this is where a claim is compared with what the compression can do.
pub(crate) struct Pages<R> {
    input: Arc<R>,
    expansion: u64,
    limit: u64,
    /// Where the content of pages begins whose headers were read and which were not yet read themselves.
    contents: Arc<Mutex<HashSet<u64>>>,
}

impl<R: ChunkReader> Pages<R> {
    pub(crate) fn new(input: Arc<R>, metadata: &ParquetMetaData) -> Self {
        let groups = metadata.row_groups().iter();
        let expansion = groups
            .flat_map(|group| group.columns())
            .map(|column| expansion(column.compression()))
            .max();
        let limit = Budget::of_file(input.len()).limit();
        Self {
            input,
            expansion: expansion.unwrap_or(1),
            limit,
            contents: Arc::default(),
        }
    }

    fn contents(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a page has any content, if its header says what can be.
    fn check(&self, beginning: &[u8]) -> Result<bool> {
        let Some((unpacked, packed)) = sizes(beginning) else {
            return Err(ParquetError::General(
                "the header of a page is damaged".to_owned(),
            ));
        };
        let most = packed.saturating_mul(self.expansion).saturating_add(SLACK);
        if unpacked > most.min(self.limit) {
            return Err(ParquetError::General(format!(
                "a page of {packed} bytes claims {unpacked} bytes, unpacked"
            )));
        }
        Ok(packed > 0)
    }
}

impl<R: ChunkReader> Length for Pages<R> {
    fn len(&self) -> u64 {
        self.input.len()
    }
}

impl<R: ChunkReader> ChunkReader for Pages<R> {
    type T = Header<R::T>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let mut rest = self.input.get_read(start)?;
        let mut beginning = Vec::new();
        // In a column of lists the reader looks at a header before it needs the page, and then asks again at the content.
        let is_content = self.contents().contains(&start);
        let mut contents = None;
        if !is_content {
            (&mut rest).take(BEGINNING).read_to_end(&mut beginning)?;
            let has_content = self.check(&beginning)?;
            contents = has_content.then(|| Arc::clone(&self.contents));
        }
        Ok(Header {
            bytes: Cursor::new(beginning).chain(rest),
            place: start,
            contents,
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.contents().remove(&start);
        self.input.get_bytes(start, length)
    }
}

/// The header of a page while it is read: where the reader stops, the content begins.
pub(crate) struct Header<R> {
    bytes: Chain<Cursor<Vec<u8>>, R>,
    place: u64,
    /// Where that is told; nowhere if no content follows.
    contents: Option<Arc<Mutex<HashSet<u64>>>>,
}

impl<R: Read> Read for Header<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        let begins = self.place;
        self.place += count as u64;
        if let Some(contents) = &self.contents {
            let mut contents = contents.lock().unwrap_or_else(PoisonError::into_inner);
            contents.remove(&begins);
            contents.insert(self.place);
        }
        Ok(count)
    }
}

/// How many bytes a byte can stand for at most, by the shortest way in which the format can say "the same again".
fn expansion(compression: Compression) -> u64 {
    match compression {
        Compression::UNCOMPRESSED => 1,
        // Three bytes copy at most 64.
        Compression::SNAPPY => 32,
        Compression::LZ4 | Compression::LZ4_RAW => LZ4_EXPANSION,
        Compression::GZIP(_) => 1032,
        _ => ZSTD_EXPANSION,
    }
}

/// What the header of a page says of its size, unpacked and packed: its second and third field, after the kind of page.
fn sizes(mut header: &[u8]) -> Option<(u64, u64)> {
    number(&mut header)?;
    let unpacked = number(&mut header)?;
    let packed = number(&mut header)?;
    Some((unpacked.try_into().ok()?, packed.try_into().ok()?))
}

/// The next field, of 32 bits, in Thrift's compact protocol.
fn number(bytes: &mut &[u8]) -> Option<i64> {
    const NEXT_FIELD_OF_32_BITS: u8 = 0x15;
    let mut take = || {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        Some(*first)
    };
    if take()? != NEXT_FIELD_OF_32_BITS {
        return None;
    }
    let mut value = 0_u64;
    for group in 0..5 {
        let byte = take()?;
        value |= u64::from(byte & 0x7f) << (7 * group);
        if byte < 0x80 {
            let magnitude = i64::try_from(value >> 1).ok()?;
            return Some(if value & 1 == 0 {
                magnitude
            } else {
                -magnitude - 1
            });
        }
    }
    None
}

/// The footer of a file.
pub(crate) fn load_metadata<R: ChunkReader>(
    input: &R,
    options: ArrowReaderOptions,
) -> std::result::Result<ArrowReaderMetadata, BoxError> {
    guarded(|| Ok(ArrowReaderMetadata::load(input, options)?))
}

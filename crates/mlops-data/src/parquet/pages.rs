//! Pages of a Parquet file, each looked at before the reader unpacks it.

use std::io::{Cursor, Read};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::errors::Result;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};

use super::header::sizes;
use crate::read::{Budget, LZ4_EXPANSION, SLACK, ZSTD_EXPANSION};

/// The file, for a reader of pages. Such a reader makes room for what a page's header claims, up to 2 GiB, before it unpacks
/// a byte, and reads each header from here: so this is where a claim is compared with what the compression can do.
pub(crate) struct Pages<R> {
    input: Arc<R>,
    bounds: Bounds,
}

/// What a page may claim.
#[derive(Clone, Copy)]
struct Bounds {
    expansion: u64,
    limit: u64,
}

impl<R: ChunkReader> Pages<R> {
    pub(crate) fn new(input: Arc<R>, metadata: &ParquetMetaData) -> Self {
        let groups = metadata.row_groups().iter();
        let expansion = groups
            .flat_map(|group| group.columns())
            .map(|column| expansion(column.compression()))
            .max();
        let bounds = Bounds {
            expansion: expansion.unwrap_or(1),
            limit: Budget::of_file(input.len()).limit(),
        };
        Self { input, bounds }
    }
}

impl Bounds {
    /// Whether the header of a page says what can be.
    fn check(self, (unpacked, packed): (u64, u64)) -> std::io::Result<()> {
        let most = packed.saturating_mul(self.expansion).saturating_add(SLACK);
        if unpacked > most.min(self.limit) {
            return Err(std::io::Error::other(format!(
                "a page of {packed} bytes claims {unpacked} bytes, unpacked"
            )));
        }
        Ok(())
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
        Ok(Header {
            header: Cursor::default(),
            rest: self.input.get_read(start)?,
            unchecked: Some(self.bounds),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.input.get_bytes(start, length)
    }
}

/// The header of a page, looked at once somebody reads of it. Not before: in a column of lists the reader looks at a header
/// before it needs the page, then asks once more at the content, and reads nothing there. Nor is any place remembered as that of
/// content: a file may have it that the header of another page lies there.
pub(crate) struct Header<R> {
    header: Cursor<Vec<u8>>,
    rest: R,
    unchecked: Option<Bounds>,
}

impl<R: Read> Read for Header<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if let Some(bounds) = self.unchecked {
            bounds.check(sizes(&mut self.rest, self.header.get_mut())?)?;
            // After a refusal it stays: what follows a damaged header is no page.
            self.unchecked = None;
        }
        match self.header.read(buffer)? {
            0 => self.rest.read(buffer),
            count => Ok(count),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A header that claims so many bytes, unpacked and packed.
    fn header(unpacked: u8, packed: u8) -> [u8; 7] {
        [0x15, 0, 0x15, 2 * unpacked, 0x15, 2 * packed, 0]
    }

    fn pages(bytes: Vec<u8>) -> Pages<Bytes> {
        let bounds = Bounds {
            expansion: 1,
            limit: 50,
        };
        Pages {
            input: Arc::new(bytes.into()),
            bounds,
        }
    }

    fn read(pages: &Pages<Bytes>, start: u64) -> std::io::Result<[u8; 7]> {
        let mut found = [0; 7];
        let mut bytes = pages.get_read(start).map_err(std::io::Error::other)?;
        bytes.read_exact(&mut found)?;
        Ok(found)
    }

    #[test]
    fn a_header_that_lies_where_the_content_of_another_page_begins_is_looked_at_too() {
        let pages = pages([header(40, 40), header(60, 40), [0; 7]].concat());
        assert_eq!(read(&pages, 0).unwrap(), header(40, 40));
        let error = read(&pages, 7).unwrap_err().to_string();
        assert!(
            error.contains("a page of 40 bytes claims 60 bytes"),
            "{error}"
        );
    }

    #[test]
    fn content_whose_header_was_read_before_need_not_begin_like_one() {
        let pages = pages([header(40, 40), [0; 7]].concat());
        read(&pages, 0).unwrap();
        assert!(pages.get_read(7).is_ok());
        assert_eq!(pages.get_bytes(7, 7).unwrap(), [0; 7][..]);
    }
}

//! Messages of an Arrow file or stream, one after the other, each looked at before it is unpacked.
//!
//! Arrow's own readers make room for what a message claims before they know whether the file has so much, and end the
//! process when there is no such room; its decoder of one message at a time leaves that to us.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::convert::fb_to_schema;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, MessageHeader, root_as_footer, root_as_message};
use arrow_schema::SchemaRef;
use mlops_core::BoxError;

use super::claims::unpacked_size;
use crate::read::guarded;

const MAGIC: &[u8] = b"ARROW1";
/// The footer's length and the magic at the end of a file.
const TRAILER: u64 = 10;
/// Precedes the length of a message, except in files older than version 0.15 of the format.
const CONTINUATION: [u8; 4] = [0xff; 4];
const OUTSIDE: &str = "a block lies outside of the file";

/// Where bytes are: in memory already, or on disk.
pub(crate) trait Bytes {
    fn size(&self) -> u64;

    /// So many bytes from a place that was found to be within.
    fn copy(&mut self, start: u64, length: usize) -> Result<Buffer, BoxError>;

    /// The bytes, if they exist: nothing is reserved for what only a damaged length claims.
    fn range(&mut self, start: u64, length: u64) -> Result<Buffer, BoxError> {
        let end = start.checked_add(length).ok_or(OUTSIDE)?;
        if end > self.size() {
            return Err(OUTSIDE.into());
        }
        self.copy(start, usize::try_from(length)?)
    }
}

impl Bytes for Buffer {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn copy(&mut self, start: u64, length: usize) -> Result<Buffer, BoxError> {
        Ok(self.slice_with_length(usize::try_from(start)?, length))
    }
}

/// A file on disk and its size when it was opened.
pub(crate) struct OnDisk {
    file: std::fs::File,
    size: u64,
}

impl OnDisk {
    pub(crate) fn new(file: std::fs::File) -> std::io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { file, size })
    }
}

impl Bytes for OnDisk {
    fn size(&self) -> u64 {
        self.size
    }

    fn copy(&mut self, start: u64, length: usize) -> Result<Buffer, BoxError> {
        let mut buffer = MutableBuffer::from_len_zeroed(length);
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(buffer.as_slice_mut())?;
        Ok(buffer.into())
    }
}

/// The batches of an Arrow file or stream.
pub(crate) struct Messages<B> {
    input: B,
    schema: SchemaRef,
    decoder: FileDecoder,
    rest: Rest,
    unpacked: u64,
}

/// What is still to be read.
enum Rest {
    /// Blocks that the footer of a file lists.
    Listed(std::vec::IntoIter<Block>),
    /// A stream from this place on.
    From(u64),
}

impl<B: Bytes> Messages<B> {
    /// Opens a file or a stream, whichever it is, and reads its schema.
    pub(crate) fn open(input: B) -> Result<Self, BoxError> {
        guarded(|| Self::open_any(input))
    }

    fn open_any(mut input: B) -> Result<Self, BoxError> {
        if input.size() == 0 {
            return Err("it is empty".into());
        }
        let magic = MAGIC.len() as u64;
        if input.size() < magic || input.range(0, magic)?.as_slice() != MAGIC {
            return Self::open_stream(input);
        }
        let trailer_start = input.size().checked_sub(TRAILER).ok_or("it is cut short")?;
        let trailer = input.range(trailer_start, TRAILER)?;
        let length = read_footer_length(trailer.as_slice().try_into()?)? as u64;
        let start = trailer_start.checked_sub(length).ok_or("it is cut short")?;
        let footer = input.range(start, length)?;
        let footer =
            root_as_footer(&footer).map_err(|cause| format!("its footer is damaged: {cause}"))?;
        let schema = footer.schema().ok_or("its footer has no schema")?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err("its byte order is not this machine's".into());
        }
        let schema = Arc::new(fb_to_schema(schema));
        let mut decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
        let blocks: Vec<Block> = footer.recordBatches().iter().flatten().copied().collect();
        let dictionaries: Vec<Block> = footer.dictionaries().iter().flatten().copied().collect();
        // One block that is listed a million times would be a table of any size.
        let mut whole = 0_u64;
        for block in dictionaries.iter().chain(&blocks) {
            whole = whole.checked_add(size_of(block)?).ok_or(OUTSIDE)?;
        }
        if whole > input.size() {
            return Err("its blocks are together larger than the file".into());
        }
        let mut unpacked = 0_u64;
        for block in &dictionaries {
            let (message, size) = listed(&mut input, block)?;
            unpacked = unpacked.saturating_add(size);
            decoder.read_dictionary(block, &message)?;
        }
        Ok(Self {
            input,
            schema,
            decoder,
            rest: Rest::Listed(blocks.into_iter()),
            unpacked,
        })
    }

    fn open_stream(mut input: B) -> Result<Self, BoxError> {
        let Some((block, message)) = streamed(&mut input, 0)? else {
            return Err("it is no Arrow file and no stream".into());
        };
        let first = metadata(&message, &block)?;
        let schema = first
            .header_as_schema()
            .ok_or("it does not begin with a schema")?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err("its byte order is not this machine's".into());
        }
        let schema = Arc::new(fb_to_schema(schema));
        Ok(Self {
            decoder: FileDecoder::new(Arc::clone(&schema), first.version()),
            input,
            schema,
            rest: Rest::From(message.len() as u64),
            unpacked: 0,
        })
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// What was unpacked since this was asked last, dictionaries included.
    pub(crate) fn unpacked(&mut self) -> u64 {
        std::mem::take(&mut self.unpacked)
    }

    pub(crate) fn next_batch(&mut self) -> Result<Option<RecordBatch>, BoxError> {
        guarded(|| self.advance())
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>, BoxError> {
        loop {
            let (block, message, unpacked) = match &mut self.rest {
                Rest::Listed(blocks) => {
                    let Some(block) = blocks.next() else {
                        return Ok(None);
                    };
                    let (message, unpacked) = listed(&mut self.input, &block)?;
                    (block, message, unpacked)
                }
                Rest::From(place) => {
                    let Some((block, message)) = streamed(&mut self.input, *place)? else {
                        return Ok(None);
                    };
                    *place += message.len() as u64;
                    let unpacked = checked(&message, &block, self.input.size())?;
                    (block, message, unpacked)
                }
            };
            self.unpacked = self.unpacked.saturating_add(unpacked);
            if metadata(&message, &block)?.header_type() == MessageHeader::DictionaryBatch {
                self.decoder.read_dictionary(&block, &message)?;
            } else if let Some(batch) = self.decoder.read_record_batch(&block, &message)? {
                return Ok(Some(batch));
            }
        }
    }
}

/// The size of a block of a file, with its metadata.
fn size_of(block: &Block) -> Result<u64, BoxError> {
    let metadata = u64::try_from(block.metaDataLength())?;
    if metadata < 8 {
        return Err(OUTSIDE.into());
    }
    let whole = u64::try_from(block.bodyLength())?.checked_add(metadata);
    Ok(whole.ok_or(OUTSIDE)?)
}

/// A block of a file, and what it takes unpacked.
fn listed(input: &mut impl Bytes, block: &Block) -> Result<(Buffer, u64), BoxError> {
    let start = u64::try_from(block.offset())?;
    let message = input.range(start, size_of(block)?)?;
    let unpacked = checked(&message, block, input.size())?;
    Ok((message, unpacked))
}

/// The message of a stream at a place, prefix and body included, as a block of a file would be.
fn streamed(input: &mut impl Bytes, place: u64) -> Result<Option<(Block, Buffer)>, BoxError> {
    if place == input.size() {
        return Ok(None);
    }
    let mut prefix = 4;
    let mut length = input.range(place, 4)?;
    if length.as_slice() == CONTINUATION {
        prefix = 8;
        length = input.range(place.checked_add(4).ok_or(OUTSIDE)?, 4)?;
    }
    let length = i32::from_le_bytes(length.as_slice().try_into()?);
    if length == 0 {
        return Ok(None);
    }
    let header = u64::try_from(length)? + prefix;
    let start = input.range(place, header)?;
    let body = root_as_message(&start[usize::try_from(prefix)?..])
        .map_err(|cause| format!("a message is damaged: {cause}"))?
        .bodyLength();
    let whole = u64::try_from(body)?.checked_add(header).ok_or(OUTSIDE)?;
    let block = Block::new(i64::try_from(place)?, i32::try_from(header)?, body);
    Ok(Some((block, input.range(place, whole)?)))
}

fn metadata<'a>(message: &'a Buffer, block: &Block) -> Result<arrow_ipc::Message<'a>, BoxError> {
    let metadata = &message[..usize::try_from(block.metaDataLength())?];
    let prefix = if metadata.starts_with(&CONTINUATION) {
        8
    } else {
        4
    };
    let metadata = metadata.get(prefix..).ok_or(OUTSIDE)?;
    Ok(root_as_message(metadata).map_err(|cause| format!("a message is damaged: {cause}"))?)
}

/// What a message takes, unpacked, if that can be.
fn checked(message: &Buffer, block: &Block, file: u64) -> Result<u64, BoxError> {
    let body = &message[usize::try_from(block.metaDataLength())?..];
    let metadata = metadata(message, block)?;
    let rows = match metadata.header_type() {
        MessageHeader::RecordBatch => metadata.header_as_record_batch(),
        MessageHeader::DictionaryBatch => metadata
            .header_as_dictionary_batch()
            .and_then(|dictionary| dictionary.data()),
        _ => None,
    };
    rows.map_or(Ok(0), |rows| unpacked_size(rows, body, file))
}

//! What a batch of an Arrow file claims to hold, compared with what its bytes can hold.

use arrow_ipc::{CompressionType, RecordBatch};
use mlops_core::BoxError;

use crate::read::{Budget, LZ4_EXPANSION, SLACK, ZSTD_EXPANSION};

/// A buffer that is compressed starts with its length unpacked; a length of -1 says that it is not.
const PREFIX: usize = 8;
/// Rows that need no byte: columns without any value have none, and a run of equal values has one for all. Of each other row there
/// is at least a bit. A mask of so many rows still has room.
const ROWS_WITHOUT_BYTES: u64 = 1 << 30;

/// A batch that may be as it says, but takes more than is read at once.
#[derive(Debug, thiserror::Error)]
#[error("a batch takes {unpacked} bytes, unpacked")]
pub(super) struct BeyondBudget {
    pub(super) file: u64,
    pub(super) unpacked: u64,
}

/// How many bytes the batch takes, or why that cannot be. `file` is the size of the whole.
pub(super) fn unpacked_size(batch: RecordBatch, body: &[u8], file: u64) -> Result<u64, BoxError> {
    let expansion = batch
        .compression()
        .map(|compression| match compression.codec() {
            CompressionType::LZ4_FRAME => LZ4_EXPANSION,
            _ => ZSTD_EXPANSION,
        });
    let mut unpacked = 0_u64;
    for buffer in batch.buffers().iter().flatten() {
        let start = usize::try_from(buffer.offset())?;
        let length = usize::try_from(buffer.length())?;
        let end = start.checked_add(length);
        let bytes = end
            .and_then(|end| body.get(start..end))
            .ok_or("a buffer lies outside of its batch")?;
        let size = match (expansion, bytes.first_chunk::<PREFIX>()) {
            (Some(expansion), Some(prefix)) => {
                let claimed = i64::from_le_bytes(*prefix);
                let packed = (length - PREFIX) as u64;
                // A length below 0 is "not compressed", or an error that the reader tells.
                let claimed = u64::try_from(claimed).unwrap_or(packed);
                if claimed > packed.saturating_mul(expansion).saturating_add(SLACK) {
                    return Err(
                        format!("a buffer of {length} bytes claims {claimed}, unpacked").into(),
                    );
                }
                claimed
            }
            _ => length as u64,
        };
        unpacked = unpacked.saturating_add(size);
    }
    let packed = body.len();
    if unpacked > Budget::of_file(file).limit() {
        return Err(Box::new(BeyondBudget { file, unpacked }));
    }
    let most = unpacked
        .saturating_mul(8)
        .saturating_add(ROWS_WITHOUT_BYTES);
    let nodes = batch
        .nodes()
        .into_iter()
        .flatten()
        .map(|node| node.length());
    for rows in nodes.chain([batch.length()]) {
        if u64::try_from(rows).map_or(true, |rows| rows > most) {
            return Err(format!("a batch of {packed} bytes claims {rows} rows").into());
        }
    }
    Ok(unpacked)
}

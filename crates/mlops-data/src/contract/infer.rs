//! x
use crate::{DataError, File, Table};
/// x
pub fn infer(_: &Table) -> Result<String, DataError> {
    Ok(String::new())
}
/// x
pub fn infer_file(_: &File) -> Result<String, DataError> {
    Ok(String::new())
}

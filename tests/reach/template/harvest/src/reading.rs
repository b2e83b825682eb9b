//! From text to records.

use crate::error::LineError;
use crate::record::{Crop, Harvest, Record};

const SEPARATOR: char = ',';

/// The records of a table with a header.
pub fn read(text: &str) -> Result<Harvest, LineError> {
    let lines = text.lines().enumerate().skip(1);
    let records = lines.map(|(at, line)| record(at + 1, line)).collect::<Result<Vec<_>, _>>()?;
    Ok(Harvest { records })
}

fn record(line: usize, text: &str) -> Result<Record, LineError> {
    let mut cells = text.split(SEPARATOR).map(str::trim);
    let mut next = || cells.next().ok_or(LineError::Short { line });
    let field = next()?.to_owned();
    let name = next()?;
    let crop = Crop::named(name).ok_or_else(|| LineError::UnknownCrop { line, name: name.to_owned() })?;
    let year = number(line, next()?)? as i64;
    let bushels = match next()? {
        "" => None,
        text => Some(number(line, text)?),
    };
    Ok(Record { field, crop, year, bushels })
}

fn number(line: usize, text: &str) -> Result<f64, LineError> {
    text.parse().map_err(|_| LineError::NotANumber { line, text: text.to_owned() })
}

/// What a table of the old format had in its first line.
#[allow(dead_code)]
pub fn old_header() -> &'static str {
    "field;crop;bushels"
}

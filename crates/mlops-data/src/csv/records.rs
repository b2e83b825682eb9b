//! Lines cut into cells, after RFC 4180; strict where leniency would shift cells.
//!
//! The csv crate does not say on which line a record starts when blank lines or CR LF precede it, and an error that names
//! the wrong line of a million is no help.

use std::io::{BufRead, Read};

use crate::DataError;

/// The largest record: far beyond any real one, and a bound for what a quote that is never closed, or a file without line
/// ends, can swallow.
const LARGEST: usize = 1 << 26;
/// The most cells of a record. A cell costs hundreds of times the one byte that makes it, for a column is more than its text.
const MOST_CELLS: usize = 1 << 20;
/// How a file in UTF-16 begins. Without such a mark it is known by its zeros.
const UTF_16_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// Cells of one row.
#[derive(Debug, Default)]
pub(super) struct Record {
    text: String,
    ends: Vec<usize>,
    line: u64,
}

impl Record {
    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The line on which the record starts, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The cells, without their quotes.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.text[start..*end])
    }
}

/// Reads records from lines.
pub(super) struct Records<R> {
    input: R,
    delimiter: u8,
    /// The line that was read last.
    line: u64,
    buffer: Vec<u8>,
    /// Whether the first record was read, which tells an encoding that is not UTF-8.
    begun: bool,
}

/// What is wrong with a line.
pub(super) struct Malformed {
    line: u64,
    problem: String,
    is_encoding: bool,
}

impl Malformed {
    fn new(line: u64, problem: impl Into<String>) -> Self {
        Self {
            line,
            problem: problem.into(),
            is_encoding: false,
        }
    }

    fn encoding(line: u64, problem: impl Into<String>) -> Self {
        Self {
            is_encoding: true,
            ..Self::new(line, problem)
        }
    }

    pub(super) fn in_file(self, location: &str) -> DataError {
        DataError::Csv {
            location: location.to_owned(),
            line: self.line,
            problem: self.problem,
            is_encoding: self.is_encoding,
        }
    }
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self {
            input,
            delimiter,
            line: 0,
            buffer: Vec::new(),
            begun: false,
        }
    }

    /// Reads the next record; blank lines are none.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool, Malformed> {
        self.buffer.clear();
        loop {
            if !self.read_line(self.line + 1)? {
                return Ok(false);
            }
            if !std::mem::replace(&mut self.begun, true) {
                self.check_encoding()?;
            }
            if !matches!(&*self.buffer, b"\n" | b"\r\n") {
                break;
            }
            self.buffer.clear();
        }
        record.line = self.line;
        record.ends.clear();
        let mut text = std::mem::take(&mut record.text).into_bytes();
        text.clear();
        let mut position = 0;
        loop {
            let more = if self.buffer.get(position) == Some(&b'"') {
                position = self.quoted(position + 1, record.line, &mut text)?;
                self.after_cell(&mut position)?
            } else {
                self.unquoted(&mut position, &mut text)?
            };
            record.ends.push(text.len());
            if !more {
                break;
            }
            if record.ends.len() >= MOST_CELLS {
                let problem = format!("more than {MOST_CELLS} cells; is the delimiter right?");
                return Err(Malformed::new(record.line, problem));
            }
        }
        record.text = String::from_utf8(text).map_err(|error| {
            let position = error.utf8_error().valid_up_to();
            let cell = record.ends.partition_point(|end| *end <= position) + 1;
            let byte = error.as_bytes()[position];
            let problem = format!("cell {cell} is not UTF-8: byte 0x{byte:02x}");
            Malformed::encoding(record.line, problem)
        })?;
        // A cell could end within a character only if the delimiter were part of one.
        if record
            .ends
            .iter()
            .any(|end| !record.text.is_char_boundary(*end))
        {
            return Err(Malformed::new(
                record.line,
                "the delimiter cuts a character",
            ));
        }
        Ok(true)
    }

    /// Appends the next line of the record that began on line `opened`, and leaves out a byte order mark.
    fn read_line(&mut self, opened: u64) -> Result<bool, Malformed> {
        let start = self.buffer.len();
        let room = (LARGEST + 1).saturating_sub(start);
        let mut input = (&mut self.input).take(room as u64);
        let read = input.read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|error| Malformed::new(self.line + 1, error.to_string()))?;
        if self.buffer.len() > LARGEST {
            let problem = format!(
                "a row of more than {LARGEST} bytes begins here; is a quote not closed, or a line end missing?"
            );
            return Err(Malformed::new(opened, problem));
        }
        if read > 0 {
            self.line += 1;
        }
        if self.line == 1 && start == 0 && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.buffer.drain(..3);
        }
        Ok(read > 0)
    }

    /// Zeros are valid UTF-8, so a file in UTF-16 without a mark would pass for text with strange names.
    fn check_encoding(&self) -> Result<(), Malformed> {
        let problem = if UTF_16_MARKS
            .iter()
            .any(|mark| self.buffer.starts_with(mark))
        {
            "the file is UTF-16, not UTF-8"
        } else if self.buffer.contains(&0) {
            "the line has zero bytes: the file is UTF-16, not UTF-8, or no text"
        } else {
            return Ok(());
        };
        Err(Malformed::encoding(self.line, problem))
    }

    /// Copies an unquoted cell; returns whether another one follows.
    fn unquoted(&self, position: &mut usize, text: &mut Vec<u8>) -> Result<bool, Malformed> {
        let rest = &self.buffer[*position..];
        let stops = |byte: &u8| *byte == self.delimiter || matches!(*byte, b'\n' | b'\r');
        let length = rest.iter().position(stops).unwrap_or(rest.len());
        text.extend_from_slice(&rest[..length]);
        *position += length;
        self.after_cell(position)
    }

    /// Copies a quoted cell from after its opening quote; returns the position after its closing one.
    fn quoted(
        &mut self,
        mut position: usize,
        opened: u64,
        text: &mut Vec<u8>,
    ) -> Result<usize, Malformed> {
        loop {
            let rest = &self.buffer[position..];
            match rest.iter().position(|byte| *byte == b'"') {
                Some(length) => {
                    text.extend_from_slice(&rest[..length]);
                    position += length + 1;
                    if self.buffer.get(position) != Some(&b'"') {
                        return Ok(position);
                    }
                    text.push(b'"');
                    position += 1;
                }
                None => {
                    text.extend_from_slice(rest);
                    position = self.buffer.len();
                    if !self.read_line(opened)? {
                        let problem = "a quote of this row is never closed".to_owned();
                        return Err(Malformed::new(opened, problem));
                    }
                }
            }
        }
    }

    /// Steps over the end of a cell; returns whether another cell follows.
    fn after_cell(&self, position: &mut usize) -> Result<bool, Malformed> {
        match &self.buffer[*position..] {
            [] | [b'\n'] | [b'\r', b'\n'] | [b'\r'] => Ok(false),
            [byte, ..] if *byte == self.delimiter => {
                *position += 1;
                Ok(true)
            }
            [b'\r', ..] => Err(Malformed::new(
                self.line,
                "a carriage return without a line feed outside of quotes",
            )),
            _ => Err(Malformed::new(
                self.line,
                "text follows a closing quote; quotes within a quoted cell are doubled",
            )),
        }
    }
}

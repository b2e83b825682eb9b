//! What the header of a page says of its size, in Thrift's compact protocol.
//!
//! A header is a structure whose second and third field are the sizes. The reader takes whatever it meets last, and a field may
//! name itself by a number of its own, so a header could say its sizes twice: all of it is walked through, and one whose fields do
//! not ascend is refused. No writer makes such headers.

use std::io::{Error, Read, Result};

/// Headers hold numbers, and the least and greatest value of a page: more would be read into memory before it is refused.
const MOST_BYTES: u64 = 1 << 24;

/// Structures within each other; in a header they are two.
const MOST_DEEP: usize = 8;

const WHOLE_32: u8 = 5;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCTURE: u8 = 12;

/// The size of a page, unpacked and packed. What was read of the input is appended to `seen`.
pub(super) fn sizes(input: &mut impl Read, seen: &mut Vec<u8>) -> Result<(u64, u64)> {
    let mut walk = Walk { input, seen };
    let mut found = [None, None];
    let mut last = 0_u32;
    while let Some((kind, step)) = walk.field()? {
        if step == 0 {
            return Err(damaged());
        }
        last += u32::from(step);
        match (last, kind) {
            (2 | 3, WHOLE_32) => {
                let zigzag = walk.varint()?;
                // Odd ones are negative.
                let size = (zigzag % 2 == 0).then_some(zigzag / 2);
                found[last as usize - 2] = Some(size.ok_or_else(damaged)?);
            }
            (2 | 3, _) => return Err(damaged()),
            _ => walk.skip(kind, MOST_DEEP)?,
        }
    }
    match found {
        [Some(unpacked), Some(packed)] => Ok((unpacked, packed)),
        _ => Err(damaged()),
    }
}

fn damaged() -> Error {
    Error::other("the header of a page is damaged")
}

struct Walk<'a, R> {
    input: &'a mut R,
    seen: &'a mut Vec<u8>,
}

impl<R: Read> Walk<'_, R> {
    fn byte(&mut self) -> Result<u8> {
        if self.seen.len() as u64 >= MOST_BYTES {
            return Err(damaged());
        }
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        self.seen.push(byte[0]);
        Ok(byte[0])
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for group in 0..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * group);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(damaged())
    }

    /// The kind of the next field, and how far its number is from that of the field before; nothing where a structure ends.
    fn field(&mut self) -> Result<Option<(u8, u8)>> {
        let byte = self.byte()?;
        Ok((byte & 0x0f != 0).then_some((byte & 0x0f, byte >> 4)))
    }

    fn skip(&mut self, kind: u8, deep: usize) -> Result<()> {
        match kind {
            // Of a field, a truth is in its kind.
            1 | 2 => Ok(()),
            3 => self.bytes(1),
            4..=6 => self.varint().map(drop),
            7 => self.bytes(8),
            8 => {
                let length = self.varint()?;
                self.bytes(length)
            }
            STRUCTURE if deep > 0 => {
                while let Some((kind, step)) = self.field()? {
                    if step == 0 {
                        self.varint()?;
                    }
                    self.skip(kind, deep - 1)?;
                }
                Ok(())
            }
            LIST | SET if deep > 0 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => u64::from(count),
                };
                for _ in 0..count {
                    match head & 0x0f {
                        // Of an element, a truth is a byte.
                        1 | 2 => self.bytes(1)?,
                        kind => self.skip(kind, deep - 1)?,
                    }
                }
                Ok(())
            }
            // No field of a header has been a map.
            _ => Err(damaged()),
        }
    }

    fn bytes(&mut self, count: u64) -> Result<()> {
        if count > MOST_BYTES.saturating_sub(self.seen.len() as u64) {
            return Err(damaged());
        }
        let read = self.input.by_ref().take(count).read_to_end(self.seen)?;
        if read as u64 == count {
            Ok(())
        } else {
            Err(damaged())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &[u8]) -> Option<(u64, u64)> {
        let mut seen = Vec::new();
        let found = sizes(&mut &*header, &mut seen).ok()?;
        assert!(header.starts_with(&seen));
        Some(found)
    }

    #[test]
    fn sizes_are_found_whatever_follows_them() {
        assert_eq!(of(&[0x15, 0, 0x15, 80, 0x15, 60, 0]), Some((40, 30)));
        // A checksum, a structure with a structure of a text and a truth, a list of two numbers.
        let more = [
            0x15, 7, 0x1c, 0x15, 2, 0x4c, 0x18, 2, b'a', b'b', 0x11, 0, 0, 0x19, 0x25, 2, 4, 0, 99,
        ];
        let header = [&[0x15, 0, 0x15, 80, 0x15, 60][..], &more].concat();
        assert_eq!(of(&header), Some((40, 30)));
        for end in 0..header.len() - 1 {
            assert_eq!(of(&header[..end]), None, "cut after {end}");
        }
    }

    #[test]
    fn a_header_that_never_ends_is_read_no_further_than_any_header_is_long() {
        // A text of 2^40 bytes, and a list of as many truths.
        let long = [0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
        let text = [&[0x15, 0, 0x15, 80, 0x15, 60, 0x18][..], &long].concat();
        let list = [&[0x15, 0, 0x15, 80, 0x15, 60, 0x19, 0xf1][..], &long].concat();
        for header in [text, list] {
            let mut seen = Vec::new();
            let mut endless = header.chain(std::io::repeat(1));
            assert!(sizes(&mut endless, &mut seen).is_err());
            assert!(seen.len() as u64 <= MOST_BYTES, "{}", seen.len());
        }
    }

    #[test]
    fn sizes_that_are_said_twice_or_below_zero_are_none() {
        // A field with a number of its own: the second, once more.
        let again = [0x15, 0, 0x15, 80, 0x15, 60, 0x05, 4, 0xfe, 0xff, 0x03, 0];
        assert_eq!(of(&again), None);
        assert_eq!(of(&[0x15, 0, 0x15, 81, 0x15, 60, 0]), None);
        assert_eq!(of(&[0x15, 0, 0x15, 80, 0]), None);
        assert_eq!(of(&[0x1c; 40]), None, "too deep");
    }
}

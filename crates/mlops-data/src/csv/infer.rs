//! The type of a column, from all its values.

use arrow_array::types::{Date32Type, TimestampMicrosecondType};
use arrow_cast::parse::Parser;
use arrow_schema::{DataType, TimeUnit};

/// Which kinds of values a column has.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Inference {
    boolean: bool,
    integer: bool,
    float: bool,
    date: bool,
    local_time: bool,
    zoned_time: bool,
    /// A time has more than six digits after the second.
    nanoseconds: bool,
    text: bool,
}

impl Inference {
    /// Takes note of a value that is not missing and has no white space around it.
    pub(super) fn see(&mut self, value: &str) {
        if self.text {
            return;
        }
        let first = value.as_bytes()[0];
        if first.is_ascii_digit() || matches!(first, b'-' | b'.') {
            self.see_number_or_time(value);
        } else if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") {
            self.boolean = true;
        } else if matches!(value, "NaN" | "nan" | "inf") {
            self.float = true;
        } else {
            self.text = true;
        }
    }

    fn see_number_or_time(&mut self, value: &str) {
        let digits = value.strip_prefix('-').unwrap_or(value);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let identifier = digits.len() > 1 && digits.starts_with('0');
            if identifier || value.parse::<i64>().is_err() {
                self.text = true;
            } else {
                self.integer = true;
            }
        } else if value == "-inf" || is_decimal(digits) {
            self.float = true;
        } else if value.len() == 10 && Date32Type::parse(value).is_some() {
            self.date = true;
        } else if value.len() >= 19 && TimestampMicrosecondType::parse(value).is_some() {
            let (zoned, fraction) = after_seconds(&value[19..]);
            self.nanoseconds |= fraction > 6;
            *(if zoned {
                &mut self.zoned_time
            } else {
                &mut self.local_time
            }) = true;
        } else {
            self.text = true;
        }
    }

    /// The narrowest type that holds all values.
    pub(super) fn data_type(self) -> DataType {
        let unit = if self.nanoseconds {
            TimeUnit::Nanosecond
        } else {
            // Parquet has no seconds, so a column of seconds would come back as another type.
            TimeUnit::Microsecond
        };
        let number = self.integer || self.float;
        let kinds = [
            self.boolean,
            number,
            self.date || self.local_time,
            self.zoned_time,
        ];
        match kinds {
            _ if self.text => DataType::Utf8,
            [false, false, false, false] => DataType::Null,
            [true, false, false, false] => DataType::Boolean,
            [false, true, false, false] if self.float => DataType::Float64,
            [false, true, false, false] => DataType::Int64,
            [false, false, true, false] if self.local_time => DataType::Timestamp(unit, None),
            [false, false, true, false] => DataType::Date32,
            [false, false, false, true] => DataType::Timestamp(unit, Some("UTC".into())),
            _ => DataType::Utf8,
        }
    }
}

/// Digits with a point, an exponent or both; never `inf` or `nan`, which Rust would parse too, nor what is too large to be
/// anything but infinite.
fn is_decimal(digits: &str) -> bool {
    let only = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    only && !digits.starts_with(['-', '+']) && digits.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Whether a zone follows the seconds, and how many digits of a fraction.
fn after_seconds(rest: &str) -> (bool, usize) {
    let fraction = rest.strip_prefix('.').unwrap_or("");
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let skipped = if digits > 0 { digits + 1 } else { 0 };
    (!rest[skipped..].trim().is_empty(), digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inferred(values: &[&str]) -> DataType {
        let mut inference = Inference::default();
        values.iter().for_each(|value| inference.see(value));
        inference.data_type()
    }

    #[test]
    fn the_narrowest_type_that_holds_all_values_is_found() {
        let local = DataType::Timestamp(TimeUnit::Microsecond, None);
        let zoned = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let cases: &[(&[&str], DataType)] = &[
            (&[], DataType::Null),
            (&["true", "FALSE"], DataType::Boolean),
            (&["0", "-12", "9223372036854775807"], DataType::Int64),
            (&["1", "2.5"], DataType::Float64),
            (&["1e5", ".5", "-7.", "NaN", "-inf"], DataType::Float64),
            (&["2024-07-01"], DataType::Date32),
            (&["2024-07-01", "2024-07-01 12:00:00"], local.clone()),
            (&["2024-07-01T12:00:00.123456"], local),
            (
                &["2024-07-01T12:00:00Z", "2024-07-01T12:00:00.5+02:00"],
                zoned,
            ),
            (&["1", "true"], DataType::Utf8),
            (&["1", "2024-07-01"], DataType::Utf8),
            (
                &["2024-07-01 12:00:00", "2024-07-01T12:00:00Z"],
                DataType::Utf8,
            ),
        ];
        for (values, expected) in cases {
            assert_eq!(inferred(values), *expected, "{values:?}");
        }
    }

    #[test]
    fn what_a_number_would_damage_stays_text() {
        for value in [
            "007",
            "-01",
            "9223372036854775808",
            "1_000",
            "1,5",
            "+49",
            "12abc",
            "-",
            ".",
            "1e",
            "1e309",
            "2024-02-30",
            "infinity",
            "0x1f",
            "--1",
            "1-2",
        ] {
            assert_eq!(inferred(&[value]), DataType::Utf8, "{value}");
        }
    }
}

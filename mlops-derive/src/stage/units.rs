//! Durations and sizes as people write them in options: `1h30m`, `2GiB`.

use std::time::Duration;

/// Reads `500ms`, `30s`, `5m`, `2h`, `1d`, and several of them in a row.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    let mut total = 0_f64;
    if rest.is_empty() {
        return Err("a duration needs a number and a unit".to_owned());
    }
    while !rest.is_empty() {
        let (number, unit, after) = number_and_unit(rest);
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "" => return Err(format!("the duration `{text}` has no unit")),
            _ => return Err(format!("`{unit}` is not a unit of time")),
        };
        total += parse_number(number, text)? * seconds;
        rest = after.trim_start();
    }
    Duration::try_from_secs_f64(total).map_err(|_| format!("the duration `{text}` is too long"))
}

/// Reads `512MiB`, `2GiB`, `1.5GB`, `4096B`.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit, after) = number_and_unit(text.trim());
    let factor = match unit {
        "B" => 1_u64,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "" => return Err(format!("the size `{text}` has no unit")),
        _ => return Err(format!("`{unit}` is not a unit of memory")),
    };
    if !after.is_empty() {
        return Err(format!("`{text}` is not one size"));
    }
    let bytes = parse_number(number, text)? * factor as f64;
    // 2^53: beyond it a size in f64 is no longer exact, and no machine has that much memory.
    if bytes > 9_007_199_254_740_992.0 {
        return Err(format!("the size `{text}` is too large"));
    }
    Ok(bytes.round() as u64)
}

fn number_and_unit(text: &str) -> (&str, &str, &str) {
    let number_end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(number_end);
    let rest = rest.trim_start();
    let unit_end = rest
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(rest.len());
    let (unit, after) = rest.split_at(unit_end);
    (number, unit, after)
}

fn parse_number(number: &str, text: &str) -> Result<f64, String> {
    number
        .parse()
        .map_err(|_| format!("`{text}` does not begin with a number"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{bytes, duration};

    #[test]
    fn durations_are_sums_of_numbers_with_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1_500)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for wrong in [
            "",
            "5",
            "m",
            "5 minutes",
            "-1s",
            "1s2",
            "99999999999999999999d",
            "1.2.3s",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_a_number_with_a_binary_or_decimal_unit() {
        assert_eq!(bytes("2GiB"), Ok(2 << 30));
        assert_eq!(bytes("1.5GB"), Ok(1_500_000_000));
        assert_eq!(bytes("512 MiB"), Ok(512 << 20));
        for wrong in [
            "",
            "2",
            "GiB",
            "2Gib",
            "2GiB 1MiB",
            "-1GB",
            "99999999999TiB",
        ] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}

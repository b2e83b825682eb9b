//! Durations as people write them: in versions, in the catalogue and in the names of aggregates.

use std::time::Duration;

/// `7d`, `1h30m`, `500us`: exact, so that two durations are never written alike.
pub(crate) fn shown(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    let mut text = String::new();
    for (unit, length) in [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ] {
        let count = rest / length;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
        rest %= length;
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_in_all_its_units() {
        let seconds = |seconds| shown(Duration::from_secs(seconds));
        assert_eq!(seconds(0), "0s");
        assert_eq!(seconds(7 * 86_400), "7d");
        assert_eq!(seconds(5_400), "1h30m");
        assert_eq!(shown(Duration::from_nanos(1_001_001)), "1ms1us1ns");
    }
}

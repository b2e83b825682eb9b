//! Where two artifacts begin to differ, as far as their bytes can be read without their type.

use mlops_core::{Artifact, ArtifactInput, preview};
use mlops_data::{TABLE_MEDIA_TYPE, Table};
use mlops_pipeline::verify::{Verdict, Verifier};
use serde_json::Value;

/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// Where each difference of a verdict begins, in words.
pub(super) fn first_differences(verifier: &Verifier<'_>, verdict: &Verdict) -> Vec<String> {
    verdict
        .differences
        .iter()
        .map(|difference| {
            match (
                verifier.read(&difference.one),
                verifier.read(&difference.other),
            ) {
                (Ok(one), Ok(other)) if one.media_type() == other.media_type() => {
                    first_difference(one.media_type(), &one, &other)
                }
                (Ok(one), Ok(other)) => {
                    format!("media type {} → {}", one.media_type(), other.media_type())
                }
                (Err(error), _) | (_, Err(error)) => format!("it cannot be read: {error}"),
            }
        })
        .collect()
}

/// Where two artifacts of one media type begin to differ.
fn first_difference(
    media_type: &str,
    one: &dyn ArtifactInput,
    other: &dyn ArtifactInput,
) -> String {
    if media_type == TABLE_MEDIA_TYPE
        && let (Ok(one), Ok(other)) = (
            <Table as Artifact>::read(one),
            <Table as Artifact>::read(other),
        )
        && let Ok(Some(found)) = one.first_difference(&other)
    {
        return found.to_string();
    }
    let (one, other) = (one.bytes(), other.bytes());
    if let (Some(one), Some(other)) = (preview(media_type, &one), preview(media_type, &other))
        && let Some(found) = in_value("", &one, &other)
    {
        return found;
    }
    in_bytes(&one, &other)
}

/// The first leaf that differs, with its path.
fn in_value(path: &str, one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (pair, other) in one.iter().zip(other) {
                if pair.0 != other.0 {
                    return Some(format!("{}keys: {} → {}", prefix(path), pair.0, other.0));
                }
                let found = in_value(&format!("{path}.{}", pair.0), pair.1, other.1);
                if found.is_some() {
                    return found;
                }
            }
            lengths(path, "fields", one.len(), other.len())
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs
                .find_map(|(number, (one, other))| {
                    in_value(&format!("{path}[{number}]"), one, other)
                })
                .or_else(|| lengths(path, "items", one.len(), other.len()))
        }
        (Value::String(one), Value::String(other)) if one != other => {
            Some(format!("{}{}", prefix(path), in_text(one, other)))
        }
        (one, other) if one == other => None,
        (one, other) => Some(format!(
            "{}{} → {}",
            prefix(path),
            shortened(&one.to_string()),
            shortened(&other.to_string())
        )),
    }
}

fn prefix(path: &str) -> String {
    match path.strip_prefix('.').unwrap_or(path) {
        "" => String::new(),
        path => format!("{path}: "),
    }
}

fn lengths(path: &str, of: &str, one: usize, other: usize) -> Option<String> {
    (one != other).then(|| format!("{}{one} {of} → {other} {of}", prefix(path)))
}

/// The first line of a text that differs.
fn in_text(one: &str, other: &str) -> String {
    let count = one.lines().count().max(other.lines().count());
    let (mut old, mut new) = (one.lines(), other.lines());
    for number in 1..=count {
        let (old, new) = (old.next(), new.next());
        if old != new {
            let start = common_start(old.unwrap_or_default(), new.unwrap_or_default());
            let said = |line: Option<&str>| match line {
                Some(line) => shortened_from(line, start),
                None => "none".to_owned(),
            };
            let place = match count {
                1 => String::new(),
                _ => format!("line {number}: "),
            };
            return format!("{place}{} → {}", said(old), said(new));
        }
    }
    // The lines are the same, and how they end is not.
    format!("{} bytes → {} bytes", one.len(), other.len())
}

/// How many characters two texts have in common at their beginnings.
fn common_start(one: &str, other: &str) -> usize {
    let pairs = one.chars().zip(other.chars());
    pairs.take_while(|(one, other)| one == other).count()
}

/// A line in quotes, cut so that the character at `start` is seen.
fn shortened_from(line: &str, start: usize) -> String {
    const BEFORE: usize = 20;
    if line.chars().count() <= SHOWN {
        return format!("{line:?}");
    }
    let cut = start.saturating_sub(BEFORE);
    let shown: String = line.chars().skip(cut).collect();
    let quoted = format!("{shown:?}");
    match cut {
        0 => shortened(&quoted),
        _ => shortened(&format!("…{quoted}")),
    }
}

/// The first byte that differs.
fn in_bytes(one: &[u8], other: &[u8]) -> String {
    let offset = one.iter().zip(other).position(|(one, other)| one != other);
    match offset {
        Some(offset) => format!("byte {offset} of {}", one.len()),
        None => format!("{} bytes → {} bytes", one.len(), other.len()),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use mlops_core::MemoryOutput;
    use serde_json::json;

    use super::*;

    fn said(one: Value, other: Value) -> String {
        in_value("", &one, &other).unwrap_or_default()
    }

    #[test]
    fn the_first_leaf_that_differs_is_named_with_its_path() {
        assert_eq!(
            said(
                json!({ "weights": [1.0, 2.0], "bias": 0.5 }),
                json!({ "weights": [1.0, 2.5], "bias": 0.25 })
            ),
            "weights[1]: 2.0 → 2.5"
        );
        assert_eq!(said(json!([1, 2]), json!([1, 2, 3])), "2 items → 3 items");
        assert_eq!(said(json!({ "a": 1 }), json!({ "b": 1 })), "keys: a → b");
        assert_eq!(said(json!(1), json!(1.0)), "1 → 1.0");
        assert_eq!(said(json!({ "a": [1] }), json!({ "a": [1] })), "");
        assert_eq!(
            said(json!({ "a": null }), json!({ "a": "x" })),
            "a: null → \"x\""
        );
    }

    #[test]
    fn a_text_is_compared_line_by_line() {
        assert_eq!(
            said(json!("a\nb\nc"), json!("a\nx\nc")),
            "line 2: \"b\" → \"x\""
        );
        assert_eq!(said(json!("a"), json!("b")), "\"a\" → \"b\"");
        assert_eq!(said(json!("a\nb"), json!("a")), "line 2: \"b\" → none");
        assert_eq!(said(json!("a\n"), json!("a")), "2 bytes → 1 bytes");
        let long = |end: &str| json!(format!("{}{end}", "a".repeat(500)));
        let long = said(long("b"), long("c"));
        assert!(long.contains("aab\"") && long.contains("aac\""), "{long}");
        assert!(long.chars().count() < 130, "{long}");
    }

    #[test]
    fn what_cannot_be_read_is_told_by_the_byte() {
        assert_eq!(in_bytes(b"abcd", b"abXd"), "byte 2 of 4");
        assert_eq!(in_bytes(b"abcd", b"ab"), "4 bytes → 2 bytes");
    }

    #[test]
    fn a_difference_that_json_does_not_show_is_told_by_the_byte() {
        let input = |value: f64| {
            let mut output = MemoryOutput::default();
            value.write(&mut output).unwrap();
            output.into_input()
        };
        let quiet = f64::from_bits(f64::NAN.to_bits() | 1);
        let found = first_difference(f64::MEDIA_TYPE, &input(f64::NAN), &input(quiet));
        assert!(found.starts_with("byte "), "{found}");
        let shown = first_difference(f64::MEDIA_TYPE, &input(0.25), &input(0.5));
        assert_eq!(shown, "0.25 → 0.5");
    }
}

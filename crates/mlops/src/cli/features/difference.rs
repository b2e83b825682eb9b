//! `features diff`: what differs between two versions of a definition.

use mlops_features::{FeatureError, Locked};
use serde_json::json;

use super::find;
use crate::cli::tell;
use crate::declared_features::DeclaredFeatures;
use crate::failure::Failure;
use crate::report::style;

pub(super) fn difference(
    declared: &DeclaredFeatures,
    json: bool,
    name: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<u8, Failure> {
    let lock = &declared.lock;
    let later = match to {
        Some(version) => lock.find(name, version)?.clone(),
        None => Locked::of(find(declared, name)?),
    };
    let earlier = match from {
        Some(version) => lock.find(name, version)?,
        None => lock
            .present(name)
            .ok_or_else(|| FeatureError::UnknownVersion {
                name: name.to_owned(),
                version: "declared".to_owned(),
                candidates: Vec::new(),
            })?,
    };
    let differences = earlier.differences(&later);
    if json {
        for difference in &differences {
            tell::json_line(&json!({
                "event": "difference", "feature": name, "item": difference.to_string(),
            }))?;
        }
        tell::json_line(&json!({
            "event": "definitions", "feature": name,
            "a": { "version": earlier.version.digest().hex(), "definition": earlier.text },
            "b": { "version": later.version.digest().hex(), "definition": later.text },
        }))?;
        return Ok(0);
    }
    let mut text = format!("{name} {} → {}\n", earlier.version, later.version);
    if differences.is_empty() {
        text.push_str("nothing differs\n");
    }
    for difference in &differences {
        text.push_str(&format!("{difference}\n"));
    }
    if earlier.text != later.text {
        text.push('\n');
        for line in lines(&earlier.text, &later.text) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    tell::text(&text)?;
    Ok(0)
}

/// The lines of two texts, with `-` before those that went and `+` before those that came: the longest common part stays.
fn lines(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // Definitions are short, so a table of all pairs is small.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (place, line) in old.iter().enumerate().rev() {
        for (other_place, other) in new.iter().enumerate().rev() {
            common[place][other_place] = if line == other {
                common[place + 1][other_place + 1] + 1
            } else {
                common[place + 1][other_place].max(common[place][other_place + 1])
            };
        }
    }
    let mut shown = Vec::new();
    let (mut place, mut other) = (0, 0);
    while place < old.len() || other < new.len() {
        if place < old.len() && other < new.len() && old[place] == new[other] {
            shown.push(style::dim(&format!("  {}", old[place])).to_string());
            place += 1;
            other += 1;
        } else if other >= new.len()
            || (place < old.len() && common[place + 1][other] >= common[place][other + 1])
        {
            shown.push(format!("- {}", old[place]));
            place += 1;
        } else {
            shown.push(format!("+ {}", new[other]));
            other += 1;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_went_and_what_came_is_marked_and_the_rest_stays() {
        let found = super::lines("fn f() {\n    a\n    b\n}", "fn f() {\n    b\n    c\n}");
        let found: Vec<String> = found
            .iter()
            .map(|line| {
                line.chars()
                    .filter(|letter| !letter.is_whitespace())
                    .collect()
            })
            .collect();
        assert!(found.iter().any(|line| line == "-a"), "{found:?}");
        assert!(found.iter().any(|line| line == "+c"), "{found:?}");
        assert_eq!(
            found
                .iter()
                .filter(|line| line.starts_with(['-', '+']))
                .count(),
            2,
            "{found:?}"
        );
    }
}

//! A contract proposed from a table, with the evidence as comments. What is proposed holds for the table it came from.

use std::fmt::Write;

use mlops_core::Source;

use super::check::Check;
use super::figures::number;
use super::form::{has_form, parses_as};
use super::rule::TextForm;
use super::{Contract, Verdict};
use crate::batches::Origin;
use crate::profile::{ColumnKind, ColumnProfile, NumberProfile, SHOWN, TableProfile, profiled};
use crate::{DataError, File, Table};

/// Different texts that are proposed as the only ones, at most.
const CATEGORIES: u64 = 20;
/// Rows that each of them must have on average: fewer, and the next file brings new ones.
const ROWS_EACH: u64 = 10;

/// Proposes a contract for tables like this one, as TOML.
///
/// # Errors
/// The table has no rows, or Arrow cannot convert a column.
pub fn infer(table: &Table) -> Result<String, DataError> {
    inferred("table", &Origin::table(table))
}

/// Proposes a contract for files like this one, as TOML.
///
/// # Errors
/// As [`infer`], or the file cannot be read.
pub fn infer_file(file: &File) -> Result<String, DataError> {
    let stem = file
        .path()
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    inferred(&stem, &Origin::file(file, None)?).map_err(|error| match error {
        DataError::Contract { problem, .. } => DataError::Contract {
            name: file.location(),
            problem,
        },
        other => other,
    })
}

/// A line of a proposal.
struct Proposal {
    /// The column, or nothing for the table.
    column: Option<String>,
    rule: &'static str,
    text: String,
    evidence: String,
}

fn inferred(name: &str, origin: &Origin) -> Result<String, DataError> {
    let profile = profiled(origin)?;
    if profile.rows == 0 {
        return Err(DataError::Contract {
            name: name.to_owned(),
            problem: "the table is empty, so there is nothing to propose it from".to_owned(),
        });
    }
    let mut proposals: Vec<Proposal> = profile.columns.iter().flat_map(of_column).collect();
    proposals.push(Proposal {
        column: None,
        rule: "row_count",
        text: format!("row_count = {{ min = {} }}", profile.rows.div_ceil(2)),
        evidence: format!("{} rows; half of that is suspicious", profile.rows),
    });
    // Some proposals are guesses from a summary. The whole table decides.
    let contract = Contract::from_toml_str(&written(name, origin, &profile, &proposals))?;
    let report = contract.judge().judged_origin(origin)?;
    let broken: Vec<&Check> = report
        .checks
        .iter()
        .filter(|check| check.verdict != Verdict::Pass && !check.allowed)
        .collect();
    proposals.retain(|proposal| {
        !broken.iter().any(|check| {
            check.rule == proposal.rule && check.columns.first() == proposal.column.as_ref()
        })
    });
    Ok(written(name, origin, &profile, &proposals))
}

fn of_column(column: &ColumnProfile) -> Vec<Proposal> {
    let present = column.rows - column.nulls;
    let mut proposals = Vec::new();
    let mut propose = |rule: &'static str, text: String, evidence: String| {
        proposals.push(Proposal {
            column: Some(column.name.clone()),
            rule,
            text: format!("{rule} = {text}"),
            evidence,
        });
    };
    if present == 0 {
        return proposals;
    }
    if column.nulls > 0 {
        let share = column.nulls as f64 / column.rows as f64;
        let limit = (share * 2.0).min(1.0);
        let evidence = format!("{} of {} rows have no value", column.nulls, column.rows);
        // Rounded up: what is proposed must hold.
        propose(
            "missing_share",
            format!("{{ max = {} }}", (limit * 1e4).ceil() / 1e4),
            evidence,
        );
    }
    let distinct = column.distinct;
    if present > 1
        && distinct.at_most >= present
        && column.kind != ColumnKind::Number
        && column.kind != ColumnKind::Other
    {
        propose(
            "unique",
            "true".to_owned(),
            format!("{present} values, all different"),
        );
    }
    let few = distinct.is_exact()
        && distinct.estimate <= CATEGORIES
        && distinct.estimate * ROWS_EACH <= present;
    if let Some(numbers) = &column.numbers {
        let clean = numbers.nans == 0 && numbers.infinities == 0;
        if let (true, Some(least), Some(most)) = (clean, numbers.minimum, numbers.maximum) {
            let whole = column.kind == ColumnKind::Integer;
            let text = format!(
                "{{ min = {}, max = {} }}",
                end(least, false, whole),
                end(most, true, whole)
            );
            propose("range", text, described(numbers, least, most));
        }
    }
    if let Some(texts) = &column.texts {
        let whole = column
            .frequent
            .iter()
            .all(|value| value.value.chars().count() < SHOWN);
        if few && whole {
            let values: Vec<String> = column
                .frequent
                .iter()
                .map(|value| quoted(&value.value))
                .collect();
            let counts = column
                .frequent
                .iter()
                .take(4)
                .map(|value| format!("{} {}", value.at_least, shown(&value.value)));
            propose(
                "one_of",
                format!("[{}]", values.join(", ")),
                counts.collect::<Vec<_>>().join(", "),
            );
        } else if let (Some(shortest), Some(longest)) = (texts.shortest, texts.longest) {
            let text = format!("{{ min = {shortest}, max = {longest} }}");
            propose(
                "length",
                text,
                format!("{} different{}", distinct.estimate, such_as(column)),
            );
            let all = |test: &dyn Fn(&str) -> bool| {
                column.frequent.iter().all(|value| test(&value.value))
            };
            let form = TextForm::ALL
                .iter()
                .find(|form| all(&|text| has_form(text, **form)));
            let kind = [ColumnKind::Date, ColumnKind::Time]
                .into_iter()
                .find(|kind| all(&|text| parses_as(text, *kind)));
            if !column.frequent.is_empty() {
                if let Some(form) = form {
                    propose(
                        "form",
                        format!("'{}'", form.name()),
                        format!("all that were seen{}", such_as(column)),
                    );
                } else if let Some(kind) = kind {
                    propose(
                        "parses_as",
                        format!("'{}'", kind.name()),
                        format!("all that were seen{}", such_as(column)),
                    );
                }
            }
        }
    }
    if let Some(times) = &column.times
        && let (Some(earliest), Some(latest)) = (&times.earliest, &times.latest)
    {
        propose(
            "range",
            format!("{{ min = {} }}", quoted(earliest)),
            format!("from {earliest} to {latest}"),
        );
        if present > 2 {
            propose(
                "monotonic",
                "'rising'".to_owned(),
                "no value is before the one above it".to_owned(),
            );
        }
    }
    proposals
}

fn described(numbers: &NumberProfile, least: f64, most: f64) -> String {
    let mut text = format!("from {} to {}", number(least), number(most));
    if let Some(mean) = numbers.mean {
        let _ = write!(text, ", mean {}", number(mean));
    }
    if let Some(median) = numbers.quantiles.get(numbers.quantiles.len() / 2) {
        let _ = write!(text, ", median about {}", number(*median));
    }
    text
}

/// `, such as` and a frequent value, if one is known.
fn such_as(column: &ColumnProfile) -> String {
    let first = column.frequent.first();
    first.map_or_else(String::new, |value| {
        format!(", such as {}", shown(&value.value))
    })
}

/// A value in a comment: short, and on one line.
fn shown(text: &str) -> String {
    let line: String = text
        .chars()
        .take(40)
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    format!("`{line}`")
}

/// An end of a range, moved outwards to two digits: what comes next week may be a little more.
fn end(value: f64, up: bool, whole: bool) -> String {
    let step = if value == 0.0 {
        1.0
    } else {
        10f64.powi(value.abs().log10().floor() as i32 - 1)
    };
    let scaled = value / step;
    let moved = if up { scaled.ceil() } else { scaled.floor() } * step;
    let holds = moved.is_finite() && if up { moved >= value } else { moved <= value };
    let end = if holds { moved } else { value };
    if whole {
        if end.abs() < 9e15 {
            format!("{}", if up { end.ceil() } else { end.floor() })
        } else {
            format!("{value:.0}")
        }
    } else {
        // With a point, so that TOML reads a number with a fraction.
        let text = format!("{end:?}");
        let exact: f64 = text.parse().unwrap_or(end);
        let good = if up { exact >= value } else { exact <= value };
        if good {
            shorter(&text, value, up)
        } else {
            format!("{value:?}")
        }
    }
}

/// `118.80000000000001` as `118.81`, if that is still outwards.
fn shorter(text: &str, value: f64, up: bool) -> String {
    let parsed: f64 = text.parse().unwrap_or(value);
    for digits in 1..6 {
        let tried = format!("{parsed:.digits$}");
        let number: f64 = tried.parse().unwrap_or(f64::NAN);
        let outwards = if up { number >= value } else { number <= value };
        if outwards && (number - parsed).abs() <= parsed.abs() * 1e-6 {
            return tried;
        }
    }
    text.to_owned()
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn written(name: &str, origin: &Origin, profile: &TableProfile, proposals: &[Proposal]) -> String {
    let mut text = format!(
        "# Proposed from {} ({} rows, {} columns). Every line is a guess from one table: read it, then keep, change or drop it.\n",
        origin.location().replace(['\n', '\r'], " "),
        profile.rows,
        profile.columns.len(),
    );
    let _ = writeln!(text, "name = {}\n", quoted(name));
    for column in &profile.columns {
        let _ = writeln!(text, "[columns.{}]", quoted_key(&column.name));
        let known = !matches!(column.kind, ColumnKind::Null | ColumnKind::Other);
        if known {
            let _ = writeln!(text, "type = \"{}\"", column.kind.name());
        }
        if column.nulls > 0 {
            let all = if column.nulls == column.rows {
                " # no row has a value, so nothing more can be said"
            } else {
                ""
            };
            let _ = writeln!(text, "nullable = true{all}");
        }
        for proposal in proposals
            .iter()
            .filter(|proposal| proposal.column.as_ref() == Some(&column.name))
        {
            let _ = writeln!(text, "{} # {}", proposal.text, proposal.evidence);
        }
        text.push('\n');
    }
    text.push_str("[table]\n");
    for proposal in proposals
        .iter()
        .filter(|proposal| proposal.column.is_none())
    {
        let _ = writeln!(text, "{} # {}", proposal.text, proposal.evidence);
    }
    text
}

fn quoted_key(name: &str) -> String {
    let bare =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if !name.is_empty() && name.chars().all(bare) {
        return name.to_owned();
    }
    // A basic string: a key may not stand in several lines.
    let mut quoted = String::from('"');
    for character in name.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            character if character.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

//! `data describe`: what a file holds, column by column.

use mlops_data::quality::Inspection;
use mlops_data::{ColumnProfile, File, Table, TableProfile};
use serde_json::json;

use super::check;
use crate::cli::arguments::{CommonArguments, DataDescribeArguments};
use crate::cli::tell;
use crate::failure::Failure;
use crate::report::style;

pub(super) fn describe(
    common: &CommonArguments,
    arguments: &DataDescribeArguments,
) -> Result<u8, Failure> {
    let file = &File::new(&arguments.file);
    let profile = TableProfile::of_file(file)?;
    if let Some(path) = &arguments.to {
        tell::write_file(path, profile.to_json().as_bytes())?;
    }
    if common.json {
        for column in &profile.columns {
            let mut line = json!({ "event": "column" });
            if let (Some(line), serde_json::Value::Object(fields)) =
                (line.as_object_mut(), json!(column))
            {
                line.extend(fields);
            }
            tell::json_line(&line)?;
        }
        tell::json_line(&json!({
            "event": "table",
            "rows": profile.rows,
            "columns": profile.columns.len(),
            "profile": profile.digest().to_string(),
        }))?;
        return quality(common, arguments, file);
    }
    let rows = profile.columns.iter().map(row);
    let table = tell::table(
        &[
            "column",
            "type",
            "missing",
            "different",
            "least",
            "median",
            "mean",
            "most",
            "often",
        ],
        rows,
    );
    let last = format!(
        "\n{} rows, {} columns, profile {}\n",
        profile.rows,
        profile.columns.len(),
        profile.digest().short()
    );
    tell::text(&format!("{table}{}", style::dim(&last)))?;
    quality(common, arguments, file)
}

/// How good the file is, if somebody asks. It is told and not judged: `data check` judges, so this ends well.
fn quality(
    common: &CommonArguments,
    arguments: &DataDescribeArguments,
    file: &File,
) -> Result<u8, Failure> {
    if !arguments.quality {
        return Ok(0);
    }
    let mut inspection = Inspection::new()
        .key(arguments.key.iter().cloned())
        .ignoring(arguments.ignore.iter().cloned())
        .seed(arguments.seed);
    if let Some(label) = &arguments.label {
        inspection = inspection.label(label);
    }
    if let Some(path) = &arguments.probabilities {
        inspection = inspection.probabilities(&Table::read(&File::new(path))?);
    }
    let quality = inspection.of_file(file)?;
    if common.json {
        let mut line = json!(quality);
        line["event"] = json!("quality");
        line["passes"] = json!(quality.passes());
        tell::json_line(&line)?;
    } else {
        let verdicts = check::shown(&quality.report, false);
        tell::text(&format!("{quality}\n\n{verdicts}"))?;
    }
    Ok(0)
}

fn row(column: &ColumnProfile) -> Vec<String> {
    let missing = match (column.nulls, column.rows) {
        (0, _) => String::new(),
        (nulls, rows) => format!("{nulls} ({:.1} %)", nulls as f64 / rows as f64 * 100.0),
    };
    let about = if column.distinct.is_exact() {
        ""
    } else {
        "≈ "
    };
    let mut figures = [const { String::new() }; 4];
    if let Some(numbers) = &column.numbers {
        let median = numbers.quantiles.get(numbers.quantiles.len() / 2).copied();
        let found = [numbers.minimum, median, numbers.mean, numbers.maximum];
        figures = found.map(|value| value.map(figure).unwrap_or_default());
        if median.is_some() {
            figures[1].insert_str(0, "≈ ");
        }
    } else if let Some(times) = &column.times {
        figures[0] = times.earliest.clone().unwrap_or_default();
        figures[3] = times.latest.clone().unwrap_or_default();
    } else if let Some(texts) = &column.texts
        && let (Some(shortest), Some(longest)) = (texts.shortest, texts.longest)
    {
        figures[0] = format!("{shortest} characters");
        figures[3] = format!("{longest} characters");
    }
    let [least, median, mean, most] = figures;
    vec![
        column.name.clone(),
        column.kind.name().to_owned(),
        missing,
        format!("{about}{}", column.distinct.estimate),
        least,
        median,
        mean,
        most,
        often(column),
    ]
}

/// The most frequent values, unless every value is different.
fn often(column: &ColumnProfile) -> String {
    let values = column
        .frequent
        .iter()
        .filter(|value| value.at_least > 1)
        .take(3);
    let shown = values.map(|value| {
        let text: String = value.value.chars().take(20).collect();
        format!("{text} ({})", value.at_least)
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// A number in at most six digits.
fn figure(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value}");
    }
    if (1e-4..1e6).contains(&value.abs()) {
        let digits = 5 - value.abs().log10().floor().max(0.0) as usize;
        let text = format!("{value:.digits$}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{value:.3e}")
}

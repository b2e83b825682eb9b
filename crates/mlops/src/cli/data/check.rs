//! `data check`: a file judged by a contract.

use mlops_data::contract::{Check, Report, Severity, Verdict};
use mlops_data::{Contract, File, Table};
use serde_json::{Value, json};

use super::with_place;
use crate::cli::arguments::{CommonArguments, DataCheckArguments};
use crate::cli::tell;
use crate::failure::{Exit, Failure};
use crate::report::style;

pub(super) fn check(
    common: &CommonArguments,
    arguments: &DataCheckArguments,
) -> Result<u8, Failure> {
    let path = &arguments.contract;
    let contract = Contract::read(&File::new(path)).map_err(|error| with_place(error, path))?;
    let mut judge = contract.judge();
    for reference in &arguments.references {
        let Some((name, file)) = reference.split_once('=') else {
            let message = format!("`{reference}` names no table and its file");
            return Err(Failure::usage("command::reference", message)
                .help("write `--reference customers=customers.parquet`"));
        };
        judge = judge.with(name, &Table::read(&File::new(file))?);
    }
    let report = judge.report_file(&File::new(&arguments.file))?;
    if common.json {
        lines(&report)?;
    } else {
        tell::text(&shown(&report, arguments.all))?;
    }
    Ok(if report.passes() {
        0
    } else {
        Exit::Failed as u8
    })
}

/// One object a check, one a change, and one for the whole.
fn lines(report: &Report) -> Result<(), Failure> {
    let event = |event: &str, of: Value| -> Value {
        let mut line = serde_json::Map::from_iter([("event".to_owned(), json!(event))]);
        if let Value::Object(fields) = of {
            line.extend(fields);
        }
        Value::Object(line)
    };
    for change in &report.changes {
        tell::json_line(&event("change", json!(change)))?;
    }
    for check in &report.checks {
        let mut line = event("check", json!(check));
        line["blocks"] = json!(check.blocks());
        tell::json_line(&line)?;
    }
    tell::json_line(&json!({
        "event": "table",
        "contract": report.contract,
        "location": report.location,
        "rows": report.rows,
        "verdict": if report.passes() { "fit" } else { "refused" },
        "passed": report.count(Verdict::Pass),
        "failed": report.count(Verdict::Fail),
        "no_evidence": report.count(Verdict::NoEvidence),
    }))?;
    Ok(())
}

/// What is not as it should be, or everything, and the last line.
pub(crate) fn shown(report: &Report, all: bool) -> String {
    let mut text = String::new();
    for (allowed, change) in report.changes_in_words() {
        let word = if allowed {
            style::dim("allowed")
        } else {
            style::bad("refused")
        };
        text.push_str(&format!("{word}  {change}\n"));
    }
    if !report.changes.is_empty() {
        text.push('\n');
    }
    let rows: Vec<Vec<String>> = report
        .checks
        .iter()
        .filter(|check| all || check.verdict != Verdict::Pass)
        .map(row)
        .collect();
    if !rows.is_empty() {
        text.push_str(&tell::table(
            &["verdict", "column", "rule", "stated", "found"],
            rows,
        ));
        text.push('\n');
    }
    let (outcome, rest) = report.summary().split_once(':').map_or_else(
        || (report.summary(), String::new()),
        |(outcome, rest)| (outcome.to_owned(), rest.to_owned()),
    );
    let outcome = if report.passes() {
        style::strong(&outcome)
    } else {
        style::bad(&outcome)
    };
    text.push_str(&format!("{outcome}:{rest}\n"));
    text
}

fn row(check: &Check) -> Vec<String> {
    // Plain words: a cell's width is counted with its colours.
    let word = match check.severity {
        Severity::Critical => check.verdict.name().to_owned(),
        severity => format!("{} ({})", check.verdict.name(), severity.name()),
    };
    vec![
        word,
        check.columns.join(", "),
        check.name.clone(),
        check.expected.clone(),
        check.evidence(),
    ]
}

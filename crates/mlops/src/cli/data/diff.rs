//! `data diff`: which columns changed between two tables.

use std::path::Path;

use mlops_data::change::{ColumnChange, Comparison, TableChange, Verdict};
use mlops_data::{File, TableProfile};

use crate::cli::arguments::{CommonArguments, DataDiffArguments};
use crate::cli::data::versions;
use crate::cli::subject::open;
use crate::cli::tell;
use crate::failure::{Exit, Failure};

/// Reports what changed. Ends well only if every column was compared and none drifted.
pub(super) fn diff(common: &CommonArguments, arguments: &DataDiffArguments) -> Result<u8, Failure> {
    let mut comparison = Comparison::new()
        .level(arguments.level)
        .least_shift(arguments.least_shift)
        .least_share(arguments.least_share)
        .ignoring(arguments.ignore.iter().cloned())
        .allowing_no_evidence(arguments.allow_no_evidence.iter().cloned());
    if arguments.classifier {
        comparison = comparison.with_classifier(arguments.seed);
    }
    let [reference, current] = [&arguments.reference, &arguments.current];
    let file = File::new(current);
    let change = match profile(common, reference)? {
        Some(profile) => comparison.since_file(&profile, &file)?,
        None => comparison.between_files(&File::new(reference), &file)?,
    };
    if let Some(path) = &arguments.html {
        let names = [reference, current].map(|path| path.display().to_string());
        let page = change.to_html([&names[0], &names[1]]);
        tell::write_file(path, page.as_bytes())?;
    }
    if common.json {
        for line in change.to_json_lines() {
            tell::json_line(&line)?;
        }
    } else {
        tell::text(&as_text(&change))?;
    }
    Ok(match change.verdict {
        Verdict::Stable => 0,
        Verdict::Drift | Verdict::NoEvidence => Exit::Failed as u8,
    })
}

/// The profile that the reference means, if it is no table: one that was written as JSON, or that of a version which is kept.
fn profile(common: &CommonArguments, reference: &Path) -> Result<Option<TableProfile>, Failure> {
    let file = File::new(reference);
    if file.extension() == "json" {
        let read = TableProfile::from_json(&file.read_text()?);
        return Ok(Some(read?));
    }
    let text = reference.to_string_lossy();
    // A file of this name is meant before a version is: whoever has one sees it.
    if reference.exists() || !text.contains('@') {
        return Ok(None);
    }
    versions::profile(&open(common)?, &text)
}

fn as_text(change: &TableChange) -> String {
    let mut text = format!("{} → {} rows\n\n", change.rows[0], change.rows[1]);
    let header = [
        "verdict",
        "column",
        "what",
        "effect",
        "adjusted p",
        "missing",
    ];
    text.push_str(&tell::table(&header, change.in_order_of_concern().map(row)));
    text.push('\n');
    if let Some(domain) = &change.domain {
        text.push_str(&domain.in_a_sentence());
        text.push('\n');
    }
    text.push_str(&change.in_a_sentence());
    text.push('\n');
    text
}

fn row(column: &ColumnChange) -> Vec<String> {
    let effect = column.effect.as_ref();
    vec![
        match column.verdict {
            Verdict::NoEvidence => "no evidence".to_owned(),
            verdict => verdict.as_str().to_owned(),
        },
        on_one_line(&column.column),
        on_one_line(&column.explanation),
        effect.map_or_else(String::new, |effect| effect.in_words()),
        column.adjusted_p_in_words(),
        column.missing_in_words(),
    ]
}

/// A name from the data cannot move the cursor, colour the terminal or break the table.
fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

//! The catalogue as Markdown, for a book or a wiki.

use std::fmt::Write as _;

use mlops_data::ColumnProfile;

use super::{Catalogue, CatalogueEntry};

impl Catalogue {
    /// The page: a table of all features, and a section for each.
    pub fn to_markdown(&self) -> String {
        let mut page = String::from(
            "# Features\n\nWritten by `features catalogue`.\n\n| feature | entity | type | owner | says |\n|---|---|---|---|---|\n",
        );
        for entry in &self.features {
            let CatalogueEntry { name, .. } = entry;
            let past = if entry.deprecated.is_some() {
                " (deprecated)"
            } else {
                ""
            };
            let _ = writeln!(
                page,
                "| [{}](#{}){past} | {} | `{}` | {} | {} |",
                cell(name),
                anchor(name),
                cell(&entry.entity),
                entry.data_type,
                cell(&entry.owner),
                cell(entry.description.lines().next().unwrap_or_default()),
            );
        }
        for entry in &self.features {
            section(entry, &mut page);
        }
        page
    }
}

fn section(entry: &CatalogueEntry, page: &mut String) {
    let _ = writeln!(page, "\n## {}\n\n{}\n", entry.name, entry.description);
    if let Some(from) = entry.deprecated {
        let instead = entry.instead.map(|instead| format!("; use {instead}"));
        let _ = writeln!(
            page,
            "**Deprecated:** not to be used from {from} on{}.\n",
            instead.unwrap_or_default()
        );
    }
    let inputs: Vec<String> = entry
        .inputs
        .iter()
        .map(|input| match input.kind {
            "feature" => format!("[{}](#{})", input.name, anchor(input.name)),
            "window" => format!("`{}` (events, `{}`)", input.name, input.data_type),
            _ => format!("`{}` (`{}`)", input.name, input.data_type),
        })
        .collect();
    let version = entry.version.get(..12).unwrap_or(&entry.version);
    let mut rows = vec![
        ("owner", cell(&entry.owner)),
        ("entity", cell(&entry.entity)),
        ("type", format!("`{}`", entry.data_type)),
        ("version", format!("`{version}` ({})", entry.state)),
        ("computed from", inputs.join(", ")),
    ];
    if let Some(over) = &entry.over {
        rows.push(("over", over.clone()));
    }
    if let Some(ttl) = &entry.ttl {
        rows.push(("at most as old as", ttl.clone()));
    }
    if !entry.used_by.is_empty() {
        let users: Vec<String> = entry
            .used_by
            .iter()
            .map(|user| format!("[{user}](#{})", anchor(user)))
            .collect();
        rows.push(("part of", users.join(", ")));
    }
    for found in &entry.uses {
        let stages = if found.stages.is_empty() {
            "nothing yet".to_owned()
        } else {
            found.stages.join(", ")
        };
        rows.push((
            "used by",
            cell(&format!(
                "{} (run {}, version {}), read by {stages}",
                found.pipeline, found.run, found.version
            )),
        ));
    }
    rows.push(("defined at", format!("`{}`", entry.place)));
    let _ = writeln!(page, "| | |\n|---|---|");
    for (name, value) in rows {
        let _ = writeln!(page, "| {name} | {value} |");
    }
    if let Some(statistics) = &entry.statistics {
        let _ = writeln!(page, "\n{}", said(statistics));
    }
    if !entry.definition.is_empty() {
        // A definition may hold three backticks in a text of its own.
        let fence = if entry.definition.contains("```") {
            "````"
        } else {
            "```"
        };
        let _ = writeln!(page, "\n{fence}rust,ignore\n{}\n{fence}", entry.definition);
    }
}

/// The statistics of the latest data, in a line.
fn said(column: &ColumnProfile) -> String {
    let mut parts = vec![format!("{} rows", column.rows)];
    if column.nulls > 0 {
        let share = column.nulls as f64 / column.rows.max(1) as f64 * 100.0;
        parts.push(format!("{} missing ({share:.1} %)", column.nulls));
    } else {
        parts.push("none missing".to_owned());
    }
    let about = if column.distinct.is_exact() {
        ""
    } else {
        "about "
    };
    parts.push(format!("{about}{} different", column.distinct.estimate));
    if let Some(numbers) = &column.numbers {
        let figures = [
            ("least", numbers.minimum),
            ("mean", numbers.mean),
            ("most", numbers.maximum),
            ("standard deviation", numbers.standard_deviation),
        ];
        for (name, value) in figures {
            if let Some(value) = value {
                parts.push(format!("{name} {}", figure(value)));
            }
        }
        if numbers.nans > 0 {
            parts.push(format!("{} NaN", numbers.nans));
        }
    } else {
        let often: Vec<String> = column
            .frequent
            .iter()
            .filter(|value| value.at_least > 1)
            .take(3)
            .map(|value| {
                let shown: String = value.value.chars().take(20).collect();
                format!("{} ({})", cell(&shown), value.at_least)
            })
            .collect();
        if !often.is_empty() {
            parts.push(format!("often {}", often.join(", ")));
        }
    }
    format!("The latest data: {}.", parts.join(", "))
}

/// A number in at most five digits behind the point.
fn figure(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        return format!("{value}");
    }
    if (1e-4..1e6).contains(&value.abs()) {
        let text = format!("{value:.4}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{value:.3e}")
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// The anchor that Markdown makes of a heading.
fn anchor(name: &str) -> String {
    let letters = name.chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        letter if letter.is_alphanumeric() || "-_".contains(letter) => {
            Some(letter.to_ascii_lowercase())
        }
        _ => None,
    });
    letters.collect()
}

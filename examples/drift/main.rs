//! Has the world changed? A stream, quarter by quarter: each is compared with the one before.
//!
//! `cargo run --example drift` makes a small stream of its own, in which something happens; `-- --data FILE` takes yours, such
//! as the prices of the New South Wales electricity market (`electricity.csv`). The page of the last comparison:
//! `-- artifact get latest/page --to drift.html`.

mod stream;

use mlops::change::{Comparison, TableChange, Verdict};
use mlops::prelude::*;
use serde::{Deserialize, Serialize};

use stream::{load, made};

/// What can be changed.
#[derive(Serialize, Deserialize)]
struct Config {
    /// A file whose rows are in order of time; without one a stream is made.
    stream: Option<File>,
    /// 91 days of half-hours.
    rows_a_quarter: u32,
    quarters: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            stream: None,
            rows_a_quarter: 4_368,
            quarters: 10,
        }
    }
}

/// What happened from one quarter to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Artifact)]
struct Quarter {
    number: u32,
    verdict: String,
    drifted: Vec<String>,
}

// ANCHOR: compare
/// Compares a quarter with the one before, column by column and all columns together.
#[stage(validate)]
fn compare(cx: &StageContext, stream: &Table, number: u32, rows: u32) -> Result<(Quarter, String)> {
    let quarter = |number: u32| stream.slice((number * rows) as usize, rows as usize);
    let comparison = Comparison::new().with_classifier(0);
    let change = comparison.between(&quarter(number - 1), &quarter(number))?;
    let drifted = change.with_verdict(Verdict::Drift);
    cx.metric(
        "drifted",
        change.with_verdict(Verdict::Drift).count() as f64,
    );
    let told = Quarter {
        number,
        verdict: change.verdict.as_str().to_owned(),
        drifted: drifted
            .map(|column| format!("{} ({})", column.column, column.explanation))
            .collect(),
    };
    Ok((told, page(&change, number)))
}
// ANCHOR_END: compare

fn page(change: &TableChange, number: u32) -> String {
    change.to_html([
        &format!("quarter {number}"),
        &format!("quarter {}", number + 1),
    ])
}

/// A line for each quarter.
#[stage]
fn summary(quarters: &[Quarter]) -> String {
    let lines = quarters.iter().map(|quarter| {
        let drifted = quarter.drifted.join("; ");
        format!(
            "quarter {:2}  {:11}  {drifted}",
            quarter.number + 1,
            quarter.verdict
        )
    });
    lines
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// What the pipeline ends with.
#[derive(Outputs)]
struct Report {
    summary: Handle<String>,
    page: Handle<String>,
}

fn quarters(config: &Config) -> Report {
    let stream = match &config.stream {
        Some(file) => load(file),
        None => made(config.quarters, config.rows_a_quarter),
    };
    let (first, mut page) = compare(&stream, 1, config.rows_a_quarter);
    let mut told = vec![first];
    for number in 2..config.quarters {
        let (quarter, next) = compare(&stream, number, config.rows_a_quarter);
        told.push(quarter);
        page = next;
    }
    let summary = summary(&told);
    Report { summary, page }
}

fn main() -> ExitCode {
    mlops::app()
        .pipeline("quarters", quarters)
        .short("data", "stream")
        .main()
}

#[cfg(test)]
mod tests {
    use mlops::testing::TestProject;

    use super::*;

    #[test]
    fn what_happens_in_the_made_stream_is_found_where_it_happens_and_nowhere_else() {
        let project = TestProject::new();
        let config = Config {
            quarters: 4,
            rows_a_quarter: 2_000,
            ..Config::default()
        };
        let run = project.run(quarters(&config));
        assert!(run.succeeded());
        let told: String = run.output("summary");
        let verdicts: Vec<_> = told
            .lines()
            .filter_map(|line| line.split_whitespace().nth(2))
            .collect();
        assert_eq!(verdicts, ["stable", "drift", "stable"], "{told}");
        assert!(told.contains("price") && !told.contains("demand"), "{told}");
    }
}

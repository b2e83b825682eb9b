//! What became of all edits: a table for people, and the figures that are asked for.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use super::edit::Kind;
use super::verdict::Verdict;

/// One edit and its judgement.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) verdict: Verdict,
}

/// The sums over all edits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) edits: usize,
    pub(crate) ran: usize,
    pub(crate) needless: usize,
    pub(crate) stale: usize,
    pub(crate) coarse: usize,
}

/// Of the stages that ran, at most so many in a hundred may have run needlessly: after all edits, and after a part of them, of
/// which a few weigh more.
const NEEDLESS: usize = 5;
const NEEDLESS_OF_A_PART: usize = 10;

/// Of the edits, at most one in so many may fall back on whole packages.
const EDITS_FOR_EACH_COARSE: usize = 10;

impl Totals {
    pub(crate) fn of(rows: &[Row]) -> Self {
        let sum = |count: fn(&Verdict) -> usize| rows.iter().map(|row| count(&row.verdict)).sum();
        Self {
            edits: rows.len(),
            ran: sum(|verdict| verdict.ran.len()),
            needless: sum(|verdict| verdict.needless.len()),
            stale: sum(|verdict| verdict.stale.len()),
            coarse: sum(|verdict| usize::from(verdict.coarse)),
        }
    }

    /// What is asked for and not reached.
    pub(crate) fn complaints(&self, are_all: bool) -> Vec<String> {
        let mut complaints = Vec::new();
        if self.stale > 0 {
            complaints.push(format!("{} results are stale; none may be", self.stale));
        }
        let may = if are_all {
            NEEDLESS
        } else {
            NEEDLESS_OF_A_PART
        };
        if self.needless * 100 > self.ran * may {
            complaints.push(format!(
                "{} of {} stages ran needlessly; at most {may} % may",
                self.needless, self.ran
            ));
        }
        if self.coarse * EDITS_FOR_EACH_COARSE > self.edits {
            complaints.push(format!(
                "{} of {} edits fell back on whole packages; at most a tenth may",
                self.coarse, self.edits
            ));
        }
        complaints
    }
}

/// A sentence for the end of the table.
pub(crate) fn summary(rows: &[Row], took: Duration) -> String {
    let totals = Totals::of(rows);
    let seconds = took.as_secs_f64();
    format!(
        "{} edits: {} stages ran, {} of them needlessly; {} results were stale; {} edits fell back on whole packages. {seconds:.0} s, {:.1} s for an edit.",
        totals.edits,
        totals.ran,
        totals.needless,
        totals.stale,
        totals.coarse,
        seconds / (totals.edits.max(1) as f64),
    )
}

/// The whole table as Markdown, by kind.
pub(crate) fn markdown(rows: &[Row], took: Duration) -> String {
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(|row| row.kind);
    let mut text =
        "| edit | kind | may run | ran | needless | stale |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for row in sorted {
        let verdict = &row.verdict;
        let coarse = if verdict.coarse { " (package)" } else { "" };
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {}{coarse} | {} | {} |",
            row.name.replace('|', "\\|"),
            row.kind.as_str(),
            listed(&verdict.may),
            listed(&verdict.ran),
            listed(&verdict.needless),
            listed(&verdict.stale),
        );
    }
    let _ = write!(text, "\n{}\n", summary(rows, took));
    text
}

/// Names, or how many there are, where there are many.
fn listed(names: &BTreeSet<String>) -> String {
    match names.len() {
        0 => "–".to_owned(),
        1..=6 => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(" ")
        }
        many => format!("{many} stages"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: Kind, verdict: Verdict) -> Row {
        Row {
            name: "an edit",
            kind,
            verdict,
        }
    }

    fn names(count: usize) -> BTreeSet<String> {
        (0..count).map(|number| format!("stage{number}")).collect()
    }

    #[test]
    fn one_stale_result_is_too_many() {
        let stale = Verdict {
            stale: names(1),
            ..Verdict::default()
        };
        let totals = Totals::of(&[row(Kind::Function, stale)]);
        assert_eq!(totals.complaints(true).len(), 1, "{totals:?}");
    }

    #[test]
    fn five_of_a_hundred_may_run_needlessly_and_six_may_not() {
        let needless = |needless, are_all| {
            let verdict = Verdict {
                ran: names(100),
                needless: names(needless),
                ..Verdict::default()
            };
            Totals::of(&[row(Kind::Function, verdict)])
                .complaints(are_all)
                .len()
        };
        assert_eq!((needless(5, true), needless(6, true)), (0, 1));
        // A part of the edits may need twice as many.
        assert_eq!((needless(10, false), needless(11, false)), (0, 1));
    }

    #[test]
    fn a_tenth_of_the_edits_may_be_coarse() {
        let coarse = |of: usize| {
            let rows: Vec<Row> = (0..of)
                .map(|number| {
                    let verdict = Verdict {
                        coarse: number == 0,
                        ..Verdict::default()
                    };
                    row(Kind::Function, verdict)
                })
                .collect();
            Totals::of(&rows).complaints(true).len()
        };
        assert_eq!((coarse(10), coarse(9)), (0, 1));
    }

    #[test]
    fn the_table_names_few_stages_and_counts_many() {
        let few = Verdict {
            ran: names(1),
            may: names(1),
            ..Verdict::default()
        };
        let many = Verdict {
            ran: names(9),
            needless: names(9),
            coarse: true,
            ..Verdict::default()
        };
        let rows = [row(Kind::Trait, many), row(Kind::Function, few)];
        let table = markdown(&rows, Duration::from_secs(4));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[2],
            "| an edit | function | `stage0` | `stage0` | – | – |"
        );
        assert_eq!(
            lines[3],
            "| an edit | trait | – | 9 stages (package) | 9 stages | – |"
        );
        assert!(lines[5].starts_with("2 edits: 10 stages ran, 9 of them needlessly"));
        assert!(lines[5].ends_with("4 s, 2.0 s for an edit."), "{table}");
    }
}

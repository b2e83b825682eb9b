//! The report as one HTML page: no script, nothing from elsewhere, readable without colour and on a narrow screen.

mod chart;

use std::fmt::Write;

use super::picture::{percent, shown};
use super::{ColumnChange, Effect, TableChange, Verdict};

const STYLE: &str = include_str!("html/report.css");

impl TableChange {
    /// The report as an HTML page that needs nothing else. `names` are what the reference and the current table are called.
    ///
    /// Names of columns and their values are data: they are escaped, and the page may run no script at all.
    pub fn to_html(&self, names: [&str; 2]) -> String {
        let mut page = String::new();
        let [before, after] = names.map(escaped);
        let _ = write!(
            page,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>What changed: {after}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1>What changed</h1>\n<p><span class=\"key\"></span>reference <bdi>{before}</bdi>, {} rows<br>\n\
             <span class=\"key now\"></span>current <bdi>{after}</bdi>, {} rows</p>\n<p class=\"verdict\">{}</p>\n",
            self.rows[0],
            self.rows[1],
            escaped(&self.in_a_sentence()),
        );
        if let Some(domain) = &self.domain {
            let _ = writeln!(page, "<p>{}</p>", escaped(&domain.in_a_sentence()));
        }
        page += "<table>\n<thead><tr><th>verdict</th><th>column</th><th>what</th></tr></thead>\n<tbody>\n";
        for column in self.in_order_of_concern() {
            let _ = writeln!(
                page,
                "<tr class=\"{}\"><td class=\"mark\">{}</td><td><bdi>{}</bdi></td><td>{}</td></tr>",
                column.verdict.as_str(),
                mark(column.verdict),
                escaped(&column.column),
                explained(&column.explanation),
            );
        }
        page += "</tbody>\n</table>\n<h2>Column by column</h2>\n<div class=\"cards\">\n";
        for column in self.in_order_of_concern() {
            page += &card(column);
        }
        let _ = write!(
            page,
            "</div>\n<h2>How to read this</h2>\n<p class=\"soft\">A column has drifted if chance is no explanation (adjusted p at most {}) \
             and the change is large enough to matter. The adjusted p holds the share of false alarms over all tests of \
             this page. How far values moved is the mean over the middle 98 % of them, so that no single value has a say.</p>\n\
             </main>\n</body>\n</html>\n",
            self.level,
        );
        page
    }

    /// The verdict with its counts.
    pub fn in_a_sentence(&self) -> String {
        let count = |verdict| self.with_verdict(verdict).count();
        let columns = |count: usize| if count == 1 { "column" } else { "columns" };
        let (drifted, unknown) = (count(Verdict::Drift), count(Verdict::NoEvidence));
        let all = self.columns.len();
        let mut said = match (drifted, count(Verdict::Stable)) {
            (0, 0) => format!("No evidence on any of {all} {}", columns(all)),
            (0, stable) => format!("{stable} of {all} {} stable, none drifted", columns(all)),
            (drifted, _) => format!("{drifted} of {all} {} drifted", columns(all)),
        };
        if unknown > 0 && unknown < all {
            let _ = write!(said, "; no evidence on {unknown}");
        }
        said
    }

    /// The drifted columns first, then those without evidence; each in the order of the tables.
    pub fn in_order_of_concern(&self) -> impl Iterator<Item = &ColumnChange> {
        let order = [Verdict::Drift, Verdict::NoEvidence, Verdict::Stable];
        order
            .into_iter()
            .flat_map(|verdict| self.with_verdict(verdict))
    }
}

impl super::DomainClassifier {
    /// The area and what it rests on.
    pub fn in_a_sentence(&self) -> String {
        if self.verdict == Verdict::NoEvidence {
            return "All columns together: no evidence, there are too few rows to learn from"
                .to_owned();
        }
        let mut said = format!(
            "All columns together: {} (a classifier tells the tables apart with an area under the curve of {:.3}, 95 % interval \
             {:.3} to {:.3}; 0.5 is a guess)",
            self.verdict.as_str(),
            self.auc,
            self.interval.low,
            self.interval.high
        );
        if self.verdict == Verdict::Drift {
            let _ = write!(said, ", most by {}", self.telling.join(", "));
        }
        said
    }
}

impl Effect {
    /// Its value as people read it.
    pub fn in_words(&self) -> String {
        match self.name {
            "trimmed_wasserstein" => {
                format!(
                    "moved {} ({} spreads)",
                    shown(self.value),
                    shown(self.relative)
                )
            }
            "total_variation" => format!("{} of rows changed category", percent(self.value)),
            "missing_share" => {
                let sign = if self.value >= 0.0 { "+" } else { "-" };
                format!("{sign}{} missing", percent(self.value.abs()))
            }
            _ => format!("{} of rows moved", percent(self.value)),
        }
    }
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Drift => "▲ drift",
        Verdict::Stable => "= stable",
        Verdict::NoEvidence => "? no evidence",
    }
}

fn card(column: &ColumnChange) -> String {
    let mut card = String::new();
    let _ = write!(
        card,
        "<article class=\"{}\">\n<header><h3><bdi>{}</bdi></h3><span class=\"mark\">{}</span></header>\n<p>{}</p>\n",
        column.verdict.as_str(),
        escaped(&column.column),
        mark(column.verdict),
        explained(&column.explanation),
    );
    if let Some(picture) = &column.picture {
        card += &chart::drawn(picture, &column.column);
    }
    card += "<dl>\n";
    let mut say = |term: &str, text: &str| {
        let _ = writeln!(card, "<dt>{term}</dt><dd>{}</dd>", escaped(text));
    };
    say("kind", column.kind.as_str());
    if let Some(effect) = &column.effect {
        let threshold = match effect.name {
            "trimmed_wasserstein" => format!("{} spreads", shown(effect.threshold)),
            _ => percent(effect.threshold),
        };
        let words = if effect.matters() {
            "matters from"
        } else {
            "would matter from"
        };
        say(
            "effect",
            &format!("{}; {words} {threshold} on", effect.in_words()),
        );
    }
    if let (Some(test), Some(statistic), Some(adjusted)) =
        (column.test, column.statistic, column.adjusted_p)
    {
        say(
            "test",
            &format!(
                "{test} {}, adjusted p {}",
                shown(statistic),
                probability(adjusted)
            ),
        );
    }
    if let [Some(before), Some(after)] = column.missing {
        say(
            "missing",
            &format!("{} → {}", percent(before), percent(after)),
        );
    }
    card + "</dl>\n</article>\n"
}

impl ColumnChange {
    /// The adjusted p-value as people read it; empty where nothing was tested.
    pub fn adjusted_p_in_words(&self) -> String {
        self.adjusted_p.map_or_else(String::new, probability)
    }

    /// The shares of missing values as people read them; empty where nothing is missing.
    pub fn missing_in_words(&self) -> String {
        match self.missing {
            [Some(before), Some(after)] if before > 0.0 || after > 0.0 => {
                format!("{} → {}", percent(before), percent(after))
            }
            _ => String::new(),
        }
    }
}

/// A probability as people read it.
fn probability(p: f64) -> String {
    if p < 1e-4 {
        "< 0.0001".to_owned()
    } else {
        format!("{p:.4}")
    }
}

/// An explanation; a name of a category in it, which may be written from right to left, does not turn the numbers around.
fn explained(text: &str) -> String {
    match (text.find('`'), text.rfind('`')) {
        (Some(start), Some(end)) if start < end => {
            let (name, after) = text[start..].split_at(end - start + 1);
            let before = escaped(&text[..start]);
            format!("{before}<bdi>{}</bdi>{}", escaped(name), escaped(after))
        }
        _ => escaped(text),
    }
}

/// Text that is nothing but text in HTML, also within quotes; what no page may hold is shown as the sign for it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    // A number and its sign stay on one line.
    escaped.replace(" %", "\u{a0}%")
}

#[cfg(test)]
mod tests {
    use super::{escaped, explained};
    use crate::change::TableChange;
    use crate::table;

    #[test]
    fn a_name_stands_apart_from_the_numbers_beside_it() {
        assert_eq!(
            explained("`a<`b` 1 % → 2 %"),
            "<bdi>`a&lt;`b`</bdi> 1\u{a0}% → 2\u{a0}%"
        );
        assert_eq!(explained("median 1 → 2"), "median 1 → 2");
        assert_eq!(explained("one ` alone"), "one ` alone");
    }

    #[test]
    fn a_name_that_is_markup_stays_a_name() {
        let name = "</title><script>alert(1)</script>\"'&\u{0}";
        let values = [vec![name; 40], vec!["b"; 60]].concat();
        let before = table! { "x" => values.clone() }.rename("x", name).unwrap();
        let change = TableChange::between(&before, &before).unwrap();
        let page = change.to_html([name, name]);
        assert!(!page.contains("<script") && !page.contains("\"'&") && !page.contains('\u{0}'));
        assert!(page.contains(&escaped(name)));
        assert_eq!(
            page.matches("<title>").count(),
            page.matches("</title>").count()
        );
        // Nothing is fetched from anywhere.
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}

//! An ordinary project, edited as people do: a fix here, a constant there, a function taken out of another.

use super::super::edit::Kind::Ordinary;
use super::super::edit::{Edit, edit};

const CLEANING: &str = "harvest/src/cleaning.rs";
const ERROR: &str = "harvest/src/error.rs";
const READING: &str = "harvest/src/reading.rs";
const RECORD: &str = "harvest/src/record.rs";
const REPORT: &str = "harvest/src/report.rs";
const STAGES: &str = "harvest/src/stages.rs";
const STATISTICS: &str = "harvest/src/statistics.rs";
const TREND: &str = "harvest/src/trend.rs";

/// All stages of the project.
const ALL: [&str; 5] = [
    "read_harvest",
    "clean_harvest",
    "fit_trend",
    "write_report",
    "best_crop",
];

pub(super) fn edits() -> Vec<Edit> {
    let mut edits = first_half();
    edits.extend(second_half());
    edits.extend(harmless());
    edits
}

/// From the text to clean records.
fn first_half() -> Vec<Edit> {
    vec![
        edit(
            Ordinary,
            "a closure instead of a function's name, in a parser",
        )
        .replace(READING, "map(str::trim)", "map(|cell| cell.trim())")
        .touches(&["read_harvest"]),
        edit(Ordinary, "a line more is skipped")
            .replace(READING, "skip(1)", "skip(2)")
            .alters(&ALL),
        edit(Ordinary, "a number becomes a constant")
            .replace(READING, "skip(1)", "skip(HEADER)")
            .replace(
                READING,
                "const SEPARATOR",
                "const HEADER: usize = 1;\nconst SEPARATOR",
            )
            .touches(&["read_harvest"]),
        edit(Ordinary, "the text of an error")
            .replace(ERROR, "is short", "is too short")
            .touches(&["read_harvest"]),
        edit(Ordinary, "another value in the data")
            .replace("harvest/data/yields.csv", "2023,47", "2023,48")
            .alters(&["read_harvest", "clean_harvest", "fit_trend", "write_report"])
            .touches(&ALL),
        edit(Ordinary, "how gaps are filled")
            .replace(CLEANING, "or_else(|| median(&values))", "or(Some(30.0))")
            .alters(&["clean_harvest", "fit_trend", "write_report"])
            .touches(&["best_crop"]),
        edit(Ordinary, "a default that makes no difference")
            .replace(CLEANING, "limit: 8.0", "limit: 9.0")
            .touches(&["clean_harvest"]),
        edit(Ordinary, "a default that makes a difference")
            .replace(CLEANING, "fills: true", "fills: false")
            .alters(&["clean_harvest", "fit_trend", "write_report"])
            .touches(&["best_crop"]),
        edit(Ordinary, "less instead of at most")
            .replace(CLEANING, "<= cleaning.limit", "< cleaning.limit")
            .touches(&["clean_harvest"]),
        edit(Ordinary, "a multiplication instead of a division")
            .replace(STATISTICS, "+ upper) / 2.0", "+ upper) * 0.5")
            .touches(&["clean_harvest"]),
        edit(Ordinary, "a loop instead of a chain")
            .replace(
                STATISTICS,
                "values.iter().map(|value| (value - middle).abs()).collect();",
                concat!(
                    "{\n        let mut distances = Vec::new();\n",
                    "        for value in values {\n",
                    "            distances.push((value - middle).abs());\n",
                    "        }\n        distances\n    };"
                ),
            )
            .touches(&["clean_harvest"]),
        edit(Ordinary, "a constant behind a method")
            .replace(RECORD, "FIRST_YEAR: i64 = 2000", "FIRST_YEAR: i64 = 2022")
            .alters(&["clean_harvest", "fit_trend", "write_report"])
            .touches(&["best_crop"]),
        edit(Ordinary, "a variant that nothing makes yet")
            .replace(RECORD, "    Rye,\n}", "    Rye,\n    Oats,\n}")
            .replace(
                RECORD,
                "Rye => 56.0,",
                "Rye => 56.0,\n            Crop::Oats => 32.0,",
            )
            .replace(
                RECORD,
                "\"rye\",",
                "\"rye\",\n            Crop::Oats => \"oats\",",
            )
            .touches(&ALL),
        edit(Ordinary, "a field more in a record")
            .replace(
                RECORD,
                "pub year: i64,",
                "pub year: i64,\n    pub acres: i64,",
            )
            .replace(READING, "year, bushels })", "year, acres: 1, bushels })")
            .alters(&["read_harvest", "clean_harvest"])
            .touches(&ALL),
    ]
}

/// From clean records to what people read.
fn second_half() -> Vec<Edit> {
    vec![
        edit(Ordinary, "what a method says of one variant")
            .replace(RECORD, "Crop::Barley => 48.0", "Crop::Barley => 47.0")
            .alters(&["write_report"])
            .touches(&["best_crop"]),
        edit(Ordinary, "how a variant is shown")
            .replace(RECORD, "f.write_str(self.name())", "write!(f, \"{}s\", self.name())")
            .alters(&["write_report", "best_crop"]),
        edit(Ordinary, "how a fit divides")
            .replace(STATISTICS, "values.len() as f64)", "(values.len() as f64))")
            .touches(&["fit_trend"]),
        edit(Ordinary, "a variable's name in a fit")
            .replace(TREND, "let alone: f64", "let squares: f64")
            .replace(TREND, "if alone == 0.0 { 0.0 } else { both / alone }", "if squares == 0.0 { 0.0 } else { both / squares }")
            .touches(&["fit_trend"]),
        edit(Ordinary, "what a fit returns")
            .replace(TREND, "both / alone }", "both / (alone + 1.0) }")
            .alters(&["fit_trend", "write_report"]),
        edit(Ordinary, "a prediction")
            .replace(TREND, "self.intercept + self.slope", "self.intercept + 1.0 + self.slope")
            .alters(&["write_report"]),
        edit(Ordinary, "how a number is rounded")
            .replace(REPORT, "{value:.1}", "{value:.2}")
            .alters(&["write_report"]),
        edit(Ordinary, "a default method of a trait")
            .replace(REPORT, "\"-\".repeat", "\"=\".repeat")
            .alters(&["write_report"]),
        edit(Ordinary, "a section's title")
            .replace(REPORT, "Outlook for", "Expected in")
            .alters(&["write_report"]),
        edit(Ordinary, "what is between sections")
            .replace(REPORT, "join(\"\\n\\n\")", "join(\"\\n\\n\\n\")")
            .alters(&["write_report"]),
        edit(Ordinary, "a section more")
            .replace(STAGES, "Box::new(ByCrop(harvest)),", "Box::new(ByCrop(harvest)), Box::new(ByCrop(harvest)),")
            .alters(&["write_report"]),
        edit(Ordinary, "a helper moves to another file")
            .replace(REPORT, "fn rounded(value: f64) -> String {\n    format!(\"{value:.1}\")\n}\n", "use crate::statistics::rounded;\n")
            .append(STATISTICS, "\n/// With one digit.\npub fn rounded(value: f64) -> String {\n    format!(\"{value:.1}\")\n}\n")
            .touches(&["write_report"]),
        edit(Ordinary, "the smallest instead of the largest")
            .replace(STAGES, "max_by(", "min_by(")
            .alters(&["best_crop"]),
        edit(Ordinary, "a parameter where the pipeline is wired")
            .replace(STAGES, "trend, 2024)", "trend, 2025)")
            .alters(&["write_report"]),
        edit(Ordinary, "a helper that two stages share")
            .replace(REPORT, "record.pounds()).sum()", "record.pounds()).sum::<f64>()")
            .touches(&["write_report", "best_crop"]),
    ]
}

/// What is beside all of it.
fn harmless() -> Vec<Edit> {
    vec![
        edit(Ordinary, "a function of an old format").replace(READING, "field;crop", "crop;field"),
        edit(Ordinary, "a method that nobody calls yet")
            .replace(TREND, "Self { slope: 0.0,", "Self { slope: -0.0,"),
        edit(Ordinary, "a comment and blank lines in a fit")
            .replace(TREND, "        let slope =", "\n        // By least squares.\n        let slope ="),
        edit(Ordinary, "a new method of a record")
            .replace(
                RECORD,
                "    /// Whether it is from",
                "    /// Whether somebody measured.\n    pub fn is_measured(&self) -> bool {\n        self.bushels.is_some()\n    }\n\n    /// Whether it is from",
            ),
        edit(Ordinary, "a section that no report has")
            .append(
                REPORT,
                concat!(
                    "\n/// Thanks.\npub struct Thanks;\n\nimpl Section for Thanks {\n",
                    "    fn title(&self) -> String {\n        \"Thanks\".to_owned()\n    }\n\n",
                    "    fn lines(&self) -> Vec<String> {\n        vec![]\n    }\n}\n"
                ),
            ),
        edit(Ordinary, "a stage that is not wired yet")
            .append(
                STAGES,
                "\n/// How many records there are.\n#[stage]\npub fn counted(harvest: &Harvest) -> i64 {\n    harvest.records.len() as i64\n}\n",
            ),
        edit(Ordinary, "a retry and an owner")
            .replace(STAGES, "#[stage(train)]", "#[stage(train, retries = 2, owner = \"field\")]"),
        edit(Ordinary, "tests of a module")
            .append(
                STATISTICS,
                "\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn the_middle_of_nothing_is_nothing() {\n        assert_eq!(super::median(&[]), None);\n    }\n}\n",
            ),
    ]
}

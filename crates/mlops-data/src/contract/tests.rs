//! Claims about contracts. Every kind of rule has one example that holds and one that is broken on the same table; the
//! match that gives them is exhaustive, so that a new kind cannot be left out of any claim here.

mod distribution;
mod files;
mod oracle;
mod schema;
mod text;

use super::*;
use crate::table;

/// A table on which each kind of rule has something to say.
fn sample() -> Table {
    table! {
        "id" => [1, 2, 3, 4, 5, 6],
        "group" => ["a", "a", "b", "b", "b", "c"],
        "price" => [10.0, 12.0, 11.0, 13.0, 12.5, 100.0],
        "cost" => [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "rest" => [9.0, 8.0, 7.0, 6.0, 5.0, 4.0],
        "note" => [Some("x"), None, Some("y"), Some("z"), Some("x"), Some("y")],
        "mail" => ["a@b.de", "c@d.org", "e@f.net", "g@h.com", "i@j.eu", "k@l.at"],
        "json" => ["{\"n\": 1}", "{\"n\": 2}", "{\"n\": 3}", "{\"n\": 4}", "{\"n\": 5}", "{\"n\": 6}"],
        "day" => ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-06"],
        "digits" => ["1", "22", "3", "4", "5", "6"],
        "nothing" => [None::<i64>, None, None, None, None, None],
    }
    .with_column("moment", moments())
    .unwrap()
}

fn moments() -> arrow_array::ArrayRef {
    let hour = 3_600_000_000_i64;
    let times: Vec<i64> = (0..6)
        .map(|row| 1_704_067_200_000_000 + row * hour)
        .collect();
    std::sync::Arc::new(arrow_array::TimestampMicrosecondArray::from(times).with_timezone("UTC"))
}

/// As the sample, with other values of `id`.
fn other() -> Table {
    table! { "id" => [1, 2, 3, 4, 5, 6], "price" => [10.0, 12.0, 11.0, 13.0, 12.5, 100.0], "far" => [1e3, 2e3, 3e3, 4e3, 5e3, 6e3], "few" => [1, 2, 3, 4, 5, 5] }
}

/// Where a rule stands, a rule that the sample keeps, and one that it breaks.
fn examples(kind: RuleKind) -> (&'static str, &'static str, &'static str) {
    const TABLE: &str = "table";
    match kind {
        RuleKind::Type => ("columns.id", "type = 'integer'", "type = 'text'"),
        RuleKind::NotNull => (
            "columns.note",
            "not_null = { mostly = 0.8 }",
            "not_null = true",
        ),
        RuleKind::Null => (
            "columns.nothing",
            "null = true",
            "null = { when = { column = 'id', equals = 1 } }",
        ),
        RuleKind::Finite => ("columns.price", "finite = true", "finite = true"),
        RuleKind::Range => (
            "columns.id",
            "range = { min = 1, max = 6 }",
            "range = { above = 1, max = 6 }",
        ),
        RuleKind::OneOf => (
            "columns.group",
            "one_of = ['a', 'b', 'c']",
            "one_of = ['a', 'b']",
        ),
        RuleKind::NoneOf => ("columns.group", "none_of = ['d']", "none_of = ['a']"),
        RuleKind::Matches => ("columns.mail", "matches = '^[a-z]@'", "matches = 'de$'"),
        RuleKind::MatchesNot => ("columns.mail", "matches_not = '@@'", "matches_not = 'de$'"),
        RuleKind::Like => ("columns.mail", "like = '_@%.%'", "like = 'a%'"),
        RuleKind::LikeNot => ("columns.mail", "like_not = '%@@%'", "like_not = 'a%'"),
        RuleKind::Length => (
            "columns.mail",
            "length = { min = 6, max = 7 }",
            "length = { max = 6 }",
        ),
        RuleKind::Json => (
            "columns.json",
            "json = true",
            "json = { when = { column = 'id', min = 2 } }",
        ),
        RuleKind::JsonSchema => (
            "columns.json",
            r#"json_schema = '{"required": ["n"], "properties": {"n": {"type": "integer"}}}'"#,
            r#"json_schema = '{"required": ["m"]}'"#,
        ),
        RuleKind::DateFormat => (
            "columns.day",
            "date_format = '%Y-%m-%d'",
            "date_format = '%d.%m.%Y'",
        ),
        RuleKind::ParsesAs => (
            "columns.digits",
            "parses_as = 'integer'",
            "parses_as = 'boolean'",
        ),
        RuleKind::Form => ("columns.mail", "form = 'email'", "form = 'uuid'"),
        RuleKind::Monotonic => (
            "columns.id",
            "monotonic = 'strictly rising'",
            "monotonic = 'falling'",
        ),
        RuleKind::Unique => ("columns.id", "unique = true", "unique = true"),
        RuleKind::ZScore => ("columns.price", "z_score = 3", "z_score = 2"),
        RuleKind::NoOutliers => (
            "columns.cost",
            "no_outliers = 'iqr'",
            "no_outliers = { method = 'mad', factor = 1.0 }",
        ),
        RuleKind::References => (
            "columns.id",
            "references = 'other.id'",
            "references = 'other.few'",
        ),
        RuleKind::Minimum => (
            "columns.price",
            "minimum = { min = 10, max = 10 }",
            "minimum = { min = 11 }",
        ),
        RuleKind::Maximum => (
            "columns.moment",
            "maximum = { min = 2024-01-01T05:00:00Z }",
            "maximum = { min = 2024-01-02T00:00:00Z }",
        ),
        RuleKind::Mean => ("columns.cost", "mean = 3.5", "mean = { above = 3.5 }"),
        RuleKind::Median => ("columns.price", "median = 12.25", "median = { max = 12 }"),
        RuleKind::StandardDeviation => (
            "columns.cost",
            "standard_deviation = { min = 1.8708286, max = 1.8708287 }",
            "standard_deviation = { max = 1.8 }",
        ),
        RuleKind::Sum => ("columns.cost", "sum = 21", "sum = 20"),
        RuleKind::Quantile => (
            "columns.cost",
            "quantile = { at = 0.25, equals = 2.25 }",
            "quantile = { at = 0.25, min = 3 }",
        ),
        RuleKind::MissingShare => (
            "columns.note",
            "missing_share = { max = 0.2 }",
            "missing_share = 0",
        ),
        RuleKind::DistinctCount => (
            "columns.group",
            "distinct_count = 3",
            "distinct_count = { max = 2 }",
        ),
        RuleKind::DistinctShare => (
            "columns.group",
            "distinct_share = 0.5",
            "distinct_share = { min = 0.6 }",
        ),
        RuleKind::SingleShare => (
            "columns.group",
            "single_share = { max = 0.17 }",
            "single_share = 1",
        ),
        RuleKind::ContainsAll => (
            "columns.group",
            "contains_all = ['a', 'c']",
            "contains_all = ['a', 'z']",
        ),
        RuleKind::ExactlyThese => (
            "columns.group",
            "exactly_these = ['a', 'b', 'c']",
            "exactly_these = ['a', 'b']",
        ),
        RuleKind::MostCommon => (
            "columns.group",
            "most_common = 'b'",
            "most_common = ['a', 'c']",
        ),
        RuleKind::Entropy => (
            "columns.group",
            "entropy = { min = 1.459, max = 1.460 }",
            "entropy = { max = 1 }",
        ),
        RuleKind::Distribution => (
            "columns.price",
            "distribution = { of = 'other', max = 0 }",
            "distribution = { of = 'other', column = 'far', measure = 'ks', max = 0.9 }",
        ),
        RuleKind::Freshness => ("columns.moment", "freshness = '36h'", "freshness = '18h'"),
        RuleKind::Compare => (
            TABLE,
            "compare = { columns = ['cost', 'price'], is = '<' }",
            "compare = { columns = ['cost', 'rest'], is = '<' }",
        ),
        RuleKind::PairIn => (
            TABLE,
            "pair_in = { columns = ['id', 'group'], pairs = [[1, 'a'], [2, 'a'], [3, 'b'], [4, 'b'], [5, 'b'], [6, 'c']] }",
            "pair_in = { columns = ['id', 'group'], pairs = [[1, 'a'], [2, 'b']] }",
        ),
        RuleKind::UniqueTogether => (
            TABLE,
            "unique_together = { columns = ['group', 'digits'] }",
            "unique_together = { columns = ['group'] }",
        ),
        RuleKind::DifferWithinRow => (
            TABLE,
            "differ_within_row = { columns = ['cost', 'price'] }",
            "differ_within_row = { columns = ['cost', 'rest'] }",
        ),
        RuleKind::SumOfColumns => (
            TABLE,
            "sum_of_columns = { columns = ['cost', 'rest'], total = 10 }",
            "sum_of_columns = { columns = ['cost', 'price'], total = 11 }",
        ),
        RuleKind::AnyPresent => (
            TABLE,
            "any_present = { columns = ['note', 'id'] }",
            "any_present = { columns = ['note', 'nothing'] }",
        ),
        RuleKind::Correlation => (
            TABLE,
            "correlation = { columns = ['cost', 'rest'], max = -0.999 }",
            "correlation = { columns = ['cost', 'rest'], min = 0 }",
        ),
        RuleKind::CramersV => (
            TABLE,
            "cramers_v = { columns = ['group', 'group'], min = 0.999 }",
            "cramers_v = { columns = ['group', 'digits'], max = 0.5 }",
        ),
        RuleKind::MutualInformation => (
            TABLE,
            "mutual_information = { columns = ['group', 'group'], min = 1.459 }",
            "mutual_information = { columns = ['group', 'group'], max = 1 }",
        ),
        RuleKind::RowCount => (
            TABLE,
            "row_count = { min = 6, max = 6 }",
            "row_count = { max = 5 }",
        ),
        RuleKind::ColumnCount => (TABLE, "column_count = 12", "column_count = { below = 12 }"),
        RuleKind::Columns => (
            TABLE,
            "columns = { names = ['id', 'price'], ordered = true, others = true }",
            "columns = { names = ['price', 'id'], ordered = true, others = true }",
        ),
        RuleKind::RowCountLike => (
            TABLE,
            "row_count_like = { of = 'other', min = 0.9, max = 1.1 }",
            "row_count_like = { of = 'other', above = 1 }",
        ),
        RuleKind::SameRows => (TABLE, "same_rows = 'itself'", "same_rows = 'other'"),
    }
}

/// The one check of a rule that is written in TOML.
fn check(place: &str, rule: &str, table: &Table) -> Check {
    check_by(place, rule, |judge| judge.report(table).unwrap())
}

fn check_by(place: &str, rule: &str, judged: impl Fn(Judge<'_>) -> Report) -> Check {
    let contract = Contract::from_toml_str(&format!("[{place}]\n{rule}\n"))
        .unwrap_or_else(|error| panic!("{rule}: {error}"));
    let now = "2024-01-02T12:00:00Z".parse().unwrap();
    let judge = contract
        .judge()
        .at(now)
        .with("other", &other())
        .with("itself", &sample().take(&[3, 1, 2, 0, 5, 4]).unwrap());
    let report = judged(judge);
    // A column's type and that it may not be null are rules, too; what is asked for stands last.
    let wanted = rule.split([' ', '=']).next().unwrap();
    let found = report.checks.iter().rfind(|check| check.rule == wanted);
    found.unwrap_or_else(|| panic!("{rule}: {report}")).clone()
}

/// What breaks the rules that the sample cannot break.
fn broken_sample(kind: RuleKind) -> Table {
    let sample = sample();
    match kind {
        RuleKind::Finite => sample
            .with_numbers(
                "price",
                vec![Some(1.0), Some(f64::NAN), Some(1.0), None, None, None],
            )
            .unwrap(),
        RuleKind::Unique => sample
            .with_integers("id", vec![Some(1), Some(2), Some(2), None, None, Some(3)])
            .unwrap(),
        RuleKind::Json => sample
            .with_texts(
                "json",
                ["{", "[", "1", "2", "3", "4"]
                    .map(|text| Some(text.to_owned()))
                    .to_vec(),
            )
            .unwrap(),
        RuleKind::Null => sample
            .with_integers("nothing", vec![Some(1), None, None, None, None, None])
            .unwrap(),
        _ => sample,
    }
}

#[test]
fn each_kind_of_rule_is_kept_and_broken_by_what_should() {
    for kind in RuleKind::ALL.iter().copied() {
        let (place, holds, breaks) = examples(kind);
        let kept = check(place, holds, &sample());
        assert_eq!(kept.verdict, Verdict::Pass, "{holds}: {}", kept.evidence());
        let broken = check(place, breaks, &broken_sample(kind));
        assert_eq!(
            broken.verdict,
            Verdict::Fail,
            "{breaks}: {}",
            broken.evidence()
        );
        assert!(!broken.evidence().is_empty());
    }
}

#[test]
fn no_kind_of_rule_passes_on_an_empty_table() {
    let empty = sample().filter_rows(|_| false).unwrap();
    for kind in RuleKind::ALL.iter().copied() {
        let (place, holds, breaks) = examples(kind);
        for rule in [holds, breaks] {
            let check = check(place, rule, &empty);
            assert_eq!(
                (check.verdict, check.reason),
                (Verdict::NoEvidence, Some(NoEvidence::EmptyTable)),
                "{rule}"
            );
            assert!(check.blocks(), "{rule}");
        }
    }
}

/// The columns of a rule's text, replaced.
fn elsewhere(place: &str, rule: &str, from: &[&str], to: &str) -> (String, String) {
    let place = if place.starts_with("columns.") {
        format!("columns.{to}")
    } else {
        place.to_owned()
    };
    let rule = from.iter().fold(rule.to_owned(), |rule, name| {
        let list = rule
            .find("columns = [")
            .map(|start| (start, start + rule[start..].find(']').unwrap_or(0)));
        match list {
            Some((start, end)) => {
                let names = rule[start..end].replace(&format!("'{name}'"), &format!("'{to}'"));
                format!("{}{names}{}", &rule[..start], &rule[end..])
            }
            None => rule,
        }
    });
    (place, rule)
}

const COLUMNS: [&str; 7] = ["id", "group", "price", "cost", "rest", "note", "digits"];

#[test]
fn no_kind_of_rule_passes_on_columns_without_a_value() {
    let typed = sample()
        .with_texts("blank", vec![None; 6])
        .unwrap()
        .with_numbers("void", vec![None; 6])
        .unwrap();
    for kind in RuleKind::ALL.iter().copied() {
        // Rules on the table look at no value; that a column is all null is what `null` states.
        if kind.speaks_of() == Subject::Table || kind == RuleKind::Null {
            continue;
        }
        let (place, holds, _) = examples(kind);
        for column in ["nothing", "blank", "void"] {
            let (place, rule) = elsewhere(place, holds, &COLUMNS, column);
            let check = check(&place, &rule, &typed);
            assert_eq!(check.verdict, Verdict::NoEvidence, "{place} {rule}");
            // What a text rule says of numbers is nothing either; it blocks all the same.
            assert!(
                matches!(
                    check.reason,
                    Some(
                        NoEvidence::AllNull | NoEvidence::WrongKind | NoEvidence::MissingReference
                    )
                ),
                "{rule}"
            );
            assert!(check.blocks(), "{rule}");
        }
    }
}

#[test]
fn no_kind_of_rule_passes_on_a_column_that_does_not_exist() {
    for kind in RuleKind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.speaks_of() != Subject::Table)
    {
        let (place, holds, _) = examples(kind);
        let (place, rule) = elsewhere(place, holds, &COLUMNS, "lost");
        let check = check(&place, &rule, &sample());
        assert_eq!(
            (check.verdict, check.reason),
            (Verdict::NoEvidence, Some(NoEvidence::MissingColumn)),
            "{rule}"
        );
        assert!(check.blocks(), "{rule}");
    }
}

#[test]
fn no_kind_of_rule_passes_when_its_condition_leaves_nothing() {
    for kind in RuleKind::ALL.iter().copied() {
        let (place, holds, _) = examples(kind);
        if kind.speaks_of() == Subject::Table || kind == RuleKind::Type || !holds.ends_with('}') {
            continue;
        }
        let rule = format!(
            "{}, when = {{ column = 'id', above = 6 }} }}",
            holds.trim_end_matches('}')
        );
        let check = check(place, &rule, &sample());
        assert_eq!(
            (check.verdict, check.reason),
            (Verdict::NoEvidence, Some(NoEvidence::NothingLeft)),
            "{rule}"
        );
    }
}

#[test]
fn each_kind_of_missing_evidence_is_allowed_by_its_own_name_and_no_other() {
    let empty = sample().filter_rows(|_| false).unwrap();
    let cases = [
        ("empty", &empty, "id"),
        ("all_null", &sample(), "nothing"),
        ("missing", &sample(), "lost"),
    ];
    for (word, table, column) in &cases {
        for (allowed, ..) in &cases {
            let rule = format!("distinct_count = {{ min = 1, {allowed} = 'allow' }}");
            let check = check(&format!("columns.{column}"), &rule, table);
            assert_eq!(check.verdict, Verdict::NoEvidence);
            assert_eq!(check.blocks(), word != allowed, "{rule} on {column}");
        }
    }
}

#[test]
fn one_line_allows_an_empty_table_whatever_is_stated_of_it_and_nothing_else() {
    let stated = "[columns.id]\ntype = 'integer'\nrange = { min = 0 }\n[columns.nothing]\nnot_null = true\n\
                  [columns.x]\nsum = { min = 0, when = { column = 'id', equals = -1 } }\n[table]\nrow_count = { min = 1 }\n";
    let empty = table! { "id" => [0], "nothing" => [None::<i64>], "x" => [1.0] };
    let filled = empty.clone();
    let empty = empty.filter_rows(|_| false).unwrap();
    let strict = Contract::from_toml_str(stated).unwrap();
    assert!(!strict.report(&empty).unwrap().passes());
    let lenient = Contract::from_toml_str(&format!("empty = 'allow'\n{stated}")).unwrap();
    for contract in [lenient.clone(), strict.clone().allow_empty()] {
        let report = contract.report(&empty).unwrap();
        assert!(report.passes(), "{report}");
        assert_eq!(report.count(Verdict::NoEvidence), report.checks.len());
    }
    // Rows that say nothing still block: all null, and a condition that leaves none.
    let report = lenient.report(&filled).unwrap();
    let blocking: Vec<_> = report.blocking().map(|check| check.rule.as_str()).collect();
    assert_eq!(blocking, ["not_null", "sum"]);
    let missing = lenient.report(&empty.without(&["id"]).unwrap()).unwrap();
    assert!(!missing.passes());
    let mistake = Contract::from_toml_str("empty = 'alow'").unwrap_err();
    assert_eq!(mistake.help().as_deref(), Some("did you mean `allow`?"));
}

#[test]
fn a_rule_that_only_warns_never_blocks_and_mostly_is_counted_in_rows() {
    let table = table! { "x" => [1, 2, 3, 4, 5, 6, 7, 8, 9, 100] };
    let strict = check("columns.x", "range = { max = 10 }", &table);
    assert!(strict.blocks());
    assert_eq!((strict.broken, strict.rows), (Some(1), 10));
    assert_eq!(
        strict.examples,
        [Example {
            row: Some(9),
            value: "100".to_owned()
        }]
    );
    assert!(
        !check(
            "columns.x",
            "range = { max = 10, severity = 'warning' }",
            &table
        )
        .blocks()
    );
    assert_eq!(
        check("columns.x", "range = { max = 10, mostly = 0.9 }", &table).verdict,
        Verdict::Pass
    );
    assert_eq!(
        check("columns.x", "range = { max = 9, mostly = 0.91 }", &table).verdict,
        Verdict::Fail
    );
}

#[test]
fn a_date_in_the_far_future_does_not_make_a_table_fresh() {
    let future = sample().take(&[0]).unwrap();
    let contract = Contract::from_toml_str("[columns.moment]\nfreshness = '36h'").unwrap();
    let judged = |now: &str| {
        contract
            .judge()
            .at(now.parse().unwrap())
            .report(&future)
            .unwrap()
            .passes()
    };
    assert!(judged("2024-01-01T20:00:00Z"));
    assert!(!judged("2024-01-03T20:00:00Z"));
    assert!(!judged("2023-06-01T00:00:00Z"));
}

#[test]
fn an_infinite_value_is_an_outlier_and_hides_no_other() {
    let mut values: Vec<f64> = (0..200).map(|row| f64::from(row % 10)).collect();
    values.extend([f64::INFINITY, f64::NEG_INFINITY, 1e3]);
    let table = table! { "x" => values };
    for rule in [
        "z_score = 4",
        "no_outliers = { method = 'std', factor = 4 }",
    ] {
        let contract = Contract::from_toml_str(&format!("[columns.x]\n{rule}")).unwrap();
        let report = contract.report(&table).unwrap();
        let mut checks = report.checks.iter();
        let check = checks.find(|check| rule.starts_with(&check.rule)).unwrap();
        assert_eq!(check.broken, Some(3), "{rule}");
        let rows: Vec<_> = check.examples.iter().map(|example| example.row).collect();
        assert_eq!(rows, [200, 201, 202].map(Some));
    }
}

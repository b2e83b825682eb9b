//! Claims about contracts as TOML: mistakes are found at their line, and a proposal holds where it came from.

use proptest::prelude::*;

use super::super::infer;
use super::*;
use crate::CsvOptions;

#[track_caller]
fn mistake(text: &str) -> (String, Option<String>) {
    let error = Contract::from_toml_str(text).unwrap_err();
    (error.to_string(), error.help())
}

#[test]
fn each_mistake_is_found_at_its_line_with_what_to_write_instead() {
    let cases = [
        (
            "name = 'a'\n[colums.x]\n",
            "line 2: unknown key `colums`",
            Some("did you mean `columns`?"),
        ),
        (
            "[columns.x]\ntype = 'int'\n",
            "line 2: `columns.x.type`: `int` is unknown",
            None,
        ),
        (
            "[columns.x]\n\nrnage = { min = 0 }\n",
            "line 3: unknown key `rnage` in `columns.x`",
            Some("did you mean `range`?"),
        ),
        (
            "[columns.x]\nrange = { mni = 0 }\n",
            "line 2: unknown key `mni` in `columns.x.range`",
            Some("did you mean `min`?"),
        ),
        (
            "[columns.x]\nrange = { mostly = 0.9 }\n",
            "line 2: `columns.x.range.min`: it needs an end",
            None,
        ),
        (
            "[columns.x]\nrange = { min = 0, max = 1, mostyl = 0.9 }\n",
            "line 2: unknown key `mostyl` in `columns.x.range`",
            Some("did you mean `mostly`?"),
        ),
        (
            "[columns.x]\nrange = { min = 0, severity = 'fatal' }\n",
            "line 2: `columns.x.range.severity`: `fatal` is unknown",
            None,
        ),
        (
            "[columns.x]\nmatches = '('\n",
            "line 2: `columns.x.matches`: the pattern cannot be used",
            None,
        ),
        (
            "[columns.x]\nmean = { min = 0, mostly = 0.5 }\n",
            "`mean` speaks of the whole, so `mostly` says nothing",
            None,
        ),
        (
            "[columns.x]\nmonotonic = 'up'\n",
            "`up` is unknown: expected rising, falling",
            None,
        ),
        (
            "[columns.x]\nfreshness = 'soon'\n",
            "`soon` is no duration",
            None,
        ),
        (
            "[columns.x]\nunique = false\n",
            "leave the rule out instead of writing `false`",
            None,
        ),
        (
            "[columns.x]\nreferences = 'customers'\n",
            "`customers` is no `table.column`",
            None,
        ),
        (
            "[table]\ncompare = { columns = ['a'], is = '<' }\n",
            "`compare` speaks of 2 columns, not of 1",
            None,
        ),
        (
            "[table]\nunique = true\n",
            "unknown key `unique` in `table`",
            None,
        ),
        (
            "[changes]\nadded = 'no'\n",
            "line 2: `changes.added`: `no` is unknown",
            None,
        ),
        ("[columns.x\n", "line 1", None),
    ];
    for (text, expected, help) in cases {
        let (found, found_help) = mistake(text);
        assert!(found.contains(expected), "{text}: {found}");
        if help.is_some() {
            assert_eq!(found_help.as_deref(), help, "{text}");
        }
    }
}

#[test]
fn clauses_stand_in_the_order_of_the_file_and_a_kind_may_stand_more_than_once() {
    let contract = Contract::from_toml_str(
        "[columns.b]\nquantile = [{ at = 0.9, max = 3 }, { at = 0.1, min = 1 }]\n[columns.a]\ntype = 'number'\nmean = 2\nfinite = true\n",
    )
    .unwrap();
    let shown: Vec<String> = contract
        .clauses()
        .iter()
        .map(|clause| format!("{} {}", clause.columns[0], clause.rule.kind().name()))
        .collect();
    assert_eq!(
        shown,
        [
            "b not_null",
            "b quantile",
            "b quantile",
            "a type",
            "a not_null",
            "a mean",
            "a finite"
        ]
    );
}

fn csv(text: &str) -> Table {
    Table::from_csv_str(text, &CsvOptions::new()).unwrap()
}

#[track_caller]
fn holds_for_its_own(table: &Table) -> String {
    let text = infer(table).unwrap();
    let contract = Contract::from_toml_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let report = contract.report(table).unwrap();
    assert!(
        report.passes() && report.notable().all(|check| check.allowed),
        "{report}\n{text}"
    );
    text
}

#[test]
fn a_proposal_says_what_it_saw_and_holds_for_the_table_it_came_from() {
    let rows: String = (0..200)
        .map(|row| {
            let total = if row % 50 == 7 {
                " ".to_owned()
            } else {
                format!("{}.5", row * 3)
            };
            format!(
                "c{row},{},{total},2024-01-{:02},u{row}@example.org,\n",
                ["new", "old"][row % 2],
                row % 28 + 1
            )
        })
        .collect();
    let text = holds_for_its_own(&csv(&format!("id,state,total,day,mail,none\n{rows}")));
    for line in [
        "missing_share = { max = 0.04 } # 4 of 200 rows have no value",
        "one_of = [\"new\", \"old\"] # 100 `new`, 100 `old`",
        "form = 'email'",
        "unique = true # 200 values, all different",
        "row_count = { min = 100 }",
        "nullable = true # no row has a value",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("monotonic"), "{text}");
    let empty = csv("a\n1\n").filter_rows(|_| false).unwrap();
    assert_eq!(infer(&empty).unwrap_err().code(), "data::unusable_contract");
}

proptest! {
    #[test]
    fn every_proposal_holds_for_its_own_table(
        numbers in proptest::collection::vec(proptest::option::of(prop_oneof![any::<f64>(), -10.0..10.0_f64]), 1..30),
        integers in proptest::collection::vec(proptest::option::of(any::<i64>()), 30),
        texts in proptest::collection::vec(proptest::option::of("[a\"'\\\\\n#ü ]{0,4}"), 30),
        name in "[a-z.\"'\\\\ \n#ü]{1,6}",
    ) {
        let rows = numbers.len();
        let table = Table::from_columns::<String>([]).unwrap()
            .with_numbers("number", numbers).unwrap()
            .with_integers("integer", integers[..rows].to_vec()).unwrap()
            .with_texts(&name, texts[..rows].to_vec()).unwrap();
        holds_for_its_own(&table);
    }
}

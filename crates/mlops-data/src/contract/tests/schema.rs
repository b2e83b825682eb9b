//! Claims about changes of the columns, and about what is kept and what is set aside.

use super::*;

fn declared() -> Contract {
    Contract::new("people")
        .column(Column::new("id", ColumnKind::Integer))
        .column(Column::new("first_name", ColumnKind::Text))
        .column(Column::new("weight", ColumnKind::Number).nullable())
}

fn changes(table: &Table) -> Vec<(ChangeKind, String, bool)> {
    let report = declared().report(table).unwrap();
    let changes = report.changes.into_iter();
    changes
        .map(|change| {
            (
                change.kind,
                format!("{}|{}", change.column, change.detail),
                change.allowed,
            )
        })
        .collect()
}

#[test]
fn changes_of_the_columns_are_told_apart() {
    let same = table! { "id" => [1], "first_name" => ["a"], "weight" => [1.5] };
    assert_eq!(changes(&same), []);
    let cases = [
        (
            table! { "id" => [1], "first_name" => ["a"], "weight" => [1.5], "colour" => ["x"] },
            (ChangeKind::Added, "colour|text", true),
        ),
        (
            table! { "id" => [1], "first_name" => ["a"] },
            (ChangeKind::Removed, "weight|", false),
        ),
        (
            table! { "id" => [1], "firstName" => ["a"], "weight" => [1.5] },
            (ChangeKind::Renamed, "first_name|firstName", false),
        ),
        (
            table! { "id" => ["1"], "first_name" => ["a"], "weight" => [1.5] },
            (ChangeKind::Retyped, "id|text instead of integer", false),
        ),
        (
            table! { "first_name" => ["a"], "id" => [1], "weight" => [1.5] },
            (
                ChangeKind::Reordered,
                "id|`first_name` stands where `id` should",
                true,
            ),
        ),
    ];
    for (table, (kind, detail, allowed)) in cases {
        assert_eq!(changes(&table), [(kind, detail.to_owned(), allowed)]);
        let report = declared().report(&table).unwrap();
        assert_eq!(report.passes(), allowed, "{report}");
        // The opposite of what is said without a word.
        let contract = if allowed {
            declared().refuse(kind)
        } else {
            declared().allow(kind)
        };
        assert_eq!(
            contract.report(&table).unwrap().changes[0].allowed,
            !allowed
        );
    }
    // Whole numbers are numbers, and a column of another type is no new name.
    assert_eq!(
        changes(&table! { "id" => [1], "first_name" => ["a"], "weight" => [2] }),
        []
    );
    let lost = changes(&table! { "id" => [1], "first_nama" => [2], "weight" => [1.5] });
    assert_eq!(
        lost.iter().map(|change| change.0).collect::<Vec<_>>(),
        [ChangeKind::Removed, ChangeKind::Added]
    );
}

#[test]
fn a_removed_column_that_is_allowed_blocks_no_longer() {
    let table = table! { "id" => [1], "first_name" => ["a"] };
    assert!(!declared().report(&table).unwrap().passes());
    let report = declared()
        .allow(ChangeKind::Removed)
        .report(&table)
        .unwrap();
    assert!(report.passes(), "{report}");
}

#[test]
fn new_categories_are_named_and_allowed_only_by_name() {
    let contract = Contract::new("c").column(
        Column::new("plan", ColumnKind::Text).rule(Rule::OneOf(vec!["a".into(), "b".into()])),
    );
    let table = table! { "plan" => ["a", "z", "b", "y", "z"] };
    let report = contract.report(&table).unwrap();
    assert_eq!(
        report.changes[0].to_string(),
        "column `plan` has new values: `y`, `z`"
    );
    assert!(!report.passes() && !report.changes[0].allowed);
    let report = contract
        .allow(ChangeKind::NewCategories)
        .report(&table)
        .unwrap();
    assert!(report.passes() && report.changes[0].allowed);
    assert_eq!(report.checks[2].verdict, Verdict::Fail);
}

#[test]
fn bad_rows_are_set_aside_with_every_reason_and_good_ones_keep_their_order() {
    let contract = Contract::from_toml_str(
        "[columns.id]\ntype = 'integer'\nunique = true\nmonotonic = 'rising'\n[columns.age]\ntype = 'integer'\nnullable = true\nrange = { min = 0, max = 120 }\n\
         [columns.note]\nlength = { max = 2, severity = 'warning' }\n[table]\nrow_count = { min = 1 }",
    )
    .unwrap();
    let table = table! {
        "id" => [Some(1), Some(2), Some(2), None, Some(5), Some(4)],
        "age" => [Some(10), Some(200), None, Some(-1), Some(5), Some(6)],
        "note" => ["long one", "a", "b", "c", "d", "e"],
    };
    let filtered = contract.filter(&table).unwrap();
    assert_eq!(filtered.good, table.take(&[0, 4]).unwrap());
    let rows: Vec<_> = filtered.quarantine.integers("quarantine_row").unwrap();
    assert_eq!(rows, [Some(1), Some(2), Some(3), Some(5)]);
    let reasons = filtered.quarantine.texts("quarantine_reasons").unwrap();
    assert_eq!(
        reasons.into_iter().flatten().collect::<Vec<_>>(),
        [
            "id unique; age range from 0 to 120",
            "id unique",
            "id not_null; age range from 0 to 120",
            "id monotonic rising"
        ]
    );
    assert_eq!(
        filtered.quarantine.rows() + filtered.good.rows(),
        table.rows()
    );
    assert!(!filtered.report.passes());
}

#[test]
fn what_no_row_can_be_blamed_for_refuses_the_whole_table() {
    let contract = declared().clause(Clause::on("weight", Rule::Mean((50.0..).into())));
    let table = table! { "id" => [1, 2], "first_name" => ["a", "b"], "weight" => [1.5, 2.0] };
    let error = contract.filter(&table).unwrap_err();
    assert_eq!(error.code(), "data::contract_broken");
    assert!(
        error
            .to_string()
            .contains("fail (critical): weight mean at least 50 — 1.75"),
        "{error}"
    );
    let empty = table.filter_rows(|_| false).unwrap();
    assert!(contract.filter(&empty).is_err() && contract.enforce(&empty).is_err());
}

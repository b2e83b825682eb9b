//! Every edit, built and run for real.

use std::time::Instant;

use super::edit::{Edit, Kind, edit};
use super::edits;
use super::project::{Project, Second, place};
use super::table::{Row, Totals, markdown, summary};
use super::verdict::Verdict;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the table is for people, and for the book"
)]
fn no_edit_leaves_a_stale_result_and_few_stages_run_needlessly() {
    let wanted = std::env::var("REACH_EDITS").unwrap_or_default();
    let edits = edits::all()
        .into_iter()
        .filter(|edit| edit.name.contains(&wanted) || edit.kind.as_str().contains(&wanted));
    let (silent, others): (Vec<Edit>, Vec<Edit>) = edits.partition(Edit::is_silent);
    let mut project = Project::new().expect("the template builds and runs");
    let mut rows = judge_silent(&mut project, &silent);
    rows.extend(others.iter().map(|edit| judge_alone(&mut project, edit)));
    let table = markdown(&rows);
    std::fs::write(place().join("edits.md"), &table).expect("the table can be written");
    println!("{table}");
    let mut wrong = Totals::of(&rows).complaints();
    wrong.extend(rows.iter().flat_map(|row| {
        let complaints = row.verdict.complaints.iter();
        complaints.map(|complaint| format!("{}: {complaint}", row.name))
    }));
    assert!(
        wrong.is_empty(),
        "\n{}\n{}",
        wrong.join("\n"),
        summary(&rows)
    );
}

/// Judges an edit by itself.
#[expect(clippy::print_stdout, reason = "it takes minutes, and people watch")]
fn judge_alone(project: &mut Project, edit: &Edit) -> Row {
    let begun = Instant::now();
    let verdict = project
        .judge(edit, Second::Edited)
        .unwrap_or_else(|error| Verdict {
            complaints: vec![error],
            ..Verdict::default()
        });
    println!("{:5.1} s  {}", begun.elapsed().as_secs_f64(), edit.name);
    for complaint in &verdict.complaints {
        println!("         {complaint}");
    }
    Row {
        name: edit.name,
        kind: edit.kind,
        verdict,
        took: begun.elapsed(),
    }
}

/// Judges edits after which nothing may run. As many as fit one another are built at once.
fn judge_silent(project: &mut Project, edits: &[Edit]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut rest: Vec<&Edit> = edits.iter().collect();
    while !rest.is_empty() {
        let mut all = nothing();
        let mut together = Vec::new();
        rest.retain(|edit| {
            let more = all.clone().and(edit);
            let fits = project.fits(&more);
            if fits {
                all = more;
                together.push(*edit);
            }
            !fits
        });
        if together.is_empty() {
            // Not even one of them fits, and each says so.
            together.append(&mut rest);
        }
        judge_together(project, &together, &mut rows);
    }
    rows
}

/// If nothing runs after all of these edits, nothing runs after each. Where something does, halves are judged by themselves,
/// down to the edits whose fault it is.
fn judge_together(project: &mut Project, edits: &[&Edit], rows: &mut Vec<Row>) {
    if let [edit] = edits {
        rows.push(judge_alone(project, edit));
        return;
    }
    let all = edits.iter().fold(nothing(), |all, edit| all.and(edit));
    let row = judge_alone(project, &all);
    if row.verdict == Verdict::default() {
        rows.extend(edits.iter().map(|edit| Row {
            name: edit.name,
            kind: edit.kind,
            verdict: Verdict::default(),
            took: row.took / edits.len() as u32,
        }));
        return;
    }
    let (one, other) = edits.split_at(edits.len() / 2);
    judge_together(project, one, rows);
    judge_together(project, other, rows);
}

fn nothing() -> Edit {
    edit(Kind::Harmless, "several edits after which nothing may run")
}

/// What a judge does not find in a program and an edit that are wrong, it would not find elsewhere.
#[test]
fn a_blind_key_and_false_claims_are_found() {
    const FILE: &str = "survey/src/text.rs";
    let helper = || edit(Kind::Function, "a helper").replace(FILE, ".join(\" \")", ".join(\"_\")");
    let mut project = Project::new().expect("the template builds and runs");
    let mut judge = |edit, second| project.judge(&edit, second).expect("it builds and runs");

    let verdict = judge(helper().alters(&["helper"]), Second::Blind);
    assert!(verdict.stale.iter().eq(["helper"]), "{verdict:?}");

    let verdict = judge(helper(), Second::Edited);
    assert!(verdict.needless.contains("helper"), "{verdict:?}");
    let silent = "the edit alters `helper`, and does not say so";
    assert_eq!(verdict.complaints, [silent]);

    let comment = edit(Kind::Function, "a comment").replace(FILE, "// Blanks", "// Spaces");
    let verdict = judge(comment.alters(&["helper"]), Second::Edited);
    let vacuous = "the edit does not alter `helper`, as it claims";
    assert_eq!(verdict.complaints, [vacuous]);

    let broken = edit(Kind::Function, "an error").replace(FILE, "squeeze(text).", "squeeze(text)!");
    let error = project
        .judge(&broken, Second::Edited)
        .expect_err("it does not build");
    assert!(error.contains("it does not build"), "{error}");
}

//! Every edit, built and run for real.

use std::thread;
use std::time::Instant;

use super::edit::{Edit, Kind, edit};
use super::edits;
use super::project::{Project, place};
use super::runs::Before;
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
    let mut judge = Judge::new();
    let begun = Instant::now();
    let mut rows = judge.silent(&silent);
    rows.extend(judge.each(&others));
    let table = markdown(&rows, begun.elapsed());
    std::fs::write(place().join("edits.md"), &table).expect("the table can be written");
    println!("{table}");
    let mut wrong = Totals::of(&rows).complaints(wanted.is_empty());
    wrong.extend(rows.iter().flat_map(|row| {
        let complaints = row.verdict.complaints.iter();
        complaints.map(|complaint| format!("{}: {complaint}", row.name))
    }));
    assert!(
        wrong.is_empty(),
        "\n{}\n{}",
        wrong.join("\n"),
        summary(&rows, begun.elapsed())
    );
}

/// Builds edits, and judges what is built.
struct Judge {
    project: Project,
    before: Before,
}

impl Judge {
    fn new() -> Self {
        let project = Project::new().expect("the template builds");
        let before = Before::of(&project.keep("before")).expect("the template runs");
        Self { project, before }
    }

    /// Judges each edit by itself. While one is run, the next one is built.
    fn each<'a>(&mut self, edits: impl IntoIterator<Item = &'a Edit>) -> Vec<Row> {
        let Self { project, before } = self;
        let before = &*before;
        thread::scope(|scope| {
            let mut rows = Vec::new();
            let mut running = None;
            for (number, edit) in edits.into_iter().enumerate() {
                let begun = Instant::now();
                let built = project.build(edit);
                // At most two programs are there at once: one that runs, and one that was built meanwhile.
                let kept = built.map(|()| project.keep(&format!("edited-{}", number % 2)));
                rows.extend(running.take().map(finished));
                let judged =
                    scope.spawn(move || kept.and_then(|kept| before.judge(edit, &kept, &kept)));
                running = Some((edit, begun, judged));
            }
            rows.extend(running.map(finished));
            rows
        })
    }

    /// Judges edits after which nothing may run. As many as fit one another are built at once.
    fn silent(&mut self, edits: &[Edit]) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut rest: Vec<&Edit> = edits.iter().collect();
        while !rest.is_empty() {
            let mut all = nothing();
            let mut together = Vec::new();
            rest.retain(|edit| {
                let more = all.clone().and(edit);
                let fits = self.project.fits(&more);
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
            self.together(&together, &mut rows);
        }
        rows
    }

    /// If nothing runs after all of these edits, nothing runs after each. Where something does, halves are judged by
    /// themselves, down to the edits whose fault it is.
    fn together(&mut self, edits: &[&Edit], rows: &mut Vec<Row>) {
        if edits.len() < 4 {
            rows.extend(self.each(edits.iter().copied()));
            return;
        }
        let all = edits.iter().fold(nothing(), |all, edit| all.and(edit));
        let row = self.each([&all]).remove(0);
        if row.verdict != Verdict::default() {
            let (one, other) = edits.split_at(edits.len() / 2);
            self.together(one, rows);
            self.together(other, rows);
            return;
        }
        rows.extend(edits.iter().map(|edit| Row {
            name: edit.name,
            kind: edit.kind,
            verdict: Verdict::default(),
        }));
    }
}

fn nothing() -> Edit {
    edit(Kind::Harmless, "several edits after which nothing may run")
}

/// The judgement on one edit, when it is there.
#[expect(clippy::print_stdout, reason = "it takes minutes, and people watch")]
fn finished(
    (edit, begun, judged): (
        &Edit,
        Instant,
        thread::ScopedJoinHandle<'_, Result<Verdict, String>>,
    ),
) -> Row {
    let verdict = judged
        .join()
        .expect("the judge does not panic")
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
    }
}

/// What a judge does not find in a program and an edit that are wrong, it would not find elsewhere.
#[test]
fn a_blind_key_and_false_claims_are_found() {
    const FILE: &str = "survey/src/text.rs";
    let helper = || edit(Kind::Function, "a helper").replace(FILE, ".join(\" \")", ".join(\"_\")");
    let mut judge = Judge::new();
    let blind = judge.project.keep("blind");
    let mut programs = |edit: &Edit| {
        judge.project.build(edit).expect("it builds");
        judge.project.keep("edited")
    };
    let judged = |edit: Edit, warm, fresh| {
        let verdict = judge.before.judge(&edit, warm, fresh);
        verdict.expect("it runs")
    };

    let edited = programs(&helper());
    // The program from before reuses everything, as if its keys saw nothing of the edit.
    let verdict = judged(helper().alters(&["helper"]), &blind, &edited);
    assert!(verdict.stale.iter().eq(["helper"]), "{verdict:?}");

    let verdict = judged(helper(), &edited, &edited);
    assert!(verdict.needless.contains("helper"), "{verdict:?}");
    let silent = "the edit alters `helper`, and does not say so";
    assert_eq!(verdict.complaints, [silent]);

    let comment = edit(Kind::Function, "a comment").replace(FILE, "// Blanks", "// Spaces");
    let edited = programs(&comment);
    let verdict = judged(comment.alters(&["helper"]), &edited, &edited);
    let vacuous = "the edit does not alter `helper`, as it claims";
    assert_eq!(verdict.complaints, [vacuous]);

    let broken = edit(Kind::Function, "an error").replace(FILE, "squeeze(text).", "squeeze(text)!");
    let error = judge.project.build(&broken).expect_err("it does not build");
    assert!(error.contains("it does not build"), "{error}");
}

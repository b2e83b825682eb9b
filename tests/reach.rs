//! A result is reused exactly when nothing that matters changed: a corpus of edits, each built and run for real.
//!
//! `reach/template` is a workspace of its own: a program of many small stages, each of which reaches its code in one
//! particular way, and the packages that it uses. An edit says what it changes and which stages reach that. After each the
//! program is built, and runs twice: on a store that holds what was made before the edit, and on an empty one. Equal results
//! mean that nothing stale was reused; stages that ran without being reached ran needlessly.
//!
//! The edits themselves are checked wherever tests run. Building them takes minutes and is part of the feature
//! `conformance`; `REACH_EDITS=WORDS` builds those edits only whose names or kinds contain the words.

mod edit;
mod edits;
#[cfg(feature = "conformance")]
mod project;
mod table;
mod template;
mod verdict;

use std::collections::BTreeSet;

use template::Template;

/// The names of all stages in the template's sources.
fn stages(template: &Template) -> BTreeSet<&str> {
    let after = |text: &'_ str| -> Option<usize> { text.find("fn ").map(|at| at + 3) };
    let mut stages = BTreeSet::from(["made_stage"]);
    for (_, text) in template.sources() {
        for piece in text.split("#[stage").skip(1) {
            if let Some(begin) = after(piece) {
                let name = piece[begin..].split('(').next();
                stages.extend(name);
            }
        }
    }
    stages
}

#[test]
fn every_edit_fits_the_template_and_names_stages_that_are_there() {
    let template = Template::read();
    let stages = stages(&template);
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for edit in edits::all() {
        if !names.insert(edit.name) {
            wrong.push(format!("two edits are called: {}", edit.name));
        }
        match edit.applied(&template) {
            Ok(edited) => {
                let builds_otherwise = !edit.features.is_empty() || !edit.variables.is_empty();
                let is_the_idle_one = edit.name == "nothing at all";
                if edited == template && !builds_otherwise && !is_the_idle_one {
                    wrong.push(format!("{}: changes nothing", edit.name));
                }
            }
            Err(error) => wrong.push(error),
        }
        let named = edit.reach.altered.iter().chain(&edit.reach.touched);
        for stage in named.filter(|stage| !stages.contains(*stage)) {
            wrong.push(format!("{}: there is no stage `{stage}`", edit.name));
        }
        let is_harmless = edit.kind == edit::Kind::Harmless;
        let reaches = !edit.reach.altered.is_empty()
            || !edit.reach.touched.is_empty()
            || !edit.reach.touched_packages.is_empty();
        if is_harmless && reaches {
            wrong.push(format!("{}: is called harmless", edit.name));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(names.len() >= 70, "{} edits", names.len());
}

#[cfg(feature = "conformance")]
mod built {
    use std::time::Instant;

    use super::edits;
    use super::project::{Project, place};
    use super::table::{Row, Totals, markdown, summary};
    use super::verdict::Verdict;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "the table is for people, and for the book"
    )]
    fn no_edit_leaves_a_stale_result_and_few_stages_run_needlessly() {
        let wanted = std::env::var("REACH_EDITS").unwrap_or_default();
        let mut project = Project::new().expect("the template builds and runs");
        let mut rows = Vec::new();
        for edit in edits::all() {
            if !edit.name.contains(&wanted) && !edit.kind.as_str().contains(&wanted) {
                continue;
            }
            let begun = Instant::now();
            let verdict = match project.judge(&edit) {
                Ok((verdict, _)) => verdict,
                Err(error) => Verdict {
                    complaints: vec![error],
                    ..Verdict::default()
                },
            };
            println!("{:5.1} s  {}", begun.elapsed().as_secs_f64(), edit.name);
            for complaint in &verdict.complaints {
                println!("         {complaint}");
            }
            rows.push(Row {
                name: edit.name,
                kind: edit.kind,
                verdict,
                took: begun.elapsed(),
            });
        }
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
}

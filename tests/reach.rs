//! A result is reused exactly when nothing that matters changed: a corpus of edits, each built and run for real.
//!
//! `reach/template` is a workspace of its own: a program of many small stages, each of which reaches its code in one
//! particular way, and the packages that it uses. An edit says what it changes and which stages reach that. After each the
//! program is built, and runs twice: on a store that holds what was made before the edit, and on an empty one. Equal results
//! mean that nothing stale was reused; stages that ran without being reached ran needlessly.
//!
//! The edits themselves are checked wherever tests run. Building them takes minutes and is part of the feature
//! `conformance`; `REACH_EDITS=WORDS` builds those edits only whose names or kinds contain the words.

#[cfg(feature = "conformance")]
mod built;
mod edit;
mod edits;
#[cfg(feature = "conformance")]
mod project;
#[cfg(feature = "conformance")]
mod runs;
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
                let builds_otherwise = !edit.features.is_empty()
                    || !edit.variables.is_empty()
                    || !edit.packages.is_empty();
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
        if edit.kind == edit::Kind::Harmless && !edit.is_silent() {
            wrong.push(format!("{}: is called harmless", edit.name));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(names.len() >= 70, "{} edits", names.len());
    let harmless = edits::all();
    let harmless = harmless
        .iter()
        .filter(|edit| edit.kind == edit::Kind::Harmless);
    assert!(harmless.count() >= 20);
}

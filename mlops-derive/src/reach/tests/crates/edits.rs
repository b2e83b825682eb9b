//! Harmless edits of functions chosen at random: which stages the macro would have run again, and some of them for real.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::functions::Crate;
use super::plain::Items;
use super::workspace::{Done, SUBJECTS, Subject, Workspace};
use super::{ACCUSED, for_each_crate, judge, published};

/// How many functions of each crate are edited, unless `REACH_FUNCTIONS` says otherwise.
const FUNCTIONS: usize = 30;
/// How many of the edits are built, unless `REACH_BUILDS` says otherwise.
const BUILDS: usize = 2;

fn number(variable: &str, otherwise: usize) -> usize {
    match std::env::var(variable) {
        Ok(written) => written.parse().unwrap(),
        Err(_) => otherwise,
    }
}

/// A harmless change in a file.
struct Edit {
    path: PathBuf,
    before: String,
    after: String,
    /// The stages that run again.
    runs: BTreeSet<&'static str>,
}

/// Edits of functions of one crate, each judged by what the macro would write; and a row of the table.
fn edits(workspace: &Workspace, subject: &'static Subject) -> (String, Vec<Edit>) {
    let mut of = Crate::read(workspace, subject);
    let items = Items::read(of.texts().values());
    let (mut judged, mut plain) = (BTreeMap::new(), Vec::new());
    for stage in subject.stages {
        judged.insert(*stage, judge(workspace, subject, stage, &mut of));
        plain.push(items.closure(stage, subject.text));
    }
    let digests = |of: &mut Crate| -> Vec<String> {
        let stages = subject.stages.iter();
        stages.map(|stage| of.reach(stage).digest).collect()
    };
    let pristine = digests(&mut of);
    let wanted = number("REACH_FUNCTIONS", FUNCTIONS);
    let mut random = Random(0x6d6c_6f70_7331);
    let mut functions = of.functions();
    let mut edits = Vec::new();
    let (mut runs, mut needed, mut by_names) = (0, 0, 0);
    while edits.len() < wanted
        && let Some(function) = random.take(&mut functions)
    {
        let Some((path, after)) = of.edited(function) else {
            continue;
        };
        let before = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &after).unwrap();
        let edited = digests(&mut Crate::read(workspace, subject));
        std::fs::write(&path, &before).unwrap();
        let mut edit = Edit {
            path,
            before,
            after,
            runs: BTreeSet::new(),
        };
        let (name, of_trait) = of.names(function);
        by_names += plain
            .iter()
            .filter(|plain| plain.reaches(name, of_trait))
            .count();
        for (at, stage) in subject.stages.iter().enumerate() {
            let judged = &judged[stage];
            let runs_again = pristine[at] != edited[at];
            let is_reached = judged.reached.contains(&function);
            assert_eq!(runs_again, is_reached, "{stage}: {}", of.said(function));
            if runs_again {
                edit.runs.insert(stage);
                runs += 1;
                needed += usize::from(judged.called.contains(&function));
            }
        }
        edits.push(edit);
    }
    let row = format!(
        "| {} | {} | {} | {runs} | {needed} | {} | {by_names} |\n",
        subject.package,
        edits.len(),
        edits.len() * subject.stages.len(),
        runs - needed,
    );
    (row, edits)
}

#[test]
fn an_edit_re_runs_the_stages_that_reach_it_and_no_others() {
    let workspace = Workspace::new();
    published(&workspace);
    let edited = for_each_crate(|subject| edits(&workspace, subject));
    let (rows, edits): (String, Vec<Vec<Edit>>) = edited.into_iter().unzip();
    let head = "| crate | functions edited | times stages | run again | needed | needless | by the plain closure |\n\
                |---|---|---|---|---|---|---|\n";
    workspace.report("edits.md", &format!("{head}{rows}"));
    workspace.build();
    workspace.remove("stores");
    let pristine = workspace.run("stores/edited");
    let stages = SUBJECTS.iter().map(|subject| subject.stages.len());
    assert_eq!(pristine.len(), stages.sum::<usize>());
    assert!(pristine.iter().all(|done| done.ran), "{pristine:?}");
    // One edit of each crate in each round: what is done to one crate is nothing to the stages of another.
    for round in 0..number("REACH_BUILDS", BUILDS) {
        let edits = edits.iter().filter_map(|edits| chosen(edits, round));
        let edits: Vec<&Edit> = edits.collect();
        for edit in &edits {
            std::fs::write(&edit.path, &edit.after).unwrap();
        }
        workspace.build();
        let done = workspace.run("stores/edited");
        for edit in &edits {
            std::fs::write(&edit.path, &edit.before).unwrap();
        }
        let runs = |stage: &str| {
            let mut edits = edits.iter();
            ACCUSED.contains(&stage) || edits.any(|edit| edit.runs.contains(stage))
        };
        let expected = pristine.iter().map(|done| Done {
            ran: runs(&done.stage),
            ..done.clone()
        });
        assert_eq!(done, expected.collect::<Vec<_>>(), "round {round}");
    }
}

/// The edits to build: in turn one that makes a stage run and one that makes none, as far as there are both.
fn chosen(edits: &[Edit], round: usize) -> Option<&Edit> {
    let (runs, rests): (Vec<&Edit>, Vec<&Edit>) =
        edits.iter().partition(|edit| !edit.runs.is_empty());
    let (first, second) = if round.is_multiple_of(2) {
        (runs, rests)
    } else {
        (rests, runs)
    };
    let at = round / 2;
    first.get(at).or(second.get(at)).copied()
}

/// Numbers that look random and are the same every time. The steps are those of SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `list`, which it is taken out of.
    fn take<T>(&mut self, list: &mut Vec<T>) -> Option<T> {
        let length = u64::try_from(list.len()).unwrap();
        let at = self.next().checked_rem(length)?;
        Some(list.swap_remove(usize::try_from(at).unwrap()))
    }
}

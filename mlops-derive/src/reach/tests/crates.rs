//! How good reach is on real code: crates of the registry, edited at random, judged by what the compiler instantiates.
//!
//! The crates come by Cargo and stand as path dependencies in a workspace under the target folder. Nothing of them is kept
//! elsewhere. What is measured is printed, and written there as tables for the book. `REACH_FUNCTIONS=N` edits so many functions of
//! each crate, and `REACH_BUILDS=N` builds and runs so many of the edits.

#![expect(
    clippy::disallowed_methods,
    reason = "the crates that are read and edited are laid out for it"
)]

mod edits;
mod functions;
mod numbers;
mod oracle;
mod plain;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use self::functions::{Crate, Standing};
use self::oracle::Program;
use self::plain::Items;
use self::workspace::{Codes, SUBJECTS, Subject, Workspace};
use crate::reach::world::NodeId;

/// What the compiler makes of the crates as they are published: asked once.
fn published(workspace: &Workspace) -> &'static Codes {
    static PUBLISHED: OnceLock<Codes> = OnceLock::new();
    PUBLISHED.get_or_init(|| workspace.instantiated())
}

/// What a stage reaches of a crate, and what the compiler says that it calls.
struct Judged {
    reached: BTreeSet<NodeId>,
    called: BTreeSet<NodeId>,
    missed: Vec<String>,
}

fn judge(workspace: &Workspace, subject: &Subject, stage: &str, of: &mut Crate) -> Judged {
    let reached = of.reached(stage);
    let code = &published(workspace)[stage];
    let called = of.called(workspace, &Program::read(code), subject.text);
    let missed = called
        .iter()
        .filter(|(standing, space)| !of.is_reached(&reached, *standing, space))
        .map(|(Standing::Item(node) | Standing::Made(node), space)| {
            format!("{stage} calls {} ({space})", of.said(*node))
        });
    Judged {
        missed: missed.collect(),
        called: called
            .iter()
            .filter_map(|(standing, _)| match standing {
                Standing::Item(node) => Some(*node),
                Standing::Made(_) => None,
            })
            .collect(),
        reached,
    }
}

/// Does the same for each crate, all at once; the answers are in the order of the crates.
fn for_each_crate<T: Send>(task: impl Fn(&'static Subject) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let tasks = SUBJECTS.each_ref().map(|subject| {
            let task = &task;
            scope.spawn(move || task(subject))
        });
        tasks.map(|task| task.join().unwrap()).into()
    })
}

/// Rows of the table for one crate, and what is wrong.
fn rows(workspace: &Workspace, subject: &'static Subject) -> (String, Vec<String>) {
    let mut of = Crate::read(workspace, subject);
    let functions: BTreeSet<NodeId> = of.functions().into_iter().collect();
    let share = |part: usize| 100.0 * part as f64 / functions.len() as f64;
    let texts = of.texts();
    let items = Items::read(texts.values());
    let lines: usize = texts.values().map(|text| text.lines().count()).sum();
    let (mut rows, mut wrong) = (String::new(), Vec::new());
    for stage in subject.stages {
        let judged = judge(workspace, subject, stage, &mut of);
        wrong.extend(judged.missed);
        let coarse = of.reach(stage).coarse;
        wrong.extend(coarse.map(|cause| format!("{stage}: {cause}")));
        let called = judged.called.intersection(&functions).count();
        let reached: Vec<&NodeId> = judged.reached.intersection(&functions).collect();
        let needless = reached
            .iter()
            .filter(|node| !judged.called.contains(**node))
            .count();
        if share(reached.len()) > subject.most {
            wrong.push(format!("{stage} reaches {:.1} %", share(reached.len())));
        }
        let plain = items.closure(stage, subject.text);
        rows += &format!(
            "| {} {} | {lines} | {} | `{stage}` | {called} | {:.1} % | {:.1} % | {:.0} % |\n",
            subject.package,
            subject.version,
            functions.len(),
            share(reached.len()),
            share(needless),
            100.0 * plain.functions as f64 / plain.all as f64,
        );
    }
    (rows, wrong)
}

#[test]
fn every_function_that_a_stage_calls_is_reached_and_few_others_are() {
    let workspace = Workspace::new();
    published(&workspace);
    let judged = for_each_crate(|subject| rows(&workspace, subject));
    let (rows, wrong): (String, Vec<Vec<String>>) = judged.into_iter().unzip();
    let head = "| crate | lines | functions | stage | called | reached | needless | plain closure |\n\
                |---|---|---|---|---|---|---|---|\n";
    workspace.report("reach.md", &format!("{head}{rows}"));
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Constants, statics and what else is no function: where a number that no stage reaches is used, the code becomes another.
#[test]
fn what_no_stage_reaches_may_hold_other_numbers() {
    let workspace = Workspace::new();
    let before = published(&workspace);
    let altered = for_each_crate(|subject| {
        let mut of = Crate::read(&workspace, subject);
        let stages = subject.stages.iter();
        let reached: BTreeSet<NodeId> = stages.flat_map(|stage| of.reached(stage)).collect();
        let pristine = of.texts();
        let others = of.with_other_numbers(&reached);
        workspace.write_for_oracle(&others);
        let files = others.iter();
        files
            .filter(|(path, text)| pristine[*path] != **text)
            .count()
    });
    assert!(altered.iter().sum::<usize>() > 100, "{altered:?}");
    let code = |codes: &Codes, stage: &str| oracle::without_checksums(&codes[stage]);
    let after = workspace.instantiated();
    let used = before
        .keys()
        .filter(|stage| code(before, stage) != code(&after, stage));
    let used: Vec<_> = used.collect();
    assert!(
        used.is_empty(),
        "{used:?} use numbers that they do not reach"
    );

    // The plant: in one of the crates, numbers of what is reached are others, too.
    let [subject, ..] = &SUBJECTS;
    let of = Crate::read(&workspace, subject);
    workspace.write_for_oracle(&of.with_other_numbers(&BTreeSet::new()));
    let planted = workspace.instantiated();
    let noticed = before
        .keys()
        .filter(|stage| code(before, stage) != code(&planted, stage));
    let noticed: BTreeSet<&str> = noticed.copied().collect();
    assert_eq!(noticed, subject.stages.iter().copied().collect());
}

/// Stages that are said to look at the outside world though they do not: smartcore draws random numbers under a feature, and
/// which features a dependency has is not in its sources.
const ACCUSED: [&str; 1] = ["k_means"];

#[test]
fn only_a_stage_whose_crate_may_draw_random_numbers_is_accused_of_looking_at_the_outside_world() {
    let workspace = Workspace::new();
    workspace.build();
    workspace.remove("stores");
    let plan = workspace.program(&["plan", "--explain"], "stores/planned");
    let nodes = plan.iter().filter(|line| line["event"] == "node");
    let mut accused = BTreeMap::new();
    let mut seen = 0;
    for node in nodes {
        seen += 1;
        let reasons = node["reasons"].as_array().unwrap().iter();
        for reason in reasons.filter(|reason| reason["kind"] == "undeclared") {
            accused.insert(node["stage"].as_str().unwrap(), reason["item"].to_string());
        }
    }
    workspace.report("accused.md", &format!("of {seen} stages: {accused:#?}"));
    let stages = SUBJECTS.iter().map(|subject| subject.stages.len());
    assert_eq!(seen, stages.sum::<usize>());
    assert!(accused.keys().eq(&ACCUSED), "{accused:?}");
}

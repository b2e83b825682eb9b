//! After an upgrade the plan tells what re-runs, and why; then that runs, and nothing else. Of crates the corpus of edits shows the
//! same with programs that are built.

use crate::accept::{Older, with_older};

/// The stages that a plan says run, with the reason that comes first, or that depend on these; and those that ran.
fn foretold_and_ran(older: &Older<'_>) -> (Vec<(String, String)>, Vec<String>) {
    let (project, store) = with_older(older);
    let plan = project
        .run(&["plan", "--json", "--store", &store])
        .succeeded();
    let nodes = plan.json();
    let nodes = nodes
        .iter()
        .filter(|line| line["event"] == "node" && line["decision"] != "reuse");
    let foretold = nodes.map(|node| {
        let reason = &node["reasons"][0];
        (
            node["stage"].as_str().unwrap_or_default().to_owned(),
            format!("{} {}", reason["kind"], reason["old"]),
        )
    });
    let foretold = foretold.collect();
    let mut ran = project.run(&["--store", &store]).succeeded().executed;
    ran.sort_unstable();
    (foretold, ran)
}

#[test]
fn what_another_toolchain_made_runs_again_as_the_plan_foretold() {
    let toolchain: &[(&[&str], &str)] = &[(&["toolchain"], "rustc 1.0.0")];
    let of = |stage: &str| {
        foretold_and_ran(&Older {
            stage,
            differs: toolchain,
            gave: None,
        })
    };
    let (foretold, ran) = of("train");
    let expected = (
        "train".to_owned(),
        "\"toolchain\" \"rustc 1.0.0\"".to_owned(),
    );
    assert!(foretold.contains(&expected), "{foretold:?}");
    // The same bytes are made, so that what depends on them is reused after all.
    assert_eq!(ran, ["train"]);
    let (foretold, ran) = of("");
    let mut foretold: Vec<String> = foretold.into_iter().map(|(stage, _)| stage).collect();
    foretold.sort_unstable();
    assert_eq!(foretold, ran);
    assert!(ran.len() > 3, "{ran:?}");
}

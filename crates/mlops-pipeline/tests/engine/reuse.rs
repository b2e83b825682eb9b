//! What is reused, what runs, and what is said about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mlops_core::{ArtifactType, Handle, when};
use mlops_pipeline::{Decision, Graph, code_state};
use mlops_store::{RunOutcome, StageOutcome};

use crate::place::{
    Ears, Place, call, graph, kept, live, next, parameter, reads, same, stage, typed,
};

/// `load → clean → train(rate) → evaluate`, whose last stage fails.
fn churn(rate: u64) -> Graph {
    let load = call(kept(stage("load", &["from"], same)), vec![parameter(1_u64)]);
    let clean = call(kept(stage("clean", &["raw"], same)), vec![reads(&load)]);
    let train = kept(stage("train", &["clean", "rate"], |_, mut arguments| {
        live(*arguments.shared::<u64>(0)? + *arguments.shared::<u64>(1)?)
    }));
    let model = call(train, vec![reads(&clean), parameter(rate)]);
    let evaluate = kept(stage("evaluate", &["model"], |_, _| {
        Err("the model is worse than none".into())
    }));
    graph(&[&call(evaluate, vec![reads(&model)])])
}

#[test]
fn a_call_after_reused_ones_runs_once() {
    let place = Place::new();
    place.request(churn(1)).run().unwrap();
    let ears = Arc::new(Ears::default());
    let mut request = place.request(churn(2));
    request.observer = Arc::clone(&ears) as _;
    let result = request.run().unwrap();
    assert_eq!(
        ears.heard(),
        [
            "end load reused",
            "end clean reused",
            "start train",
            "end train ran",
            "start evaluate",
            "end evaluate failed"
        ]
    );
    assert_eq!(result.run.counts.ran, 1);
    assert_eq!(place.store.stages(result.run.id).unwrap().len(), 4);
}

#[test]
fn the_same_bytes_leave_what_follows_cached() {
    let pipeline = |start: u64| {
        let first = call(
            kept(stage("first", &["start"], |_, mut arguments| {
                live(*arguments.shared::<u64>(0)? / 10)
            })),
            vec![parameter(start)],
        );
        graph(&[&call(
            kept(stage("second", &["number"], next)),
            vec![reads(&first)],
        )])
    };
    let place = Place::new();
    assert_eq!(
        place.request(pipeline(10)).run().unwrap().ran(),
        ["first", "second"]
    );
    let again = place.request(pipeline(19)).run().unwrap();
    assert_eq!(again.ran(), ["first"]);
    assert_eq!(again.reused(), ["second"]);
}

fn flagged(flag: bool) -> Graph {
    let boolean = ArtifactType::of::<bool>();
    let model = call(kept(stage("model", &["n"], same)), vec![parameter(1_u64)]);
    let pack = call(kept(stage("pack", &["model"], same)), vec![reads(&model)]);
    let publish = call(
        kept(stage("publish", &["package"], same)),
        vec![reads(&pack)],
    );
    let good = kept(typed("good", &["flag"], boolean, |_, mut arguments| {
        live(*arguments.shared::<bool>(0)?)
    }));
    let good = call(good, vec![parameter(flag)]);
    let good = Handle::<bool>::to_output(&good.node, 0);
    let publish = Handle::<u64>::to_output(&publish.node, 0);
    graph(&[when(&good, publish).output()])
}

#[test]
fn what_only_a_conditional_call_needs_comes_after_the_flag() {
    let graph = flagged(true);
    for (index, call) in graph.calls() {
        let flags = call.conditions.iter().map(|(flag, _)| *flag);
        let earlier = graph
            .dependencies(index)
            .into_iter()
            .chain(flags)
            .all(|needed| needed < index);
        assert!(earlier, "{} comes before what it needs", call.name);
    }
    let names: Vec<_> = graph.calls().map(|(_, call)| call.name.as_str()).collect();
    assert_eq!(names, ["good", "model", "pack", "publish"]);
}

#[test]
fn a_flag_that_is_false_skips_all_that_only_the_conditional_call_needs() {
    let place = Place::new();
    let result = place.request(flagged(false)).run().unwrap();
    assert_eq!(result.ran(), ["good"]);
    assert_eq!(
        result.stages_with(StageOutcome::Skipped),
        ["model", "pack", "publish"]
    );
    assert_eq!(result.run.outcome, Some(RunOutcome::Succeeded));
    // And once the flag is known, the plan knows it as well.
    let plan = place.request(flagged(false)).plan().unwrap();
    assert_eq!(plan.count(Decision::Skip), 3);
    let result = place.request(flagged(true)).run().unwrap();
    assert_eq!(result.ran(), ["good", "model", "pack", "publish"]);
}

#[test]
fn a_list_that_changed_is_explained_by_its_values() {
    let pipeline = |rates: Vec<f64>| {
        let list = ArtifactType::of::<Vec<f64>>();
        let sum = kept(typed("sum", &["rates"], list, |_, mut arguments| {
            live(arguments.owned::<Vec<f64>>(0)?)
        }));
        graph(&[&call(sum, vec![parameter(rates)])])
    };
    let place = Place::new();
    place.request(pipeline(vec![0.1, 0.2])).run().unwrap();
    let plan = place.request(pipeline(vec![0.1, 0.3])).plan().unwrap();
    let reasons: Vec<_> = plan.calls[0]
        .reasons
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(reasons, ["parameter rates [0.1,0.2] → [0.1,0.3]"]);
}

#[test]
fn a_run_is_recorded_with_the_commit_that_it_ran_from() {
    let place = Place::new();
    let mut request = place.request(churn(1));
    request.code = None;
    let result = request.run().unwrap();
    let recorded = place.store.run(result.run.id).unwrap();
    assert_eq!(recorded.code, code_state(None).unwrap_or_default());
    if code_state(None).is_some() {
        assert!(recorded.code.dirty.is_some());
    }
}

#[test]
fn a_damaged_kept_input_is_made_again_and_nothing_runs_twice() {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let text = ArtifactType::of::<String>();
    let pipeline = |suffix: &str| {
        let big = kept(typed("big", &["letter"], text, |_, mut arguments| {
            MADE.fetch_add(1, Ordering::SeqCst);
            live(arguments.shared::<String>(0)?.repeat(200_000))
        }));
        let end = kept(typed(
            "end",
            &["text", "suffix"],
            text,
            |_, mut arguments| {
                let text = arguments.shared::<String>(0)?;
                live(format!("{}{}", &text[..3], arguments.shared::<String>(1)?))
            },
        ));
        let big = call(big, vec![parameter("a".to_owned())]);
        graph(&[&call(end, vec![reads(&big), parameter(suffix.to_owned())])])
    };
    let place = Place::new();
    place.request(pipeline("1")).run().unwrap();
    let artifacts = place.folder().join("artifacts");
    let shard = std::fs::read_dir(artifacts)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let file = std::fs::read_dir(shard.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let mut bytes = std::fs::read(file.path()).unwrap();
    bytes[100_000] ^= 1;
    std::fs::remove_file(file.path()).unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let store = place.other_process();
    let result = crate::place::request(store.clone(), pipeline("2"))
        .run()
        .unwrap();
    assert!(result.succeeded(), "{:?}", result.calls);
    assert_eq!(result.ran(), ["big", "end"]);
    assert_eq!(MADE.load(Ordering::SeqCst), 2);
    let bytes = store.read_artifact(&result.outputs[0].1.digest).unwrap();
    assert_eq!(bytes.size(), 5, "`aaa2` and its length");
}

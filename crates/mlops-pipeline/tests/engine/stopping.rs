//! Stopping a run: gently, at once, between attempts; and going on from a checkpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mlops_pipeline::{RunRequest, RunResult};
use mlops_store::{RunOutcome, StageOutcome};

use crate::place::{
    Ears, Place, call, graph, kept, live, next, parameter, reads, stage, wait_until,
};

/// Runs, and asks for a stop so many times once a line is heard.
fn stop_after(mut request: RunRequest, line: &str, times: usize) -> RunResult {
    let ears = Arc::new(Ears::default());
    request.observer = Arc::clone(&ears) as _;
    let cancellation = request.cancellation.clone();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| request.run().unwrap());
        ears.wait_for(line);
        (0..times).for_each(|_| cancellation.request());
        run.join().unwrap()
    })
}

#[test]
fn a_gentle_stop_lets_what_runs_finish_and_starts_nothing_more() {
    let place = Place::new();
    let slow = call(
        kept(stage("slow", &["n"], |_, _| {
            std::thread::sleep(Duration::from_millis(150));
            live(5_u64)
        })),
        vec![parameter(1_u64)],
    );
    let after = call(kept(stage("after", &["n"], next)), vec![reads(&slow)]);
    let last = call(kept(stage("last", &["n"], next)), vec![reads(&after)]);
    let result = stop_after(place.request(graph(&[&last])), "start slow", 1);
    assert_eq!(result.ran(), ["slow"]);
    let errors: Vec<_> = result
        .calls
        .iter()
        .map(|call| call.error.as_deref())
        .collect();
    let why = Some("the run was cancelled before this began");
    assert_eq!(errors, [None, why, why]);
    assert_eq!(result.run.outcome, Some(RunOutcome::Cancelled));
    // What it finished is kept.
    let again = place.request(graph(&[&last])).run().unwrap();
    assert_eq!(again.reused(), ["slow"]);
}

#[test]
fn a_stage_that_returns_early_because_it_was_told_to_stop_keeps_nothing() {
    let place = Place::new();
    let pipeline = || {
        let train = kept(stage("train", &["epochs"], |cx, mut arguments| {
            let epochs = *arguments.shared::<u64>(0)?;
            for epoch in 0..epochs {
                if cx.cancelled() {
                    return live(epoch);
                }
                cx.progress(epoch, epochs);
                std::thread::sleep(Duration::from_millis(20));
            }
            live(epochs)
        }));
        graph(&[&call(train, vec![parameter(20_u64)])])
    };
    let result = stop_after(place.request(pipeline()), "progress train", 1);
    assert_eq!(result.calls[0].outcome, StageOutcome::Cancelled);
    assert_eq!(result.run.outcome, Some(RunOutcome::Cancelled));
    let error = result.calls[0].error.as_deref().unwrap();
    assert!(error.contains("may be cut short"), "{error}");
    // The next run makes all of it.
    let again = place.request(pipeline()).run().unwrap();
    assert_eq!(again.ran(), ["train"]);
    let whole = place
        .store
        .read_artifact(&again.outputs[0].1.digest)
        .unwrap();
    assert_eq!(mlops_core::read_serde::<u64>(&whole).unwrap(), 20);
}

#[test]
fn a_hard_stop_waits_for_nobody_and_nothing_is_kept_after_the_run_has_ended() {
    static FREE: AtomicBool = AtomicBool::new(false);
    static DONE: AtomicBool = AtomicBool::new(false);
    let place = Place::new();
    let pipeline = || {
        let deaf = kept(stage("deaf", &["n"], |cx, _| {
            cx.progress(1, 2);
            while !FREE.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            DONE.store(true, Ordering::SeqCst);
            live(5_u64)
        }));
        let deaf = call(deaf, vec![parameter(1_u64)]);
        graph(&[&call(
            kept(stage("after", &["n"], next)),
            vec![reads(&deaf)],
        )])
    };
    let begun = Instant::now();
    let result = stop_after(place.request(pipeline()), "progress deaf", 2);
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(result.run.outcome, Some(RunOutcome::Cancelled));
    let record = place.store.stage(result.run.id, 0).unwrap();
    assert_eq!(record.outcome, StageOutcome::Cancelled);
    assert_eq!(
        record.error.as_deref(),
        Some("the run was cancelled at once")
    );
    assert!(record.started.is_some() && record.ended.is_some());
    FREE.store(true, Ordering::SeqCst);
    wait_until("its end", || DONE.load(Ordering::SeqCst));
    std::thread::sleep(Duration::from_millis(100));
    let record = place.store.stage(result.run.id, 0).unwrap();
    assert_eq!(record.outcome, StageOutcome::Cancelled, "it came too late");
    assert_eq!(
        place.request(pipeline()).run().unwrap().ran(),
        ["deaf", "after"]
    );
}

#[test]
fn a_stop_between_two_attempts_makes_no_further_attempt() {
    static TRIES: AtomicUsize = AtomicUsize::new(0);
    let place = Place::new();
    let mut shaky = stage("shaky", &["n"], |_, _| {
        TRIES.fetch_add(1, Ordering::SeqCst);
        Err("no connection".into())
    });
    shaky.policy.retries = 5;
    shaky.policy.backoff = Duration::from_secs(200);
    let begun = Instant::now();
    let pipeline = graph(&[&call(kept(shaky), vec![parameter(1_u64)])]);
    let result = stop_after(place.request(pipeline), "retry shaky 1", 1);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(TRIES.load(Ordering::SeqCst), 1);
    assert_eq!(result.calls[0].outcome, StageOutcome::Cancelled);
    assert_eq!(result.run.outcome, Some(RunOutcome::Cancelled));
}

#[test]
fn a_checkpoint_is_gone_on_from_only_under_the_same_key() {
    let pipeline = |rate: u64| {
        let train = kept(stage("train", &["rate"], |cx, _| {
            match cx.restore::<u64>()? {
                Some(state) => live(state),
                None => {
                    cx.checkpoint(&42_u64)?;
                    Err("the machine was taken away".into())
                }
            }
        }));
        graph(&[&call(train, vec![parameter(rate)])])
    };
    let place = Place::new();
    assert!(!place.request(pipeline(1)).run().unwrap().succeeded());
    assert!(
        !place.request(pipeline(2)).run().unwrap().succeeded(),
        "another key begins anew"
    );
    let ears = Arc::new(Ears::default());
    let mut request = place.request(pipeline(1));
    request.observer = Arc::clone(&ears) as _;
    let result = request.run().unwrap();
    assert!(result.succeeded());
    assert_eq!(ears.heard_of("resume"), ["train"]);
    assert!(
        place
            .store
            .stage(result.run.id, 0)
            .unwrap()
            .resumed
            .is_some()
    );
    // What is done has no use for its checkpoint.
    let key = result.calls[0].key.unwrap();
    assert_eq!(place.store.latest_checkpoint(&key).unwrap(), None);
}

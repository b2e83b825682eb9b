//! How failures end: tried again, or not; with message and place; naming what they stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, ArtifactType, Body, permanent,
    read_serde,
};
use mlops_store::{Faults, RunOutcome, StageOutcome, Store, StoreOptions};

use crate::place::{
    BodyFunction, Ears, Place, call, graph, kept, live, next, parameter, reads, request, same,
    stage, typed,
};

fn fails(
    name: &'static str,
    body: BodyFunction,
    retries: u32,
) -> (Place, mlops_pipeline::RunResult, Arc<Ears>) {
    let place = Place::new();
    let mut stage = stage(name, &["n"], body);
    stage.policy.retries = retries;
    let mut request = place.request(graph(&[&call(kept(stage), vec![parameter(1_u64)])]));
    let ears = Arc::new(Ears::default());
    request.observer = Arc::clone(&ears) as _;
    let result = request.run().unwrap();
    (place, result, ears)
}

#[test]
fn a_failure_is_tried_again_as_often_as_the_policy_says() {
    static TRIES: AtomicUsize = AtomicUsize::new(0);
    let (place, result, ears) = fails(
        "shaky",
        |_, _| match TRIES.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => Err("no connection".into()),
            _ => live(7_u64),
        },
        2,
    );
    assert!(result.succeeded());
    assert_eq!(ears.heard_of("retry"), ["shaky 1", "shaky 2"]);
    assert_eq!(place.store.stage(result.run.id, 0).unwrap().attempts, 3);
}

#[test]
fn a_permanent_failure_is_not_tried_again() {
    let (place, result, ears) = fails("refused", |_, _| Err(permanent("wrong password")), 5);
    assert_eq!(ears.heard_of("retry"), [""; 0]);
    let record = place.store.stage(result.run.id, 0).unwrap();
    assert_eq!((record.attempts, record.outcome), (1, StageOutcome::Failed));
    assert_eq!(record.error.as_deref(), Some("wrong password"));
    assert_eq!(
        result.run.reason.as_deref(),
        Some("refused: wrong password")
    );
}

#[test]
fn a_panic_is_a_failure_with_message_and_place() {
    let (_, result, _) = fails("panics", |_, _| panic!("column {} is missing", 3), 0);
    let error = result.calls[0].error.clone().unwrap();
    assert!(
        error.starts_with("panicked: column 3 is missing (at "),
        "{error}"
    );
    assert!(error.contains("failures.rs:"), "{error}");
}

#[test]
fn a_panic_of_an_async_stage_is_a_failure_with_message_and_place() {
    let place = Place::new();
    let mut stage = stage("panics", &["n"], same);
    stage.body = Body::Async(|_, _| {
        Box::pin(async {
            tokio::task::yield_now().await;
            panic!("late")
        })
    });
    let result = place
        .request(graph(&[&call(kept(stage), vec![parameter(1_u64)])]))
        .run()
        .unwrap();
    let error = result.calls[0].error.clone().unwrap();
    assert!(error.starts_with("panicked: late (at "), "{error}");
}

/// A value whose writer is wrong.
struct Unwritable;

impl Artifact for Unwritable {
    const MEDIA_TYPE: &'static str = "application/vnd.test.unwritable";

    fn write(&self, _: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        panic!("written by mistake")
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        read_serde::<u64>(input).map(|_| Self)
    }
}

#[test]
fn a_panic_while_a_result_is_written_is_a_failure_with_message_and_place() {
    let place = Place::new();
    let mut stage = stage("writes", &["n"], |_, _| live(Unwritable));
    stage.outputs = vec![ArtifactType::of::<Unwritable>()].leak();
    let result = place
        .request(graph(&[&call(kept(stage), vec![parameter(1_u64)])]))
        .run()
        .unwrap();
    let error = result.calls[0].error.clone().unwrap();
    assert!(
        error.starts_with("panicked: written by mistake (at "),
        "{error}"
    );
}

/// `bad → after → last`, and beside it a long `slow` and what follows.
fn two_branches() -> mlops_pipeline::Graph {
    let bad = call(
        kept(stage("bad", &["n"], |_, _| Err("no rows".into()))),
        vec![parameter(1_u64)],
    );
    let after = call(kept(stage("after", &["n"], same)), vec![reads(&bad)]);
    let last = call(kept(stage("last", &["n"], same)), vec![reads(&after)]);
    let slow = kept(stage("slow", &["n"], |_, mut arguments| {
        std::thread::sleep(Duration::from_millis(200));
        live(*arguments.shared::<u64>(0)?)
    }));
    let slow = call(slow, vec![parameter(2_u64)]);
    let beside = call(kept(stage("beside", &["n"], next)), vec![reads(&slow)]);
    let end = call(kept(stage("end", &["n"], next)), vec![reads(&beside)]);
    graph(&[&last, &end])
}

fn said(result: &mlops_pipeline::RunResult) -> Vec<String> {
    let calls = result.calls.iter();
    calls
        .map(|call| {
            let error = call.error.as_deref().unwrap_or_default();
            format!("{} {}: {error}", call.stage, call.outcome.as_str())
        })
        .collect()
}

#[test]
fn a_failure_stops_the_run_and_everything_it_stopped_names_it() {
    let result = Place::new().request(two_branches()).run().unwrap();
    assert_eq!(
        said(&result),
        [
            "bad failed: no rows",
            "after blocked: `bad` failed",
            "last blocked: `bad` failed",
            "slow ran: ",
            "beside cancelled: `bad` failed, and the run stopped before this began",
            "end blocked: `bad` failed, and the run stopped before this began",
        ]
    );
    assert_eq!(result.run.outcome, Some(RunOutcome::Failed));
    assert_eq!(result.run.reason.as_deref(), Some("bad: no rows"));
}

#[test]
fn keep_going_does_all_that_does_not_rest_on_the_failure() {
    let place = Place::new();
    let mut request = place.request(two_branches());
    request.keep_going = true;
    let result = request.run().unwrap();
    assert_eq!(result.ran(), ["slow", "beside", "end"]);
    assert_eq!(result.stages_with(StageOutcome::Blocked), ["after", "last"]);
    assert_eq!(result.run.outcome, Some(RunOutcome::Failed));
}

#[test]
fn what_is_known_to_be_blocked_says_where_it_began() {
    let place = Place::new();
    let mut greedy = stage("greedy", &["n"], same);
    greedy.policy.resources = &[("gpu", 2.0)];
    let greedy = call(kept(greedy), vec![parameter(1_u64)]);
    let after = call(kept(stage("after", &["n"], same)), vec![reads(&greedy)]);
    let last = call(kept(stage("last", &["n"], same)), vec![reads(&after)]);
    let result = place.request(graph(&[&last])).run().unwrap();
    let why = "it needs 2 of `gpu`, the profile offers 0: set resources.gpu";
    assert_eq!(
        said(&result),
        [
            format!("greedy blocked: {why}"),
            format!("after blocked: `greedy` is blocked: {why}"),
            format!("last blocked: `greedy` is blocked: {why}"),
        ]
    );
}

/// A disk that is full for one kind of write, from the n-th on.
struct Full {
    what: &'static str,
    from: usize,
    seen: AtomicUsize,
}

impl Faults for Full {
    fn before_write(&self, what: &str, _: usize) -> std::io::Result<()> {
        if what == self.what && self.seen.fetch_add(1, Ordering::SeqCst) == self.from {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

#[test]
fn a_full_disk_fails_the_run_and_the_failure_is_recorded() {
    let text = ArtifactType::of::<String>();
    let big = kept(typed("big", &["letter"], text, |_, mut arguments| {
        live(arguments.shared::<String>(0)?.repeat(200_000))
    }));
    for (what, from) in [("temporary", 0), ("artifact", 0), ("transaction", 2)] {
        let folder = tempfile::tempdir().unwrap();
        let faults = Full {
            what,
            from,
            seen: AtomicUsize::new(0),
        };
        let options = StoreOptions {
            faults: Some(Arc::new(faults)),
            ..StoreOptions::default()
        };
        let store = Store::open(folder.path(), options).unwrap();
        let pipeline = || graph(&[&call(big, vec![parameter("a".to_owned())])]);
        let result = request(store.clone(), pipeline()).run().unwrap();
        let recorded = store.run(result.run.id).unwrap();
        assert_eq!(recorded.outcome, Some(RunOutcome::Failed), "{what}");
        assert_eq!(
            store.stage(result.run.id, 0).unwrap().outcome,
            StageOutcome::Failed
        );
        // There is room again, and nothing is in the way.
        assert!(
            request(store, pipeline()).run().unwrap().succeeded(),
            "{what}"
        );
    }
}

//! What runs at the same time, in which order, and what stays in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, ArtifactType, read_serde, write_serde,
};

use crate::place::{
    Ears, Place, call, graph, kept, live, next, parameter, reads, same, stage, typed,
};

#[test]
fn the_longest_path_starts_first() {
    let place = Place::new();
    let short = call(kept(stage("short", &["n"], same)), vec![parameter(1_u64)]);
    let one = call(kept(stage("one", &["n"], next)), vec![parameter(2_u64)]);
    let two = call(kept(stage("two", &["n"], next)), vec![reads(&one)]);
    let three = call(kept(stage("three", &["n"], next)), vec![reads(&two)]);
    let mut request = place.request(graph(&[&short, &three]));
    request.resources.cpus = 1.0;
    let ears = Arc::new(Ears::default());
    request.observer = Arc::clone(&ears) as _;
    request.run().unwrap();
    assert_eq!(ears.heard_of("start"), ["one", "two", "short", "three"]);
}

#[test]
fn no_more_runs_at_a_time_than_there_is_room_for() {
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let place = Place::new();
    let mut busy = stage("busy", &["n"], |_, mut arguments| {
        let now = NOW.fetch_add(1, Ordering::SeqCst) + 1;
        MOST.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(20));
        NOW.fetch_sub(1, Ordering::SeqCst);
        live(*arguments.shared::<u64>(0)?)
    });
    busy.policy.resources = &[("gpu", 0.5)];
    let busy = kept(busy);
    let calls: Vec<_> = (0..12_u64)
        .map(|number| call(busy, vec![parameter(number)]))
        .collect();
    let mut request = place.request(graph(&calls.iter().collect::<Vec<_>>()));
    request.resources.cpus = 8.0;
    request.resources.named.insert("gpu".to_owned(), 1.5);
    assert_eq!(request.run().unwrap().run.counts.ran, 12);
    assert_eq!(MOST.load(Ordering::SeqCst), 3);
}

static ALIVE: AtomicUsize = AtomicUsize::new(0);
static MOST_ALIVE: AtomicUsize = AtomicUsize::new(0);

/// A value that is counted while it lives.
struct Counted(u64);

impl Counted {
    fn new(value: u64) -> Self {
        let alive = ALIVE.fetch_add(1, Ordering::SeqCst) + 1;
        MOST_ALIVE.fetch_max(alive, Ordering::SeqCst);
        Self(value)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Artifact for Counted {
    const MEDIA_TYPE: &'static str = "application/vnd.test.counted";

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        write_serde(&self.0, output)
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        read_serde(input).map(Self::new)
    }
}

#[test]
fn values_are_let_go_of_when_the_last_who_wants_them_is_done() {
    let place = Place::new();
    let add = kept(typed(
        "add",
        &["n"],
        ArtifactType::of::<Counted>(),
        |_, mut arguments| live(Counted::new(arguments.shared::<Counted>(0)?.0 + 1)),
    ));
    let mut last = call(add, vec![parameter(Counted::new(0))]);
    for _ in 0..200 {
        last = call(add, vec![reads(&last)]);
    }
    let result = place.request(graph(&[&last])).run().unwrap();
    assert_eq!(result.run.counts.ran, 201);
    drop(last);
    assert!(MOST_ALIVE.load(Ordering::SeqCst) <= 5, "{MOST_ALIVE:?}");
}

#[test]
fn what_asks_for_more_than_there_is_is_blocked_by_the_plan_as_by_the_run() {
    let place = Place::new();
    let mut large = stage("large", &["n"], next);
    large.policy.memory = 3 << 40;
    let mut fast = stage("fast", &["n"], next);
    fast.policy.resources = &[("gpu", 1.0)];
    let (large, fast) = (
        call(kept(large), vec![parameter(1_u64)]),
        call(kept(fast), vec![parameter(1_u64)]),
    );
    let after = call(kept(stage("after", &["n"], next)), vec![reads(&large)]);
    let alone = call(kept(stage("alone", &["n"], next)), vec![parameter(1_u64)]);
    let mut request = place.request(graph(&[&after, &fast, &alone]));
    request.resources.memory = 8 << 30;
    let plan = request.plan().unwrap();
    let planned: Vec<_> = plan
        .calls
        .iter()
        .map(|call| {
            (
                call.stage.as_str(),
                call.decision.as_str(),
                call.reasons[0].to_string(),
            )
        })
        .collect();
    let memory = "it needs 3TiB of memory, there are 8GiB";
    let gpu = "it needs 1 of `gpu`, the profile offers 0: set resources.gpu";
    let expected = [
        ("large", "blocked", memory.to_owned()),
        ("after", "blocked", format!("`large` is blocked: {memory}")),
        ("fast", "blocked", gpu.to_owned()),
        ("alone", "run", "it has never run".to_owned()),
    ];
    assert_eq!(planned, expected);
    let result = request.run().unwrap();
    assert_eq!(result.ran(), ["alone"]);
    assert_eq!(result.run.outcome, Some(mlops_store::RunOutcome::Failed));
    let errors: Vec<_> = result
        .calls
        .iter()
        .filter_map(|call| call.error.clone())
        .collect();
    assert_eq!(
        errors,
        [memory, &format!("`large` is blocked: {memory}"), gpu]
    );
    // With the resource the same pipeline runs.
    request.resources.named.insert("gpu".to_owned(), 1.0);
    assert_eq!(request.run().unwrap().ran(), ["fast"]);
}

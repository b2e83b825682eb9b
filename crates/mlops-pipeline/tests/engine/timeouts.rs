//! Stages that take too long: they fail, and whatever they still do counts for nothing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mlops_core::Body;
use mlops_store::{JournalKind, StageOutcome};

use crate::place::{
    Place, call, graph, kept, live, next, parameter, reads, same, stage, wait_until,
};

#[test]
fn a_stage_that_outlives_its_timeout_fails_and_keeps_nothing_afterwards() {
    static DONE: AtomicUsize = AtomicUsize::new(0);
    let place = Place::new();
    let pipeline = || {
        let mut slow = stage("slow", &["n"], |cx, _| {
            let first = cx.attempt() == 1 && DONE.load(Ordering::SeqCst) == 0;
            if first {
                std::thread::sleep(Duration::from_millis(400));
                DONE.fetch_add(1, Ordering::SeqCst);
            }
            live(1_u64)
        });
        slow.policy.timeout = Some(Duration::from_millis(60));
        graph(&[&call(kept(slow), vec![parameter(1_u64)])])
    };
    let begun = Instant::now();
    let result = place.request(pipeline()).run().unwrap();
    assert!(
        begun.elapsed() < Duration::from_millis(350),
        "nobody waits for it"
    );
    assert_eq!(
        result.calls[0].error.as_deref(),
        Some("it took longer than its timeout of 60ms")
    );
    wait_until("its end", || DONE.load(Ordering::SeqCst) > 0);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(
        place.store.stage(result.run.id, 0).unwrap().outcome,
        StageOutcome::Failed
    );
    let lines = place.store.journal_after(0, 100).unwrap();
    let ends = lines
        .iter()
        .filter(|line| line.stage.is_some() && line.kind != JournalKind::Start);
    assert_eq!(
        ends.map(|line| line.kind).collect::<Vec<_>>(),
        [JournalKind::Fail]
    );
    // Its key is free although its thread was not.
    assert_eq!(place.request(pipeline()).run().unwrap().ran(), ["slow"]);
}

#[test]
fn a_stage_that_never_ends_does_not_keep_the_next_run_from_its_key() {
    static FREE: AtomicBool = AtomicBool::new(false);
    static TRIES: AtomicUsize = AtomicUsize::new(0);
    let place = Place::new();
    let pipeline = || {
        let mut stuck = stage("stuck", &["n"], |_, _| {
            if TRIES.fetch_add(1, Ordering::SeqCst) == 0 {
                while !FREE.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            live(1_u64)
        });
        stuck.policy.timeout = Some(Duration::from_millis(100));
        graph(&[&call(kept(stuck), vec![parameter(1_u64)])])
    };
    assert!(!place.request(pipeline()).run().unwrap().succeeded());
    assert_eq!(place.request(pipeline()).run().unwrap().ran(), ["stuck"]);
    FREE.store(true, Ordering::SeqCst);
}

#[test]
fn threads_that_a_timeout_left_behind_do_not_use_up_the_engines() {
    static FREE: AtomicBool = AtomicBool::new(false);
    let place = Place::new();
    let mut stuck = stage("stuck", &["n"], |_, _| {
        while !FREE.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        live(1_u64)
    });
    stuck.policy.timeout = Some(Duration::from_millis(10));
    let stuck = kept(stuck);
    let calls: Vec<_> = (0..60_u64)
        .map(|number| call(stuck, vec![parameter(number)]))
        .collect();
    let well = call(kept(stage("well", &["n"], next)), vec![parameter(1_u64)]);
    let after = call(kept(stage("after", &["n"], same)), vec![reads(&well)]);
    let mut outputs: Vec<_> = calls.iter().collect();
    outputs.push(&after);
    let mut request = place.request(graph(&outputs));
    request.keep_going = true;
    request.resources.cpus = 1.0;
    let result = request.run().unwrap();
    FREE.store(true, Ordering::SeqCst);
    assert_eq!(result.run.counts.failed, 60);
    assert_eq!(result.ran(), ["well", "after"]);
}

#[test]
fn an_async_stage_that_is_out_of_time_is_dropped() {
    static DROPPED: AtomicBool = AtomicBool::new(false);
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            DROPPED.store(true, Ordering::SeqCst);
        }
    }
    let place = Place::new();
    let mut slow = stage("slow", &["n"], same);
    slow.policy.timeout = Some(Duration::from_millis(30));
    slow.body = Body::Async(|_, _| {
        Box::pin(async {
            let _guard = Guard;
            tokio::time::sleep(Duration::from_secs(600)).await;
            live(1_u64)
        })
    });
    let result = place
        .request(graph(&[&call(kept(slow), vec![parameter(1_u64)])]))
        .run()
        .unwrap();
    assert_eq!(result.run.counts.failed, 1);
    assert!(DROPPED.load(Ordering::SeqCst));
}

#[test]
fn a_sync_stage_is_told_that_it_is_out_of_time() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    let place = Place::new();
    let mut polite = stage("polite", &["n"], |cx, _| {
        while !cx.cancelled() {
            std::thread::sleep(Duration::from_millis(2));
        }
        TOLD.store(true, Ordering::SeqCst);
        Err("told".into())
    });
    polite.policy.timeout = Some(Duration::from_millis(30));
    let request = place.request(graph(&[&call(kept(polite), vec![parameter(1_u64)])]));
    assert_eq!(request.run().unwrap().run.counts.failed, 1);
    wait_until("the word", || TOLD.load(Ordering::SeqCst));
}

//! Two processes that want the same: one makes it, the other waits for it and shares it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mlops_pipeline::Graph;
use mlops_store::Acquire;

use crate::place::{Ears, Place, call, graph, kept, live, parameter, request, same, stage};

static MADE: AtomicUsize = AtomicUsize::new(0);

fn slow(number: u64) -> Graph {
    let slow = kept(stage("slow", &["n"], |_, mut arguments| {
        MADE.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(150));
        live(*arguments.shared::<u64>(0)?)
    }));
    graph(&[&call(slow, vec![parameter(number)])])
}

#[test]
fn a_second_process_waits_and_shares_what_the_first_one_makes() {
    let place = Place::new();
    let stores = [place.store.clone(), place.other_process()];
    let results = std::thread::scope(|scope| {
        stores
            .map(|store| scope.spawn(|| request(store, slow(1)).run().unwrap()))
            .map(|run| run.join().unwrap())
    });
    assert_eq!(MADE.load(Ordering::SeqCst), 1);
    let ran: u64 = results.iter().map(|result| result.run.counts.ran).sum();
    let reused: u64 = results.iter().map(|result| result.run.counts.reused).sum();
    assert_eq!((ran, reused), (1, 1));
}

#[test]
fn what_rests_on_another_process_s_result_starts_when_that_is_there() {
    let place = Place::new();
    let pipeline = || {
        // Both slow, so that the second is not there yet when the one who waits sees the first.
        let slow = |name| {
            kept(stage(name, &["n"], |_, mut arguments| {
                std::thread::sleep(Duration::from_millis(100));
                live(*arguments.shared::<u64>(0)?)
            }))
        };
        let first = call(slow("first"), vec![parameter(5_u64)]);
        let then = slow("then");
        graph(&[&call(then, vec![crate::place::reads(&first)])])
    };
    // Whoever waits has nothing else to do: neither a call that runs nor another that waits.
    let stores = [place.store.clone(), place.other_process()];
    let results = std::thread::scope(|scope| {
        stores
            .map(|store| scope.spawn(|| request(store, pipeline()).run().unwrap()))
            .map(|run| run.join().unwrap())
    });
    for result in &results {
        assert!(result.succeeded(), "{result:#?}");
    }
    let ran: u64 = results.iter().map(|result| result.run.counts.ran).sum();
    assert_eq!(ran, 2, "each stage once");
}

#[test]
fn a_forced_stage_that_waited_for_another_process_still_runs() {
    static FORCED: AtomicUsize = AtomicUsize::new(0);
    let place = Place::new();
    let pipeline = || {
        let forced = kept(stage("forced", &["n"], |_, _| {
            FORCED.fetch_add(1, Ordering::SeqCst);
            live(1_u64)
        }));
        graph(&[&call(forced, vec![parameter(1_u64)])])
    };
    let key = place.request(pipeline()).run().unwrap().calls[0]
        .key
        .unwrap();
    let Acquire::Granted(lease) = place.other_process().acquire(&key).unwrap() else {
        panic!("nobody holds it");
    };
    let mut request = place.request(pipeline());
    request.force = vec!["forced".to_owned()];
    let ears = Arc::new(Ears::default());
    request.observer = Arc::clone(&ears) as _;
    std::thread::scope(|scope| {
        let run = scope.spawn(|| request.run().unwrap());
        ears.wait_for("wait forced");
        std::thread::sleep(Duration::from_millis(50));
        drop(lease);
        assert_eq!(run.join().unwrap().ran(), ["forced"]);
    });
    assert_eq!(FORCED.load(Ordering::SeqCst), 2);
}

#[test]
fn two_calls_with_the_same_key_in_one_run_are_made_once() {
    static ONCE: AtomicUsize = AtomicUsize::new(0);
    let place = Place::new();
    let one = call(kept(stage("one", &["n"], same)), vec![parameter(7_u64)]);
    let other = call(kept(stage("other", &["n"], same)), vec![parameter(7_u64)]);
    let both = kept(stage("both", &["n"], |_, mut arguments| {
        ONCE.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(50));
        live(*arguments.shared::<u64>(0)?)
    }));
    let ends = [&one, &other].map(|output| call(both, vec![crate::place::reads(output)]));
    let result = place.request(graph(&[&ends[0], &ends[1]])).run().unwrap();
    assert!(result.succeeded());
    assert_eq!(ONCE.load(Ordering::SeqCst), 1);
    assert_eq!(result.reused().len(), 1);
}

//! Pipelines of a hundred thousand calls: no stack overflows, and nothing grows faster than they do.

use crate::place::{Place, call, graph, kept, parameter, reads, same, stage};

#[test]
fn a_chain_of_a_hundred_thousand_calls_is_built_planned_run_and_dropped() {
    let place = Place::new();
    let same = kept(stage("same", &["n"], same));
    let chain = |length: usize| {
        let mut last = call(same, vec![parameter(7_u64)]);
        for _ in 1..length {
            last = call(same, vec![reads(&last)]);
        }
        graph(&[&last])
    };
    // Each gives on what it got, so all but the first have one key: two runs of the stage keep a chain of any length.
    assert!(place.request(chain(2)).run().unwrap().succeeded());
    let long = place.request(chain(100_000));
    assert_eq!(long.graph.len(), 100_000);
    let result = long.run().unwrap();
    assert_eq!(result.run.counts.reused, 100_000);
    drop(long);
}

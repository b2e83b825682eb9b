//! How long it takes to ask where an artifact comes from, and what rests on it, among ten thousand artifacts.
//!
//! Two shapes: a deep diamond, in which each layer of two is made of both artifacts of the layer above, so that there are
//! 2^4999 ways from end to end; and a wide one, in which one artifact becomes ten thousand, and these become one.
//!
//! ```console
//! $ cargo bench -p mlops --bench lineage
//! ```

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and stops at what is wrong"
)]

use std::path::Path;
use std::time::Instant;

use mlops::prelude::*;
use mlops_core::OutputCollector;
use mlops_pipeline::lineage::{Direction, LineageTarget, trace};
use mlops_pipeline::{Graph, RunRequest};
use mlops_store::{Store, StoreOptions};

const ARTIFACTS: u64 = 10_000;

/// Where all begins.
#[stage]
fn first(start: u64) -> u64 {
    start
}

/// One artifact of a deep diamond.
#[stage]
fn join(left: u64, right: u64, number: u64) -> u64 {
    // Different numbers, so that each is an artifact of its own.
    left ^ right.rotate_left(1) ^ (number << 20)
}

/// One artifact of a wide diamond.
#[stage]
fn part(start: u64, number: u64) -> u64 {
    start + number
}

/// The end of a wide diamond.
#[stage]
fn whole(parts: &[u64]) -> u64 {
    parts
        .iter()
        .fold(0, |sum, part| sum.wrapping_mul(31) + part)
}

fn deep() -> Handle<u64> {
    let (mut left, mut right) = (first(1_u64), first(2_u64));
    for layer in 1..ARTIFACTS / 2 {
        let next = join(&left, &right, 2 * layer);
        right = join(&left, &right, 2 * layer + 1);
        left = next;
    }
    join(left, right, 0_u64)
}

fn wide() -> Handle<u64> {
    let start = first(1_u64);
    let parts: Vec<_> = (1..=ARTIFACTS).map(|number| part(&start, number)).collect();
    whole(parts)
}

fn main() {
    println!("| shape | question | entries | median |\n|---|---|---|---|");
    for (shape, pipeline) in [("deep", deep as fn() -> Handle<u64>), ("wide", wide)] {
        let folder = tempfile::tempdir().unwrap();
        measure(shape, pipeline(), folder.path());
    }
}

fn measure(shape: &str, end: Handle<u64>, folder: &Path) {
    let store = Store::open(folder, StoreOptions::default()).unwrap();
    let mut collector = OutputCollector::default();
    end.collect(&mut collector);
    let graph = Graph::new(collector.into_outputs()).unwrap();
    let result = RunRequest::new(shape, graph, store.clone()).run().unwrap();
    assert!(result.succeeded());
    let first = store.stage(result.run.id, 0).unwrap().entry.unwrap();
    let start = store.entry(first).unwrap().outputs[0].digest;
    for (direction, digest) in [
        (Direction::Up, result.outputs[0].1.digest),
        (Direction::Down, start),
    ] {
        for run in [None, Some(result.run.id)] {
            let target = LineageTarget::Digests {
                digests: vec![digest],
                run,
            };
            let (milliseconds, entries) =
                median(|| trace(&store, &target, direction).unwrap().entries.len());
            let within = if run.is_some() {
                "within a run"
            } else {
                "everywhere"
            };
            println!(
                "| {shape} | {direction:?}, {within} | {entries} | {:.1} ms |",
                milliseconds
            );
        }
    }
}

/// The median of seven times in milliseconds, and the answer.
fn median(mut question: impl FnMut() -> usize) -> (f64, usize) {
    let mut answer = 0;
    let mut times: Vec<f64> = (0..7)
        .map(|_| {
            let begun = Instant::now();
            answer = question();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[3], answer)
}

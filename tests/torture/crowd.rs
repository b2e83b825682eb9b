//! Many processes on one store: each stage is executed once, whoever dies meanwhile.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::{Duration, Instant};

use mlops_store::{RunFilter, StageOutcome};

use super::program::{Answer, CALLS, Ended, Place};
use super::{assert_whole, check, open};

/// How many at once.
const CROWD: usize = 8;

fn start(place: &Place, pace: u64) -> Vec<Child> {
    (0..CROWD)
        .map(|_| {
            let mut command = place.command(&["run", "--json"]);
            command.env("TORTURE_PACE", pace.to_string());
            command.spawn().unwrap()
        })
        .collect()
}

/// How often each key was made, by the records of all runs.
fn made(place: &Place) -> BTreeMap<String, usize> {
    let store = open(&place.store());
    let mut made = BTreeMap::new();
    for run in store.runs(&RunFilter::default()).unwrap() {
        for stage in store.stages(run.id).unwrap() {
            if stage.outcome == StageOutcome::Ran {
                let key = stage.key.map(|key| key.to_string()).unwrap();
                *made.entry(key).or_default() += 1;
            }
        }
    }
    made
}

fn clean_answer() -> Answer {
    Place::new().run(0).answer().unwrap()
}

#[test]
fn eight_processes_on_an_empty_store_execute_no_stage_twice_and_give_one_answer() {
    for pace in [0, 8] {
        let place = Place::new();
        let clean = clean_answer();
        let mut ran = 0;
        for child in start(&place, pace) {
            let ended = Ended::of(child.wait_with_output().unwrap());
            assert_eq!(ended.answer().as_ref(), Some(&clean), "{ended:#?}");
            ran += ended.count("ran").unwrap();
        }
        let executions = place.executions();
        assert_eq!(executions.len(), CALLS, "{executions:?}");
        assert!(
            executions.values().all(|count| *count == 1),
            "{executions:?}"
        );
        assert_eq!(ran, CALLS as u64);
        assert!(made(&place).values().all(|count| *count == 1));
        assert_whole(&check(&place.store()), "after eight at once");
    }
}

#[test]
fn when_the_process_that_makes_something_is_killed_the_others_take_over_and_nothing_is_made_twice()
{
    for stage in [
        "begin shard-2",
        "step fit-3",
        "step grow-4",
        "begin cut-0",
        "end merge-0",
    ] {
        let place = Place::new();
        let clean = clean_answer();
        let mut children = start(&place, 12);
        let patience = Instant::now();
        let killed = loop {
            let log = place.log();
            if let Some((process, _)) = log.iter().find(|(_, said)| said == stage) {
                break *process;
            }
            assert!(
                patience.elapsed() < Duration::from_secs(60),
                "{stage}: {log:?}"
            );
            std::thread::sleep(Duration::from_millis(1));
        };
        let doomed = children
            .iter_mut()
            .find(|child| child.id() == killed)
            .unwrap();
        doomed.kill().unwrap();
        for child in children {
            let process = child.id();
            let ended = Ended::of(child.wait_with_output().unwrap());
            if process != killed {
                assert_eq!(ended.answer().as_ref(), Some(&clean), "{stage}: {ended:#?}");
            }
        }
        // Whoever lives executes nothing that somebody else executes; only what died with its process is begun again.
        let mut by_the_living = BTreeMap::<_, usize>::new();
        for (process, said) in place.log() {
            if said.starts_with("begin ") && process != killed {
                *by_the_living.entry(said).or_default() += 1;
            }
        }
        assert!(
            by_the_living.values().all(|count| *count == 1),
            "{stage}: {by_the_living:?}"
        );
        let made = made(&place);
        assert_eq!(made.len(), CALLS, "{stage}");
        assert!(made.values().all(|count| *count == 1), "{stage}: {made:?}");
        assert_whole(&check(&place.store()), stage);
        // The steps before the last checkpoint were not done again.
        if let Some(step) = stage.strip_prefix("step ") {
            let (name, number) = step.split_once('-').unwrap();
            let number: usize = number.parse().unwrap();
            for early in 0..number {
                let line = format!("step {name}-{early}");
                let times = place.log().iter().filter(|(_, said)| *said == line).count();
                assert_eq!(times, 1, "{line}");
            }
        }
    }
}

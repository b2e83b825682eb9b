//! `kill -9` at any instant: what is listed is whole, and the next run gives what a run in peace would have given.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use mlops_store::{RunFilter, Store};

use super::chance::Chance;
use super::program::{Answer, Ended, Place};
use super::{assert_whole, check, files, open};

/// How many kills of runs that began with nothing, each in its own part of the run.
const SPREAD: usize = 60;

/// How many kills altogether, at least.
const KILLS: usize = 100;

/// How many of them between the bytes of an artifact and the row that lists it, at least.
const BETWEEN: usize = 10;

/// Rounds that share a store. Not all, because each check reads everything.
const ROUNDS_OF_A_STORE: u64 = 12;

/// What the kills did.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    /// Kills that left files which no row lists.
    between: usize,
    /// Tenths of the run in which one that had begun with nothing was killed.
    tenths: BTreeSet<usize>,
    /// Kills of runs that went on from what an earlier one had kept.
    of_resumed: usize,
}

/// Starts the command and kills it after the delay, unless it has ended by then.
fn kill_after(mut command: Command, delay: Duration) -> bool {
    let mut child = command.spawn().unwrap();
    std::thread::sleep(delay);
    child.kill().unwrap();
    // Only a signal leaves no exit code.
    child.wait().unwrap().code().is_none()
}

/// Large artifacts that stand in their place and that no row lists.
fn orphans(folder: &Path) -> BTreeSet<String> {
    let report = check(folder);
    assert_whole(&report, "after a kill");
    report
        .problems
        .iter()
        .filter(|problem| problem.code == "orphan")
        .map(|problem| problem.subject.clone())
        .collect()
}

/// The program, or the same pipeline with a pause between bytes and row.
fn program(place: &Place, round: u64, with_pause: bool) -> Command {
    if with_pause {
        let mut command = place.direct(round);
        command.env("TORTURE_BETWEEN", "4");
        command
    } else {
        place.command(&["run", "--json", "--set", &format!("round={round}")])
    }
}

/// How long a run in peace takes: the shortest of several, so that a delay within it hits.
fn duration(with_pause: bool) -> Duration {
    let place = Place::new();
    (0..3)
        .map(|round| {
            let begun = Instant::now();
            let ended = program(&place, round, with_pause).output().unwrap();
            assert!(ended.status.success(), "{:#?}", Ended::of(ended));
            begun.elapsed()
        })
        .min()
        .unwrap()
}

#[test]
fn killed_at_a_hundred_instants_what_is_listed_is_whole_and_the_next_run_is_right() {
    let mut chance = Chance::new(0x5EED_0001);
    let durations = [duration(false), duration(true)];
    let mut parts: Vec<usize> = (0..SPREAD).collect();
    chance.shuffle(&mut parts);
    let mut tally = Tally::default();
    let mut rounds: Vec<(usize, u64)> = Vec::new();
    let mut places: Vec<Place> = Vec::new();
    let mut known = BTreeSet::new();
    let mut round = 0;
    while let Some(part) = parts.pop() {
        assert!(round < 8 * KILLS as u64, "too few kills hit: {tally:?}");
        round += 1;
        if places.is_empty() || round % ROUNDS_OF_A_STORE == 0 {
            places.push(Place::new());
            known.clear();
        }
        let place = places.last().unwrap();
        rounds.push((places.len() - 1, round));
        let with_pause = round % 2 == 0;
        let whole = durations[usize::from(with_pause)];
        let at = (part as f64 + chance.part()) / SPREAD as f64;
        let mut delay = whole.mul_f64(at);
        let mut is_first = true;
        // After the first kill, the next goes on from what was kept, and is killed, too.
        while kill_after(program(place, round, with_pause), delay) {
            tally.kills += 1;
            let found = orphans(&place.store_made());
            tally.between += usize::from(found.difference(&known).next().is_some());
            known = found;
            if is_first {
                tally.tenths.insert((at * 10.0) as usize);
            } else {
                tally.of_resumed += 1;
                break;
            }
            is_first = false;
            delay = whole.mul_f64(chance.part());
        }
        if is_first {
            // It had ended already: the machine was faster than before. The same part again, on another round.
            parts.insert(0, part);
        }
        if parts.is_empty() && (tally.kills < KILLS || tally.between < BETWEEN) {
            parts.push(chance.below(SPREAD as u64) as usize);
        }
    }
    println!("{tally:?} in {round} rounds on {} stores", places.len());
    assert!(
        tally.kills >= KILLS && tally.between >= BETWEEN,
        "{tally:?}"
    );
    assert_eq!(
        tally.tenths.len(),
        10,
        "spread over the whole run: {tally:?}"
    );
    assert!(tally.of_resumed >= 10, "{tally:?}");

    let clean = Place::new();
    for (index, round) in rounds {
        let place = &places[index];
        assert_eq!(
            answer_in_peace(place, round),
            answer_in_peace(&clean, round),
            "round {round}"
        );
        assert_eq!(
            bytes_of_the_last_run(&open(&place.store())),
            bytes_of_the_last_run(&open(&clean.store())),
            "round {round}"
        );
    }
    for place in &places {
        after_all_kills(place);
    }
}

impl Place {
    /// The store's folder; whoever was killed before it was whole leaves the making of it to us.
    fn store_made(&self) -> std::path::PathBuf {
        drop(open(&self.store()));
        self.store()
    }
}

fn answer_in_peace(place: &Place, round: u64) -> Answer {
    let ended = place.run(round);
    let answer = ended.answer();
    answer.unwrap_or_else(|| panic!("round {round}: {ended:#?}"))
}

/// The results of the pipeline, as bytes.
fn bytes_of_the_last_run(store: &Store) -> Vec<(String, Vec<u8>)> {
    use mlops_core::ArtifactInput as _;
    let run = store.find_run("latest", None).unwrap();
    assert_eq!(run.outputs.len(), 3);
    let outputs = run.outputs.iter();
    outputs
        .flat_map(|(name, digests)| digests.iter().map(move |digest| (name.clone(), digest)))
        .map(|(name, digest)| (name, store.read_artifact(digest).unwrap().bytes().to_vec()))
        .collect()
}

/// What a store looks like when all who were killed have been followed by one who was not.
fn after_all_kills(place: &Place) {
    let store = open(&place.store());
    store.remove_leftovers().unwrap();
    let left: Vec<_> = ["temporary", "scratch", "owners", "checkpoints"]
        .iter()
        .flat_map(|name| files(&place.store().join(name)))
        // Whoever was killed before it said who it is may be about to say so, for all that the others know.
        .filter(|path| {
            !path
                .extension()
                .is_some_and(|end| end == "probe" || end == "new")
        })
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    let runs = store.runs(&RunFilter::default()).unwrap();
    let open: Vec<_> = runs.iter().filter(|run| run.outcome.is_none()).collect();
    assert!(open.is_empty(), "runs without an outcome: {open:?}");
    // Lineage is told line by line, and a line is told whole.
    let events = place.store().join("lineage/openlineage.jsonl");
    for (number, line) in std::fs::read_to_string(events).unwrap().lines().enumerate() {
        let event: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(event.is_ok(), "line {number} of the events: {line}");
    }
}

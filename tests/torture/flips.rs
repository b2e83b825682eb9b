//! One flipped bit in any file of the store: a run gives the right answer or says what is damaged, and so does every look.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::chance::Chance;
use super::program::{Answer, Place};
use super::{copy, files};

/// How many bits of each kind of file are flipped, one at a time.
const FLIPS: [(Kind, usize); 8] = [
    (Kind::Database, 70),
    (Kind::Log, 50),
    (Kind::Artifact, 40),
    (Kind::Checkpoint, 16),
    (Kind::Lineage, 12),
    (Kind::AuditHead, 8),
    (Kind::Owner, 6),
    (Kind::Rest, 10),
];

/// What a file of the store is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Database,
    /// The write-ahead log.
    Log,
    Artifact,
    Checkpoint,
    Lineage,
    AuditHead,
    Owner,
    /// The format, and the index of the write-ahead log.
    Rest,
}

impl Kind {
    fn of(path: &Path) -> Self {
        let name = path.to_string_lossy();
        match &*name {
            "metadata.sqlite" => Self::Database,
            "metadata.sqlite-wal" => Self::Log,
            "audit.head" => Self::AuditHead,
            _ if name.starts_with("artifacts/") => Self::Artifact,
            _ if name.starts_with("checkpoints/") => Self::Checkpoint,
            _ if name.starts_with("lineage/") => Self::Lineage,
            _ if name.starts_with("owners/") => Self::Owner,
            _ => Self::Rest,
        }
    }
}

/// A store with something of everything: two runs in peace, a refusal in the audit log, and a run that was killed at its
/// fourth large checkpoint, so that the log, the checkpoints and the owner's file are there.
fn sample() -> Place {
    let place = Place::new();
    assert_eq!(place.run(1).code, Some(0));
    for _ in 0..2 {
        let refused = place.call(&["run", "--json", "--profile", "production"]);
        assert_eq!(refused.code, Some(3), "{refused:#?}");
    }
    place.kill_when(2, "step grow-4");
    place
}

/// The files of each kind that have a bit to flip, relative to the store.
fn by_kind(store: &Path) -> BTreeMap<Kind, Vec<PathBuf>> {
    let mut kinds = BTreeMap::<_, Vec<_>>::new();
    for path in files(store) {
        let relative = path.strip_prefix(store).unwrap().to_owned();
        if std::fs::metadata(&path).unwrap().len() > 0 {
            kinds.entry(Kind::of(&relative)).or_default().push(relative);
        }
    }
    kinds
}

fn flip(path: &Path, bit: u64) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
    // Artifacts are read-only.
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// What is looked at. Both runs by their ids: `latest` would be another run if the last one were lost.
fn looks(runs: &[String]) -> Vec<Vec<String>> {
    let mut looks = Vec::new();
    for run in runs {
        looks.push(vec!["show".to_owned(), run.clone()]);
    }
    let first = &runs[0];
    looks.push(vec!["show".to_owned(), format!("{first}/report")]);
    for output in ["report", "shard[1]", "halves[0]/1", "cut", "fit"] {
        let what = format!("{first}/{output}");
        looks.push(vec!["artifact".to_owned(), "get".to_owned(), what]);
    }
    looks.push(vec!["lineage".to_owned(), format!("{first}/report")]);
    let what = format!("{first}/shard[0]");
    looks.push(vec!["lineage".to_owned(), what, "--down".to_owned()]);
    looks
}

/// Looks, and returns the exit code, what was said, and what was told on the side.
fn look(place: &Place, arguments: &[String]) -> (Option<i32>, Vec<Value>, String) {
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.push("--json");
    let mut ended = place.call(&arguments);
    for line in &mut ended.lines {
        // The killed run ends when the first who looks finds it dead.
        if line["reason"] == "the process died"
            && let Some(fields) = line.as_object_mut()
        {
            fields.remove("ended");
            fields.remove("seconds");
        }
    }
    (ended.code, ended.lines, ended.told)
}

/// Whether this was the truth at some earlier moment: nothing was done that was not done, only less of it.
fn is_earlier(said: &[Value], expected: &[Value]) -> bool {
    let (Some(run), Some(later)) = (said.first(), expected.first()) else {
        return false;
    };
    let was_done = |line: &&Value| line["event"] == "stage" && line["outcome"] == "ran";
    run["id"] == later["id"]
        && run["reason"] == "the process died"
        && said
            .iter()
            .filter(was_done)
            .all(|line| expected.contains(line))
}

/// The first place at which what was said differs, for people.
fn difference(said: &[Value], expected: &[Value]) -> String {
    let differs = (0..said.len().max(expected.len())).find(|at| said.get(*at) != expected.get(*at));
    let line = |lines: &[Value]| {
        differs
            .and_then(|at| lines.get(at))
            .map(ToString::to_string)
    };
    format!("{:?}\n  instead of\n{:?}", line(said), line(expected))
}

/// What the undamaged store says and gives.
struct Truth {
    looks: Vec<(Vec<String>, Vec<Value>)>,
    answers: [Answer; 2],
}

fn truth(sample: &Path) -> Truth {
    let place = Place::new();
    copy(sample, &place.store());
    let runs: Vec<String> = place
        .call(&["runs", "--json"])
        .lines
        .iter()
        .filter(|line| line["pipeline"] == "torture")
        .filter_map(|line| Some(line["run"].as_str()?.to_owned()))
        .rev()
        .collect();
    assert_eq!(runs.len(), 2, "one in peace, one killed");
    let looks = looks(&runs)
        .into_iter()
        .map(|arguments| {
            let (code, said, told) = look(&place, &arguments);
            assert_eq!(code, Some(0), "{arguments:?}: {told}");
            (arguments, said)
        })
        .collect();
    let answer = |round| Place::new().run(round).answer().unwrap();
    Truth {
        looks,
        answers: [answer(1), answer(2)],
    }
}

/// What became of a flip.
#[derive(Debug, Default, Clone)]
struct Seen {
    flips: usize,
    /// Looks that ended in an error, be it after all that could still be said.
    refused_looks: usize,
    /// Runs that ended in an error.
    refused_runs: usize,
    /// Runs that made something again.
    made_again: usize,
}

/// Flips a bit in a copy of the sample, looks, and runs. `Err` is a wrong answer.
fn one_flip(
    sample: &Path,
    truth: &Truth,
    file: &Path,
    bit: u64,
    seen: &mut Seen,
) -> Result<(), String> {
    let place = Place::new();
    copy(sample, &place.store());
    flip(&place.store().join(file), bit);
    seen.flips += 1;
    // One look of each flip, so that it is the first to see the damage.
    let (arguments, expected) = &truth.looks[bit as usize % truth.looks.len()];
    let (code, said, told) = look(&place, arguments);
    match code {
        Some(0) if said == *expected => {}
        // A log ends for SQLite where a sum is wrong, as if the process had been killed a moment earlier.
        Some(0) if Kind::of(file) == Kind::Log && is_earlier(&said, expected) => {}
        Some(0) => {
            return Err(format!(
                "{arguments:?} said {}\n{told}",
                difference(&said, expected)
            ));
        }
        Some(1 | 4) => seen.refused_looks += 1,
        // A run that cannot be found is no wrong usage, but that is what it looks like.
        other => return Err(format!("{arguments:?} ended with {other:?}: {told}")),
    }
    for (round, answer) in (1..).zip(&truth.answers) {
        let ended = place.run(round);
        match ended.code {
            Some(0) if ended.answer().as_ref() == Some(answer) => {
                let expected = if round == 1 { 0 } else { 3 };
                seen.made_again += usize::from(ended.count("ran") > Some(expected));
            }
            Some(4) => {
                let (code, help) = ended.error().ok_or("no error was told")?;
                if !code.starts_with("store::") || help.is_empty() {
                    return Err(format!("an error without a next step: {code}, {help}"));
                }
                seen.refused_runs += 1;
            }
            other => {
                return Err(format!(
                    "round {round} ended with {other:?}: {}\n{}",
                    ended.said, ended.told
                ));
            }
        }
    }
    Ok(())
}

#[test]
fn a_flipped_bit_in_any_file_never_gives_a_wrong_answer_and_what_is_lost_is_made_again() {
    let sample = sample();
    let truth = truth(&sample.store());
    let kinds = by_kind(&sample.store());
    let mut chance = Chance::new(0x5EED_0002);
    let mut work = Vec::new();
    for (kind, count) in FLIPS {
        let files = &kinds
            .get(&kind)
            .unwrap_or_else(|| panic!("no {kind:?} in {kinds:?}"));
        for _ in 0..count {
            let file = files[chance.below(files.len() as u64) as usize].clone();
            let length = std::fs::metadata(sample.store().join(&file)).unwrap().len();
            work.push((kind, file, chance.below(length * 8)));
        }
    }
    assert!(work.len() >= 200);
    let (seen, wrong) = in_two_halves(
        &work,
        |(kind, file, bit), seen: &mut BTreeMap<Kind, Seen>| {
            one_flip(
                &sample.store(),
                &truth,
                file,
                *bit,
                seen.entry(*kind).or_default(),
            )
            .map_err(|why| format!("bit {bit} of {}: {why}", file.display()))
        },
    );
    println!("{seen:#?}");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
    // A flip in an artifact is always a loss, and always noticed.
    let artifacts = &seen[&Kind::Artifact];
    assert!(
        artifacts.made_again + artifacts.refused_runs >= 1,
        "{artifacts:?}"
    );
}

/// Two at a time: what is waited for is other processes.
fn in_two_halves<T: Sync>(
    work: &[T],
    one: impl Fn(&T, &mut BTreeMap<Kind, Seen>) -> Result<(), String> + Sync,
) -> (BTreeMap<Kind, Seen>, Vec<String>) {
    let halves = [&work[..work.len() / 2], &work[work.len() / 2..]];
    let results = std::thread::scope(|scope| {
        halves
            .map(|half| {
                let one = &one;
                scope.spawn(move || {
                    let mut seen = BTreeMap::new();
                    let wrong = half.iter().filter_map(|item| one(item, &mut seen).err());
                    let wrong: Vec<String> = wrong.collect();
                    (seen, wrong)
                })
            })
            .map(|half| half.join().unwrap())
    });
    let [(mut seen, mut wrong), (other, more)] = results;
    for (kind, add) in other {
        let sum: &mut Seen = seen.entry(kind).or_default();
        sum.flips += add.flips;
        sum.refused_looks += add.refused_looks;
        sum.refused_runs += add.refused_runs;
        sum.made_again += add.made_again;
    }
    wrong.extend(more);
    (seen, wrong)
}

#[test]
fn a_flipped_bit_in_an_artifact_is_set_aside_and_its_stage_alone_runs_again() {
    let place = Place::new();
    let clean = place.run(1);
    let digest = |stage: &str| -> String {
        let line = clean
            .lines
            .iter()
            .find(|line| line["stage"] == stage)
            .unwrap();
        line["outputs"][0].as_str().unwrap().replace("blake3:", "")
    };
    let hex = digest("grow");
    let file = place
        .store()
        .join("artifacts")
        .join(&hex[..2])
        .join(&hex[2..]);
    flip(&file, 12_345);
    let got = place.call(&["artifact", "get", "latest/grow", "--json"]);
    assert_eq!(got.code, Some(4), "{got:#?}");
    assert_eq!(got.error().unwrap().0, "store::damaged");
    assert!(place.store().join("damaged").join(&hex).exists());
    let again = place.run(1);
    assert_eq!(again.answer(), clean.answer());
    let ran: Vec<&Value> = again
        .lines
        .iter()
        .filter(|line| line["outcome"] == "ran")
        .collect();
    assert_eq!(ran.len(), 1, "{ran:#?}");
    assert_eq!(ran[0]["stage"], "grow");
}

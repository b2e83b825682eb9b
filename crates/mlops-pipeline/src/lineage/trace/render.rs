//! An answer for people, and for programs: each thing once, whatever the shape of the graph.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write};

use mlops_core::Digest;
use mlops_store::{InputKind, LineageEntry, LineageInput};
use serde_json::{Value, json};

use super::{Direction, LineageAnswer, TracedRun};

/// Deeper steps are not indented further: a chain of thousands must stay readable, and its text must not grow with the
/// square of its length.
const DEEPEST_INDENT: usize = 12;
/// A parameter's value is shown up to so many characters.
const LONGEST_VALUE: usize = 60;

impl LineageAnswer {
    /// The answer as objects, one for each thing: first what was asked about, then stage calls, runs and sources.
    pub fn to_json(&self) -> Vec<Value> {
        let mut lines = vec![json!({
            "event": "lineage",
            "direction": self.direction,
            "targets": self.targets,
            "entries": self.entries.len(),
            "runs": self.runs.len(),
            "sources": self.sources.len(),
        })];
        lines.extend(
            self.entries
                .iter()
                .map(|entry| tagged("entry", json!(entry))),
        );
        lines.extend(self.runs.iter().map(|run| tagged("made_by", json!(run))));
        lines.extend(
            self.sources
                .iter()
                .map(|source| tagged("source", json!(source))),
        );
        for (whole, parts) in &self.parts {
            lines.push(json!({ "event": "parts", "whole": whole, "parts": parts }));
        }
        lines
    }
}

/// The object with what it is in front.
fn tagged(event: &str, object: Value) -> Value {
    let mut tagged = json!({ "event": event });
    if let (Value::Object(tagged), Value::Object(fields)) = (&mut tagged, object) {
        tagged.extend(fields);
    }
    tagged
}

impl fmt::Display for LineageAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tree = Tree::new(self);
        if self.entries.is_empty() {
            for target in &self.targets {
                let nothing = match self.direction {
                    Direction::Up => "no stage made it",
                    Direction::Down => "nothing rests on it",
                };
                writeln!(f, "{}  {nothing}", target.short())?;
            }
            return Ok(());
        }
        tree.write(f)?;
        if !self.sources.is_empty() {
            writeln!(f, "\nsources")?;
            for source in &self.sources {
                let digest = source
                    .digest
                    .map_or_else(String::new, |digest| digest.short());
                writeln!(f, "  {} {}  {digest}", source.kind, source.location)?;
            }
        }
        writeln!(f, "\nruns")?;
        for run in &self.runs {
            writeln!(f, "  {}", run_line(run))?;
        }
        Ok(())
    }
}

fn run_line(run: &TracedRun) -> String {
    let Some(record) = &run.record else {
        return format!("{}  its record is damaged or gone", run.run);
    };
    let code = match (&record.code.commit, record.code.dirty) {
        (Some(commit), dirty) => {
            let short: String = commit.chars().take(10).collect();
            let dirty = if dirty == Some(true) {
                ", changed since"
            } else {
                ""
            };
            format!("commit {short}{dirty}")
        }
        (None, _) => "no commit known".to_owned(),
    };
    let outcome = record.outcome.map_or("running", |outcome| outcome.as_str());
    format!(
        "{}  {} ({}), {outcome}, {}, {code}",
        run.run,
        record.pipeline,
        record.profile,
        record.started.strftime("%Y-%m-%d %H:%M:%SZ"),
    )
}

/// The entries as a tree in which each is written out once and named after that.
struct Tree<'a> {
    answer: &'a LineageAnswer,
    by_id: HashMap<i64, &'a LineageEntry>,
    /// Entries by the digests at their end that points back to what was asked about.
    near: HashMap<Digest, Vec<i64>>,
    /// From a digest to those by which it goes on: the wholes of a part, or the parts of a whole.
    beside: HashMap<Digest, Vec<Digest>>,
}

/// One line that is still to be written, with how far it is indented.
enum Pending<'a> {
    Artifact(Digest, usize),
    Entry(&'a LineageEntry, usize),
}

impl<'a> Tree<'a> {
    fn new(answer: &'a LineageAnswer) -> Self {
        let mut near: HashMap<Digest, Vec<i64>> = HashMap::new();
        for entry in &answer.entries {
            let digests: Vec<Digest> = match answer.direction {
                Direction::Up => entry.outputs.iter().map(|output| output.digest).collect(),
                Direction::Down => entry
                    .inputs
                    .iter()
                    .filter_map(|input| input.digest)
                    .collect(),
            };
            for digest in digests {
                let entries = near.entry(digest).or_default();
                if entries.last() != Some(&entry.id) {
                    entries.push(entry.id);
                }
            }
        }
        let mut beside: HashMap<Digest, Vec<Digest>> = HashMap::new();
        for (whole, parts) in &answer.parts {
            for part in parts {
                let (from, to) = match answer.direction {
                    Direction::Up => (*part, *whole),
                    Direction::Down => (*whole, *part),
                };
                beside.entry(from).or_default().push(to);
            }
        }
        Self {
            answer,
            by_id: answer
                .entries
                .iter()
                .map(|entry| (entry.id, entry))
                .collect(),
            near,
            beside,
        }
    }

    /// Without recursion: a chain may be longer than a stack is deep.
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pending: Vec<Pending<'a>> = Vec::new();
        let targets = self.answer.targets.iter().rev();
        pending.extend(targets.map(|target| Pending::Artifact(*target, 0)));
        let mut artifacts = HashSet::new();
        let mut entries = HashSet::new();
        while let Some(next) = pending.pop() {
            match next {
                Pending::Artifact(digest, depth) => {
                    let is_first = artifacts.insert(digest);
                    let further =
                        self.near.contains_key(&digest) || self.beside.contains_key(&digest);
                    let again = if is_first || !further {
                        ""
                    } else {
                        "  (see above)"
                    };
                    writeln!(f, "{}{}{again}", indent(depth), digest.short())?;
                    if !is_first {
                        continue;
                    }
                    let makers = self.near.get(&digest).into_iter().flatten().rev();
                    let makers = makers.filter_map(|id| self.by_id.get(id));
                    pending.extend(makers.map(|entry| Pending::Entry(entry, depth + 1)));
                    let beside = self.beside.get(&digest).into_iter().flatten().rev();
                    pending.extend(beside.map(|digest| Pending::Artifact(*digest, depth + 1)));
                }
                Pending::Entry(entry, depth) => {
                    let is_first = entries.insert(entry.id);
                    self.write_entry(f, entry, depth, is_first)?;
                    if is_first {
                        let next: Vec<Digest> = match self.answer.direction {
                            Direction::Up => artifacts_read(entry),
                            Direction::Down => {
                                entry.outputs.iter().map(|output| output.digest).collect()
                            }
                        };
                        let next = next.into_iter().rev();
                        pending.extend(next.map(|digest| Pending::Artifact(digest, depth + 1)));
                    }
                }
            }
        }
        Ok(())
    }

    fn write_entry(
        &self,
        f: &mut fmt::Formatter<'_>,
        entry: &LineageEntry,
        depth: usize,
        is_first: bool,
    ) -> fmt::Result {
        let verb = match self.answer.direction {
            Direction::Up => "made by",
            Direction::Down => "read by",
        };
        let margin = indent(depth);
        let id = entry.run.to_string();
        let run = short_run(&id);
        let again = if is_first { "" } else { "  (see above)" };
        writeln!(f, "{margin}{verb} {} in run {run}{again}", entry.stage)?;
        if !is_first {
            return Ok(());
        }
        for input in &entry.inputs {
            if let Some(text) = plain_input(input) {
                writeln!(f, "{margin}  {text}")?;
            }
        }
        if let Some(accepted) = &entry.accepted {
            writeln!(
                f,
                "{margin}  by the code of {}, whose change {} accepted: {}",
                accepted.from.short(),
                accepted.by,
                accepted.reason
            )?;
        }
        if !entry.whole {
            writeln!(
                f,
                "{margin}  its record is damaged: parameters are missing here"
            )?;
        }
        Ok(())
    }
}

/// The artifacts that an entry read, each once.
fn artifacts_read(entry: &LineageEntry) -> Vec<Digest> {
    let mut seen = HashSet::new();
    entry
        .inputs
        .iter()
        .filter(|input| input.kind == InputKind::Artifact)
        .filter_map(|input| input.digest)
        .filter(|digest| seen.insert(*digest))
        .collect()
}

/// A source or a parameter, in one line; artifacts have lines of their own.
fn plain_input(input: &LineageInput) -> Option<String> {
    let mut text = String::new();
    match (input.kind, &input.value) {
        (InputKind::Source, value) => {
            let location = input.location.as_deref().unwrap_or("somewhere");
            let value = value.as_ref().and_then(|value| value.as_str());
            let content = match (value, input.digest) {
                (Some(value), _) => value.to_owned(),
                (None, Some(digest)) => digest.short(),
                (None, None) => String::new(),
            };
            write!(text, "{} {location}  {content}", input.name).ok()?;
        }
        (InputKind::Parameter, Some(value)) => {
            let value = value.to_string();
            let shown: String = value.chars().take(LONGEST_VALUE).collect();
            let cut = if shown.len() < value.len() { "…" } else { "" };
            write!(text, "{} = {shown}{cut}", input.name).ok()?;
        }
        _ => return None,
    }
    Some(text)
}

fn indent(depth: usize) -> String {
    let mut margin = "  ".repeat(depth.min(DEEPEST_INDENT));
    if depth > DEEPEST_INDENT {
        margin.push_str(&format!("[{depth}] "));
    }
    margin
}

/// The last digits of a run's id: the first are its time, and many runs share them.
fn short_run(run: &str) -> &str {
    run.rsplit('-').next().unwrap_or(run)
}

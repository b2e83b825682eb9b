//! `data sources`: how reliable sources were, from what runs have kept of them.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use mlops_core::{Clock, Digest, SystemClock};
use mlops_data::contract::Verdict;
use mlops_data::dataset::LeakKind;
use mlops_data::quality::{Delivery, Outcome, Promise, Reliability, SourceHistory};
use mlops_store::{
    Entry, InputKind, InputRecord, Playback, RunFilter, StageOutcome, StageRecord, Store,
    StoreError,
};
use serde_json::json;

use crate::cli::arguments::{CommonArguments, DataSourcesArguments};
use crate::cli::tell;
use crate::failure::{Exit, Failure};
use crate::report::style;

/// Kinds of sources that deliver something; a clock and a variable do not.
const DELIVERING: [&str; 4] = ["file", "folder", "glob", "url"];

/// Tells how reliable each source was. Ends well if none is overdue.
pub(super) fn sources(
    store: &Store,
    common: &CommonArguments,
    arguments: &DataSourcesArguments,
) -> Result<u8, Failure> {
    let promise = promise(arguments)?;
    let history = history(store)?;
    let now = SystemClock.now();
    let wanted = |source: &&str| {
        let mut asked = arguments.source.iter();
        arguments.source.is_empty() || asked.any(|part| source.contains(part.as_str()))
    };
    let found = history
        .sources()
        .into_iter()
        .filter(wanted)
        .map(|source| history.of(source, promise, now))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(path) = &arguments.to {
        let table = history.to_table()?;
        let mut bytes = Vec::new();
        table.write_csv(&mut bytes)?;
        tell::write_file(path, &bytes)?;
    }
    if common.json {
        for source in &found {
            let mut line = json!(source);
            line["event"] = json!("source");
            tell::json_line(&line)?;
        }
    } else if found.is_empty() && !history.sources().is_empty() {
        let sources = history.sources().join(", ");
        tell::text(&format!("no source is called so; there are {sources}"))?;
    } else if found.is_empty() {
        tell::text("no run has read a file, a folder or an address yet")?;
    } else {
        tell::text(&shown(&found))?;
    }
    let is_overdue = found.iter().any(|source| source.fresh == Verdict::Fail);
    Ok(if is_overdue { Exit::Failed as u8 } else { 0 })
}

fn promise(arguments: &DataSourcesArguments) -> Result<Option<Promise>, Failure> {
    let duration = |text: &String| -> Result<SignedDuration, Failure> {
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
        let parsed = match days {
            Some(days) => i64::checked_mul(days, 24).and_then(SignedDuration::try_from_hours),
            None => text.parse().ok(),
        };
        let positive = parsed.filter(|duration| !duration.is_negative());
        positive.ok_or_else(|| {
            Failure::usage("command::duration", format!("`{text}` is no duration"))
                .help("write `36h`, `7d` or `15m`")
        })
    };
    let Some(every) = arguments.every.as_ref().map(duration).transpose()? else {
        return Ok(None);
    };
    if every.is_zero() {
        return Err(
            Failure::usage("command::duration", "nothing is delivered every no time")
                .help("write `36h`, `7d` or `15m`"),
        );
    }
    let grace = arguments.grace.as_ref().map(duration).transpose()?;
    Ok(Some(
        Promise::every(every).grace(grace.unwrap_or(SignedDuration::ZERO)),
    ))
}

fn shown(found: &[Reliability]) -> String {
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    let rows = found.iter().map(|source| {
        let score = source
            .score
            .zip(source.interval)
            .map(|(score, [low, high])| {
                format!(
                    "{} % ({} to {})",
                    percent(score),
                    percent(low),
                    percent(high)
                )
            });
        let counts = [
            (source.late, "late"),
            (source.broken, "broken"),
            (source.failed, "failed"),
            (source.missed, "missed"),
        ];
        let others = counts.into_iter().filter(|(count, _)| *count > 0);
        let others: Vec<String> = others
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let latest = source.periods.iter().rev().take(3).rev();
        let latest: Vec<String> = latest
            .map(|period| format!("{} {} %", period.month, percent(period.score)))
            .collect();
        let fresh = match source.fresh {
            Verdict::Pass => "fresh",
            Verdict::Fail => "overdue",
            Verdict::NoEvidence => "",
        };
        vec![
            source.source.clone(),
            score.unwrap_or_default(),
            source.expected.to_string(),
            others.join(", "),
            source.newest.map(moment).unwrap_or_default(),
            fresh.to_owned(),
            latest.join(", "),
        ]
    });
    let header = [
        "source",
        "good",
        "deliveries",
        "of which",
        "newest",
        "promise",
        "by month",
    ];
    let table = tell::table(&header, rows);
    let last =
        "\ngood: came on time and kept its contract; in brackets where that share lies at 95 %\n";
    format!("{table}{}", style::dim(last))
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A source and the content that it had.
type Seen = (String, Option<Digest>);

/// What all runs have kept of sources, the oldest first.
fn history(store: &Store) -> Result<SourceHistory, StoreError> {
    let mut history = SourceHistory::new();
    let mut entries: HashMap<i64, Entry> = HashMap::new();
    let runs = store.runs(&RunFilter::default())?;
    for run in runs.iter().rev() {
        // From which sources each artifact of the run comes: a contract may judge it some stages later.
        let mut origins: HashMap<Digest, BTreeSet<Seen>> = HashMap::new();
        for stage in store.stages(run.id)? {
            let at = stage.started.unwrap_or(run.started);
            if let Some((source, why)) = unusable(&stage) {
                history.record(Delivery::failed(source, at, why));
                continue;
            }
            let entry = match stage.entry {
                Some(id) if !entries.contains_key(&id) => {
                    entries.insert(id, store.entry(id)?);
                    entries.get(&id)
                }
                Some(id) => entries.get(&id),
                None => None,
            };
            let (inputs, playback) = match entry {
                Some(entry) => (&entry.inputs, &entry.playback),
                None => (&stage.inputs, &stage.playback),
            };
            let own = read(inputs);
            let mut all = own.clone();
            for input in inputs
                .iter()
                .filter(|input| input.kind == InputKind::Artifact)
            {
                let from = input.digest.and_then(|digest| origins.get(&digest));
                all.extend(from.into_iter().flatten().cloned());
            }
            for output in entry.into_iter().flat_map(|entry| &entry.outputs) {
                let origins = origins.entry(output.digest).or_default();
                origins.extend(all.iter().cloned());
            }
            record(&mut history, &stage, at, playback, &own, &all);
        }
    }
    Ok(history)
}

/// Notes that sources of a stage came, and whether they kept the contracts that the stage held against them.
fn record(
    history: &mut SourceHistory,
    stage: &StageRecord,
    at: Timestamp,
    playback: &Playback,
    own: &BTreeSet<Seen>,
    all: &BTreeSet<Seen>,
) {
    // That parts of a split leak is no fault of where the rows came from.
    let is_leak = |rule: &str| LeakKind::ALL.iter().any(|kind| kind.name() == rule);
    let broken = playback.reports.iter().find(|report| {
        let mut assertions = report.assertions.iter();
        !report.passed && assertions.any(|assertion| !is_leak(&assertion.rule))
    });
    let delivered = |(source, content): &Seen| Delivery {
        content: content.map(|digest| digest.to_string()),
        ..Delivery::arrived(source.clone(), at)
    };
    if let Some(report) = broken {
        for seen in all {
            history.record(Delivery {
                outcome: Outcome::Broken,
                detail: Some(format!("contract `{}`", report.name)),
                ..delivered(seen)
            });
        }
        return;
    }
    for seen in own {
        // Whoever ingests does nothing else with a source than read it, so it is the source that failed.
        let is_failed = stage.outcome == StageOutcome::Failed && stage.kind == "ingest";
        match stage.outcome {
            StageOutcome::Ran | StageOutcome::Reused => history.record(delivered(seen)),
            _ if is_failed => {
                let why = stage.error.clone().unwrap_or_default();
                history.record(Delivery::failed(seen.0.clone(), at, why));
            }
            _ => {}
        }
    }
}

/// The sources that were read, with their content.
fn read(inputs: &[InputRecord]) -> BTreeSet<Seen> {
    inputs
        .iter()
        .filter(|input| input.kind == InputKind::Source && DELIVERING.contains(&&*input.name))
        .filter_map(|input| Some((input.location.clone()?, input.digest)))
        .collect()
}

/// The source for which a stage could not even begin: such a record has no inputs, only the words of `SourceError`, which name
/// the source first.
fn unusable(stage: &StageRecord) -> Option<(String, String)> {
    if stage.outcome != StageOutcome::Blocked {
        return None;
    }
    let error = stage.error.as_ref()?;
    let (kind, rest) = error.strip_prefix("the ")?.split_once(" `")?;
    let (location, _) = rest.split_once('`')?;
    let is_source = DELIVERING.contains(&kind);
    is_source.then(|| (location.to_owned(), error.clone()))
}

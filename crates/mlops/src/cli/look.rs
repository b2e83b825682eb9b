//! `runs` and `show`: what happened.

use mlops_store::{
    Entry, InputRecord, RunFilter, RunOutcome, RunRecord, StageOutcome, StageRecord, Store,
};
use serde_json::{Value, json};

use super::arguments::{CommonArguments, RunsArguments, ShowArguments};
use super::subject::Subject;
use super::tell;
use crate::failure::Failure;
use crate::report::{duration, run_line, style};

pub(super) fn runs(
    store: &Store,
    common: &CommonArguments,
    arguments: &RunsArguments,
) -> Result<u8, Failure> {
    let outcome = arguments.outcome.as_deref().map(outcome_of).transpose()?;
    let runs = store.runs(&RunFilter {
        pipeline: arguments.pipeline.clone(),
        profile: common.profile.clone(),
        outcome,
        limit: Some(arguments.limit),
        before: None,
    })?;
    if common.json {
        for run in &runs {
            tell::json_line(&run_line(run))?;
        }
        return Ok(0);
    }
    let rows = runs.iter().map(|run| {
        let counts = run.counts;
        vec![
            tell::short_run(run),
            run.pipeline.clone(),
            run.profile.clone(),
            outcome_word(run).to_owned(),
            format!("{} / {} / {}", counts.ran, counts.reused, counts.failed),
            duration(run.seconds),
            moment(run.started),
        ]
    });
    let header = [
        "run",
        "pipeline",
        "profile",
        "outcome",
        "ran / reused / failed",
        "took",
        "started",
    ];
    tell::text(&tell::table(&header, rows))?;
    Ok(0)
}

fn outcome_of(text: &str) -> Result<RunOutcome, Failure> {
    let all = [
        RunOutcome::Succeeded,
        RunOutcome::Failed,
        RunOutcome::Cancelled,
    ];
    all.into_iter()
        .find(|outcome| outcome.as_str() == text)
        .ok_or_else(|| {
            Failure::usage("command::outcome", format!("there is no outcome `{text}`"))
                .help("it is one of succeeded, failed, cancelled")
        })
}

fn outcome_word(run: &RunRecord) -> &'static str {
    run.outcome.map_or("running", RunOutcome::as_str)
}

fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

pub(super) fn show(
    store: &Store,
    common: &CommonArguments,
    arguments: &ShowArguments,
) -> Result<u8, Failure> {
    match Subject::find(store, &arguments.what)? {
        Subject::Run(run) if arguments.logs => {
            let stages = store.stages(run.id)?;
            logs(store, &stages, common.json)
        }
        Subject::Run(run) => show_run(store, &run, common.json),
        Subject::Stage(_, stage) if arguments.logs => logs(store, &[*stage], common.json),
        Subject::Stage(_, stage) => show_stage(store, &stage, common.json),
        subject => {
            let digest = subject.artifact(store)?;
            super::keep::show_artifact(store, &digest, common.json)
        }
    }
}

/// What a stage made or reused, if it did.
fn kept(store: &Store, stage: &StageRecord) -> Result<Option<Entry>, Failure> {
    Ok(stage.entry.map(|id| store.entry(id)).transpose()?)
}

/// What a stage was given; a failed one says so itself.
fn given<'a>(stage: &'a StageRecord, entry: Option<&'a Entry>) -> &'a [InputRecord] {
    entry.map_or(&stage.inputs, |entry| &entry.inputs)
}

fn stage_line(stage: &StageRecord, entry: Option<&Entry>) -> Value {
    let playback = entry.map_or(&stage.playback, |entry| &entry.playback);
    let outputs = entry.map_or(&[][..], |entry| &entry.outputs);
    json!({
        "event": "stage",
        "stage": stage.name,
        "path": stage.path,
        "outcome": stage.outcome.as_str(),
        "key": stage.key,
        "seconds": stage.seconds,
        "attempts": stage.attempts,
        "outputs": outputs.iter().map(|output| output.digest).collect::<Vec<_>>(),
        "kind": stage.kind,
        "owner": stage.owner,
        "description": stage.description,
        "source": stage.source,
        "reasons": stage.reasons,
        "started": stage.started,
        "reused_from": stage.reused_from,
        "resumed": stage.resumed,
        "error": stage.error,
        "why_not_reusable": entry.and_then(|entry| entry.why_not.as_deref()),
        "accepted": entry.and_then(|entry| entry.accepted.as_ref()),
        "inputs": given(stage, entry),
        "metrics": playback.metrics,
        "notes": playback.notes,
        "reports": playback.reports,
    })
}

/// What a contract said of the data, in a word.
fn judged(passed: bool) -> String {
    if passed {
        style::strong("fit")
    } else {
        style::bad("refused")
    }
}

fn show_run(store: &Store, run: &RunRecord, json: bool) -> Result<u8, Failure> {
    let stages = store.stages(run.id)?;
    let entries = stages
        .iter()
        .map(|stage| kept(store, stage))
        .collect::<Result<Vec<_>, _>>()?;
    if json {
        let mut line = run_line(run);
        if let (Value::Object(line), Ok(Value::Object(record))) =
            (&mut line, serde_json::to_value(run))
        {
            for (field, value) in record {
                line.entry(field).or_insert(value);
            }
        }
        tell::json_line(&line)?;
        for (stage, entry) in stages.iter().zip(&entries) {
            tell::json_line(&stage_line(stage, entry.as_ref()))?;
        }
        return Ok(0);
    }
    let mut text = facts(run);
    let rows = stages.iter().zip(&entries).map(|(stage, entry)| {
        let made = entry.as_ref().map(|entry| {
            let outputs = entry.outputs.iter().map(tell::described);
            outputs.collect::<Vec<_>>().join("; ")
        });
        vec![
            stage.name.clone(),
            stage.outcome.as_str().to_owned(),
            duration(stage.seconds),
            stage.attempts.to_string(),
            made.or_else(|| first_line(stage.error.as_deref()))
                .unwrap_or_default(),
        ]
    });
    text.push('\n');
    text.push_str(&tell::table(
        &["stage", "outcome", "took", "attempts", "made"],
        rows,
    ));
    let mut metrics = Vec::new();
    let mut notes = String::new();
    let mut reports = String::new();
    for (stage, entry) in stages.iter().zip(&entries) {
        let playback = entry
            .as_ref()
            .map_or(&stage.playback, |entry| &entry.playback);
        for metric in &playback.metrics {
            let step = metric.step.map(|step| step.to_string()).unwrap_or_default();
            metrics.push(vec![
                stage.name.clone(),
                metric.name.clone(),
                metric.value.to_string(),
                step,
            ]);
        }
        for note in &playback.notes {
            notes.push_str(&format!("{}: {note}\n", stage.name));
        }
        for report in &playback.reports {
            reports.push_str(&format!(
                "\n{} {}: contract {}\n",
                judged(report.passed),
                stage.name,
                report.name
            ));
            report
                .text
                .lines()
                .for_each(|line| reports.push_str(&format!("  {line}\n")));
        }
    }
    if !metrics.is_empty() {
        text.push('\n');
        text.push_str(&tell::table(&["stage", "metric", "value", "step"], metrics));
    }
    if !notes.is_empty() {
        text.push_str(&format!("\n{notes}"));
    }
    text.push_str(&reports);
    for (stage, entry) in stages.iter().zip(&entries) {
        if let Some(why_not) = why_not(entry.as_ref()) {
            text.push_str(&format!(
                "\n{} {}\n  {why_not}\n",
                style::warn("not kept for reuse:"),
                stage.name
            ));
        }
    }
    for stage in &stages {
        // Why others were blocked or cancelled stands in their row.
        if stage.outcome == StageOutcome::Failed
            && let Some(error) = &stage.error
        {
            text.push_str(&format!(
                "\n{} {}\n  {}\n",
                style::bad("failed:"),
                stage.name,
                error.replace('\n', "\n  ")
            ));
        }
    }
    tell::text(&text)?;
    Ok(0)
}

/// Why what a stage made may not be reused, if it may not.
fn why_not(entry: Option<&Entry>) -> Option<&str> {
    entry?.why_not.as_deref()
}

fn first_line(text: Option<&str>) -> Option<String> {
    Some(text?.lines().next()?.to_owned())
}

/// The facts of a run, a line each.
fn facts(run: &RunRecord) -> String {
    let mut rows = vec![
        ("run", run.id.to_string()),
        ("pipeline", run.pipeline.clone()),
        ("profile", format!("{} (level {})", run.profile, run.level)),
        (
            "outcome",
            format!("{} in {}", outcome_word(run), duration(run.seconds)),
        ),
        (
            "started",
            format!("{} by {}@{}", moment(run.started), run.user, run.host),
        ),
    ];
    if let Some(reason) = &run.reason {
        rows.push(("because", reason.clone()));
    }
    let code = &run.code;
    if let Some(commit) = &code.commit {
        let state = match code.dirty {
            Some(true) => ", with changes that it does not hold",
            Some(false) => "",
            None => ", state unknown",
        };
        let branch = code.branch.as_deref().map(|branch| format!(" on {branch}"));
        rows.push((
            "code",
            format!("{commit}{}{state}", branch.unwrap_or_default()),
        ));
    }
    if let Some(from) = run.from {
        rows.push(("from", format!("run {from}")));
    }
    for (name, value) in &run.settings {
        rows.push(("set", format!("{name} = {value}")));
    }
    for (name, value) in super::diff::leaves(&run.parameters) {
        rows.push(("parameter", format!("{name} = {value}")));
    }
    rows.iter()
        .map(|(name, value)| format!("{}  {value}\n", style::strong(&format!("{name:9}"))))
        .collect()
}

fn show_stage(store: &Store, stage: &StageRecord, json: bool) -> Result<u8, Failure> {
    let entry = kept(store, stage)?;
    if json {
        tell::json_line(&stage_line(stage, entry.as_ref()))?;
        return Ok(0);
    }
    let mut rows = vec![
        ("stage", stage.path.clone()),
        ("does", stage.description.clone()),
        ("kind", stage.kind.clone()),
        ("source", stage.source.clone()),
        (
            "outcome",
            format!("{} in {}", stage.outcome.as_str(), duration(stage.seconds)),
        ),
    ];
    if let Some(owner) = &stage.owner {
        rows.push(("owner", owner.clone()));
    }
    if let Some(key) = stage.key {
        rows.push(("key", key.to_string()));
    }
    if let Some(from) = stage.reused_from {
        rows.push(("reused", format!("from run {from}")));
    }
    if let Some(accepted) = entry.as_ref().and_then(|entry| entry.accepted.as_ref()) {
        rows.push(("accepted", tell::accepted(accepted)));
    }
    if let Some(kept) = stage.resumed {
        rows.push((
            "resumed",
            format!("from its checkpoint of {}", moment(kept)),
        ));
    }
    if let Some(error) = &stage.error {
        rows.push(("error", error.clone()));
    }
    if let Some(why_not) = why_not(entry.as_ref()) {
        rows.push(("not kept", why_not.to_owned()));
    }
    let mut text: String = rows
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{}  {value}\n", style::strong(&format!("{name:9}"))))
        .collect();
    let inputs = given(stage, entry.as_ref());
    if !inputs.is_empty() {
        let rows = inputs.iter().map(|input| {
            let value = match (&input.value, &input.location) {
                (Some(value), _) => value.to_string(),
                (None, Some(location)) => location.clone(),
                (None, None) => String::new(),
            };
            let digest = input.digest.map(|digest| digest.short());
            vec![input.name.clone(), value, digest.unwrap_or_default()]
        });
        text.push('\n');
        text.push_str(&tell::table(&["input", "value", "digest"], rows));
    }
    if let Some(entry) = &entry {
        text.push('\n');
        for (index, output) in entry.outputs.iter().enumerate() {
            text.push_str(&tell::named_value(
                store,
                &format!("output {index}"),
                output,
            ));
        }
    }
    tell::text(&text)?;
    Ok(0)
}

fn logs(store: &Store, stages: &[StageRecord], json: bool) -> Result<u8, Failure> {
    let mut text = String::new();
    for stage in stages {
        let entry = kept(store, stage)?;
        let playback = entry
            .as_ref()
            .map_or(&stage.playback, |entry| &entry.playback);
        for line in &playback.log {
            if json {
                tell::json_line(&json!({
                    "event": "log", "stage": stage.name, "at": line.at, "level": line.level,
                    "target": line.target, "message": line.message,
                }))?;
            } else {
                let at = style::dim(&line.at.strftime("%H:%M:%S%.3f").to_string());
                text.push_str(&format!(
                    "{at} {:5} {}: {}\n",
                    line.level, stage.name, line.message
                ));
            }
        }
    }
    if json {
        return Ok(0);
    }
    if text.is_empty() {
        text.push_str("nothing was logged (stages log with the macros of `tracing`)\n");
    }
    tell::text(&text)?;
    Ok(0)
}

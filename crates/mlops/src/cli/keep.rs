//! `store`, `artifact`, `lineage` and `audit`: what is kept, getting it out, and whether it is whole.

use std::path::Path;

use mlops_core::{Artifact, ArtifactInput, Digest, preview};
use mlops_data::{TABLE_MEDIA_TYPE, Table};
use mlops_pipeline::lineage::{Direction, TraceError, trace};
use mlops_store::{AuditFilter, CheckScope, Store, StoredArtifact};
use serde_json::{Value, json};

use super::arguments::{
    ArtifactCommand, AuditCommand, CommonArguments, LineageArguments, StoreCommand,
};
use super::subject::{Subject, open, open_to_write};
use super::tell;
use crate::failure::{Exit, Failure};

pub(super) fn store(common: &CommonArguments, command: &StoreCommand) -> Result<u8, Failure> {
    match command {
        StoreCommand::Check { sample } => check(common, *sample),
        StoreCommand::Stats => stats(common),
    }
}

fn check(common: &CommonArguments, sample: Option<usize>) -> Result<u8, Failure> {
    // What is damaged is set aside, so that it is made again.
    let store = open_to_write(common)?;
    let report = store.check(sample.map_or(CheckScope::Everything, CheckScope::Sample))?;
    let whole = report.is_whole();
    if common.json {
        for problem in &report.problems {
            let mut line = json!(problem);
            if let Value::Object(fields) = &mut line {
                fields.insert("event".to_owned(), "problem".into());
            }
            tell::json_line(&line)?;
        }
        tell::json_line(&json!({
            "event": "check", "whole": whole, "rows": report.rows, "artifacts": report.artifacts,
            "bytes": report.bytes, "problems": report.problems.len(),
        }))?;
    } else {
        let mut text: String = report
            .problems
            .iter()
            .map(|problem| format!("{}: {}\n", problem.subject, problem.message))
            .collect();
        text.push_str(&format!(
            "{}: {} rows, {} artifacts, {} verified\n",
            if whole {
                "whole"
            } else {
                "damaged; run the pipelines again, and what is missing is made again"
            },
            report.rows,
            report.artifacts,
            tell::bytes(report.bytes)
        ));
        tell::text(&text)?;
    }
    Ok(if whole { 0 } else { Exit::Damaged as u8 })
}

fn stats(common: &CommonArguments) -> Result<u8, Failure> {
    let store = open(common)?;
    let stats = store.stats()?;
    if common.json {
        let mut line = json!(stats);
        if let Value::Object(fields) = &mut line {
            fields.insert("event".to_owned(), "stats".into());
            fields.insert(
                "folder".to_owned(),
                store.folder().display().to_string().into(),
            );
        }
        tell::json_line(&line)?;
        return Ok(0);
    }
    let mut rows = vec![
        ("folder".to_owned(), store.folder().display().to_string()),
        ("runs".to_owned(), stats.runs.to_string()),
        ("stages of runs".to_owned(), stats.stages.to_string()),
    ];
    for (level, count) in &stats.entries {
        rows.push((format!("results at level {level}"), count.to_string()));
    }
    let artifacts = |count: u64, size: u64| format!("{count}, {}", tell::bytes(size));
    rows.push((
        "artifacts in the database".to_owned(),
        artifacts(stats.small_artifacts, stats.small_bytes),
    ));
    rows.push((
        "artifacts in files".to_owned(),
        artifacts(stats.large_artifacts, stats.large_bytes),
    ));
    rows.push(("checkpoints".to_owned(), stats.checkpoints.to_string()));
    rows.push((
        "entries of the audit log".to_owned(),
        stats.audit_entries.to_string(),
    ));
    rows.push(("the database".to_owned(), tell::bytes(stats.database_bytes)));
    let width = rows.iter().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or_default();
    let text: String = rows
        .iter()
        .map(|(name, value)| format!("{name:width$}  {value}\n"))
        .collect();
    tell::text(&text)?;
    Ok(0)
}

pub(super) fn artifact(common: &CommonArguments, command: &ArtifactCommand) -> Result<u8, Failure> {
    let ArtifactCommand::Get { what, to } = command;
    let store = open(common)?;
    let digest = Subject::find(&store, what)?.artifact(&store)?;
    let Some(path) = to else {
        return show_artifact(&store, &digest, common.json);
    };
    let stored = store.read_artifact(&digest)?;
    let content = converted(&stored, path)?;
    tell::write_file(path, &content)?;
    if common.json {
        tell::json_line(
            &json!({ "event": "artifact", "digest": digest, "to": path, "bytes": content.len() }),
        )?;
    }
    Ok(0)
}

/// The artifact in the format that the file's extension names; without one that we know, the bytes as they are kept.
fn converted(stored: &StoredArtifact, path: &Path) -> Result<Vec<u8>, Failure> {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let unfit = |why: String| {
        Failure::usage(
            "artifact::format",
            format!("an artifact of {} cannot be written as .{extension}: {why}", stored.media_type()),
        )
        .help("tables become .csv, .parquet, .json or .arrow; texts .html, .md or .txt; values .json; any other extension gets the bytes as they are kept")
    };
    let table = || -> Result<Table, Failure> {
        if stored.media_type() != TABLE_MEDIA_TYPE {
            return Err(unfit("it is no table".to_owned()));
        }
        Table::read_artifact(stored)
    };
    let mut content = Vec::new();
    let written = match extension.as_str() {
        "csv" => table()?.write_csv(&mut content),
        "parquet" => table()?.write_parquet(&mut content),
        "arrow" | "ipc" => table()?.write_ipc(&mut content),
        "json" if stored.media_type() == TABLE_MEDIA_TYPE => table()?.write_json(&mut content),
        "json" => {
            let value = preview(stored.media_type(), &stored.bytes())
                .ok_or_else(|| unfit("its type is not known here".to_owned()))?;
            content =
                serde_json::to_vec_pretty(&value).map_err(|error| unfit(error.to_string()))?;
            content.push(b'\n');
            Ok(())
        }
        // A text by itself, without what the store puts around it.
        "html" | "md" | "txt" => match preview(stored.media_type(), &stored.bytes()) {
            Some(Value::String(text)) => return Ok(text.into_bytes()),
            _ => return Err(unfit("it is no text".to_owned())),
        },
        _ => return Ok(stored.bytes().to_vec()),
    };
    written.map_err(|error| unfit(error.to_string()))?;
    Ok(content)
}

/// Reads a table; the inherent `Table::read` reads files.
trait ReadArtifact: Sized {
    fn read_artifact(stored: &StoredArtifact) -> Result<Self, Failure>;
}

impl ReadArtifact for Table {
    fn read_artifact(stored: &StoredArtifact) -> Result<Self, Failure> {
        <Self as Artifact>::read(stored).map_err(|error| {
            Failure::new(Exit::Damaged, "store::damaged", error.to_string())
                .help("`store check` lists all that is damaged")
        })
    }
}

/// Shows what an artifact is, as far as that is possible without its type.
pub(super) fn show_artifact(store: &Store, digest: &Digest, json: bool) -> Result<u8, Failure> {
    let stored = store.read_artifact(digest)?;
    let value = preview(stored.media_type(), &stored.bytes());
    if json {
        tell::json_line(&json!({
            "event": "artifact", "digest": digest, "media_type": stored.media_type(),
            "size": stored.size(), "value": value,
        }))?;
        return Ok(0);
    }
    let shown = match value {
        Some(Value::String(text)) => text,
        Some(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
        None if stored.media_type() == TABLE_MEDIA_TYPE => {
            Table::read_artifact(&stored)?.to_string()
        }
        None => format!(
            "{} of {}; write the bytes to a file with `artifact get {} --to FILE`",
            tell::bytes(stored.size()),
            stored.media_type(),
            digest
        ),
    };
    tell::text(&shown)?;
    Ok(0)
}

pub(super) fn lineage(
    store: &Store,
    common: &CommonArguments,
    arguments: &LineageArguments,
) -> Result<u8, Failure> {
    let direction = if arguments.down {
        Direction::Down
    } else {
        Direction::Up
    };
    let target = Subject::find(store, &arguments.what)?.lineage(store)?;
    let answer = trace(store, &target, direction)?;
    if common.json {
        for line in answer.to_json() {
            tell::json_line(&line)?;
        }
    } else {
        tell::text(&answer.to_string())?;
    }
    Ok(0)
}

impl From<TraceError> for Failure {
    fn from(error: TraceError) -> Self {
        match error {
            TraceError::Store(error) => error.into(),
            error => {
                let failure = Self::usage(error.code(), error.to_string());
                match error.help() {
                    Some(help) => failure.help(help),
                    None => failure,
                }
            }
        }
    }
}

pub(super) fn audit(common: &CommonArguments, command: &AuditCommand) -> Result<u8, Failure> {
    let store = open(common)?;
    match command {
        AuditCommand::Log { limit } => audit_log(&store, *limit, common.json),
        AuditCommand::Verify => audit_verify(&store, common.json),
    }
}

fn audit_log(store: &Store, limit: usize, json: bool) -> Result<u8, Failure> {
    let entries = store.audit_log(&AuditFilter::default())?;
    let newest = entries.len().saturating_sub(limit);
    let entries = entries.get(newest..).unwrap_or_default();
    if json {
        for entry in entries {
            tell::json_line(&json!({
                "event": "audit", "sequence": entry.sequence, "at": entry.record.at,
                "actor": entry.record.actor, "action": entry.record.action, "subject": entry.record.subject,
                "reason": entry.record.reason, "evidence": entry.record.evidence, "hash": entry.hash,
            }))?;
        }
        return Ok(0);
    }
    let rows = entries.iter().map(|entry| {
        let record = &entry.record;
        vec![
            entry.sequence.to_string(),
            record.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
            record.actor.clone(),
            record.action.clone(),
            record.subject.clone(),
            record.reason.clone().unwrap_or_default(),
        ]
    });
    tell::text(&tell::table(
        &["", "when", "who", "what", "to", "why"],
        rows,
    ))?;
    Ok(0)
}

fn audit_verify(store: &Store, json: bool) -> Result<u8, Failure> {
    let verdict = store.audit_verify()?;
    let whole = verdict.broken_at.is_none();
    if json {
        let mut line = json!(verdict);
        if let Value::Object(fields) = &mut line {
            fields.insert("event".to_owned(), "audit_verdict".into());
            fields.insert("whole".to_owned(), whole.into());
        }
        tell::json_line(&line)?;
    } else if let (Some(at), Some(why)) = (verdict.broken_at, &verdict.why) {
        tell::text(&format!("broken at entry {at}: {why}\n"))?;
    } else {
        tell::text(&format!("whole: {} entries\n", verdict.entries))?;
    }
    Ok(if whole { 0 } else { Exit::Damaged as u8 })
}

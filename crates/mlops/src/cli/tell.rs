//! Saying things on standard output, for people and for programs.

use std::io::Write;
use std::path::Path;

use comfy_table::{ContentArrangement, Table, presets};
use mlops_core::{ArtifactInput, Digest, preview};
use mlops_pipeline::{CallResult, Decision, Plan, PlannedCall, Reason, RunResult};
use mlops_store::{
    Accepted, ArtifactReference, RunOutcome, RunRecord, StageOutcome, StageRecord, Store,
};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::report::{duration, style};

/// Values that are larger than this are described, not shown.
const SHOWN_BYTES: usize = 1024;
/// Lines of a text that are shown.
const SHOWN_LINES: usize = 40;
/// Inputs of a failed stage that are shown; the rest is counted.
const SHOWN_INPUTS: usize = 8;

/// One object on a line of its own.
pub(crate) fn json_line(line: &Value) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    let written = writeln!(output, "{line}").and_then(|()| output.flush());
    unless_gone(written)
}

/// Text as it is.
pub(crate) fn text(text: &str) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let written = write!(output, "{text}{end}").and_then(|()| output.flush());
    Ok(unless_gone(written)?)
}

/// A reader that went away, as `| head` does, is no failure; what the command found out still is what it ends with.
fn unless_gone(written: std::io::Result<()>) -> std::io::Result<()> {
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes a file that is whole or absent, even if something else stands there.
pub(crate) fn write_file(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            Exit::Failed,
            "command::write",
            format!("`{}` cannot be written: {error}", path.display()),
        )
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .permissions(permissions())
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(unix)]
fn permissions() -> std::fs::Permissions {
    // What the user's mask leaves of it, as for any other file.
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

/// A table without lines around it, as wide as the terminal.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.iter().map(|name| name.to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    let text = table.to_string();
    text.lines()
        // The crate pads each cell on both sides; the first needs none.
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned() + "\n")
        .collect()
}

/// The plan, a line for each stage.
pub(crate) fn plan(plan: &Plan, explain: bool) -> Result<(), Failure> {
    let names = plan.calls.iter().map(|call| call.stage.chars().count());
    let width = names.max().unwrap_or_default().min(40);
    let mut lines = String::new();
    for call in &plan.calls {
        lines.push_str(&planned(call, explain, width));
    }
    let mut counts = Vec::new();
    for (decision, words) in [
        (Decision::Run, "to run"),
        (Decision::Depends, "depending on what these make"),
        (Decision::Reuse, "to reuse"),
        (Decision::Blocked, "blocked"),
        (Decision::Skip, "to skip"),
    ] {
        let count = plan.count(decision);
        if count > 0 {
            counts.push(format!("{count} {words}"));
        }
    }
    if counts.is_empty() {
        counts.push("nothing to do".to_owned());
    }
    lines.push_str(&format!(
        "\n{} {}, profile {}: {}\n",
        style::strong("plan of"),
        plan.pipeline,
        plan.profile,
        counts.join(", ")
    ));
    text(&lines)
}

/// That a result was made by other code, and who said that this alters nothing.
pub(crate) fn accepted(accepted: &Accepted) -> String {
    format!(
        "made by the code of {}; {} accepted on {} that the change alters nothing: {} (audit entry {})",
        accepted.from.short(),
        accepted.by,
        accepted.at.strftime("%Y-%m-%d"),
        accepted.reason,
        accepted.audit
    )
}

/// One stage of a plan: a line, and with an explanation a line for each cause below it.
pub(crate) fn planned(call: &PlannedCall, explain: bool, width: usize) -> String {
    let word = style::decision(call.decision);
    if explain {
        let entry = call.entry.as_ref();
        let claim = entry.and_then(|entry| entry.accepted.as_ref());
        let reasons = claim.map(accepted).into_iter();
        let reasons: String = reasons
            .chain(call.reasons.iter().map(ToString::to_string))
            .map(|reason| format!("            {reason}\n"))
            .collect();
        return format!("{word}  {}\n{reasons}", call.stage);
    }
    match shortly(&call.reasons) {
        why if why.is_empty() => format!("{word}  {}\n", call.stage),
        why => format!("{word}  {:width$}  {}\n", call.stage, style::dim(&why)),
    }
}

fn shortly(reasons: &[Reason]) -> String {
    match reasons {
        [] => String::new(),
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first}, and {} more", rest.len()),
    }
}

/// What came of a run: the results, the failures in full, and the last line. The results are an answer and go to standard
/// output; the rest is conversation.
pub(crate) fn results(store: &Store, result: &RunResult, json: bool) -> Result<(), Failure> {
    if !json {
        let mut shown = String::new();
        for (name, output) in &result.outputs {
            shown.push_str(&named_value(store, name, output));
        }
        if !shown.is_empty() {
            text(&format!("\n{}", shown.trim_end_matches('\n')))?;
        }
    }
    let mut lines = String::from("\n");
    for (call, index) in result.calls.iter().zip(0_u64..) {
        if call.outcome == StageOutcome::Failed {
            let record = store.stage(result.run.id, index).ok();
            lines.push_str(&failed_stage(call, record.as_ref(), &result.run));
        }
    }
    lines.push_str(&last_line(&result.run));
    let mut output = anstream::stderr().lock();
    output.write_all(lines.as_bytes())?;
    Ok(output.flush()?)
}

/// What failed and where, the whole error, on which inputs, and how to try that alone.
fn failed_stage(call: &CallResult, record: Option<&StageRecord>, run: &RunRecord) -> String {
    let error = call.error.as_deref().unwrap_or("no error was given");
    let place = record.map(|record| style::dim(&format!("  {}", record.source)));
    let mut text = format!(
        "{} {}{}\n",
        style::bad("failed:"),
        style::strong(&call.stage),
        place.unwrap_or_default()
    );
    for line in error.lines() {
        text.push_str(&format!("  {line}\n"));
    }
    let inputs = record.map_or(&[][..], |record| &record.inputs);
    for input in inputs.iter().take(SHOWN_INPUTS) {
        let given = match (&input.value, &input.location, &input.digest) {
            (Some(value), _, _) => format!("{} = {}", input.name, one_line(value)),
            (None, Some(location), _) => format!("{} {location}", input.name),
            (None, None, Some(digest)) => format!("{} {}", input.name, short(digest)),
            (None, None, None) => input.name.clone(),
        };
        text.push_str(&format!("    {}\n", style::dim(&given)));
    }
    if let Some(more) = inputs.len().checked_sub(SHOWN_INPUTS + 1) {
        text.push_str(&format!(
            "    {}\n",
            style::dim(&format!("and {} more", more + 1))
        ));
    }
    text.push_str(&format!(
        "  `run --from {} --only {}` tries it alone on the inputs that it had\n\n",
        short_run(run),
        call.stage
    ));
    text
}

/// What ran, what was reused, how long, where to look.
fn last_line(run: &RunRecord) -> String {
    let counts = &run.counts;
    let mut parts = vec![
        format!("{} ran", counts.ran),
        format!("{} reused", counts.reused),
    ];
    for (count, word) in [
        (counts.failed, "failed"),
        (counts.blocked, "blocked"),
        (counts.skipped, "skipped"),
        (counts.cancelled, "cancelled"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    let short = short_run(run);
    let outcome = match run.outcome {
        Some(RunOutcome::Succeeded) => style::strong("done"),
        Some(RunOutcome::Cancelled) => style::warn("cancelled"),
        _ => style::bad("failed"),
    };
    let look = match run.outcome {
        Some(RunOutcome::Succeeded) => format!("`show {short}` tells more"),
        Some(RunOutcome::Cancelled) => "run again to go on: what is done is reused".to_owned(),
        _ => format!(
            "`show {short} --logs` tells more; run again to go on: what succeeded is reused"
        ),
    };
    format!(
        "{outcome}: {} in {} — {look}\n",
        parts.join(", "),
        duration(run.seconds)
    )
}

/// The end of a run's id: its beginning is the time, and alike for neighbours.
pub(crate) fn short_run(run: &RunRecord) -> String {
    let id = run.id.simple().to_string();
    id[id.len() - 8..].to_owned()
}

/// A value by name, as far as it can be shown without its type.
pub(crate) fn named_value(store: &Store, name: &str, output: &ArtifactReference) -> String {
    let value = match value(store, output) {
        // A page is for a browser.
        Ok(Some(Value::String(text))) if text.starts_with("<!DOCTYPE html>") => described(output),
        Ok(Some(Value::String(text))) if text.contains('\n') => {
            return format!("{}\n{}\n\n", style::strong(name), shortened(&text));
        }
        Ok(Some(Value::Object(fields)))
            if !fields.is_empty() && output.size <= SHOWN_BYTES as u64 =>
        {
            let shown = fields
                .iter()
                .map(|(field, value)| format!("  {field}: {}\n", one_line(value)))
                .collect::<String>();
            return format!("{}\n{}\n", style::strong(name), shortened(&shown));
        }
        // Whoever wants to see a whole model asks for it.
        Ok(Some(value)) if value.to_string().len() > SHOWN_BYTES => described(output),
        Ok(Some(value)) => one_line(&value),
        Ok(None) => described(output),
        Err(failure) => format!("cannot be shown: {}", failure.message),
    };
    format!("{}: {value}\n", style::strong(name))
}

fn shortened(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().take(SHOWN_LINES).collect();
    if text.lines().count() > SHOWN_LINES {
        lines.push("…");
    }
    lines.join("\n") + "\n"
}

fn one_line(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= 160 {
        return text;
    }
    text.chars().take(159).chain(['…']).collect()
}

/// The value as JSON, if its bytes can be read without the Rust type.
pub(crate) fn value(store: &Store, output: &ArtifactReference) -> Result<Option<Value>, Failure> {
    // A large value would not be read by anybody.
    if output.size > 256 * 1024 {
        return Ok(None);
    }
    let stored = store.read_artifact(&output.digest)?;
    Ok(preview(&output.media_type, &stored.bytes()))
}

/// What can be said of an artifact without reading it.
pub(crate) fn described(output: &ArtifactReference) -> String {
    let mut parts = Vec::new();
    if let Some(rows) = output.description.rows {
        let columns = output.description.columns.len();
        parts.push(match columns {
            0 => format!("{rows} items"),
            _ => format!("{rows} rows × {columns} columns"),
        });
    }
    parts.push(bytes(output.size));
    parts.push(short(&output.digest));
    parts.join(", ")
}

pub(crate) fn short(digest: &Digest) -> String {
    digest.short()
}

/// A size as people say it, in powers of 1024.
pub(crate) fn bytes(size: u64) -> String {
    let mut amount = size as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if amount < 1024.0 {
            break;
        }
        amount /= 1024.0;
        unit = next;
    }
    if unit == "B" {
        format!("{size} B")
    } else {
        format!("{amount:.1} {unit}")
    }
}

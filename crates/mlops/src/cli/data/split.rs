//! `data split`: a file cut into parts with roles, written beside each other, and kept as versions of a data set.

use std::path::{Path, PathBuf};

use mlops_core::{Artifact, Source, without_credentials};
use mlops_data::contract::Verdict;
use mlops_data::dataset::{
    DatasetVersions, Extent, LeakKind, Leakage, LeakageReport, Method, Parts, Role, Split,
};
use mlops_data::{File, Table, TableProfile};
use mlops_store::{Access, Store};
use serde_json::json;

use crate::cli::arguments::{CommonArguments, DataSplitArguments};
use crate::cli::tell;
use crate::failure::{Exit, Failure};
use crate::project::Project;
use crate::report::style;

/// Splits, writes, keeps; then looks for leaks. Ends well only if there are none.
pub(super) fn split(
    common: &CommonArguments,
    arguments: &DataSplitArguments,
) -> Result<u8, Failure> {
    let file = File::new(&arguments.file);
    let split = wanted(arguments)?;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => stem(&arguments.file),
    };
    let table = Table::read(&file)?;
    let parts = split.of(&table)?;
    // Before anything is written: a column may be missing.
    let leaks = leakage(arguments).of(&parts)?;
    let location = without_credentials(&file.location());
    let mut versions = parts.versions(&name, Some(&location))?;
    let files = written(&parts, arguments)?;
    let store = store(common)?;
    keep(&store, &parts, &mut versions)?;
    if common.json {
        lines(&parts, &versions, &files, &leaks)?;
    } else {
        tell::text(&shown(&parts, &versions, &files, &leaks))?;
    }
    let pass = leaks.iter().all(LeakageReport::passes);
    Ok(if pass { 0 } else { Exit::Failed as u8 })
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    // A name stands in commands: what could not be typed there becomes a dash.
    stem.replace(
        |letter: char| !letter.is_alphanumeric() && !"-_.".contains(letter),
        "-",
    )
}

/// The split that was asked for.
fn wanted(arguments: &DataSplitArguments) -> Result<Split, Failure> {
    let column = || {
        arguments.column.clone().ok_or_else(|| {
            Failure::usage(
                "command::split",
                format!("a split by {} needs a column", arguments.by),
            )
            .help("name it with `--column`")
        })
    };
    let method = match arguments.by.as_str() {
        "fraction" => Method::Fraction,
        "time" => Method::Time { column: column()? },
        "group" => Method::Group { column: column()? },
        "stratified" => Method::Stratified { column: column()? },
        other => {
            return Err(Failure::usage(
                "command::split",
                format!("there is no split by `{other}`"),
            )
            .help("splits are by fraction, time, group, or stratified"));
        }
    };
    let is_time = matches!(method, Method::Time { .. });
    let mut split = Split::by(method).seed(arguments.seed);
    if arguments.lasting {
        split = split.lasting();
    }
    if let Some(times) = &arguments.times {
        split = split.with_times_of(times);
    }
    if arguments.parts.is_empty() {
        return Ok(split.part(Role::Training, 0.8).rest(Role::Test));
    }
    for part in &arguments.parts {
        let Some((role, extent)) = part.split_once('=') else {
            return Err(
                Failure::usage("command::split", format!("`{part}` names no part"))
                    .help("write `--part test=0.2`, `--part training=rest` or `--part training=2024-07-01`"),
            );
        };
        let extent = match (extent, extent.parse::<f64>()) {
            ("rest", _) => Extent::Rest,
            // A year is a moment, and no share.
            (text, Ok(share)) if is_time && share.abs() > 1.0 => Extent::Until(text.to_owned()),
            (_, Ok(share)) => Extent::Share(share),
            (text, Err(_)) => Extent::Until(text.to_owned()),
        };
        split = split.with(role.parse()?, extent);
    }
    Ok(split)
}

/// What can leak is known from how the table was split.
fn leakage(arguments: &DataSplitArguments) -> Leakage {
    let column = arguments.column.clone().unwrap_or_default();
    let leakage = Leakage::new()
        .ignoring(arguments.ignore.iter().cloned())
        .tolerating(arguments.tolerating)
        // That copies cannot be told from neighbours is so in many a table.
        .allowing_no_evidence(LeakKind::NearRows);
    let leakage = match arguments.by.as_str() {
        "group" => leakage.group(column),
        "time" => leakage.time(column),
        _ => leakage,
    };
    match &arguments.label {
        Some(label) => leakage.label(label),
        None => leakage,
    }
}

/// The parts as files, in the order of the parts.
fn written(parts: &Parts, arguments: &DataSplitArguments) -> Result<Vec<PathBuf>, Failure> {
    let folder = &arguments.to;
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::new(
            Exit::Failed,
            "command::folder",
            format!("`{}` cannot be made: {error}", folder.display()),
        )
    })?;
    let mut files = Vec::new();
    for (role, table) in parts.iter() {
        let mut content = Vec::new();
        match arguments.format.as_str() {
            "parquet" => table.write_parquet(&mut content)?,
            "csv" => table.write_csv(&mut content)?,
            other => {
                return Err(Failure::usage(
                    "command::split",
                    format!("parts are not written as `{other}`"),
                )
                .help("formats are parquet and csv"));
            }
        }
        let path = folder.join(format!("{role}.{}", arguments.format));
        tell::write_file(&path, &content)?;
        files.push(path);
    }
    Ok(files)
}

/// The profile's store, which is made if it is not there.
fn store(common: &CommonArguments) -> Result<Store, Failure> {
    let project = Project::here()?;
    let profile = project.profile(common.profile.as_deref())?;
    project.store(profile, common.store.as_deref(), Access::ReadWrite)
}

/// Keeps the parts, their profiles, the record of the split and, last, the versions that name them all.
fn keep(store: &Store, parts: &Parts, versions: &mut DatasetVersions) -> Result<(), Failure> {
    let mut staged = vec![
        store.stage_artifact(mlops_core::SERDE_MEDIA_TYPE, |output| {
            parts.record().write(output)
        })?,
    ];
    for ((_, table), version) in parts.iter().zip(&mut versions.0) {
        let profile = TableProfile::of(table)?;
        version.profile = Some(profile.digest());
        staged.push(store.stage_artifact(Table::MEDIA_TYPE, |output| table.write(output))?);
        staged
            .push(store.stage_artifact(TableProfile::MEDIA_TYPE, |output| profile.write(output))?);
    }
    staged
        .push(store.stage_artifact(DatasetVersions::MEDIA_TYPE, |output| versions.write(output))?);
    Ok(store.put_staged(&staged)?)
}

fn lines(
    parts: &Parts,
    versions: &DatasetVersions,
    files: &[PathBuf],
    leaks: &[LeakageReport],
) -> Result<(), Failure> {
    for ((record, version), file) in parts.record().parts.iter().zip(&versions.0).zip(files) {
        tell::json_line(&json!({
            "event": "part", "role": record.role, "file": file, "version": version.to_string(),
            "digest": record.digest, "rows": record.rows, "times": record.times,
            "groups": record.groups, "strata": record.strata,
        }))?;
    }
    for report in leaks {
        for check in &report.checks {
            tell::json_line(&json!({
                "event": "leakage", "parts": report.parts, "kind": check.kind,
                "columns": check.columns, "verdict": check.verdict, "found": check.found,
                "of": check.of, "evidence": check.evidence, "rows": check.rows,
            }))?;
        }
    }
    let record = parts.record();
    tell::json_line(&json!({
        "event": "split", "method": record.method, "seed": record.seed, "lasting": record.lasting,
        "table": record.table, "rows": record.rows, "record": record.digest()?,
    }))?;
    Ok(())
}

fn shown(
    parts: &Parts,
    versions: &DatasetVersions,
    files: &[PathBuf],
    leaks: &[LeakageReport],
) -> String {
    let record = parts.record();
    let rows = record.parts.iter().zip(&versions.0).zip(files);
    let rows = rows.map(|((part, version), file)| {
        let share = part.rows as f64 / record.rows as f64 * 100.0;
        let groups = part.groups.map(|groups| groups.to_string());
        let times = part.times.as_ref().map(ToString::to_string);
        vec![
            part.role.to_string(),
            part.rows.to_string(),
            format!("{share:.1} %"),
            groups.unwrap_or_default(),
            times.unwrap_or_default(),
            version.short(),
            file.display().to_string(),
        ]
    });
    let header = [
        "part", "rows", "share", "groups", "times", "version", "file",
    ];
    let mut text = tell::table(&header, rows);
    text.push('\n');
    for report in leaks {
        for check in &report.checks {
            if check.verdict == Verdict::Pass || check.allowed {
                continue;
            }
            let [first, second] = &report.parts;
            let word = match check.verdict {
                Verdict::Fail => style::bad("leak"),
                _ => style::warn("no evidence"),
            };
            let kind = check.kind.name();
            let columns = match check.columns.as_slice() {
                [] => String::new(),
                columns => format!(" of {}", columns.join(", ")),
            };
            let evidence = &check.evidence;
            text.push_str(&format!(
                "{word}  {first} to {second}, {kind}{columns}: {evidence}\n"
            ));
        }
    }
    text.push_str(&format!("{record}\n"));
    text
}

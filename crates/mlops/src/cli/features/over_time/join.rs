//! `features join`: rows with what was known at their moments.

use mlops_data::{File, Table};
use mlops_features::point_in_time::{Aggregate, Function, PointInTime};
use serde_json::json;

use super::{JoinArguments, duration};
use crate::cli::arguments::CommonArguments;
use crate::cli::tell;
use crate::failure::Failure;

pub(super) fn join(common: &CommonArguments, arguments: &JoinArguments) -> Result<u8, Failure> {
    let name = arguments
        .events
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let events = arguments.columns.events(&name)?.prefix(&arguments.prefix);
    let source = File::new(&arguments.events);
    let mut join = PointInTime::new(&arguments.moment);
    if !arguments.columns.value.is_empty() {
        join = join.latest(&events, &source);
    }
    if !arguments.aggregates.is_empty() {
        let aggregates = arguments.aggregates.iter().map(|text| aggregate(text));
        join = join.aggregates(&events, &source, aggregates.collect::<Result<Vec<_>, _>>()?);
    }
    if let Some(moment) = arguments.as_of {
        join = join.as_of(moment);
    }
    let joined = join.join(&Table::read(&File::new(&arguments.rows))?)?;
    let to = &arguments.to;
    let mut content = Vec::new();
    match to.extension().and_then(|extension| extension.to_str()) {
        Some("parquet") => joined.write_parquet(&mut content)?,
        Some("csv") => joined.write_csv(&mut content)?,
        Some("arrow" | "ipc") => joined.write_ipc(&mut content)?,
        _ => {
            let message = format!("a table cannot be written as `{}`", to.display());
            return Err(
                Failure::usage("command::output", message).help("write .csv, .parquet or .arrow")
            );
        }
    }
    tell::write_file(to, &content)?;
    match common.json {
        true => tell::json_line(&json!({
            "event": "joined", "rows": joined.rows(), "columns": joined.columns(), "file": to,
        }))?,
        false => tell::text(&format!("{} rows to {}", joined.rows(), to.display()))?,
    }
    Ok(0)
}

/// `function:column:window`; a count of events has no column.
fn aggregate(text: &str) -> Result<Aggregate, Failure> {
    let wrong = || {
        Failure::usage("join::aggregate", format!("`{text}` is no aggregate")).help(
            "write sum:amount:7d; there are count, sum, mean, min, max, last, distinct and std",
        )
    };
    let mut parts = text.splitn(3, ':');
    let (Some(function), Some(column), Some(window)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong());
    };
    let function = Function::named(function).ok_or_else(wrong)?;
    let over = duration(window)?;
    match (function, column) {
        (Function::Count, "") => Ok(Aggregate::count(over)),
        (_, "") => Err(wrong()),
        (function, column) => Ok(Aggregate::new(function, column, over)),
    }
}

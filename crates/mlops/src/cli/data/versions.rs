//! `data versions`: which versions of data sets are kept, and what is known of them.

use std::path::Path;

use jiff::Timestamp;
use mlops_core::{Artifact, Digest, nearest};
use mlops_data::TableProfile;
use mlops_data::dataset::{DATASET_MEDIA_TYPE, DatasetVersion, DatasetVersions};
use mlops_store::Store;
use serde_json::json;

use crate::cli::arguments::CommonArguments;
use crate::cli::tell;
use crate::failure::{Exit, Failure};

pub(super) fn versions(
    store: &Store,
    common: &CommonArguments,
    name: Option<&str>,
) -> Result<u8, Failure> {
    let all = kept(store)?;
    let found: Vec<_> = all
        .iter()
        .filter(|(version, _)| name.is_none_or(|name| version.name == name))
        .collect();
    if let (Some(name), true) = (name, found.is_empty()) {
        return Err(unknown(name, &all));
    }
    if common.json {
        for (version, made) in found {
            tell::json_line(&json!({
                "event": "version", "version": version.to_string(), "name": version.name,
                "digest": version.digest, "role": version.role, "rows": version.rows,
                "columns": version.columns, "source": version.source, "times": version.times,
                "split": version.split, "profile": version.profile, "made": made,
                "kept": store.has_artifact(&version.digest)?,
            }))?;
        }
        return Ok(0);
    }
    let mut rows = Vec::new();
    for (version, made) in found {
        let times = version.times.as_ref().map(ToString::to_string);
        let is_kept = store.has_artifact(&version.digest)?;
        rows.push(vec![
            version.short(),
            version
                .role
                .map(|role| role.to_string())
                .unwrap_or_default(),
            version.rows.to_string(),
            version.columns.len().to_string(),
            times.unwrap_or_default(),
            version.source.clone().unwrap_or_default(),
            made.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            if is_kept { "yes" } else { "no" }.to_owned(),
        ]);
    }
    if rows.is_empty() {
        tell::text(
            "no versions of data sets are kept; `data split` keeps some, and so does a stage that gives out `DatasetVersions`\n",
        )?;
        return Ok(0);
    }
    let header = [
        "version", "role", "rows", "columns", "times", "source", "made", "kept",
    ];
    tell::text(&tell::table(&header, rows))?;
    Ok(0)
}

/// Every version in the store, the newest first; one that was registered twice is listed once.
fn kept(store: &Store) -> Result<Vec<(DatasetVersion, Timestamp)>, Failure> {
    let mut found: Vec<(DatasetVersion, Timestamp)> = Vec::new();
    for (digest, made) in store.artifacts_of(DATASET_MEDIA_TYPE)? {
        let stored = store.read_artifact(&digest)?;
        let versions = DatasetVersions::read(&stored).map_err(|error| {
            Failure::new(Exit::Damaged, "store::damaged", error.to_string())
                .help("`store check` lists all that is damaged")
        })?;
        for version in versions.0 {
            if found.iter().all(|(known, _)| *known != version) {
                found.push((version, made));
            }
        }
    }
    Ok(found)
}

/// The table that `name@digest` means; a digest is said by its beginning. Nothing if the text means something else: addresses
/// and paths may hold an `@`, too.
pub(in crate::cli) fn table(store: &Store, text: &str) -> Result<Option<Digest>, Failure> {
    Ok(version(store, text)?.map(|version| version.digest))
}

/// The profile of the version that `name@digest` means, if the text means one.
pub(super) fn profile(store: &Store, text: &str) -> Result<Option<TableProfile>, Failure> {
    let Some(version) = version(store, text)? else {
        return Ok(None);
    };
    let missing = |why: &str| {
        let message = format!("of `{}` {why}", version.short());
        Failure::usage("command::unknown_version", message)
            .help("`artifact get` writes its table to a file, which can be compared with")
    };
    let Some(digest) = version.profile else {
        return Err(missing("no profile was made"));
    };
    if !store.has_artifact(&digest)? {
        return Err(missing("the profile is not kept"));
    }
    let read = TableProfile::read(&store.read_artifact(&digest)?);
    read.map(Some)
        .map_err(|error| Failure::new(Exit::Damaged, "store::damaged", error.to_string()))
}

fn version(store: &Store, text: &str) -> Result<Option<DatasetVersion>, Failure> {
    let Some((name, digits)) = text.split_once('@').filter(|_| !text.contains(':')) else {
        return Ok(None);
    };
    let all = kept(store)?;
    let of_name: Vec<&DatasetVersion> = all
        .iter()
        .map(|(version, _)| version)
        .filter(|version| version.name == name)
        .collect();
    if of_name.is_empty() {
        let is_digest = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        return if is_digest && !Path::new(text).exists() {
            Err(unknown(name, &all))
        } else {
            Ok(None)
        };
    }
    let mut found: Vec<&DatasetVersion> = Vec::new();
    let begins = digits.to_lowercase();
    for version in of_name
        .iter()
        .filter(|version| version.digest.hex().starts_with(&begins))
    {
        // A table that was registered twice is one, and its profile may be known to one of them only.
        match found
            .iter_mut()
            .find(|known| known.digest == version.digest)
        {
            Some(known) if known.profile.is_none() => *known = version,
            Some(_) => {}
            None => found.push(version),
        }
    }
    match found.as_slice() {
        [version] => Ok(Some((*version).clone())),
        found => {
            let many = if found.is_empty() {
                "no"
            } else {
                "more than one"
            };
            let all: Vec<String> = of_name.iter().map(|version| version.short()).collect();
            Err(Failure::usage(
                "command::unknown_version",
                format!("`{name}` has {many} version that begins with `{digits}`"),
            )
            .help(format!("there are: {}", all.join(", "))))
        }
    }
}

fn unknown(name: &str, all: &[(DatasetVersion, Timestamp)]) -> Failure {
    let mut names: Vec<&str> = all
        .iter()
        .map(|(version, _)| version.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let failure = Failure::usage(
        "command::unknown_version",
        format!("no version of a data set `{name}` is kept"),
    );
    match nearest(name, names.iter().copied()) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None if names.is_empty() => failure.help("`data split` keeps some"),
        None => failure.help(format!("there are: {}", names.join(", "))),
    }
}

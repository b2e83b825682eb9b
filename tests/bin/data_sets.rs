//! A pipeline that splits a table, and gives out what it split and how: the versions of a data set as an output of their own.

use mlops::dataset::{DatasetVersions, Leakage, Role, Split, SplitRecord};
use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Config {
    visits: File,
    group: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            visits: File::new("visits.csv"),
            group: "household".to_owned(),
        }
    }
}

/// Reads the visits.
#[stage(ingest)]
fn load(visits: &File) -> Result<Table> {
    Ok(Table::read(visits)?)
}

/// Splits them so that nobody is on both sides, or stops.
#[stage]
fn split(visits: &Table, group: &str) -> Result<(Table, Table, SplitRecord, DatasetVersions)> {
    let parts = Split::by_group(group)
        .seed(7)
        .part(Role::Training, 0.75)
        .rest(Role::Test)
        .of(visits)?;
    Leakage::new().group("household").enforce(&parts)?;
    let versions = parts.versions("visits", Some("the pipeline"))?;
    let (training, test) = (parts.table(Role::Training)?, parts.table(Role::Test)?);
    Ok((training, test, parts.into_record(), versions))
}

fn visits(config: &Config) -> (Handle<Table>, Handle<SplitRecord>) {
    let (training, _, record, _) = split(load(&config.visits), &config.group);
    (training, record)
}

fn main() -> ExitCode {
    mlops::app().pipeline("visits", visits).main()
}

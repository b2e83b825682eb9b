//! The pipeline.

use mlops::prelude::*;

use crate::cleaning::{self, Cleaning};
use crate::error::LineError;
use crate::reading;
use crate::record::{Crop, Harvest};
use crate::report::{self, ByCrop, Outlook};
use crate::trend::Trend;

/// The names of the outputs.
pub fn season() -> Vec<Handle<String>> {
    let records = read_harvest();
    let cleaned = clean_harvest(records);
    let trend = fit_trend(&cleaned);
    let report = write_report(&cleaned, trend, 2024);
    vec![report, best_crop(cleaned)]
}

/// Reads what the farmers wrote.
#[stage]
fn read_harvest() -> Result<Harvest, LineError> {
    reading::read(include_str!("../data/yields.csv"))
}

/// Leaves out what cannot be.
#[stage(validate)]
fn clean_harvest(harvest: &Harvest) -> Harvest {
    cleaning::cleaned(harvest, Cleaning::default())
}

/// Fits a line.
#[stage(train)]
fn fit_trend(harvest: &Harvest) -> Trend {
    Trend::through(harvest)
}

/// Writes it down.
#[stage]
fn write_report(harvest: &Harvest, trend: &Trend, year: i64) -> String {
    report::report(&[Box::new(ByCrop(harvest)), Box::new(Outlook { trend, year })])
}

/// The crop that weighs most.
#[stage]
fn best_crop(harvest: &Harvest) -> String {
    let heaviest = Crop::ALL.into_iter().max_by(|one, other| {
        let weight = |crop: &Crop| report::weight(harvest, *crop);
        weight(one).total_cmp(&weight(other))
    });
    heaviest.map(|crop| crop.to_string()).unwrap_or_default()
}

//! Records that can be counted on.

use crate::record::{Harvest, Record};
use crate::statistics::{median, spread};

/// How outliers and gaps are treated.
#[derive(Clone, Copy, Debug)]
pub struct Cleaning {
    /// So many spreads from the middle is too far.
    pub limit: f64,
    pub fills: bool,
}

impl Default for Cleaning {
    fn default() -> Self {
        Self { limit: 8.0, fills: true }
    }
}

/// Without outliers; gaps get the median of their field.
pub fn cleaned(harvest: &Harvest, cleaning: Cleaning) -> Harvest {
    let plausible = harvest.records.iter().filter(|record| is_plausible(record, harvest, cleaning));
    let records = plausible.filter(|record| record.is_recent()).cloned();
    let mut cleaned = Harvest { records: records.collect() };
    if cleaning.fills {
        fill(&mut cleaned);
    }
    cleaned
}

fn is_plausible(record: &Record, among: &Harvest, cleaning: Cleaning) -> bool {
    let all: Vec<f64> = among.records.iter().filter_map(|record| record.bushels).collect();
    match (record.bushels, median(&all), spread(&all)) {
        (Some(bushels), Some(middle), Some(spread)) => (bushels - middle).abs() <= cleaning.limit * spread,
        _ => true,
    }
}

fn fill(harvest: &mut Harvest) {
    let known = harvest.clone();
    for record in &mut harvest.records {
        let same = known.records.iter().filter(|other| other.field == record.field);
        let values: Vec<f64> = same.filter_map(|other| other.bushels).collect();
        record.bushels = record.bushels.or_else(|| median(&values));
    }
}

//! Where the stream comes from: a file, or a generator in which the price rises in the middle.

use mlops::prelude::*;

/// Reads a stream whose rows are in order of time.
#[stage(ingest)]
pub(crate) fn load(stream: &File) -> Result<Table> {
    Ok(Table::read(stream)?)
}

/// Makes a stream of half-hours: a demand that goes with the time of day, and a price that rises from the middle on.
#[stage]
pub(crate) fn made(cx: &StageContext, quarters: u32, rows: u32) -> Table {
    let mut state = cx.seed() | 1;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let count = quarters * rows;
    let middle = quarters / 2 * rows;
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..count {
        let period = f64::from(row % 48) / 47.0;
        let demand = 0.5 + 0.2 * (std::f64::consts::TAU * period).sin() + 0.1 * noise();
        let risen = if row < middle { 0.0 } else { 0.08 };
        columns.0.push(period);
        columns.1.push(demand);
        columns.2.push(0.2 * demand + 0.1 * noise() + risen);
    }
    table! { "period" => columns.0, "demand" => columns.1, "price" => columns.2 }
}

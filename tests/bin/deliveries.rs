//! A pipeline that reads a file and holds it against limits, as a program of its own.

use mlops::prelude::*;
use mlops::quality::Inspection;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Config {
    orders: File,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            orders: File::new("orders.csv"),
        }
    }
}

/// Reads the orders.
#[stage(ingest)]
fn read(orders: &File) -> Result<Table> {
    Ok(Table::read(orders)?)
}

/// Refuses orders of which one is there twice.
#[stage(validate)]
fn inspect(orders: &Table) -> Result<Table> {
    let inspection = Inspection::new().key(["id"]).missing_in_row_at_most(1);
    Ok(inspection.enforce(orders)?)
}

fn deliveries(config: &Config) -> Handle<Table> {
    inspect(read(&config.orders))
}

fn main() -> ExitCode {
    mlops::app().pipeline("deliveries", deliveries).main()
}

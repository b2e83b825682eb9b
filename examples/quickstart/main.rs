//! A smoke test, to be replaced.
use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Config {
    customers: File,
    rate: f64,
}
impl Default for Config {
    fn default() -> Self {
        Self {
            customers: File::new("examples/quickstart/customers.csv"),
            rate: 0.5,
        }
    }
}

/// Reads.
#[stage(ingest)]
fn load(file: &File) -> Result<Table> {
    Ok(Table::read(file)?)
}

/// Splits.
#[stage]
fn split(all: &Table) -> Result<(Table, Table)> {
    Ok(all.split(0.3, 1)?)
}

/// Trains.
#[stage(train)]
fn train(cx: &StageContext, table: &Table, rate: f64) -> Result<f64> {
    cx.metric("rows", table.rows() as f64);
    for i in 0..10 {
        cx.progress(i, 10);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    if rate > 1.0 {
        return Err(format!("rate {rate} is too large").into());
    }
    Ok(rate)
}

/// Reports.
#[stage]
fn report(model: f64, test: &Table) -> String {
    format!("model {model}\nrows {}", test.rows())
}

fn pipeline(config: &Config) -> (Handle<f64>, Handle<String>) {
    let all = load(&config.customers);
    let (a, b) = split(all);
    let m = train(a, config.rate);
    let r = report(&m, b);
    (m, r)
}

fn main() -> ExitCode {
    mlops::app()
        .pipeline("quickstart", pipeline)
        .short("data", "customers")
        .main()
}

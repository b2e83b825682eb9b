//! The weekly sales of a shop, from a service that is slow and sometimes away.

use std::time::Duration;

use mlops::prelude::*;

/// Weeks of sales that a shop has.
const WEEKS: u32 = 52;

/// Asks the shop's till for its weekly sales.
///
/// It is async, so that many tills can be waited for without a thread each; and it is tried three times. What stands outside
/// can change, and nothing here declares it, so an `ingest` without a typed source runs each time; what rests on it does not
/// when it brings the same numbers.
#[stage(ingest, retries = 2, backoff = "50ms", timeout = "10s")]
pub(crate) async fn fetch(cx: &StageContext, shop: &str) -> Result<Vec<f64>> {
    // The waiting stands for a network; the numbers are made up, the same ones for the same shop.
    tokio::time::sleep(Duration::from_millis(80)).await;
    if shop == "market" && cx.attempt() == 1 {
        return Err("the till of the market does not answer".into());
    }
    if shop.is_empty() {
        // No retry can help here.
        return Err(mlops::permanent("a shop needs a name"));
    }
    let name = shop
        .bytes()
        .fold(7_u32, |sum, letter| (sum * 31 + u32::from(letter)) % 41);
    let level = 40.0 + f64::from(name);
    let sales = (0..WEEKS).map(|week| {
        let week = f64::from(week);
        let rain = (week * 0.7 + level).sin();
        (level + 0.6 * week + 9.0 * rain).round()
    });
    Ok(sales.collect())
}

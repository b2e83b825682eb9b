//! From weekly sales to forecasts, and from forecasts to an order.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

/// A straight line through a shop's sales, and what it says of the next week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Artifact)]
pub(crate) struct Forecast {
    shop: String,
    slope: f64,
    next_week: f64,
}

/// Takes the mean over a window of weeks.
#[stage(features)]
pub(crate) fn smooth(sales: &[f64], window: u32) -> Result<Vec<f64>> {
    let window = window as usize;
    if window == 0 || window > sales.len() {
        return Err(format!(
            "a window of {window} weeks in {} weeks of sales",
            sales.len()
        )
        .into());
    }
    let means = sales
        .windows(window)
        .map(|weeks| weeks.iter().sum::<f64>() / window as f64);
    Ok(means.collect())
}

/// Fits a line by gradient descent.
///
/// It claims the graphics card that the profile offers (`resources.gpu`), so fits run one after the other, while everything
/// else goes on. Each hundred rounds it keeps its state: after a crash, or a retry, it goes on from there.
#[stage(train, cpus = 1, memory = "64MiB", resources(gpu = 1))]
pub(crate) fn fit(cx: &StageContext, shop: &str, sales: &[f64], rounds: u32) -> Result<Forecast> {
    let (mut round, mut level, mut slope): (u32, f64, f64) = cx.restore()?.unwrap_or_default();
    let count = sales.len() as f64;
    while round < rounds {
        let errors = || {
            sales.iter().enumerate().map(|(week, sold)| {
                let week = week as f64 / count;
                (week, level + slope * week - sold)
            })
        };
        let step = 0.5 / count;
        let (for_level, for_slope) = errors().fold((0.0, 0.0), |(level, slope), (week, error)| {
            (level + error, slope + error * week)
        });
        level -= step * for_level;
        slope -= step * for_slope;
        round += 1;
        if round % 100 == 0 {
            cx.checkpoint(&(round, level, slope))?;
            cx.progress(u64::from(round), u64::from(rounds));
        }
    }
    cx.metric("fit/slope", slope / count);
    Ok(Forecast {
        shop: shop.to_owned(),
        slope: slope / count,
        next_week: level + slope,
    })
}

/// Puts the shops side by side.
#[stage]
pub(crate) fn compare(forecasts: &[Forecast]) -> String {
    let mut lines = String::from("shop       next week  growth a week\n");
    for forecast in forecasts {
        lines.push_str(&format!(
            "{:9}  {:9.0}  {:13.2}\n",
            forecast.shop, forecast.next_week, forecast.slope
        ));
    }
    lines
}

/// Whether all shops together sell enough for an order.
#[stage]
pub(crate) fn worth_an_order(forecasts: &[Forecast], smallest: f64) -> bool {
    total(forecasts) >= smallest
}

/// Writes the order.
#[stage(deploy)]
pub(crate) fn order(forecasts: &[Forecast]) -> String {
    format!(
        "{:.0} umbrellas for {} shops",
        total(forecasts),
        forecasts.len()
    )
}

fn total(forecasts: &[Forecast]) -> f64 {
    forecasts.iter().map(|forecast| forecast.next_week).sum()
}

#[cfg(test)]
mod tests {
    use mlops::testing::TestContext;

    use super::*;

    #[test]
    fn a_window_takes_means() {
        assert_eq!(smooth::run(&[1.0, 3.0, 5.0], 2).unwrap(), [2.0, 4.0]);
    }

    #[test]
    fn a_window_longer_than_the_sales_is_refused() {
        assert!(smooth::run(&[1.0], 2).is_err());
    }

    #[test]
    fn a_fit_finds_the_line_and_goes_on_from_its_checkpoint() {
        let sales: Vec<f64> = (0..20).map(|week| 10.0 + 2.0 * f64::from(week)).collect();
        let context = TestContext::new();
        let whole = fit::run(&context, "harbour", &sales, 3_000).unwrap();
        assert!((whole.slope - 2.0).abs() < 0.01, "{whole:?}");
        // The state of round 3,000 was kept, so that there is nothing left to do.
        assert_eq!(fit::run(&context, "harbour", &sales, 3_000).unwrap(), whole);
        assert_eq!(context.last_progress(), Some((3_000, 3_000)));
    }
}

//! Twenty-four sets of parameters, tried side by side and compared in a table. A sweep is a `for` loop.
//!
//! `cargo run --example sweep`: the curve is made once, the fits run in parallel. Run it again and nothing runs; add a
//! penalty to the list, and only its six fits do.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

/// The grid.
#[derive(Serialize, Deserialize)]
struct Config {
    degrees: Vec<u32>,
    penalties: Vec<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            degrees: vec![1, 2, 3, 5, 8, 12],
            penalties: vec![0.0, 1e-4, 1e-2, 1.0],
        }
    }
}

/// How well a polynomial with these parameters does on points that it has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Artifact)]
struct Trial {
    degree: u32,
    penalty: f64,
    error: f64,
}

/// Makes points on a curve, with noise: `x` from -1 to 1, and `y`.
#[stage]
fn points(cx: &StageContext, count: u32) -> Table {
    // The seed comes from the stage's key: the same points each time.
    let mut state = cx.seed() | 1;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let x: Vec<f64> = (0..count)
        .map(|number| 2.0 * f64::from(number) / f64::from(count) - 1.0)
        .collect();
    let y: Vec<f64> = x.iter().map(|x| (3.0 * x).sin() + 0.3 * noise()).collect();
    table! { "x" => x, "y" => y }
}

/// Fits a polynomial to every other point, and takes the error on the rest.
#[stage(train)]
fn fit(cx: &StageContext, points: &Table, degree: u32, penalty: f64) -> Result<Trial> {
    let column =
        |name| -> Result<Vec<f64>> { Ok(points.numbers(name)?.into_iter().flatten().collect()) };
    let (x, y) = (column("x")?, column("y")?);
    let weights = ridge(&x, &y, degree as usize + 1, penalty);
    let unseen = (1..x.len()).step_by(2);
    let squares = unseen
        .clone()
        .map(|i| (value(&weights, x[i]) - y[i]).powi(2));
    let error = (squares.sum::<f64>() / unseen.len() as f64).sqrt();
    cx.metric("error", error);
    Ok(Trial {
        degree,
        penalty,
        error,
    })
}

/// Puts the trials in a table, the best first.
#[stage(evaluate)]
fn compare(trials: &[Trial]) -> String {
    let mut trials = trials.to_vec();
    trials.sort_by(|a, b| a.error.total_cmp(&b.error));
    let mut lines = String::from("degree  penalty   error\n");
    for trial in &trials {
        lines.push_str(&format!(
            "{:6}  {:<8}  {:.4}\n",
            trial.degree, trial.penalty, trial.error
        ));
    }
    lines
}

fn sweep(config: &Config) -> Handle<String> {
    let points = points(400_u32);
    let mut trials = Vec::new();
    for degree in &config.degrees {
        for penalty in &config.penalties {
            trials.push(fit(&points, *degree, *penalty));
        }
    }
    compare(trials)
}

fn main() -> ExitCode {
    mlops::app().pipeline("sweep", sweep).main()
}

fn value(weights: &[f64], x: f64) -> f64 {
    weights
        .iter()
        .rev()
        .fold(0.0, |sum, weight| sum * x + weight)
}

/// Weights of a polynomial, by coordinate descent on the squared error of the even points, with a quadratic penalty.
fn ridge(x: &[f64], y: &[f64], terms: usize, penalty: f64) -> Vec<f64> {
    let seen: Vec<usize> = (0..x.len()).step_by(2).collect();
    let power = |i: usize, term: usize| x[i].powi(i32::try_from(term).unwrap_or(i32::MAX));
    let mut weights = vec![0.0; terms];
    let mut rest: Vec<f64> = seen.iter().map(|i| y[*i]).collect();
    for _ in 0..2_000 {
        for (term, weight) in weights.iter_mut().enumerate() {
            let (mut along, mut length) = (0.0, penalty * seen.len() as f64);
            for (i, rest) in seen.iter().zip(&rest) {
                along += power(*i, term) * (rest + *weight * power(*i, term));
                length += power(*i, term).powi(2);
            }
            let next = along / length;
            for (i, rest) in seen.iter().zip(&mut rest) {
                *rest += (*weight - next) * power(*i, term);
            }
            *weight = next;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use mlops::testing::TestProject;

    use super::*;

    #[test]
    fn the_second_sweep_reuses_all_and_a_penalty_more_runs_six_fits() {
        let project = TestProject::new();
        let mut config = Config::default();
        assert_eq!(project.run(sweep(&config)).ran().len(), 1 + 24 + 1);
        assert!(project.run(sweep(&config)).ran().is_empty());
        config.penalties.push(10.0);
        assert_eq!(project.run(sweep(&config)).ran().len(), 6 + 1);
    }
}

//! Stages that give something else each time, each beside one that does not. `verify` tells them apart, and says why.
//!
//! ```text
//! cargo run --example determinism
//! cargo run --example determinism -- verify
//! ```
//!
//! The first run keeps what every stage made. `verify` makes all of it again, in processes of their own, and compares.

mod planted;
mod sound;

use mlops::prelude::*;

use planted::{answer, count_in_any_order, draw_from_the_system, stamp, sum_by_threads};
use sound::{count_in_order, draw_from_the_seed, numbers, state_the_date, sum_in_order, words};

#[derive(Outputs)]
struct Results {
    any_order: Handle<Vec<String>>,
    order: Handle<Vec<String>>,
    stamped: Handle<String>,
    dated: Handle<String>,
    drawn: Handle<String>,
    seeded: Handle<String>,
    by_threads: Handle<f64>,
    in_order: Handle<f64>,
    answer: Handle<String>,
}

fn determinism() -> Results {
    let words = words();
    let numbers = numbers(10_000_u32);
    Results {
        any_order: count_in_any_order(&words),
        order: count_in_order(&words),
        stamped: stamp(&words),
        dated: state_the_date(&words, "2026-03-01"),
        drawn: draw_from_the_system(&words),
        seeded: draw_from_the_seed(&words),
        by_threads: sum_by_threads(&numbers),
        in_order: sum_in_order(&numbers),
        answer: answer(&words),
    }
}

fn main() -> ExitCode {
    mlops::app().pipeline("determinism", determinism).main()
}

#[cfg(test)]
mod tests {
    use mlops::testing::TestProject;

    use super::*;

    #[test]
    fn every_stage_runs_whatever_it_gives() {
        let project = TestProject::new();
        let run = project.run(determinism());
        assert!(run.succeeded());
        let counted = run.output::<Vec<String>>("order");
        assert!(counted.contains(&"same 2".to_owned()), "{counted:?}");
    }
}

//! Finds causes by experiment: everything is held still, and then one thing after the other is let go.
//!
//! To hold one thing still at a time would find a cause only where it is the only one. What is let go alone and changes
//! the result is a cause, whatever others there are.

use std::collections::BTreeSet;

use super::cause::Cause;

/// How often a thing that is let go may give the same by chance, before it is held to be harmless.
const TRIES: u32 = 2;

/// What an experiment found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Experiment {
    /// These change the result; none, if the result stayed the same whatever was let go.
    Found(Vec<Cause>),
    /// The result changes although all is held still.
    None,
    /// It was not made, and why.
    NotMade(String),
}

/// Makes the experiment. `run` runs the stage with these things held still, and returns what it made, or why it made nothing.
pub(super) fn experiment<M: PartialEq, E>(
    mut run: impl FnMut(&BTreeSet<Cause>) -> Result<Result<M, String>, E>,
) -> Result<Experiment, E> {
    let all = BTreeSet::from(Cause::ALL);
    let (first, second) = match (run(&all)?, run(&all)?) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(why), _) | (_, Err(why)) => return Ok(Experiment::NotMade(why)),
    };
    if first != second {
        return Ok(Experiment::None);
    }
    let mut found = Vec::new();
    for cause in Cause::ALL {
        let mut still = all.clone();
        still.remove(&cause);
        for _ in 0..TRIES {
            match run(&still)? {
                Ok(made) if made == first => {}
                // That it fails is another result.
                _ => {
                    found.push(cause);
                    break;
                }
            }
        }
    }
    Ok(Experiment::Found(found))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// A stage whose result depends on these things, each of which is another number at each run unless it is held still.
    fn stage(depends_on: &[Cause]) -> (Experiment, u32) {
        let mut runs = 0;
        let made = experiment(|still| -> Result<Result<Vec<u32>, String>, Infallible> {
            runs += 1;
            let seen = depends_on
                .iter()
                .map(|cause| if still.contains(cause) { 0 } else { runs });
            Ok(Ok(seen.collect()))
        });
        let Ok(made) = made;
        (made, runs)
    }

    #[test]
    fn each_cause_is_found_alone_and_among_others() {
        for cause in Cause::ALL {
            assert_eq!(stage(&[cause]).0, Experiment::Found(vec![cause]));
        }
        assert_eq!(
            stage(&[Cause::Time, Cause::HashOrder]).0,
            Experiment::Found(vec![Cause::HashOrder, Cause::Time])
        );
        assert_eq!(stage(&Cause::ALL).0, Experiment::Found(Cause::ALL.to_vec()));
    }

    #[test]
    fn nothing_is_found_where_nothing_is_and_the_runs_are_few() {
        assert_eq!(stage(&[]), (Experiment::Found(Vec::new()), 10));
        assert_eq!(stage(&Cause::ALL).1, 6);
    }

    #[test]
    fn what_differs_although_all_is_held_still_is_none_of_the_usual_causes() {
        let mut runs = 0;
        let made = experiment(|_| -> Result<Result<u32, String>, Infallible> {
            runs += 1;
            Ok(Ok(runs))
        });
        assert_eq!(made, Ok(Experiment::None));
        assert_eq!(runs, 2);
    }

    #[test]
    fn a_stage_that_fails_in_the_experiment_is_not_judged() {
        let made = experiment(|_| -> Result<Result<u32, String>, Infallible> {
            Ok(Err("it took too long".to_owned()))
        });
        assert_eq!(made, Ok(Experiment::NotMade("it took too long".to_owned())));
    }

    #[test]
    fn the_same_by_chance_is_tried_again() {
        let mut released = 0;
        let made = experiment(|still| -> Result<Result<bool, String>, Infallible> {
            if still.contains(&Cause::HashOrder) {
                return Ok(Ok(false));
            }
            released += 1;
            Ok(Ok(released == 2))
        });
        assert_eq!(made, Ok(Experiment::Found(vec![Cause::HashOrder])));
    }
}

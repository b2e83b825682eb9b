//! The judgement on one edit, from what its runs did: nothing here knows how a key is made.

use std::collections::{BTreeMap, BTreeSet};

use super::edit::Reach;

/// The digests of what each stage made.
pub(crate) type Results = BTreeMap<String, Vec<String>>;

/// What the run on the store from before the edit did with a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) ran: bool,
    pub(crate) outputs: Vec<String>,
}

/// All that was seen of one edit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Observed {
    /// On an empty store, before the edit.
    pub(crate) before: Results,
    /// On an empty store, after it.
    pub(crate) fresh: Results,
    /// After it, on the store that holds what was made before it.
    pub(crate) warm: BTreeMap<String, Done>,
    /// What `plan` said would run there.
    pub(crate) foretold: BTreeSet<String>,
    /// Stages of which `plan` said that they depend on what is yet to be made.
    pub(crate) open: BTreeSet<String>,
    /// Stages of which the plan said that their whole package counts.
    pub(crate) coarse: BTreeSet<String>,
}

/// The judgement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// What ran, of the stages that had run before.
    pub(crate) ran: BTreeSet<String>,
    /// What may run.
    pub(crate) may: BTreeSet<String>,
    /// What ran, and may not.
    pub(crate) needless: BTreeSet<String>,
    /// What did not run, and would have made something else.
    pub(crate) stale: BTreeSet<String>,
    /// Whether a stage ran because its whole package counts.
    pub(crate) coarse: bool,
    /// What is wrong with the edit's own claims, or with the stages of the template.
    pub(crate) complaints: Vec<String>,
}

/// Judges an edit; `paths` says where each stage stands, package first.
pub(crate) fn judge(
    reach: &Reach,
    paths: &BTreeMap<String, String>,
    observed: &Observed,
) -> Verdict {
    let altered: BTreeSet<String> = reach.altered.iter().map(|&name| name.to_owned()).collect();
    let mut may = altered.clone();
    may.extend(reach.touched.iter().map(|&name| name.to_owned()));
    let in_package = |path: &str| {
        let package = path.split("::").next().unwrap_or_default();
        reach.touched_packages.contains(&package)
    };
    may.extend(
        paths
            .iter()
            .filter(|(_, path)| in_package(path))
            .map(|(name, _)| name.clone()),
    );
    // A stage that is new, or that stands somewhere else now, has nothing to be reused.
    let known = |name: &String| observed.before.contains_key(name);
    let ran: BTreeSet<String> = observed
        .warm
        .iter()
        .filter(|(name, done)| done.ran && known(name))
        .map(|(name, _)| name.clone())
        .collect();
    let mut verdict = Verdict {
        needless: ran.difference(&may).cloned().collect(),
        coarse: observed.coarse.iter().any(|name| ran.contains(name)),
        ran,
        may,
        ..Verdict::default()
    };
    for (name, done) in &observed.warm {
        match observed.fresh.get(name) {
            Some(fresh) if *fresh == done.outputs => {}
            Some(_) if done.ran => verdict.complain(format!("`{name}` is not deterministic")),
            Some(_) => _ = verdict.stale.insert(name.clone()),
            None => verdict.complain(format!("`{name}` was reused, and has no fresh result")),
        }
    }
    for name in observed.fresh.keys() {
        if !observed.warm.contains_key(name) {
            verdict.complain(format!("`{name}` was not in the run that may reuse"));
        }
    }
    let changed: BTreeSet<String> = observed
        .fresh
        .iter()
        .filter(|(name, outputs)| {
            observed
                .before
                .get(*name)
                .is_some_and(|old| old != *outputs)
        })
        .map(|(name, _)| name.clone())
        .collect();
    for name in altered.difference(&changed) {
        verdict.complain(format!("the edit does not alter `{name}`, as it claims"));
    }
    for name in changed.difference(&altered) {
        verdict.complain(format!("the edit alters `{name}`, and does not say so"));
    }
    let all_ran: BTreeSet<String> = observed
        .warm
        .iter()
        .filter(|(_, done)| done.ran)
        .map(|(name, _)| name.clone())
        .collect();
    let unexpected = observed.foretold.symmetric_difference(&all_ran);
    for name in unexpected.filter(|name| !observed.open.contains(*name)) {
        let said = observed.foretold.contains(name);
        let what = if said {
            "only foretold"
        } else {
            "not foretold"
        };
        verdict.complain(format!("that `{name}` runs was {what}"));
    }
    verdict
}

impl Verdict {
    fn complain(&mut self, complaint: String) {
        self.complaints.push(complaint);
    }
}

#[cfg(test)]
mod tests {
    use super::super::edit::{Kind, edit};
    use super::*;

    fn results(results: &[(&str, &str)]) -> Results {
        results
            .iter()
            .map(|(name, output)| ((*name).to_owned(), vec![(*output).to_owned()]))
            .collect()
    }

    fn warm(stages: &[(&str, bool, &str)]) -> BTreeMap<String, Done> {
        stages
            .iter()
            .map(|(name, ran, output)| {
                let done = Done {
                    ran: *ran,
                    outputs: vec![(*output).to_owned()],
                };
                ((*name).to_owned(), done)
            })
            .collect()
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn paths() -> BTreeMap<String, String> {
        [("fit", "app::fit"), ("load", "library::load")]
            .map(|(name, path)| (name.to_owned(), path.to_owned()))
            .into()
    }

    /// `fit` was altered and ran; `load` was not, and did not.
    fn as_it_should_be() -> Observed {
        Observed {
            before: results(&[("fit", "1"), ("load", "a")]),
            fresh: results(&[("fit", "2"), ("load", "a")]),
            warm: warm(&[("fit", true, "2"), ("load", false, "a")]),
            foretold: names(&["fit"]),
            ..Observed::default()
        }
    }

    fn judged(altered: &[&'static str], touched: &[&'static str], observed: &Observed) -> Verdict {
        let edit = edit(Kind::Function, "an edit");
        judge(
            &edit.alters(altered).touches(touched).reach,
            &paths(),
            observed,
        )
    }

    #[test]
    fn an_edit_that_reruns_exactly_what_it_alters_is_fine() {
        let verdict = judged(&["fit"], &[], &as_it_should_be());
        let expected = Verdict {
            ran: names(&["fit"]),
            may: names(&["fit"]),
            ..Verdict::default()
        };
        assert_eq!(verdict, expected);
    }

    #[test]
    fn a_stage_that_is_reused_and_would_have_made_something_else_is_stale() {
        let mut observed = as_it_should_be();
        observed.warm = warm(&[("fit", false, "1"), ("load", false, "a")]);
        observed.foretold.clear();
        let verdict = judged(&["fit"], &[], &observed);
        assert_eq!(verdict.stale, names(&["fit"]));
        assert!(verdict.ran.is_empty());
    }

    #[test]
    fn a_stage_that_runs_and_may_not_is_needless_even_when_its_result_is_the_same() {
        let mut observed = as_it_should_be();
        observed.warm = warm(&[("fit", true, "2"), ("load", true, "a")]);
        observed.foretold = names(&["fit", "load"]);
        assert_eq!(judged(&["fit"], &[], &observed).needless, names(&["load"]));
        assert!(judged(&["fit"], &["load"], &observed).needless.is_empty());
        let edit = edit(Kind::Package, "a package").alters(&["fit"]);
        let verdict = judge(&edit.touches_package("library").reach, &paths(), &observed);
        assert!(verdict.needless.is_empty(), "{verdict:?}");
        assert!(verdict.complaints.is_empty(), "{verdict:?}");
    }

    #[test]
    fn a_claim_that_is_not_true_is_found() {
        let observed = as_it_should_be();
        let vacuous = judged(&["fit", "load"], &[], &observed);
        assert_eq!(
            vacuous.complaints,
            ["the edit does not alter `load`, as it claims"]
        );
        let silent = judged(&[], &["fit"], &observed);
        assert_eq!(
            silent.complaints,
            ["the edit alters `fit`, and does not say so"]
        );
    }

    #[test]
    fn a_stage_that_gives_something_else_each_time_is_no_witness() {
        let mut observed = as_it_should_be();
        observed.warm = warm(&[("fit", true, "3"), ("load", false, "a")]);
        let verdict = judged(&["fit"], &[], &observed);
        assert_eq!(verdict.complaints, ["`fit` is not deterministic"]);
        assert!(verdict.stale.is_empty());
    }

    #[test]
    fn a_plan_that_foretells_something_else_is_found() {
        let mut observed = as_it_should_be();
        observed.foretold = names(&["load"]);
        let verdict = judged(&["fit"], &[], &observed);
        assert_eq!(
            verdict.complaints,
            [
                "that `fit` runs was not foretold",
                "that `load` runs was only foretold"
            ]
        );
        observed.open = names(&["fit"]);
        assert_eq!(judged(&["fit"], &[], &observed).complaints.len(), 1);
    }

    #[test]
    fn a_new_stage_is_no_rerun_and_a_missing_one_is_found() {
        let mut observed = as_it_should_be();
        observed.before.remove("fit");
        let verdict = judged(&[], &[], &observed);
        assert!(
            verdict.needless.is_empty() && verdict.complaints.is_empty(),
            "{verdict:?}"
        );
        observed.warm.remove("load");
        let verdict = judged(&[], &[], &observed);
        assert_eq!(
            verdict.complaints,
            ["`load` was not in the run that may reuse"]
        );
    }

    #[test]
    fn an_edit_is_coarse_if_a_stage_ran_for_its_whole_package() {
        let mut observed = as_it_should_be();
        observed.coarse = names(&["load"]);
        assert!(!judged(&["fit"], &[], &observed).coarse);
        observed.coarse = names(&["fit"]);
        assert!(judged(&["fit"], &[], &observed).coarse);
    }
}

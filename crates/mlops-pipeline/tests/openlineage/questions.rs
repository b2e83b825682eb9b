//! Up to the sources and down to what rests on them, each thing once.

use std::collections::BTreeSet;

use mlops_core::Digest;
use mlops_pipeline::lineage::{Direction, LineageAnswer, LineageTarget, TraceError, trace};

use crate::pipeline::{COMMIT, Place, chain, churn, failing, good};

fn of(digest: Digest) -> LineageTarget {
    LineageTarget::Digests {
        digests: vec![digest],
        run: None,
    }
}

fn stages(answer: &LineageAnswer) -> BTreeSet<&str> {
    answer.entries.iter().map(|entry| &*entry.stage).collect()
}

#[test]
fn up_from_a_model_are_its_sources_parameters_code_and_run() {
    let place = Place::new();
    let run = place.run(churn(&place.data(), 0.5, good));
    let model = run.outputs[0].1.digest;
    let answer = trace(&place.store, &of(model), Direction::Up).unwrap();
    assert_eq!(
        stages(&answer),
        ["app::clean", "app::load", "app::train"].into()
    );
    assert_eq!(answer.sources.len(), 1);
    assert_eq!(
        answer.sources[0].location,
        place.data().display().to_string()
    );
    assert_eq!(answer.sources[0].digest, Some(Digest::of(b"1\n2\n4\n")));
    let record = answer.runs[0].record.as_ref().unwrap();
    assert_eq!(record.code.commit.as_deref(), Some(COMMIT));
    assert_eq!(record.code.dirty, Some(true));
    let text = answer.to_string();
    for part in [
        "made by app::train in run",
        "rate = 0.5",
        "customers.csv",
        "commit 309cf2674e, changed since",
        &run.run.id.to_string(),
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let lines = answer.to_json();
    assert_eq!(lines.len(), 1 + 3 + 1 + 1);
    assert_eq!(lines[0]["event"], "lineage");
    assert!(lines.iter().any(
        |line| line["event"] == "entry" && line["inputs"].to_string().contains("\"value\":0.5")
    ));
}

#[test]
fn down_from_a_source_is_all_that_rests_on_it_and_on_nothing_else() {
    let place = Place::new();
    let first = place.run(churn(&place.data(), 0.5, good)).run.id;
    place.change_data("8\n");
    let second = place.run(churn(&place.data(), 0.5, good)).run.id;
    let down = |target: &LineageTarget| trace(&place.store, target, Direction::Down).unwrap();
    let all = ["app::clean", "app::evaluate", "app::load", "app::train"];
    let before = down(&of(Digest::of(b"1\n2\n4\n")));
    assert_eq!(stages(&before), all.into());
    assert_eq!(before.entries.len(), 4);
    assert_eq!(before.runs[0].run, first);
    assert!(before.to_string().contains("read by app::load"));
    // A location stands for the content that it had when a run looked last.
    let now = down(&LineageTarget::Source(place.data().display().to_string()));
    assert_eq!(now, down(&of(Digest::of(b"8\n"))));
    assert_eq!((now.entries.len(), now.runs[0].run), (4, second));
    let both = down(&LineageTarget::Digests {
        digests: vec![before.targets[0], now.targets[0]],
        run: None,
    });
    assert_eq!((both.entries.len(), both.runs.len()), (8, 2));
}

#[test]
fn a_run_answers_for_what_it_used_and_no_other_maker_of_the_same_bytes() {
    let place = Place::new();
    let first = place.run(churn(&place.data(), 0.5, good));
    // Other rows with the same sum: another way to the same model.
    place.change_data("4\n2\n1\n");
    let second = place.run(churn(&place.data(), 0.5, good));
    let model = first.outputs[0].1.digest;
    assert_eq!(second.outputs[0].1.digest, model);
    let everybody = trace(&place.store, &of(model), Direction::Up).unwrap();
    assert_eq!((everybody.entries.len(), everybody.sources.len()), (6, 2));
    let one = LineageTarget::Digests {
        digests: vec![model],
        run: Some(second.run.id),
    };
    let answer = trace(&place.store, &one, Direction::Up).unwrap();
    assert_eq!((answer.entries.len(), answer.sources.len()), (3, 1));
    assert_eq!(answer.sources[0].digest, Some(Digest::of(b"4\n2\n1\n")));
    let whole = trace(
        &place.store,
        &LineageTarget::Run(second.run.id),
        Direction::Up,
    )
    .unwrap();
    assert_eq!(whole.entries.len(), 4, "{whole}");
    let runs: Vec<_> = whole.runs.iter().map(|run| run.run).collect();
    assert_eq!(
        runs,
        [first.run.id, second.run.id],
        "the evaluation was reused"
    );
}

#[test]
fn a_failed_run_answers_for_what_it_made_before_it_failed() {
    let place = Place::new();
    let run = place.run(churn(&place.data(), 0.5, failing)).run.id;
    let answer = trace(&place.store, &LineageTarget::Run(run), Direction::Up).unwrap();
    assert_eq!(
        stages(&answer),
        ["app::clean", "app::load", "app::train"].into()
    );
}

#[test]
fn a_long_chain_is_answered_in_time_and_space_that_grow_with_its_length() {
    let place = Place::new();
    let run = place.run(chain(800));
    let end = run.outputs[0].1.digest;
    let answer = trace(&place.store, &of(end), Direction::Up).unwrap();
    assert_eq!(answer.entries.len(), 800);
    let text = answer.to_string();
    assert!(text.len() < 800 * 250, "{} bytes", text.len());
}

#[test]
fn what_is_not_there_is_an_error_and_what_nothing_rests_on_is_an_answer() {
    let place = Place::new();
    let run = place.run(churn(&place.data(), 0.5, good));
    let unknown = Digest::of(b"nothing");
    let error = trace(&place.store, &of(unknown), Direction::Up).unwrap_err();
    assert!(matches!(error, TraceError::UnknownDigest { digest } if digest == unknown));
    let missing = LineageTarget::Source("/nowhere".to_owned());
    let error = trace(&place.store, &missing, Direction::Down).unwrap_err();
    assert_eq!(error.code(), "lineage::unknown_source");
    let evaluation = run.outputs[1].1.digest;
    let answer = trace(&place.store, &of(evaluation), Direction::Down).unwrap();
    assert!(answer.entries.is_empty());
    assert!(answer.to_string().contains("nothing rests on it"));
}

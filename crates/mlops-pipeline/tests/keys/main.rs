//! Keys: two calls that differ never share one, and the key of a call never changes unnoticed.

mod broken;
mod causes;
mod samples;

use mlops_core::{Digest, Value};
use mlops_pipeline::{CodeKey, InputKey, KEY_FORMAT, SourceKey, StageKey};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use broken::Flaw;
use samples::{Mutation, key, mutated, mutation};

const CASES: u32 = 3_000;

fn runner() -> TestRunner {
    TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        // That there is a counterexample is enough; the smallest one takes long to find.
        max_shrink_iters: 64,
        ..Config::default()
    })
}

/// The property: two keys have one encoding exactly when they are equal.
fn injective(
    encode: impl Fn(&StageKey) -> Vec<u8>,
    pairs: impl Strategy<Value = (StageKey, StageKey)>,
) -> Result<(), Box<TestError<(StageKey, StageKey)>>> {
    runner()
        .run(&pairs, |(one, other)| {
            if (one == other) == (encode(&one) == encode(&other)) {
                Ok(())
            } else {
                Err(TestCaseError::fail("two different keys share an encoding"))
            }
        })
        .map_err(Box::new)
}

/// A key and one that is nearly the same.
fn neighbours() -> impl Strategy<Value = (StageKey, StageKey)> {
    (key(), mutation()).prop_map(|(key, mutation)| {
        let other = mutated(&key, mutation);
        (key, other)
    })
}

fn encoded(key: &StageKey) -> Vec<u8> {
    key.encoded().as_bytes().to_vec()
}

#[test]
fn keys_that_are_nearly_the_same_never_share_an_encoding() {
    injective(encoded, neighbours()).unwrap();
}

#[test]
fn keys_of_few_and_short_parts_never_share_an_encoding() {
    injective(encoded, (key(), key())).unwrap();
}

#[test]
fn the_digest_is_that_of_the_whole_encoding() {
    runner()
        .run(&key(), |key| {
            prop_assert_eq!(key.digest(), Digest::of(&encoded(&key)));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_key_survives_its_record() {
    runner()
        .run(&key(), |key| {
            let text = serde_json::to_string(&key).unwrap();
            let back: StageKey = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back, key);
            Ok(())
        })
        .unwrap();
}

/// The property must be able to fail: an encoding with a known flaw is found out.
#[test]
fn an_encoding_without_lengths_without_types_or_without_counts_is_found_out() {
    for flaw in [Flaw::Lengths, Flaw::Types, Flaw::Counts, Flaw::Presence] {
        let found = injective(|key| broken::encoded(key, Some(flaw)), neighbours());
        assert!(
            matches!(
                found.as_ref().map_err(|error| &**error),
                Err(TestError::Fail(..))
            ),
            "no two keys were found that an encoding without {flaw:?} mistakes for each other"
        );
    }
    // Without a flaw the same code passes, so what is found is the flaw.
    injective(|key| broken::encoded(key, None), neighbours()).unwrap();
}

#[test]
fn each_kind_of_neighbour_differs_from_its_key_in_some_case() {
    for mutation in Mutation::ALL {
        let differs = runner().run(&key(), |key| {
            if mutated(&key, mutation) == key {
                Ok(())
            } else {
                Err(TestCaseError::fail("differs"))
            }
        });
        assert!(differs.is_err(), "{mutation:?} never changes a key");
    }
}

/// A call in which everything is fixed.
fn fixed() -> StageKey {
    let value = Value::Map(vec![
        (Value::Text("rate".to_owned()), Value::Float(0.1.into())),
        (Value::Text("rounds".to_owned()), Value::Integer(400)),
        (
            Value::Text("names".to_owned()),
            Value::List(vec![Value::Null, Value::Boolean(true)]),
        ),
    ]);
    StageKey {
        format: KEY_FORMAT,
        package: "shop".to_owned(),
        stage: "shop::train".to_owned(),
        code: CodeKey {
            reach: "r".repeat(64),
            values: vec![
                ("cfg(unix)".to_owned(), Some("true".to_owned())),
                ("env NAME".to_owned(), None),
            ],
        },
        inputs: vec![
            ("clean".to_owned(), InputKey::Artifact(Digest::of(b"clean"))),
            (
                "settings".to_owned(),
                InputKey::Parameter {
                    value,
                    sources: Vec::new(),
                },
            ),
            (
                "file".to_owned(),
                InputKey::Source(SourceKey {
                    kind: "file".to_owned(),
                    form: "csv".to_owned(),
                    digest: Digest::of(b"file"),
                }),
            ),
            (
                "parts".to_owned(),
                InputKey::List(vec![InputKey::Artifact(Digest::of(b"part"))]),
            ),
        ],
        environment: vec![
            ("OMP_NUM_THREADS".to_owned(), Some(Digest::of(b"2"))),
            ("TZ".to_owned(), None),
        ],
        toolchain: Some("rustc 1.95.0".to_owned()),
        target: Some("x86_64-unknown-linux-gnu".to_owned()),
    }
}

/// What was kept under a key is found again only as long as the same call has the same key.
#[test]
fn the_key_of_a_fixed_call_changes_only_with_the_format() {
    let digests = include_str!("digests.txt");
    let line = format!("{KEY_FORMAT} {}", fixed().digest());
    let known = digests
        .lines()
        .find(|line| line.split_whitespace().next() == Some(&KEY_FORMAT.to_string()));
    assert_eq!(
        known,
        Some(line.as_str()),
        "the key of a fixed call has changed: results that are kept would no longer be found, or be taken for others. \
         If that is meant, raise KEY_FORMAT in src/key.rs and add this line to tests/keys/digests.txt: {line}"
    );
}

#[test]
fn the_record_of_a_fixed_call_is_what_explanations_compare() {
    insta::assert_json_snapshot!(fixed());
}

//! How each kind of cause is said, and that no explanation is too long to read.

use mlops_core::{Digest, Value};
use mlops_pipeline::{CodeReach, InputKey, KeyComparison, SourceKey, StageKey, compare_keys};
use mlops_store::Store;

use super::fixed;

const ITEMS: &str = "item\t-\taa\tfn train\tshop::training\tsrc/training.rs:5-9\n\
    item\t0\tbb\tfn normalise\tshop::text\tsrc/text.rs:42-50\n\
    item\t1\tcc\tfn fmt in impl Display for Label\tshop::shapes\tsrc/shapes.rs:71-80\n\
    item\t1\tdd\tconst LIMIT\tshop::text\tsrc/text.rs:3-3\n\
    item\t1\tee\tuse super::shapes::Label\tshop::text\tsrc/text.rs:1-1\n\
    content\tfile \"words.txt\"\tff\n\
    crate\tlinfa\t0.8.0\t[]\n\
    crate\tndarray\t0.16.1\t[rayon]\n";

/// What is said when a fixed key and what it reaches become something else.
fn said(change: impl FnOnce(&mut StageKey), items: &str) -> String {
    let old = fixed();
    let mut new = fixed();
    change(&mut new);
    if items != ITEMS {
        new.code.reach = "s".repeat(64);
    }
    let (before, after) = (CodeReach::read(ITEMS), CodeReach::read(items));
    let beside = KeyComparison {
        code: Some((&before, &after)),
        place: "src/training.rs:5",
        ..KeyComparison::default()
    };
    let reasons = compare_keys(&old, &new, beside);
    reasons.iter().map(|reason| format!("{reason}\n")).collect()
}

fn of_code(from: &str, to: &str) -> String {
    assert!(ITEMS.contains(from));
    said(|_| {}, &ITEMS.replace(from, to))
}

fn of_parameter(change: impl FnOnce(&mut Vec<(Value, Value)>)) -> String {
    said(
        |key| {
            let (_, input) = &mut key.inputs[1];
            let InputKey::Parameter {
                value: Value::Map(entries),
                ..
            } = input
            else {
                panic!("the second input is a parameter");
            };
            change(entries);
        },
        ITEMS,
    )
}

#[test]
fn each_kind_of_cause_is_named() {
    let inputs = |change: fn(&mut InputKey), at: usize| {
        said(move |key| change(&mut key.inputs[at].1), ITEMS)
    };
    let all = [
        ("a helper", of_code("\tbb\t", "\tb2\t")),
        ("an impl", of_code("\tcc\t", "\tc2\t")),
        ("a constant", of_code("\tdd\t", "\td2\t")),
        ("an import", of_code("\tee\t", "\te2\t")),
        ("an included file", of_code("\tff\n", "\tf2\n")),
        (
            "an item that is new",
            of_code(
                "content",
                "item\t1\tgg\tfn drop in impl Drop for Label\tshop::shapes\tsrc/shapes.rs:90-92\ncontent",
            ),
        ),
        (
            "an item that is gone",
            of_code(
                "item\t1\tdd\tconst LIMIT\tshop::text\tsrc/text.rs:3-3\n",
                "",
            ),
        ),
        ("a locked crate", of_code("0.8.0", "0.8.1")),
        ("features of a crate", of_code("[rayon]", "[]")),
        (
            "something that the list leaves out",
            said(|key| key.code.reach = "x".repeat(64), ITEMS),
        ),
        (
            "a condition",
            said(|key| key.code.values[0].1 = Some("false".to_owned()), ITEMS),
        ),
        (
            "a compiled-in variable",
            said(
                |key| key.code.values[1].1 = Some("secret".to_owned()),
                ITEMS,
            ),
        ),
        (
            "a number",
            of_parameter(|entries| entries[0].1 = Value::Float(0.2.into())),
        ),
        (
            "a name in a list",
            of_parameter(|entries| entries[2].1 = Value::List(vec![Value::Text("a".to_owned())])),
        ),
        (
            "an artifact",
            inputs(|input| *input = InputKey::Artifact(Digest::of(b"other")), 0),
        ),
        (
            "a file",
            inputs(
                |input| {
                    if let InputKey::Source(SourceKey { digest, .. }) = input {
                        *digest = Digest::of(b"other");
                    }
                },
                2,
            ),
        ),
        (
            "items of a list",
            inputs(
                |input| *input = InputKey::List(vec![InputKey::Artifact(Digest::of(b"a")); 3]),
                3,
            ),
        ),
        (
            "an input of another kind",
            inputs(|input| *input = InputKey::Artifact(Digest::of(b"other")), 1),
        ),
        (
            "an input that is new",
            said(
                |key| {
                    key.inputs
                        .push(("more".to_owned(), InputKey::Artifact(Digest::of(b"a"))))
                },
                ITEMS,
            ),
        ),
        (
            "an input that is gone",
            said(
                |key| {
                    key.inputs.remove(0);
                },
                ITEMS,
            ),
        ),
        (
            "a declared variable",
            said(|key| key.environment[0].1 = Some(Digest::of(b"4")), ITEMS),
        ),
        (
            "the compiler",
            said(|key| key.toolchain = Some("rustc 1.96.0".to_owned()), ITEMS),
        ),
        (
            "the target",
            said(
                |key| key.target = Some("aarch64-apple-darwin".to_owned()),
                ITEMS,
            ),
        ),
        ("the format", said(|key| key.format += 1, ITEMS)),
    ];
    let shown: String = all
        .iter()
        .map(|(cause, said)| {
            format!(
                "{cause}\n{}",
                said.lines()
                    .map(|line| format!("    {line}\n"))
                    .collect::<String>()
            )
        })
        .collect();
    insta::assert_snapshot!(shown);
}

#[test]
fn how_an_input_changed_is_said_when_it_can_be_compared() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), mlops_store::StoreOptions::default()).unwrap();
    let mut new = fixed();
    new.inputs[0].1 = InputKey::Artifact(Digest::of(b"other"));
    let beside = KeyComparison {
        artifacts: Some((|_, _, _| Some("3 of 14 columns changed".to_owned()), &store)),
        ..KeyComparison::default()
    };
    let reasons = compare_keys(&fixed(), &new, beside);
    assert_eq!(
        reasons[0].to_string(),
        "input clean: 3 of 14 columns changed"
    );
}

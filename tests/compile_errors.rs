//! Pipelines and stages that are wrong do not compile, and the compiler says so in our words, on the right place.
//!
//! `trybuild` compares all that the compiler says with `ui/*.stderr`. The table below says which of these words are ours and
//! where they must stand, so that writing the files again cannot lose them.

use std::path::Path;

/// A mistake: the file, the line and column that are underlined, and words of ours.
struct Claim {
    file: &'static str,
    at: (u32, u32),
    says: &'static str,
}

const fn claim(file: &'static str, line: u32, column: u32, says: &'static str) -> Claim {
    Claim {
        file,
        at: (line, column),
        says,
    }
}

const CLAIMS: [Claim; 76] = [
    claim(
        "swapped_arguments",
        30,
        27,
        "this stage input expects `Model`, but it is wired to `Handle<Table>`",
    ),
    claim(
        "swapped_arguments",
        30,
        34,
        "this stage input expects `Table`, but it is wired to `Handle<Model>`",
    ),
    claim(
        "swapped_arguments",
        30,
        27,
        "expected a `Handle<Model>` or a `Model`",
    ),
    // The compiler's own words are the best here; that they stand on the call and name the input is what we ask.
    claim("missing_argument", 18, 18, "argument #2 is missing"),
    claim("missing_argument", 18, 18, "/* rate */"),
    claim(
        "wrong_literal",
        18,
        42,
        "this stage input expects `u32`, but it is wired to `&str`",
    ),
    claim(
        "no_artifact",
        17,
        39,
        "`Settings` is not an `Artifact`, so it cannot travel between stages",
    ),
    claim(
        "no_artifact",
        17,
        59,
        "consider annotating `Report` with `#[derive(Serialize, Deserialize, Artifact)]`",
    ),
    claim(
        "missing_serde",
        13,
        8,
        "`Report` derives `Artifact`, but serde cannot both write and read it",
    ),
    claim(
        "dropped_handle",
        26,
        5,
        "a stage whose handle is dropped is not part of the pipeline",
    ),
    claim(
        "dropped_handle",
        27,
        5,
        "a stage whose handle is dropped is not part of the pipeline",
    ),
    claim(
        "handle_moved_twice",
        25,
        25,
        "help: consider borrowing `table`",
    ),
    claim(
        "handle_for_value",
        24,
        29,
        "expected `&Table`, found `&Handle<Table>`",
    ),
    claim(
        "condition_on_handle",
        19,
        14,
        "cannot be applied to type `Handle<f64>`",
    ),
    claim(
        "mutable_input",
        13,
        15,
        "an input cannot be changed: other stages read the same value",
    ),
    claim("mutable_input", 19, 16, "write `&[Table]`; or `Vec<Table>`"),
    claim(
        "pattern_input",
        13,
        10,
        "an input needs a name: it stands in keys and in lineage",
    ),
    claim(
        "pattern_input",
        18,
        11,
        "an input needs a name: it stands in keys and in lineage",
    ),
    claim(
        "generic_stage",
        13,
        9,
        "a stage cannot be generic: what it takes and returns is kept",
    ),
    claim("generic_stage", 18, 10, "leave the lifetimes out"),
    claim("generic_stage", 23, 15, "write the type out"),
    claim("generic_stage", 28, 10, "a stage cannot be generic"),
    claim("no_return_value", 13, 4, "a stage must return something"),
    claim(
        "no_return_value",
        18,
        37,
        "return a value, such as a report of what was done",
    ),
    claim(
        "no_return_value",
        24,
        31,
        "this `Result` does not show what the stage returns",
    ),
    claim(
        "wrong_error",
        16,
        42,
        "`Trouble` cannot be the error of a stage",
    ),
    claim("wrong_error", 21, 44, "return `mlops::Result<T>`"),
    claim("unknown_option", 12, 9, "did you mean `retries`?"),
    claim("unknown_option", 17, 9, "did you mean `train`?"),
    claim(
        "unknown_option",
        22,
        28,
        "`#[stage]` has no option `colour`",
    ),
    claim(
        "option_given_twice",
        12,
        51,
        "the option `retries` is given twice",
    ),
    claim(
        "option_given_twice",
        17,
        16,
        "the kind is given twice: `train` and `evaluate`",
    ),
    claim(
        "wrong_option_value",
        18,
        12,
        "an amount must be more than 0",
    ),
    claim(
        "wrong_option_value",
        19,
        14,
        "`GIGS` is not a unit of memory",
    ),
    claim("wrong_option_value", 20, 15, "write `gpu = 1`"),
    claim(
        "claim_without_reason",
        5,
        9,
        "`deterministic = false` needs a reason",
    ),
    claim("claim_without_reason", 10, 9, "this reason is for nothing"),
    claim(
        "stage_in_impl",
        14,
        14,
        "a stage cannot have a `self`: it is a function on its own",
    ),
    claim(
        "stage_in_impl",
        19,
        8,
        "a stage cannot stand inside an `impl`",
    ),
    claim(
        "stage_in_impl",
        26,
        8,
        "a stage cannot stand inside a trait",
    ),
    claim(
        "not_a_function",
        13,
        1,
        "`#[stage]` stands on something that is not a function",
    ),
    claim(
        "hash_map_in_artifact",
        16,
        13,
        "a `HashMap` has no order, so equal values would not give equal bytes",
    ),
    claim("hash_map_in_artifact", 17, 24, "write a `BTreeSet`"),
    claim("hash_map_in_artifact", 23, 60, "write a `BTreeMap`"),
    claim("context_forms", 13, 14, "the context belongs to the engine"),
    claim(
        "context_forms",
        19,
        16,
        "the context is lent by a plain reference",
    ),
    claim(
        "context_forms",
        25,
        36,
        "a stage takes one `StageContext`, and this is the second",
    ),
    claim(
        "references_inside",
        27,
        20,
        "a stage takes the value, not the handle",
    ),
    claim(
        "references_inside",
        27,
        51,
        "a stage returns the value, not a handle",
    ),
    claim(
        "list_of_others",
        24,
        24,
        "this stage input expects a list of `Table`",
    ),
    claim(
        "list_wired_to_handle",
        24,
        24,
        "this stage input expects a list of `Table`",
    ),
    claim(
        "pipeline_return",
        15,
        5,
        "`u64` is not what a pipeline can return",
    ),
    claim(
        "pipeline_return",
        19,
        6,
        "a pipeline always returns the same outputs",
    ),
    claim("future_not_sendable", 17, 28, "future is not `Send`"),
    claim("stage_called_in_stage", 20, 17, "`Handle<Table>`"),
    claim(
        "contract_mistakes",
        11,
        45,
        "this is no field of the struct",
    ),
    claim("contract_mistakes", 12, 9, "write it on a field"),
    claim("contract_mistakes", 14, 13, "did you mean `unique`?"),
    claim(
        "contract_mistakes",
        16,
        38,
        "a share lies above 0 and is at most 1",
    ),
    claim(
        "contract_mistakes",
        18,
        21,
        "this is no regular expression: unclosed character class",
    ),
    claim(
        "contract_mistakes",
        20,
        11,
        "a contract does not know which column `Plan` is",
    ),
    claim("contract_mistakes", 21, 42, "there is no severity `fatal`"),
    claim(
        "contract_mistakes",
        27,
        23,
        "expected integer, found `&str`",
    ),
    claim(
        "contract_mistakes",
        32,
        6,
        "write a struct with a field for each column",
    ),
    claim(
        "feature_mistakes",
        6,
        18,
        "a feature needs an entity: what one row of it is about",
    ),
    claim(
        "feature_mistakes",
        12,
        4,
        "a feature needs a description: others find it by what it says",
    ),
    claim(
        "feature_mistakes",
        18,
        12,
        "an input of a feature needs a name",
    ),
    claim("feature_mistakes", 24, 23, "a feature does not take `u32`"),
    claim("feature_mistakes", 30, 12, "a feature cannot be generic"),
    claim("feature_mistakes", 36, 1, "a feature cannot be `async`"),
    claim(
        "feature_mistakes",
        42,
        20,
        "a window needs to know how far back it reaches",
    ),
    claim("feature_mistakes", 47, 39, "help: did you mean `owner`?"),
    claim(
        "feature_mistakes",
        47,
        72,
        "the option `owner` is given twice",
    ),
    claim(
        "feature_mistakes",
        54,
        26,
        "return an `Option`: where there is no value, it is missing",
    ),
    claim(
        "feature_uses",
        12,
        65,
        "the feature `tenure_years` does not make values of the type `bool`",
    ),
    claim("feature_uses", 32, 23, "`Plain` is not a feature"),
];

/// All that a stage has wrong is said at once, and nothing else follows from it.
const SEVERAL: [(u32, u32); 7] = [
    (12, 9),
    (12, 26),
    (13, 1),
    (13, 17),
    (13, 52),
    (13, 68),
    (13, 92),
];

#[expect(
    clippy::disallowed_methods,
    reason = "the compiler's words are kept in files"
)]
fn said(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("ui/{file}.stderr"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The compiler's messages, each with its place, as `file:line:column`.
fn messages(said: &str) -> Vec<&str> {
    said.split("\n\n").collect()
}

#[test]
fn what_is_wrong_does_not_compile_and_the_compiler_says_why() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
}

#[test]
fn each_mistake_is_told_in_our_words_on_its_place() {
    for Claim { file, at, says } in CLAIMS {
        let said = said(file);
        let place = format!("ui/{file}.rs:{}:{}\n", at.0, at.1);
        let found = messages(&said)
            .into_iter()
            .any(|message| message.contains(&place) && message.contains(says));
        assert!(found, "no message at {place} says: {says}\n\n{said}");
    }
}

#[test]
fn all_mistakes_of_a_stage_are_told_at_once_and_none_is_made_up() {
    let said = said("several_mistakes");
    let places: Vec<(u32, u32)> = said
        .lines()
        .filter_map(|line| {
            line.trim_start()
                .strip_prefix("--> ui/several_mistakes.rs:")
        })
        .map(|place| {
            let (line, column) = place.split_once(':').expect("a line and a column");
            (
                line.parse().expect("a line"),
                column.parse().expect("a column"),
            )
        })
        .collect();
    assert_eq!(places, SEVERAL, "{said}");
}

#[test]
fn every_mistake_that_is_tried_has_a_claim() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for file in std::fs::read_dir(folder).expect("the folder of mistakes") {
        let path = file.expect("a file").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let claimed = name == "several_mistakes" || CLAIMS.iter().any(|claim| claim.file == name);
        assert!(claimed, "{name} has no claim");
    }
}

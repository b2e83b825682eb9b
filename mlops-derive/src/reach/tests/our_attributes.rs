//! What `#[stage(…)]` and `#[mlops::feature(…)]` say of a function: policy never counts, what a value depends on does.

use super::{Sample, expect};

fn digest(text: &str) -> String {
    Sample::main(text).reach().digest
}

/// A stage that calls `tenure`, which another feature uses that is described by these options.
fn beside(options: &str) -> String {
    format!(
        "#[mlops::feature(entity = \"customer\", owner = \"us\")] fn tenure(months: f64) -> f64 {{ months / 12.0 }}
         #[mlops::feature(entity = \"customer\", {options})] fn is_old(tenure: f64) -> bool {{ tenure > deep() }}
         fn deep() -> f64 {{ 5.0 }}
         fn stage() {{ tenure(1.0) }}"
    )
}

#[test]
fn a_feature_does_not_reach_those_that_use_it() {
    let first = beside("owner = \"us\", uses(tenure)");
    expect(&Sample::main(&first), &["fn tenure in app"]);
    let reach = digest(&first);
    for options in [
        "owner = \"them\", uses(tenure)",
        "owner = \"us\", uses(tenure), name = \"old\", ttl = \"1d\"",
    ] {
        assert_eq!(digest(&beside(options)), reach, "{options}");
    }
}

#[test]
fn words_of_a_stage_under_its_path_name_no_code() {
    expect(
        &Sample::main(
            "fn train() {} #[mlops::stage(train, name = \"train\")] fn other() { train() }
             #[mlops::stage(features, resources(train = 1))] fn stage() { features() } fn features() {}",
        ),
        &["fn features in app"],
    );
}

/// A stage that computes a feature with these options.
fn within(options: &str) -> String {
    format!(
        "#[mlops::feature(entity = \"customer\")] fn tenure(months: f64) -> f64 {{ deep(months) }}
         fn deep(months: f64) -> f64 {{ months / 12.0 }} fn customer() {{}} fn entity() {{}} fn retention() {{}}
         #[mlops::feature({options})] fn is_old(tenure: f64) -> bool {{ tenure > 5.0 }}
         fn stage(table: &Table) -> Result<Table> {{ features![is_old].apply(table) }}"
    )
}

#[test]
fn who_answers_for_a_feature_does_not_count_where_it_is_computed() {
    let reach = digest(&within(
        "entity = \"customer\", owner = \"us\", uses(tenure)",
    ));
    for options in [
        "entity = \"customer\", owner = \"retention\", uses(tenure)",
        "entity = \"customer\", uses(tenure), deprecated = \"2026-12-31\", instead = \"retention\"",
    ] {
        assert_eq!(digest(&within(options)), reach, "{options}");
    }
}

#[test]
fn what_a_feature_is_computed_from_counts_where_it_is_computed() {
    let options = "entity = \"customer\", owner = \"retention\", uses(tenure)";
    let labels = Sample::main(&within(options)).labels();
    for wanted in ["fn is_old in app", "fn tenure in app", "fn deep in app"] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
    for unwanted in [
        "fn customer in app",
        "fn entity in app",
        "fn retention in app",
    ] {
        assert!(!labels.contains(unwanted), "{unwanted}: {labels:?}");
    }
    let reach = digest(&within(options));
    for more in ["over = \"7d\"", "ttl = \"1d\"", "name = \"old\""] {
        let options = format!("{options}, {more}");
        assert_ne!(digest(&within(&options)), reach, "{more}");
    }
}

#[test]
fn an_attribute_of_others_that_is_called_so_may_define_something_elsewhere() {
    expect(
        &Sample::main(
            "static STEPS: &[fn()] = &[]; #[registry::feature(STEPS)] fn step() {}
             fn stage() { for step in STEPS { step() } }",
        ),
        &["static STEPS in app", "fn step in app"],
    );
}

/// A stage that computes a feature which a macro writes with these options.
fn written(options: &str) -> String {
    format!(
        "fn tenure(months: f64) -> f64 {{ months / 12.0 }} fn retention() {{}}
         macro_rules! declare {{ ($name:ident) => {{
             #[mlops::feature(entity = \"customer\", {options})] fn $name(months: f64) -> bool {{ months > 5.0 }}
         }} }}
         declare!(is_old);
         fn stage(table: &Table) -> Result<Table> {{ features![is_old].apply(table) }}"
    )
}

#[test]
fn what_a_macro_writes_of_a_feature_counts_as_if_it_stood_there() {
    let uses = Sample::main(&written("owner = \"retention\", uses(tenure)"));
    let labels = uses.labels();
    assert!(labels.contains("fn tenure in app"), "{labels:?}");
    assert!(!labels.contains("fn retention in app"), "{labels:?}");
    let reach = uses.reach().digest;
    assert_eq!(digest(&written("owner = \"us\", uses(tenure)")), reach);
    let more = written("owner = \"retention\", uses(tenure), ttl = \"1d\"");
    assert_ne!(digest(&more), reach);
    // What a macro puts together is not known to be one of ours, so every name in it counts.
    let repeated = written("$(uses(tenure),)* owner = \"retention\"");
    let labels = Sample::main(&repeated).labels();
    assert!(labels.contains("fn tenure in app"), "{labels:?}");
}

#[test]
fn a_macro_that_is_given_a_feature_may_make_anything_of_it() {
    let given = |code: &str, owner: &str| {
        let call = format!(
            "declare! {{ #[mlops::feature(entity = customer, owner = {owner:?}, name = tenure)] fn is_old() {{}} }}"
        );
        format!(
            "macro_rules! declare {{
                 (#[mlops::feature(entity = $entity:ident, owner = $owner:literal, name = $call:ident)] $item:item) => {{
                     $item fn named() {{ $call() }}
                 }}
             }}
             fn tenure() {{}} {}",
            code.replace("CALL", &call)
        )
    };
    for code in [
        "CALL fn stage() { named() }",
        "fn stage() { CALL named() }",
        "macro_rules! outer { () => { CALL } } fn stage() { outer!(); named() }",
    ] {
        let labels = Sample::main(&given(code, "us")).labels();
        assert!(labels.contains("fn tenure in app"), "{code}: {labels:?}");
        let (us, them) = (given(code, "us"), given(code, "them"));
        assert_ne!(digest(&us), digest(&them), "{code}");
    }
}

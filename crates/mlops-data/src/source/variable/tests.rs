//! Claims about environment variables. None is set here, since that would reach into other tests: Cargo sets some.

use mlops_core::{Digest, Source, SourceError, Trust, collect_sources};

use crate::EnvVar;

#[test]
fn a_variable_is_its_value_and_its_default_is_as_good_as_one() {
    let package = EnvVar::new("CARGO_PKG_NAME");
    assert_eq!(package.value().unwrap(), "mlops-data");
    assert_eq!(package.digest().unwrap(), Digest::of(b"mlops-data"));
    let unset = EnvVar::new("MLOPS_TEST_NOBODY_SETS_THIS");
    assert_eq!(
        unset.clone().or("mlops-data").digest().unwrap(),
        package.digest().unwrap()
    );
    assert_eq!(unset.clone().or("").value().unwrap(), "");
    assert_eq!(package.or("another").value().unwrap(), "mlops-data");
    for error in [
        unset.value().unwrap_err().to_string(),
        unset.state().unwrap_err().to_string(),
    ] {
        assert_eq!(
            error,
            "the environment variable `MLOPS_TEST_NOBODY_SETS_THIS` is not set"
        );
    }
    assert!(matches!(unset.digest(), Err(SourceError::NotSet { .. })));
    for name in ["", "A=B", "A\0"] {
        assert!(EnvVar::new(name).value().is_err(), "and no panic");
    }
}

#[test]
fn the_value_stands_in_nothing_that_is_kept() {
    let home = EnvVar::new("CARGO_MANIFEST_DIR");
    let value = home.value().unwrap();
    let state = home.state().unwrap();
    assert_eq!((state.size, state.trust), (0, Trust::Always));
    let (written, sources) = collect_sources(|| serde_json::to_string(&home).unwrap());
    let source = &sources[0];
    assert_eq!(
        (source.kind(), source.location()),
        ("variable", "env:CARGO_MANIFEST_DIR".to_owned())
    );
    assert_eq!((source.shown(), source.form()), (None, String::new()));
    assert!(!source.grows_old());
    for text in [written, format!("{source:?}{state:?}"), source.location()] {
        assert!(!text.contains(&value), "{text}");
    }
}

#[test]
fn a_variable_is_written_as_its_name_until_there_is_more_to_say() {
    let plain = EnvVar::new("REGION");
    let full = plain.clone().or("eu");
    assert_eq!(serde_json::to_string(&plain).unwrap(), "\"REGION\"");
    assert_eq!(
        serde_json::to_string(&full).unwrap(),
        r#"{"name":"REGION","default":"eu"}"#
    );
    for variable in [plain, full] {
        let bytes = rmp_serde::to_vec_named(&variable).unwrap();
        assert_eq!(rmp_serde::from_slice::<EnvVar>(&bytes).unwrap(), variable);
    }
    let error = serde_json::from_str::<EnvVar>(r#"{"nmae":"A"}"#).unwrap_err();
    assert!(error.to_string().starts_with(
        "an environment variable has no `nmae`, only `name` and `default`; did you mean `name`?"
    ));
}

//! What a lock holds, finds and says.

use mlops_core::Code;

use super::{Lock, LockState};
use crate::{Definition, FeatureError, VersionDifference, features};

/// A month in years: what the feature below reaches.
const MONTHS: f64 = 12.0;

fn years(months: f64) -> f64 {
    // A comment here changes nothing.
    months / MONTHS
}

/// Years since the contract began.
#[mlops_derive::feature(entity = "customer", owner = "growth-ml", ttl = "30d", crate = crate)]
fn tenure_years(tenure_months: f64) -> f64 {
    years(tenure_months)
}

/// Whether the customer is an old one.
#[mlops_derive::feature(entity = "customer", owner = "growth-ml", uses(tenure_years), crate = crate)]
fn is_old(tenure_years: f64) -> bool {
    tenure_years > 5.0
}

fn definition() -> Definition {
    *features![tenure_years].definitions()[0]
}

/// The definition as it would be with other lines of code.
fn with_items(change: impl Fn(&str) -> String) -> &'static Definition {
    let plain = definition();
    let items = Box::leak(change(plain.code.items).into_boxed_str());
    Box::leak(Box::new(Definition {
        code: Code {
            items,
            ..plain.code
        },
        ..plain
    }))
}

fn lock() -> Lock {
    let mut lock = Lock::default();
    lock.declare(features![is_old].in_order());
    lock
}

#[test]
fn a_version_is_made_of_the_function_and_of_everything_that_it_reaches() {
    let names: Vec<String> = definition()
        .parts()
        .into_iter()
        .map(|part| part.name)
        .collect();
    let here = "crate::lock::tests";
    for expected in [
        &*format!("fn tenure_years ({here})"),
        &*format!("fn years ({here})"),
        &*format!("const MONTHS ({here})"),
        "column tenure_months",
        "entity",
        "ttl",
        "type",
    ] {
        assert!(
            names.iter().any(|name| name == expected),
            "{expected}: {names:?}"
        );
    }
    assert!(
        !names.iter().any(|name| name.contains("growth")),
        "{names:?}"
    );
}

#[test]
fn the_same_definition_has_the_same_version_and_a_lock_reads_back_what_it_wrote() {
    let lock = lock();
    let text = lock.to_text();
    assert_eq!(Lock::parse(&text).unwrap(), lock);
    assert_eq!(Lock::parse(&text).unwrap().to_text(), text);
    for checked in lock.check(features![is_old].in_order()) {
        assert!(checked.passes(), "{checked}");
        assert_eq!(checked.stale, Vec::<&str>::new());
    }
    assert!(
        text.contains("return") || text.contains("years(tenure_months)"),
        "{text}"
    );
}

#[test]
fn a_changed_helper_is_named_and_what_moved_is_the_same() {
    let helper = definition()
        .parts()
        .into_iter()
        .find(|part| part.name.starts_with("fn years"))
        .unwrap();
    let changed = with_items(|items| items.replace(&helper.value, "0123456789abcdef"));
    let checked = &lock().check([changed])[0];
    assert_eq!(checked.state, LockState::Changed);
    assert_eq!(
        checked.to_string(),
        "`tenure_years` changed: fn years (crate::lock::tests) changed"
    );
    let moved = with_items(|items| items.replace("tests.rs:", "tests.rs:9"));
    assert!(lock().check([moved])[0].passes());
}

#[test]
fn how_crates_were_compiled_and_where_is_in_no_version() {
    let elsewhere = with_items(|items| {
        format!("{items}content\tfeatures of path dependencies\t01\ncontent\tprofile of a\t02\n")
    });
    assert!(lock().check([elsewhere])[0].passes());
    let plain = definition();
    let code = |values| Code {
        values,
        ..plain.code
    };
    let unix = Definition {
        code: code(&[("cfg(unix)", Some("true"))]),
        ..plain
    };
    assert_eq!(unix.version(), plain.version());
    // In a key they count all the same.
    assert_ne!(unix.exact_code(), plain.exact_code());
    let with_feature = Definition {
        code: code(&[("cfg(feature = \"fast\")", Some("true"))]),
        ..plain
    };
    assert_ne!(with_feature.version(), plain.version());
    for (condition, counts) in [
        ("cfg(not (feature = \"fast\"))", true),
        ("cfg(any (feature = \"fast\" , feature=\"exact\"))", true),
        ("cfg(all (unix , not (feature = \"fast\")))", true),
        ("cfg(not (target_feature = \"avx2\"))", false),
        ("cfg(all (unix , target_env = \"feature = fast\"))", false),
        ("cfg(debug_assertions)", false),
    ] {
        let values: &'static [_] = Box::leak(Box::new([(condition, Some("true"))]));
        let with = Definition {
            code: code(values),
            ..plain
        };
        assert_eq!(with.version() != plain.version(), counts, "{condition}");
    }
    let with_variable = Definition {
        code: code(&[("env RATE", Some("0.1"))]),
        ..plain
    };
    assert_ne!(with_variable.version(), plain.version());
}

#[test]
fn a_helper_that_has_the_name_of_a_used_feature_counts() {
    let user = *features![is_old].definitions()[0];
    let with = |module: &str, digest: &str| {
        let line = format!("item\t0\t{digest}\tfn tenure_years\t{module}\tsrc/other.rs:1\n");
        let items = format!("{}\n{line}", user.code.items.trim_end());
        let code = Code {
            items: Box::leak(items.into_boxed_str()),
            ..user.code
        };
        Definition { code, ..user }.version()
    };
    let here = "mlops_features::lock::tests";
    assert_ne!(with("app::other", "01"), with("app::other", "02"));
    assert_eq!(
        with(here, "01"),
        with(here, "02"),
        "it counts by its version"
    );
}

#[test]
fn options_that_change_values_change_the_version_and_others_do_not() {
    let plain = definition();
    let differs = |other: Definition| other.version() != plain.version();
    assert!(differs(Definition { ttl: None, ..plain }));
    assert!(differs(Definition {
        over: Some(std::time::Duration::from_secs(1)),
        ..plain
    }));
    let over = |nanoseconds| Definition {
        over: Some(std::time::Duration::from_nanos(nanoseconds)),
        ..plain
    };
    assert_ne!(over(1_000).version(), over(2_000).version());
    assert_ne!(over(1_000_000).version(), over(1_000_001).version());
    assert!(differs(Definition {
        entity: "shop",
        ..plain
    }));
    assert!(!differs(Definition {
        owner: "others",
        description: "other words",
        line: 7,
        ..plain
    }));
}

#[test]
fn what_is_said_of_a_feature_may_be_stale_without_failing() {
    let other: &'static Definition = Box::leak(Box::new(Definition {
        owner: "others",
        ..definition()
    }));
    let checked = &lock().check([other])[0];
    assert!(checked.passes());
    assert_eq!(checked.stale, ["owner"]);
}

#[test]
fn a_feature_that_uses_a_changed_one_changes_with_it() {
    let changed = with_items(|items| items.replace("\tfn years\t", "\tfn other_years\t"));
    let user = features![is_old].definitions()[0];
    let old = user.parts();
    let new: Vec<_> = old
        .iter()
        .cloned()
        .map(|mut part| {
            if part.name == "feature tenure_years" {
                part.value = format!("f64 {}", changed.version());
            }
            part
        })
        .collect();
    let found = crate::version::differences(&old, &new);
    assert!(
        matches!(&found[..], [VersionDifference::Value { name, .. }] if name == "feature tenure_years"),
        "{found:?}"
    );
}

#[test]
fn a_new_version_stands_before_the_old_one_which_stays() {
    let mut lock = lock();
    let old = lock.present("tenure_years").unwrap().version;
    let changed = with_items(|items| items.replace("\tfn years\t", "\tfn other_years\t"));
    lock.declare([changed]);
    let versions: Vec<_> = lock
        .versions("tenure_years")
        .map(|one| one.version)
        .collect();
    assert_eq!(versions, [changed.version(), old]);
    assert_eq!(lock.check([changed])[0].state, LockState::Locked);
    let plain: &'static Definition = Box::leak(Box::new(definition()));
    assert_eq!(lock.check([plain])[0].state, LockState::Earlier);
    let again = Lock::parse(&lock.to_text()).unwrap();
    assert_eq!(again, lock);
    lock.declare([plain]);
    assert_eq!(lock.present("tenure_years").unwrap().version, old);
    assert_eq!(lock.versions("tenure_years").count(), 2);
    assert_eq!(lock.keep_only(["is_old"]), ["tenure_years"]);
    assert_eq!(lock.features().len(), 1);
}

#[test]
fn a_version_is_found_by_its_first_digits() {
    let lock = lock();
    let version = lock.present("is_old").unwrap().version;
    assert_eq!(
        lock.find("is_old", &version.to_string()).unwrap().version,
        version
    );
    assert!(matches!(
        lock.find("is_old", "zz"),
        Err(FeatureError::UnknownVersion { .. })
    ));
    assert!(matches!(
        lock.find("isold", "zz"),
        Err(FeatureError::Unknown { .. })
    ));
}

#[test]
fn a_lock_that_was_edited_by_hand_is_refused() {
    let text = lock().to_text();
    let edited = text.replace("ttl = \"30d\"", "ttl = \"60d\"");
    assert_ne!(text, edited);
    let error = Lock::parse(&edited).unwrap_err();
    assert!(
        error.to_string().contains("is not that of its parts"),
        "{error}"
    );
    assert!(Lock::parse("format = 1\n<<<<<<< ours\n").is_err());
    assert!(
        Lock::parse("format = 2\n")
            .unwrap_err()
            .to_string()
            .contains("format 2")
    );
    assert!(Lock::parse("").is_err());
}

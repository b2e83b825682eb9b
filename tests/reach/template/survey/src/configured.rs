//! Code that is there on a condition.

use mlops::prelude::*;

#[cfg(feature = "loud")]
fn volume() -> i64 {
    11
}

#[cfg(not(feature = "loud"))]
fn volume() -> i64 {
    3
}

#[cfg(windows)]
fn separator() -> &'static str {
    "backslash"
}

#[cfg(not(windows))]
fn separator() -> &'static str {
    "slash"
}

struct Bell;

impl Bell {
    #[cfg(not(feature = "loud"))]
    fn ring(&self) -> i64 {
        1
    }

    #[cfg(feature = "loud")]
    fn ring(&self) -> i64 {
        2
    }
}

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![separated(), package_version(), region(), height()]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        by_feature(),
        by_feature_in_body(),
        by_feature_in_statement(),
        by_feature_in_method(),
        asserting(),
        asserting_by_macro(),
        asserting_below(),
    ]
}

#[stage]
fn by_feature() -> i64 {
    volume()
}

#[stage]
fn by_feature_in_body() -> i64 {
    if cfg!(feature = "metric") { 10 } else { 12 }
}

#[stage]
fn by_feature_in_statement() -> i64 {
    let bells = 2;
    #[cfg(feature = "loud")]
    let bells = bells + 40;
    bells
}

#[stage]
fn by_feature_in_method() -> i64 {
    Bell.ring()
}

#[stage]
fn separated() -> String {
    separator().to_owned()
}

#[stage]
fn asserting() -> i64 {
    if cfg!(debug_assertions) { 1 } else { 0 }
}

/// Counts what is said of it, where that is checked.
#[stage]
fn asserting_by_macro() -> i64 {
    let mut said = 1;
    debug_assert!({
        said += 1;
        true
    });
    said
}

#[stage]
fn asserting_below() -> i64 {
    units::checks()
}

#[stage]
fn package_version() -> String {
    version().to_owned()
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[stage]
fn region() -> String {
    option_env!("SURVEY_REGION").unwrap_or("nowhere").to_owned()
}

#[stage]
fn height() -> String {
    shown_height()
}

fn shown_height() -> String {
    option_env!(concat!("SURVEY_", "HEIGHT")).unwrap_or("flat").to_owned()
}

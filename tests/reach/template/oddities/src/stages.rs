//! The stages of this crate.

use mlops::prelude::*;

use crate::{exported, places, shown, weather};

#[stage]
pub fn generated() -> i64 {
    heights::highest()
}

#[stage]
pub fn generated_variable() -> String {
    heights::maker().to_owned()
}

#[stage]
pub fn linked() -> i64 {
    exported::depth()
}

#[stage]
pub fn line_number() -> i64 {
    places::here()
}

#[stage]
pub fn caller_line() -> i64 {
    places::between()
}

#[stage]
pub fn stringified_code() -> String {
    shown::formula().to_owned()
}

#[stage]
pub fn documentation_in_macro() -> String {
    shown::DITCH.to_owned()
}

#[stage]
pub fn included_by_macro() -> i64 {
    shown::north().lines().count() as i64
}

#[stage]
pub fn plain() -> i64 {
    ordinary(4)
}

fn ordinary(number: i64) -> i64 {
    number + 3
}

#[stage]
pub fn by_feature_in_path() -> i64 {
    weather::days()
}

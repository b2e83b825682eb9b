//! The stages of this crate.

use mlops::prelude::*;

use crate::records::{self, PondMaker, Post, Record};

#[stage]
pub fn derived_tally() -> i64 {
    Record::tally()
}

#[stage]
pub fn derived_documentation() -> String {
    Post::documentation().to_owned()
}

#[stage]
pub fn answered() -> i64 {
    marks::answer!()
}

#[stage]
pub fn wrapped_by_attribute() -> i64 {
    records::fields()
}

#[stage]
pub fn written_beside() -> i64 {
    PondMaker::fields()
}

//! Stages that reach what macros make.

use mlops::prelude::*;

use crate::macros::{at_site, counting_stage, functions, hundred, lands, square};

functions! {
    oats => 12,
    barley => twelve() + 2,
    rye => 15,
}

fn twelve() -> i64 {
    12
}

pub(crate) trait Land {
    fn acres(&self) -> i64;
}

lands! {
    Croft: 4,
    Manor: 90,
}

counting_stage!(made_stage, counted());

fn counted() -> i64 {
    77
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        expression_macro(),
        renamed_in_body(),
        item_macro(),
        impl_macro(),
        macro_by_macro(),
        made_stage(),
        dependency_macro(),
        local_macro(),
        site_macro(),
    ]
}

#[stage]
fn expression_macro() -> i64 {
    square!(3 + 1)
}

#[stage]
fn renamed_in_body() -> i64 {
    use crate::macros::cube as volume;
    volume!(3)
}

#[stage]
fn item_macro() -> i64 {
    barley()
}

#[stage]
fn impl_macro() -> i64 {
    Croft(2).acres()
}

#[stage]
fn macro_by_macro() -> i64 {
    hundred!()
}

#[stage]
fn dependency_macro() -> i64 {
    shapes::scale!(3)
}

#[stage]
fn local_macro() -> i64 {
    macro_rules! local {
        () => {
            crate::arithmetic::raised(1)
        };
    }
    local!()
}

#[stage]
fn site_macro() -> i64 {
    at_site!(8)
}

fn measure(number: i64) -> i64 {
    number * 5
}

//! Impls that stand far from their types.

use mlops::prelude::*;

use crate::workshop;

pub(crate) struct Parcel(pub(crate) i64);

trait Stamped {
    fn stamp(&self) -> i64;
}

trait Sealed {
    fn seal(&self) -> i64;
}

/// Nobody calls it, but what it holds counts.
fn _registry() {
    impl Stamped for Parcel {
        fn stamp(&self) -> i64 {
            self.0 + 500
        }
    }
}

const _: () = {
    impl Sealed for Parcel {
        fn seal(&self) -> i64 {
            self.0 + 600
        }
    }
};

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        impl_in_another_file(),
        impl_in_function(),
        impl_in_anonymous_constant(),
        cut(),
    ]
}

#[stage]
fn impl_in_another_file() -> i64 {
    Parcel(1).wrapped()
}

#[stage]
fn impl_in_function() -> i64 {
    Parcel(2).stamp()
}

#[stage]
fn impl_in_anonymous_constant() -> i64 {
    Parcel(3).seal()
}

/// A macro by path, and the function that its body names.
#[stage]
fn cut() -> i64 {
    crate::macros::cut!(workshop::polish("x").len() as i64)
}

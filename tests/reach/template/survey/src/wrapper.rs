//! Methods found through `Deref`, and tricks with references.

use std::ops::Deref;

use mlops::prelude::*;

struct Inner {
    depth: i64,
}

impl Inner {
    fn depth(&self) -> i64 {
        self.depth * 3
    }

    fn height(&self) -> i64 {
        self.depth * 5
    }
}

struct Wrapper {
    inner: Inner,
}

impl Deref for Wrapper {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

struct Probe<T>(T);

trait ByValue {
    fn kind(&self) -> i64;
}

trait ByReference {
    fn kind(&self) -> i64;
}

impl ByValue for Probe<i64> {
    fn kind(&self) -> i64 {
        1
    }
}

impl<T> ByReference for &Probe<T> {
    fn kind(&self) -> i64 {
        2
    }
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![through_deref(), field_of_target(), nearest(), farther()]
}

#[stage]
fn through_deref() -> i64 {
    let wrapper = Wrapper {
        inner: Inner { depth: 4 },
    };
    wrapper.depth()
}

#[stage]
fn field_of_target() -> i64 {
    let wrapper = Wrapper {
        inner: Inner { depth: 4 },
    };
    wrapper.depth
}

/// The method of the value itself is nearer than that of a reference.
#[stage]
fn nearest() -> i64 {
    (&Probe(1_i64)).kind()
}

#[stage]
fn farther() -> i64 {
    (&Probe("text")).kind()
}

//! What happens when a value goes.

use std::cell::RefCell;

use mlops::prelude::*;

struct Guard<'a> {
    log: &'a RefCell<Vec<i64>>,
    number: i64,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.log.borrow_mut().push(self.number);
    }
}

/// Goes silently.
pub(crate) struct Watch<'a> {
    pub(crate) log: &'a RefCell<Vec<i64>>,
}

/// Fields go in their order.
struct Pair<'a> {
    first: Guard<'a>,
    second: Guard<'a>,
}

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![field_order()]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![dropped(), watched()]
}

#[stage]
fn dropped() -> i64 {
    let log = RefCell::new(Vec::new());
    {
        let _guard = guarded(&log);
    }
    log.take().iter().sum()
}

fn guarded(log: &RefCell<Vec<i64>>) -> Guard<'_> {
    Guard { log, number: 8 }
}

#[stage]
fn watched() -> i64 {
    let log = RefCell::new(vec![1]);
    {
        let _watch = Watch { log: &log };
    }
    log.take().iter().sum()
}

#[stage]
fn field_order() -> String {
    let log = RefCell::new(Vec::new());
    let guard = |number| Guard { log: &log, number };
    drop(Pair {
        first: guard(1),
        second: guard(2),
    });
    format!("{:?}", log.borrow())
}

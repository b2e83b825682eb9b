//! Blanket impls, over traits of ours and over all types.

use mlops::prelude::*;

trait Weight {
    fn weight(&self) -> i64;
}

trait Describe {
    fn describe(&self) -> String;
}

impl<T: Weight> Describe for T {
    fn describe(&self) -> String {
        format!("{} kg", self.weight())
    }
}

struct Rod(i64);

impl Weight for Rod {
    fn weight(&self) -> i64 {
        self.0 * 7
    }
}

/// Nobody makes one.
struct Beam(i64);

impl Weight for Beam {
    fn weight(&self) -> i64 {
        self.0 * 70
    }
}

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![blanket()]
}

#[stage]
fn blanket() -> String {
    Rod(3).describe()
}

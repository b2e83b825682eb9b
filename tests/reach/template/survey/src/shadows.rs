//! Names that can be taken away by nearer ones.

use mlops::prelude::*;

macro_rules! pick {
    () => {
        1
    };
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![picked(), listed(), smallest::least()]
}

#[stage]
fn picked() -> i64 {
    pick!()
}

#[stage]
fn listed() -> i64 {
    vec![1_i64, 2, 3].iter().sum()
}

mod smallest {
    use mlops::prelude::*;

    #[stage]
    pub(crate) fn least() -> i64 {
        let found: Option<i64> = Some(4);
        found.unwrap_or_default()
    }
}

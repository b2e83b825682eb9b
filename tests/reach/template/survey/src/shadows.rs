//! Names that can be taken away by nearer ones.

use mlops::prelude::*;

macro_rules! pick {
    () => {
        1
    };
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        picked(),
        listed(),
        smallest::least(),
        inferred_width(),
        matched(),
        local_names(),
        later_macro(),
        later_module(),
    ]
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

trait Bits {
    fn bits(self) -> i64;
}

impl Bits for i64 {
    fn bits(self) -> i64 {
        i64::from(Self::BITS)
    }
}

/// The number is what the only impl takes.
#[stage]
fn inferred_width() -> i64 {
    let number = 3;
    number.bits()
}

/// While nothing is called `LIMIT` here, the first arm takes everything.
#[stage]
#[allow(unreachable_patterns, non_snake_case, unused_variables)]
fn matched() -> i64 {
    match 8 {
        LIMIT => 1,
        _ => 2,
    }
}

/// Names of its own, which functions have elsewhere.
#[stage]
fn local_names() -> i64 {
    let shout = 3;
    let normalise = |number: i64| number + shout;
    let tidy = normalise(4);
    tidy * 2
}

macro_rules! which {
    () => {
        10
    };
}

macro_rules! which {
    () => {
        20
    };
}

/// Of two macros of one name, the later one counts.
#[stage]
fn later_macro() -> i64 {
    which!()
}

#[stage]
fn later_module() -> i64 {
    tide!()
}

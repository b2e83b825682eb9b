//! Constants and types that belong to types.

use mlops::prelude::*;

trait Step {
    const SIZE: i64;
    const TWICE: i64 = Self::SIZE * 2;
    type Next: Step;

    fn through() -> i64 {
        Self::SIZE * 100 + <Self::Next as Step>::SIZE
    }
}

struct Foot;
struct Yard;

impl Step for Foot {
    const SIZE: i64 = 3;
    type Next = Yard;
}

impl Step for Yard {
    const SIZE: i64 = 9;
    type Next = Foot;
}

struct Ring;

impl Ring {
    const RADIUS: i64 = 14;
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        stepped(),
        constant_by_default(),
        inherent_constant(),
        made_by_type(),
        length_by_constant(),
    ]
}

#[stage]
fn stepped() -> i64 {
    Foot::through()
}

#[stage]
fn constant_by_default() -> i64 {
    Foot::TWICE
}

#[stage]
fn inherent_constant() -> i64 {
    Ring::RADIUS
}

trait Workshop {
    type Tool: Tool;
}

trait Tool {
    fn make() -> i64;
}

struct Smithy;
struct Hammer;
struct Anvil;

impl Workshop for Smithy {
    type Tool = Hammer;
}

impl Tool for Hammer {
    fn make() -> i64 {
        61
    }
}

impl Tool for Anvil {
    fn make() -> i64 {
        62
    }
}

/// The tool is known by its workshop only.
#[stage]
fn made_by_type() -> i64 {
    <Smithy as Workshop>::Tool::make()
}

impl Ring {
    const SPOKES: usize = 8;
}

#[stage]
fn length_by_constant() -> i64 {
    [1_i64; Ring::SPOKES].iter().sum()
}

//! Trees, made by a rule instead of read from a file.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

/// One tree in one year.
#[derive(Clone, Debug, Serialize, Deserialize, Artifact)]
pub struct Trees(pub Vec<Tree>);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tree {
    pub age: u32,
    pub height: f64,
    pub is_grafted: bool,
    pub apples: f64,
}

/// So many trees, always the same.
pub fn planted(number: u32) -> Trees {
    let mut noise = Noise(7);
    Trees((0..number).map(|at| tree(at, &mut noise)).collect())
}

fn tree(at: u32, noise: &mut Noise) -> Tree {
    let age = 3 + at % 11;
    let height = f64::from(age) * 0.4 + noise.next();
    let is_grafted = at % 3 == 0;
    let apples = 20.0 * height + if is_grafted { 15.0 } else { 0.0 } + 10.0 * noise.next();
    Tree { age, height, is_grafted, apples }
}

/// Numbers that look random and are not.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(MULTIPLIER).wrapping_add(1);
        (self.0 >> 40) as f64 / f64::from(1_u32 << 24)
    }
}

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;

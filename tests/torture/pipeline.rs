//! The pipeline that is tortured: sixteen calls, small and large artifacts, fan-out, fan-in, items, and two stages that
//! keep checkpoints. Shared by the program that is killed and by nobody else.
//!
//! Each execution appends lines to a file outside the store, so that executions are counted by a witness that the store
//! cannot deceive.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

/// How many numbers a block has: nine bytes each, so that a block is far too large for the database.
const NUMBERS: u64 = 24_000;

/// How often a stage with checkpoints makes one.
const STEPS: u64 = 6;

/// What may be changed from outside.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Config {
    /// Another round shares nothing with this one.
    pub round: u64,
}

/// A large artifact.
#[derive(Debug, Clone, Serialize, Deserialize, Artifact)]
pub struct Block {
    number: u64,
    values: Vec<u64>,
}

/// A small artifact.
#[derive(Debug, Clone, Serialize, Deserialize, Artifact)]
pub struct Summary {
    number: u64,
    sum: u64,
    mean: f64,
}

/// What rests on everything.
#[derive(Debug, Clone, Serialize, Deserialize, Artifact)]
pub struct Report {
    round: u64,
    sums: Vec<u64>,
    score: f64,
}

/// How far a fit has come; small enough for the database.
#[derive(Debug, Serialize, Deserialize)]
struct Fit {
    step: u64,
    weights: Vec<f64>,
}

/// How far a forest has grown; too large for the database.
#[derive(Debug, Serialize, Deserialize)]
struct Growth {
    step: u64,
    trees: Vec<u64>,
}

impl Block {
    fn new(number: u64, seed: u64) -> Self {
        let mut state = seed;
        // Full width, so that every number takes nine bytes.
        let values = (0..NUMBERS).map(|_| next(&mut state) | 1 << 63).collect();
        Self { number, values }
    }

    fn sum(&self) -> u64 {
        self.values
            .iter()
            .fold(0, |sum, value| sum.rotate_left(7).wrapping_add(*value))
    }
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Where a round begins.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn settings(round: u64) -> Summary {
    let _witness = super::witness::Execution::begin("settings", round);
    Summary {
        number: round,
        sum: round.wrapping_mul(0x0123_4567_89AB_CDEF),
        mean: 0.1 + round as f64,
    }
}

/// One part of the data.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn shard(settings: &Summary, number: u64) -> Block {
    let _witness = super::witness::Execution::begin("shard", number);
    Block::new(number, settings.sum ^ number)
}

/// A part in a few numbers.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn summarise(block: &Block) -> Summary {
    let _witness = super::witness::Execution::begin("summarise", block.number);
    let sum = block.sum();
    Summary {
        number: block.number,
        sum,
        mean: sum as f64 / NUMBERS as f64,
    }
}

/// Two large results of one call.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn halves(block: &Block) -> (Block, Block) {
    let _witness = super::witness::Execution::begin("halves", block.number);
    let half = |which: u64| Block::new(block.number * 10 + which, block.sum() ^ which);
    (half(1), half(2))
}

/// Many into one.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn merge(blocks: &[Block]) -> Block {
    let _witness = super::witness::Execution::begin("merge", 0);
    let values = blocks
        .iter()
        .flat_map(|block| block.values.iter().step_by(2).copied())
        .collect();
    Block { number: 99, values }
}

/// One into many: a list whose items are artifacts of their own.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn cut(block: &Block) -> Vec<Block> {
    let _witness = super::witness::Execution::begin("cut", 0);
    (0..3)
        .map(|number| Block::new(number, block.sum() ^ number))
        .collect()
}

/// A long stage whose checkpoints are small.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn fit(cx: &StageContext, block: &Block, settings: &Summary) -> Result<Vec<f64>> {
    let _witness = super::witness::Execution::begin("fit", 0);
    let mut fit = cx.restore::<Fit>()?.unwrap_or_else(|| Fit {
        step: 0,
        weights: vec![settings.mean; 16],
    });
    while fit.step < STEPS {
        super::witness::step("fit", fit.step);
        for (weight, value) in fit.weights.iter_mut().zip(&block.values) {
            *weight = (*weight * 3.7).fract() + (*value >> 40) as f64 / 1e9;
        }
        fit.step += 1;
        cx.checkpoint(&fit)?;
    }
    cx.metric("fit/first", fit.weights[0]);
    Ok(fit.weights)
}

/// A long stage whose checkpoints are large.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn grow(cx: &StageContext, block: &Block) -> Result<Block> {
    let _witness = super::witness::Execution::begin("grow", 0);
    let mut growth = cx.restore::<Growth>()?.unwrap_or_else(|| Growth {
        step: 0,
        trees: block.values.iter().take(12_000).copied().collect(),
    });
    while growth.step < STEPS {
        super::witness::step("grow", growth.step);
        for tree in &mut growth.trees {
            *tree = tree.rotate_left(9).wrapping_mul(0x0100_0000_01B3) | 1 << 63;
        }
        growth.step += 1;
        cx.checkpoint(&growth)?;
    }
    Ok(Block {
        number: 7,
        values: growth.trees,
    })
}

/// Everything together.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn report(
    settings: &Summary,
    summaries: &[Summary],
    weights: &Vec<f64>,
    forest: &Block,
    pieces: &Vec<Block>,
) -> Report {
    let _witness = super::witness::Execution::begin("report", settings.number);
    let mut sums: Vec<u64> = summaries.iter().map(|summary| summary.sum).collect();
    sums.push(forest.sum());
    sums.extend(pieces.iter().map(Block::sum));
    Report {
        round: settings.number,
        sums,
        score: weights.iter().sum(),
    }
}

/// Sixteen calls.
pub fn torture(config: &Config) -> (Handle<Report>, Handle<Block>, Handle<Vec<Block>>) {
    let settings = settings(config.round);
    let shards: Vec<Handle<Block>> = (0..4).map(|number| shard(&settings, number)).collect();
    let summaries: Vec<Handle<Summary>> = shards.iter().map(summarise).collect();
    let halves: Vec<Handle<Block>> = shards[..2]
        .iter()
        .map(halves)
        .flat_map(|(left, right)| [left, right])
        .collect();
    let parts: Vec<&Handle<Block>> = shards.iter().chain(&halves).collect();
    let merged = merge(parts);
    let pieces = cut(&merged);
    let weights = fit(&merged, &settings);
    let forest = grow(&merged);
    let report = report(settings, summaries, weights, &forest, &pieces);
    (report, forest, pieces)
}

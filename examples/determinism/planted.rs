//! What gives something else each time. Each stage has one of the usual causes.
#![expect(
    clippy::disallowed_methods,
    reason = "what no stage should do is done here on purpose"
)]

use std::collections::HashMap;
use std::io::Read;
use std::time::SystemTime;

use mlops::prelude::*;

/// Counts words; the hash map has another order in each process.
// ANCHOR: hash_order
#[stage]
pub(crate) fn count_in_any_order(words: &[String]) -> Vec<String> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
        .iter()
        .map(|(word, count)| format!("{word} {count}"))
        .collect()
}
// ANCHOR_END: hash_order

/// Says how many words there are, and when it was asked.
#[stage]
pub(crate) fn stamp(words: &[String]) -> Result<String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(format!("{} words at {}", words.len(), now.as_nanos()))
}

/// Draws a word by a number that nobody has seeded, as generators do that are not told otherwise.
#[stage]
pub(crate) fn draw_from_the_system(words: &[String]) -> Result<String> {
    let mut bytes = [0; 8];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let number = u64::from_le_bytes(bytes);
    let drawn = &words[(number % words.len() as u64) as usize];
    Ok(format!("{drawn}, drawn by {number}"))
}

/// Sums as many parts as there are processors: another machine rounds elsewhere.
// ANCHOR: threads
#[stage]
pub(crate) fn sum_by_threads(numbers: &[f64]) -> Result<f64> {
    let threads = std::thread::available_parallelism()?.get();
    let part = numbers.len().div_ceil(threads).max(1);
    Ok(std::thread::scope(|scope| {
        let parts: Vec<_> = numbers
            .chunks(part)
            .map(|part| scope.spawn(move || part.iter().sum::<f64>()))
            .collect();
        let sums = parts
            .into_iter()
            .map(|part| part.join().unwrap_or(f64::NAN));
        sums.sum()
    }))
}
// ANCHOR_END: threads

/// Asks something that answers in its own way each time, and says so.
// ANCHOR: declared
#[stage(
    deterministic = false,
    reason = "it stands for a language model that is asked"
)]
pub(crate) fn answer(words: &[String]) -> Result<String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(format!("{}, I say at {}", words.join(" "), now.as_nanos()))
}
// ANCHOR_END: declared

//! What gives the same each time, however it looks.

use std::collections::BTreeMap;

use mlops::prelude::*;

/// Some words.
#[stage]
pub(crate) fn words() -> Vec<String> {
    let text = "a stage that gives the same for the same inputs may be reused and one that does not may be reused as \
                well but nobody can make its result again";
    text.split(' ').map(str::to_owned).collect()
}

/// Numbers of very different sizes: in which order they are added shows in the sum.
#[stage]
pub(crate) fn numbers(count: u32) -> Vec<f64> {
    (0..count)
        .map(|number| f64::from(number % 7 + 1) * 10_f64.powi((number % 31) as i32 - 15))
        .collect()
}

/// Counts words, in the order of the alphabet.
#[stage]
pub(crate) fn count_in_order(words: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
        .iter()
        .map(|(word, count)| format!("{word} {count}"))
        .collect()
}

/// Says how many words there are, and of which day: the date is a parameter.
#[stage]
pub(crate) fn state_the_date(words: &[String], date: &str) -> String {
    format!("{} words of {date}", words.len())
}

/// Draws words by the seed of the call, which is the same for the same inputs.
#[stage(
    reads(nothing),
    reason = "how long it takes is a metric, and no result"
)]
pub(crate) fn draw_from_the_seed(cx: &StageContext, words: &[String]) -> String {
    let begun = std::time::Instant::now();
    let mut state = cx.seed() | 1;
    let drawn: Vec<&str> = (0..20)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            words[(state % words.len() as u64) as usize].as_str()
        })
        .collect();
    cx.metric("draw/seconds", begun.elapsed().as_secs_f64());
    drawn.join(" ")
}

/// Sums in parts of a fixed size, and the parts in their order: as many threads as there are may help.
// ANCHOR: threads
#[stage]
pub(crate) fn sum_in_order(numbers: &[f64]) -> f64 {
    std::thread::scope(|scope| {
        let parts: Vec<_> = numbers
            .chunks(1_000)
            .map(|part| scope.spawn(move || part.iter().sum::<f64>()))
            .collect();
        let sums = parts
            .into_iter()
            .map(|part| part.join().unwrap_or(f64::NAN));
        sums.sum()
    })
}
// ANCHOR_END: threads

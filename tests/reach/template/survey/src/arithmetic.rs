//! Sums.

pub fn twice(number: i64) -> i64 {
    number * 2
}

pub fn thrice(number: i64) -> i64 {
    number * 3
}

pub fn raised(number: i64) -> i64 {
    number + 10
}

/// A function that adds.
pub fn adder(step: i64) -> impl Fn(i64) -> i64 {
    move |number| number + scaled(step)
}

fn scaled(step: i64) -> i64 {
    step * 4
}

/// The even numbers below a limit.
pub fn evens(limit: i64) -> impl Iterator<Item = i64> {
    (0..limit).filter(|number| even(*number))
}

fn even(number: i64) -> bool {
    number % 2 == 0
}

/// Calls itself, by way of another.
pub fn descend(number: i64) -> i64 {
    if number <= 0 { 1 } else { ascend(number - 2) + 1 }
}

fn ascend(number: i64) -> i64 {
    descend(number + 1)
}

/// Unreached.
pub fn normalise(number: i64) -> i64 {
    number % 360
}

//! Which trees are learned from, and which judge.

/// Every so many is for the test.
const TEST_EVERY: usize = 4;

/// The parts, each in the order of the whole.
pub fn split<T: Clone>(all: &[T]) -> (Vec<T>, Vec<T>) {
    let is_test = |at: usize| at % TEST_EVERY == TEST_EVERY - 1;
    let part = |wanted: bool| {
        let chosen = all.iter().enumerate().filter(|(at, _)| is_test(*at) == wanted);
        chosen.map(|(_, one)| one.clone()).collect()
    };
    (part(false), part(true))
}

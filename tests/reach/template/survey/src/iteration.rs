//! Loops and collections, which call iterators without naming them.

use mlops::prelude::*;

struct Countdown(i64);

impl Iterator for Countdown {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        self.0 -= 1;
        (self.0 >= 0).then_some(self.0)
    }
}

struct Bag {
    things: Vec<i64>,
}

impl<'a> IntoIterator for &'a Bag {
    type Item = &'a i64;
    type IntoIter = std::slice::Iter<'a, i64>;

    fn into_iter(self) -> Self::IntoIter {
        self.things.iter()
    }
}

impl FromIterator<i64> for Bag {
    fn from_iter<I: IntoIterator<Item = i64>>(things: I) -> Self {
        Self {
            things: things.into_iter().map(|thing| thing + 1).collect(),
        }
    }
}

impl Extend<i64> for Bag {
    fn extend<I: IntoIterator<Item = i64>>(&mut self, things: I) {
        for thing in things {
            self.things.push(thing * 2);
        }
    }
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        counted_down(),
        looped(),
        collected(),
        extended(),
        backwards(),
    ]
}

#[stage]
fn counted_down() -> i64 {
    let mut sum = 0;
    for number in Countdown(4) {
        sum += number;
    }
    sum
}

#[stage]
fn looped() -> i64 {
    let bag = Bag {
        things: vec![3, 4],
    };
    let mut sum = 0;
    for thing in &bag {
        sum += thing;
    }
    sum
}

#[stage]
fn collected() -> i64 {
    let bag = (0..4).collect::<Bag>();
    bag.things.iter().sum()
}

#[stage]
fn extended() -> i64 {
    let mut bag = Bag { things: Vec::new() };
    bag.extend([5, 6]);
    bag.things.iter().sum()
}

struct Ends(Vec<i64>);

impl Iterator for Ends {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        None
    }
}

impl DoubleEndedIterator for Ends {
    fn next_back(&mut self) -> Option<i64> {
        self.0.pop().map(|last| last * 3)
    }
}

#[stage]
fn backwards() -> i64 {
    Ends(vec![4, 5]).rev().fold(0, |sum, number| sum * 10 + number)
}

//! Operators, which are called without being named.

use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Index, IndexMut, Mul, Neg, Not, Range};

use mlops::prelude::*;

#[derive(Clone, Copy, Debug)]
struct Money(i64);

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Mul<i64> for Money {
    type Output = Self;

    fn mul(self, times: i64) -> Self {
        Self(self.0 * times)
    }
}

impl Mul<Money> for i64 {
    type Output = Money;

    fn mul(self, money: Money) -> Money {
        Money(self * money.0)
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl PartialEq for Money {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.partial_cmp(&other.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self(1), |sum, part| Self(sum.0 + part.0))
    }
}

struct Purse(Vec<Money>);

impl Index<usize> for Purse {
    type Output = Money;

    fn index(&self, place: usize) -> &Money {
        &self.0[place]
    }
}

impl Index<Range<usize>> for Purse {
    type Output = [Money];

    fn index(&self, places: Range<usize>) -> &[Money] {
        &self.0[places]
    }
}

struct Flag(bool);

impl Not for Flag {
    type Output = i64;

    fn not(self) -> i64 {
        if self.0 { 5 } else { 6 }
    }
}

impl IndexMut<usize> for Purse {
    fn index_mut(&mut self, place: usize) -> &mut Money {
        &mut self.0[place]
    }
}

struct Seed(i64);

impl Clone for Seed {
    fn clone(&self) -> Self {
        Self(self.0 + 1)
    }
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        assigned_by_index(),
        cloned_by_macro(),
        arithmetic_operators(),
        comparison(),
        indexed(),
        sliced(),
        negation(),
        summed(),
        swapped_product(),
    ]
}

#[stage]
fn arithmetic_operators() -> i64 {
    let mut money = Money(4) + Money(5) * 3;
    money += -Money(1);
    money.0
}

#[stage]
fn comparison() -> i64 {
    if Money(4) < Money(5) && Money(4) != Money(5) {
        1
    } else {
        2
    }
}

#[stage]
fn indexed() -> i64 {
    Purse(vec![Money(3), Money(4)])[1].0
}

#[stage]
fn sliced() -> i64 {
    Purse(vec![Money(3), Money(4), Money(5)])[1..3].len() as i64
}

#[stage]
fn negation() -> i64 {
    !Flag(true)
}

#[stage]
fn summed() -> i64 {
    [Money(3), Money(4)].into_iter().sum::<Money>().0
}

#[stage]
fn swapped_product() -> i64 {
    (6 * Money(7)).0
}

#[stage]
fn assigned_by_index() -> i64 {
    let mut purse = Purse(vec![Money(3), Money(4)]);
    purse[0] = Money(9);
    purse.0.iter().map(|money| money.0).sum()
}

#[stage]
fn cloned_by_macro() -> i64 {
    vec![Seed(1); 3].iter().map(|seed| seed.0).sum()
}

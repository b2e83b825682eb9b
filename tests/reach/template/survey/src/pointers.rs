//! Functions that are handed on.

use std::collections::BTreeMap;

use mlops::prelude::*;

type Rule = Box<dyn Fn(i64) -> i64 + Send + Sync>;

fn rules() -> BTreeMap<&'static str, Rule> {
    let mut rules: BTreeMap<&'static str, Rule> = BTreeMap::new();
    rules.insert("fence", Box::new(fence));
    rules.insert("ditch", Box::new(|number| number * 5));
    rules
}

fn fence(number: i64) -> i64 {
    number + 21
}

struct Visitor;

trait Visit {
    fn visit(&mut self, number: i64) -> i64;
}

impl Visit for Visitor {
    fn visit(&mut self, number: i64) -> i64 {
        number + 2
    }
}

fn walk(visitor: &mut dyn Visit) -> i64 {
    visitor.visit(5)
}

struct Posts(i64);

impl Posts {
    fn count(&self) -> i64 {
        self.0 + 9
    }
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![boxed(), visited(), method_value(), applied()]
}

#[stage]
fn boxed() -> i64 {
    rules().values().map(|rule| rule(4)).sum()
}

#[stage]
fn visited() -> i64 {
    walk(&mut Visitor)
}

#[stage]
fn method_value() -> i64 {
    [Posts(1), Posts(2)].iter().map(Posts::count).sum()
}

fn apply(function: fn(i64) -> i64) -> i64 {
    function(7)
}

#[stage]
fn applied() -> i64 {
    apply(fence_twice)
}

fn fence_twice(number: i64) -> i64 {
    number + 42
}

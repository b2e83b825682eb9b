//! Traits: impls, default methods, objects, supertraits.

use mlops::prelude::*;

pub trait Area {
    fn area(&self) -> i64;

    fn doubled(&self) -> i64 {
        self.area() * 2
    }

    fn name(&self) -> String {
        "shape".to_owned()
    }
}

pub struct Square(pub i64);

impl Square {
    fn side(&self) -> i64 {
        self.0
    }
}

impl Area for Square {
    fn area(&self) -> i64 {
        self.side() * self.side()
    }
}

pub struct Strip {
    pub length: i64,
}

impl Area for Strip {
    fn area(&self) -> i64 {
        self.length * 2
    }

    fn name(&self) -> String {
        "long strip".to_owned()
    }
}

/// Nobody makes one.
pub struct Circle(pub i64);

impl Area for Circle {
    fn area(&self) -> i64 {
        self.0 * self.0 * 3
    }

    fn doubled(&self) -> i64 {
        self.area() + self.area()
    }
}

impl dyn Area {
    fn label(&self) -> String {
        format!("{}: {}", self.name(), self.area())
    }
}

/// What is in use at present.
type Present = Square;

trait Named {
    fn given(&self) -> String;
}

trait Greeting: Named {
    fn greeting(&self) -> String {
        format!("dear {}", self.given())
    }
}

struct Neighbour;

impl Named for Neighbour {
    fn given(&self) -> String {
        "Ada".to_owned()
    }
}

impl Greeting for Neighbour {}

trait Visible {
    fn seen(&self) -> i64;
}

impl<T: Area> Visible for Vec<T> {
    fn seen(&self) -> i64 {
        self.iter().map(Area::area).sum::<i64>() + 1
    }
}

impl<T: Area> Visible for (T, T) {
    fn seen(&self) -> i64 {
        self.0.area() - self.1.area()
    }
}

impl<F: Fn(i64) -> i64> Visible for F {
    fn seen(&self) -> i64 {
        self(1000)
    }
}

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![dynamic(), supertrait()]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        trait_impl(),
        default_method(),
        overridden(),
        by_alias(),
        qualified(),
        impl_for_vec(),
        impl_for_tuple(),
        impl_for_closure(),
    ]
}

#[stage]
fn trait_impl() -> i64 {
    Square(3).area()
}

#[stage]
fn default_method() -> i64 {
    Square(4).doubled()
}

/// `Strip` says itself what its name is.
#[stage]
fn overridden() -> i64 {
    Strip { length: 6 }.name().len() as i64
}

#[stage]
fn dynamic() -> String {
    let shapes: Vec<Box<dyn Area>> = vec![Box::new(Square(2)), Box::new(Strip { length: 5 })];
    let labels: Vec<String> = shapes.iter().map(|shape| shape.label()).collect();
    labels.join(", ")
}

#[stage]
fn supertrait() -> String {
    Neighbour.greeting()
}

#[stage]
fn by_alias() -> i64 {
    measured(&Present::from_side(5))
}

fn measured(shape: &Present) -> i64 {
    shape.area()
}

trait FromSide {
    fn from_side(side: i64) -> Self;
}

impl FromSide for Square {
    fn from_side(side: i64) -> Self {
        Self(side)
    }
}

impl FromSide for Strip {
    fn from_side(side: i64) -> Self {
        Self { length: side }
    }
}

#[stage]
fn qualified() -> i64 {
    <Strip as Area>::area(&Strip { length: 8 })
}

#[stage]
fn impl_for_vec() -> i64 {
    vec![Square(1), Square(2)].seen()
}

#[stage]
fn impl_for_tuple() -> i64 {
    (Square(5), Square(2)).seen()
}

#[stage]
fn impl_for_closure() -> i64 {
    (|number: i64| number / 8).seen()
}

//! Generic functions and types.

use mlops::prelude::*;

trait Score {
    fn score(&self) -> i64;
}

struct Player(i64);
struct Team(i64);

impl Score for Player {
    fn score(&self) -> i64 {
        self.0 * 2
    }
}

impl Score for Team {
    fn score(&self) -> i64 {
        self.0 * 9
    }
}

fn best<T: Score>(items: &[T]) -> i64 {
    items.iter().map(Score::score).max().unwrap_or_default()
}

trait Build {
    fn build() -> Self;
}

impl Build for Player {
    fn build() -> Self {
        Self(31)
    }
}

fn built<T: Build>() -> T {
    T::build()
}

struct Grid<const N: usize = 3> {
    cells: [i64; N],
}

impl<const N: usize> Grid<N> {
    fn filled(value: i64) -> Self {
        Self { cells: [value; N] }
    }

    fn total(&self) -> i64 {
        self.cells.iter().sum::<i64>() + N as i64
    }
}

/// With another default type.
struct Holder<T = i32>(std::marker::PhantomData<T>);

impl<T> Holder<T> {
    fn new() -> Self {
        Self(std::marker::PhantomData)
    }

    fn bytes(&self) -> i64 {
        size_of::<T>() as i64
    }
}

struct Layout {
    #[expect(dead_code, reason = "only its size matters")]
    width: i16,
}

pub(crate) mod kept {
    /// Its name says where it stands.
    pub struct Stone;
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        generic(),
        inferred(),
        const_generic(),
        const_default(),
        type_default(),
        sized(),
        name_of_type(),
        type_macro(),
    ]
}

#[stage]
fn generic() -> i64 {
    best(&[Player(4), Player(6)])
}

#[stage]
fn inferred() -> i64 {
    let player: Player = built();
    player.0
}

#[stage]
fn const_generic() -> i64 {
    Grid::<5>::filled(2).total()
}

#[stage]
fn const_default() -> i64 {
    let grid: Grid = Grid::filled(1);
    grid.total()
}

#[stage]
fn type_default() -> i64 {
    let holder: Holder = Holder::new();
    holder.bytes()
}

#[stage]
fn sized() -> i64 {
    size_of::<Layout>() as i64
}

#[stage]
fn name_of_type() -> i64 {
    std::any::type_name::<kept::Stone>().len() as i64
}

macro_rules! small {
    () => {
        i16
    };
}

type Small = small!();

#[stage]
fn type_macro() -> i64 {
    size_of::<Small>() as i64
}

//! One word, several methods.

use mlops::prelude::*;

struct Hedge {
    plants: Vec<i64>,
}

impl Hedge {
    fn new(plants: i64) -> Self {
        Self {
            plants: (0..plants).collect(),
        }
    }

    fn len(&self) -> i64 {
        self.plants.len() as i64 * 2
    }
}

struct Wall {
    stones: i64,
}

impl Wall {
    fn new(stones: i64) -> Self {
        Self { stones: stones + 1 }
    }

    fn len(&self) -> i64 {
        self.stones * 3
    }
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![hedge_length(), wall_length()]
}

#[stage]
fn hedge_length() -> i64 {
    Hedge::new(4).len()
}

#[stage]
fn wall_length() -> i64 {
    Wall::new(4).len()
}

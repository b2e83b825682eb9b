//! What is known of a field in a year.

use std::fmt;

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

/// All records, in the order of the file.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Artifact)]
pub struct Harvest {
    pub records: Vec<Record>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub field: String,
    pub crop: Crop,
    pub year: i64,
    pub bushels: Option<f64>,
}

/// What was grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    Wheat,
    Barley,
    Rye,
}

impl Crop {
    pub const ALL: [Crop; 3] = [Crop::Wheat, Crop::Barley, Crop::Rye];

    /// Pounds in a bushel.
    pub fn pounds(self) -> f64 {
        match self {
            Crop::Wheat => 60.0,
            Crop::Barley => 48.0,
            Crop::Rye => 56.0,
        }
    }

    /// The crop of that name.
    pub fn named(name: &str) -> Option<Crop> {
        Crop::ALL.into_iter().find(|crop| crop.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Crop::Wheat => "wheat",
            Crop::Barley => "barley",
            Crop::Rye => "rye",
        }
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Record {
    /// What it weighs; nothing where nobody measured.
    pub fn pounds(&self) -> Option<f64> {
        Some(self.bushels? * self.crop.pounds())
    }

    /// Whether it is from this century.
    pub fn is_recent(&self) -> bool {
        self.year >= FIRST_YEAR
    }
}

const FIRST_YEAR: i64 = 2000;

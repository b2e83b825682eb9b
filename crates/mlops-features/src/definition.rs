//! What a feature is: its name, whose it is, what it is computed from, and the function that computes it.

mod inputs;
mod row;
mod set;

use std::fmt;
use std::time::Duration;

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use mlops_core::Code;

use crate::FeatureError;

pub use inputs::{Inputs, at, collect};
pub(crate) use inputs::{booleans, integers, numbers, texts};
pub use row::{Cell, Row};
pub use set::FeatureSet;

/// A feature, named by its type, which has the name of the function that `#[mlops::feature]` stands on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a feature",
    label = "not a feature",
    note = "a feature is a function with `#[mlops::feature(entity = \"…\", owner = \"…\")]`"
)]
pub trait Feature {
    /// The definition.
    const DEFINITION: &'static Definition;

    /// The definition.
    fn definition() -> &'static Definition {
        Self::DEFINITION
    }
}

/// A feature whose values are of the type `T`.
#[diagnostic::on_unimplemented(
    message = "the feature `{Self}` does not make values of the type `{T}`",
    label = "the feature of this name makes values of another type",
    note = "take the type that the feature returns, or an `Option` of it"
)]
pub trait MadeOf<T> {}

/// What `#[mlops::feature]` says of a function.
#[derive(Clone, Copy)]
pub struct Definition {
    /// The name of the feature, and of its column.
    pub name: &'static str,
    /// What one row of it is about.
    pub entity: &'static str,
    /// Who answers for it.
    pub owner: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// How old a value may be where one is looked up.
    pub ttl: Option<Duration>,
    /// How far back its windows reach.
    pub over: Option<Duration>,
    /// From when it is not to be used.
    pub deprecated: Option<Deprecation>,
    /// What it is computed from, in order.
    pub inputs: &'static [FeatureInput],
    /// The type of its values.
    pub output: ValueType,
    /// Whether the function itself may give no value. Where an input is missing, so is the value.
    pub optional: bool,
    /// The module and the function's name.
    pub path: &'static str,
    /// The package that defines it.
    pub package: &'static str,
    /// What its values depend on in the code.
    pub code: Code,
    /// The digest of the function by itself, without attributes.
    pub own: &'static str,
    /// Which bytes the locked crates are that it reaches: a line for each, name, version and what tells them from others.
    pub locked: &'static str,
    /// The function as it is written; empty where no file shows it.
    pub text: &'static str,
    /// The file that defines it.
    pub file: &'static str,
    /// The line in that file.
    pub line: u32,
    /// The function over all rows of its inputs.
    pub compute: fn(&Inputs) -> Result<ArrayRef, FeatureError>,
}

/// When a feature ceases to be one that models should use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecation {
    /// The day from which it is not to be used, such as `2026-12-31`.
    pub from: &'static str,
    /// What to use in its place.
    pub instead: Option<&'static str>,
}

/// One input of a feature.
#[derive(Debug, Clone, Copy)]
pub struct FeatureInput {
    /// The name of the parameter: of a column, or of another feature.
    pub name: &'static str,
    /// What it stands for.
    pub kind: InputKind,
    /// The type of a value, or of an event's value.
    pub value: ValueType,
    /// Whether the function takes an `Option`, and so decides itself what missing means.
    pub optional: bool,
}

/// What an input stands for.
#[derive(Debug, Clone, Copy)]
pub enum InputKind {
    /// A column.
    Column,
    /// The events of the last while, of a column of a table of events.
    Window,
    /// Another feature.
    Feature(&'static Definition),
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueType {
    /// `f64`
    Number,
    /// `i64`
    Integer,
    /// `bool`
    Boolean,
    /// `String`
    Text,
}

impl ValueType {
    /// The name of the Rust type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "f64",
            Self::Integer => "i64",
            Self::Boolean => "bool",
            Self::Text => "String",
        }
    }

    /// The type of a column of such values.
    pub const fn data_type(self) -> DataType {
        match self {
            Self::Number => DataType::Float64,
            Self::Integer => DataType::Int64,
            Self::Boolean => DataType::Boolean,
            Self::Text => DataType::Utf8,
        }
    }

    /// What a column must hold to be read as such values.
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Boolean => "a boolean",
            Self::Text => "a text",
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Definition {
    /// What stands in for a definition that did not compile.
    #[doc(hidden)]
    pub const fn stand_in(name: &'static str) -> Self {
        Self {
            name,
            entity: "",
            owner: "",
            description: "",
            ttl: None,
            over: None,
            deprecated: None,
            inputs: &[],
            output: ValueType::Number,
            optional: false,
            path: name,
            package: "",
            code: Code {
                reach: "",
                items: "",
                values: &[],
                foreign: "",
                coarse: None,
                files: "",
                lock: None,
            },
            own: "",
            locked: "",
            text: "",
            file: "",
            line: 0,
            compute: |_| {
                Err(FeatureError::NotComputable {
                    feature: String::new(),
                })
            },
        }
    }

    /// The features that it is computed from.
    pub fn uses(&self) -> impl Iterator<Item = &'static Self> {
        self.inputs.iter().filter_map(|input| match input.kind {
            InputKind::Feature(definition) => Some(definition),
            InputKind::Column | InputKind::Window => None,
        })
    }

    /// Whether it looks at events, and so at when its rows are.
    pub fn has_windows(&self) -> bool {
        self.inputs
            .iter()
            .any(|input| matches!(input.kind, InputKind::Window))
    }

    /// The first sentence of the description.
    pub fn summary(&self) -> &'static str {
        self.description.lines().next().unwrap_or_default()
    }

    /// Where it is defined, as `src/features.rs:12`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Whether it is not to be used on that day, `2026-12-31`.
    pub fn is_past(&self, day: &str) -> bool {
        // Days of that form are ordered as texts.
        self.deprecated
            .is_some_and(|deprecation| deprecation.from <= day)
    }

    /// Computes the column of its values.
    ///
    /// # Errors
    /// An input is missing, or of another type.
    pub(crate) fn compute(&self, inputs: &Inputs) -> Result<ArrayRef, FeatureError> {
        (self.compute)(inputs)
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definition")
            .field("name", &self.name)
            .field("entity", &self.entity)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

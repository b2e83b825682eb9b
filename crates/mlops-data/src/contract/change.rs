//! How the columns of a table differ from those that a contract declares.

use std::fmt;

use arrow_schema::Schema;
use mlops_core::nearest;
use serde::{Deserialize, Serialize};

use super::Column;
use crate::profile::ColumnKind;

/// What may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A column that is not declared.
    Added,
    /// A declared column that is not there.
    Removed,
    /// A declared column that is not there, and one of the same type that may be it under another name.
    Renamed,
    /// A column of another type.
    Retyped,
    /// The declared columns, in another order.
    Reordered,
    /// Values that `one_of` does not name.
    NewCategories,
}

impl ChangeKind {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Added,
        Self::Removed,
        Self::Renamed,
        Self::Retyped,
        Self::Reordered,
        Self::NewCategories,
    ];

    /// The name in a contract's TOML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Retyped => "retyped",
            Self::Reordered => "reordered",
            Self::NewCategories => "new_categories",
        }
    }

    fn place(self) -> usize {
        Self::ALL
            .iter()
            .position(|kind| *kind == self)
            .unwrap_or_default()
    }
}

/// A difference that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaChange {
    /// What differs.
    pub kind: ChangeKind,
    /// The declared column; of an added one its own name.
    pub column: String,
    /// What was declared, and what was found.
    pub detail: String,
    /// Whether the contract allows it.
    pub allowed: bool,
}

impl fmt::Display for SchemaChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (column, detail) = (&self.column, &self.detail);
        match self.kind {
            ChangeKind::Added => write!(formatter, "column `{column}` ({detail}) was added"),
            ChangeKind::Removed => write!(formatter, "column `{column}` was removed"),
            ChangeKind::Renamed => write!(
                formatter,
                "column `{column}` was probably renamed to `{detail}`"
            ),
            ChangeKind::Retyped => {
                write!(formatter, "column `{column}` changed its type: {detail}")
            }
            ChangeKind::Reordered => {
                write!(formatter, "the columns are in another order: {detail}")
            }
            ChangeKind::NewCategories => {
                write!(formatter, "column `{column}` has new values: {detail}")
            }
        }
    }
}

/// Which differences are allowed. Without a word from the contract an added column and another order are: code that finds
/// columns by name does not see them. Everything else is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes([bool; 6]);

impl Default for Changes {
    fn default() -> Self {
        Self([true, false, false, false, true, false])
    }
}

impl Changes {
    pub(super) fn set(&mut self, kind: ChangeKind, allowed: bool) {
        self.0[kind.place()] = allowed;
    }

    pub(super) fn allows(self, kind: ChangeKind) -> bool {
        self.0[kind.place()]
    }
}

/// Whether a column of the kind that was found holds what was declared: whole numbers are numbers, nothing is anything.
pub(super) fn fits(declared: ColumnKind, found: ColumnKind) -> bool {
    declared == found
        || found == ColumnKind::Null
        || (declared == ColumnKind::Number && found == ColumnKind::Integer)
}

/// The differences between what is declared and what is there.
pub(super) fn found(declared: &[Column], schema: &Schema, allowed: Changes) -> Vec<SchemaChange> {
    if declared.is_empty() {
        return Vec::new();
    }
    let mut changes = Vec::new();
    let mut note = |kind, column: &str, detail: String| {
        changes.push(SchemaChange {
            kind,
            column: column.to_owned(),
            detail,
            allowed: allowed.allows(kind),
        });
    };
    let is_declared = |name: &str| declared.iter().any(|column| column.name == name);
    let mut added: Vec<(&str, ColumnKind)> = schema
        .fields()
        .iter()
        .filter(|field| !is_declared(field.name()))
        .map(|field| (field.name().as_str(), ColumnKind::of(field.data_type())))
        .collect();
    for column in declared {
        match schema.field_with_name(&column.name) {
            Ok(field) => {
                let kind = ColumnKind::of(field.data_type());
                if let Some(declared) = column.kind.filter(|declared| !fits(*declared, kind)) {
                    let detail = format!("{} instead of {}", kind.name(), declared.name());
                    note(ChangeKind::Retyped, &column.name, detail);
                }
            }
            Err(_) => match successor(column, &added) {
                Some(place) => {
                    let (name, _) = added.remove(place);
                    note(ChangeKind::Renamed, &column.name, name.to_owned());
                }
                None => note(ChangeKind::Removed, &column.name, String::new()),
            },
        }
    }
    for (name, kind) in &added {
        note(ChangeKind::Added, name, kind.name().to_owned());
    }
    let expected: Vec<&str> = declared
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| schema.index_of(name).is_ok())
        .collect();
    let order: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .filter(|name| is_declared(name))
        .collect();
    if let Some((wanted, is)) = expected
        .iter()
        .zip(&order)
        .find(|(wanted, is)| wanted != is)
    {
        note(
            ChangeKind::Reordered,
            wanted,
            format!("`{is}` stands where `{wanted}` should"),
        );
    }
    changes
}

/// The added column that is likely the lost one: of its type, and of a similar name or the only one of its type.
fn successor(lost: &Column, added: &[(&str, ColumnKind)]) -> Option<usize> {
    let same: Vec<usize> = (0..added.len())
        .filter(|place| lost.kind.is_none_or(|kind| fits(kind, added[*place].1)))
        .collect();
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', ' ', '.'], "");
    let near = nearest(&lost.name, same.iter().map(|place| added[*place].0));
    same.iter()
        .copied()
        .find(|place| plain(added[*place].0) == plain(&lost.name))
        .or_else(|| {
            same.iter()
                .copied()
                .find(|place| Some(added[*place].0) == near)
        })
}

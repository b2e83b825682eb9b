//! Tables on Arrow, and typed sources.
//!
//! A [`Table`] is what data is between stages: a schema and batches of rows in Arrow's memory format. Its identity is its
//! content: the same rows give the same bytes however they were cut into batches, filtered or read. A [`File`], a [`Folder`],
//! a [`Glob`] or a [`Url`] is where data comes from: it is in a stage's key by the content found there. So are an [`EnvVar`]
//! and the clock, [`Now`].
//!
//! Everything that could make two equal tables differ is removed where a table is made, not where it is stored:
//! dictionaries become their values, notes of the program that wrote a file are dropped. So a stage never sees a live
//! table of one type and a stored one of another.
//!
//! ```
//! use mlops_data::{CsvOptions, Table, table};
//!
//! // A cell that is empty or only white space is missing: `total` is a number with one null.
//! let bills = Table::from_csv_str("id,total\na,29.85\nb, \n", &CsvOptions::new())?;
//! assert_eq!(bills.numbers("total")?, [Some(29.85), None]);
//! assert_eq!(bills, table! { "id" => ["a", "b"], "total" => [Some(29.85), None] });
//!
//! let mistake = bills.numbers("totl").unwrap_err();
//! assert_eq!(mistake.help().as_deref(), Some("did you mean `total`?"));
//! # Ok::<(), mlops_data::DataError>(())
//! ```

mod artifact;
mod batches;
mod canonical;
pub mod change;
pub mod contract;
mod csv;
pub mod dataset;
mod error;
#[cfg(feature = "ffi")]
mod ffi;
mod ipc;
mod json;
mod parquet;
mod profile;
pub mod quality;
mod read;
mod source;
pub mod statistics;
mod table;

/// The Arrow that [`Table`] stands on, so that nobody has to name its version a second time.
pub mod arrow {
    pub use arrow_array as array;
    pub use arrow_buffer as buffer;
    pub use arrow_cast as cast;
    pub use arrow_ord as ord;
    pub use arrow_schema as schema;
    pub use arrow_select as select;
}

pub use artifact::TABLE_MEDIA_TYPE;
pub use batches::Batches;
pub use contract::{Contract, Severity};
pub use csv::CsvOptions;
pub use error::DataError;
pub use profile::{
    ColumnKind, ColumnProfile, Distinct, ExactSum, Frequent, Moments, NumberProfile, TableProfile,
    TextProfile, TimeProfile,
};
pub use source::{EnvVar, File, Folder, Glob, Now, Url};
pub use table::{Table, TableDifference};

/// What [`table!`] expands to. Not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::table::{IntoColumn, literal};
}

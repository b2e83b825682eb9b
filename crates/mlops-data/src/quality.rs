//! How good a table is: what is missing, repeated, far out or labelled wrongly, and how reliable its sources are.
//!
//! A [contract](crate::contract) says what must hold; this says what is there, before anybody knows what must. Each look is a
//! function of its own that returns its figures; an [`Inspection`] takes them all, holds them against limits where some are
//! given, and is kept with the run when a stage makes it.
//!
//! ```
//! use mlops_data::contract::Verdict;
//! use mlops_data::quality::Inspection;
//! use mlops_data::table;
//!
//! let customers = table! {
//!     "id" => ["a", "b", "b", "c"],
//!     "age" => [Some(30), None, Some(41), Some(30)],
//!     "churn" => ["no", "no", "yes", "yes"],
//! };
//! let quality = Inspection::new().key(["id"]).label("churn").of(&customers)?;
//! assert_eq!(quality.missing.columns[1].missing, 1);
//! assert_eq!(quality.check("repeated_keys").expect("a key was named").verdict, Verdict::Fail);
//! // Two customers of age 30 differ in nothing but their label.
//! assert_eq!(quality.labels.as_ref().expect("a label was named").conflicts.rows, 2);
//! assert!(!quality.passes());
//! # Ok::<(), mlops_data::DataError>(())
//! ```

mod checks;
mod delivery;
mod duplicates;
mod inspection;
mod labels;
mod mislabelled;
mod missing;
mod outliers;
mod reliability;
mod report;
mod unusual;

#[cfg(test)]
mod tests;

pub use delivery::{Delivery, Outcome, SourceHistory};
pub use duplicates::{Duplicates, Repeated};
pub use inspection::Inspection;
pub use labels::{Class, Conflicts, Labels};
pub use mislabelled::{LabelIssue, Mislabelled};
pub use missing::{ColumnMissing, Missing, MissingChange, RowMissing};
pub use outliers::{ColumnOutliers, Outlier, Outliers};
pub use reliability::{Promise, Reliability, ReliabilityPeriod};
pub use report::Quality;
pub use unusual::{UnusualRow, UnusualRows};

/// Rows that a report shows of each kind.
const EXAMPLES: usize = 5;

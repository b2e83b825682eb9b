//! Data sets: a table split into parts with roles, versions of tables by name and digest, and leaks between parts.
//!
//! A [`Split`] says how a table is cut into training, validation and test; what comes of it are [`Parts`] with a
//! [`SplitRecord`], which names every part by its digest, so that a model can later know what judged it. A [`Leakage`] looks
//! for what must not be in two parts at once. A [`DatasetVersion`] is what is kept of a table: its name, digest, columns,
//! rows, source, role and range of time.
//!
//! ```
//! use mlops_data::dataset::{Leakage, Role, Split};
//! use mlops_data::table;
//!
//! let visits = table! {
//!     "household" => (0..100).map(|row| row / 4).collect::<Vec<i64>>(),
//!     "spent" => (0..100).map(|row| f64::from(row) * 1.7).collect::<Vec<_>>(),
//! };
//! let parts = Split::by_group("household")
//!     .seed(7)
//!     .part(Role::Test, 0.2)
//!     .rest(Role::Training)
//!     .of(&visits)?;
//! let (training, test) = (parts.table(Role::Training)?, parts.table(Role::Test)?);
//! assert_eq!((training.rows(), test.rows()), (80, 20));
//! // Nobody is on both sides.
//! assert!(Leakage::new().group("household").between(&training, &test)?.passes());
//! # Ok::<(), mlops_data::DataError>(())
//! ```

mod assign;
mod keys;
mod leakage;
mod record;
mod split;
mod times;
mod version;

#[cfg(test)]
mod tests;

pub use leakage::{LeakCheck, LeakKind, Leakage, LeakageReport};
pub use record::{Extent, Method, PartRecord, Role, SplitRecord, TimeRange};
pub use split::{Parts, Split};
pub use version::{DATASET_MEDIA_TYPE, DatasetVersion, DatasetVersions};

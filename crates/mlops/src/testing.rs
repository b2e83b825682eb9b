//! The testing kit: stages as plain functions, pipelines in a temporary project, plans as snapshots.
//!
//! A stage is a function, so most tests need nothing from here: `train::run(&table, 0.1)`. A stage that takes a
//! [`StageContext`](crate::StageContext) gets one from [`TestContext`]; a pipeline runs in a [`TestProject`], which has a
//! store of its own, a clock that stands still, and a log of what was executed.
//!
//! ```
//! use mlops::prelude::*;
//! use mlops::testing::{TestContext, TestProject};
//!
//! /// Reads the numbers.
//! #[stage(ingest)]
//! fn load(file: &File) -> Result<Vec<f64>> {
//!     Ok(file.read_text()?.lines().map(str::parse).collect::<Result<_, _>>()?)
//! }
//!
//! /// Their mean, times a factor.
//! #[stage]
//! fn mean(cx: &StageContext, numbers: &[f64], factor: f64) -> f64 {
//!     cx.metric("numbers", numbers.len() as f64);
//!     factor * numbers.iter().sum::<f64>() / numbers.len() as f64
//! }
//!
//! // A stage by itself.
//! let context = TestContext::new();
//! assert_eq!(mean::run(&context, &[1.0, 3.0], 2.0), 4.0);
//! assert_eq!(context.metric("numbers"), Some(2.0));
//!
//! // A pipeline, twice: what did not change is not done again.
//! let project = TestProject::new();
//! let numbers = project.write("numbers.txt", "1\n3\n");
//! let first = project.run(mean(load(&numbers), 2.0));
//! assert_eq!(first.ran(), ["load", "mean"]);
//! assert_eq!(first.output::<f64>("mean"), 4.0);
//!
//! let plan = project.plan(mean(load(&numbers), 3.0));
//! assert_eq!(plan.to_string(), "reuse    load\nrun      mean  parameter factor 2.0 → 3.0\n");
//! assert_eq!(project.run(mean(load(&numbers), 3.0)).ran(), ["mean"]);
//! assert_eq!(project.executed(), ["load", "mean", "mean"]);
//! ```

mod context;
mod features;
mod project;

pub use context::TestContext;
pub use features::{same_in_table_and_row, same_in_table_and_row_with};
pub use project::{TestPlan, TestProject, TestRun};

//! Features: defined once, right in time, the same for training and serving.
//!
//! A [`Definition`] is what `#[mlops::feature]` makes of a function: name, entity, owner, description, inputs, and the code behind it.
//! The same function answers for a table and for a single row. Its [`Version`] is its content: the code that it reaches, its
//! options and inputs, and the versions of the features that it uses; not the compiler and not the machine. A [`Lock`] is the
//! file in the repository that says which versions are declared.
//!
//! [`point_in_time`] joins what was known at a moment, and nothing that was not. [`online`] keeps the newest of it for being asked,
//! and says the same.
//!
//! ```
//! use mlops_data::table;
//! use mlops_features::features;
//!
//! /// Years since the contract began.
//! #[mlops_derive::feature(entity = "customer", owner = "growth-ml", crate = mlops_features)]
//! fn tenure_years(tenure_months: f64) -> f64 {
//!     tenure_months / 12.0
//! }
//!
//! let customers = table! { "tenure_months" => [Some(30), None] };
//! let known = features![tenure_years].apply(&customers)?;
//! assert_eq!(known.numbers("tenure_years")?, [Some(2.5), None]);
//!
//! // A test of the definition is a test of a function.
//! assert_eq!(tenure_years(6.0), 0.5);
//! # Ok::<(), mlops_features::FeatureError>(())
//! ```

extern crate self as mlops_features;

mod catalogue;
mod definition;
mod duration;
mod error;
mod lock;
mod naming;
pub mod online;
pub mod point_in_time;
mod training_set;
mod version;
mod window;

pub use catalogue::{Catalogue, CatalogueEntry, FeatureUse};
pub use definition::{
    Cell, Definition, Deprecation, Feature, FeatureInput, FeatureSet, InputKind, MadeOf, Row,
    ValueType,
};
pub use error::FeatureError;
pub use lock::{Checked, Lock, LockState, Locked};
pub use naming::NamingRule;
pub use training_set::{
    TRAINING_SET, TRAINING_SET_WITH, UsedFeature, training_set, training_set_with, used_features,
};
pub use version::{Part, Version, VersionDifference};
pub use window::{Event, EventColumns, SlidingWindow, Window, WindowNumber, WindowValue};

/// What `#[mlops::feature]` expands to refers to this module; nothing here is covered by any promise.
#[doc(hidden)]
pub mod __features {
    pub use mlops_core::Code;

    pub use crate::definition::{
        Definition, Deprecation, Feature, FeatureInput, InputKind, Inputs, MadeOf, ValueType, at,
        collect,
    };
}

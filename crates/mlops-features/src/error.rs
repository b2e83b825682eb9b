//! What can go wrong with features, each with a stable code and the next step.

use mlops_core::nearest;
use mlops_data::DataError;

use crate::point_in_time::PointInTimeError;

/// Features could not be computed, declared or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// A feature needs a column that is not there.
    #[error(
        "the feature `{feature}` needs the column `{column}`, and there {}",
        are(candidates)
    )]
    MissingColumn {
        /// The feature.
        feature: &'static str,
        /// The column.
        column: String,
        /// The columns that exist.
        candidates: Vec<String>,
    },
    /// A feature takes a column as another type than it has.
    #[error("the feature `{feature}` takes the column `{column}` as {expected}, and it is {found}")]
    ColumnType {
        /// The feature.
        feature: &'static str,
        /// The column.
        column: String,
        /// Its type, as Arrow prints it.
        found: String,
        /// What the feature takes.
        expected: &'static str,
        /// The type in the signature.
        parameter: &'static str,
    },
    /// A feature has windows, and no events were given.
    #[error("the feature `{feature}` looks at events, and none are given")]
    NoEvents {
        /// The feature.
        feature: &'static str,
    },
    /// The table has a column with the name of a feature.
    #[error("the table has a column `{name}` already, which is the name of a feature")]
    ColumnTaken {
        /// The name.
        name: &'static str,
    },
    /// One name stands for two features.
    #[error("two features are named `{name}`: `{one}` and `{other}`")]
    SameName {
        /// The name.
        name: &'static str,
        /// Where one is.
        one: &'static str,
        /// Where the other is.
        other: &'static str,
    },
    /// A parameter has the name of a feature, and the definition does not say which is meant.
    #[error("the feature `{feature}` takes `{input}`, which is the name of a feature, as a column")]
    HiddenUse {
        /// The feature.
        feature: &'static str,
        /// The parameter.
        input: &'static str,
    },
    /// A definition that did not compile, or was put together by hand.
    #[error("the feature `{feature}` cannot be computed: its definition is not whole")]
    NotComputable {
        /// The feature.
        feature: String,
    },
    /// There is no feature of this name.
    #[error("no feature is called `{name}`")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The features that exist.
        candidates: Vec<String>,
    },
    /// There is no such version of a feature.
    #[error("the feature `{name}` has no version `{version}`")]
    UnknownVersion {
        /// The feature.
        name: String,
        /// The version that was asked for.
        version: String,
        /// The versions that are declared.
        candidates: Vec<String>,
    },
    /// A name breaks the naming rule of the project.
    #[error("the name `{name}` breaks the rule for features: {rule}")]
    Name {
        /// The name.
        name: String,
        /// The rule.
        rule: String,
        /// A name that keeps it.
        suggestion: Option<String>,
    },
    /// The naming rule itself cannot be.
    #[error("`{rule}` is no naming rule: {problem}")]
    NamingRule {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The text of a lock is none.
    #[error("the lock of features cannot be read: {problem}")]
    MalformedLock {
        /// What is wrong with it.
        problem: String,
    },
    /// Rows and events could not be brought together.
    #[error(transparent)]
    Events(#[from] PointInTimeError),
    /// A table failed.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl FeatureError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingColumn { .. } => "feature::missing_column",
            Self::ColumnType { .. } => "feature::column_type",
            Self::NoEvents { .. } => "feature::no_events",
            Self::ColumnTaken { .. } => "feature::column_taken",
            Self::SameName { .. } => "feature::same_name",
            Self::HiddenUse { .. } => "feature::hidden_use",
            Self::NotComputable { .. } => "feature::not_computable",
            Self::Unknown { .. } => "feature::unknown",
            Self::UnknownVersion { .. } => "feature::unknown_version",
            Self::Name { .. } => "feature::name",
            Self::NamingRule { .. } => "feature::naming_rule",
            Self::MalformedLock { .. } => "feature::malformed_lock",
            Self::Events(error) => error.code(),
            Self::Data(error) => error.code(),
        }
    }

    /// The next step.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::MissingColumn {
                column, candidates, ..
            } => {
                let near = nearest(column, candidates.iter().map(String::as_str));
                match near {
                    Some(near) => format!(
                        "did you mean `{near}`? the name of a parameter is the name of a column; of a feature, if `uses({column})` says so"
                    ),
                    None => format!(
                        "add the column, or write `uses({column})` if it is a feature"
                    ),
                }
            }
            Self::ColumnType { parameter, .. } => format!(
                "convert the column, or take it as what it is instead of `{parameter}`"
            ),
            Self::NoEvents { .. } => {
                "give the table of events: `training_set_with(labels, events, columns, features)`, or `apply_with`".to_owned()
            }
            Self::ColumnTaken { name } => {
                format!("leave the column out, `without(&[\"{name}\"])`, or rename it")
            }
            Self::SameName { .. } => {
                "name each feature once, and give two that are different names of their own: `name = \"…\"`".to_owned()
            }
            Self::HiddenUse { feature, input } => format!(
                "write `uses({input})` in the `#[mlops::feature(…)]` of `{feature}`; or give the column another name"
            ),
            Self::Unknown { name, candidates } => {
                let all = candidates.join(", ");
                match nearest(name, candidates.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`? there are: {all}"),
                    None if candidates.is_empty() => {
                        "tell the program its features: `mlops::app().features(features![…])`".to_owned()
                    }
                    None => format!("there are: {all}"),
                }
            }
            Self::UnknownVersion { candidates, .. } => {
                format!("features.lock has: {}", candidates.join(", "))
            }
            Self::Name { suggestion, .. } => match suggestion {
                Some(name) => format!("call it `{name}`"),
                None => "rename the function, or write `name = \"…\"`".to_owned(),
            },
            Self::NamingRule { .. } => {
                "write \"snake_case\", \"kebab-case\", or a regular expression that the whole name matches".to_owned()
            }
            Self::MalformedLock { .. } => {
                "take it from the last commit; `features lock` writes it".to_owned()
            }
            Self::NotComputable { .. } => return None,
            Self::Events(error) => return error.help(),
            Self::Data(error) => return error.help(),
        })
    }
}

fn are(candidates: &[String]) -> String {
    match candidates {
        [] => "are no columns".to_owned(),
        [one] => format!("is only `{one}`"),
        several => {
            let names: Vec<String> = several.iter().map(|name| format!("`{name}`")).collect();
            format!("are {}", names.join(", "))
        }
    }
}

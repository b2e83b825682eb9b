//! What can go wrong before and around the stages.

use mlops_core::{ArtifactError, SourceError};
use mlops_store::StoreError;

/// A pipeline cannot be planned or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// Two different stages have one name.
    #[error("two stages are called `{name}`: one at {first}, one at {second}")]
    SameName {
        /// The name.
        name: String,
        /// The one place.
        first: String,
        /// The other place.
        second: String,
    },
    /// No stage of that name.
    #[error("no stage is called `{name}`")]
    UnknownStage {
        /// The name that was asked for.
        name: String,
        /// The nearest name.
        suggestion: Option<String>,
        /// The names there are.
        known: Vec<String>,
    },
    /// A plain value cannot be recorded.
    #[error("the parameter `{parameter}` of stage `{stage}` cannot be recorded")]
    Parameter {
        /// The stage.
        stage: String,
        /// The parameter.
        parameter: String,
        /// The cause.
        #[source]
        cause: ArtifactError,
    },
    /// A source cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The profile forbids this run.
    #[error("profile `{profile}` refuses this run: {}", reasons.join("; "))]
    Refused {
        /// The profile.
        profile: String,
        /// What it refuses, and what to do about it.
        reasons: Vec<String>,
    },
    /// The store failed.
    #[error("failed to {0}")]
    Store(#[from] StoreError),
    /// The async runtime could not be started.
    #[error("the async runtime could not be started")]
    Runtime(#[source] std::io::Error),
}

impl PipelineError {
    /// The stable code, each with a page in the book.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SameName { .. } => "pipeline::same_name",
            Self::UnknownStage { .. } => "pipeline::unknown_stage",
            Self::Parameter { .. } => "pipeline::parameter",
            Self::Source(_) => "pipeline::source",
            Self::Refused { .. } => "pipeline::refused",
            Self::Store(error) => error.code(),
            Self::Runtime(_) => "pipeline::runtime",
        }
    }

    /// The next step.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::SameName { .. } => {
                Some("give one of them another name with `#[stage(name = \"…\")]`".to_owned())
            }
            Self::UnknownStage {
                suggestion, known, ..
            } => Some(match suggestion {
                Some(near) => format!("did you mean `{near}`? there are: {}", known.join(", ")),
                None => format!("there are: {}", known.join(", ")),
            }),
            Self::Parameter { .. } => None,
            Self::Source(error) => source_help(error),
            Self::Refused { .. } => Some(
                "`profile show` says where each rule comes from; an experiment has none of them"
                    .to_owned(),
            ),
            Self::Store(error) => error.help(),
            Self::Runtime(_) => {
                Some("the machine may be out of threads or file handles".to_owned())
            }
        }
    }
}

/// What to do about a source that cannot be used.
pub(crate) fn source_help(error: &SourceError) -> Option<String> {
    Some(match error {
        SourceError::Missing { kind: "url", .. } => {
            "check the address, or bring the data there first".to_owned()
        }
        SourceError::Missing { .. } => "check the path, or bring the data there first".to_owned(),
        SourceError::NothingMatches { .. } => {
            "check the pattern, or allow that there is none with may_be_empty".to_owned()
        }
        SourceError::NotSet { name } => format!("set {name}, or give it a default"),
        SourceError::AgeUnknown { .. } => {
            "pin its content with digest instead of bounding its age".to_owned()
        }
        SourceError::NotPinned { found, .. } => {
            format!("restore the pinned content, or pin the new one: digest = \"{found}\"")
        }
        SourceError::Stale { .. } => {
            "bring newer data, or allow a greater age with stale_after".to_owned()
        }
        _ => return None,
    })
}

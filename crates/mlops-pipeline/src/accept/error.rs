//! Why a change of code is not accepted.

use mlops_core::Level;
use mlops_store::StoreError;

use crate::PipelineError;

/// A change of code is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// Nobody would know why.
    #[error("a change is accepted for a reason, and none was given")]
    NoReason,
    /// The name fits two stages.
    #[error("`{name}` is the name of two stages: {first} and {second}")]
    Ambiguous {
        /// The name.
        name: String,
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// At this level it takes more than one person's word.
    #[error(
        "profile `{profile}` is of level production, where nobody accepts a change of `{stage}` alone"
    )]
    Production {
        /// The stage.
        stage: String,
        /// The profile.
        profile: String,
    },
    /// Every call has its result already.
    #[error("there is nothing to accept: the results of `{stage}` are reused as they are")]
    Nothing {
        /// The stage.
        stage: String,
    },
    /// It has no earlier result.
    #[error("there is nothing to accept: `{stage}` has never run")]
    NeverRan {
        /// The call.
        stage: String,
    },
    /// It is not reused whatever its code is.
    #[error("there is nothing to accept: `{stage}` is not reused: {}", reasons.join("; "))]
    NeverReused {
        /// The call.
        stage: String,
        /// Why.
        reasons: Vec<String>,
    },
    /// What it needs is not there yet.
    #[error("`{stage}` cannot be judged yet: {}", reasons.join("; "))]
    Open {
        /// The call.
        stage: String,
        /// Why.
        reasons: Vec<String>,
    },
    /// Something else has changed.
    #[error("not only the code of `{stage}` has changed: {}", reasons.join("; "))]
    MoreChanged {
        /// The call.
        stage: String,
        /// What else.
        reasons: Vec<String>,
    },
    /// The result that would count is not there.
    #[error("the kept result of `{stage}` is gone or damaged")]
    Gone {
        /// The call.
        stage: String,
    },
    /// The result was made under laxer rules.
    #[error(
        "the kept result of `{stage}` was made under {made_under}, and may not be used under {level}"
    )]
    Laxer {
        /// The call.
        stage: String,
        /// The level under which it was made.
        made_under: Level,
        /// The present level.
        level: Level,
    },
    /// The pipeline cannot be planned, or the store failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl From<StoreError> for AcceptError {
    fn from(error: StoreError) -> Self {
        Self::Pipeline(error.into())
    }
}

impl AcceptError {
    /// The stable code, each with a page in the book.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoReason => "accept::no_reason",
            Self::Ambiguous { .. } => "accept::ambiguous",
            Self::Production { .. } => "accept::production",
            Self::Nothing { .. } => "accept::nothing",
            Self::NeverRan { .. } => "accept::never_ran",
            Self::NeverReused { .. } => "accept::never_reused",
            Self::Open { .. } => "accept::open",
            Self::MoreChanged { .. } => "accept::more_changed",
            Self::Gone { .. } => "accept::gone",
            Self::Laxer { .. } => "accept::laxer",
            Self::Pipeline(error) => error.code(),
        }
    }

    /// The next step.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoReason => "say with --reason why the result is not altered".to_owned(),
            Self::Ambiguous { .. } => "give the whole path".to_owned(),
            Self::Production { .. } => {
                "run the pipeline under this profile: the stage runs once more, and is reused from then on"
                    .to_owned()
            }
            Self::Nothing { .. } => "`plan` shows what would run".to_owned(),
            Self::NeverRan { stage } | Self::NeverReused { stage, .. } => {
                format!("run it: `run --only {stage}`")
            }
            Self::Open { .. } => {
                "accept or run what it needs first; `plan --explain` shows in which order".to_owned()
            }
            Self::MoreChanged { stage, .. } => format!(
                "run it: `run --only {stage}`; or bring back the settings and inputs of the kept result, and accept it then"
            ),
            Self::Gone { stage } => format!("make it again: `run --only {stage}`"),
            Self::Laxer { .. } => "run it under this profile".to_owned(),
            Self::Pipeline(error) => return error.help(),
        })
    }

    /// Whether a rule refuses it; otherwise there was nothing that could be accepted.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Production { .. }
                | Self::MoreChanged { .. }
                | Self::Gone { .. }
                | Self::Laxer { .. }
        )
    }
}

//! What a command ends with when it does not end well: a message, its causes, the next step, and the exit code.

use mlops_core::{ConfigurationError, Location};
use mlops_pipeline::PipelineError;
use mlops_store::StoreError;

/// The exit codes of every pipeline binary. They are part of the surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// A stage, a check or a comparison failed.
    Failed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Refused by a gate, a profile or a permission.
    Refused = 3,
    /// The store is damaged.
    Damaged = 4,
}

/// A command that did not end well.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) causes: Vec<String>,
    pub(crate) help: Option<String>,
    pub(crate) place: Option<Box<Location>>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code,
            message: message.into(),
            causes: Vec::new(),
            help: None,
            place: None,
        }
    }

    /// Wrong usage.
    pub(crate) fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, code, message)
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The causes below an error, each as its own sentence.
fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    std::iter::successors(error.source(), |error| error.source())
        .map(ToString::to_string)
        .collect()
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = if error.is_damage() {
            Exit::Damaged
        } else {
            Exit::Failed
        };
        Self {
            causes: causes(&error),
            help: error.help(),
            // The store says what it tried, in words that begin in the middle of a sentence.
            ..Self::new(exit, error.code(), format!("failed to {error}"))
        }
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        let error = match error {
            PipelineError::Store(error) => return error.into(),
            error => error,
        };
        let exit = match &error {
            PipelineError::Refused { .. } => Exit::Refused,
            PipelineError::UnknownStage { .. }
            | PipelineError::SameName { .. }
            | PipelineError::Parameter { .. } => Exit::Usage,
            _ => Exit::Failed,
        };
        Self {
            causes: causes(&error),
            help: error.help(),
            ..Self::new(exit, error.code(), error.to_string())
        }
    }
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Self {
        Self {
            help: error.help().map(str::to_owned),
            place: error.location().cloned().map(Box::new),
            ..Self::usage(error.code(), error.message())
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(
            Exit::Failed,
            "command::output",
            format!("the output failed: {error}"),
        )
    }
}

//! What can go wrong around a verification; that a stage is not deterministic is a finding, and none of these.

use std::io;
use std::path::PathBuf;

use mlops_store::StoreError;

use crate::PipelineError;

/// A verification cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The scratch folder cannot be used.
    #[error("the scratch folder of the verification cannot be used")]
    Scratch(#[source] io::Error),
    /// The program cannot be started once more.
    #[error("`{}` cannot be started to run a stage apart", program.display())]
    Process {
        /// The program.
        program: PathBuf,
        /// The cause.
        #[source]
        cause: io::Error,
    },
    /// The system does not let programs be traced.
    #[error("the stage cannot be traced, so that what it tries could not be named: {why}")]
    NoTrace {
        /// What the system says.
        why: String,
    },
    /// The kernel has no sandbox.
    #[error("the stage cannot be shut in: {why}")]
    NoSandbox {
        /// What the kernel lacks.
        why: String,
    },
    /// The other process has another pipeline.
    #[error(
        "a process of its own has another pipeline than this one, so `{stage}` cannot run there"
    )]
    OtherPipeline {
        /// The stage.
        stage: String,
    },
    /// The pipeline cannot be planned.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        Self::Pipeline(error.into())
    }
}

impl VerifyError {
    /// The stable code, each with a page in the book.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Scratch(_) => "verify::scratch",
            Self::Process { .. } => "verify::process",
            Self::NoTrace { .. } => "verify::no_trace",
            Self::NoSandbox { .. } => "verify::no_sandbox",
            Self::OtherPipeline { .. } => "verify::other_pipeline",
            Self::Pipeline(error) => error.code(),
        }
    }

    /// The next step.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Scratch(_) => "free space on the disk of the store, or of TMPDIR".to_owned(),
            Self::Process { .. } => {
                "the program may have been moved or built anew since it was started: start it again"
                    .to_owned()
            }
            Self::NoTrace { .. } => {
                "in a container allow ptrace (`--cap-add SYS_PTRACE`, or a seccomp profile that permits it); without `--hermetic`, `verify` compares results and needs no tracing".to_owned()
            }
            Self::NoSandbox { .. } => {
                "run it on a Linux with Landlock (5.13 or newer, `landlock` in `lsm=`); nothing was shut in here, so nothing is claimed".to_owned()
            }
            Self::OtherPipeline { .. } => {
                "the pipeline's function or its configuration depends on something that is another one there, such as an environment variable, the time or a random number: take it as a setting, or declare the variable in mlops.toml".to_owned()
            }
            Self::Pipeline(error) => return error.help(),
        })
    }
}

//! What a stage is to everybody but its author: name, kind, policy, code, inputs, outputs, and a body that can be called.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::{Artifact, ArtifactType, BoxError, Live, StageContext};

/// The descriptor that `#[stage]` makes of a function.
#[derive(Debug)]
pub struct Stage {
    /// The last part of the path: what people call it.
    pub name: &'static str,
    /// The identity: the module path, or the stable name given by `name = "…"`, which survives moves.
    pub path: &'static str,
    /// The package that defines it.
    pub package: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// What it does in the life of a model.
    pub kind: StageKind,
    /// Who answers for it.
    pub owner: Option<&'static str>,
    /// How it is run. Nothing of this is in the key.
    pub policy: Policy,
    /// Whether a kept result may be reused.
    pub cache: bool,
    /// Why it is said to read nothing of the outside world, though its code looks as if it did.
    pub reads_nothing: Option<&'static str>,
    /// Whether its result is the same on every toolchain and target.
    pub portable: bool,
    /// Why its result differs from run to run, where it says so itself: it is kept, and never called reproducible.
    pub not_deterministic: Option<&'static str>,
    /// What its result depends on in the code.
    pub code: Code,
    /// Its inputs, in order.
    pub inputs: &'static [InputSlot],
    /// Its outputs: one, or one for each place of a tuple.
    pub outputs: &'static [ArtifactType],
    /// The file that defines it.
    pub file: &'static str,
    /// The line in that file.
    pub line: u32,
    /// The function.
    pub body: Body,
}

impl Stage {
    /// Where it is defined, as `src/training.rs:12`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// What a stage does in the life of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StageKind {
    /// None of the eight standard kinds.
    Plain,
    /// Brings data in. Never reused unless it reads typed sources; tried twice more when it fails.
    Ingest,
    /// Judges data and fails when it breaks its contract.
    Validate,
    /// Makes features.
    Features,
    /// Fits a model.
    Train,
    /// Judges a model.
    Evaluate,
    /// Packs a model for release.
    Package,
    /// Changes the world outside: never reused unless it reads nothing but typed sources.
    Deploy,
    /// Looks at the world outside: never reused unless it reads nothing but typed sources.
    Monitor,
}

impl StageKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "stage",
            Self::Ingest => "ingest",
            Self::Validate => "validate",
            Self::Features => "features",
            Self::Train => "train",
            Self::Evaluate => "evaluate",
            Self::Package => "package",
            Self::Deploy => "deploy",
            Self::Monitor => "monitor",
        }
    }

    /// Whether a stage of this kind looks at, or changes, the world outside.
    pub const fn touches_the_world(self) -> bool {
        matches!(self, Self::Ingest | Self::Deploy | Self::Monitor)
    }
}

/// How a stage is run.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How often it is tried again after a failure that is not permanent.
    pub retries: u32,
    /// The pause before the first retry; it doubles with each, with jitter, up to five minutes.
    pub backoff: Duration,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// The processor cores it keeps busy.
    pub cpus: f64,
    /// The memory it needs, in bytes.
    pub memory: u64,
    /// Named resources it needs, such as `gpu`.
    pub resources: &'static [(&'static str, f64)],
}

/// What a stage's result depends on in the code, as the macro saw it when the binary was compiled.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// Digest of all that is reached in sources and locked crates, as 64 hexadecimal digits.
    pub reach: &'static str,
    /// What is reached: a line for each thing that counts, with tabs between its fields. Of an item: `item`, the number of the
    /// line that led to it or `-`, the beginning of its digest, its label, its module, its place. Of a locked crate: `crate`,
    /// name, version, the features asked of it. Of anything else: `content`, a label, the beginning of its digest.
    pub items: &'static str,
    /// What only the compiler knows, by name: conditions (`cfg(unix)`) and compiled-in variables (`env NAME`).
    pub values: &'static [(&'static str, Option<&'static str>)],
    /// What is used of the crates of others: a line for each path, with the item that uses it and that item's place behind
    /// tabs; and a line for each method that is called, with a dot in front.
    pub foreign: &'static str,
    /// Why the whole package counts, and not only what is reached; none if only that counts.
    pub coarse: Option<&'static str>,
    /// Every source file of the package and of its path dependencies: a line for each, `digest path`, the path relative to
    /// the repository.
    pub files: &'static str,
    /// Digest of `Cargo.lock`, for the record of a run.
    pub lock: Option<&'static str>,
}

/// One input of a stage.
#[derive(Debug, Clone, Copy)]
pub struct InputSlot {
    /// The parameter's name.
    pub name: &'static str,
    /// The type of a value, or of an item of a list.
    pub artifact: ArtifactType,
    /// Whether it takes a list (`&[T]`).
    pub list: bool,
}

/// What a body returns: its outputs in order.
pub type BodyResult = Result<Vec<Live>, BoxError>;

/// What an async body returns.
pub type BodyFuture = Pin<Box<dyn Future<Output = BodyResult> + Send>>;

/// The function behind a stage.
#[derive(Clone, Copy)]
pub enum Body {
    /// Runs on a thread of its own.
    Blocking(fn(&StageContext, Arguments) -> BodyResult),
    /// Runs on the async runtime.
    Async(fn(StageContext, Arguments) -> BodyFuture),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocking(_) => "Blocking",
            Self::Async(_) => "Async",
        })
    }
}

/// The values for one call of a body.
#[derive(Debug, Default)]
pub struct Arguments(Vec<Option<Argument>>);

/// The value, or values, for one input.
#[derive(Debug)]
pub enum Argument {
    /// One value.
    One(Live),
    /// A list, item by item.
    Many(Vec<Live>),
}

/// A list of `T` for an input `&[T]`: one kept list, or items gathered from many stages.
pub enum List<T> {
    /// One kept `Vec<T>`.
    Shared(Arc<Vec<T>>),
    /// Gathered items.
    Gathered(Vec<T>),
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Shared(items) => items,
            Self::Gathered(items) => items,
        }
    }
}

impl Arguments {
    /// The values in the order of the inputs.
    pub fn new(arguments: Vec<Argument>) -> Self {
        Self(arguments.into_iter().map(Some).collect())
    }

    /// The value for an input `&T`.
    ///
    /// # Errors
    /// The engine handed over something else: a defect of the engine, reported rather than panicked on.
    pub fn shared<T: Artifact>(&mut self, position: usize) -> Result<Arc<T>, BoxError> {
        match self.take(position)? {
            Argument::One(live) => downcast(live),
            Argument::Many(_) => Err("a list was handed to an input that takes one value".into()),
        }
    }

    /// The value for an input `T`.
    ///
    /// # Errors
    /// As [`shared`](Self::shared); or the value could not be duplicated because others still need it.
    pub fn owned<T: Artifact>(&mut self, position: usize) -> Result<T, BoxError> {
        take_or_duplicate(self.shared::<T>(position)?)
    }

    /// The values for an input `&[T]`.
    ///
    /// # Errors
    /// As [`owned`](Self::owned).
    pub fn list<T: Artifact>(&mut self, position: usize) -> Result<List<T>, BoxError> {
        match self.take(position)? {
            Argument::One(live) => Ok(List::Shared(downcast(live)?)),
            Argument::Many(items) => items
                .into_iter()
                .map(|live| take_or_duplicate(downcast::<T>(live)?))
                .collect::<Result<_, _>>()
                .map(List::Gathered),
        }
    }

    fn take(&mut self, position: usize) -> Result<Argument, BoxError> {
        self.0
            .get_mut(position)
            .and_then(Option::take)
            .ok_or_else(|| format!("no value for input {position}").into())
    }
}

fn take_or_duplicate<T: Artifact>(value: Arc<T>) -> Result<T, BoxError> {
    Arc::try_unwrap(value).or_else(|shared| shared.duplicate().map_err(BoxError::from))
}

fn downcast<T: Any + Send + Sync>(live: Live) -> Result<Arc<T>, BoxError> {
    live.downcast::<T>().map_err(|_| {
        format!(
            "a value of another type than `{}`",
            std::any::type_name::<T>()
        )
        .into()
    })
}

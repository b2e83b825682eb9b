//! What the macros write refers to: the bounds that a user's code can miss, each with its words, and each needed only once.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{
    Arguments, Artifact, ArtifactError, ArtifactInput, ArtifactOutput, ArtifactType, BoxError,
    List, Live, read_serde, write_serde,
};

/// What the engine does with values of type `T`, reached as `<T as Artifact>::FORM`.
///
/// An expansion needs a dozen abilities of an input's type. Asking for all of them in one place means that a type without
/// them is reported once, on itself, and not a dozen times on code that nobody wrote.
#[derive(Debug)]
pub struct Form<T> {
    /// The type at run time.
    pub artifact: ArtifactType,
    /// Takes an input `&T`.
    pub shared: fn(&mut Arguments, usize) -> Result<Arc<T>, BoxError>,
    /// Takes an input `T`.
    pub owned: fn(&mut Arguments, usize) -> Result<T, BoxError>,
    /// Takes an input `&[T]`.
    pub list: fn(&mut Arguments, usize) -> Result<List<T>, BoxError>,
    /// Hands over an output.
    pub live: fn(T) -> Live,
}

impl<T: Artifact> Form<T> {
    pub(crate) const fn new() -> Self {
        Self {
            artifact: ArtifactType::of::<T>(),
            shared: Arguments::shared::<T>,
            owned: Arguments::owned::<T>,
            list: Arguments::list::<T>,
            live: |value| Arc::new(value),
        }
    }
}

/// The error of a stage: whatever can be boxed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a stage",
    label = "this error cannot be boxed and sent to the engine",
    note = "return `mlops::Result<T>`, or an error with `std::error::Error + Send + Sync + 'static`"
)]
pub trait StageError {
    /// The error as the engine keeps it.
    fn into_error(self) -> BoxError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> StageError for E {
    fn into_error(self) -> BoxError {
        self.into()
    }
}

/// A type with `#[derive(Artifact)]`, which writes and reads it by serde.
#[diagnostic::on_unimplemented(
    message = "`{Self}` derives `Artifact`, but serde cannot both write and read it",
    label = "needs `Serialize` and `Deserialize`, too",
    note = "write `#[derive(Serialize, Deserialize, Artifact)]`, with `use serde::{{Deserialize, Serialize}};`"
)]
pub trait SerdeArtifact: Sized {
    /// Writes the bytes.
    ///
    /// # Errors
    /// As [`write_serde`].
    fn write_by_serde(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError>;

    /// Reads the value back.
    ///
    /// # Errors
    /// As [`read_serde`].
    fn read_by_serde(input: &dyn ArtifactInput) -> Result<Self, ArtifactError>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> SerdeArtifact for T {
    fn write_by_serde(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        write_serde(self, output)
    }

    fn read_by_serde(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        read_serde(input)
    }
}

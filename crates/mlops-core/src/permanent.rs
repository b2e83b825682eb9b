//! Failures that must not be tried again.

use std::fmt;

use crate::BoxError;

/// An error that retrying cannot mend.
struct Permanent(BoxError);

/// Marks an error as one that retrying cannot mend: the stage fails at once, whatever its `retries`.
///
/// ```
/// fn load(rows: usize) -> Result<(), mlops_core::BoxError> {
///     if rows == 0 {
///         return Err(mlops_core::permanent("the file has no rows"));
///     }
///     Ok(())
/// }
/// assert!(mlops_core::is_permanent(&*load(0).unwrap_err()));
/// ```
pub fn permanent(error: impl Into<BoxError>) -> BoxError {
    Box::new(Permanent(error.into()))
}

/// Whether this error, or one that caused it, was marked by [`permanent`].
pub fn is_permanent(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|error| error.downcast_ref::<Permanent>().is_some())
}

impl fmt::Display for Permanent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Permanent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Permanent {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

//! The corpus: every edit, with the stages that reach what it changes.

mod conditions;
mod constants;
mod files;
mod functions;
mod harmless;
mod library;
mod macros;
mod names;
mod ordinary;
mod packages;
mod registry;
mod traits;
mod types;
mod wiring;

use super::edit::Edit;

/// All edits, in the order in which they are built.
pub(crate) fn all() -> Vec<Edit> {
    [
        harmless::edits(),
        ordinary::edits(),
        library::edits(),
        functions::edits(),
        constants::edits(),
        types::edits(),
        traits::edits(),
        names::edits(),
        macros::edits(),
        conditions::edits(),
        files::edits(),
        wiring::edits(),
        packages::edits(),
        registry::edits(),
    ]
    .concat()
}

//! Gathers all mistakes of one item, so that a user fixes them in one go.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// What is wrong with one item, so far.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    /// Adds a mistake on the span of `place`: what is wrong, and what to write instead.
    pub(crate) fn add(
        &mut self,
        place: impl ToTokens,
        wrong: impl AsRef<str>,
        help: impl AsRef<str>,
    ) {
        self.push(mistake(place, wrong, help));
    }

    /// Adds a mistake that somebody else worded.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// Keeps a value, or the mistake that prevented it.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The `compile_error!` calls; nothing if nothing is wrong.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0
            .map(syn::Error::into_compile_error)
            .unwrap_or_default()
    }

    #[cfg(test)]
    pub(crate) fn messages(self) -> Vec<String> {
        self.0
            .into_iter()
            .flatten()
            .map(|error| error.to_string())
            .collect()
    }
}

/// A mistake in the form that all our messages have.
pub(crate) fn mistake(
    place: impl ToTokens,
    wrong: impl AsRef<str>,
    help: impl AsRef<str>,
) -> syn::Error {
    let (wrong, help) = (wrong.as_ref(), help.as_ref());
    syn::Error::new_spanned(place, format!("{wrong}\nhelp: {help}"))
}

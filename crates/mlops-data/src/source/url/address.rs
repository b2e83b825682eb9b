//! The address of a URL: whole for the request, without its secrets for everybody else.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use mlops_core::{HIDDEN, without_credentials};
use ureq::http::Uri;

/// What each shown address with something hidden in it is in full.
///
/// A configuration goes through JSON on its way to a pipeline, and its record must not hold a secret; so what is written has
/// signs in place of the secrets, and here, in this process only, is what they stand for.
static FULL: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// An address.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Address {
    full: String,
    shown: String,
}

/// What a request is made of.
pub(super) struct Target {
    /// Without user and password.
    pub(super) uri: Uri,
    /// What stands before the `@`, as it was written.
    pub(super) user: Option<String>,
    pub(super) is_secure: bool,
}

impl Address {
    pub(super) fn new(text: &str) -> Self {
        let full = in_full(text.trim());
        let shown = shown(&full);
        Self { full, shown }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.full.is_empty()
    }

    /// Without its secrets: what may be recorded.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether nothing in this process knows what its signs stand for.
    pub(super) fn is_hidden(&self) -> bool {
        self.full == self.shown && self.full.contains(HIDDEN)
    }

    /// # Errors
    /// What is wrong with it, without repeating it.
    pub(super) fn target(&self) -> Result<Target, &'static str> {
        let (scheme, rest) = self
            .full
            .split_once("://")
            .ok_or("it begins with neither http:// nor https://")?;
        let is_secure = scheme.eq_ignore_ascii_case("https");
        if !is_secure && !scheme.eq_ignore_ascii_case("http") {
            return Err("it begins with neither http:// nor https://");
        }
        if self.is_hidden() {
            return Err(
                "its credentials were hidden when it was written down: give it again, or name where they are with `credentials`",
            );
        }
        let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (user, rest) = match rest[..host_end].rfind('@') {
            Some(end) => (Some(rest[..end].to_owned()), &rest[end + 1..]),
            None => (None, rest),
        };
        let uri: Uri = format!("{scheme}://{rest}").parse().map_err(
            |_| "it is not an address: letters beyond ASCII and spaces are written as %20",
        )?;
        if uri.host().is_none_or(str::is_empty) {
            return Err("it names no host");
        }
        Ok(Target {
            uri,
            user,
            is_secure,
        })
    }

    /// The extension of its path in lower case, empty if there is none.
    pub(super) fn extension(&self) -> String {
        let path = self.full.split(['?', '#']).next().unwrap_or_default();
        let path = path.split_once("://").map_or(path, |(_, rest)| rest);
        let name = path.split_once('/').map_or("", |(_, path)| path);
        let name = name.rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        extension.to_lowercase()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown, f)
    }
}

fn in_full(text: &str) -> String {
    let known = FULL.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .get(text)
        .map_or_else(|| text.to_owned(), Clone::clone)
}

/// The address as it may be shown. Two that differ only in their secrets are told apart by a number, because they may lead to
/// different contents.
fn shown(full: &str) -> String {
    let hidden = without_credentials(full);
    if hidden == full {
        return hidden;
    }
    let mut known = FULL.lock().unwrap_or_else(PoisonError::into_inner);
    let mut shown = hidden.clone();
    let mut number = 1_u32;
    loop {
        match known.get(&shown) {
            Some(same) if same == full => return shown,
            None => {
                known.insert(shown.clone(), full.to_owned());
                return shown;
            }
            Some(_) => {
                number += 1;
                shown = hidden.replace(HIDDEN, &format!("{HIDDEN}{number}"));
            }
        }
    }
}

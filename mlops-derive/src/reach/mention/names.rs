//! The names among tokens, and in the texts among them.

use proc_macro2::{TokenStream, TokenTree};

use super::unraw;
use crate::reach::item::Path;

/// The names in braces in the texts among `tokens`: `format!("{LIMIT}")` uses `LIMIT`.
pub(super) fn captures(tokens: TokenStream, paths: &mut Vec<Path>) {
    for token in tokens {
        match token {
            TokenTree::Literal(literal) => {
                let written = literal.to_string();
                if !written.contains('"') {
                    continue;
                }
                for part in written.split('{').skip(1) {
                    let inside = part.split('}').next().unwrap_or_default();
                    for name in inside.split([':', '$', '.', '?', '#', '<', '>', '^', '+']) {
                        if is_name(name) {
                            paths.push(Path::of(name));
                        }
                    }
                }
            }
            TokenTree::Group(group) => captures(group.stream(), paths),
            _ => {}
        }
    }
}

/// Every name in a text.
pub(super) fn names_in(written: &str, found: &mut Vec<String>) {
    let text = match syn::parse_str(written) {
        Ok(syn::Lit::Str(text)) => text.value(),
        _ => return,
    };
    let names = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    found.extend(names.filter(|name| is_name(name)).map(str::to_owned));
}

/// Every name among `tokens`, and in the texts among them.
pub(crate) fn words(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => found.push(unraw(&word.to_string())),
            TokenTree::Group(group) => words(group.stream(), found),
            TokenTree::Literal(literal) => names_in(&literal.to_string(), found),
            TokenTree::Punct(_) => {}
        }
    }
}

/// Every name among `tokens`.
pub(crate) fn names(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => found.push(unraw(&word.to_string())),
            TokenTree::Group(group) => names(group.stream(), found),
            _ => {}
        }
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// A name without what writing it in other letters changes.
pub(crate) fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

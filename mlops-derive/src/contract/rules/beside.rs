//! What stands beside the rules of a `#[check(…)]`: `mostly`, `severity`, `name`, `allow`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Lit;

use crate::contract::words;
use crate::mistakes::mistake;
use crate::options::WrittenOption;

/// What is written beside a rule, before the path of the crate is known.
#[derive(Clone)]
pub(super) enum Beside {
    Mostly(f64),
    Severity(&'static str),
    Name(String),
    Allow(Vec<String>),
}

pub(super) fn with_root(beside: &Beside, root: &TokenStream) -> TokenStream {
    match beside {
        Beside::Mostly(share) => quote!(.mostly(#share)),
        Beside::Name(name) => quote!(.named(#name)),
        Beside::Allow(words) => quote!(.allow(&[#(#words),*])),
        Beside::Severity(variant) => {
            let variant = Ident::new(variant, proc_macro2::Span::call_site());
            quote!(.severity(#root::contract::Severity::#variant))
        }
    }
}

pub(super) fn beside_rule(option: &WrittenOption) -> syn::Result<Beside> {
    if option.name == "mostly" {
        let share = option.literal("mostly = 0.99", |literal| {
            let share: f64 = match literal {
                Lit::Float(number) => number.base10_parse().ok()?,
                Lit::Int(number) => number.base10_parse().ok()?,
                _ => return None,
            };
            let is_share = share > 0.0 && share <= 1.0;
            Some(
                is_share
                    .then_some(share)
                    .ok_or_else(|| "a share lies above 0 and is at most 1".to_owned()),
            )
        })?;
        return Ok(Beside::Mostly(share));
    }
    if option.name == "allow" {
        const WORDS: [&str; 3] = ["empty", "all_null", "missing"];
        let found = words(&option.value).filter(|words| !words.is_empty());
        let found = found.filter(|words| {
            words
                .iter()
                .all(|word| WORDS.iter().any(|known| word == known))
        });
        return found
            .map(|words| Beside::Allow(words.iter().map(ToString::to_string).collect()))
            .ok_or_else(|| {
                mistake(
                    &option.name,
                    "`allow` names what is no reason to refuse the data",
                    "write one or more of `allow(empty, all_null, missing)`",
                )
            });
    }
    let example = if option.name == "name" {
        "name = \"adults only\""
    } else {
        "severity = \"warning\""
    };
    let text = option.literal(example, |literal| match literal {
        Lit::Str(text) => Some(Ok(text.value())),
        _ => None,
    })?;
    if option.name == "name" {
        return Ok(Beside::Name(text));
    }
    match text.as_str() {
        "critical" => Ok(Beside::Severity("Critical")),
        "warning" => Ok(Beside::Severity("Warning")),
        "info" => Ok(Beside::Severity("Info")),
        _ => Err(mistake(
            &option.name,
            format!("there is no severity `{text}`"),
            "write \"critical\" (without it, too), \"warning\" or \"info\"",
        )),
    }
}

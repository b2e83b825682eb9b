//! Which file `include_str!`, `include_bytes!` and `include!` mean.

use std::path::{Path, PathBuf};

use proc_macro2::{Group, TokenStream, TokenTree};

use super::world::Crate;

/// The file, if its path can be told: a text, a `concat!`, an `env!` of Cargo's.
pub(crate) fn path(written: &str, from: &Path, of_crate: &Crate) -> Option<PathBuf> {
    let tokens: Vec<TokenTree> = written.parse::<TokenStream>().ok()?.into_iter().collect();
    let text = text(&tokens, of_crate)?;
    let folder = from.parent()?;
    Some(folder.join(text))
}

/// The same with a literal for `$name`; nothing if the literal is none, or something else is left to be given.
pub(crate) fn with_given(written: &str, name: &str, literal: &str) -> Option<String> {
    let literal: TokenTree = literal.parse::<TokenStream>().ok()?.into_iter().next()?;
    let given = replaced(written.parse().ok()?, name, &literal).to_string();
    (!given.contains('$')).then_some(given)
}

fn replaced(tokens: TokenStream, name: &str, literal: &TokenTree) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut found = Vec::new();
    while let Some(token) = tokens.next() {
        found.push(match token {
            TokenTree::Punct(dollar)
                if dollar.as_char() == '$'
                    && matches!(tokens.peek(), Some(TokenTree::Ident(word)) if word == name) =>
            {
                tokens.next();
                literal.clone()
            }
            TokenTree::Group(group) => TokenTree::Group(Group::new(
                group.delimiter(),
                replaced(group.stream(), name, literal),
            )),
            other => other,
        });
    }
    found.into_iter().collect()
}

/// What a `concat!` begins with, as far as it is text.
pub(crate) fn beginning(written: &str) -> Option<String> {
    let tokens: Vec<TokenTree> = written.parse::<TokenStream>().ok()?.into_iter().collect();
    let [
        TokenTree::Ident(name),
        TokenTree::Punct(_),
        TokenTree::Group(group),
    ] = tokens.as_slice()
    else {
        return None;
    };
    let first = group
        .stream()
        .into_iter()
        .next()
        .filter(|_| name == "concat")?;
    let text: syn::LitStr = syn::parse_str(&first.to_string()).ok()?;
    Some(text.value())
}

/// Whether a path that is seen from a source file begins within the package: sources lie one folder deep at least.
pub(crate) fn stays(beginning: &str) -> bool {
    let up = beginning.split('/').filter(|part| *part == "..").count();
    let is_first = beginning.starts_with("../");
    let names_a_folder = beginning.trim_start_matches("../").contains('/');
    names_a_folder && !beginning.starts_with('/') && (up == 0 || (up == 1 && is_first))
}

/// The name of the variable in `env!(…)`, if it can be told; a message after it says nothing.
pub(crate) fn variable(written: &str, of_crate: &Crate) -> Option<String> {
    let tokens: Vec<TokenTree> = written.parse::<TokenStream>().ok()?.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    text(tokens.split(is_comma).next()?, of_crate)
}

fn text(tokens: &[TokenTree], of_crate: &Crate) -> Option<String> {
    match tokens {
        [rest @ .., TokenTree::Punct(comma)] if comma.as_char() == ',' => text(rest, of_crate),
        [TokenTree::Literal(literal)] => {
            let literal: syn::Lit = syn::parse_str(&literal.to_string()).ok()?;
            match literal {
                syn::Lit::Str(text) => Some(text.value()),
                syn::Lit::Int(number) => Some(number.base10_digits().to_owned()),
                _ => None,
            }
        }
        [
            path @ ..,
            TokenTree::Ident(name),
            TokenTree::Punct(bang),
            TokenTree::Group(group),
        ] if bang.as_char() == '!' && path.iter().all(is_path) => {
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            match name.to_string().as_str() {
                "concat" => inside
                    .split(
                        |token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','),
                    )
                    .filter(|part| !part.is_empty())
                    .map(|part| text(part, of_crate))
                    .collect(),
                "env" => {
                    let name = text(&inside, of_crate)?;
                    match name.as_str() {
                        "CARGO_MANIFEST_DIR" => Some(of_crate.package.folder.to_str()?.to_owned()),
                        // Only the present crate's environment is at hand.
                        _ if of_crate.own => std::env::var(name).ok(),
                        "OUT_DIR" => Some(of_crate.built.as_ref()?.folder.to_str()?.to_owned()),
                        _ => None,
                    }
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_path(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    }
}

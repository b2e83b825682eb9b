//! Items in a body that count wherever they stand.

use proc_macro2::{TokenStream, TokenTree};

use super::{Written, is_word, item, item_end, names};
use crate::reach::item::Item;
use crate::reach::mention::is_punct;

/// Adds each `impl` of a type from outside the body, a `macro_rules!`.
pub(super) fn hidden(body: TokenStream, found: &mut Vec<Item>) {
    let mut local = Vec::new();
    names::defined(body.clone(), &mut local);
    hidden_beside(body, &local, found);
}

fn hidden_beside(body: TokenStream, local: &[String], found: &mut Vec<Item>) {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let begins = at == 0
            || is_punct(tokens.get(at - 1), ';')
            || matches!(&tokens[at - 1], TokenTree::Group(_))
            || is_word(tokens.get(at - 1), "unsafe");
        match token {
            TokenTree::Ident(word) if begins && (word == "impl" || word == "macro_rules") => {
                let end = item_end(&tokens, at);
                let mut all = Vec::new();
                // Its attributes stand before it.
                let mut from = at;
                while from >= 2
                    && is_punct(tokens.get(from - 2), '#')
                    && matches!(&tokens[from - 1], TokenTree::Group(_))
                {
                    from -= 2;
                }
                all.extend(tokens[from..end].iter().cloned());
                let attributes = tokens[from..at]
                    .iter()
                    .filter_map(|token| match token {
                        TokenTree::Group(group) => Some(group.stream()),
                        _ => None,
                    })
                    .collect();
                let written = Written {
                    attributes,
                    all,
                    rest: tokens[at..end].to_vec(),
                };
                let before = found.len();
                item(&written, found);
                // Of a type that the body defines there is nothing outside of it.
                let is_local = |item: &Item| {
                    let self_type = item.header.self_type.as_ref();
                    self_type.is_some_and(|path| {
                        path.segments.len() == 1 && local.contains(&path.segments[0])
                    })
                };
                if found.get(before).is_some_and(is_local) {
                    found.truncate(before);
                }
                at = end;
                continue;
            }
            TokenTree::Group(group) => hidden_beside(group.stream(), local, found),
            _ => {}
        }
        at += 1;
    }
}

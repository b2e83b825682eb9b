//! Items in a body that count wherever they stand.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::{Written, is_word, item, item_end, names};
use crate::reach::item::{Item, Kind, Mentions};
use crate::reach::mention::{Reading, is_punct};
use crate::tokens::digest;

/// Adds each `impl` of a type from outside the body, a `macro_rules!`.
pub(super) fn hidden(body: TokenStream, found: &mut Vec<Item>) {
    let mut local = Vec::new();
    names::defined(body.clone(), &mut local);
    let before = found.len();
    hidden_beside(body.clone(), &local, found);
    let added = found.get_mut(before..).unwrap_or_default();
    let mut impls = added
        .iter_mut()
        .filter(|item| item.kind == Kind::Impl)
        .peekable();
    if impls.peek().is_some() {
        let around = Mentions::of(body.clone(), Reading::Code);
        let digest = digest(body);
        impls.for_each(|item| stand_in(item, &around, digest.as_bytes()));
    }
}

/// An `impl` in a body may use what the body imports and defines, which nobody else does.
fn stand_in(item: &mut Item, around: &Mentions, body: &[u8; 32]) {
    let with = |own: &[u8; 32]| *blake3::hash(&[own.as_slice(), body].concat()).as_bytes();
    item.digest = with(&item.digest);
    item.mentions.add(around.clone());
    for member in &mut item.members {
        member.digest = with(&member.digest);
        member.mentions.add(around.clone());
    }
}

/// Whether what begins at `at` is an `impl` with its braces, and not a type such as `(impl Write + ?Sized)`.
fn has_braces(tokens: &[TokenTree], at: usize) -> bool {
    let last = item_end(tokens, at)
        .checked_sub(1)
        .and_then(|last| tokens.get(last));
    matches!(last, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
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
            TokenTree::Ident(word)
                if begins
                    && (word == "macro_rules" || (word == "impl" && has_braces(&tokens, at))) =>
            {
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
                item(&written, &BTreeMap::new(), found);
                // Of a type that the body defines there is nothing outside of it.
                let is_local = |item: &Item| {
                    let header = &item.header;
                    let mut names = header.self_type.iter().chain(&header.of_trait);
                    names.any(|path| path.segments.len() == 1 && local.contains(&path.segments[0]))
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

#[cfg(test)]
mod tests {
    use crate::reach::split::items;

    #[test]
    fn a_type_that_says_impl_is_no_impl() {
        let labels = |text: &str| -> Vec<String> {
            let items = items(text.parse().unwrap()).into_iter();
            items.map(|item| item.label).collect()
        };
        assert_eq!(
            labels("fn f() { fn g(to: &mut (impl Write + ?Sized)) {} }"),
            ["fn f"]
        );
        assert_eq!(
            labels("fn f() { (impl Write for To {}) }"),
            ["impl Write for To", "fn f"]
        );
    }
}

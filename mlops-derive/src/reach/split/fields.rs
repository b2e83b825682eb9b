//! Fields of structs that surely hold what the standard library defines: `self.rows.len()` calls no function of a type of ours.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenTree};

use super::{Written, keyword, writers::writers};
use crate::reach::mention::receivers::library_type;
use crate::reach::mention::{is_punct, unraw};

/// Fields by their names or numbers, each with the name of its type.
pub(super) type Fields = BTreeMap<String, String>;

/// The fields of each struct among items that stand beside each other. None of a name that two have, under conditions, and of one
/// that an attribute may change.
pub(super) fn of_structs(items: &[Written]) -> BTreeMap<String, Fields> {
    let mut found: BTreeMap<String, Option<Fields>> = BTreeMap::new();
    for written in items {
        let at = keyword(&written.rest);
        let word = written.rest.get(at).map(ToString::to_string);
        let Some(TokenTree::Ident(name)) = written.rest.get(at + 1) else {
            continue;
        };
        let is_type = |word: String| {
            matches!(
                word.as_str(),
                "struct" | "enum" | "union" | "type" | "trait" | "mod"
            )
        };
        if !word.clone().is_some_and(is_type) {
            continue;
        }
        let is_plain = word.is_some_and(|word| word == "struct")
            && writers(&written.attributes).is_empty()
            && !found.contains_key(&unraw(&name.to_string()));
        let fields = is_plain.then(|| of_struct(&written.rest));
        found.insert(unraw(&name.to_string()), fields);
    }
    let known = found.into_iter();
    known
        .filter_map(|(name, fields)| Some((name, fields?)))
        .collect()
}

fn of_struct(rest: &[TokenTree]) -> Fields {
    let list = rest.iter().rev().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() != Delimiter::Bracket => Some(group),
        _ => None,
    });
    let Some(list) = list else {
        return Fields::new();
    };
    let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
    let is_tuple = list.delimiter() == Delimiter::Parenthesis;
    let mut fields = Fields::new();
    for (number, field) in parts(&tokens).into_iter().enumerate() {
        let field = without_head(field);
        match (is_tuple, field) {
            (true, of) => fields.extend(library_type(of).map(|of| (number.to_string(), of))),
            (false, [TokenTree::Ident(name), TokenTree::Punct(colon), of @ ..])
                if colon.as_char() == ':' =>
            {
                fields.extend(library_type(of).map(|of| (unraw(&name.to_string()), of)));
            }
            _ => {}
        }
    }
    fields
}

/// The fields of a list. A comma between angle brackets ends none.
fn parts(tokens: &[TokenTree]) -> Vec<&[TokenTree]> {
    let mut depth = 0_usize;
    let mut before = None;
    let parts = tokens.split(|token| {
        if let TokenTree::Punct(punct) = token {
            match punct.as_char() {
                '<' => depth += 1,
                '>' if before != Some('-') => depth = depth.saturating_sub(1),
                _ => {}
            }
            before = Some(punct.as_char());
        } else {
            before = None;
        }
        depth == 0 && is_punct(Some(token), ',')
    });
    parts.collect()
}

/// A field without its attributes and its visibility.
fn without_head(field: &[TokenTree]) -> &[TokenTree] {
    match field {
        [TokenTree::Punct(sign), TokenTree::Group(_), rest @ ..] if sign.as_char() == '#' => {
            without_head(rest)
        }
        [TokenTree::Ident(word), TokenTree::Group(group), rest @ ..]
            if word == "pub" && group.delimiter() == Delimiter::Parenthesis && !rest.is_empty() =>
        {
            rest
        }
        [TokenTree::Ident(word), rest @ ..] if word == "pub" => rest,
        rest => rest,
    }
}

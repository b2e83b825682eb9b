//! What is in the braces of an `impl` or a trait, and whom an `impl` is for.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::{Written, all_written, body, hidden, keyword, layout, lines, names, stream};
use crate::reach::item::{Header, Item, Kind, Member, Mentions, Path};
use crate::reach::mention::{Reading, unraw};
use crate::tokens::digest;

/// Stands in the place of a name that a macro makes.
pub(crate) const ANYTHING: &str = "*";

pub(super) fn trait_item(written: &Written, name: String, mut item: Item, found: &mut Vec<Item>) {
    item.kind = Kind::Trait;
    item.label = format!("trait {name}");
    item.name = name;
    let (head, body) = body(&written.all);
    let mut declared = head.clone();
    for part in all_written(body) {
        let Some(function) = part.function() else {
            declared.extend(part.all.iter().cloned());
            continue;
        };
        item.header.functions.push(function.clone());
        let has_body = matches!(part.all.last(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace);
        if has_body {
            let label = format!("fn {}::{function}", item.name);
            item.members.push(member(&part, function, label, found));
        } else {
            declared.extend(part.all.iter().cloned());
        }
    }
    item.mentions = Mentions::of(declared.clone(), Reading::Code);
    names::also_by_attributes(&written.attributes, &mut item);
    item.digest = *digest(declared).as_bytes();
    found.push(item);
}

pub(super) fn impl_item(written: &Written, mut item: Item, found: &mut Vec<Item>) {
    item.kind = Kind::Impl;
    let (head, body) = body(&written.all);
    let (header, label) = header(&written.rest);
    item.header = header;
    item.label = label;
    let owner = item.label.clone();
    let of_a_trait = item.header.of_trait.is_some();
    let mut declared = head;
    for part in all_written(body) {
        match part.function() {
            Some(function) => {
                let label = match owner.strip_prefix("impl ") {
                    Some(owner) if !of_a_trait => format!("fn {owner}::{function}"),
                    _ => format!("fn {function} in {owner}"),
                };
                item.members.push(member(&part, function, label, found));
            }
            None => {
                item.also.push(part.constant());
                declared.extend(part.all.iter().cloned());
            }
        }
    }
    item.mentions = Mentions::of(declared.clone(), Reading::Code);
    names::also_by_attributes(&written.attributes, &mut item);
    item.digest = *digest(declared).as_bytes();
    found.push(item);
}

impl Written {
    fn function(&self) -> Option<String> {
        let at = keyword(&self.rest);
        match (self.rest.get(at), self.rest.get(at + 1)) {
            (Some(word), Some(TokenTree::Ident(name))) if word.to_string() == "fn" => {
                Some(unraw(&name.to_string()))
            }
            _ => None,
        }
    }
}

impl Written {
    /// The name of an associated constant or type; `*` for the call of a macro, which may make anything.
    fn constant(&self) -> String {
        let at = keyword(&self.rest);
        match (self.rest.get(at), self.rest.get(at + 1)) {
            (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(name)))
                if word == "const" || word == "type" =>
            {
                unraw(&name.to_string())
            }
            _ => ANYTHING.to_owned(),
        }
    }
}

fn member(part: &Written, name: String, label: String, found: &mut Vec<Item>) -> Member {
    let (head, body) = body(&part.all);
    hidden::hidden(body.clone(), found);
    Member {
        name,
        label,
        digest: *digest(stream(&part.all)).as_bytes(),
        lines: lines(&part.all),
        layout: layout(&part.all),
        conditions: names::conditions(&part.attributes),
        mentions: Mentions::of_function(head, body),
    }
}

/// Whom an `impl` is for, and how people call it.
fn header(rest: &[TokenTree]) -> (Header, String) {
    let (head, _) = body(rest);
    let opaque = |label: &str| {
        let header = Header {
            opaque: true,
            ..Header::default()
        };
        (header, label.to_owned())
    };
    let Ok(parsed) = syn::parse2::<syn::ItemImpl>(quote!(#head {})) else {
        return opaque("impl");
    };
    let self_type = parsed.self_ty.to_token_stream();
    let mut types = self_type.clone();
    let of_trait = parsed.trait_.as_ref().map(|(path, _)| {
        for segment in &path.segments {
            segment.arguments.to_tokens(&mut types);
        }
        Path {
            segments: path
                .segments
                .iter()
                .map(|segment| unraw(&segment.ident.to_string()))
                .collect(),
            absolute: path.leading_colon.is_some(),
        }
    });
    let label = match &of_trait {
        Some(path) => format!(
            "impl {} for {}",
            path.segments.last().map(String::as_str).unwrap_or_default(),
            compact(&self_type)
        ),
        None => format!("impl {}", compact(&self_type)),
    };
    // A projection may be any type; so may what a macro makes.
    let written = types.to_string();
    if written.contains(" as ") || written.contains('!') {
        let header = Header {
            opaque: true,
            of_trait,
            ..Header::default()
        };
        return (header, label);
    }
    let generics: Vec<String> = parsed
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            syn::GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
            syn::GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
            syn::GenericParam::Lifetime(_) => None,
        })
        .collect();
    let mut types = Mentions::of(types, Reading::Code).paths;
    let is_generic = |path: &Path| generics.contains(&path.segments[0]);
    // `T::Item` may be any type, too.
    let projected = types
        .iter()
        .any(|path| is_generic(path) && path.segments.len() > 1);
    types.retain(|path| !is_generic(path));
    let header = Header {
        types,
        of_trait,
        opaque: projected,
        functions: Vec::new(),
    };
    (header, label)
}

/// A type without the spaces that tokens have between them.
fn compact(tokens: &TokenStream) -> String {
    let text = tokens.to_string();
    let mut compact = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let words = |c: char| c.is_alphanumeric() || c == '_';
        let between = c == ' ' && {
            let before = compact.chars().last().is_some_and(words);
            let after = text[at + 1..].chars().next().is_some_and(words);
            before && after
        };
        if c != ' ' || between {
            compact.push(c);
        }
        if c == ',' {
            compact.push(' ');
        }
    }
    compact
}

//! What is in the braces of an `impl` or a trait, and whom an `impl` is for.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::fields::Fields;
use super::{
    Written, all_written, body, hidden, keyword, layout, lines, names, spaces, stream,
    writers::writers,
};
use crate::reach::item::{Header, Item, Kind, Member, Mentions, Path};
use crate::reach::mention::{Reading, is_punct, names as all_names, takes_self, unraw, words};
use crate::tokens::{digest, digest_with_documentation};

/// Stands in the place of a name that a macro makes.
pub(crate) const ANYTHING: &str = "*";

pub(super) fn trait_item(written: &Written, name: String, mut item: Item, found: &mut Vec<Item>) {
    item.kind = Kind::Trait;
    item.label = format!("trait {name}");
    item.name = name;
    let (head, body) = body(&written.all);
    let mut declared = head.clone();
    for part in all_written(body) {
        let Some((word, name)) = part.value() else {
            // Who uses a type that a trait demands names the trait; what a macro makes may be anything.
            let is_a_type = part.word() == "type";
            item.header
                .offers
                .extend((!is_a_type).then(|| part.name_or_anything()));
            declared.extend(part.all.iter().cloned());
            continue;
        };
        item.header.offers.push(name.clone());
        let is_given = match word.as_str() {
            "const" => part.all.iter().any(|token| is_punct(Some(token), '=')),
            _ => {
                matches!(part.all.last(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
            }
        };
        if is_given {
            let label = format!("{word} {}::{name}", item.name);
            item.members.push(member(&part, name, label, None, found));
        } else {
            declared.extend(part.all.iter().cloned());
        }
    }
    item.mentions = Mentions::of(declared.clone(), Reading::Code);
    names::also_by_attributes(&written.attributes, &mut item);
    item.written_by = writers(&written.attributes);
    item.given_to_writers(&written.all);
    for member in &mut item.members {
        member.writes |= !item.written_by.is_empty();
    }
    item.of_its_own(declared);
    found.push(item);
}

pub(super) fn impl_item(
    written: &Written,
    structs: &BTreeMap<String, Fields>,
    mut item: Item,
    found: &mut Vec<Item>,
) {
    item.kind = Kind::Impl;
    let (head, body) = body(&written.all);
    let (header, label) = header(&written.rest);
    item.header = header;
    item.label = label;
    let owner = item.label.clone();
    let of_a_trait = item.header.of_trait.is_some();
    let fields = item
        .header
        .self_type
        .as_ref()
        .and_then(|path| match path.segments.as_slice() {
            [name] if !path.absolute => structs.get(name),
            _ => None,
        });
    let mut declared = head;
    for part in all_written(body) {
        match part.value() {
            Some((word, name)) => {
                let label = match owner.strip_prefix("impl ") {
                    Some(owner) if !of_a_trait => format!("{word} {owner}::{name}"),
                    _ => format!("{word} {name} in {owner}"),
                };
                item.members.push(member(&part, name, label, fields, found));
            }
            None => {
                item.also.push(part.name_or_anything());
                declared.extend(part.all.iter().cloned());
            }
        }
    }
    if let Some(name) = item
        .header
        .of_trait
        .iter()
        .find_map(|path| path.segments.last())
    {
        let mut names = Vec::new();
        all_names(declared.clone(), &mut names);
        item.header.names_it_again = names.iter().filter(|other| *other == name).count() > 1;
    }
    item.mentions = Mentions::of(declared.clone(), Reading::Code);
    names::also_by_attributes(&written.attributes, &mut item);
    item.written_by = writers(&written.attributes);
    item.given_to_writers(&written.all);
    for member in &mut item.members {
        member.writes |= !item.written_by.is_empty();
    }
    item.of_its_own(declared);
    found.push(item);
}

impl Item {
    /// What stands in it, for those who may write something of it.
    pub(super) fn given_to_writers(&mut self, all: &[TokenTree]) {
        if !self.written_by.is_empty() {
            self.kept = Some(*digest_with_documentation(stream(all)).as_bytes());
            words(stream(all), &mut self.mentions.words);
        }
    }

    /// Without its functions, which count by themselves.
    fn of_its_own(&mut self, declared: TokenStream) {
        let tokens: Vec<TokenTree> = declared.clone().into_iter().collect();
        self.layout = layout(&tokens);
        self.spaces = spaces(&tokens);
        self.digest = *digest(declared).as_bytes();
    }
}

impl Written {
    /// The word that says what it is.
    fn word(&self) -> String {
        let word = self.rest.get(keyword(&self.rest));
        word.map(ToString::to_string).unwrap_or_default()
    }

    /// The name behind that word.
    fn name(&self) -> Option<String> {
        match self.rest.get(keyword(&self.rest) + 1) {
            Some(TokenTree::Ident(name)) => Some(unraw(&name.to_string())),
            _ => None,
        }
    }

    /// What it is and its name, if it is a function or a constant: these count once their names are used.
    fn value(&self) -> Option<(String, String)> {
        let word = self.word();
        matches!(word.as_str(), "fn" | "const").then_some((word, self.name()?))
    }

    /// The name of an associated type; `*` for the call of a macro, which may make anything.
    fn name_or_anything(&self) -> String {
        match self.word().as_str() {
            "type" => self.name(),
            _ => None,
        }
        .unwrap_or_else(|| ANYTHING.to_owned())
    }
}

fn member(
    part: &Written,
    name: String,
    label: String,
    fields: Option<&Fields>,
    found: &mut Vec<Item>,
) -> Member {
    let is_a_function = part.word() == "fn";
    let (head, body) = match is_a_function {
        true => body(&part.all),
        false => (TokenStream::new(), stream(&part.all)),
    };
    hidden::hidden(body.clone(), found);
    let takes_self = is_a_function && takes_self(&head);
    Member {
        name,
        label,
        digest: *digest(stream(&part.all)).as_bytes(),
        lines: lines(&part.all),
        layout: layout(&part.all),
        spaces: spaces(&part.all),
        conditions: names::conditions(&part.attributes),
        mentions: match is_a_function {
            true => Mentions::of_function(head, body, fields),
            false => Mentions::of(body, Reading::Code),
        },
        takes_self,
        writes: !writers(&part.attributes).is_empty(),
    }
}

/// Whom an `impl` is for, and how people call it.
fn header(rest: &[TokenTree]) -> (Header, String) {
    let (head, _) = body(rest);
    let Ok(parsed) = syn::parse2::<syn::ItemImpl>(quote!(#head {})) else {
        return (Header::default(), "impl".to_owned());
    };
    let self_type = parsed.self_ty.to_token_stream();
    let of_trait = parsed.trait_.as_ref().map(|(path, _)| written(path));
    let label = match &of_trait {
        Some(path) => format!(
            "impl {} for {}",
            path.segments.last().map(String::as_str).unwrap_or_default(),
            compact(&self_type)
        ),
        None => format!("impl {}", compact(&self_type)),
    };
    let header = Header {
        self_type: outermost(&parsed.self_ty, &parsed.generics),
        arguments: arguments(&parsed),
        of_trait,
        names_it_again: false,
        offers: Vec::new(),
    };
    (header, label)
}

/// The types that a trait is given: `Row` of `From<Row>`.
fn arguments(of: &syn::ItemImpl) -> Vec<Path> {
    let last = of
        .trait_
        .as_ref()
        .and_then(|(path, _)| path.segments.last());
    let Some(syn::PathArguments::AngleBracketed(list)) = last.map(|last| &last.arguments) else {
        return Vec::new();
    };
    let types = list.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(of_trait) => outermost(of_trait, &of.generics),
        _ => None,
    });
    types.collect()
}

/// The type that an alias stands for.
pub(super) fn stands_for(alias: &[TokenTree]) -> Option<Path> {
    let parsed: syn::ItemType = syn::parse2(stream(alias)).ok()?;
    outermost(&parsed.ty, &parsed.generics)
}

/// What names every value of a type, if that can be told.
///
/// Of `Builder<Unset>` it is `Builder`: the compiler infers what is in angle brackets where one `impl` alone fits, as for
/// `Builder::new()`, and so it does with the arguments of a trait. Of `[Row]` or `(Row, Row)` it is nothing: an empty one is
/// made without a `Row`. A projection may be any type, and so may what a macro makes.
fn outermost(of: &syn::Type, generics: &syn::Generics) -> Option<Path> {
    let path = match of {
        syn::Type::Reference(of) => return outermost(&of.elem, generics),
        syn::Type::Paren(of) => return outermost(&of.elem, generics),
        syn::Type::Group(of) => return outermost(&of.elem, generics),
        syn::Type::Path(of) if of.qself.is_none() => &of.path,
        syn::Type::TraitObject(of) => of.bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => Some(&bound.path),
            _ => None,
        })?,
        _ => return None,
    };
    // A box holds what it is of, and counts as that where Rust asks whose type it is.
    let last = path.segments.last()?;
    if (last.ident == "Box" || last.ident == "Pin")
        && let syn::PathArguments::AngleBracketed(list) = &last.arguments
        && let Some(syn::GenericArgument::Type(inner)) = list.args.first()
    {
        return outermost(inner, generics);
    }
    let first = &path.segments.first()?.ident;
    let is_generic = generics
        .type_params()
        .any(|generic| generic.ident == *first);
    (!is_generic).then(|| written(path))
}

fn written(path: &syn::Path) -> Path {
    let segments = path.segments.iter();
    Path {
        segments: segments
            .map(|segment| unraw(&segment.ident.to_string()))
            .collect(),
        absolute: path.leading_colon.is_some(),
    }
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

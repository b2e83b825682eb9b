//! Takes a file apart into items, by their tokens: bodies are never parsed as expressions, so any Rust will do.

mod choice;
mod fields;
mod hidden;
mod members;
mod names;
mod writers;

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::item::{Import, Item, Kind, Mentions, Path};
use super::mention::{Reading, is_punct, names as all_names, unraw};
use crate::tokens::digest;

use self::fields::Fields;
use self::writers::writers;

pub(crate) use choice::choice;
pub(crate) use members::ANYTHING;
pub(crate) use names::imports;

/// The items of a file, in order.
pub(crate) fn items(tokens: TokenStream) -> Vec<Item> {
    let mut found = Vec::new();
    let conditions = names::inner_conditions(&tokens);
    let spreads = names::spread_by(&tokens);
    let all = all_written(tokens);
    let structs = fields::of_structs(&all);
    for written in all {
        item(&written, &structs, &mut found);
    }
    for item in &mut found {
        item.conditions.extend(conditions.iter().cloned());
        item.spreads |= spreads;
    }
    found
}

/// The tokens of one item, as far as they tell what it is.
struct Written {
    attributes: Vec<TokenStream>,
    /// From the first attribute to the end.
    all: Vec<TokenTree>,
    /// Without attributes and visibility.
    rest: Vec<TokenTree>,
}

/// The items among tokens, those of a file as those of an `impl`.
fn all_written(tokens: TokenStream) -> Vec<Written> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_punct(tokens.get(at), '#') && is_punct(tokens.get(at + 1), '!') {
            at += 3;
            continue;
        }
        if is_punct(tokens.get(at), ';') {
            at += 1;
            continue;
        }
        let begin = at;
        let mut attributes = Vec::new();
        while is_punct(tokens.get(at), '#')
            && let Some(TokenTree::Group(group)) = tokens.get(at + 1)
        {
            attributes.push(group.stream());
            at += 2;
        }
        if is_word(tokens.get(at), "pub") {
            at += 1;
            if matches!(tokens.get(at), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
            {
                at += 1;
            }
        }
        let end = item_end(&tokens, at).max(at + 1).min(tokens.len());
        if begin >= end {
            break;
        }
        found.push(Written {
            attributes,
            all: tokens[begin..end].to_vec(),
            rest: tokens.get(at..end).unwrap_or_default().to_vec(),
        });
        at = end;
    }
    found
}

/// Where the item that begins at `at` ends: behind its `;`, or behind its braces.
fn item_end(tokens: &[TokenTree], at: usize) -> usize {
    let is = |at: usize, words: &[&str]| match tokens.get(at) {
        Some(TokenTree::Ident(word)) => words.contains(&word.to_string().as_str()),
        _ => false,
    };
    let is_more_than_a_constant = ["fn", "unsafe", "async", "extern", "gen", "trait", "impl"];
    let by_semicolon = is(at, &["use", "static", "type"])
        || (is(at, &["const"]) && !is(at + 1, &is_more_than_a_constant))
        || (is(at, &["extern"]) && is(at + 1, &["crate"]));
    let mut position = at;
    while let Some(token) = tokens.get(position) {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => return position + 1,
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace
                    && !by_semicolon
                    && !is_generic_argument(tokens, position) =>
            {
                return position + 1;
            }
            _ => {}
        }
        position += 1;
    }
    tokens.len()
}

/// Braces among generic arguments, as in `Array<{ 1 + 1 }>`.
fn is_generic_argument(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    (is_punct(before, '<') || is_punct(before, ',') || is_punct(before, '='))
        && (is_punct(tokens.get(at + 1), '>') || is_punct(tokens.get(at + 1), ','))
}

fn item(written: &Written, structs: &BTreeMap<String, Fields>, found: &mut Vec<Item>) {
    let rest = &written.rest;
    let mut item = Item {
        conditions: names::conditions(&written.attributes),
        spreads: written.attributes.iter().any(names::spreads),
        lines: lines(&written.all),
        layout: layout(&written.all),
        spaces: spaces(&written.all),
        ..Item::default()
    };
    let at = keyword(rest);
    let word = rest.get(at).map(ToString::to_string).unwrap_or_default();
    let name = |at: usize| match rest.get(at) {
        Some(TokenTree::Ident(name)) => unraw(&name.to_string()),
        _ => String::new(),
    };
    match word.as_str() {
        "fn" => {
            item.name = name(at + 1);
            item.label = format!("fn {}", item.name);
            let (head, body) = body(&written.all);
            item.mentions = Mentions::of_function(head, body.clone(), None);
            hidden::hidden(body, found);
        }
        "struct" | "enum" | "union" if is_a_name(rest.get(at + 1)) => {
            item.kind = Kind::Type {
                value: word == "struct"
                    && !matches!(rest.last(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace),
            };
            item.name = name(at + 1);
            item.label = format!("{word} {}", item.name);
            if word == "enum"
                && let Some(TokenTree::Group(group)) = rest.last()
            {
                item.also = names::variants(group.stream());
            }
            item.mentions = Mentions::of(stream(&written.all), Reading::Code);
        }
        "trait" => return members::trait_item(written, name(at + 1), item, found),
        "impl" => return members::impl_item(written, structs, item, found),
        "type" | "const" | "static" => {
            item.kind = if word == "type" {
                Kind::Alias
            } else {
                Kind::Constant
            };
            let mutable = usize::from(is_word(rest.get(at + 1), "mut"));
            item.name = name(at + 1 + mutable);
            item.label = format!("{word} {}", item.name);
            item.mentions = Mentions::of(stream(&written.all), Reading::Code);
            if word == "type" {
                item.header.self_type = members::stands_for(rest);
            }
            hidden::hidden(stream(rest), found);
        }
        "macro_rules" | "macro" => {
            item.kind = Kind::Macro;
            item.name = name(at + if word == "macro" { 1 } else { 2 });
            item.label = format!("{word}! {}", item.name);
            // One of the other kind has a path, like any item.
            item.spreads |= word == "macro";
            // Its own name is no use of whatever else is called so.
            let begins = rest
                .iter()
                .position(|token| matches!(token, TokenTree::Group(_)));
            let made =
                names::without_matchers(rest.get(begins.unwrap_or_default()..).unwrap_or_default());
            item.mentions = Mentions::of(made.clone(), Reading::Definition);
            names::defined(made.clone(), &mut item.also);
            item.takes = names::taken(rest).unwrap_or_default();
            item.brings = names::brought(made);
        }
        "mod" => {
            item.kind = Kind::Module;
            item.name = name(at + 1);
            item.label = format!("mod {}", item.name);
            item.paths = written.attributes.iter().filter_map(names::path).collect();
            if let Some(TokenTree::Group(group)) = rest.last() {
                item.inline = Some(items(group.stream()));
            }
        }
        "use" => {
            item.kind = Kind::Use;
            item.imports = imports(rest);
            "use".clone_into(&mut item.label);
        }
        "extern" if is_word(rest.get(at + 1), "crate") => {
            item.kind = Kind::ExternCrate;
            let original = name(at + 2);
            item.name = if is_word(rest.get(at + 3), "as") {
                name(at + 4)
            } else {
                original.clone()
            };
            item.label = format!("extern crate {}", item.name);
            let mut attributes = written.attributes.iter();
            item.brings.everything =
                attributes.any(|written| written.to_string().starts_with("macro_use"));
            item.imports = vec![Import {
                path: Path {
                    segments: vec![original],
                    absolute: true,
                },
                name: item.name.clone(),
            }];
        }
        "extern" => {
            item.kind = Kind::ExternBlock;
            "extern block".clone_into(&mut item.label);
            item.mentions = Mentions::of(stream(&written.all), Reading::Code);
            item.declares = names::declared(stream(rest), &mut item.also);
        }
        _ => {
            if let Some(chosen) = chosen(rest) {
                let conditions = &item.conditions;
                found.extend(chosen.into_iter().map(|mut item| {
                    item.conditions.extend(conditions.iter().cloned());
                    item
                }));
                return;
            }
            macro_call(written, &mut item);
        }
    }
    if item.kind == Kind::MacroCall && item.name.is_empty() {
        return;
    }
    names::also_by_attributes(&written.attributes, &mut item);
    item.written_by = writers(&written.attributes);
    item.makes = names::procedural(&written.attributes, &item.name);
    item.given_to_writers(&written.all);
    item.digest = *digest(stream(&written.all)).as_bytes();
    found.push(item);
}

/// The position of the word that says what an item is.
fn keyword(tokens: &[TokenTree]) -> usize {
    let mut at = 0;
    loop {
        let next = tokens
            .get(at + 1)
            .map(ToString::to_string)
            .unwrap_or_default();
        let word = tokens.get(at).map(ToString::to_string).unwrap_or_default();
        let modifies = match word.as_str() {
            "unsafe" | "async" | "default" | "auto" | "safe" | "gen" => is_item_word(&next),
            "const" => matches!(
                next.as_str(),
                "fn" | "async" | "unsafe" | "extern" | "trait" | "impl"
            ),
            "extern" => {
                next == "fn" || (next.starts_with('"') && is_word(tokens.get(at + 2), "fn"))
            }
            text => text.starts_with('"'),
        };
        if !modifies {
            return at;
        }
        at += 1;
    }
}

fn is_item_word(word: &str) -> bool {
    matches!(
        word,
        "fn" | "unsafe"
            | "async"
            | "const"
            | "extern"
            | "trait"
            | "impl"
            | "mod"
            | "auto"
            | "static"
            | "gen"
    )
}

/// The items that a macro chooses between by conditions, each under its own.
fn chosen(call: &[TokenTree]) -> Option<Vec<Item>> {
    let (arguments, name) = match call {
        [.., TokenTree::Ident(name), _, TokenTree::Group(arguments)] => (arguments, name),
        [
            ..,
            TokenTree::Ident(name),
            _,
            TokenTree::Group(arguments),
            _,
        ] => (arguments, name),
        _ => return None,
    };
    let mut found = Vec::new();
    for (condition, code) in choice(&name.to_string(), &arguments.stream())? {
        found.extend(items(code).into_iter().map(|mut item| {
            item.conditions.push(condition.clone());
            item
        }));
    }
    Some(found)
}

/// Whether the standard library's macro of this name, or everybody's, defines nothing but the statics in its arguments.
pub(crate) fn defines_statics(name: &str) -> bool {
    matches!(name, "thread_local" | "lazy_static")
}

fn macro_call(written: &Written, item: &mut Item) {
    let rest = &written.rest;
    let mut mentions = Mentions::of(stream(&written.all), Reading::Arguments);
    let Some(bang) = rest.iter().position(|token| is_punct(Some(token), '!')) else {
        return;
    };
    item.kind = Kind::MacroCall;
    item.name = rest
        .get(..bang)
        .and_then(<[TokenTree]>::last)
        .map(|name| unraw(&name.to_string()))
        .unwrap_or_default();
    item.label = format!("{}!", item.name);
    let arguments = rest.iter().rev().find_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    let arguments = arguments.unwrap_or_default();
    if defines_statics(&item.name) {
        names::defined(arguments.clone(), &mut item.statics);
    }
    all_names(arguments, &mut item.also);
    item.also.sort_unstable();
    item.also.dedup();
    mentions.members.extend(item.also.iter().cloned());
    item.brings = names::brought(stream(rest));
    item.mentions = mentions;
}

/// Everything before the last braces, and what is in them.
fn body(tokens: &[TokenTree]) -> (TokenStream, TokenStream) {
    match tokens.split_last() {
        Some((TokenTree::Group(group), head)) if group.delimiter() == Delimiter::Brace => {
            (stream(head), group.stream())
        }
        _ => (stream(tokens), TokenStream::new()),
    }
}

fn lines(tokens: &[TokenTree]) -> (u32, u32) {
    let line = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
    // An item begins where its words do: what stands above it may be moved by a comment.
    let mut at = 0;
    while is_punct(tokens.get(at), '#') && matches!(tokens.get(at + 1), Some(TokenTree::Group(_))) {
        at += 2;
    }
    let first = tokens.get(at).or_else(|| tokens.first());
    let first = first.map_or(0, |token| line(token.span().start().line));
    let last = tokens
        .last()
        .map_or(first, |token| line(token.span().end().line));
    (first, last)
}

fn is_a_name(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Ident(_)))
}

fn is_word(token: Option<&TokenTree>, wanted: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(word)) if word == wanted)
}

fn stream(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}

/// Digest of where each token stands. What asks for places is told apart by it, though its tokens are the same.
fn layout(tokens: &[TokenTree]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    places(stream(tokens), &mut hasher);
    *hasher.finalize().as_bytes()
}

fn places(tokens: TokenStream, hasher: &mut blake3::Hasher) {
    for token in tokens {
        let start = token.span().start();
        hasher.update(&(start.line as u64).to_le_bytes());
        hasher.update(&(start.column as u64).to_le_bytes());
        if let TokenTree::Group(group) = token {
            places(group.stream(), hasher);
        }
    }
}

/// Digest of where there is space between tokens. Of code that is shown as text it tells what the text looks like.
fn spaces(tokens: &[TokenTree]) -> [u8; 32] {
    let mut found = Vec::new();
    add_spaces(stream(tokens), &mut found);
    *blake3::hash(&found).as_bytes()
}

fn add_spaces(tokens: TokenStream, found: &mut Vec<u8>) {
    let mut end = None;
    for token in tokens {
        let span = token.span();
        let touches = end.is_some_and(|end| end == span.start());
        found.push(u8::from(touches));
        if let TokenTree::Group(group) = &token {
            add_spaces(group.stream(), found);
        }
        end = Some(span.end());
    }
}

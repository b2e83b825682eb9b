//! Takes a file apart into items, by their tokens: bodies are never parsed as expressions, so any Rust will do.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::item::{Header, Import, Item, Kind, Member, Mentions, Path};
use super::mention::{Reading, is_punct, names, unraw};
use crate::tokens::digest;

/// The items of a file, in order.
pub(crate) fn items(tokens: TokenStream) -> Vec<Item> {
    let mut found = Vec::new();
    split(tokens, &mut found);
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

fn split(tokens: TokenStream, found: &mut Vec<Item>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
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
        let written = Written {
            attributes,
            all: tokens[begin..end].to_vec(),
            rest: tokens.get(at..end).unwrap_or_default().to_vec(),
        };
        item(&written, found);
        at = end;
    }
}

/// Where the item that begins at `at` ends: behind its `;`, or behind its braces.
fn item_end(tokens: &[TokenTree], at: usize) -> usize {
    let words: Vec<String> = tokens
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take(6)
        .map(ToString::to_string)
        .collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let first = words.first().map(String::as_str).unwrap_or_default();
    let by_semicolon = match first {
        "use" | "static" | "type" => true,
        "const" => !(has("fn")),
        "extern" => words.get(1).is_some_and(|word| word == "crate"),
        _ => false,
    };
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

fn item(written: &Written, found: &mut Vec<Item>) {
    let rest = &written.rest;
    let mut item = Item {
        conditions: conditions(&written.attributes),
        lines: lines(&written.all),
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
            item.mentions = Mentions::of_function(head, body.clone());
            hidden(body, found);
        }
        "struct" | "enum" | "union" => {
            item.kind = Kind::Type {
                value: word == "struct"
                    && !matches!(rest.last(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace),
            };
            item.name = name(at + 1);
            item.label = format!("{word} {}", item.name);
            if word == "enum"
                && let Some(TokenTree::Group(group)) = rest.last()
            {
                item.also = variants(group.stream());
            }
            item.mentions = Mentions::of(stream(&written.all), Reading::Code);
        }
        "trait" => return trait_item(written, name(at + 1), item, found),
        "impl" => return impl_item(written, item, found),
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
            hidden(stream(rest), found);
        }
        "macro_rules" | "macro" => {
            item.kind = Kind::Macro;
            item.name = name(at + if word == "macro" { 1 } else { 2 });
            item.label = format!("{word}! {}", item.name);
            item.mentions = Mentions::of(stream(rest), Reading::Definition);
            defined(stream(rest), &mut item.also);
        }
        "mod" => {
            item.kind = Kind::Module;
            item.name = name(at + 1);
            item.label = format!("mod {}", item.name);
            item.path = written.attributes.iter().find_map(path);
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
            names(stream(rest), &mut item.also);
        }
        _ => macro_call(written, &mut item),
    }
    if item.kind == Kind::MacroCall && item.name.is_empty() {
        return;
    }
    also_by_attributes(&written.attributes, &mut item);
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
    names(arguments.unwrap_or_default(), &mut item.also);
    item.also.sort_unstable();
    item.also.dedup();
    mentions.members.extend(item.also.iter().cloned());
    item.mentions = mentions;
}

fn trait_item(written: &Written, name: String, mut item: Item, found: &mut Vec<Item>) {
    item.kind = Kind::Trait;
    item.label = format!("trait {name}");
    item.name = name;
    let (head, body) = body(&written.all);
    let mut declared = head.clone();
    for part in parts(body) {
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
    also_by_attributes(&written.attributes, &mut item);
    item.digest = *digest(declared).as_bytes();
    found.push(item);
}

fn impl_item(written: &Written, mut item: Item, found: &mut Vec<Item>) {
    item.kind = Kind::Impl;
    let (head, body) = body(&written.all);
    let (header, label) = header(&written.rest);
    item.header = header;
    item.label = label;
    let owner = item.label.clone();
    let mut declared = head;
    for part in parts(body) {
        match part.function() {
            Some(function) => {
                let label = format!("fn {}::{function}", owner.trim_start_matches("impl "));
                item.members.push(member(&part, function, label, found));
            }
            None => {
                item.also.push(part.constant());
                declared.extend(part.all.iter().cloned());
            }
        }
    }
    item.mentions = Mentions::of(declared.clone(), Reading::Code);
    also_by_attributes(&written.attributes, &mut item);
    item.digest = *digest(declared).as_bytes();
    found.push(item);
}

/// One part of the braces of an `impl` or a trait.
struct Part {
    attributes: Vec<TokenStream>,
    all: Vec<TokenTree>,
    rest: Vec<TokenTree>,
}

impl Part {
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

impl Part {
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

/// Stands in the place of a name that a macro makes.
pub(crate) const ANYTHING: &str = "*";

fn parts(body: TokenStream) -> Vec<Part> {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
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
        parts.push(Part {
            attributes,
            all: tokens[begin..end].to_vec(),
            rest: tokens.get(at..end).unwrap_or_default().to_vec(),
        });
        at = end;
    }
    parts
}

fn member(part: &Part, name: String, label: String, found: &mut Vec<Item>) -> Member {
    let (head, body) = body(&part.all);
    hidden(body.clone(), found);
    Member {
        name,
        label,
        digest: *digest(stream(&part.all)).as_bytes(),
        lines: lines(&part.all),
        conditions: conditions(&part.attributes),
        mentions: Mentions::of_function(head, body),
    }
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

/// The leaves of a `use …;`.
pub(crate) fn imports(tokens: &[TokenTree]) -> Vec<Import> {
    let Ok(item) = syn::parse2::<syn::ItemUse>(stream(tokens)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    leaves(
        &item.tree,
        item.leading_colon.is_some(),
        &mut Vec::new(),
        &mut found,
    );
    found
}

fn leaves(tree: &syn::UseTree, absolute: bool, prefix: &mut Vec<String>, found: &mut Vec<Import>) {
    let mut leaf = |last: Option<String>, name: String| {
        let mut segments = prefix.clone();
        // `use a::{self}` brings `a`.
        segments.extend(last.filter(|last| last != "self" || segments.is_empty()));
        let path = Path { segments, absolute };
        found.push(Import { path, name });
    };
    match tree {
        syn::UseTree::Path(path) => {
            prefix.push(unraw(&path.ident.to_string()));
            leaves(&path.tree, absolute, prefix, found);
            prefix.pop();
        }
        syn::UseTree::Name(name) => {
            let last = unraw(&name.ident.to_string());
            let brings = match (last.as_str(), prefix.last()) {
                ("self", Some(before)) => before.clone(),
                _ => last.clone(),
            };
            leaf(Some(last), brings);
        }
        syn::UseTree::Rename(rename) => leaf(
            Some(unraw(&rename.ident.to_string())),
            unraw(&rename.rename.to_string()),
        ),
        syn::UseTree::Glob(_) => leaf(None, "*".to_owned()),
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, absolute, prefix, found);
            }
        }
    }
}

/// Items in a body that count wherever they stand: an `impl` of a type from outside the body, a `macro_rules!`.
fn hidden(body: TokenStream, found: &mut Vec<Item>) {
    let mut local = Vec::new();
    defined(body.clone(), &mut local);
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
                    let mut types = item.header.types.iter();
                    types.any(|path| path.segments.len() == 1 && local.contains(&path.segments[0]))
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

/// The names that the body of a macro defines as they stand there: `fn name`, `struct Name`.
fn defined(tokens: TokenStream, found: &mut Vec<String>) {
    let mut after = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                let word = word.to_string();
                if after {
                    found.push(unraw(&word));
                }
                after = matches!(
                    word.as_str(),
                    "fn" | "struct"
                        | "enum"
                        | "union"
                        | "trait"
                        | "type"
                        | "const"
                        | "static"
                        | "mod"
                        | "macro_rules"
                        | "mut"
                );
            }
            TokenTree::Group(group) => {
                defined(group.stream(), found);
                after = false;
            }
            // `macro_rules! name`
            TokenTree::Punct(punct) if punct.as_char() == '!' => {}
            _ => after = false,
        }
    }
}

/// The names of an enum's variants.
fn variants(body: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let mut found = Vec::new();
    let mut begins = true;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(name) if begins => {
                found.push(unraw(&name.to_string()));
                begins = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => begins = true,
            TokenTree::Group(_) if begins && at > 0 => {}
            _ => {}
        }
    }
    found
}

/// What an attribute that is not the language's own says may define something elsewhere: `#[distributed_slice(STEPS)]`.
fn also_by_attributes(attributes: &[TokenStream], item: &mut Item) {
    const OWN: [&str; 16] = [
        "allow",
        "cfg",
        "cfg_attr",
        "deny",
        "deprecated",
        "derive",
        "doc",
        "expect",
        "inline",
        "macro_use",
        "must_use",
        "path",
        "repr",
        "serde",
        "stage",
        "test",
    ];
    for attribute in attributes {
        let mut words = attribute.clone().into_iter();
        let first = words
            .next()
            .map(|word| word.to_string())
            .unwrap_or_default();
        if OWN.contains(&first.as_str()) {
            continue;
        }
        // `no_mangle` makes a function known under its name to whoever declares it.
        if matches!(first.as_str(), "no_mangle" | "unsafe" | "export_name") {
            item.also.push(item.name.clone());
        }
        names(words.collect(), &mut item.also);
    }
}

fn conditions(attributes: &[TokenStream]) -> Vec<String> {
    attributes
        .iter()
        .filter_map(|attribute| {
            let mut tokens = attribute.clone().into_iter();
            match (tokens.next(), tokens.next()) {
                (Some(TokenTree::Ident(word)), Some(TokenTree::Group(group))) if word == "cfg" => {
                    Some(group.stream().to_string())
                }
                _ => None,
            }
        })
        .collect()
}

/// The file of `#[path = "file.rs"]`.
fn path(attribute: &TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = attribute.clone().into_iter().collect();
    match tokens.as_slice() {
        [
            TokenTree::Ident(word),
            TokenTree::Punct(_),
            TokenTree::Literal(file),
        ] if word == "path" => Some(file.to_string().trim_matches('"').to_owned()),
        // Which file it is depends on a condition: an empty name says so.
        [TokenTree::Ident(word), TokenTree::Group(group)]
            if word == "cfg_attr"
                && group
                    .stream()
                    .into_iter()
                    .any(|token| matches!(&token, TokenTree::Ident(word) if word == "path")) =>
        {
            Some(String::new())
        }
        _ => None,
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

fn is_word(token: Option<&TokenTree>, wanted: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(word)) if word == wanted)
}

fn stream(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}

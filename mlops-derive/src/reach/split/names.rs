//! Names that an item brings or may define: imports, variants, what a macro makes, what an attribute says.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::stream;
use crate::attribute::Ours;
use crate::reach::item::{Brings, Import, Item, Path};
use crate::reach::mention::{is_path_separator, is_punct, names, unraw};

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

/// The name of the procedural macro that a function with these attributes is.
pub(super) fn procedural(attributes: &[TokenStream], function: &str) -> String {
    for attribute in attributes {
        let mut tokens = attribute.clone().into_iter();
        let word = tokens
            .next()
            .map(|word| word.to_string())
            .unwrap_or_default();
        match (word.as_str(), tokens.next()) {
            ("proc_macro" | "proc_macro_attribute", _) => return function.to_owned(),
            ("proc_macro_derive", Some(TokenTree::Group(group))) => {
                let name = group.stream().into_iter().next();
                return name
                    .map(|name| unraw(&name.to_string()))
                    .unwrap_or_default();
            }
            _ => {}
        }
    }
    String::new()
}

/// The definition of a macro without what its rules match: nothing of that comes to stand anywhere.
pub(super) fn without_matchers(definition: &[TokenTree]) -> TokenStream {
    let rules = |body: TokenStream| {
        let tokens: Vec<TokenTree> = body.into_iter().collect();
        let is_matcher = |at: usize| {
            matches!(tokens.get(at), Some(TokenTree::Group(_)))
                && is_punct(tokens.get(at + 1), '=')
                && is_punct(tokens.get(at + 2), '>')
        };
        let kept = (0..tokens.len()).filter(|at| !is_matcher(*at));
        kept.filter_map(|at| tokens.get(at).cloned()).collect()
    };
    let tokens = definition.iter().cloned();
    tokens
        .map(|token| match token {
            TokenTree::Group(group) => {
                TokenTree::Group(Group::new(group.delimiter(), rules(group.stream())))
            }
            other => other,
        })
        .collect()
}

/// The name of what a macro is given: `name` of `($name:literal) => { … }`, if that is all there is.
pub(super) fn taken(definition: &[TokenTree]) -> Option<String> {
    let rules = definition.iter().rev().find_map(|token| match token {
        TokenTree::Group(group) => Some(group),
        _ => None,
    })?;
    let tokens: Vec<TokenTree> = rules.stream().into_iter().collect();
    let [
        TokenTree::Group(matcher),
        _,
        _,
        TokenTree::Group(_),
        rest @ ..,
    ] = tokens.as_slice()
    else {
        return None;
    };
    if rest.iter().any(|token| !is_punct(Some(token), ';')) {
        return None;
    }
    let matcher: Vec<TokenTree> = matcher.stream().into_iter().collect();
    match matcher.as_slice() {
        [
            dollar,
            TokenTree::Ident(name),
            colon,
            TokenTree::Ident(kind),
        ] if is_punct(Some(dollar), '$')
            && is_punct(Some(colon), ':')
            && (kind == "literal" || kind == "expr" || kind == "tt") =>
        {
            Some(unraw(&name.to_string()))
        }
        _ => None,
    }
}

/// The names that the body of a macro defines as they stand there: `fn name`, `struct Name`.
pub(super) fn defined(tokens: TokenStream, found: &mut Vec<String>) {
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
                        | "ref"
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
pub(super) fn variants(body: TokenStream) -> Vec<String> {
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

/// What an attribute that is neither the language's own nor ours says may define something elsewhere: `#[distributed_slice(STEPS)]`.
pub(super) fn also_by_attributes(attributes: &[TokenStream], item: &mut Item) {
    const OWN: [&str; 15] = [
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
        "test",
    ];
    for attribute in attributes {
        let mut words = attribute.clone().into_iter();
        let first = words
            .next()
            .map(|word| word.to_string())
            .unwrap_or_default();
        if OWN.contains(&first.as_str()) || Ours::of(attribute).is_some() {
            continue;
        }
        // `no_mangle` makes a function known under its name to whoever declares it.
        if matches!(first.as_str(), "no_mangle" | "unsafe" | "export_name") {
            item.also.push(item.name.clone());
            texts(words.clone().collect(), &mut item.also);
        }
        names(words.collect(), &mut item.also);
    }
}

pub(super) fn conditions(attributes: &[TokenStream]) -> Vec<String> {
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

/// `#[macro_export]` of a macro, `#[macro_use]` of a module; under a condition it may be there.
pub(super) fn spreads(attribute: &TokenStream) -> bool {
    let mut found = Vec::new();
    names(attribute.clone(), &mut found);
    let mut found = found.iter();
    found.any(|name| matches!(name.as_str(), "macro_export" | "macro_use"))
}

/// `#![macro_use]` at the beginning of a module.
pub(super) fn spread_by(tokens: &TokenStream) -> bool {
    inner_attributes(tokens).iter().any(spreads)
}

/// Conditions of a whole file or module: `#![cfg(…)]`.
pub(super) fn inner_conditions(tokens: &TokenStream) -> Vec<String> {
    conditions(&inner_attributes(tokens))
}

fn inner_attributes(tokens: &TokenStream) -> Vec<TokenStream> {
    let mut tokens = tokens.clone().into_iter();
    let mut attributes = Vec::new();
    while let (
        Some(TokenTree::Punct(hash)),
        Some(TokenTree::Punct(bang)),
        Some(TokenTree::Group(group)),
    ) = (tokens.next(), tokens.next(), tokens.next())
        && hash.as_char() == '#'
        && bang.as_char() == '!'
    {
        attributes.push(group.stream());
    }
    attributes
}

/// The file of `#[path = "file.rs"]` and the condition of `#[cfg_attr(condition, path = "file.rs")]`.
pub(super) fn path(attribute: &TokenStream) -> Option<(String, String)> {
    let tokens: Vec<TokenTree> = attribute.clone().into_iter().collect();
    match tokens.as_slice() {
        [
            TokenTree::Ident(word),
            TokenTree::Punct(_),
            TokenTree::Literal(file),
        ] if word == "path" => Some((String::new(), text(&file.to_string()))),
        [TokenTree::Ident(word), TokenTree::Group(group)] if word == "cfg_attr" => {
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
            let mut parts = inside.split(is_comma);
            let condition = stream(parts.next()?).to_string();
            let (_, file) = parts.find_map(|part| path(&stream(part)))?;
            Some((condition, file))
        }
        _ => None,
    }
}

/// What a literal says, without its quotation marks.
fn text(literal: &str) -> String {
    let parsed: Result<syn::LitStr, _> = syn::parse_str(literal);
    parsed.map_or_else(|_| literal.to_owned(), |parsed| parsed.value())
}

/// What the tokens of a macro bring that stands nowhere in them.
pub(super) fn brought(tokens: TokenStream) -> Brings {
    let mut brings = Brings::default();
    add_brought(tokens, false, &mut brings);
    brings
}

fn add_brought(tokens: TokenStream, after_path: bool, brings: &mut Brings) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let is_after_path = |at: usize| match at {
            0 => after_path,
            at if is_punct(tokens.get(at - 1), ',') => {
                // `$(…),*` repeats.
                !(at > 2 && is_punct(tokens.get(at - 3), '$'))
            }
            at => at > 1 && is_path_separator(&tokens, at - 2),
        };
        match token {
            // `module::$name`, and not `$crate::name`.
            TokenTree::Punct(dollar) if dollar.as_char() == '$' => {
                let is_crate =
                    matches!(tokens.get(at + 1), Some(TokenTree::Ident(word)) if word == "crate");
                let is_behind_one = after_path || (at > 1 && is_path_separator(&tokens, at - 2));
                brings.paths |= !is_crate && is_behind_one;
            }
            // `mod name;`, `mod $name;`
            TokenTree::Ident(word) if word == "mod" => {
                brings.paths = true;
                let name = at + 1 + usize::from(is_punct(tokens.get(at + 1), '$'));
                brings.file |= is_punct(tokens.get(name + 1), ';');
            }
            TokenTree::Ident(word) if word == "use" => brings.imports = true,
            // `impl … for Row`, and not `for $type`, `for<'a>` or a loop.
            TokenTree::Ident(word) if word == "for" => {
                let rest = tokens.get(at + 1..).unwrap_or_default();
                let begins = |sign| is_punct(rest.first(), sign);
                let is_body = |token: &&TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
                let mut until_body = rest.iter().take_while(|token| !is_body(token));
                let is_a_loop =
                    until_body.any(|token| matches!(token, TokenTree::Ident(word) if word == "in"));
                brings.others |= !(begins('$') || begins('<') || is_a_loop);
            }
            // `module::*`, `module::{name, *}`
            TokenTree::Punct(star) if star.as_char() == '*' => {
                brings.everything |= is_after_path(at)
                    && (at + 1 == tokens.len()
                        || is_punct(tokens.get(at + 1), ',')
                        || is_punct(tokens.get(at + 1), ';'));
            }
            TokenTree::Group(group) => {
                let after_path = at > 1 && is_path_separator(&tokens, at - 2);
                add_brought(group.stream(), after_path, brings);
            }
            _ => {}
        }
    }
}

/// The functions and statics that an `extern` block declares, by their names and by those of their symbols.
/// Returns how many there are.
pub(super) fn declared(tokens: TokenStream, found: &mut Vec<String>) -> usize {
    defined(tokens.clone(), found);
    let count = found.len();
    texts(tokens, found);
    found.retain(|name| name != "C" && name != "system");
    count
}

fn texts(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Literal(literal) if literal.to_string().starts_with('"') => {
                found.push(text(&literal.to_string()));
            }
            TokenTree::Group(group) => texts(group.stream(), found),
            _ => {}
        }
    }
}

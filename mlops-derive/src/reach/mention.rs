//! Finds the names that tokens mention, without parsing them as expressions: what looks like a name counts as one.

mod names;
mod parameters;
pub(crate) mod receivers;

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use unicode_normalization::UnicodeNormalization as _;

use self::names::{captures, names_in};
use self::parameters::{has_items, of_closures, of_function};
use self::receivers::Receivers;
use super::glued;
use super::item::{Mentions, Path};
use super::signs::Signs;
use super::split::{choice, imports};
use crate::attribute::Ours;

pub(crate) use self::names::{names, plain, words};
pub(crate) use self::parameters::takes_self;

/// Whether the arguments of a macro of this name are expressions that stay where they are.
pub(crate) fn is_transparent(name: &str) -> bool {
    TRANSPARENT.contains(&name)
}

/// Macros of the standard library, and those that everybody has.
const TRANSPARENT: [&str; 42] = [
    "anyhow",
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "ensure",
    "eprint",
    "eprintln",
    "error",
    "file",
    "format",
    "format_args",
    "include",
    "include_bytes",
    "include_str",
    "info",
    "line",
    "matches",
    "module_path",
    "panic",
    "print",
    "println",
    "stringify",
    "table",
    "thread_local",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
    "cfg",
];

/// How names are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Code as it is.
    Code,
    /// Arguments of a macro that is not known.
    Arguments,
    /// The definition of a macro: a name may come to stand anywhere.
    Definition,
    /// What such a definition gives to another macro.
    Given,
    /// An attribute: texts may be paths.
    Attribute,
}

impl Reading {
    const fn is_of_a_definition(self) -> bool {
        matches!(self, Self::Definition | Self::Given)
    }
}

impl Mentions {
    /// What `tokens` mention.
    pub(crate) fn of(tokens: TokenStream, reading: Reading) -> Self {
        let mut mentions = Self {
            signs: Signs::of(&tokens),
            ..Self::default()
        };
        mentions.scan(tokens.clone(), reading);
        if has_items(&tokens) {
            mentions.know_no_types();
        }
        mentions.tidy();
        mentions
    }

    /// What a function mentions; its parameters are not the items of the same name.
    /// `fields` are those of `self` that hold what the standard library defines, each with the name of its type.
    pub(crate) fn of_function(
        head: TokenStream,
        body: TokenStream,
        fields: Option<&BTreeMap<String, String>>,
    ) -> Self {
        let has_items = has_items(&body);
        let receivers = match has_items {
            true => Receivers::default(),
            false => Receivers::of(&head, &body, fields),
        };
        let (mut signs, library_index) = Signs::of_body(&body, &receivers);
        signs.add(Signs::of(&head));
        let mut mentions = Self {
            signs,
            library_index,
            ..Self::default()
        };
        let mut parameters = of_function(&head);
        mentions.scan(head.clone(), Reading::Code);
        let mut inside = Self::default();
        inside.scan(body.clone(), Reading::Code);
        if has_items {
            inside.know_no_types();
        } else {
            parameters.extend(of_closures(&body));
            let calls = receivers.calls(&body);
            let is_called = |name: &String| calls.iter().any(|(called, _)| called == name);
            inside.methods.retain(|name| !is_called(name));
            inside.library_calls = calls.into_iter().collect();
            let is_hidden = |path: &mut Path| {
                !path.absolute && path.segments.len() == 1 && parameters.contains(&path.segments[0])
            };
            inside.hidden = inside.paths.extract_if(.., is_hidden).collect();
        }
        mentions.add(inside);
        mentions
    }

    /// Items of a body may have the name of any type.
    fn know_no_types(&mut self) {
        let members = self.library_members.drain(..);
        self.members.extend(members.map(|(name, _)| name));
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.paths.extend(other.paths);
        self.hidden.extend(other.hidden);
        self.members.extend(other.members);
        self.methods.extend(other.methods);
        self.library_calls.extend(other.library_calls);
        self.library_members.extend(other.library_members);
        self.library_index.extend(other.library_index);
        self.loose.extend(other.loose);
        self.soft.extend(other.soft);
        self.words.extend(other.words);
        self.macros.extend(other.macros);
        self.given.extend(other.given);
        self.quoted.extend(other.quoted);
        self.imports.extend(other.imports);
        self.files.extend(other.files);
        self.variables.extend(other.variables);
        self.conditions.extend(other.conditions);
        self.place |= other.place;
        self.signs.add(other.signs);
        self.tidy();
    }

    fn tidy(&mut self) {
        for paths in [
            &mut self.paths,
            &mut self.hidden,
            &mut self.macros,
            &mut self.quoted,
        ] {
            paths.sort_unstable();
            paths.dedup();
        }
        for named in [
            &mut self.given,
            &mut self.library_calls,
            &mut self.library_members,
        ] {
            named.sort_unstable();
            named.dedup();
        }
        for names in [
            &mut self.members,
            &mut self.methods,
            &mut self.library_index,
            &mut self.loose,
            &mut self.soft,
            &mut self.words,
            &mut self.files,
            &mut self.variables,
            &mut self.conditions,
        ] {
            names.sort_unstable();
            names.dedup();
        }
    }

    fn scan(&mut self, tokens: TokenStream, reading: Reading) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at = match token {
                TokenTree::Ident(_) => self.word(&tokens, at, reading),
                TokenTree::Punct(punct) if punct.as_char() == '\'' => at + 2,
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    self.attribute(&tokens, at, reading)
                }
                TokenTree::Group(group) => {
                    let is_code = !(reading == Reading::Arguments || reading.is_of_a_definition());
                    self.loose
                        .extend(glued::pattern(group).filter(|_| !is_code));
                    self.scan(group.stream(), reading);
                    at + 1
                }
                TokenTree::Literal(literal) => {
                    self.literal(&literal.to_string(), reading);
                    at + 1
                }
                TokenTree::Punct(_) => at + 1,
            };
        }
    }

    /// `#[…]` or `#![…]`: names in it, and texts that may be names.
    fn attribute(&mut self, tokens: &[TokenTree], at: usize, reading: Reading) -> usize {
        let bang = usize::from(is_punct(tokens.get(at + 1), '!'));
        let Some(TokenTree::Group(group)) = tokens.get(at + 1 + bang) else {
            return at + 1;
        };
        if group.delimiter() != Delimiter::Bracket {
            return at + 1;
        }
        let inside = group.stream();
        let word = match inside.clone().into_iter().next() {
            Some(TokenTree::Ident(word)) => word.to_string(),
            _ => String::new(),
        };
        let is_given = matches!(reading, Reading::Arguments | Reading::Given);
        match Ours::of(&inside) {
            // A macro that is given a feature makes of it what it will.
            Some(ours) if !(is_given && ours.is_feature()) => self.scan(ours.named_code(), reading),
            _ if matches!(word.as_str(), "doc" | "allow" | "expect" | "warn" | "deny") => {}
            _ if reading.is_of_a_definition() => self.scan(inside, reading),
            _ => self.scan(inside, Reading::Attribute),
        }
        at + 2 + bang
    }

    /// A name, with the path that it begins; returns where to go on.
    fn word(&mut self, tokens: &[TokenTree], at: usize, reading: Reading) -> usize {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let first = text(&tokens[at]);
        // `r#match` is a name like any other.
        let is_raw = tokens[at].to_string().starts_with("r#");
        let is_dot = is_field_or_method(tokens, at);
        let after_path = at >= 2 && is_path_separator(tokens, at - 2);
        // What `$name` stands for is at the call.
        let is_given = is_punct(before, '$') && first != "crate";
        if reading.is_of_a_definition() && is_given {
            return at + 1;
        }
        // `fn name` gives a name, it does not use one.
        if matches!(reading, Reading::Code | Reading::Definition)
            && matches!(before, Some(TokenTree::Ident(word)) if word == "fn")
        {
            return at + 1;
        }
        if reading.is_of_a_definition() {
            self.loose.push(first.clone());
            self.members.push(first.clone());
        } else if is_dot {
            // A macro may put it behind something else.
            match reading {
                Reading::Arguments => self.members.push(first),
                // What is not called is a field, and no function.
                Reading::Code if !is_called(tokens, at + 1) => {}
                _ => self.methods.push(first),
            }
            return at + 1;
        }
        let mut path = Path {
            segments: vec![first],
            absolute: after_path,
        };
        let mut end = at + 1;
        while is_path_separator(tokens, end)
            && let Some(TokenTree::Ident(next)) = tokens.get(end + 2)
        {
            let next = unraw(&next.to_string());
            // Behind `$crate` a path means what it says.
            let is_told = path.segments[0] == "crate" && is_punct(before, '$');
            if reading.is_of_a_definition() {
                self.loose.extend((!is_told).then(|| next.clone()));
                self.members.push(next.clone());
            }
            path.segments.push(next);
            end += 3;
        }
        // After `Vec::<T>`, `<T as Trait>` or a group it is something of a type; but `=> ::a::b` and `{ … } ::a::b` look the
        // same, so it may be a path as well.
        if after_path && at >= 3 && ends_a_type(tokens.get(at - 3)) {
            self.members.extend(path.segments.iter().cloned());
        }
        if let Some(TokenTree::Group(group)) = tokens.get(end + 1)
            && is_punct(tokens.get(end), '!')
        {
            self.macro_call(path, group, reading);
            return end + 2;
        }
        let only = (path.segments.len() == 1 && !path.absolute).then(|| path.segments[0].clone());
        match only.as_deref() {
            Some("mod") if !is_raw => {
                if let Some(TokenTree::Group(group)) = tokens.get(end + 1) {
                    return self.module(group.stream(), end + 2, reading);
                }
            }
            Some("use") if !reading.is_of_a_definition() && !is_raw => {
                let end = statement_end(tokens, end);
                self.imports.extend(imports(&tokens[at..end]));
                return end;
            }
            Some("cfg" | "cfg_attr") => {
                if let Some(TokenTree::Group(group)) = tokens.get(end) {
                    self.conditions.push(condition(group));
                }
            }
            _ => {}
        }
        if path.segments[0] == "crate" && is_punct(before, '$') {
            "$crate".clone_into(&mut path.segments[0]);
            self.paths.push(path);
            return end;
        }
        if is_punct(before, '$') {
            return end;
        }
        if reading == Reading::Arguments {
            self.soft.extend(path.segments.iter().cloned());
            self.members.extend(path.segments.iter().cloned());
        }
        if let Some(name) = &only
            && ((is_keyword(name) && !is_raw) || is_field(name, tokens, end, reading))
        {
            return end;
        }
        // What follows a type is one of its members; which part is the type is not known here.
        match path.segments.as_slice() {
            [of, name]
                if reading == Reading::Code
                    && !path.absolute
                    && receivers::is_of_the_library(of) =>
            {
                self.library_members.push((name.clone(), of.clone()));
            }
            segments => self.members.extend(segments.iter().skip(1).cloned()),
        }
        self.paths.push(path);
        end
    }

    /// A module in a body: what it calls `super` is the module around the body.
    fn module(&mut self, inside: TokenStream, end: usize, reading: Reading) -> usize {
        let mut mentions = Self::default();
        mentions.scan(inside, reading);
        let imports = mentions.imports.iter_mut().map(|import| &mut import.path);
        for path in mentions.paths.iter_mut().chain(imports) {
            if let Some(first) = path.segments.first_mut()
                && first == "super"
            {
                "self".clone_into(first);
                while path.segments.get(1).is_some_and(|next| next == "super") {
                    path.segments.remove(0);
                }
            }
        }
        self.add(mentions);
        end
    }

    fn macro_call(&mut self, path: Path, arguments: &Group, reading: Reading) {
        let name = path.segments.last().cloned().unwrap_or_default();
        match name.as_str() {
            "include_str" | "include_bytes" | "include" => {
                self.files.push(arguments.stream().to_string());
                self.macros.push(path);
                return;
            }
            "env" | "option_env" => {
                self.variables.push(arguments.stream().to_string());
                self.macros.push(path);
                return;
            }
            "cfg" => self.conditions.push(condition(arguments)),
            "debug_assert" | "debug_assert_eq" | "debug_assert_ne" => {
                self.conditions.push("debug_assertions".to_owned());
            }
            "cfg_if" | "cfg_select" => {
                let pieces = choice(&name, &arguments.stream()).into_iter().flatten();
                self.conditions
                    .extend(pieces.map(|(condition, _)| condition));
            }
            "line" | "column" => self.place = true,
            _ => {}
        }
        if reading.is_of_a_definition() {
            self.loose.push(name.clone());
        }
        if !is_transparent(&name) {
            let mut tokens = arguments.stream().into_iter();
            let given = match (tokens.next(), tokens.next()) {
                (Some(TokenTree::Literal(literal)), None) if reading == Reading::Code => {
                    literal.to_string()
                }
                _ => String::new(),
            };
            self.given.push((name.clone(), given));
        }
        self.macros.push(path);
        let inside = match reading {
            reading if reading.is_of_a_definition() => Reading::Given,
            _ if is_transparent(&name) => Reading::Code,
            _ => Reading::Arguments,
        };
        captures(arguments.stream(), &mut self.paths);
        self.scan(arguments.stream(), inside);
    }

    fn literal(&mut self, written: &str, reading: Reading) {
        if matches!(reading, Reading::Arguments | Reading::Attribute) {
            names_in(written, &mut self.words);
        }
        if reading != Reading::Attribute {
            return;
        }
        let Some(text) = written
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
        else {
            return;
        };
        let looks_like_a_path = !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || "_:<>, &".contains(c));
        if looks_like_a_path && let Ok(tokens) = text.parse::<TokenStream>() {
            let mut inside = Self::default();
            inside.scan(tokens, Reading::Code);
            self.members.extend(inside.members);
            self.methods.extend(inside.methods);
            self.quoted.extend(inside.paths);
        }
    }
}

/// `name:` in a literal, a pattern or a parameter list. A capital letter may be a type in a `where`.
fn is_field(name: &str, tokens: &[TokenTree], end: usize, reading: Reading) -> bool {
    reading == Reading::Code
        && is_punct(tokens.get(end), ':')
        && !is_path_separator(tokens, end)
        && name.starts_with(|c: char| c.is_lowercase() || c == '_')
}

fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "as" | "async"
            | "await"
            | "break"
            | "const"
            | "continue"
            | "crate"
            | "dyn"
            | "else"
            | "enum"
            | "false"
            | "fn"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "match"
            | "mod"
            | "move"
            | "mut"
            | "pub"
            | "ref"
            | "return"
            | "self"
            | "Self"
            | "static"
            | "struct"
            | "super"
            | "trait"
            | "true"
            | "type"
            | "unsafe"
            | "use"
            | "where"
            | "while"
            | "_"
    )
}

/// The condition of `cfg(…)`, and of `cfg_attr(…)` without the attributes behind it.
fn condition(group: &Group) -> String {
    let tokens = group.stream().into_iter();
    let is_comma = |token: &TokenTree| is_punct(Some(token), ',');
    let first: TokenStream = tokens.take_while(|token| !is_comma(token)).collect();
    first.to_string()
}

/// The end of the statement that goes on at `at`: behind the next `;`.
fn statement_end(tokens: &[TokenTree], at: usize) -> usize {
    let rest = tokens.get(at..).unwrap_or_default();
    let length = rest.iter().position(|token| is_punct(Some(token), ';'));
    length.map_or(tokens.len(), |length| at + length + 1)
}

fn ends_a_type(token: Option<&TokenTree>) -> bool {
    match token {
        Some(TokenTree::Punct(punct)) => punct.as_char() == '>',
        Some(TokenTree::Group(_)) => true,
        _ => false,
    }
}

pub(crate) fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

pub(crate) fn is_joint(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.spacing() == proc_macro2::Spacing::Joint)
}

/// Whether the name at `at` stands behind a dot, and not behind a range.
fn is_field_or_method(tokens: &[TokenTree], at: usize) -> bool {
    let before = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
    is_punct(before(1), '.') && !(is_punct(before(2), '.') && is_joint(before(2)))
}

/// Whether what ends in front of `at` is called: `(…)` or `::<…>` follows.
fn is_called(tokens: &[TokenTree], at: usize) -> bool {
    let is_a_list = matches!(tokens.get(at), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
    is_a_list || is_path_separator(tokens, at)
}

/// `::` at `at`.
pub(crate) fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_joint(tokens.get(at)) && is_punct(tokens.get(at + 1), ':')
}

fn text(token: &TokenTree) -> String {
    unraw(&token.to_string())
}

pub(crate) fn unraw(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    // To the compiler `é` is one letter, whether it is written as one or as two.
    if name.is_ascii() {
        name.to_owned()
    } else {
        name.nfc().collect()
    }
}

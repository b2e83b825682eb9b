//! Variables that surely hold what the standard library defines: behind these no function of a type of ours is called. A function
//! named `len` would count with every `values.len()` otherwise.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{
    is_called, is_field_or_method, is_joint, is_path_separator, is_punct, is_transparent, names,
    unraw,
};

/// Types that lead to none of ours by `Deref`, whatever they hold.
const TYPES: [&str; 24] = [
    "BTreeMap", "BTreeSet", "HashMap", "HashSet", "String", "Vec", "VecDeque", "bool", "char",
    "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64",
    "u128", "usize",
];

/// Types that are known by one name; what follows it in a path is theirs, or of a trait.
const NAMED: [&str; 12] = [
    "Arc", "Box", "Cell", "Cow", "Mutex", "Option", "Path", "PathBuf", "Rc", "RefCell", "Result",
    "RwLock",
];

/// Whether a name is that of a type of the standard library, if no other type has it.
pub(super) fn is_of_the_library(name: &str) -> bool {
    TYPES.contains(&name) || NAMED.contains(&name)
}

/// What stands for the type of a slice or an array, which has no name.
pub(crate) const SLICE: &str = "[]";

/// What in a function surely is of such a type, each with the type's name.
#[derive(Default)]
pub(crate) struct Receivers {
    variables: BTreeMap<String, String>,
    /// Fields of `self`.
    fields: BTreeMap<String, String>,
}

impl Receivers {
    /// Those of a function whose body has no items of its own.
    pub(super) fn of(
        head: &TokenStream,
        body: &TokenStream,
        fields: Option<&BTreeMap<String, String>>,
    ) -> Self {
        let mut bound = Bound::default();
        // In front of the parameters may stand `pub(crate)`, and bounds such as `F: Fn(A)`.
        for token in head.clone() {
            if let TokenTree::Group(group) = token
                && group.delimiter() == Delimiter::Parenthesis
            {
                bound.parameters(&group);
            }
        }
        bound.look_at(body.clone());
        let Bound {
            mut typed,
            mut others,
            seen,
        } = bound;
        // Where a name stands before or behind the variable, it is that of something else.
        for (name, seen) in seen {
            if count(body.clone(), &name) > seen {
                others.insert(name);
            }
        }
        typed.retain(|name, _| !others.contains(name));
        Self {
            variables: typed,
            fields: fields.cloned().unwrap_or_default(),
        }
    }

    /// The functions that a body calls behind these only.
    pub(super) fn calls(&self, body: &TokenStream) -> BTreeSet<(String, String)> {
        let mut calls = Calls {
            receivers: self,
            found: BTreeSet::new(),
            others: BTreeSet::new(),
        };
        if !(self.variables.is_empty() && self.fields.is_empty()) {
            calls.look_at(body.clone(), false);
        }
        let Calls {
            mut found, others, ..
        } = calls;
        found.retain(|(name, _)| !others.contains(name));
        found
    }

    /// The type of the operand that ends in front of `end`, if it is a variable or a field of `self`, and nothing else.
    pub(crate) fn of_operand(&self, tokens: &[TokenTree], end: usize) -> Option<&str> {
        let at = end.checked_sub(1)?;
        let is_of_another =
            is_field_or_method(tokens, at) || (at >= 2 && is_path_separator(tokens, at - 2));
        let name = match tokens.get(at)? {
            TokenTree::Ident(name) => unraw(&name.to_string()),
            TokenTree::Literal(number) => number.to_string(),
            _ => return None,
        };
        let of = match at.checked_sub(2).and_then(|at| tokens.get(at)) {
            Some(TokenTree::Ident(word)) if word == "self" && is_field_or_method(tokens, at) => {
                self.fields.get(&name)
            }
            _ => self.variables.get(&name).filter(|_| !is_of_another),
        };
        of.map(String::as_str)
    }
}

/// What is called behind a dot.
struct Calls<'a> {
    receivers: &'a Receivers,
    found: BTreeSet<(String, String)>,
    /// Behind anything else, or where a macro may put it there.
    others: BTreeSet<String>,
}

impl Calls<'_> {
    fn look_at(&mut self, tokens: TokenStream, is_given: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(name)
                    if is_field_or_method(&tokens, at)
                        && (is_given || is_called(&tokens, at + 1)) =>
                {
                    let name = unraw(&name.to_string());
                    let of = self.receivers.of_operand(&tokens, at - 1);
                    match of.filter(|_| !is_given) {
                        Some(of) => {
                            self.found.insert((name, of.to_owned()));
                        }
                        None => {
                            self.others.insert(name);
                        }
                    }
                }
                TokenTree::Group(group) => {
                    let is_given =
                        is_given || is_punct(at.checked_sub(1).and_then(|at| tokens.get(at)), '!');
                    self.look_at(group.stream(), is_given);
                }
                _ => {}
            }
        }
    }
}

/// The variables that a function binds.
#[derive(Default)]
struct Bound {
    typed: BTreeMap<String, String>,
    /// Those that are bound, or may be, to what cannot be told.
    others: BTreeSet<String>,
    /// How often the names of variables of a body stand where these are known.
    seen: BTreeMap<String, usize>,
}

impl Bound {
    fn parameters(&mut self, list: &Group) {
        let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
        // What stands behind a comma between types binds nothing.
        for parameter in tokens.split(|token| is_punct(Some(token), ',')) {
            self.declaration(parameter);
        }
    }

    /// A pattern, and the type behind it if one is written.
    fn declaration(&mut self, tokens: &[TokenTree]) {
        let colon = (0..tokens.len()).find(|at| is_a_colon(tokens, *at));
        match colon {
            Some(colon) => self.bind(&tokens[..colon], &tokens[colon + 1..]),
            None => self.add_others(tokens),
        }
    }

    fn bind(&mut self, pattern: &[TokenTree], of: &[TokenTree]) {
        let name = match pattern {
            [TokenTree::Ident(name)] => name,
            [TokenTree::Ident(mutable), TokenTree::Ident(name)] if mutable == "mut" => name,
            _ => return self.add_others(pattern),
        };
        let name = unraw(&name.to_string());
        match library_type(of) {
            Some(of) => {
                let before = self.typed.insert(name.clone(), of.clone());
                if before.is_some_and(|before| before != of) {
                    self.others.insert(name);
                }
            }
            None => {
                self.others.insert(name);
            }
        }
    }

    fn add_others(&mut self, tokens: &[TokenTree]) {
        let mut found = Vec::new();
        names(tokens.iter().cloned().collect(), &mut found);
        self.others.extend(found);
    }

    fn look_at(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(word) if word == "let" => {
                    let declared = up_to(&tokens[at + 1..], |token| {
                        is_punct(Some(token), '=') || is_punct(Some(token), ';')
                    });
                    self.declaration(declared);
                    self.see(declared, &tokens[at + 1..]);
                }
                TokenTree::Ident(word) if word == "for" => {
                    let is_in =
                        |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "in");
                    self.add_others(up_to(&tokens[at + 1..], is_in));
                }
                TokenTree::Punct(punct)
                    if punct.as_char() == '|' && opens_a_closure(&tokens, at) =>
                {
                    let parameters = up_to(&tokens[at + 1..], is_a_bar);
                    let behind = &tokens[at + 1 + parameters.len()..];
                    let is_end = |token: &TokenTree| {
                        is_punct(Some(token), ',') || is_punct(Some(token), ';')
                    };
                    let inside = parameters.len() + up_to(behind, is_end).len();
                    for parameter in parameters.split(|token| is_punct(Some(token), ',')) {
                        self.declaration(parameter);
                        self.see(parameter, &tokens[at + 1..at + 1 + inside]);
                    }
                }
                // In front of it is a pattern, which ends the arm above.
                TokenTree::Punct(punct)
                    if punct.as_char() == '=' && is_punct(tokens.get(at + 1), '>') =>
                {
                    let first = (0..at).rev().find(|at| ends_an_arm(&tokens, *at));
                    self.add_others(&tokens[first.map_or(0, |first| first + 1)..at]);
                }
                TokenTree::Group(group) => {
                    let back = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
                    let called = match (back(2), is_punct(back(1), '!')) {
                        (Some(TokenTree::Ident(name)), true) => Some(name.to_string()),
                        _ => None,
                    };
                    // A macro may bind what it is given.
                    if called.is_some_and(|name| !is_transparent(&name)) {
                        self.add_others(std::slice::from_ref(token));
                    }
                    self.look_at(group.stream());
                }
                _ => {}
            }
        }
    }

    /// Counts the name of a variable in the tokens in which it is known.
    fn see(&mut self, declared: &[TokenTree], known: &[TokenTree]) {
        let is_plain =
            |token: &&TokenTree| !matches!(token, TokenTree::Ident(word) if word == "mut");
        if let Some(TokenTree::Ident(name)) = declared.iter().find(is_plain) {
            let name = unraw(&name.to_string());
            let count = count(known.iter().cloned().collect(), &name);
            let seen = self.seen.entry(name).or_default();
            *seen = count.max(*seen);
        }
    }
}

/// How often a name stands among tokens.
fn count(tokens: TokenStream, name: &str) -> usize {
    let mut found = Vec::new();
    names(tokens, &mut found);
    found.iter().filter(|found| *found == name).count()
}

/// The name of the type that tokens say, if it is one of those that are known.
pub(crate) fn library_type(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Punct(sign), rest @ ..] if sign.as_char() == '&' => library_type(rest),
        [TokenTree::Punct(quote), TokenTree::Ident(_), rest @ ..] if quote.as_char() == '\'' => {
            library_type(rest)
        }
        [TokenTree::Ident(mutable), rest @ ..] if mutable == "mut" => library_type(rest),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
            Some(SLICE.to_owned())
        }
        [TokenTree::Ident(name), rest @ ..] if rest.is_empty() || is_punct(rest.first(), '<') => {
            let name = name.to_string();
            TYPES.contains(&name.as_str()).then_some(name)
        }
        _ => None,
    }
}

/// Whether a bar surely is no operator and ends no list of parameters.
pub(super) fn opens_a_closure(tokens: &[TokenTree], at: usize) -> bool {
    let back = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
    let before = back(1);
    // Of `||`; in `|a||b| a + b` another closure begins with it.
    let is_end = |token: &TokenTree| {
        is_punct(Some(token), ';')
            || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    };
    let is_second = is_joint(before)
        && is_punct(before, '|')
        && !up_to(&tokens[at + 1..], is_end).iter().any(is_a_bar);
    let is_behind_an_operand = match before {
        None => false,
        // The end of a type, and not of `=>`.
        Some(TokenTree::Punct(punct)) if punct.as_char() == '>' => !is_punct(back(2), '='),
        Some(TokenTree::Punct(punct)) => punct.as_char() == '?',
        Some(TokenTree::Ident(word)) => !matches!(
            word.to_string().as_str(),
            "move" | "return" | "else" | "break" | "in" | "match" | "if" | "while"
        ),
        Some(TokenTree::Group(group)) => group.delimiter() != Delimiter::Brace,
        Some(TokenTree::Literal(_)) => true,
    };
    // `||` has no parameters, or is an operator.
    let is_first = is_joint(tokens.get(at)) && is_punct(tokens.get(at + 1), '|');
    !is_second && !is_first && !is_behind_an_operand
}

pub(super) fn is_a_bar(token: &TokenTree) -> bool {
    is_punct(Some(token), '|')
}

/// A comma, or the braces of an arm.
fn ends_an_arm(tokens: &[TokenTree], at: usize) -> bool {
    match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            at >= 2 && is_punct(tokens.get(at - 1), '>') && is_punct(tokens.get(at - 2), '=')
        }
        token => is_punct(token, ','),
    }
}

pub(super) fn up_to(tokens: &[TokenTree], is_end: impl Fn(&TokenTree) -> bool) -> &[TokenTree] {
    let end = tokens.iter().position(is_end).unwrap_or(tokens.len());
    &tokens[..end]
}

/// One colon, and not a part of `::`.
pub(super) fn is_a_colon(tokens: &[TokenTree], at: usize) -> bool {
    let is_second = at > 0 && is_path_separator(tokens, at - 1);
    is_punct(tokens.get(at), ':') && !is_path_separator(tokens, at) && !is_second
}

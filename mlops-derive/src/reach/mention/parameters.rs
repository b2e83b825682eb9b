//! Names that are parameters of a function, or of closures and nothing else: of what is called so as well, no function is meant.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::receivers::{is_a_bar, is_a_colon, opens_a_closure, up_to};
use super::{is_field_or_method, is_path_separator, is_punct, names_in, unraw};

/// Whether a function takes a value of its type: `self`, `&'a mut self`, `self: Rc<Self>`.
pub(crate) fn takes_self(head: &TokenStream) -> bool {
    let tokens = head.clone().into_iter();
    let lists = tokens.filter_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group),
        _ => None,
    });
    // In front of the parameters may stand `pub(crate)`, and bounds such as `F: Fn(A)`.
    let mut lists = lists.map(|list| list.stream().into_iter().take(16));
    lists.any(|mut first| {
        first.any(|token| matches!(token, TokenTree::Ident(word) if word == "self"))
    })
}

/// The names of simple parameters: `a` and `b` of `fn f(a: A, mut b: B)`.
pub(super) fn of_function(head: &TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = head.clone().into_iter().collect();
    let list = tokens.iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => Some(group),
        _ => None,
    });
    let Some(list) = list else { return Vec::new() };
    let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let begins = at == 0
            || is_punct(tokens.get(at - 1), ',')
            || matches!(&tokens[at - 1], TokenTree::Ident(word) if word == "mut");
        if let TokenTree::Ident(word) = token
            && begins
            && is_punct(tokens.get(at + 1), ':')
            && !is_path_separator(&tokens, at + 1)
        {
            let name = unraw(&word.to_string());
            if name.starts_with(|c: char| c.is_lowercase() || c == '_') {
                found.push(name);
            }
        }
    }
    found
}

/// Whether a body has items of its own, in which a parameter's name, or that of a type, means something else.
pub(super) fn has_items(body: &TokenStream) -> bool {
    body.clone().into_iter().any(|token| match token {
        TokenTree::Ident(word) => {
            matches!(
                word.to_string().as_str(),
                "fn" | "impl"
                    | "mod"
                    | "const"
                    | "static"
                    | "macro_rules"
                    | "trait"
                    | "use"
                    | "type"
                    | "struct"
                    | "enum"
                    | "union"
            )
        }
        TokenTree::Group(group) => has_items(&group.stream()),
        _ => false,
    })
}

/// The names that a body, which has no items of its own, uses in closures only that have a parameter of this name.
pub(super) fn of_closures(body: &TokenStream) -> BTreeSet<String> {
    let mut names = Names::default();
    names.look_at(body.clone(), &BTreeSet::new());
    let Names { bound, free } = names;
    bound.difference(&free).cloned().collect()
}

#[derive(Default)]
struct Names {
    bound: BTreeSet<String>,
    /// Those that stand where no closure binds them; a pattern may be such a place, too.
    free: BTreeSet<String>,
}

impl Names {
    fn look_at(&mut self, tokens: TokenStream, around: &BTreeSet<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        self.look_at_each(&tokens, around);
    }

    fn look_at_each(&mut self, tokens: &[TokenTree], around: &BTreeSet<String>) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let mut next = at + 1;
            match token {
                TokenTree::Punct(punct)
                    if punct.as_char() == '|' && opens_a_closure(tokens, at) =>
                {
                    let parameters = up_to(&tokens[at + 1..], is_a_bar);
                    let mut inside = around.clone();
                    for parameter in parameters.split(|token| is_punct(Some(token), ',')) {
                        let colon = (0..parameter.len()).find(|at| is_a_colon(parameter, *at));
                        add_variables(&parameter[..colon.unwrap_or(parameter.len())], &mut inside);
                    }
                    self.bound.extend(inside.iter().cloned());
                    let begin = at + 1 + parameters.len() + 1;
                    let rest = tokens.get(begin..).unwrap_or_default();
                    let is_end = |token: &TokenTree| match token {
                        TokenTree::Punct(punct) => matches!(punct.as_char(), ',' | ';'),
                        TokenTree::Ident(word) => word == "else",
                        _ => false,
                    };
                    let code = up_to(rest, is_end);
                    self.look_at_each(code, &inside);
                    next = begin + code.len();
                }
                TokenTree::Ident(word) => {
                    let name = unraw(&word.to_string());
                    let is_told = is_field_or_method(tokens, at)
                        || (at >= 2 && is_path_separator(tokens, at - 2));
                    if !is_told && !around.contains(&name) {
                        self.free.insert(name);
                    }
                }
                TokenTree::Group(group) => self.look_at(group.stream(), around),
                // A format may capture a variable.
                TokenTree::Literal(literal) => {
                    let mut words = Vec::new();
                    names_in(&literal.to_string(), &mut words);
                    let free = words.into_iter().filter(|word| !around.contains(word));
                    self.free.extend(free);
                }
                TokenTree::Punct(_) => {}
            }
            at = next;
        }
    }
}

/// The variables of a pattern that is one, behind any references, or a tuple of such. A small letter begins no constant.
fn add_variables(pattern: &[TokenTree], found: &mut BTreeSet<String>) {
    match pattern {
        [TokenTree::Punct(sign), rest @ ..] if sign.as_char() == '&' => add_variables(rest, found),
        [TokenTree::Ident(word), rest @ ..]
            if !rest.is_empty() && (word == "mut" || word == "ref") =>
        {
            add_variables(rest, found);
        }
        [TokenTree::Ident(word)] => {
            let name = unraw(&word.to_string());
            if name.starts_with(|first: char| first.is_lowercase()) {
                found.insert(name);
            }
        }
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            for part in inside.split(|token| is_punct(Some(token), ',')) {
                add_variables(part, found);
            }
        }
        _ => {}
    }
}

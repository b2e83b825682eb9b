//! Macros that choose between pieces of code by conditions: `cfg_select!` of the standard library, `cfg_if!` of everybody.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{is_word, stream};
use crate::reach::mention::{is_path_separator, is_punct};

/// The pieces that the call of a macro of this name chooses between, each with its condition.
pub(crate) fn choice(name: &str, arguments: &TokenStream) -> Option<Vec<(String, TokenStream)>> {
    let tokens: Vec<TokenTree> = arguments.clone().into_iter().collect();
    let written = match name {
        "cfg_if" => by_if(&tokens)?,
        "cfg_select" => by_arrows(&tokens)?,
        _ => return None,
    };
    let mut before: Vec<String> = Vec::new();
    let mut pieces = Vec::new();
    for (condition, code) in written {
        let others = before.join(", ");
        // The first that holds is chosen.
        pieces.push((format!("all({condition}, not(any({others})))"), code));
        before.push(condition);
    }
    Some(pieces)
}

/// `if #[cfg(a)] { … } else if #[cfg(b)] { … } else { … }`
fn by_if(tokens: &[TokenTree]) -> Option<Vec<(String, TokenStream)>> {
    let mut pieces = Vec::new();
    let mut rest = tokens;
    loop {
        match rest {
            [
                TokenTree::Ident(word),
                TokenTree::Punct(hash),
                TokenTree::Group(attribute),
                TokenTree::Group(code),
                after @ ..,
            ] if word == "if" && hash.as_char() == '#' => {
                pieces.push((in_cfg(attribute)?, code.stream()));
                rest = after;
            }
            [TokenTree::Group(code)] if !pieces.is_empty() => {
                pieces.push(("all()".to_owned(), code.stream()));
                return Some(pieces);
            }
            [] => return Some(pieces),
            _ => return None,
        }
        if is_word(rest.first(), "else") {
            rest = &rest[1..];
        }
    }
}

fn in_cfg(attribute: &Group) -> Option<String> {
    let mut tokens = attribute.stream().into_iter();
    match (tokens.next()?, tokens.next()?) {
        (TokenTree::Ident(word), TokenTree::Group(condition)) if word == "cfg" => {
            Some(condition.stream().to_string())
        }
        _ => None,
    }
}

/// `a => { … } b => c, _ => { … }`
fn by_arrows(tokens: &[TokenTree]) -> Option<Vec<(String, TokenStream)>> {
    let mut pieces = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        let arrow = (0..rest.len()).find(|at| {
            is_punct(rest.get(*at), '=')
                && is_punct(rest.get(at + 1), '>')
                && !is_path_separator(rest, *at)
        })?;
        let (condition, after) = (&rest[..arrow], &rest[arrow + 2..]);
        let condition = if is_word(condition.first(), "_") {
            "all()".to_owned()
        } else {
            stream(condition).to_string()
        };
        let (code, after) = match after {
            [TokenTree::Group(code), after @ ..] if code.delimiter() == Delimiter::Brace => {
                (code.stream(), after)
            }
            _ => {
                let end = after.iter().position(|token| is_punct(Some(token), ','));
                let (code, after) = after.split_at(end.unwrap_or(after.len()));
                (stream(code), after)
            }
        };
        pieces.push((condition, code));
        rest = if is_punct(after.first(), ',') {
            &after[1..]
        } else {
            after
        };
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::choice;

    fn pieces(name: &str, text: &str) -> Option<Vec<(String, String)>> {
        let pieces = choice(name, &text.parse().unwrap())?.into_iter();
        Some(
            pieces
                .map(|(condition, code)| (condition, code.to_string()))
                .collect(),
        )
    }

    fn expected(pieces: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        let pieces = pieces.iter();
        Some(
            pieces
                .map(|(condition, code)| ((*condition).to_owned(), (*code).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn the_first_piece_whose_condition_holds_is_chosen() {
        assert_eq!(
            pieces(
                "cfg_if",
                "if #[cfg(unix)] { a } else if #[cfg(windows)] { b } else { c }"
            ),
            expected(&[
                ("all(unix, not(any()))", "a"),
                ("all(windows, not(any(unix)))", "b"),
                ("all(all(), not(any(unix, windows)))", "c"),
            ])
        );
        assert_eq!(
            pieces("cfg_select", "unix => { a } any(x, y) => b, _ => c"),
            expected(&[
                ("all(unix, not(any()))", "a"),
                ("all(any (x , y), not(any(unix)))", "b"),
                ("all(all(), not(any(unix, any (x , y))))", "c"),
            ])
        );
    }

    #[test]
    fn what_does_not_look_like_a_choice_is_none() {
        assert_eq!(pieces("cfg_if", "unix => { a }"), None);
        assert_eq!(pieces("cfg_select", "a b c"), None);
        assert_eq!(pieces("other", "unix => { a }"), None);
    }
}

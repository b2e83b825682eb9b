//! Names that a macro puts together from pieces: `[<get_ $field>]` in `paste!` stands for every name that begins with `get_`.

use proc_macro2::{Group, TokenTree};

use super::mention::{is_punct, unraw};

/// Stands for any piece of a name.
const ANY: char = '*';

/// The names that `[<…>]` may become, with `*` for what is not known.
pub(crate) fn pattern(group: &Group) -> Option<String> {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let [open, inside @ .., close] = tokens.as_slice() else {
        return None;
    };
    if !is_punct(Some(open), '<') || !is_punct(Some(close), '>') {
        return None;
    }
    let mut pieces: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(token) = inside.get(at) {
        at += 1;
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => {
                pieces.push(ANY.to_string());
                at += 1;
            }
            // `name:upper` is the name in other letters.
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                pieces.pop();
                pieces.push(ANY.to_string());
                at += 1;
            }
            TokenTree::Ident(word) => pieces.push(unraw(&word.to_string())),
            TokenTree::Literal(literal) => {
                pieces.push(literal.to_string().trim_matches('"').to_owned());
            }
            _ => pieces.push(ANY.to_string()),
        }
    }
    Some(pieces.concat())
}

/// Whether something in a name is not known.
pub(crate) fn is_pattern(name: &str) -> bool {
    name.contains(ANY)
}

/// Whether nothing of a name is known.
pub(crate) fn is_any(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c == ANY)
}

/// Whether `name` may be what `pattern` says.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split(ANY);
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proc_macro2::{TokenStream, TokenTree};

    use super::{fits, is_any, pattern};

    fn of(text: &str) -> Option<String> {
        match text.parse::<TokenStream>().unwrap().into_iter().next() {
            Some(TokenTree::Group(group)) => pattern(&group),
            _ => None,
        }
    }

    #[test]
    fn what_is_given_or_changed_is_not_known() {
        assert_eq!(of("[<get_ speed>]").as_deref(), Some("get_speed"));
        assert_eq!(
            of("[<get_ $name _in_ \"ms\" 2>]").as_deref(),
            Some("get_*_in_ms2")
        );
        assert_eq!(of("[<Row $name:camel>]").as_deref(), Some("Row*"));
        assert_eq!(of("[1, 2]"), None);
        assert_eq!(of("[<T>::A]"), None);
        assert!(is_any(&of("[<$a $b>]").unwrap()));
    }

    #[test]
    fn a_name_fits_whose_known_pieces_stand_in_order() {
        for (pattern, name) in [
            ("get_*", "get_speed"),
            ("*_at_*_ms", "read_at_two_ms"),
            ("a*a", "aba"),
            ("plain", "plain"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("get_*", "set_speed"),
            ("a*a", "a"),
            ("*_at_*_ms", "read_ms_at"),
            ("plain", "plainly"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}

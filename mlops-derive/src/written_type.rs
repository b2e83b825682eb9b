//! A type as it stands in the source. Macros see no types, so its tokens have to do.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::Type;

/// A type without the parentheses and invisible groups around it (a `$type:ty` of `macro_rules!` comes in one).
pub(crate) fn inner(written: &Type) -> &Type {
    match written {
        Type::Paren(paren) => inner(&paren.elem),
        Type::Group(group) => inner(&group.elem),
        other => other,
    }
}

/// What a reference refers to; any other type as it is.
pub(crate) fn referent(written: &Type) -> &Type {
    match inner(written) {
        Type::Reference(reference) => &reference.elem,
        other => other,
    }
}

/// Whether the last segment of a path type is `name`.
pub(crate) fn is_named(written: &Type, name: &str) -> bool {
    matches!(written, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

/// The span on which a type is reported: its first token's, where spans cannot be joined.
pub(crate) fn span(written: &Type) -> Span {
    written
        .to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |token| token.span())
}

/// A type as people write it: tokens print with spaces everywhere.
pub(crate) fn short(written: &Type) -> String {
    let mut text = written.to_token_stream().to_string();
    for (spaced, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        ("< ", "<"),
        (" ;", ";"),
        ("' ", "'"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use syn::Type;

    use super::{inner, is_named, referent, short};

    fn written(text: &str) -> Type {
        syn::parse_str(text).unwrap()
    }

    #[test]
    fn a_type_is_shown_as_people_write_it() {
        for text in [
            "f64",
            "&str",
            "Vec<Option<a::B>>",
            "::std::string::String",
            "&'static [u8; 4]",
            "BTreeMap<String, (A, B)>",
        ] {
            assert_eq!(short(&written(text)), text);
        }
    }

    #[test]
    fn parentheses_and_one_reference_are_looked_through() {
        let plain = written("a::Table");
        assert_eq!(inner(&written("((a::Table))")), &plain);
        assert_eq!(referent(&written("(&(a::Table))")), &written("(a::Table)"));
        assert_eq!(referent(&plain), &plain);
        assert!(is_named(&plain, "Table"));
        assert!(!is_named(&plain, "a"));
        assert!(!is_named(&written("&Table"), "Table"));
        assert_eq!(plain.to_token_stream().to_string(), "a :: Table");
    }
}

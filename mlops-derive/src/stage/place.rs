//! Finds out whether a stage stands inside an `impl` or a trait, which the tokens that a macro is given do not show.
//!
//! The expansion there is not items but members, and the compiler would say "`enum` is not supported in `impl`s" about code
//! that nobody wrote. So the file is looked at, but only for functions that are indented.

use proc_macro2::{Delimiter, Ident, LineColumn, Span, TokenStream, TokenTree};

use crate::function::Function;
use crate::mistakes::Mistakes;

/// Reports a stage inside an `impl` or a trait. Says no when the source cannot be seen; the compiler's own words do then.
pub(crate) fn is_inside_an_impl(function: &Function, mistakes: &mut Mistakes) -> bool {
    let name = &function.signature.ident;
    let place = match members_around(name) {
        Some(place) => place,
        None if function.signature.receiver().is_some() => return true,
        None => return false,
    };
    if function.signature.receiver().is_none() {
        mistakes.add(
            name,
            format!("a stage cannot stand inside {place}: it is a function on its own"),
            "move it out; if it needs the value, take it as an input, as in `model: &Model`",
        );
    }
    true
}

fn members_around(name: &Ident) -> Option<&'static str> {
    let span = name.span();
    let start = span.start();
    // A function at the margin is not inside anything.
    if start.column == 0 {
        return None;
    }
    let path = span.local_file()?;
    #[expect(
        clippy::disallowed_methods,
        reason = "a macro reads sources; the store has no part in it"
    )]
    let source = std::fs::read_to_string(path).ok()?;
    let first_line = source.lines().nth(start.line.checked_sub(1)?)?;
    if !first_line.starts_with([' ', '\t']) {
        return None;
    }
    find(&source, &name.to_string(), start)
}

/// What encloses the identifier `name` at `at`, if it is the members of an `impl` or of a trait.
fn find(source: &str, name: &str, at: LineColumn) -> Option<&'static str> {
    // The compiler's own lexer gives every token the span of the macro call; this one knows lines and columns.
    crate::reach::with_own_lexer(|| {
        let tokens = source.parse::<TokenStream>().ok()?;
        enclosing(tokens, name, at).flatten()
    })
}

/// `Some(None)` if the identifier is there, but not among members.
fn enclosing(tokens: TokenStream, name: &str, at: LineColumn) -> Option<Option<&'static str>> {
    let mut head = None;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Ident(word) if word.span().start() == at && word == name => {
                return Some(None);
            }
            TokenTree::Ident(word) if word == "impl" => head = head.or(Some("an `impl`")),
            TokenTree::Ident(word) if word == "trait" => head = head.or(Some("a trait")),
            // `fn f(x: impl T) { … }` is not an `impl`.
            TokenTree::Ident(word) if word == "fn" || word == "type" || word == "let" => {
                head = Some("")
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => head = None,
            TokenTree::Group(group) => {
                let braces = group.delimiter() == Delimiter::Brace;
                if contains(group.span_open(), group.span_close(), at) {
                    let within = enclosing(group.stream(), name, at)?;
                    let here = head.filter(|head| braces && !head.is_empty());
                    // The innermost braces decide: a function in a method's body is not a member.
                    let direct = group
                        .stream()
                        .into_iter()
                        .any(|token| matches!(&token, TokenTree::Ident(word) if word.span().start() == at));
                    return Some(if direct { here } else { within });
                }
                // Braces end an item, except those of a constant among generic arguments: `B<{ 1 }>`.
                let ends = |next: &TokenTree| !matches!(next, TokenTree::Punct(punct) if ">,".contains(punct.as_char()));
                if braces && tokens.peek().is_none_or(ends) {
                    head = None;
                }
            }
            _ => {}
        }
    }
    None
}

fn contains(open: Span, close: Span, at: LineColumn) -> bool {
    open.start() < at && at < close.end()
}

#[cfg(test)]
mod tests {
    use proc_macro2::LineColumn;

    fn at(source: &str) -> Option<&'static str> {
        let offset = source.find("here").unwrap();
        let before = &source[..offset];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count();
        super::find(source, "here", LineColumn { line, column })
    }

    #[test]
    fn members_are_told_from_functions_in_modules_and_bodies() {
        assert_eq!(at("impl A {\n    fn here() {}\n}"), Some("an `impl`"));
        assert_eq!(
            at("impl<T: B<{ 1 }>> A<T> for C {\n    const X: u8 = 1;\n    fn here() {}\n}"),
            Some("an `impl`")
        );
        assert_eq!(
            at("unsafe trait A {\n    fn a();\n    fn here() {}\n}"),
            Some("a trait")
        );
        assert_eq!(at("mod a {\n    fn here() {}\n}"), None);
        assert_eq!(at("fn a(b: impl C) {\n    fn here() {}\n}"), None);
        assert_eq!(
            at("impl A {\n    fn a() -> impl B {\n        fn here() {}\n    }\n}"),
            None
        );
        assert_eq!(at("impl A {}\nmod a {\n    fn here() {}\n}"), None);
    }
}

//! The digest of tokens: comments, doc comments, formatting, lints, a stage's policy and a feature's owner never count.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use crate::attribute::Ours;

/// Operators of more than one character. Only these are told apart by spacing: `a && b` is not `a & &b`, but `= &x` and
/// `=&x` are the same.
const OPERATORS: [&str; 24] = [
    "<<=", ">>=", "...", "..=", "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=",
    "*=", "/=", "%=", "^=", "&=", "|=", "<<", ">>", "..",
];

/// Attributes that cannot change what a function returns.
const WITHOUT_EFFECT: [&str; 12] = [
    "allow",
    "cold",
    "deny",
    "deprecated",
    "diagnostic",
    "doc",
    "expect",
    "forbid",
    "inline",
    "must_use",
    "rustfmt",
    "warn",
];

/// The digest of `tokens` in canonical form.
pub(crate) fn digest(tokens: TokenStream) -> blake3::Hash {
    let mut bytes = Vec::new();
    encode(tokens, Layout::Free, &mut bytes);
    blake3::hash(&bytes)
}

/// The same with all that is said of them: for macros, which may read it.
pub(crate) fn digest_with_documentation(tokens: TokenStream) -> blake3::Hash {
    let mut bytes = Vec::new();
    encode(tokens, Layout::Kept, &mut bytes);
    blake3::hash(&bytes)
}

/// What is left out of some tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Commas that a formatter adds and removes, and attributes without effect.
    Free,
    /// Attributes without effect, in the definition of a macro.
    Definition,
    /// Nothing: the arguments of a macro, documentation too, mean what the macro makes of them.
    Kept,
}

/// Every part says what it is and how long it is before it says anything else, so no two token sequences share an encoding.
fn encode(tokens: TokenStream, layout: Layout, bytes: &mut Vec<u8>) {
    let mut after_bang = false;
    let mut after_brace = false;
    let mut commas = 0_usize;
    let mut defines = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let (bang, brace) = (
            std::mem::take(&mut after_bang),
            std::mem::take(&mut after_brace),
        );
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let Some(TokenTree::Group(attribute)) = tokens.next_if(is_in_brackets) else {
                    frame(b'p', b"#", bytes);
                    continue;
                };
                if let Some(counted) = counted(attribute, layout) {
                    frame(b'p', b"#", bytes);
                    encode(TokenTree::Group(counted).into(), layout, bytes);
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                commas += 1;
                // `(a,)` is a tuple and `(a)` is not; a second comma says as much as a first.
                let closes = tokens.peek().is_none() && commas > 1;
                if layout != Layout::Free || !(brace || closes) {
                    frame(b'p', b",", bytes);
                }
            }
            TokenTree::Punct(punct) => {
                after_bang = punct.as_char() == '!';
                let mut operator = punct.as_char().to_string();
                let mut joint = punct.spacing() == Spacing::Joint;
                while joint
                    && let Some(next) = tokens.next_if(|next| continues(&operator, next))
                    && let TokenTree::Punct(next) = next
                {
                    operator.push(next.as_char());
                    joint = next.spacing() == Spacing::Joint;
                }
                frame(b'p', operator.as_bytes(), bytes);
            }
            TokenTree::Group(group) => {
                let mut content = Vec::new();
                let layout = match (bang, defines) {
                    (true, true) => Layout::Definition,
                    (true, false) => Layout::Kept,
                    (false, _) => layout,
                };
                encode(group.stream(), layout, &mut content);
                let delimiter = match group.delimiter() {
                    Delimiter::Parenthesis => b'(',
                    Delimiter::Brace => b'{',
                    Delimiter::Bracket => b'[',
                    Delimiter::None => b' ',
                };
                after_brace = group.delimiter() == Delimiter::Brace;
                frame(delimiter, &content, bytes);
            }
            // `name!` may stand before its arguments with a name between, as in `macro_rules! name { … }`.
            TokenTree::Ident(word) => {
                after_bang = bang;
                defines = word == "macro_rules" || (bang && defines);
                frame(b'i', word.to_string().as_bytes(), bytes);
            }
            TokenTree::Literal(literal) => frame(b'l', literal.to_string().as_bytes(), bytes),
        }
    }
}

fn frame(tag: u8, content: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(tag);
    bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
    bytes.extend_from_slice(content);
}

fn continues(operator: &str, next: &TokenTree) -> bool {
    let TokenTree::Punct(next) = next else {
        return false;
    };
    let longer = format!("{operator}{}", next.as_char());
    OPERATORS
        .iter()
        .any(|operator| operator.starts_with(&longer))
}

fn is_in_brackets(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

/// What counts of an attribute: nothing of `[allow(…)]` and its like, and not all of one of ours.
fn counted(attribute: Group, layout: Layout) -> Option<Group> {
    let inside = attribute.stream();
    let counted = match Ours::of(&inside) {
        // A macro that is given a feature makes of it what it will.
        Some(ours) if layout == Layout::Kept && ours.is_feature() => return Some(attribute),
        Some(ours) => ours.with_effect(),
        None if is_without_effect(&inside, layout) => return None,
        None => return Some(attribute),
    };
    (!counted.is_empty()).then(|| Group::new(Delimiter::Bracket, counted))
}

/// `doc = …`, `allow(…)` and their like.
fn is_without_effect(attribute: &TokenStream, layout: Layout) -> bool {
    let mut tokens = attribute.clone().into_iter();
    let Some(TokenTree::Ident(word)) = tokens.next() else {
        return false;
    };
    let word = word.to_string();
    let has_path = matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    // Of what has a path, only the tools of the toolchain are known: `serde::inline` would be something else.
    let is_known = !has_path || word == "rustfmt" || word == "diagnostic";
    // A doc comment is documentation, too.
    let counts = word == "doc" && layout == Layout::Kept;
    is_known && !counts && WITHOUT_EFFECT.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::digest;

    fn of(source: &str) -> String {
        digest(source.parse().unwrap()).to_hex().to_string()
    }

    #[test]
    fn comments_and_formatting_do_not_count() {
        let plain = of("fn f(a: &T) -> T { let b = &a; b.c() }");
        assert_eq!(
            plain,
            of("/// Words.\nfn f(a: &T) -> T {\n // more\n let b =&a;\n b . c()\n}")
        );
    }

    #[test]
    fn what_a_formatter_changes_does_not_count() {
        let one_line = of("fn f(a: A, b: B) -> T { match g(a, b) { C { x, y } => { x } D => y } }");
        let many_lines =
            of("fn f(a: A, b: B,) -> T { match g(a, b,) { C { x, y, } => { x }, D => y } }");
        assert_eq!(one_line, many_lines);
    }

    #[test]
    fn lints_and_policy_do_not_count() {
        assert_eq!(
            of("fn f() { g() }"),
            of(
                "#[allow(dead_code)] #[mlops::stage(train, retries = 2)] #[inline] fn f() { #[expect(unused)] g() }"
            )
        );
    }

    #[test]
    fn the_owner_of_a_feature_does_not_count_and_its_other_options_do() {
        let feature = |options: &str| format!("#[mlops::feature({options})] fn f() {{ g() }}");
        let owned = feature("entity = \"a\", owner = \"b\"");
        assert_eq!(of(&owned), of(&feature("entity = \"a\", owner = \"c\"")));
        let old = "entity = \"a\", owner = \"b\", deprecated = \"2026-12-31\", instead = \"c\"";
        assert_eq!(of(&owned), of(&feature(old)));
        for more in ["ttl = \"1d\"", "over = \"1d\"", "name = \"d\"", "uses(e)"] {
            let options = format!("entity = \"a\", owner = \"b\", {more}");
            assert_ne!(of(&owned), of(&feature(&options)), "{more}");
        }
        assert_ne!(of(&owned), of("fn f() { g() }"));
    }

    #[test]
    fn a_macro_that_is_given_a_feature_may_read_its_owner_and_one_that_writes_it_does_not() {
        let first = "#[mlops::feature(entity = \"a\", owner = \"b\")] fn f() {}";
        let second = first.replace("\"b\"", "\"c\"");
        let given = |feature: &str| of(&format!("define! {{ {feature} }}"));
        assert_ne!(given(first), given(&second));
        let written =
            |feature: &str| of(&format!("macro_rules! define {{ () => {{ {feature} }} }}"));
        assert_eq!(written(first), written(&second));
    }

    #[test]
    fn everything_else_counts() {
        let sources = [
            "fn f() { a && b }",
            "fn f() { a & &b }",
            "fn f() { \"ab\" }",
            "fn f() { \"a\" \"b\" }",
            "fn f() { ab }",
            "fn f() { a b }",
            "fn f() { (a b) }",
            "fn f() { {a b} }",
            "fn f() { a; b }",
            "fn f() { 1 }",
            "fn f() { 1.0 }",
            "fn f() { 1u8 }",
            "fn f() { a..=b }",
            "fn f() { a.. =b }",
            "#[test] fn f() { 1 }",
            "#[serde(inline)] fn f() { 1 }",
            "#[serde::inline] fn f() { 1 }",
            "#[inline::serde] fn f() { 1 }",
            "fn f() { (a, b) }",
            "fn f() { (a,) }",
            "fn f() { (a) }",
            "fn f() { m!(a, b) }",
            "fn f() { m!(a, b,) }",
            "fn f() { m!({ {} a }) }",
            "fn f() { m!({ {}, a }) }",
        ];
        let digests: std::collections::BTreeSet<String> = sources.map(of).into_iter().collect();
        assert_eq!(digests.len(), sources.len());
    }
}

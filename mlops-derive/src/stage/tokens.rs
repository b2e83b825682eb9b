//! The digest of a stage's own tokens: comments, doc comments and formatting never count.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Operators of more than one character. Only these are told apart by spacing: `a && b` is not `a & &b`, but `= &x` and
/// `=&x` are the same.
const OPERATORS: [&str; 24] = [
    "<<=", ">>=", "...", "..=", "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=",
    "*=", "/=", "%=", "^=", "&=", "|=", "<<", ">>", "..",
];

/// The digest of `tokens` in canonical form, as 64 hexadecimal digits.
pub(crate) fn digest(tokens: TokenStream) -> String {
    let mut bytes = Vec::new();
    encode(tokens, &mut bytes);
    blake3::hash(&bytes).to_hex().to_string()
}

/// Every part says what it is and how long it is before it says anything else, so no two token sequences share an encoding.
fn encode(tokens: TokenStream, bytes: &mut Vec<u8>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if tokens.next_if(is_doc).is_none() {
                    frame(b'p', b"#", bytes);
                }
            }
            TokenTree::Punct(punct) => {
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
                encode(group.stream(), &mut content);
                let delimiter = match group.delimiter() {
                    Delimiter::Parenthesis => b'(',
                    Delimiter::Brace => b'{',
                    Delimiter::Bracket => b'[',
                    Delimiter::None => b' ',
                };
                frame(delimiter, &content, bytes);
            }
            TokenTree::Ident(word) => frame(b'i', word.to_string().as_bytes(), bytes),
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

/// `[doc = …]` after a `#`. (`[doc(…)]` is a doc comment's setting, which cannot change a result either.)
fn is_doc(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else {
        return false;
    };
    group.delimiter() == Delimiter::Bracket
        && matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "doc")
}

#[cfg(test)]
mod tests {
    use super::digest;

    fn of(source: &str) -> String {
        digest(source.parse().unwrap())
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
            "#[inline] fn f() { 1 }",
        ];
        let digests: std::collections::BTreeSet<String> = sources.map(of).into_iter().collect();
        assert_eq!(digests.len(), sources.len());
    }
}

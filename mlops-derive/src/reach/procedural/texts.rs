//! The names that code may write: those in its texts, those that it quotes, and what these can be put together to.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use proc_macro2::{TokenStream, TokenTree};

use crate::reach::mention::{is_punct, is_transparent, plain, unraw};

/// Macros whose texts are formats.
const FORMATS: [&str; 4] = ["format", "format_args", "format_ident", "write"];

/// Where tokens stand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stands {
    /// They are given to a macro that may write them.
    is_quoted: bool,
    /// They are given to a macro whose texts are formats.
    is_format: bool,
}

/// What the texts of code say.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Names, with `*` for each placeholder.
    pub(super) names: BTreeSet<String>,
    /// Names may be put together.
    pub(super) glues: bool,
    /// Texts are made of numbers.
    pub(super) by_letters: bool,
    /// Names that are given to functions which it writes.
    declared: BTreeSet<String>,
    /// It may write the call of a macro, which may use the name of a function that it is given.
    calls_macros: bool,
}

impl Texts {
    /// Adds what stands in some lines.
    pub(super) fn add(
        &mut self,
        tokens: TokenStream,
        lines: &RangeInclusive<usize>,
        stands: Stands,
    ) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        // Only the first text is one; the others are put in.
        let mut is_format = stands.is_format;
        for (at, token) in tokens.iter().enumerate() {
            let is_here = lines.contains(&token.span().start().line);
            match token {
                TokenTree::Group(group) => {
                    let back = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
                    let word = |token: Option<&TokenTree>| match token {
                        Some(TokenTree::Ident(word)) => unraw(&word.to_string()),
                        _ => String::new(),
                    };
                    let called = match is_punct(back(1), '!') {
                        true => word(back(2)),
                        false => String::new(),
                    };
                    // What it says when it fails is not written.
                    let is_message = is_punct(back(2), '.') && word(back(1)) == "expect"
                        || matches!(called.as_str(), "assert" | "panic" | "todo" | "unreachable");
                    let quotes =
                        !called.is_empty() && (!is_transparent(&called) || called == "stringify");
                    if !is_message {
                        let stands = Stands {
                            is_quoted: stands.is_quoted || quotes,
                            is_format: FORMATS.contains(&called.as_str()),
                        };
                        self.add(group.stream(), lines, stands);
                    }
                }
                TokenTree::Ident(word) if is_here && stands.is_quoted => {
                    self.names.insert(unraw(&word.to_string()));
                }
                TokenTree::Punct(sign) if is_here && stands.is_quoted => {
                    let is_called = matches!(tokens.get(at + 1), Some(TokenTree::Group(_)));
                    self.calls_macros |= sign.as_char() == '!' && is_called;
                }
                TokenTree::Literal(literal) if is_here => {
                    let text = literal.to_string();
                    self.add_literal(&text, std::mem::take(&mut is_format));
                }
                _ => {}
            }
        }
    }

    fn add_literal(&mut self, literal: &str, is_format: bool) {
        let text = match syn::parse_str(literal) {
            Ok(syn::Lit::Str(text)) => text.value(),
            Ok(syn::Lit::Char(letter)) => letter.value().to_string(),
            Ok(syn::Lit::Byte(_) | syn::Lit::ByteStr(_) | syn::Lit::CStr(_)) | Err(_) => {
                self.by_letters = true;
                return;
            }
            Ok(_) => return,
        };
        self.calls_macros |= calls_a_macro(&text);
        let text = without_comments(&text);
        let mut word = Word::default();
        let mut rest = text.chars().peekable();
        while let Some(letter) = rest.next() {
            match letter {
                '{' if rest.peek() == Some(&'{') => {
                    rest.next();
                    self.end(&mut word, letter);
                }
                '{' => {
                    let inside: String =
                        rest.by_ref().take_while(|letter| *letter != '}').collect();
                    word.letters.push('*');
                    // Where the text is no format, it says what it says.
                    let names = inside.split(|letter: char| !is_of_a_name(letter));
                    for name in names.filter(|name| !is_format && !name.is_empty()) {
                        self.names.insert(name.to_owned());
                    }
                }
                letter if is_of_a_name(letter) => word.letters.push(letter),
                _ => self.end(&mut word, letter),
            }
        }
        self.end(&mut word, ' ');
    }

    /// Takes in the word that ends in front of a letter.
    fn end(&mut self, word: &mut Word, letter: char) {
        let found = std::mem::take(&mut word.letters);
        let is_fn = found == "fn";
        if found.is_empty() {
            word.is_declared &= letter.is_whitespace();
            return;
        }
        if found.chars().all(|letter| letter == '*') {
            self.glues |= found.len() > 1;
        } else if word.is_declared {
            self.declared.insert(found);
        } else {
            self.names.insert(found);
        }
        word.is_declared = is_fn && letter.is_whitespace();
    }

    /// All names that may be used by what is written.
    pub(super) fn into_names(self) -> Vec<String> {
        let mut names = self.names;
        if self.calls_macros {
            names.extend(self.declared);
        }
        names.into_iter().collect()
    }
}

/// A word of a text, letter by letter.
#[derive(Default)]
struct Word {
    letters: String,
    /// `fn` stands in front of it: it is given a meaning and not used.
    is_declared: bool,
}

/// Whether the call of a macro may stand in a text, or end in it.
fn calls_a_macro(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    (0..letters.len()).any(|at| {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let ends_a_name = before.is_none_or(|letter| is_of_a_name(letter) || letter == '}');
        letters[at] == '!' && ends_a_name && letters.get(at + 1) != Some(&'=')
    })
}

/// Lines up to `//`, if the text cannot begin or end within a text or a comment of what is written.
fn without_comments(text: &str) -> String {
    if text.contains('"') || text.contains("*/") {
        return text.to_owned();
    }
    let lines = text.lines();
    let lines = lines.map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Pieces that names may be put together of, whatever their letters: numbers may stand between.
pub(in crate::reach) struct Pieces(BTreeSet<String>);

impl Pieces {
    pub(in crate::reach) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut pieces: BTreeSet<String> = words.map(plain).collect();
        pieces.remove("");
        Self(pieces)
    }

    /// Whether a name is nothing but pieces, one behind the other.
    pub(in crate::reach) fn make(&self, name: &str) -> bool {
        let name = plain(name);
        let mut ends = vec![false; name.len() + 1];
        ends[0] = true;
        for at in 0..name.len() {
            if !ends[at] {
                continue;
            }
            let rest = &name[at..];
            if let Some(digit) = rest.chars().next().filter(|letter| letter.is_numeric()) {
                ends[at + digit.len_utf8()] = true;
            }
            for piece in self.0.iter().filter(|piece| rest.starts_with(*piece)) {
                ends[at + piece.len()] = true;
            }
        }
        ends[name.len()]
    }
}

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
        let mut word = String::new();
        let mut rest = text.chars().peekable();
        while let Some(letter) = rest.next() {
            match letter {
                '{' if rest.peek() == Some(&'{') => {
                    rest.next();
                    self.end(&mut word);
                }
                '{' => {
                    let inside: String =
                        rest.by_ref().take_while(|letter| *letter != '}').collect();
                    word.push('*');
                    // Where the text is no format, it says what it says.
                    let names = inside.split(|letter: char| !is_of_a_name(letter));
                    for name in names.filter(|_| !is_format) {
                        self.end(&mut name.to_owned());
                    }
                }
                letter if is_of_a_name(letter) => word.push(letter),
                _ => self.end(&mut word),
            }
        }
        self.end(&mut word);
    }

    fn end(&mut self, word: &mut String) {
        let found = std::mem::take(word);
        if found.chars().all(|letter| letter == '*') {
            self.glues |= found.len() > 1;
        } else {
            self.names.insert(found);
        }
    }
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Pieces that names may be put together of, whatever their letters: numbers may stand between.
pub(super) struct Pieces(BTreeSet<String>);

impl Pieces {
    pub(super) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut pieces: BTreeSet<String> = words.map(plain).collect();
        pieces.remove("");
        Self(pieces)
    }

    /// Whether a name is nothing but pieces, one behind the other.
    pub(super) fn make(&self, name: &str) -> bool {
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

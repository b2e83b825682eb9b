//! What calls an `impl` of one of the standard library's traits without naming it: operators, brackets, and the letters of a
//! format. Where none of them stands in anything that is reached, and no name that leads to it, the `impl` cannot run.

use std::ops::{BitOr, BitOrAssign};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::item::Path;
use super::mention::receivers::Receivers;
use super::mention::{is_joint, is_path_separator, is_punct};

/// Signs in code, each once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signs(pub(crate) u64);

impl BitOr for Signs {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.with(other)
    }
}

impl BitOrAssign for Signs {
    fn bitor_assign(&mut self, other: Self) {
        *self = self.with(other);
    }
}

impl Signs {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ADD: Self = Self(1);
    pub(super) const ADD_ASSIGN: Self = Self(1 << 1);
    pub(super) const SUBTRACT: Self = Self(1 << 2);
    pub(super) const SUBTRACT_ASSIGN: Self = Self(1 << 3);
    pub(super) const MULTIPLY: Self = Self(1 << 4);
    pub(super) const MULTIPLY_ASSIGN: Self = Self(1 << 5);
    pub(super) const DIVIDE: Self = Self(1 << 6);
    pub(super) const DIVIDE_ASSIGN: Self = Self(1 << 7);
    pub(super) const REMAINDER: Self = Self(1 << 8);
    pub(super) const REMAINDER_ASSIGN: Self = Self(1 << 9);
    pub(super) const AND: Self = Self(1 << 10);
    pub(super) const AND_ASSIGN: Self = Self(1 << 11);
    pub(super) const OR: Self = Self(1 << 12);
    pub(super) const OR_ASSIGN: Self = Self(1 << 13);
    pub(super) const XOR: Self = Self(1 << 14);
    pub(super) const XOR_ASSIGN: Self = Self(1 << 15);
    pub(super) const SHIFT_LEFT: Self = Self(1 << 16);
    pub(super) const SHIFT_RIGHT: Self = Self(1 << 17);
    pub(super) const NOT: Self = Self(1 << 18);
    /// `==` and `!=`, and what asks for equality without them: a table of hashes.
    pub(super) const EQUAL: Self = Self(1 << 19);
    /// `<` and its like, where they are no brackets around types, and a heap.
    pub(super) const ORDER: Self = Self(1 << 20);
    /// Brackets behind a value, with a range in them.
    pub(super) const INDEX_BY_RANGE: Self = Self(1 << 21);
    /// Brackets behind a value, with anything else in them.
    pub(super) const INDEX_BY_OTHER: Self = Self(1 << 22);
    /// A range anywhere else: it may be what is in such brackets.
    pub(super) const RANGE: Self = Self(1 << 23);
    /// What is behind brackets may be written to, or lent for that.
    pub(super) const INDEX_MUT: Self = Self(1 << 24);
    pub(super) const BINARY: Self = Self(1 << 25);
    pub(super) const OCTAL: Self = Self(1 << 26);
    pub(super) const LOWER_HEX: Self = Self(1 << 27);
    pub(super) const UPPER_HEX: Self = Self(1 << 28);
    pub(super) const LOWER_EXPONENT: Self = Self(1 << 29);
    pub(super) const UPPER_EXPONENT: Self = Self(1 << 30);
    /// A placeholder that asks for no other format.
    pub(super) const DISPLAY: Self = Self(1 << 31);
    /// `for … in`
    pub(super) const LOOP: Self = Self(1 << 32);
    const ALL_FORMATS: Self = Self::BINARY
        .with(Self::OCTAL)
        .with(Self::LOWER_HEX)
        .with(Self::UPPER_HEX)
        .with(Self::LOWER_EXPONENT)
        .with(Self::UPPER_EXPONENT)
        .with(Self::DISPLAY);
    /// All that an index may ask for.
    pub(super) const INDEX: Self = Self::ANY_INDEX.with(Self::INDEX_MUT).with(Self::RANGE);
    pub(super) const ANY_INDEX: Self = Self::INDEX_BY_RANGE.with(Self::INDEX_BY_OTHER);

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has_all(self, of: Self) -> bool {
        self.0 & of.0 == of.0
    }

    /// What the path of an import brings under another name.
    pub(super) fn of_import(path: &Path) -> Self {
        let words = path.segments.iter();
        words.fold(Self::NONE, |all, word| {
            let order = match asks_for_order(word) {
                true => Self::ORDER,
                false => Self::NONE,
            };
            all | word_sign(word, None) | order
        })
    }

    /// The signs among tokens. What looks like an operator counts as one.
    pub(crate) fn of(tokens: &TokenStream) -> Self {
        Self::of_body(tokens, &Receivers::default()).0
    }

    /// The signs of a body, but for those of an index into what surely is of the standard library; and the names of its types.
    pub(crate) fn of_body(tokens: &TokenStream, receivers: &Receivers) -> (Self, Vec<String>) {
        let mut body = Body {
            receivers,
            signs: Self::NONE,
            library_index: Vec::new(),
        };
        body.look_at(tokens.clone(), Around::default());
        (body.signs, body.library_index)
    }

    pub(crate) fn add(&mut self, other: Self) {
        *self |= other;
    }
}

/// Tokens whose signs are looked for.
struct Body<'a> {
    receivers: &'a Receivers,
    signs: Signs,
    library_index: Vec<String>,
}

impl Body<'_> {
    fn look_at(&mut self, tokens: TokenStream, around: Around) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let closing = match around.is_given {
            true => Vec::new(),
            false => closing_of_types(&tokens),
        };
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            match token {
                TokenTree::Punct(_) if closing.contains(&at) => {}
                TokenTree::Punct(_) => self.signs |= operator(&tokens, at, around.is_given),
                TokenTree::Group(group) => {
                    let is_index = group.delimiter() == Delimiter::Bracket
                        && (around.is_given || ends_an_operand(before));
                    let of_the_library = self.receivers.of_operand(&tokens, at);
                    if is_index
                        && !around.is_given
                        && let Some(of) = of_the_library
                    {
                        self.library_index.push(of.to_owned());
                    } else if is_index {
                        self.signs |= index(group, around.is_given);
                        if around.is_written || is_written(&tokens, at) {
                            self.signs |= Signs::INDEX_MUT;
                        }
                    }
                    let inside = Around {
                        is_given: around.is_given || is_punct(before, '!'),
                        is_index,
                        is_written: is_assigned(&tokens, at + 1),
                    };
                    self.look_at(group.stream(), inside);
                }
                TokenTree::Literal(literal) => self.signs |= formats(&literal.to_string()),
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    self.signs |= word_sign(&word, before);
                    let is_of_numbers = !around.is_given
                        && (is_behind_a_number_type(&tokens, at)
                            || self.is_behind_a_number(&tokens, at)
                            || are_numbers(tokens.get(at + 1)));
                    if asks_for_order(&word) && !is_of_numbers {
                        self.signs |= Signs::ORDER;
                    }
                }
            }
        }
        let has_range = (0..tokens.len()).any(|at| is_range(&tokens, at));
        if has_range && (!around.is_index || around.is_given) {
            self.signs |= Signs::RANGE;
        }
    }
}

impl Body<'_> {
    /// Whether a name stands behind a variable or a field that is a number.
    fn is_behind_a_number(&self, tokens: &[TokenTree], at: usize) -> bool {
        let of = at
            .checked_sub(1)
            .filter(|dot| is_punct(tokens.get(*dot), '.'));
        let of = of.and_then(|dot| self.receivers.of_operand(tokens, dot));
        of.is_some_and(is_a_number_type)
    }
}

/// Where tokens stand.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    /// A macro may put together anew what it is given: then a sign counts wherever it stands.
    is_given: bool,
    /// In the brackets of an index.
    is_index: bool,
    /// An assignment follows, to what is in here.
    is_written: bool,
}

/// The sign that an operator is.
fn operator(tokens: &[TokenTree], at: usize, is_given: bool) -> Signs {
    let Some(TokenTree::Punct(punct)) = tokens.get(at) else {
        return Signs::NONE;
    };
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    let after = tokens.get(at + 1);
    let follows = |with: char| is_joint(tokens.get(at)) && is_punct(after, with);
    let of = |plain: Signs, assigning: Signs| match (is_given, follows('=')) {
        (true, _) => plain.with(assigning),
        (false, true) => assigning,
        (false, false) => plain,
    };
    let is_after_an_operand = is_given || ends_an_operand(before);
    match punct.as_char() {
        '+' => of(Signs::ADD, Signs::ADD_ASSIGN),
        '-' if follows('>') => Signs::NONE,
        '-' => of(Signs::SUBTRACT, Signs::SUBTRACT_ASSIGN),
        '/' => of(Signs::DIVIDE, Signs::DIVIDE_ASSIGN),
        '%' => of(Signs::REMAINDER, Signs::REMAINDER_ASSIGN),
        '^' => of(Signs::XOR, Signs::XOR_ASSIGN),
        // A reference, what is behind one, the parameters of a closure.
        '*' | '&' | '|' if !is_after_an_operand => Signs::NONE,
        '*' => of(Signs::MULTIPLY, Signs::MULTIPLY_ASSIGN),
        '&' => of(Signs::AND, Signs::AND_ASSIGN),
        '|' => of(Signs::OR, Signs::OR_ASSIGN),
        '!' if follows('=') => Signs::EQUAL,
        // The call of a macro.
        '!' if ends_an_operand(before) && matches!(after, Some(TokenTree::Group(_))) => Signs::NONE,
        '!' => Signs::NOT,
        '=' if follows('=') => Signs::EQUAL,
        // `=>`
        '=' => Signs::NONE,
        '<' if follows('<') => Signs::SHIFT_LEFT.with(Signs::ORDER),
        '>' if follows('>') => Signs::SHIFT_RIGHT.with(Signs::ORDER),
        '<' if !is_given && opens_types(tokens, at) => Signs::NONE,
        '>' if is_arrow(before) => Signs::NONE,
        '<' | '>' => Signs::ORDER,
        _ => Signs::NONE,
    }
}

/// The positions of `>` that close what a `<` opened around types, and are no operators.
fn closing_of_types(tokens: &[TokenTree]) -> Vec<usize> {
    let opening = (0..tokens.len()).filter(|at| opens_types(tokens, *at));
    opening.filter_map(|at| closing(tokens, at)).collect()
}

/// Whether a `<` surely opens a list of types.
fn opens_types(tokens: &[TokenTree], at: usize) -> bool {
    if !is_punct(tokens.get(at), '<') || is_operator_of_more(tokens, at) {
        return false;
    }
    let word = |back: usize| match at.checked_sub(back).and_then(|at| tokens.get(at)) {
        Some(TokenTree::Ident(word)) => word.to_string(),
        _ => String::new(),
    };
    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
    let is_qualified = !ends_an_operand(before);
    let declares = matches!(word(1).as_str(), "impl" | "for")
        || matches!(
            word(2).as_str(),
            "fn" | "struct" | "enum" | "union" | "trait" | "type"
        );
    if is_qualified || declares {
        return true;
    }
    // Comparisons cannot be chained, and no operand begins with any of these.
    let Some(end) = closing(tokens, at) else {
        return false;
    };
    match tokens.get(end + 1) {
        None => true,
        Some(TokenTree::Punct(next)) => match next.as_char() {
            '=' => !is_operator_of_more(tokens, end),
            other => matches!(other, ',' | ';' | '>' | '+' | ')'),
        },
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        Some(TokenTree::Ident(word)) => word == "for" || word == "where" || word == "as",
        Some(TokenTree::Literal(_)) => false,
    }
}

/// The `>` that closes what opens at `at`, if only types may stand between.
fn closing(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(at) {
        match token {
            TokenTree::Punct(punct) => match punct.as_char() {
                '<' => depth += 1,
                '>' if is_arrow(at.checked_sub(1).and_then(|at| tokens.get(at))) => {}
                '>' => depth = depth.checked_sub(1)?,
                '-' if is_punct(tokens.get(at + 1), '>') => {}
                '&' if is_punct(tokens.get(at + 1), '&') => return None,
                ':' | ',' | '&' | '\'' | '+' | '=' | '*' | '?' | '!' => {}
                _ => return None,
            },
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// `<<`, `<=` and their like.
fn is_operator_of_more(tokens: &[TokenTree], at: usize) -> bool {
    is_joint(tokens.get(at))
        && (is_punct(tokens.get(at + 1), '=') || is_punct(tokens.get(at + 1), '<'))
}

/// The beginning of `->` or `=>`.
fn is_arrow(before: Option<&TokenTree>) -> bool {
    is_joint(before) && (is_punct(before, '-') || is_punct(before, '='))
}

/// What brackets behind a value ask for.
fn index(brackets: &Group, is_given: bool) -> Signs {
    let inside: Vec<TokenTree> = brackets.stream().into_iter().collect();
    if is_given {
        Signs::ANY_INDEX.with(Signs::INDEX_MUT)
    } else if (0..inside.len()).any(|at| is_range(&inside, at)) {
        Signs::INDEX_BY_RANGE
    } else {
        Signs::INDEX_BY_OTHER
    }
}

fn is_range(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), '.') && is_punct(tokens.get(at + 1), '.')
}

/// Whether the value behind the brackets at `at` is assigned to, or a method is called on it, which may write.
fn is_written(tokens: &[TokenTree], at: usize) -> bool {
    let mut next = at + 1;
    loop {
        match tokens.get(next) {
            // The next index, and the place of a field.
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => next += 1,
            Some(TokenTree::Punct(dot)) if dot.as_char() == '.' && !is_range(tokens, next) => {
                let is_method = matches!(tokens.get(next + 2), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
                    || is_punct(tokens.get(next + 2), ':');
                if is_method {
                    return true;
                }
                next += 2;
            }
            _ => return is_assigned(tokens, next),
        }
    }
}

/// Whether `=`, `+=` or another assignment stands at `at`.
fn is_assigned(tokens: &[TokenTree], at: usize) -> bool {
    let sign = |at: usize| match tokens.get(at) {
        Some(TokenTree::Punct(punct)) => Some(punct.as_char()),
        _ => None,
    };
    match (sign(at), sign(at + 1)) {
        (Some('='), next) => !(is_joint(tokens.get(at)) && matches!(next, Some('=' | '>'))),
        (Some('+' | '-' | '*' | '/' | '%' | '^' | '&' | '|'), Some('=')) => true,
        (Some('<'), Some('<')) | (Some('>'), Some('>')) => true,
        _ => false,
    }
}

/// Whether a function of this name compares what it is given with what it is called behind.
fn asks_for_order(word: &str) -> bool {
    matches!(word, "clamp" | "max" | "min")
}

/// Whether a name stands behind a type of numbers, as in `f64::max`.
fn is_behind_a_number_type(tokens: &[TokenTree], at: usize) -> bool {
    let word = match at.checked_sub(3).and_then(|at| tokens.get(at)) {
        Some(TokenTree::Ident(word)) => word.to_string(),
        _ => return false,
    };
    let is_first = !is_punct(at.checked_sub(4).and_then(|at| tokens.get(at)), ':');
    is_first && is_path_separator(tokens, at - 2) && is_a_number_type(&word)
}

/// `f64`, `usize` and their like.
fn is_a_number_type(name: &str) -> bool {
    let (kind, bits) = name.split_at_checked(1).unwrap_or_default();
    matches!(kind, "f" | "i" | "u") && (bits == "size" || bits.parse::<u8>().is_ok())
}

/// Whether a call is given numbers alone. What it is called behind is a number, too, where the standard library offers it.
fn are_numbers(arguments: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(list)) = arguments else {
        return false;
    };
    let is_a_number = |token: &TokenTree| match token {
        TokenTree::Literal(literal) => literal
            .to_string()
            .starts_with(|c: char| c.is_ascii_digit()),
        TokenTree::Punct(sign) => matches!(sign.as_char(), '-' | ','),
        _ => false,
    };
    list.delimiter() == Delimiter::Parenthesis
        && !list.stream().is_empty()
        && list.stream().into_iter().all(|token| is_a_number(&token))
}

/// What a word asks for.
fn word_sign(word: &str, before: Option<&TokenTree>) -> Signs {
    match word {
        // Macros that make texts of what cannot be looked at here; a text may be a format.
        "env" | "include" | "include_str" | "option_env" | "stringify" => Signs::ALL_FORMATS,
        "in" => Signs::LOOP,
        "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => Signs::EQUAL,
        "HashMap" | "HashSet" | "hash_map" | "hash_set" => Signs::EQUAL,
        "BinaryHeap" | "binary_heap" => Signs::ORDER,
        // `&mut purse[0]`, and `ref mut` in a pattern, wherever the brackets are.
        "mut" if is_punct(before, '&') => Signs::INDEX_MUT,
        // A value of such a type is a range.
        range if range.starts_with("Range") => Signs::RANGE,
        "mut" => match before {
            Some(TokenTree::Ident(word)) if word == "ref" || word == "raw" => Signs::INDEX_MUT,
            _ => Signs::NONE,
        },
        _ => Signs::NONE,
    }
}

/// The sign that a letter at the end of a placeholder is, as in `{:x}`.
fn of_format(letter: char) -> Signs {
    match letter {
        'b' => Signs::BINARY,
        'o' => Signs::OCTAL,
        'x' => Signs::LOWER_HEX,
        'X' => Signs::UPPER_HEX,
        'e' => Signs::LOWER_EXPONENT,
        'E' => Signs::UPPER_EXPONENT,
        _ => Signs::NONE,
    }
}

/// The formats that a text may ask for. It may be one piece of several, so that half a placeholder counts.
fn formats(written: &str) -> Signs {
    let ends = written
        .split('}')
        .map(|end| end.trim_end_matches(['"', '#']));
    let letters = ends.filter_map(|end| end.chars().next_back());
    let found = letters.fold(Signs::NONE, |all, letter| all | of_format(letter));
    let mut placeholders = written.split('{').skip(1);
    let is_shown = |placeholder: &str| {
        let Some((inside, _)) = placeholder.split_once('}') else {
            return true;
        };
        let (_, format) = inside.split_once(':').unwrap_or_default();
        !format.ends_with(|letter| letter == '?' || of_format(letter) != Signs::NONE)
    };
    match placeholders.any(is_shown) {
        true => found | Signs::DISPLAY,
        false => found,
    }
}

/// Whether an operand may end with a token, so that an operator or an index may follow.
fn ends_an_operand(token: Option<&TokenTree>) -> bool {
    match token {
        None => false,
        Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), '?' | '>'),
        Some(TokenTree::Ident(word)) => !matches!(
            word.to_string().as_str(),
            "as" | "break"
                | "const"
                | "dyn"
                | "else"
                | "if"
                | "in"
                | "let"
                | "match"
                | "move"
                | "mut"
                | "ref"
                | "return"
                | "while"
        ),
        Some(_) => true,
    }
}

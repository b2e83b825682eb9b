//! What calls an `impl` of one of the standard library's traits without naming it: operators, brackets, and the letters of a
//! format. Where none of them stands in anything that is reached, and no name that leads to it, the `impl` cannot run.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use super::item::Path;
use super::lookup::Found;
use super::mention::is_punct;

/// Signs in code, each once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signs(pub(crate) u32);

const ADD: u32 = 1;
const SUBTRACT: u32 = 1 << 1;
const MULTIPLY: u32 = 1 << 2;
const DIVIDE: u32 = 1 << 3;
const REMAINDER: u32 = 1 << 4;
const NOT: u32 = 1 << 5;
const AND: u32 = 1 << 6;
const OR: u32 = 1 << 7;
const XOR: u32 = 1 << 8;
const SHIFT_LEFT: u32 = 1 << 9;
const SHIFT_RIGHT: u32 = 1 << 10;
const INDEX: u32 = 1 << 11;
const BINARY: u32 = 1 << 12;
const OCTAL: u32 = 1 << 13;
const LOWER_HEX: u32 = 1 << 14;
const UPPER_HEX: u32 = 1 << 15;
const LOWER_EXPONENT: u32 = 1 << 16;
const UPPER_EXPONENT: u32 = 1 << 17;
const ALL_FORMATS: u32 = BINARY | OCTAL | LOWER_HEX | UPPER_HEX | LOWER_EXPONENT | UPPER_EXPONENT;

/// The sign that an operator is.
fn of_operator(operator: char) -> u32 {
    match operator {
        '+' => ADD,
        '-' => SUBTRACT,
        '*' => MULTIPLY,
        '/' => DIVIDE,
        '%' => REMAINDER,
        '!' => NOT,
        '&' => AND,
        '|' => OR,
        '^' => XOR,
        _ => 0,
    }
}

/// The sign that a letter at the end of a placeholder is, as in `{:x}`.
fn of_format(letter: char) -> u32 {
    match letter {
        'b' => BINARY,
        'o' => OCTAL,
        'x' => LOWER_HEX,
        'X' => UPPER_HEX,
        'e' => LOWER_EXPONENT,
        'E' => UPPER_EXPONENT,
        _ => 0,
    }
}

impl Signs {
    /// The signs among tokens. What looks like an operator counts as one.
    pub(crate) fn of(tokens: &TokenStream) -> Self {
        let mut found = Self::default();
        found.look_at(tokens.clone(), false);
        found
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// A macro may put together anew what it is given: then a sign counts wherever it stands.
    fn look_at(&mut self, tokens: TokenStream, is_given: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            match token {
                TokenTree::Punct(punct) => {
                    let after = tokens.get(at + 1);
                    let sign = punct.as_char();
                    let is_joint = punct.spacing() == Spacing::Joint;
                    let follows = |with: char| is_joint && is_punct(after, with);
                    let is_none = match sign {
                        '-' => follows('>'),
                        '!' => follows('=') || (ends_an_operand(before) && is_group(after)),
                        // A reference, what is behind one, the parameters of a closure.
                        '&' | '*' | '|' => !is_given && !ends_an_operand(before),
                        _ => false,
                    };
                    self.0 |= if is_none { 0 } else { of_operator(sign) };
                    match sign {
                        '<' if follows('<') => self.0 |= SHIFT_LEFT,
                        '>' if follows('>') => self.0 |= SHIFT_RIGHT,
                        _ => {}
                    }
                }
                TokenTree::Group(group) => {
                    let is_call = is_punct(before, '!');
                    let is_index = group.delimiter() == Delimiter::Bracket
                        && (is_given || ends_an_operand(before));
                    self.0 |= if is_index { INDEX } else { 0 };
                    self.look_at(group.stream(), is_given || is_call);
                }
                TokenTree::Literal(literal) => {
                    let written = literal.to_string();
                    // A text may be one piece of several.
                    let ends = written
                        .split('}')
                        .map(|end| end.trim_end_matches(['"', '#']));
                    let letters = ends.filter_map(|end| end.chars().next_back());
                    self.0 |= letters.fold(0, |all, letter| all | of_format(letter));
                }
                // Words become a text.
                TokenTree::Ident(word) if word == "stringify" => self.0 |= ALL_FORMATS,
                TokenTree::Ident(_) => {}
            }
        }
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

fn is_group(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(_)))
}

/// What may call an `impl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    of_trait: &'static str,
    signs: u32,
    /// Methods and functions of the standard library that call it, and its own.
    names: &'static [&'static str],
    /// Code that is derived may call it where an attribute says so.
    by_attributes: bool,
}

/// A trait that one sign calls, or one name.
const fn by(of_trait: &'static str, signs: u32, names: &'static [&'static str]) -> Caller {
    Caller {
        of_trait,
        signs,
        names,
        by_attributes: false,
    }
}

/// A trait that an attribute may call as well: `#[serde(try_from = "Raw")]`.
const fn by_attribute(of_trait: &'static str, names: &'static [&'static str]) -> Caller {
    Caller {
        by_attributes: true,
        ..by(of_trait, 0, names)
    }
}

const OF_OPERATORS: [Caller; 24] = [
    by("Add", ADD, &["add"]),
    by("AddAssign", ADD, &["add_assign"]),
    by("BitAnd", AND, &["bitand"]),
    by("BitAndAssign", AND, &["bitand_assign"]),
    by("BitOr", OR, &["bitor"]),
    by("BitOrAssign", OR, &["bitor_assign"]),
    by("BitXor", XOR, &["bitxor"]),
    by("BitXorAssign", XOR, &["bitxor_assign"]),
    by("Div", DIVIDE, &["div"]),
    by("DivAssign", DIVIDE, &["div_assign"]),
    by("Index", INDEX, &["index"]),
    by("IndexMut", INDEX, &["index_mut"]),
    by("Mul", MULTIPLY, &["mul"]),
    by("MulAssign", MULTIPLY, &["mul_assign"]),
    by("Neg", SUBTRACT, &["neg"]),
    by("Not", NOT, &["not"]),
    by("Rem", REMAINDER, &["rem"]),
    by("RemAssign", REMAINDER, &["rem_assign"]),
    by("Shl", SHIFT_LEFT, &["shl"]),
    by("ShlAssign", SHIFT_LEFT, &["shl_assign"]),
    by("Shr", SHIFT_RIGHT, &["shr"]),
    by("ShrAssign", SHIFT_RIGHT, &["shr_assign"]),
    by("Sub", SUBTRACT, &["sub"]),
    by("SubAssign", SUBTRACT, &["sub_assign"]),
];

const OF_FORMATS: [Caller; 6] = [
    by("Binary", BINARY, &[]),
    by("LowerExp", LOWER_EXPONENT, &[]),
    by("LowerHex", LOWER_HEX, &[]),
    by("Octal", OCTAL, &[]),
    by("UpperExp", UPPER_EXPONENT, &[]),
    by("UpperHex", UPPER_HEX, &[]),
];

const OF_THE_PRELUDE: [Caller; 4] = [
    by(
        "Extend",
        0,
        &[
            "collect",
            "collect_into",
            "extend",
            "extend_one",
            "from_iter",
            "partition",
            "unzip",
        ],
    ),
    by("FromIterator", 0, &["collect", "collect_into", "from_iter"]),
    by_attribute("TryFrom", &["try_from", "try_into"]),
    by_attribute("TryInto", &["try_from", "try_into"]),
];

const OF_MODULES: [Caller; 3] = [
    by_attribute("FromStr", &["from_str", "parse"]),
    by("Product", 0, &["product"]),
    by("Sum", 0, &["sum"]),
];

impl Caller {
    /// What may call an `impl` of the trait at this path. Nothing where the trait is another one, or may be called by more than
    /// can be listed here: what has `==`, an order or a hash is called by whatever holds it.
    pub(crate) fn of_trait(path: &[&str]) -> Option<Self> {
        let (name, module) = path.split_last()?;
        let is_of = |modules: &[&str]| match module {
            [] => false,
            ["std" | "core" | "alloc", rest @ ..] => modules.contains(&rest.join("::").as_str()),
            _ => false,
        };
        let prelude = module.is_empty()
            || is_of(&["prelude::v1", "prelude::rust_2024", "prelude::rust_2021"]);
        let table = if is_of(&["ops", "ops::arith", "ops::bit"]) {
            &OF_OPERATORS[..]
        } else if is_of(&["fmt"]) {
            &OF_FORMATS[..]
        } else if prelude {
            &OF_THE_PRELUDE[..]
        } else if is_of(&["iter", "str", "convert"]) {
            let of_modules = OF_MODULES.iter().chain(&OF_THE_PRELUDE);
            return of_modules.copied().find(|known| known.of_trait == *name);
        } else {
            return None;
        };
        table.iter().copied().find(|known| known.of_trait == *name)
    }

    /// The same for what the path of a trait was found to mean.
    pub(crate) fn of_found(written: &Path, found: &Found) -> Option<Self> {
        if !found.nodes.is_empty() || !found.modules.is_empty() {
            return None;
        }
        match (found.foreign.as_slice(), written.segments.as_slice()) {
            ([], [name]) if !written.absolute => Self::of_trait(&[name]),
            ([path], _) => Self::of_trait(&path.split("::").collect::<Vec<_>>()),
            _ => None,
        }
    }

    /// Whether a path in a crate of others names the trait: what it says of a type may count without a call.
    pub(crate) fn is_named_by(&self, path: &str) -> bool {
        path.split("::").any(|part| part == self.of_trait)
    }

    /// Whether what is reached may call it: by a sign, or by a name.
    pub(crate) fn is_met(&self, signs: Signs, mut uses: impl FnMut(&str) -> bool) -> bool {
        signs.0 & self.signs != 0 || self.names.iter().any(|name| uses(name))
    }

    /// Whether one of these crates of others may call it with a type of ours.
    pub(crate) fn is_known_to<'a>(&self, mut crates: impl Iterator<Item = &'a str>) -> bool {
        crates.any(|name| {
            !CALL_NO_OPERATOR.contains(&name)
                && (self.by_attributes || !DERIVE_ONLY.contains(&name))
        })
    }
}

/// Crates that are in nearly every project and call none of these traits for types that they are given.
const CALL_NO_OPERATOR: [&str; 10] = [
    "anyhow",
    "blake3",
    "bytes",
    "log",
    "serde_json",
    "static_assertions",
    "thiserror",
    "toml",
    "tracing",
    "uuid",
];

/// Crates that call of these only what an attribute names.
const DERIVE_ONLY: [&str; 2] = ["serde", "serde_derive"];

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
/// A placeholder that asks for no other format.
const DISPLAY: u32 = 1 << 18;
const ALL_FORMATS: u32 =
    BINARY | OCTAL | LOWER_HEX | UPPER_HEX | LOWER_EXPONENT | UPPER_EXPONENT | DISPLAY;

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
                    self.0 |= formats(&literal.to_string());
                }
                TokenTree::Ident(word) if MAKE_TEXTS.iter().any(|name| word == name) => {
                    self.0 |= ALL_FORMATS;
                }
                TokenTree::Ident(_) => {}
            }
        }
    }
}

/// Macros that make texts of what cannot be looked at here; a text may be a format.
const MAKE_TEXTS: [&str; 5] = ["env", "include", "include_str", "option_env", "stringify"];

/// The formats that a text may ask for. It may be one piece of several, so that half a placeholder counts.
fn formats(written: &str) -> u32 {
    let ends = written
        .split('}')
        .map(|end| end.trim_end_matches(['"', '#']));
    let letters = ends.filter_map(|end| end.chars().next_back());
    let found = letters.fold(0, |all, letter| all | of_format(letter));
    let mut placeholders = written.split('{').skip(1);
    let is_shown = |placeholder: &str| {
        let Some((inside, _)) = placeholder.split_once('}') else {
            return true;
        };
        let (_, format) = inside.split_once(':').unwrap_or_default();
        !format.ends_with(|letter| letter == '?' || of_format(letter) != 0)
    };
    match placeholders.any(is_shown) {
        true => found | DISPLAY,
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
    /// An `impl` says types, too, which count without a call: `<A as Add>::Output`.
    has_types: bool,
    /// Crates of others that never call it for types that they are given.
    harmless: &'static [&'static str],
}

/// Crates that are in nearly every project and use no operators of what they are given, nor convert it or collect into it.
const USE_NO_OPERATORS: [&str; 12] = [
    "anyhow",
    "blake3",
    "bytes",
    "log",
    "serde",
    "serde_derive",
    "serde_json",
    "static_assertions",
    "thiserror",
    "toml",
    "tracing",
    "uuid",
];

/// The same for what an attribute may ask for, as `#[serde(try_from = "Raw")]` does.
const CONVERT_NOTHING: [&str; 10] = [
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

/// Crates that show nothing of what they are given.
const SHOW_NOTHING: [&str; 6] = [
    "blake3",
    "bytes",
    "serde",
    "serde_derive",
    "serde_json",
    "static_assertions",
];

/// A trait that one sign calls, or one of these names.
const fn by(of_trait: &'static str, signs: u32, names: &'static [&'static str]) -> Caller {
    Caller {
        of_trait,
        signs,
        names,
        has_types: false,
        harmless: &USE_NO_OPERATORS,
    }
}

impl Caller {
    const fn with_types(self) -> Self {
        Self {
            has_types: true,
            ..self
        }
    }

    const fn but_for(self, harmless: &'static [&'static str]) -> Self {
        Self { harmless, ..self }
    }
}

const OF_OPERATORS: [Caller; 24] = [
    by("Add", ADD, &["add"]).with_types(),
    by("AddAssign", ADD, &["add_assign"]),
    by("BitAnd", AND, &["bitand"]).with_types(),
    by("BitAndAssign", AND, &["bitand_assign"]),
    by("BitOr", OR, &["bitor"]).with_types(),
    by("BitOrAssign", OR, &["bitor_assign"]),
    by("BitXor", XOR, &["bitxor"]).with_types(),
    by("BitXorAssign", XOR, &["bitxor_assign"]),
    by("Div", DIVIDE, &["div"]).with_types(),
    by("DivAssign", DIVIDE, &["div_assign"]),
    by("Index", INDEX, &["index"]).with_types(),
    by("IndexMut", INDEX, &["index_mut"]),
    by("Mul", MULTIPLY, &["mul"]).with_types(),
    by("MulAssign", MULTIPLY, &["mul_assign"]),
    by("Neg", SUBTRACT, &["neg"]).with_types(),
    by("Not", NOT, &["not"]).with_types(),
    by("Rem", REMAINDER, &["rem"]).with_types(),
    by("RemAssign", REMAINDER, &["rem_assign"]),
    by("Shl", SHIFT_LEFT, &["shl"]).with_types(),
    by("ShlAssign", SHIFT_LEFT, &["shl_assign"]),
    by("Shr", SHIFT_RIGHT, &["shr"]).with_types(),
    by("ShrAssign", SHIFT_RIGHT, &["shr_assign"]),
    by("Sub", SUBTRACT, &["sub"]).with_types(),
    by("SubAssign", SUBTRACT, &["sub_assign"]),
];

const OF_FORMATS: [Caller; 7] = [
    by("Binary", BINARY, &["fmt"]),
    by("Display", DISPLAY, &["collect_str", "fmt", "to_string"]).but_for(&SHOW_NOTHING),
    by("LowerExp", LOWER_EXPONENT, &["fmt"]),
    by("LowerHex", LOWER_HEX, &["fmt"]),
    by("Octal", OCTAL, &["fmt"]),
    by("UpperExp", UPPER_EXPONENT, &["fmt"]),
    by("UpperHex", UPPER_HEX, &["fmt"]),
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
    by("TryFrom", 0, &["try_from", "try_into"])
        .with_types()
        .but_for(&CONVERT_NOTHING),
    by("TryInto", 0, &["try_from", "try_into"])
        .with_types()
        .but_for(&CONVERT_NOTHING),
];

const OF_MODULES: [Caller; 3] = [
    by("FromStr", 0, &["from_str", "parse"])
        .with_types()
        .but_for(&CONVERT_NOTHING),
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
        self.has_types && path.split("::").any(|part| part == self.of_trait)
    }

    /// Whether what is reached may call it: by a sign, or by a name.
    pub(crate) fn is_met(&self, signs: Signs, mut uses: impl FnMut(&str) -> bool) -> bool {
        signs.0 & self.signs != 0 || self.names.iter().any(|name| uses(name))
    }

    /// Whether one of these crates of others may call it with a type of ours.
    pub(crate) fn is_known_to<'a>(&self, mut crates: impl Iterator<Item = &'a str>) -> bool {
        crates.any(|name| !self.harmless.contains(&name))
    }
}

//! Who calls an `impl` of one of the standard library's traits: the signs that stand for it, and the functions of the standard
//! library that ask for it.

use super::item::Path;
use super::lookup::Found;
use super::signs::Signs;

/// What may call an `impl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    of_trait: &'static str,
    /// Signs that call it where all of them stand; two ways at most.
    ways: [Signs; 2],
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
const fn by(of_trait: &'static str, sign: Signs, names: &'static [&'static str]) -> Caller {
    Caller {
        of_trait,
        ways: [sign, Signs::NONE],
        names,
        has_types: false,
        harmless: &USE_NO_OPERATORS,
    }
}

impl Caller {
    const fn or(self, way: Signs) -> Self {
        Self {
            ways: [self.ways[0], way],
            ..self
        }
    }

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
    by("Add", Signs::ADD, &["add"]).with_types(),
    by("AddAssign", Signs::ADD_ASSIGN, &["add_assign"]),
    by("BitAnd", Signs::AND, &["bitand"]).with_types(),
    by("BitAndAssign", Signs::AND_ASSIGN, &["bitand_assign"]),
    by("BitOr", Signs::OR, &["bitor"]).with_types(),
    by("BitOrAssign", Signs::OR_ASSIGN, &["bitor_assign"]),
    by("BitXor", Signs::XOR, &["bitxor"]).with_types(),
    by("BitXorAssign", Signs::XOR_ASSIGN, &["bitxor_assign"]),
    by("Div", Signs::DIVIDE, &["div"]).with_types(),
    by("DivAssign", Signs::DIVIDE_ASSIGN, &["div_assign"]),
    by("Index", Signs::INDEX_BY_RANGE, &["index"])
        .or(Signs::INDEX_BY_OTHER)
        .with_types(),
    by("IndexMut", Signs::INDEX_BY_RANGE, &["index_mut"]).or(Signs::INDEX_BY_OTHER),
    by("Mul", Signs::MULTIPLY, &["mul"]).with_types(),
    by("MulAssign", Signs::MULTIPLY_ASSIGN, &["mul_assign"]),
    by("Neg", Signs::SUBTRACT, &["neg"]).with_types(),
    by("Not", Signs::NOT, &["not"]).with_types(),
    by("Rem", Signs::REMAINDER, &["rem"]).with_types(),
    by("RemAssign", Signs::REMAINDER_ASSIGN, &["rem_assign"]),
    by("Shl", Signs::SHIFT_LEFT, &["shl"]).with_types(),
    by("ShlAssign", Signs::SHIFT_LEFT, &["shl_assign"]),
    by("Shr", Signs::SHIFT_RIGHT, &["shr"]).with_types(),
    by("ShrAssign", Signs::SHIFT_RIGHT, &["shr_assign"]),
    by("Sub", Signs::SUBTRACT, &["sub"]).with_types(),
    by("SubAssign", Signs::SUBTRACT_ASSIGN, &["sub_assign"]),
];

/// Sorting asks for `<`, and so do ranges that are asked what is in them. An order that is total (`Ord`) is asked for by every
/// collection, and cannot be listed.
const OF_COMPARISONS: [Caller; 2] = [
    by(
        "PartialEq",
        Signs::EQUAL,
        &[
            "contains",
            "dedup",
            "dedup_by_key",
            "ends_with",
            "eq",
            "ne",
            "starts_with",
            "strip_prefix",
            "strip_suffix",
        ],
    ),
    by(
        "PartialOrd",
        Signs::ORDER,
        &[
            "contains",
            "ge",
            "gt",
            "is_empty",
            "is_sorted",
            "is_sorted_by_key",
            "le",
            "lt",
            "max_by_key",
            "min_by_key",
            "minmax",
            "partial_cmp",
            "select_nth_unstable",
            "select_nth_unstable_by_key",
            "sort",
            "sort_by_cached_key",
            "sort_by_key",
            "sort_unstable",
            "sort_unstable_by_key",
        ],
    ),
];

const OF_FORMATS: [Caller; 7] = [
    by("Binary", Signs::BINARY, &["fmt"]),
    by(
        "Display",
        Signs::DISPLAY,
        &["collect_str", "fmt", "to_string"],
    )
    .but_for(&SHOW_NOTHING),
    by("LowerExp", Signs::LOWER_EXPONENT, &["fmt"]),
    by("LowerHex", Signs::LOWER_HEX, &["fmt"]),
    by("Octal", Signs::OCTAL, &["fmt"]),
    by("UpperExp", Signs::UPPER_EXPONENT, &["fmt"]),
    by("UpperHex", Signs::UPPER_HEX, &["fmt"]),
];

const OF_THE_PRELUDE: [Caller; 5] = [
    by(
        "Extend",
        Signs::NONE,
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
    by(
        "FromIterator",
        Signs::NONE,
        &["collect", "collect_into", "from_iter"],
    ),
    by(
        "IntoIterator",
        Signs::LOOP,
        &[
            "args",
            "chain",
            "cmp",
            "cmp_by",
            "collect_map",
            "collect_seq",
            "entries",
            "envs",
            "eq",
            "eq_by",
            "extend",
            "extend_one",
            "flat_map",
            "flatten",
            "from_iter",
            "ge",
            "gt",
            "into_iter",
            "join_paths",
            "le",
            "lt",
            "ne",
            "partial_cmp",
            "partial_cmp_by",
            "splice",
            "zip",
        ],
    )
    .with_types(),
    by("TryFrom", Signs::NONE, &["try_from", "try_into"])
        .with_types()
        .but_for(&CONVERT_NOTHING),
    by("TryInto", Signs::NONE, &["try_from", "try_into"])
        .with_types()
        .but_for(&CONVERT_NOTHING),
];

const OF_MODULES: [Caller; 3] = [
    by("FromStr", Signs::NONE, &["from_str", "parse"])
        .with_types()
        .but_for(&CONVERT_NOTHING),
    by("Product", Signs::NONE, &["product"]),
    by("Sum", Signs::NONE, &["sum"]),
];

impl Caller {
    /// What may call an `impl` of the trait at this path. Nothing where the trait is another one, or may be called by more than
    /// can be listed here: what has an order or a hash is called by whatever holds it.
    pub(crate) fn of_trait(path: &[&str]) -> Option<Self> {
        let (name, module) = path.split_last()?;
        let is_of = |modules: &[&str]| match module {
            [] => false,
            ["std" | "core" | "alloc", rest @ ..] => modules.contains(&rest.join("::").as_str()),
            _ => false,
        };
        let prelude = module.is_empty()
            || is_of(&["prelude::v1", "prelude::rust_2024", "prelude::rust_2021"]);
        let is_a_comparison = (prelude || is_of(&["cmp"]))
            && OF_COMPARISONS.iter().any(|known| known.of_trait == *name);
        let table = if is_of(&["ops", "ops::arith", "ops::bit"]) {
            &OF_OPERATORS[..]
        } else if is_a_comparison {
            &OF_COMPARISONS[..]
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

    /// Of an index by a type that is known: what stands in the brackets is a range, or it is none.
    pub(crate) fn by_index(self, by: Option<IndexBy>) -> Self {
        let ways = match by {
            Some(IndexBy::Range) => [
                Signs::INDEX_BY_RANGE,
                Signs::INDEX_BY_OTHER.with(Signs::RANGE),
            ],
            Some(IndexBy::Other) => [Signs::INDEX_BY_OTHER; 2],
            None => self.ways,
        };
        match self.of_trait {
            "Index" => Self { ways, ..self },
            "IndexMut" => Self {
                ways: ways.map(|way| way.with(Signs::INDEX_MUT)),
                ..self
            },
            _ => self,
        }
    }

    /// Whether a path in a crate of others names the trait: what it says of a type may count without a call.
    pub(crate) fn is_named_by(&self, path: &str) -> bool {
        self.has_types && path.split("::").any(|part| part == self.of_trait)
    }

    /// Whether what is reached may call it: by a sign, or by a name.
    pub(crate) fn is_met(&self, signs: Signs, mut uses: impl FnMut(&str) -> bool) -> bool {
        let mut ways = self.ways.into_iter().filter(|way| *way != Signs::NONE);
        ways.any(|way| signs.has_all(way)) || self.names.iter().any(|name| uses(name))
    }

    /// Whether one of these crates of others may call it with a type of ours.
    pub(crate) fn is_known_to<'a>(&self, mut crates: impl Iterator<Item = &'a str>) -> bool {
        crates.any(|name| !self.harmless.contains(&name))
    }
}

/// What an `impl` of `Index` is asked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexBy {
    /// One of the ranges of the standard library.
    Range,
    /// A number, a text, or a type of ours.
    Other,
}

impl IndexBy {
    /// What the type between the angle brackets is, if it can be told.
    pub(crate) fn of(written: &Path, found: &Found) -> Option<Self> {
        const PLAIN: [&str; 14] = [
            "bool", "char", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32",
            "u64", "usize",
        ];
        let last = written.segments.last()?;
        match found.foreign.as_slice() {
            [] if found.nodes.is_empty() => {
                let is_plain = written.segments.len() == 1 && PLAIN.contains(&last.as_str());
                is_plain.then_some(Self::Other)
            }
            [path] if found.nodes.is_empty() => {
                let is_a_range = ["std::ops::Range", "core::ops::Range"]
                    .iter()
                    .any(|range| path.starts_with(range));
                is_a_range.then_some(Self::Range)
            }
            _ => None,
        }
    }
}

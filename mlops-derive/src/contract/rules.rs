//! `#[check(…)]`: rules, and what stands beside them.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::parse::{Parse, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, LitStr, Token};

mod beside;
mod field;
mod table;

use self::beside::{beside_rule, with_root};
use self::field::on_field;
use self::table::on_struct;
use crate::mistakes::{Mistakes, mistake};
use crate::options::{self, Value, WrittenOption};

/// Where an attribute stands.
pub(super) enum Place<'a> {
    Field,
    /// With the fields and the columns that they are.
    Struct(&'a [(&'a Ident, &'a str)]),
}

/// Rules as they will be written, each without the path of the crate, and with what stands beside it.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) untyped: bool,
    rules: Vec<Stated>,
}

struct Stated {
    columns: Vec<String>,
    rule: Box<dyn Fn(&TokenStream) -> TokenStream>,
    beside: Box<dyn Fn(&TokenStream) -> TokenStream>,
}

const RANGES: [(&str, &str); 15] = [
    ("range", "Range"),
    ("length", "Length"),
    ("minimum", "Minimum"),
    ("maximum", "Maximum"),
    ("mean", "Mean"),
    ("median", "Median"),
    ("standard_deviation", "StandardDeviation"),
    ("sum", "Sum"),
    ("missing_share", "MissingShare"),
    ("distinct_count", "DistinctCount"),
    ("distinct_share", "DistinctShare"),
    ("single_share", "SingleShare"),
    ("entropy", "Entropy"),
    ("row_count", "RowCount"),
    ("column_count", "ColumnCount"),
];
const FLAGS: [(&str, &str); 5] = [
    ("unique", "Unique"),
    ("finite", "Finite"),
    ("null", "Null"),
    ("json", "Json"),
    ("not_null", "NotNull"),
];
const LISTS: [(&str, &str); 5] = [
    ("one_of", "OneOf"),
    ("none_of", "NoneOf"),
    ("contains_all", "ContainsAll"),
    ("exactly_these", "ExactlyThese"),
    ("most_common", "MostCommon"),
];
const TEXTS: [(&str, &str); 3] = [
    ("like", "Like"),
    ("like_not", "LikeNot"),
    ("date_format", "DateFormat"),
];
const PATTERNS: [&str; 2] = ["matches", "matches_not"];
const ON_COLUMNS: [(&str, &str); 3] = [
    ("unique_together", "UniqueTogether"),
    ("any_present", "AnyPresent"),
    ("differ_within_row", "DifferWithinRow"),
];
const ON_PAIRS: [(&str, &str); 3] = [
    ("correlation", "Correlation"),
    ("cramers_v", "CramersV"),
    ("mutual_information", "MutualInformation"),
];
const OTHERS_ON_FIELDS: [&str; 10] = [
    "form",
    "parses_as",
    "monotonic",
    "z_score",
    "no_outliers",
    "references",
    "quantile",
    "freshness",
    "distribution",
    "untyped",
];
const OTHERS_ON_STRUCTS: [&str; 3] = ["compare", "same_rows", "row_count_like"];
const BESIDE: [&str; 4] = ["mostly", "severity", "name", "allow"];

fn variant(table: &[(&str, &'static str)], name: &Ident) -> Option<Ident> {
    let (_, variant) = table.iter().find(|(known, _)| name == known)?;
    Some(Ident::new(variant, name.span()))
}

impl Place<'_> {
    fn takes(&self, name: &str) -> bool {
        self.known().contains(&name)
    }

    fn known(&self) -> Vec<&'static str> {
        let of_table = |name: &&str| matches!(*name, "row_count" | "column_count");
        let ranges = RANGES.iter().map(|(name, _)| *name);
        match self {
            Self::Field => {
                let tables = [&FLAGS[..], &LISTS[..], &TEXTS[..]];
                let named = tables.into_iter().flatten().map(|(name, _)| *name);
                ranges
                    .filter(|name| !of_table(name))
                    .chain(named)
                    .chain(PATTERNS)
                    .chain(OTHERS_ON_FIELDS)
                    .collect()
            }
            Self::Struct(_) => {
                let named = ON_COLUMNS.iter().chain(&ON_PAIRS).map(|(name, _)| *name);
                ranges
                    .filter(of_table)
                    .chain(named)
                    .chain(OTHERS_ON_STRUCTS)
                    .collect()
            }
        }
    }
}

impl Rules {
    pub(super) fn read(attribute: &Attribute, place: &Place<'_>, mistakes: &mut Mistakes) -> Self {
        let mut read = Self::default();
        let Some(list) = mistakes.keep(attribute.meta.require_list()) else {
            return read;
        };
        let written = options::split(list.tokens.clone(), mistakes);
        let (beside, rules): (Vec<_>, Vec<_>) = written
            .into_iter()
            .partition(|one| BESIDE.iter().any(|name| one.name == name));
        let beside: Vec<_> = beside
            .iter()
            .filter_map(|option| mistakes.keep(beside_rule(option)))
            .collect();
        for option in &rules {
            if option.name == "untyped" && matches!(place, Place::Field) {
                read.untyped = true;
                continue;
            }
            let Some((columns, rule)) = mistakes.keep(rule(option, place)) else {
                continue;
            };
            let beside = beside.clone();
            read.rules.push(Stated {
                columns,
                rule,
                beside: Box::new(move |root| {
                    beside.iter().map(|call| with_root(call, root)).collect()
                }),
            });
        }
        if rules.is_empty() && mistakes.is_empty() {
            mistakes.add(
                attribute,
                "there is no rule here",
                "write one, such as `#[check(range(0..=120))]`",
            );
        }
        read
    }

    pub(super) fn append(&mut self, mut more: Self) {
        self.untyped |= more.untyped;
        self.rules.append(&mut more.rules);
    }

    /// `.clause(rule, |clause| …)` for each.
    pub(super) fn on_column(&self, root: &TokenStream) -> Vec<TokenStream> {
        self.rules
            .iter()
            .map(|stated| {
                let (rule, beside) = ((stated.rule)(root), (stated.beside)(root));
                quote!(.clause(#rule, |clause| clause #beside))
            })
            .collect()
    }

    /// A whole clause for each.
    pub(super) fn on_table(&self, root: &TokenStream) -> Vec<TokenStream> {
        self.rules
            .iter()
            .map(|stated| {
                let (rule, beside, columns) =
                    ((stated.rule)(root), (stated.beside)(root), &stated.columns);
                quote!(#root::contract::Clause::over::<&str>([#(#columns),*], #rule) #beside)
            })
            .collect()
    }
}

/// The columns of a rule, and how it is written once the path of the crate is known.
type Written = (Vec<String>, Box<dyn Fn(&TokenStream) -> TokenStream>);

fn written(
    columns: Vec<String>,
    rule: impl Fn(&TokenStream) -> TokenStream + 'static,
) -> syn::Result<Written> {
    Ok((columns, Box::new(rule)))
}

fn rule(option: &WrittenOption, place: &Place<'_>) -> syn::Result<Written> {
    let name = &option.name;
    let text = name.to_string();
    if !place.takes(&text) {
        return Err(unknown(name, place));
    }
    if let Some(variant) = variant(&FLAGS, name) {
        return match option.value {
            Value::Bare => written(
                Vec::new(),
                move |root| quote!(#root::contract::Rule::#variant),
            ),
            _ => Err(mistake(
                name,
                format!("`{text}` takes no value"),
                format!("write `{text}`"),
            )),
        };
    }
    if let Some(variant) = variant(&RANGES, name) {
        let range = one::<Expr>(option, &format!("{text}(0..=120)"))?;
        return written(
            Vec::new(),
            move |root| quote!(#root::contract::Rule::#variant(#root::contract::Bounds::from(#range))),
        );
    }
    if let Some(variant) = variant(&LISTS, name) {
        let values = several::<Expr>(option, &format!("{text}(\"a\", \"b\")"))?;
        return written(
            Vec::new(),
            move |root| quote!(#root::contract::Rule::#variant(::std::vec![#(#root::contract::Value::from(#values)),*])),
        );
    }
    if let Some(variant) = variant(&TEXTS, name) {
        let value = one::<LitStr>(option, &format!("{text}(\"…\")"))?;
        return written(
            Vec::new(),
            move |root| quote!(#root::contract::Rule::#variant(::std::string::String::from(#value))),
        );
    }
    if PATTERNS.contains(&text.as_str()) {
        let pattern = one::<LitStr>(option, &format!("{text}(\"^[A-Z]\")"))?;
        if let Err(error) = regex_syntax::parse(&pattern.value()) {
            let problem = match &error {
                regex_syntax::Error::Parse(error) => error.kind().to_string(),
                regex_syntax::Error::Translate(error) => error.kind().to_string(),
                other => other.to_string(),
            };
            return Err(mistake(
                &pattern,
                format!("this is no regular expression: {problem}"),
                "a backslash before a sign takes it as it is",
            ));
        }
        let function = name.clone();
        return written(
            Vec::new(),
            move |root| quote!(#root::contract::Rule::#function(#pattern).expect("the pattern was read when this was compiled")),
        );
    }
    match place {
        Place::Field => on_field(option, &text),
        Place::Struct(fields) => on_struct(option, &text, fields),
    }
}

fn unknown(name: &Ident, place: &Place<'_>) -> syn::Error {
    let text = name.to_string();
    let (elsewhere, there) = match place {
        Place::Field => (Place::Struct(&[]), "on the struct"),
        Place::Struct(_) => (Place::Field, "on a field"),
    };
    if elsewhere.takes(&text) {
        return mistake(
            name,
            format!("`{text}` is no rule here"),
            format!("write it {there}"),
        );
    }
    let known = place.known();
    let near = known
        .iter()
        .chain(&BESIDE)
        .min_by_key(|known| strsim::damerau_levenshtein(known, &text));
    let near =
        near.filter(|known| strsim::damerau_levenshtein(known, &text) <= text.len().div_ceil(3));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the rules here are {}", known.join(", ")),
    };
    mistake(name, format!("there is no rule `{text}`"), help)
}

fn arguments(option: &WrittenOption, example: &str) -> syn::Result<TokenStream> {
    match &option.value {
        Value::Group(tokens) if !tokens.is_empty() => Ok(tokens.clone()),
        _ => Err(mistake(
            &option.name,
            format!("`{}` needs a value", option.name),
            format!("write `{example}`"),
        )),
    }
}

fn one<T: Parse>(option: &WrittenOption, example: &str) -> syn::Result<T> {
    let tokens = arguments(option, example)?;
    syn::parse2(tokens.clone()).map_err(|_| {
        mistake(
            &tokens,
            format!("this is not a value for `{}`", option.name),
            format!("write `{example}`"),
        )
    })
}

fn several<T: Parse>(option: &WrittenOption, example: &str) -> syn::Result<Vec<T>> {
    let tokens = arguments(option, example)?;
    let values = Punctuated::<T, Token![,]>::parse_terminated.parse2(tokens.clone());
    values
        .map(|values| values.into_iter().collect())
        .map_err(|_| {
            mistake(
                &tokens,
                format!("these are not values for `{}`", option.name),
                format!("write `{example}`"),
            )
        })
}

/// One of some words, as the variant that it is.
fn word(name: &Ident, word: &Ident, known: &[(&str, &'static str)]) -> syn::Result<Ident> {
    variant(known, word).ok_or_else(|| {
        let known: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        mistake(
            word,
            format!("`{name}` does not know `{word}`"),
            format!("write one of {}", known.join(", ")),
        )
    })
}

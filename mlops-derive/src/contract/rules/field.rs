//! Rules on a field that are more than a range, a list or a text.

use proc_macro2::Ident;
use quote::quote;
use syn::parse::Parser;
use syn::{Expr, Lit, LitStr, Token};

use super::{Written, arguments, one, several, word, written};
use crate::mistakes::mistake;
use crate::options::{Value, WrittenOption};

pub(super) fn on_field(option: &WrittenOption, text: &str) -> syn::Result<Written> {
    const FORMS: [(&str, &str); 6] = [
        ("email", "Email"),
        ("url", "Url"),
        ("uuid", "Uuid"),
        ("ip_address", "IpAddress"),
        ("credit_card", "CreditCard"),
        ("social_security_number", "SocialSecurityNumber"),
    ];
    const KINDS: [(&str, &str); 5] = [
        ("boolean", "Boolean"),
        ("integer", "Integer"),
        ("number", "Number"),
        ("date", "Date"),
        ("time", "Time"),
    ];
    const METHODS: [(&str, &str); 3] = [
        ("iqr", "InterquartileRange"),
        ("std", "StandardDeviation"),
        ("mad", "MedianDeviation"),
    ];
    const MEASURES: [(&str, &str); 6] = [
        ("ks", "KolmogorovSmirnov"),
        ("chi_square", "ChiSquare"),
        ("kl", "KullbackLeibler"),
        ("js", "JensenShannon"),
        ("psi", "PopulationStability"),
        ("l_infinity", "LargestDifference"),
    ];
    let name = &option.name;
    match text {
        "form" => {
            let form = word(name, &one::<Ident>(option, "form(email)")?, &FORMS)?;
            written(
                Vec::new(),
                move |root| quote!(#root::contract::Rule::Form(#root::contract::TextForm::#form)),
            )
        }
        "parses_as" => {
            let kind = word(name, &one::<Ident>(option, "parses_as(number)")?, &KINDS)?;
            written(
                Vec::new(),
                move |root| quote!(#root::contract::Rule::ParsesAs(#root::contract::ColumnKind::#kind)),
            )
        }
        "monotonic" => {
            const WORDS: [(&str, &str); 4] = [
                ("rising", "rising"),
                ("falling", "falling"),
                ("strictly_rising", "strictly_rising"),
                ("strictly_falling", "strictly_falling"),
            ];
            let direction = match option.value {
                Value::Bare => "rising".to_owned(),
                _ => word(name, &one::<Ident>(option, "monotonic(rising)")?, &WORDS)?.to_string(),
            };
            let (descending, strict) = (
                direction.ends_with("falling"),
                direction.starts_with("strictly"),
            );
            written(
                Vec::new(),
                move |root| quote!(#root::contract::Rule::Monotonic { descending: #descending, strict: #strict }),
            )
        }
        "z_score" => {
            let limit = one::<Expr>(option, "z_score(4.0)")?;
            written(
                Vec::new(),
                move |root| quote!(#root::contract::Rule::ZScore(#limit)),
            )
        }
        "no_outliers" => {
            const EXAMPLE: &str = "no_outliers(iqr, 1.5)";
            let tokens = arguments(option, EXAMPLE)?;
            let parser = |input: syn::parse::ParseStream<'_>| {
                let method: Ident = input.parse()?;
                let factor = if input.parse::<Option<Token![,]>>()?.is_some() {
                    Some(input.parse::<Expr>()?)
                } else {
                    None
                };
                Ok((method, factor))
            };
            let (method, factor) = parser.parse2(tokens.clone()).map_err(|_| {
                mistake(
                    &tokens,
                    "this is not a value for `no_outliers`",
                    format!("write `{EXAMPLE}`"),
                )
            })?;
            let variant = word(name, &method, &METHODS)?;
            let usual = match method.to_string().as_str() {
                "iqr" => 1.5_f64,
                "std" => 3.0,
                _ => 3.5,
            };
            let factor = factor.map_or_else(|| quote!(#usual), |factor| quote!(#factor));
            written(
                Vec::new(),
                move |root| quote!(#root::contract::Rule::NoOutliers { method: #root::contract::OutlierMethod::#variant, factor: #factor }),
            )
        }
        "references" => {
            let path = one::<Expr>(option, "references(customers.id)")?;
            let (table, column) = table_column(&path).ok_or_else(|| {
                mistake(
                    &path,
                    "this names no column of another table",
                    "write `references(customers.id)`",
                )
            })?;
            written(Vec::new(), move |root| {
                quote!(#root::contract::Rule::References {
                    table: ::std::string::String::from(#table), column: ::std::string::String::from(#column)
                })
            })
        }
        "quantile" => {
            const EXAMPLE: &str = "quantile(0.9, ..100.0)";
            let values = several::<Expr>(option, EXAMPLE)?;
            let [at, range] = values.as_slice() else {
                return Err(mistake(
                    name,
                    "`quantile` needs a share and a range",
                    format!("write `{EXAMPLE}`"),
                ));
            };
            let (at, range) = (at.clone(), range.clone());
            written(
                Vec::new(),
                move |root| quote!(#root::contract::Rule::Quantile { at: #at, bounds: #root::contract::Bounds::from(#range) }),
            )
        }
        "freshness" => {
            let age = one::<LitStr>(option, "freshness(\"36h\")")?;
            let seconds = crate::stage::duration(&age.value())
                .map_err(|problem| mistake(&age, problem, "write `freshness(\"36h\")`"))?
                .as_secs();
            written(
                Vec::new(),
                move |root| quote!(#root::contract::Rule::fresh_within(#seconds)),
            )
        }
        _ => {
            const EXAMPLE: &str = "distribution(reference.age, ks, 0.1)";
            let values = several::<Expr>(option, EXAMPLE)?;
            let wrong = || {
                mistake(
                    name,
                    "`distribution` needs a column of another table, a measure and a limit",
                    format!("write `{EXAMPLE}`"),
                )
            };
            let [path, measure, limit] = values.as_slice() else {
                return Err(wrong());
            };
            let (table, column) = table_column(path).ok_or_else(wrong)?;
            let Expr::Path(measure) = measure else {
                return Err(wrong());
            };
            let measure = word(name, measure.path.get_ident().ok_or_else(wrong)?, &MEASURES)?;
            let limit = limit.clone();
            written(Vec::new(), move |root| {
                quote!(#root::contract::Rule::Distribution {
                    table: ::std::string::String::from(#table),
                    column: ::core::option::Option::Some(::std::string::String::from(#column)),
                    measure: #root::contract::Measure::#measure,
                    at_most: #limit,
                })
            })
        }
    }
}

/// `customers.id`, or `"customers.id"` for names that are no words of Rust.
fn table_column(path: &Expr) -> Option<(String, String)> {
    match path {
        Expr::Field(field) => {
            let Expr::Path(table) = &*field.base else {
                return None;
            };
            let syn::Member::Named(column) = &field.member else {
                return None;
            };
            Some((table.path.get_ident()?.to_string(), column.to_string()))
        }
        Expr::Lit(literal) => {
            let Lit::Str(text) = &literal.lit else {
                return None;
            };
            let text = text.value();
            let (table, column) = text.rsplit_once('.')?;
            Some((table.to_owned(), column.to_owned()))
        }
        _ => None,
    }
}

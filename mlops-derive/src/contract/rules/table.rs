//! Rules on the struct: on the table, and on several columns.

use proc_macro2::Ident;
use quote::quote;
use syn::{BinOp, Expr};

use super::{ON_COLUMNS, ON_PAIRS, Written, one, several, variant, written};
use crate::mistakes::mistake;
use crate::options::WrittenOption;

/// The column that a field of this name is.
fn column(place: &Expr, fields: &[(&Ident, &str)]) -> syn::Result<String> {
    let known = || {
        fields
            .iter()
            .map(|(field, _)| format!("`{field}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let name = match place {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    let found = name.and_then(|name| fields.iter().find(|(field, _)| *field == name));
    found
        .map(|(_, column)| (*column).to_owned())
        .ok_or_else(|| {
            mistake(
                place,
                "this is no field of the struct",
                format!("the fields are {}", known()),
            )
        })
}

pub(super) fn on_struct(
    option: &WrittenOption,
    text: &str,
    fields: &[(&Ident, &str)],
) -> syn::Result<Written> {
    let name = &option.name;
    if let Some(variant) = variant(&ON_COLUMNS, name) {
        let places = several::<Expr>(option, &format!("{text}(id, day)"))?;
        let columns = places
            .iter()
            .map(|place| column(place, fields))
            .collect::<syn::Result<_>>()?;
        return written(columns, move |root| quote!(#root::contract::Rule::#variant));
    }
    if let Some(variant) = variant(&ON_PAIRS, name) {
        let example = format!("{text}(price, cost, 0.5..)");
        let values = several::<Expr>(option, &example)?;
        let [one, two, range] = values.as_slice() else {
            return Err(mistake(
                name,
                format!("`{text}` needs two fields and a range"),
                format!("write `{example}`"),
            ));
        };
        let columns = vec![column(one, fields)?, column(two, fields)?];
        let range = range.clone();
        return written(
            columns,
            move |root| quote!(#root::contract::Rule::#variant(#root::contract::Bounds::from(#range))),
        );
    }
    match text {
        "compare" => {
            const EXAMPLE: &str = "compare(begin <= end)";
            let comparison = one::<Expr>(option, EXAMPLE)?;
            let wrong = || {
                mistake(
                    &comparison,
                    "this compares no two fields",
                    format!("write `{EXAMPLE}`"),
                )
            };
            let Expr::Binary(binary) = &comparison else {
                return Err(wrong());
            };
            let variant = match binary.op {
                BinOp::Lt(_) => "Less",
                BinOp::Le(_) => "AtMost",
                BinOp::Eq(_) => "Equal",
                BinOp::Ne(_) => "Different",
                BinOp::Ge(_) => "AtLeast",
                BinOp::Gt(_) => "Greater",
                _ => return Err(wrong()),
            };
            let columns = vec![
                column(&binary.left, fields)?,
                column(&binary.right, fields)?,
            ];
            let variant = Ident::new(variant, name.span());
            written(
                columns,
                move |root| quote!(#root::contract::Rule::Compare(#root::contract::Comparison::#variant)),
            )
        }
        "same_rows" => {
            let table = one::<Ident>(option, "same_rows(reference)")?.to_string();
            written(
                Vec::new(),
                move |root| quote!(#root::contract::Rule::SameRows { table: ::std::string::String::from(#table) }),
            )
        }
        _ => {
            const EXAMPLE: &str = "row_count_like(yesterday, 0.5..2.0)";
            let values = several::<Expr>(option, EXAMPLE)?;
            let wrong = || {
                mistake(
                    name,
                    "`row_count_like` needs another table and a range",
                    format!("write `{EXAMPLE}`"),
                )
            };
            let [Expr::Path(table), range] = values.as_slice() else {
                return Err(wrong());
            };
            let table = table.path.get_ident().ok_or_else(wrong)?.to_string();
            let range = range.clone();
            written(Vec::new(), move |root| {
                quote!(#root::contract::Rule::RowCountLike {
                    table: ::std::string::String::from(#table), bounds: #root::contract::Bounds::from(#range)
                })
            })
        }
    }
}

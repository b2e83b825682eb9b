//! `#[derive(Contract)]`: the fields of a row as columns, and `#[check(…)]` as rules on them.

mod case;
mod rules;

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Lit};

use crate::dump::dump;
use crate::mistakes::Mistakes;
use crate::options::{self, Value};
use rules::{Place, Rules};

/// The expansion of `#[derive(Contract)]`.
pub(crate) fn contract(item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let head = head(&item, &mut mistakes);
    let root = &head.root;
    let columns = columns(&item, &mut mistakes);
    let names: Vec<(&Ident, &str)> = columns
        .iter()
        .map(|column| (column.field, column.name.as_str()))
        .collect();
    let mut statements = Vec::new();
    if head.is_empty_allowed {
        statements.push(quote!(let contract = contract.allow_empty();));
    }
    for column in &columns {
        let (name, data_type) = (&column.name, column.data_type);
        // On the field's type, so that a type that is no column's is reported there.
        let span = crate::written_type::span(data_type);
        let begun = if column.rules.untyped {
            quote!(#root::contract::Column::untyped(#name))
        } else {
            quote_spanned!(span=> <#data_type as #root::contract::ColumnType>::column(#name))
        };
        let clauses = column.rules.on_column(root);
        statements.push(quote!(let contract = contract.column(#begun #(#clauses)*);));
    }
    for attribute in checks(&item.attrs) {
        let rules = Rules::read(attribute, &Place::Struct(&names), &mut mistakes);
        for clause in rules.on_table(root) {
            statements.push(quote!(let contract = contract.clause(#clause);));
        }
    }
    let (name, title) = (&item.ident, &head.title);
    let visibility = &item.vis;
    let (parameters, arguments, clause) = item.generics.split_for_impl();
    let errors = mistakes.into_tokens();
    let expansion = quote! {
        #errors
        #[automatically_derived]
        impl #parameters #name #arguments #clause {
            /// What a table of such rows must satisfy.
            #visibility fn contract() -> &'static #root::contract::Contract {
                static CONTRACT: ::std::sync::LazyLock<#root::contract::Contract> = ::std::sync::LazyLock::new(|| {
                    let contract = #root::contract::Contract::new(#title);
                    #(#statements)*
                    contract
                });
                &CONTRACT
            }
        }
    };
    dump(&name.to_string(), &expansion);
    expansion
}

/// What `#[contract(…)]` says on the type.
struct Head {
    root: TokenStream,
    title: String,
    /// Whether a table without rows is allowed.
    is_empty_allowed: bool,
}

fn head(item: &DeriveInput, mistakes: &mut Mistakes) -> Head {
    let mut head = Head {
        root: quote!(::mlops),
        title: item.ident.to_string(),
        is_empty_allowed: false,
    };
    if let Some(parameter) = item.generics.params.first() {
        mistakes.add(
            parameter,
            "a contract is on rows of one type, so the type has no parameters",
            "write the types of the columns themselves, and `String` for `&str`",
        );
    }
    for attribute in item
        .attrs
        .iter()
        .filter(|one| one.path().is_ident("contract"))
    {
        let Some(list) = mistakes.keep(attribute.meta.require_list()) else {
            continue;
        };
        for option in options::split(list.tokens.clone(), mistakes) {
            if option.name == "crate" {
                if let Some(path) = mistakes.keep(option.path()) {
                    head.root = quote!(#path);
                }
            } else if option.name == "name" {
                let name = option.literal("name = \"customers\"", |literal| match literal {
                    Lit::Str(text) => Some(Ok(text.value())),
                    _ => None,
                });
                if let Some(name) = mistakes.keep(name) {
                    head.title = name;
                }
            } else if option.name == "empty" {
                let allowed = option.literal("empty = \"allow\"", |literal| match literal {
                    Lit::Str(text) if text.value() == "allow" => Some(Ok(true)),
                    Lit::Str(text) if text.value() == "refuse" => Some(Ok(false)),
                    _ => None,
                });
                if let Some(allowed) = mistakes.keep(allowed) {
                    head.is_empty_allowed = allowed;
                }
            } else {
                mistakes.add(
                    &option.name,
                    format!("`#[contract]` has no option `{}`", option.name),
                    "the options here are `name = \"…\"`, `empty = \"allow\"` and `crate = path`; rules stand in `#[check(…)]`",
                );
            }
        }
    }
    head
}

/// A field that is a column.
struct Column<'a> {
    field: &'a Ident,
    name: String,
    data_type: &'a syn::Type,
    rules: Rules,
}

fn columns<'a>(item: &'a DeriveInput, mistakes: &mut Mistakes) -> Vec<Column<'a>> {
    let fields = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => &fields.named,
            _ => {
                mistakes.add(
                    &item.ident,
                    "the fields of a row are found by name, so they need names",
                    "write a struct with named fields",
                );
                return Vec::new();
            }
        },
        _ => {
            mistakes.add(
                &item.ident,
                "a contract is on rows, and each row has the same columns",
                "write a struct with a field for each column",
            );
            return Vec::new();
        }
    };
    let case = case::of(&item.attrs);
    let mut columns = Vec::new();
    for field in fields {
        let Some(name) = &field.ident else { continue };
        let serde = case::field(field);
        if serde.flattened {
            mistakes.add(
                name,
                "a field that serde flattens is several columns, and a contract does not see which",
                "write its fields here",
            );
        }
        let mut rules = Rules::default();
        for attribute in checks(&field.attrs) {
            rules.append(Rules::read(attribute, &Place::Field, mistakes));
        }
        if serde.skipped {
            continue;
        }
        columns.push(Column {
            field: name,
            name: serde.name.unwrap_or_else(|| case.apply(&plain(field))),
            data_type: &field.ty,
            rules,
        });
    }
    if columns.is_empty() {
        mistakes.add(
            &item.ident,
            "there is no column here, so there is nothing to state",
            "give the struct a field for each column",
        );
    }
    columns
}

fn plain(field: &Field) -> String {
    let text = field
        .ident
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    text.strip_prefix("r#").unwrap_or(&text).to_owned()
}

fn checks(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("check"))
}

/// The words in parentheses: `allow(empty, all_null)`.
fn words(value: &Value) -> Option<Vec<Ident>> {
    use syn::parse::Parser;
    let Value::Group(tokens) = value else {
        return None;
    };
    let words = syn::punctuated::Punctuated::<Ident, syn::Token![,]>::parse_terminated;
    Some(words.parse2(tokens.clone()).ok()?.into_iter().collect())
}

#[cfg(test)]
mod tests;

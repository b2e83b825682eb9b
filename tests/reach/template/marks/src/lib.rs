//! Macros that run inside the compiler.

use proc_macro::{TokenStream, TokenTree};

/// Counts the fields of a struct with named fields.
#[proc_macro_derive(Tally)]
pub fn tally(item: TokenStream) -> TokenStream {
    let (name, fields) = named_fields(item);
    let implementation = format!(
        "impl {name} {{ /// The number of its fields.
        pub fn tally() -> i64 {{ {fields} }} }}"
    );
    implementation.parse().expect("the impl is Rust")
}

/// Keeps the documentation of an item as text.
#[proc_macro_derive(Documented)]
pub fn documented(item: TokenStream) -> TokenStream {
    let mut text = String::new();
    let mut name = String::new();
    let mut tokens = item.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if group.to_string().contains("doc =") => {
                text.push_str(&group.stream().to_string());
            }
            TokenTree::Ident(ident) if ident.to_string() == "struct" => {
                name = tokens.next().map(|name| name.to_string()).unwrap_or_default();
            }
            _ => {}
        }
    }
    let implementation = format!(
        "impl {name} {{ /// What its documentation says.
        pub fn documentation() -> &'static str {{ {text:?} }} }}"
    );
    implementation.parse().expect("the impl is Rust")
}

/// Writes beside a struct a type that knows how many fields the struct has, and its name.
#[proc_macro_derive(Maker)]
pub fn maker(item: TokenStream) -> TokenStream {
    let (name, fields) = named_fields(item);
    let lower = name.to_lowercase();
    let beside = format!(
        "pub struct {name}Maker; impl {name}Maker {{ /// So many.
        pub fn fields() -> i64 {{ crate::records::{lower}_depth() + {fields} }} }}"
    );
    beside.parse().expect("the struct is Rust")
}

/// The answer.
#[proc_macro]
pub fn answer(_: TokenStream) -> TokenStream {
    format!("{}_i64", answers::NUMBER)
        .parse()
        .expect("a number is Rust")
}

fn named_fields(item: TokenStream) -> (String, usize) {
    let mut name = String::new();
    let mut fields = 0;
    let mut tokens = item.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident.to_string() == "struct" => {
                name = tokens.next().map(|name| name.to_string()).unwrap_or_default();
            }
            TokenTree::Group(group) => {
                let is_colon =
                    |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ':');
                fields = group.stream().into_iter().filter(is_colon).count();
            }
            _ => {}
        }
    }
    (name, fields)
}

/// Has a function return ten times what it says.
#[proc_macro_attribute]
pub fn tenfold(_: TokenStream, function: TokenStream) -> TokenStream {
    let wrap = |token: TokenTree| match token {
        TokenTree::Group(body) if body.delimiter() == proc_macro::Delimiter::Brace => {
            format!("{{ 10 * {{ {} }} }}", body.stream())
                .parse::<TokenStream>()
                .expect("the body is Rust")
        }
        other => other.into(),
    };
    function.into_iter().map(wrap).collect()
}

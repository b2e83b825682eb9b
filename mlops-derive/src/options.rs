//! The options of every macro: `name`, `name = value` and `name(…)`, split so that one wrong option does not hide the next.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::Lit;
use syn::parse::{Parse, ParseStream, Parser};

use crate::mistakes::{Mistakes, mistake};

/// One option as it is written.
pub(crate) struct WrittenOption {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

/// What follows an option's name.
pub(crate) enum Value {
    /// Nothing.
    Bare,
    /// `= tokens`
    Assigned(TokenStream),
    /// `(tokens)`
    Group(TokenStream),
}

/// Splits `tokens` at its commas into options.
pub(crate) fn split(tokens: TokenStream, mistakes: &mut Mistakes) -> Vec<WrittenOption> {
    let mut options = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while tokens.peek().is_some() {
        let part: TokenStream = tokens
            .by_ref()
            .take_while(|token| !is_comma(token))
            .collect();
        if part.is_empty() {
            continue;
        }
        options.extend(mistakes.keep(syn::parse2(part)));
    }
    options
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

impl Parse for WrittenOption {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // `crate` is an option, so keywords count as names here.
        let whole: TokenStream = input.fork().parse()?;
        let name = match input.parse::<TokenTree>()? {
            TokenTree::Ident(name) => name,
            _ => {
                return Err(mistake(
                    whole,
                    "this is not an option",
                    "write options as `name = value`, with commas between them",
                ));
            }
        };
        let rest: TokenStream = input.parse()?;
        let mut rest = rest.into_iter();
        let value = match rest.next() {
            None => Value::Bare,
            Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
                Value::Assigned(rest.collect())
            }
            Some(TokenTree::Group(group))
                if group.delimiter() == Delimiter::Parenthesis && rest.next().is_none() =>
            {
                Value::Group(group.stream())
            }
            Some(_) => {
                return Err(mistake(
                    whole,
                    format!(
                        "after the option `{name}` stands something that does not belong there"
                    ),
                    "write options as `name = value`, with commas between them",
                ));
            }
        };
        Ok(Self { name, value })
    }
}

impl WrittenOption {
    /// A literal value of the wanted sort; `example` is a right way to write this option.
    pub(crate) fn literal<T>(
        &self,
        example: &str,
        convert: impl FnOnce(&Lit) -> Option<Result<T, String>>,
    ) -> syn::Result<T> {
        let name = &self.name;
        let wrong_form = |place: &TokenStream| {
            mistake(
                place,
                format!("this is not a value for `{name}`"),
                format!("write `{example}`"),
            )
        };
        let Value::Assigned(tokens) = &self.value else {
            return Err(mistake(
                name,
                format!("the option `{name}` needs a value"),
                format!("write `{example}`"),
            ));
        };
        if tokens.is_empty() {
            return Err(mistake(
                name,
                format!("the option `{name}` needs a value"),
                format!("write `{example}`"),
            ));
        }
        let literal: Lit = syn::parse2(tokens.clone()).map_err(|_| wrong_form(tokens))?;
        match convert(&literal) {
            None => Err(wrong_form(tokens)),
            Some(Ok(value)) => Ok(value),
            Some(Err(wrong)) => Err(mistake(literal, wrong, format!("write `{example}`"))),
        }
    }

    /// The path of a `crate = path` option.
    pub(crate) fn path(&self) -> syn::Result<syn::Path> {
        let help = "write the path at which `mlops` can be found, as in `crate = my_crate::mlops`";
        let tokens = match &self.value {
            Value::Assigned(tokens) if !tokens.is_empty() => tokens,
            _ => return Err(mistake(&self.name, "the option `crate` needs a path", help)),
        };
        syn::Path::parse_mod_style
            .parse2(tokens.clone())
            .map_err(|_| mistake(tokens, "this is not a path", help))
    }
}

/// Reads `#[ATTRIBUTE(crate = path)]` from the attributes of a derived type.
pub(crate) fn crate_path(
    attributes: &[syn::Attribute],
    attribute_name: &str,
    mistakes: &mut Mistakes,
) -> TokenStream {
    let mut path = None;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(attribute_name))
    {
        let Some(list) = mistakes.keep(attribute.meta.require_list()) else {
            continue;
        };
        for option in split(list.tokens.clone(), mistakes) {
            if option.name != "crate" {
                mistakes.add(
                    &option.name,
                    format!(
                        "`#[{attribute_name}]` on a type has no option `{}`",
                        option.name
                    ),
                    "the only option here is `crate = path`",
                );
            } else if path.is_some() {
                mistakes.add(
                    &option.name,
                    "the option `crate` is given twice",
                    "keep one of them",
                );
            } else {
                path = mistakes.keep(option.path());
            }
        }
    }
    private(path.as_ref())
}

/// The module that expansions refer to.
pub(crate) fn private(crate_path: Option<&syn::Path>) -> TokenStream {
    match crate_path {
        Some(path) => quote!(#path::__private),
        None => quote!(::mlops::__private),
    }
}

//! What expansions of functions have in common: values as tokens, the description, the hidden type, the code behind a result.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Attribute;

use crate::function::Function;
use crate::reach::Reach;
use crate::sources::Sources;

/// A type with the function's name, which stands for it where a type is wanted.
pub(crate) fn hidden_type(function: &Function, conditions: &TokenStream) -> TokenStream {
    let visibility = &function.visibility;
    let name = &function.signature.ident;
    // Whether there is anything to expect depends on the name, and on whether others can see the type.
    quote! {
        #conditions
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code, reason = "it has the function's name, and no values")]
        #visibility enum #name {}
    }
}

/// Constants that name the files which were read, so that Cargo compiles again when one of them changes.
pub(crate) fn tracked(sources: &Sources, reach: &Reach) -> TokenStream {
    let files = sources.tracked.iter().chain(&reach.tracked);
    quote! {
        #(const _: &[u8] = ::core::include_bytes!(#files);)*
    }
}

/// `Code { … }`
pub(crate) fn code(private: &TokenStream, sources: &Sources, reach: &Reach) -> TokenStream {
    let Sources { files, lock, .. } = sources;
    let lock = optional(lock.as_ref().map(|lock| quote!(#lock)));
    let Reach {
        digest,
        items,
        conditions,
        variables,
        foreign,
        coarse,
        locked: _,
        tracked: _,
    } = reach;
    let coarse = optional(coarse.as_ref().map(|cause| quote!(#cause)));
    // Written as the compiler's own macros, so that Cargo compiles again when one of them changes.
    let conditions = conditions.iter().filter_map(|condition| {
        let predicate: TokenStream = condition.parse().ok()?;
        let name = format!("cfg({condition})");
        Some(quote!((#name, if ::core::cfg!(#predicate) {
            ::core::option::Option::Some("true")
        } else {
            ::core::option::Option::Some("false")
        })))
    });
    let variables = variables.iter().map(|variable| {
        let name = format!("env {variable}");
        quote!((#name, ::core::option_env!(#variable)))
    });
    let values = conditions.chain(variables);
    quote! {
        #private::Code {
            reach: #digest,
            items: #items,
            values: &[#(#values),*],
            foreign: #foreign,
            coarse: #coarse,
            files: #files,
            lock: #lock,
        }
    }
}

/// The doc comment, as text.
pub(crate) fn description(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(line),
                    ..
                }) => Some(line.value()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let lines: Vec<&str> = lines
        .iter()
        .flat_map(|line| line.split('\n'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    lines.join("\n").trim().to_owned()
}

/// A name without the `r#` with which a keyword can be one.
pub(crate) fn unraw(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// An `Option`, as tokens.
pub(crate) fn optional(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// A duration, as tokens.
pub(crate) fn duration(duration: Duration) -> TokenStream {
    let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanoseconds))
}

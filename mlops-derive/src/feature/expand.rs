//! What a feature becomes: the function as it was written, and a type of the same name that describes it.
//!
//! Types and functions live in different namespaces, so both can have the name that the user gave: `tenure_years(30.0)` is a
//! call, and `features![tenure_years]` names the definition.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::expansion::{self, description, duration, optional, unraw};
use crate::function::Function;
use crate::written_type;

use super::code::Code;
use super::options::Options;
use super::parse::{Input, Role, Scalar, Signature};

/// The whole expansion of a feature without mistakes.
pub(super) fn feature(
    options: &Options,
    function: &Function,
    signature: &Signature,
    code: &Code,
) -> TokenStream {
    let private = &options.private;
    let tokens = &function.tokens;
    let tracked = expansion::tracked(&code.sources, &code.reach);
    let definition = definition(options, function, signature, code);
    let described = described(options, function, &quote!(&#definition));
    let made = signature.output.map(|(output, _)| scalar_type(output));
    let name = &function.signature.ident;
    let conditions = conditions(function);
    let checks = signature.inputs.iter().filter_map(|input| {
        let Role::Feature(path) = &input.role else {
            return None;
        };
        let wanted = scalar_type(input.scalar);
        let span = written_type::span(&input.written);
        Some(quote_spanned! {span=>
            const _: fn() = || {
                fn takes<F: #private::MadeOf<#wanted>>() {}
                takes::<#path>();
            };
        })
    });
    quote! {
        #tokens
        #described
        #conditions
        #[automatically_derived]
        impl #private::MadeOf<#made> for #name {}
        #(#checks)*
        #tracked
    }
}

/// What stands in for a feature with mistakes, so that whoever names it is not reported as well.
pub(super) fn stand_in(options: &Options, function: &Function) -> TokenStream {
    if function.signature.receiver().is_some() {
        return TokenStream::new();
    }
    let private = &options.private;
    let name = feature_name(options, function);
    let described = described(
        options,
        function,
        &quote!(&#private::Definition::stand_in(#name)),
    );
    let name = &function.signature.ident;
    let conditions = conditions(function);
    quote! {
        #described

        #conditions
        #[automatically_derived]
        impl<T> #private::MadeOf<T> for #name {}
    }
}

/// The type with the function's name, and its definition.
fn described(options: &Options, function: &Function, definition: &TokenStream) -> TokenStream {
    let private = &options.private;
    let name = &function.signature.ident;
    let conditions = conditions(function);
    let hidden_type = expansion::hidden_type(function, &conditions);
    quote! {
        #hidden_type

        #conditions
        #[automatically_derived]
        impl #private::Feature for #name {
            const DEFINITION: &'static #private::Definition = #definition;
        }
    }
}

fn conditions(function: &Function) -> TokenStream {
    let conditions = function
        .attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    quote!(#(#conditions)*)
}

fn definition(
    options: &Options,
    function: &Function,
    signature: &Signature,
    code: &Code,
) -> TokenStream {
    let private = &options.private;
    let ident = &function.signature.ident;
    let span = ident.span();
    let bare = unraw(ident);
    let name = feature_name(options, function);
    let entity = options.entity.as_deref().unwrap_or_default();
    let owner = options.owner.as_deref().unwrap_or_default();
    let description = description(&function.attributes);
    let ttl = optional(options.ttl.map(duration));
    let over = optional(options.over.as_ref().map(|(over, _)| duration(*over)));
    let deprecated = optional(options.deprecated.as_ref().map(|from| {
        let instead = optional(options.instead.as_ref().map(|instead| quote!(#instead)));
        quote!(#private::Deprecation { from: #from, instead: #instead })
    }));
    let inputs = signature.inputs.iter().map(|input| {
        let name = unraw(&input.name);
        let name = name.trim_start_matches('_');
        let value = value_type(private, input.scalar);
        let optional = input.optional;
        let kind = match &input.role {
            Role::Column => quote!(#private::InputKind::Column),
            Role::Window => quote!(#private::InputKind::Window),
            Role::Feature(path) => {
                quote!(#private::InputKind::Feature(<#path as #private::Feature>::DEFINITION))
            }
        };
        quote!(#private::FeatureInput { name: #name, kind: #kind, value: #value, optional: #optional })
    });
    // Checked before: without an output there is no expansion.
    let (output, may_be_missing) = signature.output.unwrap_or((Scalar::Number, false));
    let value = value_type(private, output);
    let (own, locked, text) = (&code.own, &code.locked, &code.text);
    let compute = compute(private, function, signature);
    let code = expansion::code(private, &code.sources, &code.reach);
    let file = quote_spanned!(span=> ::core::file!());
    let line = quote_spanned!(span=> ::core::line!());
    quote! {
        #private::Definition {
            name: #name,
            entity: #entity,
            owner: #owner,
            description: #description,
            ttl: #ttl,
            over: #over,
            deprecated: #deprecated,
            inputs: &[#(#inputs),*],
            output: #value,
            optional: #may_be_missing,
            path: ::core::concat!(::core::module_path!(), "::", #bare),
            package: ::core::env!("CARGO_PKG_NAME"),
            code: #code,
            own: #own,
            locked: #locked,
            text: #text,
            file: #file,
            line: #line,
            compute: #compute,
        }
    }
}

/// The function over all rows: where an input that must be there is missing, so is the value.
fn compute(private: &TokenStream, function: &Function, signature: &Signature) -> TokenStream {
    let name = &function.signature.ident;
    let inputs = Ident::new("inputs", Span::mixed_site());
    let row = Ident::new("row", Span::mixed_site());
    let column = |position: usize| format_ident!("column_{position}", span = Span::mixed_site());
    let local = |position: usize| format_ident!("value_{position}", span = Span::mixed_site());
    let columns = signature
        .inputs
        .iter()
        .enumerate()
        .map(|(position, input)| {
            let column = column(position);
            let take = match (&input.role, input.scalar) {
                (Role::Window, scalar) => {
                    let items = scalar_type(scalar);
                    quote!(windows::<#items>)
                }
                (_, Scalar::Number) => quote!(numbers),
                (_, Scalar::Integer) => quote!(integers),
                (_, Scalar::Boolean) => quote!(booleans),
                (_, Scalar::Text | Scalar::BorrowedText) => quote!(texts),
            };
            quote!(let #column = #inputs.#take(#position)?;)
        });
    let locals = signature
        .inputs
        .iter()
        .enumerate()
        .map(|(position, input)| {
            let (column, local) = (column(position), local(position));
            if matches!(input.role, Role::Window) {
                return quote!(let #local = #column.at(#row););
            }
            let mut value = quote!(#private::at(&#column, #row));
            if input.scalar == Scalar::Text {
                value = quote!(#value.map(::std::string::String::from));
            }
            if input.optional {
                quote!(let #local = #value;)
            } else {
                quote!(let #local = #value?;)
            }
        });
    let arguments =
        signature
            .inputs
            .iter()
            .enumerate()
            .map(|(position, input): (usize, &Input)| {
                let local = local(position);
                if matches!(input.role, Role::Window) {
                    quote!(&#local)
                } else {
                    quote!(#local)
                }
            });
    let (output, optional) = signature.output.unwrap_or((Scalar::Number, false));
    let output = scalar_type(output);
    let call = quote!(#name(#(#arguments),*));
    let call = if optional {
        call
    } else {
        quote!(::core::option::Option::Some(#call))
    };
    quote! {
        |#inputs| {
            #(#columns)*
            #private::collect(#inputs, |#row| -> ::core::option::Option<#output> {
                #(#locals)*
                #call
            })
        }
    }
}

fn feature_name(options: &Options, function: &Function) -> String {
    match &options.name {
        Some(name) => name.clone(),
        None => unraw(&function.signature.ident),
    }
}

fn value_type(private: &TokenStream, scalar: Scalar) -> TokenStream {
    let variant = Ident::new(scalar.variant(), Span::mixed_site());
    quote!(#private::ValueType::#variant)
}

fn scalar_type(scalar: Scalar) -> TokenStream {
    match scalar {
        Scalar::Number => quote!(::core::primitive::f64),
        Scalar::Integer => quote!(::core::primitive::i64),
        Scalar::Boolean => quote!(::core::primitive::bool),
        Scalar::Text | Scalar::BorrowedText => quote!(::std::string::String),
    }
}

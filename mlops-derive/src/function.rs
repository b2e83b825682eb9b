//! A function under an attribute of ours, as it was written, and what no such function can be.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, FnArg, PatType, Visibility};

use crate::mistakes::{Mistakes, mistake};

/// What an attribute makes of a function, in the words of messages about it.
pub(crate) struct Purpose {
    /// The attribute, as it is written.
    pub(crate) attribute: &'static str,
    /// What it makes: also the last word of the attribute's path.
    pub(crate) noun: &'static str,
    /// The beginning of a function on which the attribute can stand.
    pub(crate) example: &'static str,
    /// Attributes that cannot stand beside it, each with what is wrong and what to do instead.
    pub(crate) not_beside: &'static [(&'static str, &'static str, &'static str)],
    /// Why it cannot wait, and what to do instead, if it cannot.
    pub(crate) not_async: Option<(&'static str, &'static str)>,
    /// Why it cannot be `unsafe`, and what to do instead.
    pub(crate) not_unsafe: (&'static str, &'static str),
    /// What to do instead of taking any number of arguments.
    pub(crate) instead_of_many: &'static str,
    /// What to do instead of taking a `self`.
    pub(crate) instead_of_self: &'static str,
}

/// A function as it was written. The body is never parsed: it goes back untouched, and the compiler judges it.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: syn::Signature,
    pub(crate) body: Group,
    /// All of it.
    pub(crate) tokens: TokenStream,
}

impl Function {
    /// Reads the item under the attribute.
    pub(crate) fn of(item: TokenStream, purpose: &Purpose) -> syn::Result<Self> {
        let tokens = item.clone();
        let parser = |input: ParseStream<'_>| Self::parse(input, tokens, purpose);
        parser.parse2(item)
    }

    fn parse(input: ParseStream<'_>, tokens: TokenStream, purpose: &Purpose) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let rest = input.fork();
        let signature: syn::Signature = input
            .parse()
            .map_err(|error| not_a_function(&rest, purpose).unwrap_or(error))?;
        match input.parse::<Option<TokenTree>>()? {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => Ok(Self {
                attributes,
                visibility,
                signature,
                body,
                tokens,
            }),
            _ => {
                let noun = purpose.noun;
                Err(mistake(
                    signature.ident,
                    format!("a {noun} without a body"),
                    format!(
                        "write the body; a {noun} is a function on its own, not the declaration of one in a trait"
                    ),
                ))
            }
        }
    }
}

/// What to say of an item without the word `fn`; of a function, the compiler's words are better.
fn not_a_function(rest: ParseStream<'_>, purpose: &Purpose) -> Option<syn::Error> {
    let tokens: TokenStream = rest.parse().unwrap_or_default();
    let is_function = |token: TokenTree| matches!(token, TokenTree::Ident(word) if word == "fn");
    if tokens.clone().into_iter().any(is_function) {
        return None;
    }
    Some(mistake(
        tokens.into_iter().take(1).collect::<TokenStream>(),
        format!(
            "`{}` stands on something that is not a function",
            purpose.attribute
        ),
        format!("write it on a function, such as `{}`", purpose.example),
    ))
}

/// Checks what stands before the function's name, and that its arguments can be counted.
pub(crate) fn check_head(function: &Function, purpose: &Purpose, mistakes: &mut Mistakes) {
    let noun = purpose.noun;
    let signature = &function.signature;
    for attribute in &function.attributes {
        check_attribute(attribute, purpose, mistakes);
    }
    if let Some(word) = &signature.constness {
        let wrong = format!("a {noun} cannot be `const`");
        mistakes.add(word, wrong, "leave the word out");
    }
    if let (Some(word), Some((wrong, help))) = (&signature.asyncness, purpose.not_async) {
        mistakes.add(word, wrong, help);
    }
    match &signature.safety {
        syn::Safety::Unsafe(word) => {
            let (wrong, help) = purpose.not_unsafe;
            mistakes.add(word, wrong, help);
        }
        syn::Safety::Safe(word) => {
            let wrong = format!("a {noun} cannot be `safe`");
            mistakes.add(word, wrong, "leave the word out");
        }
        _ => {}
    }
    if let Some(abi) = &signature.abi {
        let wrong = format!("a {noun} cannot be `extern`");
        mistakes.add(abi, wrong, "write a plain `fn`");
    }
    if let Some(variadic) = &signature.variadic {
        let wrong = format!("a {noun} cannot take any number of arguments");
        mistakes.add(variadic, wrong, purpose.instead_of_many);
    }
}

fn check_attribute(attribute: &Attribute, purpose: &Purpose, mistakes: &mut Mistakes) {
    let Some(last) = attribute.path().segments.last() else {
        return;
    };
    if last.ident == purpose.noun {
        let wrong = format!("`{}` stands twice on this function", purpose.attribute);
        mistakes.add(attribute, wrong, "keep one, with all options");
        return;
    }
    for (name, wrong, help) in purpose.not_beside {
        if last.ident == name {
            mistakes.add(attribute, wrong, help);
        }
    }
}

/// Checks that the function is no method.
pub(crate) fn check_self(function: &Function, purpose: &Purpose, mistakes: &mut Mistakes) {
    for argument in &function.signature.inputs {
        if let FnArg::Receiver(receiver) = argument {
            let noun = purpose.noun;
            mistakes.add(
                receiver,
                format!("a {noun} cannot have a `self`: it is a function on its own"),
                purpose.instead_of_self,
            );
        }
    }
}

/// Checks that an input is there under every condition.
pub(crate) fn check_conditions(input: &PatType, wrong: &str, help: &str, mistakes: &mut Mistakes) {
    let is_condition = |attribute: &&Attribute| attribute.path().is_ident("cfg");
    for attribute in input.attrs.iter().filter(is_condition) {
        mistakes.add(attribute, wrong, help);
    }
}

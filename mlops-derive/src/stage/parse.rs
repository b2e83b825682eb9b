//! From tokens to the parts of a stage: which parameters are inputs, in which form, and what the outputs are.

use proc_macro2::{Ident, TokenStream};
use quote::format_ident;
use syn::spanned::Spanned;
use syn::{
    FnArg, GenericArgument, Pat, PatType, PathArguments, ReturnType, Type, TypeReference,
    parse_quote_spanned,
};

use crate::function::Function;
use crate::written_type::{inner, is_named, referent};

/// Reads the item under `#[stage]`.
pub(crate) fn function(item: TokenStream) -> syn::Result<Function> {
    Function::of(item, &super::STAGE)
}

/// One parameter of a stage.
pub(crate) enum Parameter {
    /// `&StageContext`, in a right or wrong form.
    Context(Type),
    /// Everything else.
    Input(Input),
}

/// One input of a stage.
pub(crate) struct Input {
    /// Its name: the parameter's, or a made-up one when the pattern is wrong.
    pub(crate) name: Ident,
    /// How the function takes it.
    pub(crate) form: Form,
    /// The artifact's type: of the value, or of the list's items.
    pub(crate) artifact: Type,
    /// What stands in the signature.
    pub(crate) written: PatType,
}

/// How a function takes an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `&T`
    Shared,
    /// `&str`
    Text,
    /// `&[T]`
    List,
    /// `T`
    Owned,
}

/// What a stage returns.
pub(crate) struct Output {
    /// Whether it is wrapped in a `Result`.
    pub(crate) fallible: bool,
    /// The error, if the `Result` shows it.
    pub(crate) error: Option<Type>,
    /// Whether it is a tuple of artifacts.
    pub(crate) tuple: bool,
    /// The artifacts.
    pub(crate) artifacts: Vec<Type>,
    /// The type without the `Result`; nothing if the function returns nothing.
    pub(crate) written: Option<Type>,
}

/// What a signature means.
pub(crate) struct Signature {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) output: Output,
}

impl Signature {
    pub(crate) fn of(function: &Function) -> Self {
        let inputs = function.signature.inputs.iter().enumerate();
        let parameters = inputs
            .filter_map(|(position, argument)| match argument {
                FnArg::Typed(written) => Some(parameter(position, written)),
                // Reported by the check; there is nothing to wire.
                FnArg::Receiver(_) => None,
            })
            .collect();
        Self {
            parameters,
            output: output(&function.signature.output),
        }
    }

    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.parameters
            .iter()
            .filter_map(|parameter| match parameter {
                Parameter::Input(input) => Some(input),
                Parameter::Context(_) => None,
            })
    }
}

fn parameter(position: usize, written: &PatType) -> Parameter {
    if is_named(inner(referent(&written.ty)), "StageContext") {
        return Parameter::Context((*written.ty).clone());
    }
    let name = match &*written.pat {
        Pat::Ident(pattern) => pattern.ident.clone(),
        other => format_ident!("input_{position}", span = other.span()),
    };
    let (form, artifact) = form(&written.ty);
    Parameter::Input(Input {
        name,
        form,
        artifact,
        written: written.clone(),
    })
}

fn form(written: &Type) -> (Form, Type) {
    let Type::Reference(TypeReference { elem, .. }) = inner(written) else {
        return (Form::Owned, written.clone());
    };
    match inner(elem) {
        Type::Slice(slice) => (Form::List, (*slice.elem).clone()),
        Type::Path(path) if path.qself.is_none() && path.path.is_ident("str") => (
            Form::Text,
            parse_quote_spanned!(elem.span()=> ::std::string::String),
        ),
        _ => (Form::Shared, (**elem).clone()),
    }
}

fn output(written: &ReturnType) -> Output {
    let nothing = Output {
        fallible: false,
        error: None,
        tuple: false,
        artifacts: Vec::new(),
        written: None,
    };
    let ReturnType::Type(_, written) = written else {
        return nothing;
    };
    let (fallible, written, error) = match result(written) {
        Some((success, error)) => (true, success, error),
        None => (false, Some((**written).clone()), None),
    };
    let Some(written) = written else {
        return Output {
            fallible,
            ..nothing
        };
    };
    let (tuple, artifacts) = match inner(&written) {
        Type::Tuple(tuple) => (true, tuple.elems.iter().cloned().collect()),
        _ => (false, vec![written.clone()]),
    };
    Output {
        fallible,
        error,
        tuple,
        artifacts,
        written: Some(written),
    }
}

/// The `T` and the `E` of a `Result<T, E>`, as far as it shows them. Macros see no types, so the name decides.
fn result(written: &Type) -> Option<(Option<Type>, Option<Type>)> {
    let Type::Path(path) = inner(written) else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return Some((None, None));
    };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(argument) => Some(argument.clone()),
        _ => None,
    });
    Some((types.next(), types.next()))
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};

    use super::{Form, Parameter, Signature, function};

    fn signature(item: proc_macro2::TokenStream) -> Signature {
        Signature::of(&function(item).unwrap())
    }

    #[test]
    fn inputs_are_recognised_by_their_form_and_the_context_by_its_type() {
        let signature = signature(quote! {
            fn f(a: &Table, cx: &mlops::StageContext, b: &str, c: &[Model], d: f64) -> T {}
        });
        let seen: Vec<_> = signature
            .inputs()
            .map(|input| (input.form, input.artifact.to_token_stream().to_string()))
            .collect();
        let string = ":: std :: string :: String".to_owned();
        assert_eq!(
            seen,
            [
                (Form::Shared, "Table".to_owned()),
                (Form::Text, string),
                (Form::List, "Model".to_owned()),
                (Form::Owned, "f64".to_owned()),
            ]
        );
        assert!(matches!(signature.parameters[1], Parameter::Context(_)));
    }

    #[test]
    fn results_and_tuples_are_taken_apart() {
        let outputs = |item| {
            let output = signature(item).output;
            let artifacts: Vec<_> = output
                .artifacts
                .iter()
                .map(|artifact| artifact.to_token_stream().to_string())
                .collect();
            (output.fallible, output.tuple, artifacts.join(" "))
        };
        assert_eq!(
            outputs(quote!(
                fn f() -> A {}
            )),
            (false, false, "A".to_owned())
        );
        assert_eq!(
            outputs(quote!(
                fn f() -> std::io::Result<A> {}
            )),
            (true, false, "A".to_owned())
        );
        assert_eq!(
            outputs(quote!(
                fn f() -> Result<(A, B), E> {}
            )),
            (true, true, "A B".to_owned())
        );
        assert_eq!(
            outputs(quote!(
                fn f() -> ((A), B) {}
            )),
            (false, true, "(A) B".to_owned())
        );
    }

    #[test]
    fn a_body_need_not_be_valid_rust() {
        assert!(function(quote!(fn f() -> A { let = ; a. })).is_ok());
        assert!(
            function(quote!(
                struct F;
            ))
            .is_err()
        );
        assert!(
            function(quote!(
                fn f() -> A;
            ))
            .is_err()
        );
    }
}

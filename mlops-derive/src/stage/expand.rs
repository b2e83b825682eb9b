//! What a stage becomes: a hidden type that carries the function, and a function of the same name that wires.
//!
//! Types and functions live in different namespaces, so both can have the name that the user gave: `validate(raw)` wires, and
//! `validate::run(&table)` runs.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Type};

use crate::expansion::{self, description, duration, optional, unraw};
use crate::function::Function;
use crate::reach::Reach;
use crate::sources::Sources;
use crate::written_type;

use super::options::{Options, last_part, text};
use super::parse::{Form, Input, Parameter, Signature};

/// What a stage's result depends on in the code.
pub(crate) struct Code {
    pub(crate) sources: Sources,
    pub(crate) reach: Reach,
}

/// The whole expansion of a stage without mistakes.
pub(crate) fn stage(
    options: &Options,
    function: &Function,
    signature: &Signature,
    code: &Code,
) -> TokenStream {
    let private = &options.private;
    let function_type = function_type(function);
    let head = wiring_head(function);
    let Function {
        visibility,
        signature: written,
        ..
    } = function;
    let name = &written.ident;
    let descriptor = descriptor(options, function, signature, code);
    let node = Ident::new("node", Span::mixed_site());
    let inputs: Vec<&Input> = signature.inputs().collect();
    let parameters = inputs.iter().map(|input| {
        let (name, artifact) = (&input.name, &input.artifact);
        let wiring = wiring_trait(input);
        quote!(#name: impl #private::#wiring<#artifact>)
    });
    let sources = inputs.iter().map(|input| {
        let (name, artifact) = (&input.name, &input.artifact);
        let wiring = wiring_trait(input);
        quote!(#private::#wiring::<#artifact>::into_source(#name))
    });
    let output = &signature.output;
    let handles = output
        .artifacts
        .iter()
        .map(|artifact| quote!(#private::Handle<#artifact>));
    let positions = 0..output.artifacts.len();
    let (returned, outputs) = if output.tuple {
        (
            quote!((#(#handles,)*)),
            quote!((#(#private::Handle::to_output(&#node, #positions),)*)),
        )
    } else {
        (
            quote!(#(#handles)*),
            quote!(#(#private::Handle::to_output(&#node, #positions))*),
        )
    };
    let tracked = expansion::tracked(&code.sources, &code.reach);
    quote! {
        #function_type
        #head
        #visibility fn #name(#(#parameters),*) -> #returned {
            static __STAGE: #private::Stage = #descriptor;
            #tracked
            let #node = #private::Node::wire(&__STAGE, ::std::vec![#(#sources),*]);
            #outputs
        }
    }
}

/// What stands in for a stage with mistakes, so that its callers and its tests are not reported as well.
pub(crate) fn stand_in(
    options: &Options,
    function: &Function,
    signature: &Signature,
) -> TokenStream {
    if function.signature.receiver().is_some() {
        return function.tokens.clone();
    }
    let private = &options.private;
    let function_type = function_type(function);
    let head = wiring_head(function);
    let Function {
        visibility,
        signature: written,
        ..
    } = function;
    let name = &written.ident;
    let parameters = signature.inputs().enumerate().map(|(position, _)| {
        let name = format_ident!("_input_{position}");
        quote!(#name: impl ::core::marker::Sized)
    });
    // A type that may be what is wrong with the stage is not repeated; it was reported where it stands.
    let simple = |artifact: &Type| matches!(written_type::inner(artifact), Type::Path(_));
    let known = written.generics.params.is_empty()
        && !signature.output.artifacts.is_empty()
        && signature.output.artifacts.iter().all(simple);
    let handles = signature
        .output
        .artifacts
        .iter()
        .map(|artifact| quote!(#private::Handle<#artifact>));
    let returned = match (known, signature.output.tuple) {
        (true, true) => quote!((#(#handles,)*)),
        (true, false) => quote!(#(#handles)*),
        (false, _) => quote!(#private::Handle<()>),
    };
    quote! {
        #function_type
        #head
        #visibility fn #name(#(#parameters),*) -> #returned {
            ::core::panic!("this stage did not compile")
        }
    }
}

/// The hidden type with the user's function, untouched and on its spans.
fn function_type(function: &Function) -> TokenStream {
    let Function {
        visibility,
        signature,
        body,
        attributes,
        ..
    } = function;
    let name = &signature.ident;
    let conditions = attributes
        .iter()
        .filter(|attribute| is_any(attribute, &["cfg", "cfg_attr"]));
    let kept = attributes
        .iter()
        .filter(|attribute| !is_any(attribute, &["deprecated", "stage", "test"]));
    let mut run = signature.clone();
    run.ident = Ident::new("run", name.span());
    let conditions = quote!(#(#conditions)*);
    let hidden_type = expansion::hidden_type(function, &conditions);
    quote! {
        #hidden_type

        #conditions
        impl #name {
            #[allow(
                clippy::allow_attributes,
                clippy::ptr_arg,
                reason = "`&Vec<T>` is one artifact, a slice is a list of them"
            )]
            #(#kept)*
            #visibility #run #body
        }
    }
}

/// The attributes of the wiring function: those that say something about its callers.
fn wiring_head(function: &Function) -> TokenStream {
    let attributes = function.attributes.iter().filter_map(|attribute| {
        if is_any(
            attribute,
            &["doc", "cfg", "cfg_attr", "deprecated", "allow"],
        ) {
            return Some(quote!(#attribute));
        }
        // What is expected of the body cannot be expected of the wiring, but must not be reported on it either.
        let lints = attribute
            .path()
            .is_ident("expect")
            .then(|| attribute.meta.require_list().ok())??;
        let lints = &lints.tokens;
        Some(quote!(#[allow(#lints)]))
    });
    quote! {
        #(#attributes)*
        #[track_caller]
        #[allow(
            unexpected_cfgs,
            clippy::allow_attributes,
            clippy::impl_trait_in_params,
            clippy::needless_pass_by_value,
            clippy::too_many_arguments,
            clippy::type_complexity,
            reason = "the inputs are the stage's own"
        )]
    }
}

fn is_any(attribute: &Attribute, names: &[&str]) -> bool {
    names.iter().any(|name| attribute.path().is_ident(name))
        || (names.contains(&"stage")
            && attribute
                .path()
                .segments
                .last()
                .is_some_and(|last| last.ident == "stage"))
}

fn wiring_trait(input: &Input) -> Ident {
    Ident::new(
        if input.form == Form::List {
            "InputList"
        } else {
            "Input"
        },
        Span::mixed_site(),
    )
}

/// `Stage { … }`
fn descriptor(
    options: &Options,
    function: &Function,
    signature: &Signature,
    code: &Code,
) -> TokenStream {
    let private = &options.private;
    let ident = &function.signature.ident;
    let bare = unraw(ident);
    let span = ident.span();
    let (name, path) = match &options.name {
        Some(given) => (
            text(last_part(&given.value()), given.span()),
            quote!(#given),
        ),
        None => (
            text(&bare, span),
            quote!(::core::concat!(::core::module_path!(), "::", #bare)),
        ),
    };
    let description = description(&function.attributes);
    let kind = Ident::new(options.kind, Span::mixed_site());
    let owner = optional(options.owner.as_ref().map(|owner| quote!(#owner)));
    let policy = policy(options);
    let (cache, portable) = (options.cache, options.portable);
    let reads_nothing = optional(options.reads_nothing().map(|reason| quote!(#reason)));
    let not_deterministic = optional(options.not_deterministic().map(|reason| quote!(#reason)));
    let code = expansion::code(private, &code.sources, &code.reach);
    let inputs = signature.inputs().map(|input| {
        let name = unraw(&input.name);
        let name = name.trim_start_matches('_');
        let artifact = form(private, &input.artifact);
        let list = input.form == Form::List;
        quote!(#private::InputSlot { name: #name, artifact: #artifact.artifact, list: #list })
    });
    let outputs = signature.output.artifacts.iter().map(|artifact| {
        let form = form(private, artifact);
        quote!(#form.artifact)
    });
    // On the span of the function's name, these give its place and not this macro's.
    let file = quote_spanned!(span=> ::core::file!());
    let line = quote_spanned!(span=> ::core::line!());
    let body = body(options, function, signature);
    quote! {
        #private::Stage {
            name: #name,
            path: #path,
            package: ::core::env!("CARGO_PKG_NAME"),
            description: #description,
            kind: #private::StageKind::#kind,
            owner: #owner,
            policy: #policy,
            cache: #cache,
            reads_nothing: #reads_nothing,
            portable: #portable,
            not_deterministic: #not_deterministic,
            code: #code,
            inputs: &[#(#inputs),*],
            outputs: &[#(#outputs),*],
            file: #file,
            line: #line,
            body: #body,
        }
    }
}

fn policy(options: &Options) -> TokenStream {
    let private = &options.private;
    let retries = options.retries();
    let backoff = duration(options.backoff);
    let timeout = optional(options.timeout.map(duration));
    let (cpus, memory) = (options.cpus, options.memory);
    let resources = options
        .resources
        .iter()
        .map(|(name, amount)| quote!((#name, #amount)));
    quote! {
        #private::Policy {
            retries: #retries,
            backoff: #backoff,
            timeout: #timeout,
            cpus: #cpus,
            memory: #memory,
            resources: &[#(#resources),*],
        }
    }
}

/// The function behind the stage, as the engine calls it.
fn body(options: &Options, function: &Function, signature: &Signature) -> TokenStream {
    let private = &options.private;
    let name = &function.signature.ident;
    let is_async = function.signature.asyncness.is_some();
    let context = Ident::new("context", Span::mixed_site());
    let arguments = Ident::new("arguments", Span::mixed_site());
    let output = Ident::new("output", Span::mixed_site());
    let error = Ident::new("error", Span::mixed_site());
    let local = |position: usize| format_ident!("input_{position}", span = Span::mixed_site());
    let mut taken = Vec::new();
    let mut passed = Vec::new();
    for parameter in &signature.parameters {
        let Parameter::Input(input) = parameter else {
            passed.push(if is_async {
                quote!(&#context)
            } else {
                quote!(#context)
            });
            continue;
        };
        let position = taken.len();
        let local = local(position);
        let (way, argument) = match input.form {
            Form::Shared => ("shared", quote!(&#local)),
            Form::Text => ("shared", quote!(#local.as_str())),
            Form::List => ("list", quote!(&#local)),
            Form::Owned => ("owned", quote!(#local)),
        };
        let way = Ident::new(way, Span::mixed_site());
        let form = form(private, &input.artifact);
        taken.push(quote!(let #local = (#form.#way)(&mut #arguments, #position)?;));
        passed.push(argument);
    }
    let mut call = quote!(#name::run(#(#passed),*));
    if is_async {
        call = quote!(#call.await);
    }
    if signature.output.fallible {
        // The type stands first, so that an error which does not fit is reported on it.
        let convert = match &signature.output.error {
            Some(written) => quote!(<#written as #private::StageError>::into_error(#error)),
            None => quote!(#private::StageError::into_error(#error)),
        };
        call = quote! {
            match #call {
                ::core::result::Result::Ok(#output) => #output,
                ::core::result::Result::Err(#error) => return ::core::result::Result::Err(#convert),
            }
        };
    }
    let outputs = &signature.output.artifacts;
    let locals: Vec<Ident> = (0..outputs.len())
        .map(|position| format_ident!("output_{position}", span = Span::mixed_site()))
        .collect();
    let pattern = if signature.output.tuple {
        quote!((#(#locals,)*))
    } else {
        quote!(#(#locals)*)
    };
    let live = outputs.iter().zip(&locals).map(|(artifact, local)| {
        let form = form(private, artifact);
        quote!((#form.live)(#local))
    });
    let statements = quote! {
        #(#taken)*
        let #pattern = #call;
        ::core::result::Result::Ok(::std::vec![#(#live),*])
    };
    // Not every stage takes a context, or an input.
    let unused = quote!(let _ = (&#context, &mut #arguments););
    if is_async {
        quote! {
            #private::Body::Async(|#context, mut #arguments| ::std::boxed::Box::pin(async move {
                #unused
                #statements
            }))
        }
    } else {
        quote! {
            #private::Body::Blocking(|#context, mut #arguments| {
                #unused
                #statements
            })
        }
    }
}

/// `<T as Artifact>::FORM` on the span of `T`: every mention of it is the same mistake if `T` is no artifact.
fn form(private: &TokenStream, artifact: &Type) -> TokenStream {
    let span = written_type::span(artifact);
    quote_spanned!(span=> <#artifact as #private::Artifact>::FORM)
}

//! Everything that a macro can know to be wrong with a stage, each on its span.

use syn::visit::{self, Visit};
use syn::{FnArg, GenericArgument, Lifetime, Pat, PathArguments, ReturnType, Type, TypeReference};

use crate::function::{Function, check_conditions, check_head, check_self};
use crate::mistakes::Mistakes;
use crate::written_type::{inner, is_named, referent, short};

use super::STAGE;
use super::parse::{Form, Input, Output, Parameter, Signature};

/// Checks what can be seen of a function without knowing what its parameters mean.
pub(crate) fn function(function: &Function, mistakes: &mut Mistakes) {
    check_head(function, &STAGE, mistakes);
    generics(&function.signature.generics, mistakes);
    check_self(function, &STAGE, mistakes);
}

fn generics(generics: &syn::Generics, mistakes: &mut Mistakes) {
    let mut parameters = generics.params.iter().peekable();
    if parameters.peek().is_none() {
        if let Some(clause) = &generics.where_clause {
            mistakes.add(clause, GENERIC, "leave the `where` out");
        }
        return;
    }
    let only_lifetimes =
        parameters.all(|parameter| matches!(parameter, syn::GenericParam::Lifetime(_)));
    mistakes.add(
        &generics.params,
        GENERIC,
        if only_lifetimes {
            "leave the lifetimes out: inputs are `&T`, and outputs own all they hold"
        } else {
            "write the types out; for a second type write a second stage that calls the same generic function"
        },
    );
}

const GENERIC: &str =
    "a stage cannot be generic: what it takes and returns is kept, so its types must be known";

/// Checks the inputs and outputs.
pub(crate) fn signature(function: &Function, signature: &Signature, mistakes: &mut Mistakes) {
    let mut has_context = false;
    for parameter in &signature.parameters {
        match parameter {
            Parameter::Context(written) => {
                context(written, mistakes);
                if has_context {
                    mistakes.add(
                        written,
                        "a stage takes one `StageContext`, and this is the second",
                        "leave this one out",
                    );
                }
                has_context = true;
            }
            Parameter::Input(input) => self::input(input, mistakes),
        }
    }
    if !function
        .signature
        .inputs
        .iter()
        .any(|argument| matches!(argument, FnArg::Receiver(_)))
    {
        output(function, &signature.output, mistakes);
    }
}

fn context(written: &Type, mistakes: &mut Mistakes) {
    let wrong = match inner(written) {
        Type::Reference(TypeReference {
            mutability: None,
            elem,
            ..
        }) if !matches!(inner(elem), Type::Reference(_)) => {
            return;
        }
        Type::Reference(_) => "the context is lent by a plain reference",
        _ => "the context belongs to the engine, so a stage cannot take it by value",
    };
    mistakes.add(written, wrong, "write `&StageContext`");
}

fn input(input: &Input, mistakes: &mut Mistakes) {
    let written = &input.written;
    check_conditions(
        written,
        "an input cannot come and go with `cfg`",
        "put the `cfg` on the stage, and write a second stage for the other case",
        mistakes,
    );
    match &*written.pat {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {}
        pattern => mistakes.add(
            pattern,
            "an input needs a name: it stands in keys and in lineage",
            "write a name, and take the value apart inside the function",
        ),
    }
    if let Type::Reference(TypeReference {
        mutability: Some(_),
        elem,
        ..
    }) = inner(&written.ty)
    {
        let (lent, owned) = (short(elem), owned(elem));
        mistakes.add(
            &written.ty,
            "an input cannot be changed: other stages read the same value",
            format!("write `&{lent}`; or `{owned}`, to own a value that only this stage sees"),
        );
    }
    if let Type::Reference(TypeReference {
        lifetime: Some(lifetime),
        ..
    }) = inner(&written.ty)
        && lifetime.ident == "static"
    {
        mistakes.add(
            lifetime,
            "an input is lent for the time of the call, not for `'static`",
            "leave the lifetime out",
        );
    }
    let unsized_value = input.form == Form::Owned || input.form == Form::Shared;
    artifact(&input.artifact, Role::Input, unsized_value, mistakes);
}

fn output(function: &Function, output: &Output, mistakes: &mut Mistakes) {
    let Some(written) = &output.written else {
        match &function.signature.output {
            ReturnType::Default => mistakes.add(
                &function.signature.ident,
                "a stage must return something: what it returns is what other stages can use",
                "add a return type, such as `-> Result<Table>`",
            ),
            ReturnType::Type(_, written) => mistakes.add(
                written,
                "this `Result` does not show what the stage returns",
                "write it out, as in `Result<Table>`",
            ),
        }
        return;
    };
    if output.artifacts.is_empty() {
        mistakes.add(
            written,
            "a stage must return something: what it returns is what other stages can use",
            "return a value, such as a report of what was done",
        );
    }
    for artifact in &output.artifacts {
        self::artifact(artifact, Role::Output, true, mistakes);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Input,
    Output,
}

/// Checks a type that travels between stages, as far as its tokens show what it is.
fn artifact(written: &Type, role: Role, may_be_unsized: bool, mistakes: &mut Mistakes) {
    let place = inner(written);
    match place {
        Type::Never(_) => {
            mistakes.add(
                place,
                "a stage cannot return `!`",
                "return what it makes, as in `-> Result<Table>`",
            );
        }
        Type::ImplTrait(_) => mistakes.add(place, GENERIC, "write the type out"),
        Type::TraitObject(_) => mistakes.add(
            place,
            "a trait object cannot be kept, because nobody knows how to read it back",
            "write the type, or an `enum` of the possible types",
        ),
        Type::Infer(_) => mistakes.add(
            place,
            "the type of an input or output must be written out",
            "write the type",
        ),
        Type::Slice(slice) if may_be_unsized => {
            let elem = short(&slice.elem);
            let help = match role {
                Role::Input => format!("write `&[{elem}]` for a list, or `Vec<{elem}>`"),
                Role::Output => format!("write `Vec<{elem}>`"),
            };
            mistakes.add(place, "a slice has no size of its own", help);
        }
        Type::Path(path) if path.path.is_ident("str") => {
            let help = match role {
                Role::Input => "write `&str` or `String`",
                Role::Output => "write `String`",
            };
            mistakes.add(place, "a `str` has no size of its own", help);
        }
        Type::Reference(_) if role == Role::Output => {
            let owned = owned(referent(place));
            mistakes.add(
                place,
                "an output owns all it holds, because it lives longer than the call",
                format!("return `{owned}`"),
            );
        }
        place if is_named(referent(place), "Handle") => {
            let (wrong, help) = match role {
                Role::Input => (
                    "a stage takes the value, not the handle",
                    format!("write `&{}`", promised(place)),
                ),
                Role::Output => (
                    "a stage returns the value, not a handle",
                    format!("return `{}`", promised(place)),
                ),
            };
            mistakes.add(
                place,
                wrong,
                format!("{help}; the macro makes the function that takes and returns handles"),
            );
        }
        place => {
            let mut parts = Parts { role, mistakes };
            parts.visit_type(place);
        }
    }
}

/// Looks for what cannot be inside an artifact.
struct Parts<'a> {
    role: Role,
    mistakes: &'a mut Mistakes,
}

impl<'ast> Visit<'ast> for Parts<'_> {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        let owned = owned(&reference.elem);
        match self.role {
            Role::Input => self.mistakes.add(
                reference,
                "an input is `&T`, `&str`, `&[T]` or `T`, with no reference further inside",
                format!("write `{owned}` here"),
            ),
            Role::Output => self.mistakes.add(
                reference,
                "an output owns all it holds, because it lives longer than the call",
                format!("write `{owned}` here"),
            ),
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.mistakes.add(
                lifetime,
                "what travels between stages owns all it holds, so it has no lifetime",
                "use a type without a lifetime, such as `String` for `Cow<'_, str>`",
            );
        }
    }

    fn visit_type_impl_trait(&mut self, written: &'ast syn::TypeImplTrait) {
        self.mistakes.add(written, GENERIC, "write the type out");
    }

    fn visit_type_path(&mut self, path: &'ast syn::TypePath) {
        if let Some((hashed, sorted)) = crate::artifact::hashed(path) {
            self.mistakes.add(
                path,
                format!("a `{hashed}` has no order, so equal values would not give equal bytes"),
                format!("write a `{sorted}`"),
            );
        }
        visit::visit_type_path(self, path);
    }

    // What a function or trait object in a type says of lifetimes and references is its own affair.
    fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}
    fn visit_type_trait_object(&mut self, _: &'ast syn::TypeTraitObject) {}
    // Nor can the tokens of an expression be judged.
    fn visit_expr(&mut self, _: &'ast syn::Expr) {}
}

/// The owned type for what a reference refers to, in words of a message.
fn owned(referent: &Type) -> String {
    match inner(referent) {
        Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
        Type::Slice(slice) => format!("Vec<{}>", owned(&slice.elem)),
        Type::Reference(reference) => owned(&reference.elem),
        other => short(other),
    }
}

/// The `T` of a `Handle<T>`, in words of a message.
fn promised(handle: &Type) -> String {
    let Type::Path(path) = referent(handle) else {
        return "T".to_owned();
    };
    let arguments = path.path.segments.last().map(|last| &last.arguments);
    match arguments {
        Some(PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
            Some(GenericArgument::Type(promised)) => short(promised),
            _ => "T".to_owned(),
        },
        _ => "T".to_owned(),
    }
}

#[cfg(test)]
mod tests;

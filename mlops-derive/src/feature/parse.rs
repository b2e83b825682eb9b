//! From tokens to the parts of a feature: which parameters are columns, windows or other features, and what it makes.

use proc_macro2::{Ident, TokenStream};
use quote::format_ident;
use syn::spanned::Spanned;
use syn::{FnArg, GenericArgument, Pat, PatType, PathArguments, ReturnType, Type};

use crate::function::Function;
use crate::mistakes::Mistakes;
use crate::written_type::{inner, is_named, short};

use super::options::Options;

/// What a feature takes and makes, in the words of a message.
pub(super) const TYPES: &str =
    "write `f64`, `i64`, `bool`, `String` or `&str`, or an `Option` of one of them";

/// Reads the item under `#[mlops::feature]`.
pub(super) fn function(item: TokenStream) -> syn::Result<Function> {
    Function::of(item, &super::FEATURE)
}

/// The type of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Number,
    Integer,
    Boolean,
    Text,
    /// `&str`
    BorrowedText,
}

impl Scalar {
    /// The variant of `ValueType`.
    pub(super) const fn variant(self) -> &'static str {
        match self {
            Self::Number => "Number",
            Self::Integer => "Integer",
            Self::Boolean => "Boolean",
            Self::Text | Self::BorrowedText => "Text",
        }
    }
}

/// What a parameter stands for.
#[derive(Debug, Clone)]
pub(super) enum Role {
    /// A column of the table.
    Column,
    /// Another feature, and where it is.
    Feature(syn::Path),
    /// The events of the last while.
    Window,
}

/// One parameter.
pub(super) struct Input {
    pub(super) name: Ident,
    pub(super) role: Role,
    pub(super) scalar: Scalar,
    /// Whether it is an `Option`.
    pub(super) optional: bool,
    pub(super) written: Type,
}

/// What a signature means, as far as it can be understood.
pub(super) struct Signature {
    pub(super) inputs: Vec<Input>,
    /// What it makes, and whether that is an `Option`.
    pub(super) output: Option<(Scalar, bool)>,
}

impl Signature {
    /// Reads the signature; what cannot be understood is reported and left out.
    pub(super) fn of(function: &Function, options: &Options, mistakes: &mut Mistakes) -> Self {
        let mut inputs = Vec::new();
        for (position, argument) in function.signature.inputs.iter().enumerate() {
            if let FnArg::Typed(written) = argument {
                inputs.extend(input(position, written, options, mistakes));
            }
        }
        Self {
            inputs,
            output: output(function, mistakes),
        }
    }
}

fn input(
    position: usize,
    written: &PatType,
    options: &Options,
    mistakes: &mut Mistakes,
) -> Option<Input> {
    let name = match &*written.pat {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            pattern.ident.clone()
        }
        other => {
            mistakes.add(
                other,
                "an input of a feature needs a name: it is the name of a column or of another feature",
                "write a name, and take the value apart inside the function",
            );
            format_ident!("input_{position}", span = other.span())
        }
    };
    let used = options.uses.iter().find(|path| {
        let last = path.segments.last();
        last.is_some_and(|last| last.ident == name)
    });
    if let Some(items) = window(&written.ty, mistakes)? {
        let scalar = scalar(items).filter(|scalar| *scalar != Scalar::BorrowedText);
        let Some(scalar) = scalar else {
            mistakes.add(
                items,
                format!("a window does not hold `{}`", short(items)),
                "write `f64`, `i64`, `bool` or `String`; events without a value are left out of a window",
            );
            return None;
        };
        return Some(Input {
            name,
            role: Role::Window,
            scalar,
            optional: false,
            written: (*written.ty).clone(),
        });
    }
    let (value, optional) = option(&written.ty);
    let Some(scalar) = scalar(value) else {
        mistakes.add(
            &written.ty,
            format!("a feature does not take `{}`", short(&written.ty)),
            borrowed_help(value).unwrap_or_else(|| {
                format!("{TYPES}; or `&Window<f64>`, for the events of the last while")
            }),
        );
        return None;
    };
    Some(Input {
        name,
        role: used.map_or(Role::Column, |path| Role::Feature(path.clone())),
        scalar,
        optional,
        written: (*written.ty).clone(),
    })
}

/// What to write instead of a reference to a value.
fn borrowed_help(value: &Type) -> Option<String> {
    let Type::Reference(reference) = inner(value) else {
        return None;
    };
    scalar(&reference.elem).map(|scalar| match scalar {
        Scalar::Text => "write `&str` or `String`".to_owned(),
        _ => format!(
            "write `{}`: a value of a column is small, so it is not lent",
            short(&reference.elem)
        ),
    })
}

/// The items of a `&Window<T>`; the outer none is a window in a wrong form, which was reported.
fn window<'a>(written: &'a Type, mistakes: &mut Mistakes) -> Option<Option<&'a Type>> {
    let (lent, path) = match inner(written) {
        Type::Reference(reference) => (reference.mutability.is_none(), inner(&reference.elem)),
        other => (false, other),
    };
    let Type::Path(path) = path else {
        return Some(None);
    };
    let Some(last) = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Window")
    else {
        return Some(None);
    };
    let items = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(items)) => Some(items),
            _ => None,
        },
        _ => None,
    };
    let Some(items) = items else {
        mistakes.add(
            written,
            "this window does not say what its events hold",
            "write the type, as in `&Window<f64>`",
        );
        return None;
    };
    if !lent {
        mistakes.add(
            written,
            "a window is lent by a plain reference",
            format!("write `&Window<{}>`", short(items)),
        );
        return None;
    }
    Some(Some(items))
}

fn output(function: &Function, mistakes: &mut Mistakes) -> Option<(Scalar, bool)> {
    let ReturnType::Type(_, written) = &function.signature.output else {
        mistakes.add(
            &function.signature.ident,
            "a feature must return its value",
            format!("add a return type: {TYPES}"),
        );
        return None;
    };
    let (value, optional) = option(written);
    match scalar(value) {
        Some(Scalar::BorrowedText) => mistakes.add(
            written,
            "a feature owns the value that it makes",
            "return `String`",
        ),
        Some(scalar) => return Some((scalar, optional)),
        None if is_named(inner(value), "Result") => mistakes.add(
            written,
            "a feature cannot fail: it answers for one row among many, and for a request that waits",
            "return an `Option`: where there is no value, it is missing",
        ),
        None => mistakes.add(
            written,
            format!("a feature does not make `{}`", short(written)),
            "return `f64`, `i64`, `bool` or `String`, or an `Option` of one of them",
        ),
    }
    None
}

/// The `T` of an `Option<T>`, or the type itself.
fn option(written: &Type) -> (&Type, bool) {
    let Type::Path(path) = inner(written) else {
        return (written, false);
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Option");
    let Some(PathArguments::AngleBracketed(arguments)) = last.map(|last| &last.arguments) else {
        return (written, false);
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(value)) => (value, true),
        _ => (written, false),
    }
}

/// Macros see no types, so the name decides.
fn scalar(written: &Type) -> Option<Scalar> {
    match inner(written) {
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last()?;
            if !last.arguments.is_empty() {
                return None;
            }
            match last.ident.to_string().as_str() {
                "f64" => Some(Scalar::Number),
                "i64" => Some(Scalar::Integer),
                "bool" => Some(Scalar::Boolean),
                "String" => Some(Scalar::Text),
                _ => None,
            }
        }
        Type::Reference(reference) if reference.mutability.is_none() => {
            let Type::Path(path) = inner(&reference.elem) else {
                return None;
            };
            path.path.is_ident("str").then_some(Scalar::BorrowedText)
        }
        _ => None,
    }
}

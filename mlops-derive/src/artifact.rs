//! `#[derive(Artifact)]`: bytes by serde, and a look for what would make them differ from one process to the next.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::visit::{self, Visit};
use syn::{Attribute, Data, DeriveInput, Field, GenericParam, TypePath};

use crate::dump::dump;
use crate::mistakes::Mistakes;
use crate::options;

/// Collections without an order, and what to write instead.
const HASHED: [(&str, &str); 8] = [
    ("HashMap", "BTreeMap"),
    ("HashSet", "BTreeSet"),
    ("FxHashMap", "BTreeMap"),
    ("FxHashSet", "BTreeSet"),
    ("AHashMap", "BTreeMap"),
    ("AHashSet", "BTreeSet"),
    ("DashMap", "BTreeMap"),
    ("DashSet", "BTreeSet"),
];

/// If this type is a collection without an order: its name, and the name of the ordered one.
pub(crate) fn hashed(path: &TypePath) -> Option<(&'static str, &'static str)> {
    let last = path.path.segments.last()?;
    HASHED.into_iter().find(|(hashed, _)| last.ident == hashed)
}

/// The expansion of `#[derive(Artifact)]`.
pub(crate) fn artifact(item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let private = options::crate_path(&item.attrs, "artifact", &mut mistakes);
    check(&item, &mut mistakes);
    let errors = mistakes.into_tokens();
    // The impl is written even then, so that the type's users are not reported as well.
    let implementation = implementation(&item, &private);
    let expansion = quote!(#errors #implementation);
    dump(&item.ident.to_string(), &expansion);
    expansion
}

fn check(item: &DeriveInput, mistakes: &mut Mistakes) {
    for lifetime in item.generics.lifetimes() {
        mistakes.add(
            lifetime,
            "an artifact owns all it holds, so it has no lifetime",
            "hold `String` for `&str`, `Vec<T>` for `&[T]`, `T` for `&T`",
        );
    }
    let transparent = says_serde(&item.attrs, &["transparent"]);
    match &item.data {
        Data::Struct(data) => fields(data.fields.iter(), transparent, mistakes),
        Data::Enum(data) => {
            for variant in &data.variants {
                fields(variant.fields.iter(), transparent, mistakes);
            }
        }
        Data::Union(data) => mistakes.add(
            data.union_token,
            "a union cannot be an artifact: nobody knows which of its fields is meant",
            "write an `enum`",
        ),
    }
}

fn fields<'a>(fields: impl Iterator<Item = &'a Field>, transparent: bool, mistakes: &mut Mistakes) {
    for field in fields {
        let sorted = is_sorted(field, mistakes);
        if says_serde(&field.attrs, &["skip", "skip_serializing"]) {
            continue;
        }
        let mut finder = HashedTypes::default();
        finder.visit_type(&field.ty);
        let Some(first) = finder.found.first() else {
            if let Some(sorted) = sorted {
                mistakes.add(
                    sorted,
                    "`sorted` is for fields with a `HashMap` or `HashSet` in their type",
                    "leave it out: this field is written in order by itself",
                );
            }
            continue;
        };
        let (name, ordered) = first.1;
        if sorted.is_none() {
            mistakes.add(
                first.0,
                format!("a `{name}` has no order, so equal values would not give equal bytes"),
                format!("write a `{ordered}`, or `#[artifact(sorted)]` on the field to have it written in order"),
            );
        } else if transparent || says_serde(&field.attrs, &["flatten"]) {
            mistakes.add(
                first.0,
                format!("this `{name}` cannot be written in order, because serde writes it as a part of what holds it"),
                format!("write a `{ordered}`, or leave out serde's `transparent` or `flatten`"),
            );
        }
    }
}

/// Reads the field's `#[artifact(…)]`; returns the attribute if it says `sorted`.
fn is_sorted<'a>(field: &'a Field, mistakes: &mut Mistakes) -> Option<&'a Attribute> {
    let mut sorted = None;
    for attribute in field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("artifact"))
    {
        let Some(list) = mistakes.keep(attribute.meta.require_list()) else {
            continue;
        };
        for option in options::split(list.tokens.clone(), mistakes) {
            if option.name == "sorted" && matches!(option.value, options::Value::Bare) {
                sorted = Some(attribute);
            } else {
                mistakes.add(
                    &option.name,
                    format!("`#[artifact]` on a field has no option `{}`", option.name),
                    "the only option here is `sorted`",
                );
            }
        }
    }
    sorted
}

/// Whether `#[serde(…)]` says one of these words.
fn says_serde(attributes: &[Attribute], words: &[&str]) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .any(|attribute| {
            let Ok(list) = attribute.meta.require_list() else {
                return false;
            };
            // serde judges its own attributes; a mistake in them is not ours to report.
            options::split(list.tokens.clone(), &mut Mistakes::default())
                .iter()
                .any(|option| words.iter().any(|word| option.name == word))
        })
}

#[derive(Default)]
struct HashedTypes<'a> {
    found: Vec<(&'a TypePath, (&'static str, &'static str))>,
}

impl<'ast> Visit<'ast> for HashedTypes<'ast> {
    fn visit_type_path(&mut self, path: &'ast TypePath) {
        if let Some(names) = hashed(path) {
            self.found.push((path, names));
        }
        visit::visit_type_path(self, path);
    }
}

fn implementation(item: &DeriveInput, private: &TokenStream) -> TokenStream {
    let name = &item.ident;
    let mut generics = item.generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter
                .bounds
                .push(syn::parse_quote!(#private::Serialize));
            parameter
                .bounds
                .push(syn::parse_quote!(#private::DeserializeOwned));
            parameter
                .bounds
                .push(syn::parse_quote!(::core::marker::Send));
            parameter
                .bounds
                .push(syn::parse_quote!(::core::marker::Sync));
            parameter.bounds.push(syn::parse_quote!('static));
        }
    }
    let (parameters, arguments, clause) = generics.split_for_impl();
    // On the name's span, so that a missing `Serialize` is reported on the type that lacks it.
    let by_serde = quote_spanned!(name.span()=> <#name #arguments as #private::SerdeArtifact>);
    quote! {
        #[automatically_derived]
        impl #parameters #private::Artifact for #name #arguments #clause {
            const MEDIA_TYPE: &'static str = #private::SERDE_MEDIA_TYPE;

            fn write(
                &self,
                output: &mut dyn #private::ArtifactOutput,
            ) -> ::core::result::Result<(), #private::ArtifactError> {
                #by_serde::write_by_serde(self, output)
            }

            fn read(
                input: &dyn #private::ArtifactInput,
            ) -> ::core::result::Result<Self, #private::ArtifactError> {
                #by_serde::read_by_serde(input)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::check;
    use crate::mistakes::Mistakes;

    fn messages(item: proc_macro2::TokenStream) -> Vec<String> {
        let mut mistakes = Mistakes::default();
        check(&syn::parse2(item).unwrap(), &mut mistakes);
        mistakes.messages()
    }

    #[test]
    fn what_has_an_order_or_is_written_in_order_is_right() {
        let right = [
            quote!(
                struct A {
                    a: BTreeMap<String, u8>,
                    #[artifact(sorted)]
                    b: HashMap<String, u8>,
                }
            ),
            quote!(
                struct A(#[artifact(sorted)] Option<Vec<HashSet<u8>>>);
            ),
            quote!(
                enum A {
                    B,
                    C {
                        #[serde(skip)]
                        cache: HashMap<u8, u8>,
                    },
                }
            ),
            quote!(
                struct A<T, const N: usize>([T; N]);
            ),
        ];
        for item in right {
            assert_eq!(messages(item.clone()), Vec::<String>::new(), "{item}");
        }
    }

    #[test]
    fn every_mistake_is_reported_with_what_to_write() {
        let wrong = [
            (
                quote!(
                    struct A {
                        a: HashMap<String, u8>,
                    }
                ),
                "write a `BTreeMap`, or `#[artifact(sorted)]`",
            ),
            (
                quote!(
                    struct A {
                        a: Option<Vec<std::collections::HashSet<u8>>>,
                    }
                ),
                "write a `BTreeSet`",
            ),
            (
                quote!(
                    enum A {
                        B(HashMap<u8, u8>),
                    }
                ),
                "has no order",
            ),
            (
                quote!(
                    struct A {
                        #[artifact(sorted)]
                        a: u8,
                    }
                ),
                "leave it out",
            ),
            (
                quote!(
                    struct A {
                        #[artifact(ordered)]
                        a: u8,
                    }
                ),
                "the only option here is `sorted`",
            ),
            (
                quote!(
                    #[serde(transparent)]
                    struct A {
                        #[artifact(sorted)]
                        a: HashMap<u8, u8>,
                    }
                ),
                "cannot be written in order",
            ),
            (
                quote!(
                    struct A {
                        #[serde(flatten)]
                        #[artifact(sorted)]
                        a: HashMap<u8, u8>,
                    }
                ),
                "cannot be written in order",
            ),
            (quote!(union A { a: u8 }), "write an `enum`"),
            (
                quote!(
                    struct A<'a>(&'a str);
                ),
                "hold `String` for `&str`",
            ),
        ];
        for (item, expected) in wrong {
            let messages = messages(item.clone());
            assert_eq!(messages.len(), 1, "{item}: {messages:?}");
            assert!(messages[0].contains(expected), "{item}: {messages:?}");
        }
    }
}

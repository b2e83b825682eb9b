//! `#[derive(Outputs)]`: a struct of handles that a pipeline returns.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, Index};

use crate::dump::dump;
use crate::mistakes::Mistakes;
use crate::options;

/// The expansion of `#[derive(Outputs)]`.
pub(crate) fn outputs(item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let private = options::crate_path(&item.attrs, "outputs", &mut mistakes);
    let fields = fields(&item, &mut mistakes);
    let collected = fields.iter().map(|(name, access, field)| {
        // On the field's type, so that a field that is no output is reported there.
        let span = crate::written_type::span(&field.ty);
        let value = quote_spanned!(span=> self.#access);
        quote!(#private::OutputCollector::field(outputs, #name, #value);)
    });
    let name = &item.ident;
    let (parameters, arguments, clause) = item.generics.split_for_impl();
    let errors = mistakes.into_tokens();
    let expansion = quote! {
        #errors
        #[automatically_derived]
        impl #parameters #private::Outputs for #name #arguments #clause {
            fn collect(self, outputs: &mut #private::OutputCollector) {
                #(#collected)*
                let _ = outputs;
            }
        }
    };
    dump(&name.to_string(), &expansion);
    expansion
}

/// Each field: its name, how to reach it, and itself.
fn fields<'a>(
    item: &'a DeriveInput,
    mistakes: &mut Mistakes,
) -> Vec<(String, TokenStream, &'a syn::Field)> {
    let Data::Struct(data) = &item.data else {
        mistakes.add(
            &item.ident,
            "a pipeline always returns the same outputs, so they are not an `enum` or a `union`",
            "write a struct of handles; for an output that may be missing, use `when`, or `Option<Handle<T>>`",
        );
        return Vec::new();
    };
    if matches!(data.fields, Fields::Unit) || data.fields.is_empty() {
        mistakes.add(
            &item.ident,
            "there is no output here, so the pipeline would do nothing",
            "give the struct fields, such as `model: Handle<Model>`",
        );
    }
    let fields = data.fields.iter().enumerate();
    fields
        .map(|(position, field)| match &field.ident {
            Some(name) => {
                let text = name.to_string();
                (
                    text.strip_prefix("r#").unwrap_or(&text).to_owned(),
                    quote!(#name),
                    field,
                )
            }
            None => {
                let index = Index::from(position);
                (position.to_string(), quote!(#index), field)
            }
        })
        .collect()
}

//! `#[mlops::feature]`: parse, check, expand.

mod check;
mod code;
mod expand;
mod options;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;

use crate::dump::{dump, timed};
use crate::function::Purpose;
use crate::mistakes::Mistakes;

use self::options::Options;
use self::parse::Signature;

const FEATURE: Purpose = Purpose {
    attribute: "#[mlops::feature]",
    noun: "feature",
    example: "fn tenure_years(tenure_months: f64) -> f64",
    not_beside: &[
        (
            "stage",
            "a feature is not a stage: it is a value of one row",
            "leave `#[stage]` out; `training_set(labels, features![…])` is the stage that computes features",
        ),
        (
            "test",
            "a feature is not a test",
            "write a test that calls it: it is a plain function",
        ),
    ],
    not_async: Some((
        "a feature cannot be `async`: it is computed from what its row holds, and waits for nothing",
        "leave the word out, and let a stage bring what has to be waited for into a column",
    )),
    not_unsafe: ("a feature cannot be `unsafe`", "leave the word out"),
    instead_of_many: "name each column that it needs",
    instead_of_self: "move it out of the `impl`, and name the columns that it needs",
};

/// The expansion of `#[mlops::feature(options)] function`: the function as it was written, and a type of its name that describes it.
pub(crate) fn feature(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let place = options.clone();
    let options = Options::parse(options, &mut mistakes);
    let Some(function) = mistakes.keep(parse::function(item.clone())) else {
        let errors = mistakes.into_tokens();
        return quote!(#errors #item);
    };
    options.check_required(&place, &function, &mut mistakes);
    check::function(&function, &mut mistakes);
    let signature = Signature::of(&function, &options, &mut mistakes);
    check::signature(&signature, &options, &mut mistakes);
    let code = mistakes
        .is_empty()
        .then(|| {
            let name = function.signature.ident.to_string();
            mistakes.keep(timed(&name, || code::of(&function)))
        })
        .flatten();
    let expansion = match code {
        Some(code) => expand::feature(&options, &function, &signature, &code),
        None => {
            let errors = mistakes.into_tokens();
            let stand_in = expand::stand_in(&options, &function);
            quote!(#errors #item #stand_in)
        }
    };
    dump(&function.signature.ident.to_string(), &expansion);
    expansion
}

#[cfg(test)]
mod tests;

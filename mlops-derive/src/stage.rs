//! `#[stage]`: parse, check, expand.

mod check;
mod expand;
mod options;
mod parse;
mod place;
mod units;

use proc_macro2::TokenStream;
use quote::quote;

use crate::dump::{dump, timed};
use crate::function::{Function, Purpose};
use crate::mistakes::Mistakes;
use crate::{reach, sources};

use self::options::Options;
use self::parse::Signature;
pub(crate) use self::units::duration;

const STAGE: Purpose = Purpose {
    attribute: "#[stage]",
    noun: "stage",
    example: "fn train(data: &Table) -> Result<Model>",
    not_beside: &[(
        "test",
        "a stage is not a test",
        "write a test that calls the stage's `run`, as in `train::run(&table)`",
    )],
    not_async: None,
    not_unsafe: (
        "a stage cannot be `unsafe`: it is the engine that calls it",
        "leave the word out, and write an `unsafe` block inside the function",
    ),
    instead_of_many: "take a list, as in `parts: &[Table]`",
    instead_of_self: "move it out of the `impl`, and take the value as an input, as in `model: &Model`",
};

/// The expansion of `#[stage(options)] function`.
pub(crate) fn stage(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let options = Options::parse(options, &mut mistakes);
    let Some(function) = mistakes.keep(parse::function(item.clone())) else {
        let errors = mistakes.into_tokens();
        return quote!(#errors #item);
    };
    check::function(&function, &mut mistakes);
    if place::is_inside_an_impl(&function, &mut mistakes) {
        // Neither a type nor another function of this name can be added here.
        let errors = mistakes.into_tokens();
        return quote!(#errors #item);
    }
    let signature = Signature::of(&function);
    check::signature(&function, &signature, &mut mistakes);
    let code = mistakes
        .is_empty()
        .then(|| {
            let name = function.signature.ident.to_string();
            mistakes.keep(timed(&name, || code(&options, &function)))
        })
        .flatten();
    let expansion = match code {
        Some(code) => expand::stage(&options, &function, &signature, &code),
        None => {
            let errors = mistakes.into_tokens();
            let stand_in = expand::stand_in(&options, &function, &signature);
            quote!(#errors #stand_in)
        }
    };
    dump(&function.signature.ident.to_string(), &expansion);
    expansion
}

/// What the stage's result depends on in the code: what it reaches or, where that cannot be told, its whole package.
fn code(options: &Options, function: &Function) -> syn::Result<expand::Code> {
    let name = &function.signature.ident;
    let sources = sources::of_this_package(name)?;
    let (reach, cause) = match reach::of_stage(name, &function.tokens, options.whole_package) {
        Ok(reach) => {
            let wanted = options
                .whole_package
                .then(|| "`code = \"package\"`".to_owned());
            let cause = wanted.or_else(|| reach.coarse.clone());
            (reach, cause)
        }
        Err(cause) => (reach::Reach::default(), Some(cause)),
    };
    let reach = match cause {
        Some(cause) => sources.beside(reach, &function.tokens, cause),
        None => reach,
    };
    Ok(expand::Code { sources, reach })
}

//! `#[mlops::feature]`: parse, check, expand.

mod check;
mod code;
mod expand;
mod options;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;

use crate::dump::{dump, timed};
use crate::mistakes::Mistakes;

use self::options::Options;
use self::parse::Signature;

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

//! What a macro can know to be wrong with a feature, each on its span.

use syn::{FnArg, Type};

use crate::mistakes::Mistakes;

use super::options::Options;
use super::parse::{Function, Role, Signature};

/// Checks what can be seen without knowing what the parameters mean.
pub(super) fn function(function: &Function, mistakes: &mut Mistakes) {
    let signature = &function.signature;
    for attribute in &function.attributes {
        let Some(last) = attribute.path().segments.last() else {
            continue;
        };
        match last.ident.to_string().as_str() {
            "feature" => mistakes.add(
                attribute,
                "`#[mlops::feature]` stands twice on this function",
                "keep one, with all options",
            ),
            "stage" => mistakes.add(
                attribute,
                "a feature is not a stage: it is a value of one row",
                "leave `#[stage]` out; `training_set(labels, features![…])` is the stage that computes features",
            ),
            "test" => mistakes.add(
                attribute,
                "a feature is not a test",
                "write a test that calls it: it is a plain function",
            ),
            _ => {}
        }
    }
    if let Some(word) = &signature.constness {
        mistakes.add(word, "a feature cannot be `const`", "leave the word out");
    }
    if let Some(word) = &signature.asyncness {
        mistakes.add(
            word,
            "a feature cannot be `async`: it is computed from what its row holds, and waits for nothing",
            "leave the word out, and let a stage bring what has to be waited for into a column",
        );
    }
    match &signature.safety {
        syn::Safety::Unsafe(word) => {
            mistakes.add(word, "a feature cannot be `unsafe`", "leave the word out");
        }
        syn::Safety::Safe(word) => {
            mistakes.add(word, "a feature cannot be `safe`", "leave the word out");
        }
        _ => {}
    }
    if let Some(abi) = &signature.abi {
        mistakes.add(abi, "a feature cannot be `extern`", "write a plain `fn`");
    }
    if let Some(variadic) = &signature.variadic {
        mistakes.add(
            variadic,
            "a feature cannot take any number of arguments",
            "name each column that it needs",
        );
    }
    if !signature.generics.params.is_empty() {
        mistakes.add(
            &signature.generics.params,
            "a feature cannot be generic: the types of its columns stand in its definition",
            "write the types out; for a second type write a second feature that calls the same generic function",
        );
    } else if let Some(clause) = &signature.generics.where_clause {
        mistakes.add(
            clause,
            "a feature cannot be generic: the types of its columns stand in its definition",
            "leave the `where` out",
        );
    }
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(receiver) => mistakes.add(
                receiver,
                "a feature cannot have a `self`: it is a function on its own",
                "move it out of the `impl`, and name the columns that it needs",
            ),
            FnArg::Typed(written) => {
                for attribute in written
                    .attrs
                    .iter()
                    .filter(|one| one.path().is_ident("cfg"))
                {
                    mistakes.add(
                        attribute,
                        "an input of a feature cannot come and go with `cfg`",
                        "put the `cfg` on the feature, and write a second one for the other case",
                    );
                }
            }
        }
    }
    if signature.inputs.is_empty() {
        mistakes.add(
            &signature.ident,
            "a feature of nothing is the same for every row",
            "name the columns that it is computed from, as in `fn tenure_years(tenure_months: f64) -> f64`",
        );
    }
}

/// Checks the inputs against the options.
pub(super) fn signature(signature: &Signature, options: &Options, mistakes: &mut Mistakes) {
    let is_window = |role: &Role| matches!(role, Role::Window);
    if options.over.is_none() && !options.failed_over {
        for input in signature
            .inputs
            .iter()
            .filter(|input| is_window(&input.role))
        {
            mistakes.add(
                &input.written,
                "a window needs to know how far back it reaches",
                "write `over = \"7d\"` in `#[mlops::feature(…)]`",
            );
        }
    }
    if let Some((_, word)) = &options.over
        && !signature.inputs.iter().any(|input| is_window(&input.role))
        && mistakes.is_empty()
    {
        mistakes.add(
            word,
            "`over` is for windows, and this feature has none",
            "take the events of the last while, as in `amount: &Window<f64>`; or leave `over` out",
        );
    }
    for path in &options.uses {
        let Some(last) = path.segments.last() else {
            continue;
        };
        let input = signature
            .inputs
            .iter()
            .find(|input| input.name == last.ident);
        match input {
            Some(input) if is_window(&input.role) => mistakes.add(
                &input.written,
                format!(
                    "`{}` is a feature, which has one value for each row",
                    last.ident
                ),
                "take the value; a window is of the events of a column",
            ),
            Some(_) => {}
            None if mistakes.is_empty() => mistakes.add(
                path,
                format!(
                    "this feature uses `{}`, but takes no parameter of that name",
                    last.ident
                ),
                format!("add the parameter, as in `{}: f64`", last.ident),
            ),
            None => {}
        }
    }
}

/// A type as people write it: tokens print with spaces everywhere.
pub(super) fn short(written: &Type) -> String {
    let mut text = quote::ToTokens::to_token_stream(written).to_string();
    for (spaced, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        ("< ", "<"),
        (" ;", ";"),
        ("' ", "'"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}

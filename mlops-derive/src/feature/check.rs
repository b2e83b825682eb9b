//! What a macro can know to be wrong with a feature, each on its span.

use syn::FnArg;

use crate::function::{Function, check_conditions, check_head, check_self};
use crate::mistakes::Mistakes;

use super::FEATURE;
use super::options::Options;
use super::parse::{Role, Signature};

/// Checks what can be seen without knowing what the parameters mean.
pub(super) fn function(function: &Function, mistakes: &mut Mistakes) {
    let signature = &function.signature;
    check_head(function, &FEATURE, mistakes);
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
    check_self(function, &FEATURE, mistakes);
    for argument in &signature.inputs {
        if let FnArg::Typed(written) = argument {
            check_conditions(
                written,
                "an input of a feature cannot come and go with `cfg`",
                "put the `cfg` on the feature, and write a second one for the other case",
                mistakes,
            );
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

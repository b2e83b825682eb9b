//! The macro on mistakes: every one is reported, with what to write instead.

use quote::quote;

use super::options::Options;
use super::parse::{self, Role, Scalar, Signature};
use super::{check, feature};
use crate::mistakes::Mistakes;

fn mistakes(options: proc_macro2::TokenStream, item: proc_macro2::TokenStream) -> Vec<String> {
    let mut mistakes = Mistakes::default();
    let place = options.clone();
    let options = Options::parse(options, &mut mistakes);
    match parse::function(item) {
        Ok(function) => {
            options.check_required(&place, &function, &mut mistakes);
            check::function(&function, &mut mistakes);
            let signature = Signature::of(&function, &options, &mut mistakes);
            check::signature(&signature, &options, &mut mistakes);
        }
        Err(error) => mistakes.push(error),
    }
    mistakes.messages()
}

#[test]
fn columns_windows_and_features_are_told_apart() {
    let mut found = Mistakes::default();
    let options = Options::parse(
        quote!(
            entity = "customer",
            owner = "us",
            over = "7d",
            uses(a::tenure)
        ),
        &mut found,
    );
    let function = parse::function(quote! {
        fn f(amount: &Window<f64>, plan: Option<&str>, tenure: f64, city: std::string::String) -> Option<bool> {}
    })
    .unwrap();
    let signature = Signature::of(&function, &options, &mut found);
    assert_eq!(found.messages(), Vec::<String>::new());
    let seen: Vec<_> = signature
        .inputs
        .iter()
        .map(|input| {
            let role = match &input.role {
                Role::Column => "column",
                Role::Feature(_) => "feature",
                Role::Window => "window",
            };
            (role, input.scalar, input.optional)
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("window", Scalar::Number, false),
            ("column", Scalar::BorrowedText, true),
            ("feature", Scalar::Number, false),
            ("column", Scalar::Text, false),
        ]
    );
    assert_eq!(signature.output, Some((Scalar::Boolean, true)));
}

#[test]
fn every_wrong_option_is_reported_with_what_to_write() {
    let cases = [
        (quote!(entty = "customer"), "did you mean `entity`?"),
        (quote!(colour = "red"), "the options are `entity`, `owner`"),
        (
            quote!(ttl = "30d", ttl = "1d"),
            "the option `ttl` is given twice",
        ),
        (quote!(ttl = "30"), "the duration `30` has no unit"),
        (quote!(ttl = "0s"), "no time at all"),
        (quote!(ttl = 30), "write `ttl = \"30d\"`"),
        (quote!(name = "a b"), "this name cannot contain ' '"),
        (quote!(deprecated = "2026-02-30"), "`2026-02-30` is no day"),
        (quote!(deprecated = "soon"), "`soon` is no day"),
        (quote!(instead = "days"), "it goes with `deprecated"),
        (quote!(uses = "a"), "write `uses(tenure_years)`"),
        (quote!(uses()), "`uses` names no feature"),
        (quote!(uses(1)), "this is not a list of features"),
        (quote!(uses(other)), "takes no parameter of that name"),
        (quote!(over = "7d"), "`over` is for windows"),
        (quote!("customer"), "this is not an option"),
    ];
    for (tokens, expected) in cases {
        let written = tokens.to_string();
        let options = quote!(entity = "customer", owner = "us", #tokens);
        let messages = mistakes(
            options,
            quote! {
                /// Words.
                fn f(a: f64) -> f64 { a }
            },
        );
        assert_eq!(messages.len(), 1, "{written}: {messages:?}");
        assert!(messages[0].contains(expected), "{written}: {messages:?}");
    }
}

#[test]
fn every_wrong_signature_is_reported_with_what_to_write() {
    let cases = [
        (
            quote!(
                fn f(a: u32) -> f64 {}
            ),
            "a feature does not take `u32`",
        ),
        (
            quote!(
                fn f(a: Option<Vec<f64>>) -> f64 {}
            ),
            "does not take `Option<Vec<f64>>`",
        ),
        (
            quote!(
                fn f(a: &f64) -> f64 {}
            ),
            "write `f64`: a value",
        ),
        (
            quote!(
                fn f(a: &String) -> f64 {}
            ),
            "write `&str` or `String`",
        ),
        (
            quote!(
                fn f((a, b): (f64, f64)) -> f64 {}
            ),
            "an input of a feature needs a name",
        ),
        (
            quote!(
                fn f(a: &Window<f64>) -> f64 {}
            ),
            "write `over = \"7d\"`",
        ),
        (
            quote!(
                fn f(a: Window<f64>) -> f64 {}
            ),
            "write `&Window<f64>`",
        ),
        (
            quote!(
                fn f(a: &mut Window<f64>) -> f64 {}
            ),
            "write `&Window<f64>`",
        ),
        (
            quote!(
                fn f(a: &Window) -> f64 {}
            ),
            "does not say what its events hold",
        ),
        (
            quote!(
                fn f(a: &Window<u8>) -> f64 {}
            ),
            "a window does not hold `u8`",
        ),
        (
            quote!(
                fn f(a: f64) {}
            ),
            "a feature must return its value",
        ),
        (
            quote!(
                fn f(a: f64) -> Result<f64> {}
            ),
            "return an `Option`",
        ),
        (
            quote!(
                fn f(a: f64) -> &'static str {}
            ),
            "return `String`",
        ),
        (
            quote!(
                fn f(a: f64) -> u8 {}
            ),
            "a feature does not make `u8`",
        ),
        (
            quote!(
                fn f() -> f64 {}
            ),
            "the same for every row",
        ),
        (
            quote!(
                async fn f(a: f64) -> f64 {}
            ),
            "cannot be `async`",
        ),
        (
            quote!(
                const fn f(a: f64) -> f64 {}
            ),
            "cannot be `const`",
        ),
        (
            quote!(
                unsafe fn f(a: f64) -> f64 {}
            ),
            "cannot be `unsafe`",
        ),
        (
            quote!(
                fn f<T>(a: f64) -> f64 {}
            ),
            "cannot be generic",
        ),
        (
            quote!(
                fn f(&self, a: f64) -> f64 {}
            ),
            "cannot have a `self`",
        ),
        (
            quote!(
                #[stage]
                fn f(a: f64) -> f64 {}
            ),
            "a feature is not a stage",
        ),
        (
            quote!(
                #[feature]
                fn f(a: f64) -> f64 {}
            ),
            "stands twice",
        ),
        (
            quote!(
                struct F;
            ),
            "on something that is not a function",
        ),
        (
            quote!(
                fn f(a: f64) -> f64;
            ),
            "a feature without a body",
        ),
    ];
    for (item, expected) in cases {
        let written = item.to_string();
        let described = quote! {
            /// Words.
            #item
        };
        let messages = mistakes(quote!(entity = "customer", owner = "us"), described);
        assert!(
            messages.iter().any(|message| message.contains(expected)),
            "{written}: {messages:?}"
        );
    }
}

#[test]
fn what_a_definition_must_say_is_asked_for_at_once() {
    let messages = mistakes(
        quote!(),
        quote!(
            fn f(a: f64) -> f64 {
                a
            }
        ),
    );
    assert_eq!(messages.len(), 3, "{messages:?}");
    for (message, expected) in messages
        .iter()
        .zip(["an entity", "an owner", "a description"])
    {
        assert!(message.contains(expected), "{messages:?}");
    }
}

#[test]
fn the_function_is_given_back_even_with_mistakes() {
    let expansion = feature(
        quote!(colour = 1),
        quote!(
            fn f(a: f64) -> f64 {
                a + 1.0
            }
        ),
    );
    let text = expansion.to_string();
    assert!(text.contains("fn f (a : f64) -> f64 { a + 1.0 }"), "{text}");
    assert!(
        text.contains("impl :: mlops :: __features :: Feature for f"),
        "{text}"
    );
}

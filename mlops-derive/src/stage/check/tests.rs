//! What a stage may not be, each in our words.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::parse::{self, Signature};
use crate::mistakes::Mistakes;

fn messages(item: TokenStream) -> Vec<String> {
    let function = parse::function(item).unwrap();
    let mut mistakes = Mistakes::default();
    super::function(&function, &mut mistakes);
    super::signature(&function, &Signature::of(&function), &mut mistakes);
    mistakes.messages()
}

#[test]
fn a_right_stage_has_no_mistakes() {
    let right = [
        quote!(
            fn f() -> A {
                A
            }
        ),
        quote!(
            async fn f(cx: &StageContext, a: &A, b: &str, c: &[B], mut d: C) -> Result<(A, B), E> {}
        ),
        quote!(
            pub(crate) fn f(
                a: &Vec<Option<(A, BTreeMap<String, B>)>>,
                _unused: [f64; 3],
            ) -> module::A {
            }
        ),
        quote!(
            fn f(a: &Wrapper<Cow<'static, str>>) -> anyhow::Result<A> {}
        ),
    ];
    for item in right {
        assert_eq!(messages(item.clone()), Vec::<String>::new(), "{item}");
    }
}

#[test]
fn every_mistake_is_reported_once_with_what_to_write() {
    let wrong = [
        (
            quote!(
                fn f(a: &mut A) -> A {}
            ),
            "write `&A`; or `A`, to own a value",
        ),
        (
            quote!(
                fn f((a, b): (A, B)) -> A {}
            ),
            "an input needs a name",
        ),
        (
            quote!(
                fn f(_: &A) -> A {}
            ),
            "an input needs a name",
        ),
        (
            quote!(
                fn f(ref a: A) -> A {}
            ),
            "an input needs a name",
        ),
        (
            quote!(
                fn f<T>(a: &A) -> A {}
            ),
            "write the types out",
        ),
        (
            quote!(
                fn f<const N: usize>(a: &A) -> A {}
            ),
            "write the types out",
        ),
        (
            quote!(
                fn f<'a>(a: &'a A) -> A {}
            ),
            "leave the lifetimes out",
        ),
        (
            quote!(
                fn f(a: &A) -> A
                where
                    A: Clone,
                {
                }
            ),
            "leave the `where` out",
        ),
        (
            quote!(
                fn f(a: impl Clone) -> A {}
            ),
            "write the type out",
        ),
        (
            quote!(
                fn f(a: Vec<impl Clone>) -> A {}
            ),
            "write the type out",
        ),
        (
            quote!(
                fn f() -> impl Clone {}
            ),
            "write the type out",
        ),
        (
            quote!(
                fn f() {}
            ),
            "add a return type",
        ),
        (
            quote!(
                fn f() -> () {}
            ),
            "a stage must return something",
        ),
        (
            quote!(
                fn f() -> Result<()> {}
            ),
            "a stage must return something",
        ),
        (
            quote!(
                fn f() -> fmt::Result {}
            ),
            "does not show what the stage returns",
        ),
        (
            quote!(
                fn f() -> ! {}
            ),
            "cannot return `!`",
        ),
        (
            quote!(
                fn f() -> str {}
            ),
            "write `String`",
        ),
        (
            quote!(
                fn f(a: str) -> A {}
            ),
            "write `&str` or `String`",
        ),
        (
            quote!(
                fn f(a: [A]) -> A {}
            ),
            "write `&[A]` for a list",
        ),
        (
            quote!(
                fn f() -> &'static str {}
            ),
            "return `String`",
        ),
        (
            quote!(
                fn f() -> Result<&A> {}
            ),
            "return `A`",
        ),
        (
            quote!(
                fn f() -> (A, &[B]) {}
            ),
            "return `Vec<B>`",
        ),
        (
            quote!(
                fn f() -> Handle<A> {}
            ),
            "return `A`",
        ),
        (
            quote!(
                fn f(a: &Handle<A>) -> A {}
            ),
            "write `&A`",
        ),
        (
            quote!(
                fn f(a: &&A) -> A {}
            ),
            "with no reference further inside",
        ),
        (
            quote!(
                fn f(a: Option<&A>) -> A {}
            ),
            "write `A` here",
        ),
        (
            quote!(
                fn f(a: &[&str]) -> A {}
            ),
            "write `String` here",
        ),
        (
            quote!(
                fn f(a: &'static A) -> A {}
            ),
            "not for `'static`",
        ),
        (
            quote!(
                fn f(a: &View<'_>) -> A {}
            ),
            "owns all it holds, so it has no lifetime",
        ),
        (
            quote!(
                fn f(a: &dyn Model) -> A {}
            ),
            "nobody knows how to read it back",
        ),
        (
            quote!(
                fn f(a: &HashMap<String, A>) -> A {}
            ),
            "write a `BTreeMap`",
        ),
        (
            quote!(
                fn f() -> Vec<std::collections::HashSet<A>> {}
            ),
            "write a `BTreeSet`",
        ),
        (
            quote!(
                fn f(cx: StageContext) -> A {}
            ),
            "write `&StageContext`",
        ),
        (
            quote!(
                fn f(cx: &mut StageContext) -> A {}
            ),
            "write `&StageContext`",
        ),
        (
            quote!(
                fn f(a: &StageContext, b: &StageContext) -> A {}
            ),
            "this is the second",
        ),
        (
            quote!(
                unsafe fn f() -> A {}
            ),
            "cannot be `unsafe`",
        ),
        (
            quote!(
                const fn f() -> A {}
            ),
            "cannot be `const`",
        ),
        (
            quote!(
                extern "C" fn f() -> A {}
            ),
            "cannot be `extern`",
        ),
        (
            quote!(
                fn f(&self) -> A {}
            ),
            "cannot have a `self`",
        ),
        (
            quote!(
                #[stage(train)]
                fn f() -> A {}
            ),
            "stands twice",
        ),
        (
            quote!(
                #[test]
                fn f() -> A {}
            ),
            "a stage is not a test",
        ),
        (
            quote!(
                fn f(#[cfg(unix)] a: &A) -> A {}
            ),
            "come and go with `cfg`",
        ),
    ];
    for (item, expected) in wrong {
        let messages = messages(item.clone());
        assert_eq!(messages.len(), 1, "{item}: {messages:?}");
        assert!(messages[0].contains(expected), "{item}: {messages:?}");
        assert!(messages[0].contains("\nhelp: "), "{item}: {messages:?}");
    }
}

#[test]
fn all_mistakes_of_a_stage_are_reported_at_once() {
    assert_eq!(
        messages(quote!(
            unsafe fn f<T>(a: &mut T, (b, c): (B, C)) {}
        ))
        .len(),
        5
    );
}

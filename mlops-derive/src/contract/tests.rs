//! Claims about `#[derive(Contract)]`: what is written, and each mistake with what to write instead.

use proc_macro2::TokenStream;
use quote::quote;

use super::*;

fn messages(item: TokenStream) -> Vec<String> {
    let mut mistakes = Mistakes::default();
    let item: DeriveInput = syn::parse2(item).unwrap();
    head(&item, &mut mistakes);
    let columns = columns(&item, &mut mistakes);
    let names: Vec<_> = columns
        .iter()
        .map(|column| (column.field, column.name.as_str()))
        .collect();
    for attribute in checks(&item.attrs) {
        Rules::read(attribute, &Place::Struct(&names), &mut mistakes);
    }
    mistakes.messages()
}

#[test]
fn every_rule_is_understood() {
    let item = quote!(
        #[contract(name = "orders", empty = "allow")]
        #[check(row_count(1..), column_count(1..=9), unique_together(a, b), compare(a <= b), any_present(a, b))]
        #[check(differ_within_row(a, b), correlation(a, b, 0.5..), cramers_v(a, b, ..0.5), same_rows(other))]
        #[check(row_count_like(other, 0.5..2.0), mutual_information(a, b, ..1.0), severity = "warning")]
        struct Order {
            #[check(range(0..=120), length(1..), mean(1.0..2.0), quantile(0.9, ..3.0), unique, finite, json)]
            #[check(
                one_of("a", "b"),
                most_common(1),
                matches("^a+$"),
                like("a%"),
                mostly = 0.9,
                allow(empty, all_null)
            )]
            a: i64,
            #[check(
                form(email),
                parses_as(number),
                monotonic,
                monotonic(strictly_falling),
                z_score(3.0),
                untyped
            )]
            #[check(no_outliers(iqr), no_outliers(mad, 5.0), references(other.id), references("x y.z"), name = "n")]
            #[check(freshness("1h30m"), distribution(other.b, js, 0.1), severity = "info")]
            b: f64,
        }
    );
    assert_eq!(messages(item), Vec::<String>::new());
}

#[test]
fn each_mistake_says_what_to_write() {
    let field = |check: TokenStream| {
        quote!(
            struct A {
                #[check(#check)]
                a: i64,
            }
        )
    };
    let table = |check: TokenStream| {
        quote!(
            #[check(#check)]
            struct A {
                a: i64,
                b: i64,
            }
        )
    };
    let cases = [
        (field(quote!(rnage(0..1))), "did you mean `range`?"),
        (field(quote!(range)), "write `range(0..=120)`"),
        (field(quote!(unique(true))), "write `unique`"),
        (field(quote!(row_count(1..))), "write it on the struct"),
        (table(quote!(unique)), "write it on a field"),
        (
            field(quote!(matches("("))),
            "this is no regular expression: unclosed group",
        ),
        (
            field(quote!(range(0..1), mostly = 1.5)),
            "a share lies above 0 and is at most 1",
        ),
        (
            field(quote!(range(0..1), severity = "fatal")),
            "there is no severity `fatal`",
        ),
        (
            field(quote!(range(0..1), allow(everything))),
            "allow(empty, all_null, missing)",
        ),
        (field(quote!(form(mail))), "write one of email"),
        (field(quote!(references(id))), "references(customers.id)"),
        (field(quote!(freshness("soon"))), "freshness"),
        (field(quote!(mostly = 0.9)), "there is no rule here"),
        (
            table(quote!(unique_together(a, c))),
            "the fields are `a`, `b`",
        ),
        (table(quote!(compare(a + b))), "compare(begin <= end)"),
        (
            quote!(
                struct A(i64);
            ),
            "write a struct with named fields",
        ),
        (
            quote!(
                enum A {
                    B,
                }
            ),
            "write a struct with a field for each column",
        ),
        (
            quote!(
                struct A<T> {
                    a: T,
                }
            ),
            "has no parameters",
        ),
        (
            quote!(
                struct A {}
            ),
            "there is no column here",
        ),
        (
            quote!(
                struct A {
                    #[serde(flatten)]
                    a: B,
                }
            ),
            "write its fields here",
        ),
        (
            quote!(
                #[contract(title = "x")]
                struct A {
                    a: i64,
                }
            ),
            "`#[contract]` has no option `title`",
        ),
    ];
    for (item, expected) in cases {
        let found = messages(item.clone());
        assert!(
            found.iter().any(|message| message.contains(expected)),
            "{item}: {found:?}"
        );
        assert_eq!(found.len(), 1, "{item}: {found:?}");
    }
}

#[test]
fn columns_are_called_as_serde_calls_them() {
    let item: DeriveInput = syn::parse2(quote!(
        #[serde(rename_all = "camelCase")]
        struct A {
            first_name: i64,
            #[serde(rename = "Total Charges")]
            total: i64,
            #[serde(skip)]
            cache: Vec<u8>,
            r#type: i64,
        }
    ))
    .unwrap();
    let names: Vec<_> = columns(&item, &mut Mistakes::default())
        .into_iter()
        .map(|column| column.name)
        .collect();
    assert_eq!(names, ["firstName", "Total Charges", "type"]);
}

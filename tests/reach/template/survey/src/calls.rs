//! Stages that reach functions.

use mlops::prelude::*;

use crate::arithmetic::{self, adder, descend, evens, raised, twice};
use crate::chain::first;
use crate::facade;
use crate::season;
use crate::text;
use crate::text::shout as louder;
use crate::tracks;
use std::cmp::max;
use std::pin::Pin;
use std::task::{Context, Poll};

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![
        helper(),
        alias(),
        re_exported(),
        both_names(),
        calls_another(),
    ]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    let mut numbers = vec![
        three_modules(),
        closure(),
        nested(),
        composed(),
        returned_impl(),
        recursive(),
        awaited(),
        polled(),
        by_path(),
        deep_path(),
        inline_folder(),
        declared_by_macro(),
        greatest(),
        by_own_name(),
        function_value(),
    ];
    numbers.extend(in_function());
    numbers
}

/// Another module's function, and one that it calls.
#[stage]
fn helper() -> String {
    text::tidy("  North   Field ")
}

#[stage]
fn three_modules() -> i64 {
    first::start(4)
}

#[stage]
fn alias() -> String {
    louder("gate")
}

#[stage]
fn re_exported() -> String {
    facade::polish("oak")
}

/// The same function by its own name, raw.
#[stage]
fn both_names() -> String {
    survey::text::r#whisper("HEDGE")
}

#[stage]
fn closure() -> i64 {
    let add = adder(3);
    add(4)
}

#[stage]
fn nested() -> i64 {
    fn half(number: i64) -> i64 {
        number / 2
    }
    let first = half(9);
    let second = {
        use crate::arithmetic::thrice as half;
        half(9)
    };
    first + second
}

/// Both functions are reached: what they do may not be swapped.
#[stage]
fn composed() -> i64 {
    twice(raised(5))
}

#[stage]
fn returned_impl() -> i64 {
    evens(10).sum()
}

#[stage]
fn recursive() -> i64 {
    descend(3)
}

#[stage]
async fn awaited() -> i64 {
    later().await
}

async fn later() -> i64 {
    soon(20)
}

fn soon(number: i64) -> i64 {
    number + 1
}

struct Ready(i64);

impl std::future::Future for Ready {
    type Output = i64;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<i64> {
        Poll::Ready(self.0 + 4)
    }
}

#[stage]
async fn polled() -> i64 {
    Ready(30).await
}

/// A stage is a function, too.
#[stage]
fn calls_another() -> String {
    format!("({})", alias::run())
}

/// Stages inside a function.
fn in_function() -> [Handle<i64>; 2] {
    mod local {
        use mlops::prelude::*;

        #[stage]
        pub(super) fn inside() -> i64 {
            value() + 6
        }

        fn value() -> i64 {
            70
        }
    }
    #[stage]
    fn plainly_inside() -> i64 {
        beside_it() + 1
    }
    fn beside_it() -> i64 {
        7
    }
    [local::inside(), plainly_inside()]
}

#[stage]
fn by_path() -> i64 {
    season::days()
}

#[stage]
fn deep_path() -> i64 {
    tracks::inner::hidden::metres()
}

#[stage]
fn inline_folder() -> i64 {
    tracks::inner::plain::metres()
}

#[stage]
fn declared_by_macro() -> i64 {
    tracks::byway::metres()
}

#[stage]
fn greatest() -> i64 {
    max(3, 8)
}

#[stage]
fn by_own_name() -> i64 {
    survey::arithmetic::thrice(7)
}

#[stage]
fn function_value() -> i64 {
    [1, 2, 3].into_iter().map(arithmetic::twice).sum()
}

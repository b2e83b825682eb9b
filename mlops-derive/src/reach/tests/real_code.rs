//! What crates of the registry do that small samples do not.

use std::collections::BTreeSet;

use super::{Sample, expect};

#[test]
fn a_function_that_is_brought_out_of_the_module_of_its_name_is_found() {
    let sample = Sample::new(&[
        (
            "src/main.rs",
            "mod algo; use algo::{fit, walk}; fn stage() { fit(); walk(); algo::run::run() }",
        ),
        (
            "src/algo.rs",
            "pub use inner::*; pub mod fit; mod inner; pub mod run; pub use fit::fit; pub use self::walk::walk;",
        ),
        (
            "src/algo/fit.rs",
            "pub fn fit() { deep() } fn deep() {} pub fn unused() {}",
        ),
        (
            "src/algo/inner.rs",
            "pub mod walk { pub fn walk() {} pub fn unused() {} }",
        ),
        ("src/algo/run.rs", "pub use super::run; pub fn run() {}"),
    ]);
    expect(
        &sample,
        &[
            "fn deep in app::algo::fit",
            "fn fit in app::algo::fit",
            "fn run in app::algo::run",
            "fn walk in app::algo::inner::walk",
        ],
    );
    // Nothing of it comes from a crate that is not known.
    let items = sample.reach().items;
    assert!(!items.contains("Cargo.lock"), "{items}");
}

/// The compiler infers arguments of types and traits where one `impl` alone fits: nothing that is reached names them.
#[test]
fn an_impl_counts_by_its_type_whatever_the_type_s_arguments_are() {
    let labels = Sample::main(
        "struct Unset; struct Builder<S>(PhantomData<S>); impl Builder<Unset> { fn new() -> Self { first() } } fn first() {}
         struct Row; struct Table(usize); impl From<Vec<Row>> for Table { fn from(rows: Vec<Row>) -> Self { second() } } fn second() {}
         trait Count { fn count_all(&self); } impl Count for Vec<Row> { fn count_all(&self) { third() } } fn third() {}
         #[cfg(debug_assertions)] struct Handle; #[cfg(not(debug_assertions))] type Handle = Other; struct Other;
         impl Drop for Handle { fn drop(&mut self) { fourth() } } fn fourth() {}
         type Short = Builder<Unset>; impl Short { fn run(&self) { fifth() } } fn fifth() {}
         struct Far; impl From<Builder<Unset>> for Far { fn from(other: Builder<Unset>) -> Self { sixth() } } fn sixth() {}
         fn stage(other: &Other) { Builder::new().run(); Table::from(Vec::new()); Vec::new().count_all() }",
    )
    .labels();
    for wanted in ["first", "second", "third", "fourth", "fifth"] {
        assert!(
            labels.contains(&format!("fn {wanted} in app")),
            "{wanted}: {labels:?}"
        );
    }
    assert!(!labels.contains("fn sixth in app"), "{labels:?}");
}

#[test]
fn what_a_trait_offers_besides_functions_is_found_without_the_trait_s_name() {
    let labels = Sample::main(
        "mod a { pub trait Limits { const MOST: u8 = most(); } const fn most() -> u8 { 1 } impl Limits for u8 {} }
         mod b { macro_rules! more { () => { fn more(&self) { made() } } } pub trait More { more!(); } fn made() {} impl More for u8 {} }
         mod c { pub trait Unused { const LEAST: u8 = least(); } const fn least() -> u8 { 1 } impl Unused for u8 {} }
         use {a::Limits as _, b::More as _, c::Unused as _}; fn stage() { u8::MOST; 1.more() }",
    )
    .labels();
    assert!(labels.contains("fn most in app::a"), "{labels:?}");
    assert!(labels.contains("fn made in app::b"), "{labels:?}");
    assert!(!labels.contains("fn least in app::c"), "{labels:?}");
}

#[test]
fn calls_of_macros_count_by_what_they_may_make() {
    let labels = Sample::main(
        "mod callback { macro_rules! each { ($m:ident) => { $m!(2); } }
             macro_rules! convert { ($n:tt) => { impl super::Convert for [u8; $n] { fn convert(&self) { first() } } } }
             each!(convert); fn first() {} }
         trait Convert { fn convert(&self); }
         mod inner { pub struct Matrix; macro_rules! sized { ($t:ty) => { impl super::Sized for $t { fn size(&self) { Matrix; second() } } } }
             sized!(f64); fn second() {} }
         trait Sized { fn size(&self); }
         mod whole { pub trait Shape { fn double(&self) { third() } } fn third() {} macro_rules! shape { ($t:ty) => { impl Shape for $t {} } } shape!(f64); }
         struct A; type B = A; struct C; mod shown { use super::{B, C as D}; macro_rules! show { ($t:ident) => { impl Display for $t { fn fmt(&self) { fourth() } } } }
             show!(B); show!(D); fn fourth() {} }
         mod unused { pub trait Unused { fn size(&self); } macro_rules! unused { ($t:ty) => { impl Unused for $t { fn size(&self) { never() } } } } unused!(f64); fn never() {} }
         use whole::Shape as _;
         fn stage(a: A) { [1, 2].convert(); 1.0.size(); 1.0.double(); format!(\"{a}\") }",
    )
    .labels();
    for wanted in [
        "fn first in app::callback",
        "fn second in app::inner",
        "fn third in app::whole",
        "fn fourth in app::shown",
    ] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
    assert!(!labels.contains("fn never in app::unused"), "{labels:?}");
}

#[test]
fn a_call_that_writes_impls_for_types_of_ours_alone_counts_once_one_of_them_is_reached() {
    let labels = |body: &str, given: &str, code: &str| {
        Sample::main(&format!(
            "trait Kept {{ fn read(&self); }} struct Held; struct Other; struct Third; const KIND: u8 = 1;
             mod elsewhere {{ pub fn read() {{}} }}
             macro_rules! kept {{ ($kind:ident: $($t:ty),*) => {{ $({body})* }} }}
             kept!(KIND: {given}); fn made() {{}} fn stage(third: &Third) {{ third.read(); {code} }}"
        ))
        .labels()
    };
    let plain = "impl Kept for $t { fn read(&self) { for x in [1] {} made() } }";
    assert!(!labels(plain, "Held, Other", "").contains("fn made in app"));
    let reached = labels(plain, "Held, Other", "Other");
    assert!(reached.contains("fn made in app"), "{reached:?}");
    // The function is defined there, and no other is called.
    assert!(
        !reached.contains("fn read in app::elsewhere"),
        "{reached:?}"
    );
    // Types of others have values without anything of ours.
    assert!(labels(plain, "Held, u8", "").contains("fn made in app"));
    assert!(labels(plain, "Vec<Held>", "").contains("fn made in app"));
    let fixed = "impl Kept for u8 { fn read(&self) { made() } }";
    assert!(labels(fixed, "Held", "").contains("fn made in app"));
}

#[test]
fn a_crate_that_is_named_in_the_call_of_a_macro_is_still_that_crate() {
    let sample = Sample::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nlinfa = \"0.8\"\n",
        ),
        (
            "Cargo.lock",
            "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"linfa\"]\n
             [[package]]\nname = \"linfa\"\nversion = \"0.8.1\"\nchecksum = \"aa\"\n",
        ),
        (
            "src/main.rs",
            "thread_local! { static MODEL: linfa::Model = linfa::load(); } fn stage() { linfa::fit() }",
        ),
    ]);
    assert!(sample.reach().items.contains("crate\tlinfa\t0.8.1"));
}

#[test]
fn a_trait_is_called_only_where_it_is_named_or_in_scope() {
    let labels = Sample::main(
        "mod a { pub trait Near { fn go(&self); } impl Near for f64 { fn go(&self) { near() } } fn near() {} }
         mod b { pub trait Far { fn go(&self); } impl Far for f64 { fn go(&self) { far() } } fn far() {} }
         mod c { pub trait Bound { fn go(&self); } impl Bound for f64 { fn go(&self) { bound() } } fn bound() {} }
         mod d { pub trait Above { fn go(&self); } pub trait Below: Above {} impl Above for f64 { fn go(&self) { above() } } fn above() {} }
         struct Other; impl From<Other> for String { fn from(other: Other) -> Self { other_text() } } fn other_text() {}
         fn of_bound<T: c::Bound>(x: T) { x.go() } fn of_below(x: impl d::Below) { x.go() }
         fn stage() { { use a::*; 1.0.go() } of_bound(1.0); of_below(1.0); String::from(1) }",
    )
    .labels();
    for wanted in [
        "fn near in app::a",
        "fn bound in app::c",
        "fn above in app::d",
    ] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
    for unwanted in ["fn far in app::b", "fn other_text in app"] {
        assert!(!labels.contains(unwanted), "{unwanted}: {labels:?}");
    }
}

#[test]
fn a_name_that_is_given_is_not_used() {
    expect(
        &Sample::main(
            "struct A; impl A { fn sorted(&self) {} } fn sorted() {} fn count() {}
             macro_rules! twice { ($count:expr) => { $count + $count } } fn stage(a: A) { a.sorted(); twice!(1) }",
        ),
        &[
            "fn A::sorted in app",
            "impl A in app",
            "macro_rules! twice in app",
            "struct A in app",
        ],
    );
}

#[test]
fn what_a_condition_may_take_away_hides_nothing() {
    let labels = Sample::main(
        "mod other { pub fn help() { deep() } fn deep() {} } use other::*; #[cfg(debug_assertions)] fn help() {}
         mod sure { pub fn plain() { hidden() } fn hidden() {} } use sure::*; fn plain() {}
         fn stage() { help(); plain() }",
    )
    .labels();
    for wanted in ["fn help in app", "fn deep in app::other", "fn plain in app"] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
    assert!(!labels.contains("fn hidden in app::sure"), "{labels:?}");
}

#[test]
fn an_impl_in_a_body_may_use_what_the_body_has() {
    let of = |local: &str| {
        Sample::main(&format!(
            "mod deep {{ pub fn help() {{}} }} struct Outer;
             fn elsewhere() {{ use deep::help; fn local() {{ {local} }} impl Outer {{ fn run(&self) {{ help(); local() }} }} }}
             fn stage(outer: &Outer) {{ outer.run() }}"
        ))
    };
    let sample = of("1");
    assert!(
        sample.labels().contains("fn help in app::deep"),
        "{:?}",
        sample.labels()
    );
    assert_ne!(sample.reach().digest, of("2").reach().digest);
}

#[test]
fn a_module_in_a_body_is_below_the_module_around_it() {
    let labels = Sample::main(
        "mod a { pub fn stage() { mod inner { use super::*; pub fn run() { super::first(); second(); mod deeper { pub fn run() { super::super::third() } } } } inner::run() }
             fn first() {} fn second() {} fn third() {} }",
    )
    .labels();
    for wanted in ["first", "second", "third"] {
        assert!(
            labels.contains(&format!("fn {wanted} in app::a")),
            "{wanted}: {labels:?}"
        );
    }
}

#[test]
fn the_condition_of_a_whole_file_is_one_of_each_item_in_it() {
    let sample = Sample::new(&[
        (
            "src/main.rs",
            "mod fast; mod slow; use fast::*; use slow::*; fn stage() { speed() }",
        ),
        (
            "src/fast.rs",
            "//! Words.\n#![allow(unused)]\n#![cfg(feature = \"fast\")]\npub fn speed() { quick() } fn quick() {}",
        ),
        (
            "src/slow.rs",
            "#![cfg(not(feature = \"fast\"))] pub fn speed() { steady() } fn steady() {}",
        ),
    ]);
    let slow = sample.labels();
    assert!(slow.contains("fn steady in app::slow"), "{slow:?}");
    assert!(!slow.contains("fn quick in app::fast"), "{slow:?}");
    let fast = sample.feature("fast").labels();
    assert!(fast.contains("fn quick in app::fast"), "{fast:?}");
}

#[test]
fn macros_that_choose_by_conditions_are_looked_into() {
    let sample = Sample::new(&[
        (
            "src/main.rs",
            "cfg_if::cfg_if! { if #[cfg(feature = \"fast\")] { mod fast; use fast::*; } else { mod slow; use slow::*; } }
             fn stage() { speed(); std::cfg_select! { feature = \"loud\" => shout(), _ => {} } }",
        ),
        ("src/fast.rs", "pub fn speed() { quick() } fn quick() {}"),
        ("src/slow.rs", "pub fn speed() { steady() } fn steady() {}"),
    ]);
    let slow = sample.labels();
    assert!(slow.contains("fn steady in app::slow"), "{slow:?}");
    assert!(!slow.contains("fn quick in app::fast"), "{slow:?}");
    let conditions = sample.reach().conditions;
    for feature in ["fast", "loud"] {
        assert!(
            conditions
                .iter()
                .any(|condition| condition.contains(feature)),
            "{conditions:?}"
        );
    }
    let fast = sample.feature("fast").labels();
    assert!(fast.contains("fn quick in app::fast"), "{fast:?}");
}

#[test]
fn a_module_that_a_macro_declares_is_found_by_its_name_or_said_not_to_be_found() {
    let of = |declaration: &str| {
        let main = format!(
            "macro_rules! modules {{ ($($name:ident)*) => {{ $({declaration} mod $name;pub use $name::*;)* }} }}
             modules!(bell); fn stage() {{ ring() }}"
        );
        Sample::new(&[
            ("src/main.rs", &main),
            ("src/bell.rs", "pub fn ring() { strike() } fn strike() {}"),
        ])
    };
    let labels = of("").labels();
    assert!(labels.contains("fn strike in app::bell"), "{labels:?}");
    let cause = of("#[path = \"far.rs\"]")
        .reach()
        .coarse
        .unwrap_or_default();
    assert!(cause.contains("`modules!`"), "{cause}");
    assert_eq!(
        Sample::main("mod far { foreign::make! { mod x; } } fn stage() {}")
            .reach()
            .coarse,
        None
    );
}

#[test]
fn what_a_macro_imports_is_found_by_who_uses_it() {
    let labels = Sample::main(
        "mod inner { pub fn first() {} pub mod more { pub fn second() {} pub fn third() {} } pub fn unused() {}
             pub mod traits { pub trait Go { fn go(&self); } impl Go for u8 { fn go(&self) { fourth() } } fn fourth() {} } }
         macro_rules! all { ($module:ident) => {pub use self::$module::*; } } all!(inner);
         macro_rules! one { () => { pub use inner::more::second; } } one!();
         macro_rules! deep { () => { mod made {pub use super::inner::more::{self as m, *}; } } } deep!();
         macro_rules! go { ($x:expr) => { { use inner::traits::*; $x.go() } } }
         fn stage() { first(); second(); made::third(); go!(1) }",
    )
    .labels();
    for wanted in [
        "fn first in app::inner",
        "fn second in app::inner::more",
        "fn third in app::inner::more",
        "fn fourth in app::inner::traits",
    ] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
    assert!(!labels.contains("fn unused in app::inner"), "{labels:?}");
}

#[test]
fn imports_of_the_first_edition_begin_at_the_root() {
    let sample = Sample::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nold = { path = \"old\" }\n",
        ),
        ("old/Cargo.toml", "[package]\nname = \"old\"\n"),
        ("old/src/lib.rs", "mod a; mod b; pub use b::run;"),
        ("old/src/a.rs", "pub fn first() {} pub fn second() {}"),
        (
            "old/src/b.rs",
            "use a::first; pub fn run() { first(); { use a::second as other; other() } }",
        ),
        ("src/main.rs", "fn stage() { old::run() }"),
    ]);
    expect(
        &sample,
        &[
            "fn first in old::a",
            "fn run in old::b",
            "fn second in old::a",
        ],
    );
}

#[test]
fn a_constant_ends_at_its_semicolon() {
    expect(
        &Sample::main(
            "const CHOSEN: fn() = if true { first } else { second }; fn first() {} fn second() {}
             macro_rules! union { () => { fn made() { third() } } } union! {} fn third() {} fn stage() { CHOSEN(); made() }",
        ),
        &[
            "const CHOSEN in app",
            "fn first in app",
            "fn second in app",
            "fn third in app",
            "macro_rules! union in app",
            "union! in app",
        ],
    );
}

#[test]
fn names_that_are_put_together_stand_for_all_that_fit() {
    let text = |call: &str| {
        format!(
            "fn get_speed() {{}} fn get_depth() {{}} fn set_speed() {{}}
             struct A; impl A {{ fn read_fast(&self) {{ one() }} fn write_fast(&self) {{ two() }} }} fn one() {{}} fn two() {{}}
             mod far {{ paste::paste! {{ pub fn [<make_ it>]() {{ super::three() }} }} }} fn three() {{}}
             macro_rules! read {{ ($a:expr, $how:ident) => {{ paste::paste! {{ $a.[<read_ $how>]() }} }} }}
             fn stage(a: A) {{ {call} }}"
        )
    };
    expect(
        &Sample::main(&text("paste::paste! { [<get_ speed>]() } far::make_it()")),
        &[
            "fn get_speed in app",
            "fn three in app",
            "paste! in app::far",
            "struct A in app",
        ],
    );
    let labels = Sample::main(&text("read!(a, fast)")).labels();
    assert!(labels.contains("fn one in app"), "{labels:?}");
    assert!(!labels.contains("fn two in app"), "{labels:?}");
    let any = Sample::main(
        "macro_rules! any { ($a:ident $b:ident) => { paste! { [<$a $b>]() } } } fn stage() { any!(a b) }",
    );
    assert!(any.reach().coarse.unwrap().contains("puts together"));
}

#[test]
fn a_crate_whose_macros_are_brought_without_their_names_counts() {
    let of = |text: &str| {
        Sample::new(&[
            (
                "Cargo.toml",
                "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nlog = \"0.4\"\nmarks = { path = \"marks\" }\n",
            ),
            (
                "Cargo.lock",
                "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"log\"]\n
                 [[package]]\nname = \"log\"\nversion = \"0.4.1\"\nchecksum = \"aa\"\n",
            ),
            (
                "marks/Cargo.toml",
                "[package]\nname = \"marks\"\nedition = \"2024\"\n[lib]\nproc-macro = true\n",
            ),
            ("marks/src/lib.rs", ""),
            ("src/main.rs", text),
        ])
        .reach()
    };
    let log = of("#[macro_use] extern crate log; fn stage() { info!(\"\") }");
    assert!(log.items.contains("crate\tlog\t0.4.1"), "{}", log.items);
    let marks = of("#[macro_use] extern crate marks; fn stage() { mark!() }");
    assert!(marks.coarse.unwrap().contains("`marks`"));
}

#[test]
fn an_optional_crate_that_no_feature_asks_for_is_not_looked_at() {
    let of = |locked: &str| {
        Sample::new(&[
            (
                "Cargo.toml",
                "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nnoise = { path = \"noise\" }\n",
            ),
            (
                "Cargo.lock",
                &format!(
                    "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"noise\"]\n
                     [[package]]\nname = \"noise\"\nversion = \"0.1.0\"\n{locked}\n
                     [[package]]\nname = \"getrandom\"\nversion = \"0.2.0\"\nchecksum = \"aa\"\n"
                ),
            ),
            (
                "noise/Cargo.toml",
                "[package]\nname = \"noise\"\nedition = \"2024\"\n[dependencies]\ngetrandom = { version = \"0.2\", optional = true }\n",
            ),
            (
                "noise/src/lib.rs",
                "pub fn seed() { #[cfg(feature = \"getrandom\")] getrandom::fill(); }",
            ),
            ("src/main.rs", "fn stage() { noise::seed() }"),
        ])
        .reach()
        .foreign
    };
    assert!(of("dependencies = [\"getrandom\"]").contains("getrandom::fill"));
    assert!(!of("").contains("getrandom"));
}

#[test]
fn what_a_feature_brings_is_left_out_where_its_crate_is_not_locked() {
    let of = |locked: &str, features: &str| {
        Sample::new(&[
            (
                "Cargo.toml",
                "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nshapes = { path = \"shapes\" }\n",
            ),
            (
                "Cargo.lock",
                &format!(
                    "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"shapes\"]\n
                     [[package]]\nname = \"shapes\"\nversion = \"0.1.0\"\n{locked}\n"
                ),
            ),
            (
                "shapes/Cargo.toml",
                &format!(
                    "[package]\nname = \"shapes\"\nedition = \"2024\"\n[dependencies]\nserde-core = {{ version = \"1\", optional = true }}\n
                     [features]\n{features}\n"
                ),
            ),
            (
                "shapes/src/lib.rs",
                "pub struct Shape; fn text() {}
                 #[cfg(feature = \"text\")] impl serde_core::Serialize for Shape { fn serialize(&self) { text() } }",
            ),
            ("src/main.rs", "fn stage() { shapes::Shape; }"),
        ])
        .labels()
    };
    let has_text = |labels: BTreeSet<String>| labels.contains("fn text in shapes");
    let locked = "dependencies = [\"serde-core\"]";
    for brings in [
        "text = [\"dep:serde-core\"]",
        "text = [\"serde-core/std\"]",
        "text = [\"serde-core\"]",
        "text = [\"written\"]\nwritten = [\"dep:serde-core\"]",
    ] {
        assert!(has_text(of(locked, brings)), "{brings}");
        assert!(!has_text(of("", brings)), "{brings}");
    }
    for brings_nothing in [
        "text = []",
        "text = [\"serde-core?/std\"]",
        "text = [\"written\"]\nwritten = [\"text\"]",
    ] {
        assert!(has_text(of("", brings_nothing)), "{brings_nothing}");
    }
}

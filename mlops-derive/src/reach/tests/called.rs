//! Macros count where they are known, however many of a name there are.

use super::Sample;

/// Whether the stage reaches the macro `check` of the module `rules`.
fn reaches(rules: &str, main: &str) -> bool {
    let sample = Sample::new(&[("src/main.rs", main), ("src/rules.rs", rules)]);
    let labels = sample.labels();
    labels.contains("macro_rules! check in app::rules")
}

const CHECK: &str = "macro_rules! check { () => { 1 } } pub fn f() { check!() }";
const STAGE: &str = "fn stage() { check!() }";

#[test]
fn a_macro_is_known_in_its_module_and_below_it() {
    assert!(!reaches(CHECK, &format!("mod rules; {STAGE}")));
    assert!(reaches(CHECK, "mod rules; fn stage() { rules::f() }"));
    assert!(reaches(
        &format!("{CHECK} pub mod below {{ pub fn g() {{ check!() }} }}"),
        "mod rules; fn stage() { rules::below::g() }"
    ));
}

#[test]
fn a_macro_that_is_exported_or_imported_is_known_elsewhere() {
    let main = format!("mod rules; {STAGE}");
    assert!(reaches(CHECK, &format!("#[macro_use] mod rules; {STAGE}")));
    assert!(reaches(&format!("#![macro_use] {CHECK}"), &main));
    assert!(reaches(&format!("#[macro_export] {CHECK}"), &main));
    let conditional = format!("#[cfg_attr(all(), macro_export)] {CHECK}");
    assert!(reaches(&conditional, &main));
    let imported = format!("{CHECK} pub(crate) use check;");
    assert!(reaches(
        &imported,
        "mod rules; use rules::check; fn stage() { check!() }"
    ));
    assert!(reaches(
        &format!("{CHECK} pub(crate) use check as verify;"),
        "mod rules; use rules::*; fn stage() { verify!() }"
    ));
    let by_macro = format!(
        "macro_rules! share {{ ($name:ident) => {{ pub(crate) use $name; }} }} {CHECK} share!(check);"
    );
    assert!(reaches(
        &by_macro,
        "mod rules; use rules::check; fn stage() { check!() }"
    ));
}

#[test]
fn a_macro_that_another_one_calls_is_known_where_that_is_called() {
    let main = "#[macro_use] mod rules; mod outer { macro_rules! all { () => { check!() } } pub fn f() { all!() } }
                fn stage() { outer::f() }";
    assert!(reaches(CHECK, main));
}

#[test]
fn a_macro_that_is_imported_by_its_path_is_no_crate_of_others() {
    let sample = Sample::new(&[
        (
            "src/main.rs",
            "mod rules; use crate::rules::check; fn stage() { check!() }",
        ),
        ("src/rules.rs", &format!("{CHECK} pub(crate) use check;")),
    ]);
    let items = sample.reach().items;
    assert!(items.contains("macro_rules! check"), "{items}");
    assert!(!items.contains("Cargo.lock"), "{items}");
}

#[test]
fn an_exported_macro_is_known_where_its_path_calls_it_among_items() {
    let rules = "#[macro_export] macro_rules! check { () => { pub fn made() {} } }";
    let other = "mod rules; mod other { crate::check!(); pub fn plain() {} }";
    assert!(reaches(
        rules,
        &format!("{other} fn stage() {{ other::made() }}")
    ));
    // So it is known what the call makes.
    assert!(!reaches(
        rules,
        &format!("{other} fn stage() {{ other::plain() }}")
    ));
}

#[test]
fn what_a_macro_of_ours_is_given_means_what_it_means_at_the_call_unless_it_is_moved() {
    let reaches = |definition: &str, call: &str| {
        let labels = Sample::main(&format!(
            "mod deep {{ pub fn helper() {{}} }} fn helper() {{}}
             macro_rules! given {{ {definition} }} macro_rules! within {{ ($x:ident) => {{ deep::$x() }} }}
             {call}"
        ))
        .labels();
        [
            labels.contains("fn helper in app"),
            labels.contains("fn helper in app::deep"),
        ]
    };
    let call = "fn stage() { given!(helper) }";
    for definition in [
        "($x:ident) => { $x() }",
        "($x:ident) => { { let y = vec![1]; [$x(), $crate::other(y)] } }",
    ] {
        assert_eq!(reaches(definition, call), [true, false], "{definition}");
    }
    for definition in [
        "($x:ident) => { deep::$x() }",
        "($x:ident) => { within!($x) }",
        "($x:ident) => { { use deep::*; $x() } }",
        "($x:ident) => { mod inner { fn f() { $x() } } }",
        "($x:ident) => { others::made!($x) }",
    ] {
        assert_eq!(reaches(definition, call), [true, true], "{definition}");
    }
    // The same among items.
    let call = "given!(made, helper); fn stage() { made() }";
    let plain = "($n:ident, $x:ident) => { fn $n() { $x() } }";
    assert_eq!(reaches(plain, call), [true, false]);
    let moves = "($n:ident, $x:ident) => { fn $n() { deep::$x() } }";
    assert_eq!(reaches(moves, call), [true, true]);
    // Behind a dot it may mean the same.
    let moves = "($a:ident . $x:ident) => { deep::$x() }";
    assert!(reaches(moves, "fn stage() { given!(a.helper) }")[1]);
    let moves = "($n:ident, $a:ident . $x:ident) => { fn $n() { deep::$x() } }";
    assert!(reaches(moves, "given!(made, a.helper); fn stage() { made() }")[1]);
    // What the call does not know it finds elsewhere.
    let unknown = "mod far { pub fn hidden() {} } given!(made, hidden); fn stage() { made() }";
    assert_eq!(reaches(plain, unknown), [false, false]);
}

#[test]
fn a_macro_that_another_macro_defines_calls_those_that_it_is_given() {
    let labels = Sample::main(
        "macro_rules! template { (pub trait $name:ident { $($rest:tt)* }) => {
             macro_rules! $name { ($m:ident $more:tt) => { $m! { $more pub trait $name { $($rest)* } } } }
             pub trait $name { $($rest)* }
         } }
         macro_rules! delegate { ([] pub trait $name:ident { fn $f:ident(&self); }) => {
             impl<T: $name> $name for &T { fn $f(&self) { first(); (**self).$f() } }
         } }
         fn first() {} struct Square; impl Area for Square { fn area(&self) { second() } } fn second() {}
         template! { pub trait Area { fn area(&self); } }
         template! { pub trait Girth { fn girth(&self); } }
         Area! { delegate [] }
         Girth! { delegate [] }
         fn stage() { (&Square).area() }",
    )
    .labels();
    for wanted in ["fn first in app", "macro_rules! delegate in app"] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
}

#[test]
fn a_macro_that_another_macro_defines_may_move_what_it_is_given() {
    let labels = Sample::main(
        "macro_rules! maker { ($name:ident) => { macro_rules! $name { ($f:ident) => { other::$f() } } } }
         maker!(call); mod other { pub fn area() { first() } fn first() {} } fn area() {}
         fn stage() { call!(area) }",
    )
    .labels();
    assert!(labels.contains("fn first in app::other"), "{labels:?}");
}

#[test]
fn a_path_that_is_given_to_a_macro_of_ours_is_not_taken_apart() {
    let reaches = |call: &str, text: &str| {
        Sample::main(&format!(
            "macro_rules! half {{ ($n:expr) => {{ $crate::halved($n) }} }} fn halved(n: i64) {{}} {text}
             mod inner {{ pub fn polish() {{}} }} mod other {{ pub fn polish() {{ first() }} fn first() {{}} }}
             fn stage() {{ {call} }}"
        ))
        .labels()
        .contains("fn first in app::other")
    };
    assert!(!reaches("half!(inner::polish())", ""));
    assert!(reaches("std::halves!(inner::polish())", ""));
    assert!(reaches("half!(inner::polish()); std::halves!(1)", ""));
    let keeping = "macro_rules! zero { ($n:expr) => { $n } }";
    assert!(reaches("std::halves!(1); zero!(inner::polish())", keeping));
    let moving = "macro_rules! moved { ($n:ident) => { other::$n() } }";
    assert!(reaches("half!(inner::polish()); moved!(halved)", moving));
}

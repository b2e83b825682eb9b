//! Implementations of the standard library's traits count once something that is reached may call them.

use super::Sample;

/// Whether a stage with this code reaches the `impl` of a type that it names.
fn reaches(of_trait: &str, method: &str, code: &str) -> bool {
    let text = format!(
        "struct Made(i64); {of_trait} for Made {{ {method} {{ called() }} }} fn called() {{}}
         fn stage() {{ let a = Made(1); let b = Made(2); {code} }}"
    );
    let labels = Sample::main(&text).labels();
    labels.contains("fn called in app")
}

/// The first code calls the method, the second does not.
fn tells_apart(of_trait: &str, method: &str, called: &str, not_called: &str) {
    let (of_trait, method) = (format!("impl {of_trait}"), format!("fn {method}(self)"));
    assert!(reaches(&of_trait, &method, called), "{called}");
    assert!(!reaches(&of_trait, &method, not_called), "{not_called}");
}

#[test]
fn an_operator_counts_where_its_sign_stands_or_its_name() {
    let add = ("impl std::ops::Add", "fn add(self, other: Made) -> Made");
    for code in [
        "a + b",
        "a.add(b)",
        "std::ops::Add::add(a, b)",
        "type Sum = <Made as std::ops::Add>::Output;",
        "sum_of!(a, +, b)",
    ] {
        assert!(reaches(add.0, add.1, code), "{code}");
    }
    for code in [
        "a.0 - b.0",
        "a.0 += b.0",
        "a.index(b)",
        "[a, b]",
        "println!(\"+\")",
    ] {
        assert!(!reaches(add.0, add.1, code), "{code}");
    }
}

#[test]
fn references_closures_and_calls_of_macros_are_no_operators() {
    let cases = [
        ("BitAnd", "bitand", "a & b", "f(&a)"),
        ("Mul", "mul", "a * b", "let c = *a"),
        ("BitOr", "bitor", "a | b", "list.map(|| a)"),
        ("Not", "not", "!a", "dbg!(a)"),
        ("Not", "not", "return !(a)", "a != b"),
        ("Neg", "neg", "-a", "let f: fn() -> Made = g"),
        ("Index", "index", "a[0]", "[0]"),
        ("Index", "index", "f(a)[0]", "for i in [0, 1] {}"),
        ("Index", "index", "taken!(a, [0])", "vec![0]"),
        ("Shl", "shl", "a << b", "a < b"),
    ];
    for (name, method, called, not_called) in cases {
        tells_apart(&format!("std::ops::{name}"), method, called, not_called);
    }
}

#[test]
fn conversions_and_collections_count_where_what_calls_them_is_named() {
    let cases = [
        (
            "FromIterator<i64>",
            "from_iter",
            "list.collect()",
            "list.count()",
        ),
        ("Extend<i64>", "extend", "list.unzip()", "list.zip(list)"),
        ("std::iter::Sum", "sum", "list.sum()", "list.product()"),
        (
            "std::str::FromStr",
            "from_str",
            "\"1\".parse()",
            "\"1\".trim()",
        ),
        ("TryFrom<i64>", "try_from", "1.try_into()", "1.into()"),
        (
            "IntoIterator",
            "into_iter",
            "for part in a {}",
            "list.collect()",
        ),
        ("IntoIterator", "into_iter", "list.zip(a)", "list.map(f)"),
        (
            "std::iter::IntoIterator",
            "into_iter",
            "type Part = <Made as IntoIterator>::Item;",
            "a",
        ),
    ];
    for (name, method, called, not_called) in cases {
        tells_apart(name, method, called, not_called);
    }
}

#[test]
fn a_format_counts_where_a_text_asks_for_it() {
    let hex = ("impl std::fmt::LowerHex", "fn fmt(&self)");
    for code in [
        "println!(\"{a:x}\")",
        "println!(\"{:#010x}\", a)",
        "println!(concat!(\"{:\", \"x\", \"}\"), a)",
        "println!(concat!(\"{:\", stringify!(x), \"}\"), a)",
    ] {
        assert!(reaches(hex.0, hex.1, code), "{code}");
    }
    assert!(!reaches(hex.0, hex.1, "println!(\"{:?}\", a)"));
    assert!(reaches(hex.0, hex.1, "std::fmt::LowerHex::fmt(&a, f)"));
    let display = ("impl std::fmt::Display", "fn fmt(&self)");
    for code in [
        "println!(\"{a}\")",
        "println!(\"{:>8}\", a)",
        "println!(\"{a:.width$}\")",
        "println!(concat!(\"{\", \"}\"), a)",
        "println!(include_str!(\"main.rs\"), a)",
        "a.to_string()",
        "other.fmt(f)",
    ] {
        assert!(reaches(display.0, display.1, code), "{code}");
    }
    for code in ["println!(\"{a:?} {a:#x}\")", "a", "println!(\"a\")"] {
        assert!(!reaches(display.0, display.1, code), "{code}");
    }
    // An order that is total is asked for by whatever sorts or looks up.
    assert!(reaches("impl Ord", "fn cmp(&self)", "a"));
}

#[test]
fn crates_of_others_may_call_what_they_are_given() {
    let of = |crates: &str, code: &str| {
        let sample = Sample::main(&format!(
            "struct Made(i64); impl std::ops::Add for Made {{ fn add(self, b: Made) -> Made {{ called() }} }} fn called() {{}}
             fn stage() {{ {code}(Made(1)) }}"
        ));
        sample.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\n{crates} = \"1\"\n"
            ),
        );
        sample.write(
            "Cargo.lock",
            &format!(
                "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.0.0\"\ndependencies = [\"{crates}\"]\n[[package]]\nname = \"{crates}\"\nversion = \"1.0.0\"\nsource = \"registry+https://example.org\"\nchecksum = \"aa\"\n"
            ),
        );
        sample.labels().contains("fn called in app")
    };
    assert!(of("matrices", "matrices::total"));
    assert!(!of("matrices", "println"));
    assert!(!of("serde_json", "serde_json::to_string"));
}

#[test]
fn statics_of_a_thread_count_where_they_are_named() {
    let sample = Sample::main(
        "thread_local! { static DEPTH: i64 = depth(); } fn depth() -> i64 { 1 } const WIDTH: i64 = 2;
         fn stage() { WIDTH }",
    );
    super::expect(&sample, &["const WIDTH in app"]);
    let sample = Sample::main(
        "thread_local! { static DEPTH: i64 = depth(); } fn depth() -> i64 { 1 }
         fn stage() { DEPTH.with(|depth| *depth) }",
    );
    assert!(sample.labels().contains("fn depth in app"));
}

#[test]
fn what_the_rules_of_a_macro_match_means_nothing() {
    let sample = Sample::main(
        "macro_rules! add { (limit $x:expr) => { $x + 1 } } fn limit() {} fn expr() {}
         fn stage() { add!(limit 2) }",
    );
    let labels = sample.labels();
    assert!(!labels.contains("fn expr in app"), "{labels:?}");
    // At the call it may be anything.
    assert!(labels.contains("fn limit in app"), "{labels:?}");
}

#[test]
fn an_assignment_and_an_operator_are_two_signs() {
    let cases = [
        ("AddAssign", "add_assign", "a += b", "a + b"),
        ("SubAssign", "sub_assign", "made!(a, -, b)", "a - b"),
        ("Mul", "mul", "a * b", "a *= b"),
        ("BitAnd", "bitand", "a && b", "a &= b"),
        ("Shl", "shl", "a << b", "a <= b"),
    ];
    for (name, method, called, not_called) in cases {
        tells_apart(&format!("std::ops::{name}"), method, called, not_called);
    }
}

#[test]
fn equality_counts_where_something_is_compared_or_kept_by_its_hash() {
    let (of_trait, method) = ("impl PartialEq", "fn eq(&self, other: &Made) -> bool");
    for code in [
        "a == b",
        "if a != b {}",
        "assert_eq!(a, b)",
        "[a].contains(&b)",
        "list.dedup()",
        "let known = std::collections::HashMap::new();",
        "use std::collections::HashSet as Known; let known = Known::from([a]);",
        "same!(a, ==, b)",
        "let same = Made::eq;",
        "use std::ptr::eq; eq(&a, &b)",
    ] {
        assert!(reaches(of_trait, method, code), "{code}");
    }
    for code in [
        "let c = a;",
        "match a { b => b }",
        "a.0 <= b.0",
        "let f = |x: i64| -> i64 { x };",
        "a.0 += 1",
    ] {
        assert!(!reaches(of_trait, method, code), "{code}");
    }
}

#[test]
fn an_order_counts_where_values_are_compared_and_not_where_types_stand_in_brackets() {
    let (of_trait, method) = (
        "impl PartialOrd",
        "fn partial_cmp(&self, other: &Made) -> Option<Ordering>",
    );
    for code in [
        "a < b",
        "a >= b",
        "if a < b {}",
        "if a > b {}",
        "(a < b, a > b)",
        "match c { n if n < LOW => 1, n if n > HIGH => 2, _ => 3 }",
        "list.sort()",
        "use std::cmp::max; max(a, b)",
        "use std::cmp; cmp::min(a, b)",
        "a.max(b)",
        "list.reduce(Made::max)",
        "list.fold(a, |most: Made, other| most.max(*other))",
        "list.fold(a, |most: Vec<Made>, other| most.max(other))",
        "list.fold(0.0, |most: f64, other| b.max(most))",
        "list.reduce(ours::f64::max)",
        "list.iter().min()",
        "a.clamp(0, b)",
        "let most = Ord::max;",
        "use std::cmp::min as less; less(a, b)",
        "called!(a, max, (1))",
        "called!(a.max(1))",
        "most(a, b) } use std::cmp::max as most; fn other() {",
        "(a..b).contains(&c)",
        "let heap = BinaryHeap::from([a, b]);",
        "less!(a, <, b)",
        "let less = a.0 as i64 + 1 < b; let more = c >d;",
        "f(a < b, c > (d))",
        "f(a < b, c > -d)",
        "f(a < b, c > &d)",
        "f(a < b, c > ::d)",
        "while a<b && c>d {}",
    ] {
        assert!(reaches(of_trait, method, code), "{code}");
    }
    for code in [
        "let c: Vec<Made> = vec![a];",
        "let c: Map<Key, Vec<Made>> = Map::<Key, Vec<Made>>::new();",
        "let f = |x: Row<i64>, y: i64| -> Option<Row<i64>> { None };",
        "fn inner<T: Into<Made>, const N: usize>(value: T) -> Row<'static, T> { value }",
        "<Made as Shown>::show(a)",
        "list.len().max(1)",
        "list.fold(0.0, f64::max)",
        "list.fold(0.0, |most: f64, other| most.max(*other))",
        "a.0.clamp(-1.5, 2e3)",
        "impl<T> Held for Row<T> where T: Into<Made> {}",
        "let c = a as Row<Made>;",
        "match a { b => b }",
        "let c: Row<dyn Shown + 'static> = a;",
    ] {
        assert!(!reaches(of_trait, method, code), "{code}");
    }
}

#[test]
fn an_index_is_told_by_what_is_in_its_brackets_and_whether_it_may_be_written_to() {
    let range = ("impl std::ops::Index<std::ops::Range<usize>>", "fn index()");
    let place = ("impl std::ops::Index<usize>", "fn index()");
    let written = ("impl std::ops::IndexMut<usize>", "fn index_mut()");
    for (code, by) in [
        ("a[1..2]", [true, false, false]),
        ("a[1]", [false, true, false]),
        ("let r = 1..2; a[r]", [true, true, false]),
        (
            "use std::ops::Range as R; a[R { start: 1, end: 2 }]",
            [true, true, false],
        ),
        ("a[1] = b", [false, true, true]),
        ("a[1].0 += 2", [false, true, true]),
        ("a[1].take()", [false, true, true]),
        ("f(&mut a[1])", [false, true, true]),
        ("(c, a[1]) = (1, 2)", [false, true, true]),
        ("let ref mut c = a[1];", [false, true, true]),
        ("a[1] == b", [false, true, false]),
        ("taken!(a, [1])", [true, true, true]),
    ] {
        for ((of_trait, method), expected) in [range, place, written].into_iter().zip(by) {
            assert_eq!(
                reaches(of_trait, method, code),
                expected,
                "{of_trait} {code}"
            );
        }
    }
}

#[test]
fn another_impl_of_an_operator_is_no_use_of_it() {
    let labels = |code: &str, head: &str| {
        Sample::main(&format!(
            "use std::ops::{{Index, Range}}; struct Made(i64); struct Held<T>(T);
             impl Index<usize> for Made {{ type Output = i64; fn index(&self, place: usize) -> &i64 {{ &self.0 }} }}
             impl Index<Range<usize>> for Made {{ type Output = i64; fn index(&self, places: Range<usize>) -> &i64 {{ called() }} }}
             impl<T> Index<usize> for Held<T> {head} {{ fn index(&self, place: usize) {{}} }}
             fn called() {{}} fn stage() {{ {code} }}"
        ))
        .labels()
    };
    let reaches = |code: &str, head: &str| labels(code, head).contains("fn called in app");
    assert!(!reaches("Made(1)[2]", ""));
    assert!(reaches("Made(1)[2..3]", ""));
    assert!(reaches(
        "type Out = <Made as Index<usize>>::Output; Made(1)[2]",
        ""
    ));
    assert!(reaches("Held(Made(1))[2]", "where T: Index<Range<usize>>"));
}

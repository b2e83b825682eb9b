//! What stands behind a dot: a field, a function of a type of ours, or one that the standard library surely offers.

use super::Sample;

/// Which functions a stage reaches: those that `len` and `held` of a type of ours lead to, and that of a trait for others.
fn reaches(code: &str) -> [bool; 3] {
    let labels = Sample::main(&format!(
        "struct Shelf {{ len: usize, held: Vec<u8> }}
         impl Shelf {{ fn len(&self) -> usize {{ first() }} fn held(&self) -> usize {{ second() }} }}
         trait Measured {{ fn measured(&self) -> usize; }} impl Measured for Vec<u8> {{ fn measured(&self) -> usize {{ third() }} }}
         fn first() {{}} fn second() {{}} fn third() {{}} struct Far; impl std::ops::Deref for Far {{ type Target = Shelf; }}
         macro_rules! ours {{ ($a:expr, $b:ident) => {{ $a.$b() }} }}
         {code}"
    ))
    .labels();
    ["first", "second", "third"].map(|name| labels.contains(&format!("fn {name} in app")))
}

#[test]
fn a_field_is_no_function_of_its_name() {
    for (code, expected) in [
        (
            "fn stage(shelf: &Shelf) { shelf.len + other.held[0] }",
            [false, false, false],
        ),
        (
            "fn stage(shelf: &Shelf) { Shelf { len: 1, held: shelf.held.clone() } }",
            [false, false, false],
        ),
        (
            "fn stage(shelf: &Shelf) { shelf.len() + shelf.held }",
            [true, false, false],
        ),
        (
            "fn stage(shelf: &Shelf) { shelf.len::<u8>() }",
            [true, false, false],
        ),
        (
            "fn stage(shelf: &Shelf) { (0..shelf.len()).map(Shelf::held) }",
            [true, true, false],
        ),
        // A macro may call what it is given.
        (
            "fn stage(shelf: &Shelf) { ours!(shelf, held); called!(shelf.len) }",
            [true, true, false],
        ),
    ] {
        assert_eq!(reaches(code), expected, "{code}");
    }
}

#[test]
fn behind_a_variable_of_the_standard_library_no_function_of_a_type_of_ours_is_called() {
    for (code, expected) in [
        (
            "fn stage(shelf: Shelf, all: &[u8]) { all.len() }",
            [false, false, false],
        ),
        (
            "fn stage(shelf: Shelf, all: &'a mut Vec<Shelf>) { 0..all.len() }",
            [false, false, false],
        ),
        (
            "fn stage(shelf: Shelf, all: &HashMap<u8, Shelf>, n: u8) { all.len() }",
            [false, false, false],
        ),
        (
            "pub(crate) fn stage<F: Fn(Shelf)>(all: String) { all.len() }",
            [false, false, false],
        ),
        (
            "fn stage(shelf: Shelf) { let mut all: Vec<_> = held(); if all.len() > 1 || all.len() < 3 { all.len() } }",
            [false, false, false],
        ),
        (
            "fn stage(shelf: Shelf, all: &[u8]) { for one in all { one.len(); } }",
            [true, false, false],
        ),
        (
            "fn stage(shelf: Shelf, all: &[u8]) { shelf.all.len() }",
            [true, false, false],
        ),
        (
            "fn stage(shelf: Shelf, all: &[u8]) { all.len(); shelf.len() }",
            [true, false, false],
        ),
        (
            "fn stage(shelf: Shelf, all: Box<Shelf>) { all.len() }",
            [true, false, false],
        ),
        (
            "fn stage(shelf: Shelf, all: Vec::Item) { all.len() }",
            [true, false, false],
        ),
        // What a trait of ours offers to others is still called.
        (
            "fn stage(shelf: Shelf, all: Vec<u8>) { all.measured() }",
            [false, false, true],
        ),
    ] {
        assert_eq!(reaches(code), expected, "{code}");
    }
}

#[test]
fn a_variable_that_is_bound_again_may_be_anything() {
    for code in [
        "let all = shelf; all.len()",
        "let all: Shelf = shelf; all.len()",
        "if let Some(all) = shelf { all.len() }",
        "while let Some(1..=2) | Some(all) = shelf { all.len() }",
        "let (all, more) = shelf; all.len()",
        "for all in shelf { all.len() }",
        "for (at, all) in shelf { all.len() }",
        "shelf.map(|all| all.len())",
        "shelf.map(|first||all| all.len())",
        "match shelf { None => |all| all.len() }",
        "shelf.map(move |&(at, all)| all.len())",
        "if shelf { return 1 } |all| all.len()",
        "match shelf { Some(all) => all.len() }",
        "match shelf { None => {} Shelf { all } if late => { all.len() } }",
        "match shelf { None => 1, Shelf { all, .. } | Far { all } => all.len() }",
        "match shelf { all @ Some(_) => all.len() }",
        "matches!(shelf, Some(all) if all.len() > 1)",
        "bound!(all, shelf); all.len()",
        "println!(\"{}\", all.len())",
        "fn inner(all: Shelf) { all.len() }",
        "use crate::Shelf; all.len()",
        "type Vec = Shelf; let list: Vec = held(); list.len()",
        "struct String(Shelf); let list: String = held(); list.len()",
        "enum String {} let list: String = held(); list.len()",
        "if late { let list: Vec<u8> = held(); list.len() } list.len()",
        "let before = list.len(); let list: Vec<u8> = held(); list.len()",
        "f(|list: Vec<u8>| list.len(), list.len())",
        "f(|list: Vec<u8>| list.len()); list.len()",
        "union String { a: u8 } let list: String = held(); list.len()",
    ] {
        let code = format!("fn stage(shelf: Shelf, all: &[u8]) {{ {code} }}");
        assert!(reaches(&code)[0], "{code}");
    }
    for name in ["pub(crate) fn stage", "fn stage<F: Fn(Shelf)>"] {
        let code = format!(
            "{name}(all: Shelf) {{ if late {{ let all: Vec<u8> = held(); all.len() }} all.len() }}"
        );
        assert!(reaches(&code)[0], "{code}");
    }
}

#[test]
fn a_type_of_ours_may_have_the_name_of_one_of_the_standard_library() {
    for code in [
        "struct Vec(Shelf); impl std::ops::Deref for Vec { type Target = Shelf; } fn stage(all: Vec) { all.len() }",
        "struct Vec(Shelf); fn stage(all: Vec) { if late { let all: String = held(); } all.len() }",
        "type String = Shelf; fn stage(all: &String) { all.len() }",
        "use self::inner::Far as HashMap; mod inner { pub use super::{Far, Shelf}; } fn stage(all: HashMap) { all.len() }",
        "use self::inner::*; mod inner { pub type VecDeque = super::Shelf; } fn stage(all: VecDeque) { all.len() }",
    ] {
        assert!(reaches(code)[0], "{code}");
    }
    let code =
        "use std::collections::HashMap; fn stage(shelf: Shelf, all: HashMap<u8, u8>) { all.len() }";
    assert!(!reaches(code)[0], "{code}");
}

/// Whether a stage reaches `new` of a type of ours, which it names.
fn makes(code: &str) -> bool {
    Sample::main(&format!(
        "struct Shelf; impl Shelf {{ fn new() -> Self {{ first() }} }} fn first() {{}} {code}"
    ))
    .labels()
    .contains("fn first in app")
}

#[test]
fn what_is_named_of_a_type_of_the_standard_library_is_not_that_of_ours() {
    for code in [
        "fn stage(_: Shelf) { Vec::new(); String::new(); list.map(HashMap::new) }",
        "use std::rc::Rc; fn stage(_: Shelf) { Rc::new(1); }",
    ] {
        assert!(!makes(code), "{code}");
    }
    for code in [
        "fn stage(_: Shelf) { Vec::new(); Shelf::new() }",
        "type Made = Shelf; fn stage() { Made::new() }",
        "struct Vec; impl Vec { fn new() { Shelf::new() } } fn stage() { Vec::new() }",
        "use self::Shelf as Rc; fn stage() { Rc::new() }",
        "mod inner { pub type Option = super::Shelf; } use inner::*; fn stage(_: Shelf) { Option::new() }",
        "fn stage() { use self::Shelf as Box; Box::new() }",
        "const MADE: Shelf = { use self::Shelf as Box; Box::new() }; fn stage() { MADE }",
        "mod rc { pub type Rc = super::Shelf; } fn stage(_: Shelf) { rc::Rc::new() }",
        "fn stage(_: Shelf) { ours!(Vec::new) }",
    ] {
        assert!(makes(code), "{code}");
    }
    // A trait of ours may offer it to a type of the standard library.
    let of_a_trait =
        "trait Made { fn new() -> u8; } impl Made for Vec<Shelf> { fn new() -> u8 { first() } }
                      fn stage(_: Shelf) { Vec::new() }";
    assert!(makes(of_a_trait));
}

/// Which functions a stage reaches that an `impl` of a type with fields leads to: `len` of a type of ours, and its index.
fn of_fields(around: &str, of_struct: &str, code: &str) -> [bool; 2] {
    let labels = Sample::main(&format!(
        "struct Shelf; impl Shelf {{ fn len(&self) -> usize {{ first() }} }} fn first() {{}} fn second() {{}}
         impl std::ops::Index<usize> for Shelf {{ type Output = u8; fn index(&self, at: usize) -> &u8 {{ second() }} }}
         {around} {of_struct} impl Row {{ fn run(&self, places: &[usize]) {{ {code} }} }}
         fn stage(_: Shelf, row: Row) {{ row.run() }}"
    ))
    .labels();
    ["first", "second"].map(|name| labels.contains(&format!("fn {name} in app")))
}

#[test]
fn behind_a_field_of_the_standard_library_no_function_of_a_type_of_ours_is_called() {
    let named = "struct Row { #[serde(default)] pub(crate) a: Vec<Shelf>, pub b: HashMap<u8, Shelf>, c: [u8; 4], d: Shelf, r#type: String }";
    for (code, expected) in [
        (
            "self.a.len(); self.b.len(); self.a[0]; self.c[places[0]] = 1; self.r#type.len()",
            [false, false],
        ),
        ("self.d.len()", [true, false]),
        ("self.d[0]", [false, true]),
        ("other.a.len(); self.other.a[0]", [true, true]),
        ("self.a[0][1]", [false, true]),
        ("self.a.iter().len()", [true, false]),
        ("called!(self.a.len(), self.a[0])", [true, true]),
        (
            "fn inner(a: Shelf) { self.a.len(); self.a[0] }",
            [true, true],
        ),
    ] {
        assert_eq!(of_fields("", named, code), expected, "{code}");
    }
    let tuple = "struct Row(pub Vec<u8>, Shelf, Map<u8, u8>, pub(crate) String);";
    for (code, expected) in [
        ("self.0.len(); &self.0[1..]; self.3.len()", [false, false]),
        ("self.1.len(); self.1[0]", [true, true]),
        ("self.2.len(); self.2[0]", [true, true]),
    ] {
        assert_eq!(of_fields("", tuple, code), expected, "{code}");
    }
}

#[test]
fn a_field_whose_type_is_not_surely_that_may_be_anything() {
    let plain = "struct Row { a: Vec<u8> }";
    let code = "self.a.len(); self.a[0]";
    assert_eq!(of_fields("", plain, code), [false, false]);
    for (around, of_struct) in [
        ("struct Vec(Shelf);", plain),
        ("use self::Shelf as Vec;", plain),
        (
            "",
            "#[cfg(late)] struct Row { a: Shelf } #[cfg(not(late))] struct Row { a: Vec<u8> }",
        ),
        (
            "",
            "#[cfg(late)] type Row = Shelf; #[cfg(not(late))] struct Row { a: Vec<u8> }",
        ),
        ("", "#[boxed] struct Row { a: Vec<u8> }"),
        ("", "struct Row { a: Vec::Item }"),
        ("", "struct Row { b: Map<Vec<u8>, u8>, a: Shelf }"),
        (
            "",
            "use self::inner::Row; mod inner { pub struct Row { pub a: super::Shelf } }",
        ),
    ] {
        assert_eq!(
            of_fields(around, of_struct, code),
            [true, true],
            "{around} {of_struct}"
        );
    }
}

#[test]
fn an_index_into_a_variable_of_the_standard_library_is_none_of_ours() {
    for (code, expected) in [
        ("places[0] + places[1..][2]", true),
        ("places[0]", false),
        ("let a: Vec<u8> = made(); a[0] = places[0]", false),
        ("let a = made(); a[0]", true),
        ("let a: [Shelf; 2] = made(); a[0][1]", true),
    ] {
        assert_eq!(of_fields("", "struct Row;", code)[1], expected, "{code}");
    }
    // A body of which the types are not known.
    let code = "struct Row; fn inside() { use self::Shelf as Vec; impl Row { fn held(&self, a: &Vec) { a.len(); a[0] } } }";
    assert_eq!(of_fields(code, "", "self.held()"), [true, true]);
}

#[test]
fn a_parameter_of_a_closure_is_no_function_of_its_name() {
    let reaches = |code: &str| {
        Sample::main(&format!(
            "fn row() {{}} mod deep {{ pub fn row() {{}} }} fn stage(list: &List) {{ {code} }}"
        ))
        .labels()
        .contains("fn row in app")
    };
    for code in [
        "list.map(|row| row.width)",
        "list.map(move |&(at, mut row)| { let next = row + at; f(row, next) })",
        "list.map(|(at, row): (u8, Row)| println!(\"{row}\"))",
        "list.map(|row: Vec<u8>| row); list.map(|more||row| row + more)",
        "list.map(|row| list.map(|other| row + other)); list.map(|row| deep::row(row))",
    ] {
        assert!(!reaches(code), "{code}");
    }
    for code in [
        "list.map(|row| row.width); row()",
        "let made = |row| row.width; row()",
        "f(|row| row.width, row)",
        "list.map(|row| 1) + row()",
        "list.map(|x: row::Row| row(x))",
        "list.map(|Row { row: width }| row(width))",
        "list.map(|Row(row)| 1).map(|x| row(x))",
        "let Some(f) = |row: u8| row else { return row() };",
        "println!(\"{row}\"); list.map(|row| row)",
        "list.map(|row| row); fn inner() { row() }",
        "list.map(|row: Vec<u8>| row); row()",
        "list.map(|row| row); called!(row)",
    ] {
        assert!(reaches(code), "{code}");
    }
}

//! Procedural macros of the project count by their own code, and by the names that they may write.

use std::collections::BTreeSet;

use super::Sample;

/// A package with a stage, and one with the macros that it uses.
fn with(macros: &str, main: &str) -> Sample {
    let manifest = "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nmarks = { path = \"marks\" }\n";
    Sample::new(&[
        ("Cargo.toml", manifest),
        (
            "marks/Cargo.toml",
            "[package]\nname = \"marks\"\nedition = \"2024\"\n[lib]\nproc-macro = true\n",
        ),
        ("marks/src/lib.rs", macros),
        ("src/main.rs", main),
    ])
}

const MACROS: &str = "
    use proc_macro::TokenStream;
    #[proc_macro_derive(Tally)] pub fn tally(item: TokenStream) -> TokenStream {
        let name = name_of(item);
        format!(\"impl {name} {{ fn tally() -> i64 {{ crate::deep::count() }} }}\").parse().expect(\"unused\")
    }
    fn name_of(item: TokenStream) -> TokenStream { item.into_iter().nth(1).into_iter().collect() }
    #[proc_macro] pub fn answer(_: TokenStream) -> TokenStream { quote!(number()) }
    #[proc_macro_attribute] pub fn kept(_: TokenStream, item: TokenStream) -> TokenStream { item }
    fn nobody() {}";

const MAIN: &str = "
    use marks::{Tally, answer};
    /// A row.
    #[derive(Tally)] struct Row { width: i64 }
    mod deep { pub fn count() -> i64 { 3 } pub fn number() -> i64 { 4 } pub fn unused() {} }
    #[marks::kept] fn plain() {}
    fn stage() { CODE }";

fn labels(code: &str) -> BTreeSet<String> {
    with(MACROS, &MAIN.replace("CODE", code)).labels()
}

#[test]
fn a_macro_counts_with_what_it_calls_and_with_the_names_that_it_writes() {
    let row = labels("Row::tally()");
    let expected = [
        "fn count in app::deep",
        "fn name_of in marks",
        "fn tally in marks",
        "struct Row in app",
    ];
    assert_eq!(row, expected.map(str::to_owned).into());
    let answer = labels("answer!()");
    let expected = ["fn answer in marks", "fn number in app::deep"];
    assert_eq!(answer, expected.map(str::to_owned).into());
    let plain = labels("plain()");
    let expected = ["fn kept in marks", "fn plain in app"];
    assert_eq!(plain, expected.map(str::to_owned).into());
}

#[test]
fn what_is_said_of_an_item_counts_where_a_derive_may_read_it() {
    let digest = |words: &str| {
        let main = MAIN
            .replace("A row.", words)
            .replace("CODE", "Row::tally()");
        with(MACROS, &main).reach().digest
    };
    assert_ne!(digest("A row."), digest("A line."));
    let plain = |words: &str| {
        let main = MAIN.replace("A row.", words).replace("CODE", "plain()");
        with(MACROS, &main).reach().digest
    };
    assert_eq!(plain("A row."), plain("A line."));
}

#[test]
fn names_that_are_given_in_a_text_or_with_something_around_them_count() {
    let reaches = |body: &str, arguments: &str| {
        let macros = format!(
            "use proc_macro::TokenStream; #[proc_macro] pub fn answer(given: TokenStream) -> TokenStream {{ {body} }}"
        );
        let main = format!(
            "mod deep {{ pub fn get_width() {{}} pub fn unused() {{}} }} fn stage() {{ marks::answer!({arguments}) }}"
        );
        let labels = with(&macros, &main).labels();
        assert!(!labels.contains("fn unused in app::deep"), "{body}");
        labels.contains("fn get_width in app::deep")
    };
    assert!(reaches("given", "get_width"));
    assert!(reaches("given", "with = \"deep::get_width\""));
    assert!(reaches("format_ident!(\"get_{}\", given).into()", "width"));
    assert!(reaches(
        "format!(\"crate::deep::{given}_width()\").parse().unwrap()",
        "get"
    ));
    assert!(!reaches("made()", ""));
    assert!(reaches(
        "const CALL: &str = \"crate::deep::get_width()\"; CALL.parse().unwrap()",
        ""
    ));
}

#[test]
fn names_that_a_macro_puts_together_are_told_by_their_pieces() {
    let reaches = |body: &str| {
        let macros = format!(
            "use proc_macro::TokenStream; #[proc_macro] pub fn answer(given: TokenStream) -> TokenStream {{ {body} }}"
        );
        let main = "mod deep { pub fn get_width() {} pub fn get_height() {} pub fn width_of() {} }
                    fn stage() { marks::answer!(WIDTH) }";
        let labels = with(&macros, main).labels();
        assert!(!labels.contains("fn get_height in app::deep"), "{body}");
        assert!(!labels.contains("fn width_of in app::deep"), "{body}");
        labels.contains("fn get_width in app::deep")
    };
    for body in [
        "format!(\"{}{given}\", \"get_\").parse().unwrap()",
        "let mut text = String::new(); text.push_str(\"deep::get_\"); text.push_str(&given.to_string()); text.parse().unwrap()",
        "(\"get_\".to_owned() + &given.to_string()).parse().unwrap()",
        "vec![\"get\".to_owned(), given.to_string()].join(\"_\").parse().unwrap()",
        "[\"get_\", &given.to_string()].into_iter().collect::<String>().parse().unwrap()",
        "let mut text = String::new(); write!(text, \"get_\"); write!(text, \"{given}\"); text.parse().unwrap()",
    ] {
        assert!(reaches(body), "{body}");
    }
    // Whole words that nothing puts together make no other.
    assert!(!reaches("let text = \"get_\"; shown(text, given)"));
}

#[test]
fn where_a_macro_may_make_names_in_another_way_the_whole_package_counts() {
    for body in [
        "given.to_string().replace('a', \"b\").parse().unwrap()",
        "given.to_string().chars().skip(1).collect::<String>().parse().unwrap()",
        "given.to_string()[1..].parse().unwrap()",
        "let text: String = given.to_string(); text[1..].parse().unwrap()",
        "let from = 1..; given.to_string()[from].parse().unwrap()",
        "given.to_string().get(1..).unwrap().parse().unwrap()",
        "std::fs::read_to_string(\"names\").unwrap().parse().unwrap()",
        "include_str!(\"names\").parse().unwrap()",
        "env!(\"NAMES\").parse().unwrap()",
        "static COUNT: i64 = 1; counted(COUNT)",
        "others::made(given)",
        "String::from_utf8(vec![b'a']).unwrap().parse().unwrap()",
    ] {
        let macros = format!(
            "use proc_macro::TokenStream; static COUNT: i64 = 1;
             #[proc_macro] pub fn answer(given: TokenStream) -> TokenStream {{ {body} }}"
        );
        let sample = with(&macros, "fn stage() { marks::answer!(x) }");
        sample.write(
            "marks/Cargo.toml",
            "[package]\nname = \"marks\"\nedition = \"2024\"\n[lib]\nproc-macro = true\n[dependencies]\nothers = \"1\"\n",
        );
        let cause = sample.reach().coarse.unwrap_or_default();
        assert!(cause.contains("cannot be"), "{body}: {cause}");
    }
}

#[test]
fn files_and_places_that_a_macro_writes_of_count() {
    let of = |body: &str, main: &str, words: &str| {
        let macros = format!(
            "use proc_macro::TokenStream; #[proc_macro] pub fn answer(given: TokenStream) -> TokenStream {{ {body} }}"
        );
        let sample = with(&macros, main);
        sample.write("words/list.txt", words);
        sample.reach()
    };
    let main = "fn stage() { marks::answer!(x) }";
    let included = "quote!(include_str!(\"../words/list.txt\"))";
    assert_ne!(
        of(included, main, "oak").digest,
        of(included, main, "ash").digest
    );
    let plain = "quote!(1)";
    assert_eq!(of(plain, main, "oak").digest, of(plain, main, "ash").digest);
    let placed = "quote!(line!())";
    let moved = format!("\n\n{main}");
    assert_ne!(of(placed, main, "").digest, of(placed, &moved, "").digest);
    assert_eq!(of(plain, main, "").digest, of(plain, &moved, "").digest);
    let asks = of("quote!(cfg!(unix))", main, "");
    assert!(asks.coarse.unwrap().contains("asks of the compiler"));
}

#[test]
fn what_a_macro_is_given_by_another_or_of_a_whole_module_cannot_be_told() {
    for main in [
        "macro_rules! passed { ($x:expr) => { marks::answer!($x) } } fn stage() { passed!(1) }",
        "#[marks::kept] mod deep { pub fn number() {} } fn stage() { deep::number() }",
        "struct Row; #[marks::kept] impl Row { fn number() {} } fn stage() { Row::number() }",
    ] {
        let cause = with(MACROS, main).reach().coarse.unwrap_or_default();
        assert!(cause.contains("cannot be told"), "{main}: {cause}");
    }
}

#[test]
fn what_a_written_comment_says_and_what_a_written_function_is_called_is_not_used() {
    let reaches = |body: &str| {
        let macros = format!(
            "use proc_macro::TokenStream; #[proc_macro] pub fn answer(given: TokenStream) -> TokenStream {{ {body} }}"
        );
        let main = "mod deep { pub fn width() {} } fn stage() { marks::answer!() }";
        with(&macros, main)
            .labels()
            .contains("fn width in app::deep")
    };
    for body in [
        "\"fn width() { if a!=b {} } // of width\".parse().unwrap()",
        "format!(\"/// The width.\n fn width() {{}}\").parse().unwrap()",
        "format!(\"fn width() {{ if 1 != 2 {{}} }} {}\", quote!(if 1 != 2 {})).parse().unwrap()",
    ] {
        assert!(!reaches(body), "{body}");
    }
    for body in [
        "\"// of it \n width()\".parse().unwrap()",
        "\"fn (width)\".parse().unwrap()",
        "\"fn other() { width() }\".parse().unwrap()",
        // The beginning may be within a text of what is written, and within a comment.
        "format!(\"{}{}\", \"const A: &str = \\\"\", \"//\\\"; width()\").parse().unwrap()",
        "format!(\"{}{}\", \"/* \", \"// */ width()\").parse().unwrap()",
        // A macro may use the name that it is given.
        "\"called! { fn width() {} }\".parse().unwrap()",
        "format!(\"{}!(fn width)\", given).parse().unwrap()",
        "format!(\"{}{}\", given, \"!(fn width)\").parse().unwrap()",
        "let made: TokenStream = \"fn width() {}\".parse().unwrap(); quote!(called!(#made))",
    ] {
        assert!(reaches(body), "{body}");
    }
}

#[test]
fn a_name_that_stands_nowhere_leads_to_what_a_macro_may_write_it_for() {
    let reaches = |code: &str, dependency: &str, records: &str| {
        let macros = format!(
            "use proc_macro::TokenStream;
             #[proc_macro_derive(Maker)] pub fn maker(item: TokenStream) -> TokenStream {{
                 format!(\"struct {{}}Maker;\", item).parse().unwrap()
             }}
             #[proc_macro_derive(Tally)] pub fn tally(item: TokenStream) -> TokenStream {{ {code} }}
             #[proc_macro_attribute] pub fn kept(_: TokenStream, item: TokenStream) -> TokenStream {{ item }}"
        );
        let manifest = format!(
            "[package]\nname = \"marks\"\nedition = \"2024\"\n[lib]\nproc-macro = true\n[dependencies]\n{dependency}\n"
        );
        let sample = Sample::new(&[
            (
                "Cargo.toml",
                "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nmarks = { path = \"marks\" }\nothers = \"1\"\n",
            ),
            ("marks/Cargo.toml", &manifest),
            ("marks/src/lib.rs", &macros),
            (
                "src/main.rs",
                "mod records; use records::PondMaker; fn stage() { PondMaker::new() }",
            ),
            (
                "src/records.rs",
                &format!("use marks::Maker; #[derive(Maker)] pub struct Pond; {records}"),
            ),
        ]);
        // What a macro writes may be unknown, too, which is told elsewhere.
        let items = sample.reach().items;
        assert!(items.contains("\tstruct Pond\t"), "{items}");
        items.contains("\tstruct Row\t") || items.contains("\tfn row\t")
    };
    let told = "format!(\"impl {} {{}}\", item).parse().unwrap()";
    let row = "#[derive(marks::Tally)] pub struct Row;";
    for (code, dependency, records) in [
        (told, "", row),
        (told, "quote = \"1\"", row),
        (told, "", "#[marks::kept] pub fn row() {}"),
        (told, "", "#[::marks::kept] pub fn row() {}"),
    ] {
        assert!(
            !reaches(code, dependency, records),
            "{code} {dependency} {records}"
        );
    }
    for (code, dependency, records) in [
        // The first half is in the macro, or in what it is given.
        ("format!(\"struct {}\", \"Pond\").parse().unwrap()", "", row),
        (
            told,
            "",
            "#[derive(marks::Tally)] pub struct Row { pond: u8 }",
        ),
        (
            told,
            "",
            "/// Of a pond.\n#[marks::kept(pond)] pub fn row() {}",
        ),
        // Names may come from anywhere.
        ("made(item.to_string().trim_end_matches('x'))", "", row),
        ("made(&item.to_string()[1..])", "", row),
        (
            "let text: String = item.to_string(); made(&text[1..])",
            "",
            row,
        ),
        ("let from = 1..; made(&item.to_string()[from])", "", row),
        ("std::env::var(\"NAME\").unwrap().parse().unwrap()", "", row),
        ("include_str!(\"names.txt\").parse().unwrap()", "", row),
        (told, "heck = \"1\"", row),
        (told, "", "#[derive(others::Tally)] pub struct Row;"),
        (
            told,
            "",
            "use others::Tally; #[derive(Tally)] pub struct Row;",
        ),
        (told, "", "#[derive(Tally)] pub struct Row;"),
    ] {
        assert!(
            reaches(code, dependency, records),
            "{code} {dependency} {records}"
        );
    }
}

//! What is seldom written, and counts all the same: letters in two ways, macros of one name, code as text.

use super::{Sample, expect};

fn digest(files: &[(&str, &str)]) -> String {
    Sample::new(files).reach().digest
}

fn of_main(text: &str) -> String {
    digest(&[("src/main.rs", text)])
}

#[test]
fn a_name_is_the_same_however_its_letters_are_written() {
    let sample = Sample::main(
        "fn caf\u{e9}() { deep() } fn deep() {} fn other() {} fn stage() { cafe\u{301}() }",
    );
    expect(&sample, &["fn caf\u{e9} in app", "fn deep in app"]);
}

#[test]
fn of_macros_of_one_name_the_order_counts() {
    let one = "macro_rules! m { () => { 1 } }";
    let two = "macro_rules! m { () => { 2 } }";
    let stage = "fn stage() { m!() }";
    assert_ne!(
        of_main(&format!("{one} {two} {stage}")),
        of_main(&format!("{two} {one} {stage}"))
    );
    assert_ne!(
        of_main(&format!("{one} {two} {stage}")),
        of_main(&format!("{one} {stage} {two}"))
    );
    let modules = |main: &str| {
        digest(&[
            ("src/main.rs", main),
            ("src/ebb.rs", one),
            ("src/flood.rs", two),
        ])
    };
    assert_ne!(
        modules("#[macro_use] mod ebb; #[macro_use] mod flood; fn stage() { m!() }"),
        modules("#[macro_use] mod flood; #[macro_use] mod ebb; fn stage() { m!() }")
    );
    assert_eq!(
        modules("mod ebb; mod flood; fn stage() { 1 }"),
        modules("mod flood; mod ebb; fn stage() { 1 }")
    );
}

#[test]
fn spaces_count_where_code_is_shown_as_text() {
    let shown = |code: &str| of_main(&format!("fn stage() {{ stringify!({code}) }}"));
    assert_ne!(shown("a * b"), shown("a*b"));
    assert_eq!(shown("a * b"), shown("a  *\n b"));
    let by_macro = |code: &str| {
        of_main(&format!(
            "macro_rules! show {{ ($($t:tt)*) => {{ stringify!($($t)*) }} }}
             fn deep() {{ show!({code}) }} fn stage() {{ deep() }}"
        ))
    };
    assert_ne!(by_macro("a * b"), by_macro("a*b"));
    assert_eq!(
        of_main("fn stage() { a * b }"),
        of_main("fn stage() { a*b }")
    );
    // Of an `impl` and of a trait, those functions count that are reached.
    let beside = |code: &str| {
        of_main(&format!(
            "struct X; impl X {{ fn near(&self) {{}} fn far(&self) {{ {code} }} }}
             trait T {{ fn near(&self) {{}} fn far(&self) {{ {code} }} }} impl T for u8 {{}}
             fn stage(x: X) {{ stringify!(c); x.near() }}"
        ))
    };
    assert_eq!(beside("a * b"), beside("a*b; c"));
}

#[test]
fn documentation_counts_where_a_macro_may_read_it() {
    let given = |words: &str| {
        of_main(&format!(
            "macro_rules! explained {{ ($(#[doc = $t:literal])+ $n:ident) => {{ const $n: &str = concat!($($t),+); }} }}
             explained! {{ /// {words}\n DITCH }} fn stage() {{ DITCH }}"
        ))
    };
    assert_ne!(given("A ditch."), given("A wall."));
    let defined = |words: &str| {
        of_main(&format!(
            "macro_rules! made {{ ($n:ident) => {{ /// {words}\n fn $n() {{}} }} }} made!(a); fn stage() {{ a() }}"
        ))
    };
    assert_eq!(defined("A ditch."), defined("A wall."));
}

#[test]
fn every_file_of_the_package_counts_where_a_macro_puts_a_file_s_name_together() {
    let within = |file: &str, text: &str| {
        Sample::new(&[
            (
                "src/main.rs",
                "macro_rules! beside { ($n:literal) => { include_str!(concat!(\"../data/\", $n)) } }
                 fn stage() { beside!(\"north.txt\") }",
            ),
            (file, text),
        ])
        .reach()
    };
    let with = |text: &str| within("data/north.txt", text);
    for file in ["data/north.txt", "book/north.txt", ".data/north.txt"] {
        let (one, other) = (within(file, "oak"), within(file, "ash"));
        assert_ne!(one.digest, other.digest, "{file}");
    }
    assert_eq!(with("oak").coarse, None);
    for elsewhere in ["concat!(\"../../data/\", $n)", "$n"] {
        let main = format!(
            "macro_rules! beside {{ ($n:literal) => {{ include_str!({elsewhere}) }} }} fn stage() {{ beside!(\"north.txt\") }}"
        );
        let cause = Sample::main(&main).reach().coarse.unwrap_or_default();
        assert!(cause.contains("cannot be told"), "{elsewhere}: {cause}");
    }
}

#[test]
fn of_what_a_macro_is_given_the_name_of_a_file_is_told_where_it_is_a_text() {
    let within = |calls: &str, file: &str, text: &str| {
        let main = format!(
            "mod deep; use beside as other;
             macro_rules! beside {{ ($n:literal) => {{ include_str!(concat!(\"../data/\", $n)) }} }}
             macro_rules! passed {{ ($n:literal) => {{ beside!($n) }} }}
             fn stage() {{ {calls} }} fn unreached() {{ beside!(\"west.txt\") }}"
        );
        let deep = "pub fn call() { beside!(\"../south.txt\") }";
        let files = [
            ("src/main.rs", main.as_str()),
            ("src/deep/mod.rs", deep),
            ("data/north.txt", "oak"),
            ("data/west.txt", "oak"),
            ("src/south.txt", "oak"),
            ("src/data/north.txt", "oak"),
            (file, text),
        ];
        Sample::new(&files).reach()
    };
    let counts = |calls: &str, file: &str| {
        within(calls, file, "oak").digest != within(calls, file, "ash").digest
    };
    let north = "beside!(\"north.txt\")";
    assert!(counts(north, "data/north.txt"));
    assert!(!counts(north, "data/west.txt"));
    assert!(!counts(north, "book/chapter.md"));
    // It is seen from where the macro is called, and a literal may lead out of the folder.
    assert!(counts("deep::call()", "src/south.txt"));
    assert!(!counts("deep::call()", "data/north.txt"));
    assert!(within("deep::call()", "a", "").coarse.is_none());
    // What cannot be followed may be any file.
    for passed_on in [
        "passed!(\"north.txt\")",
        "other!(\"north.txt\")",
        "again!(beside!(\"north.txt\"))",
        "use beside as third; third!(\"north.txt\")",
        "beside!(\"none.txt\")",
    ] {
        assert!(counts(passed_on, "data/north.txt"), "{passed_on}");
        assert!(counts(passed_on, "data/west.txt"), "{passed_on}");
    }
}

#[test]
fn what_a_package_takes_from_its_workspace_counts_where_it_is_compiled_in() {
    let with = |version: &str| {
        digest(&[
            (
                "Cargo.toml",
                &format!(
                    "[workspace]\n[workspace.package]\nversion = \"{version}\"\n[package]\nname = \"app\"\nversion = \"0.3.0\"\n
                     [dependencies]\nunits = {{ path = \"units\" }}\n"
                ),
            ),
            (
                "units/Cargo.toml",
                "[package]\nname = \"units\"\nversion.workspace = true\nedition = \"2024\"\n",
            ),
            (
                "units/src/lib.rs",
                "pub fn version() -> &'static str { env!(\"CARGO_PKG_VERSION\") }",
            ),
            ("src/main.rs", "fn stage() { units::version() }"),
        ])
    };
    assert_ne!(with("0.1.0"), with("0.1.1"));
}

#[test]
fn a_module_that_a_macro_declares_has_the_file_of_its_name() {
    let sample = Sample::new(&[
        (
            "src/main.rs",
            "mod tracks; fn stage() { tracks::byway::walk() }",
        ),
        (
            "src/tracks.rs",
            "macro_rules! declared { ($name:ident) => { pub mod $name; } } declared!(byway); pub mod plain { pub fn run() {} }",
        ),
        (
            "src/tracks/byway.rs",
            "pub fn walk() { deep() } fn deep() {} pub fn unused() {}",
        ),
    ]);
    expect(
        &sample,
        &[
            "declared! in app::tracks",
            "fn deep in app::tracks::byway",
            "fn walk in app::tracks::byway",
            "macro_rules! declared in app::tracks",
        ],
    );
}

#[test]
fn what_the_framework_calls_is_no_call_of_a_method_of_its_users() {
    let sample = Sample::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nmlops-data = { path = \"data\" }\n",
        ),
        (
            "data/Cargo.toml",
            "[package]\nname = \"mlops-data\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        ),
        (
            "data/src/lib.rs",
            "pub trait Kept { fn keep(&self); } pub struct Table; impl Table { pub fn load(&self, kept: &impl Kept) { kept.keep(); self.counts() } fn counts(&self) {} }",
        ),
        (
            "src/main.rs",
            "use mlops_data::{Kept, Table}; struct Row; impl Row { fn counts(&self) { deep() } } fn deep() {}
             impl Kept for Row { fn keep(&self) { kept() } } fn kept() {}
             fn stage(table: &Table) { table.load(&Row) }",
        ),
    ]);
    let labels = sample.labels();
    assert!(labels.contains("fn kept in app"), "{labels:?}");
    assert!(!labels.contains("fn deep in app"), "{labels:?}");
}

#[test]
fn where_code_stands_does_not_count_and_what_it_says_does() {
    let before = Sample::main("fn a() { 1 } fn b() { 2 } fn stage() { a(); b() }").reach();
    let moved = Sample::main(
        "// Words.\n\nfn stage() {\n    a();\n    b()\n}\n\n/// Two.\nfn b() {\n    2\n}\nfn c() {}\nfn a() {\n    1\n}\n",
    )
    .reach();
    assert_eq!(before.digest, moved.digest);
    // Two functions that are both reached change places: the same tokens, but not in the same place.
    let swapped = Sample::main("fn a() { 2 } fn b() { 1 } fn stage() { a(); b() }").reach();
    assert_ne!(before.digest, swapped.digest);
}

#[test]
fn the_compiler_is_asked_for_whole_conditions_only() {
    let sample = Sample::main(
        "#[cfg_attr(feature = \"loud\", must_use, inline)] fn said() {} fn stage() { said(); if cfg!(bed,) {} }",
    );
    let reach = sample.reach();
    assert_eq!(reach.conditions, ["bed", "feature = \"loud\""]);
    let sample = Sample::main(
        "macro_rules! only { ($meta:meta) => { #[cfg($meta)] { 1 } } } fn stage() { only!(bed) }",
    );
    let reach = sample.reach();
    assert_eq!(reach.conditions, [""; 0]);
    assert!(reach.coarse.is_some());
}

/// What a stage reaches in a package that has a crate of procedural macros from a registry.
fn with_macros_of_others(text: &str) -> std::collections::BTreeSet<String> {
    let sample = Sample::main(text);
    sample.write(
        "Cargo.toml",
        "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nbuilders = \"1\"\n",
    );
    sample.write(
        "Cargo.lock",
        "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.0.0\"\ndependencies = [\"builders\"]\n[[package]]\nname = \"builders\"\nversion = \"1.0.0\"\nsource = \"registry+https://example.org\"\nchecksum = \"aa\"\n",
    );
    sample.labels()
}

#[test]
fn a_name_that_nothing_has_may_be_written_by_a_derive_or_an_attribute() {
    let reaches = |attributes: &str, code: &str| {
        let labels = with_macros_of_others(&format!(
            "use builders::Builder; use open::*; use deep::ConfigBuilder as Made;
             {attributes} struct Config {{ rate: i64 }}
             mod deep {{ {attributes} pub struct Config {{ rate: i64 }} }}
             mod open {{ {attributes} pub struct Choice {{ rate: i64 }} }}
             struct Field; fn stage() {{ {code} }}"
        ));
        let has = |label: &str| labels.contains(label);
        [
            has("struct Config in app"),
            has("struct Config in app::deep"),
            has("struct Choice in app::open"),
        ]
    };
    let derive = "#[derive(Clone, Builder)]";
    for (code, expected) in [
        ("ConfigBuilder::default().rate(1)", [true, false, true]),
        ("deep::ConfigBuilder::default()", [false, true, false]),
        ("self::deep::make(1)", [false, true, false]),
        ("Made::default()", [false, true, false]),
        ("make_config(1)", [true, false, false]),
        ("ChoiceBuilder::new()", [true, false, true]),
        ("let rate = 1; rate", [false, false, false]),
        ("Vec::<Field>::new()", [false, false, false]),
        ("builders::now()", [false, false, false]),
    ] {
        assert_eq!(reaches(derive, code), expected, "{code}");
    }
    let config = "ConfigBuilder::default()";
    for attribute in [
        "#[builders::twin]",
        "#[cfg_attr(all(), derive(builders::Builder))]",
        "#[builders::derive_more(serde)]",
    ] {
        assert_eq!(
            reaches(attribute, config),
            [true, false, true],
            "{attribute}"
        );
    }
    for attribute in [
        "#[derive(Debug, serde::Serialize)]",
        "#[serde(transparent)]",
    ] {
        assert_eq!(reaches(attribute, config), [false; 3], "{attribute}");
    }
}

#[test]
fn a_method_that_nothing_defines_may_be_written_by_an_attribute() {
    for attributes in [
        ("", "#[builders::builder]"),
        ("#[builders::bon]", ""),
        ("", "#[inline]"),
    ] {
        let (of_impl, of_method) = attributes;
        let labels = with_macros_of_others(&format!(
            "struct Config; {of_impl} impl Config {{ {of_method} fn new() {{ inside() }} }}
             fn inside() {{}} fn stage() {{ Config::builder().call() }}"
        ));
        let is_written = attributes != ("", "#[inline]");
        assert_eq!(
            labels.contains("fn inside in app"),
            is_written,
            "{attributes:?}"
        );
    }
}

#[test]
fn constants_of_types_and_traits_count_by_their_names() {
    let labels = |code: &str| {
        Sample::main(&format!(
            "trait Step {{ const SIZE: i64; const TWICE: i64 = Self::SIZE * two(); fn through() -> i64 {{ Self::SIZE }} }}
             struct Foot; struct Yard;
             impl Step for Foot {{ const SIZE: i64 = three(); }}
             impl Step for Yard {{ const SIZE: i64 = 9; const TWICE: i64 = three(); }}
             impl Foot {{ const EDGE: usize = one(); }}
             const fn one() -> usize {{ 1 }} const fn two() -> i64 {{ 2 }} const fn three() -> i64 {{ 3 }}
             fn stage() {{ {code} }}"
        ))
        .labels()
    };
    for (code, expected) in [
        ("Foot::through()", [false, false, true]),
        ("Foot::TWICE", [false, true, true]),
        ("Yard::TWICE", [false, true, true]),
        ("[0; Foot::EDGE]", [true, false, false]),
        ("let yard = Yard;", [false, false, false]),
    ] {
        let labels = labels(code);
        let has = ["one", "two", "three"].map(|name| labels.contains(&format!("fn {name} in app")));
        assert_eq!(has, expected, "{code}: {labels:?}");
    }
}

#[test]
fn a_function_that_takes_no_value_is_not_called_behind_one() {
    let reaches = |code: &str| {
        let labels = Sample::main(&format!(
            "struct Made(i64); impl Made {{ fn of(n: i64) -> Made {{ first() }} fn len(self: Box<Self>) {{ second() }} }}
             fn first() {{}} fn second() {{}} trait Held {{ fn held() {{ third() }} }} impl Held for Made {{}} fn third() {{}}
             fn stage(made: Made) {{ {code} }}"
        ))
        .labels();
        ["first", "second", "third"].map(|name| labels.contains(&format!("fn {name} in app")))
    };
    assert_eq!(
        reaches("other.of(1); other.len(); other.held()"),
        [false, true, false]
    );
    assert_eq!(reaches("Made::of(1)"), [true, false, false]);
    assert_eq!(reaches("<Made>::of(1); Held::held"), [true, false, true]);
    // A macro may put what it is given behind a type.
    assert_eq!(reaches("called!(made.of)"), [true, false, false]);
    let made = Sample::main(
        "struct Made; impl Made { fn of() { first() } } fn first() {}
         macro_rules! of { ($t:ty) => { <$t>::of() } } fn stage() { of!(Made) }",
    );
    assert!(made.labels().contains("fn first in app"));
}

#[test]
fn an_edition_counts_where_code_is_reached_and_not_where_an_import_alone_is() {
    let digest = |edition: &str, code: &str| {
        let manifest = "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nouter = { path = \"outer\" }\n";
        let of = |name: &str, edition: &str, below: &str| {
            format!("[package]\nname = \"{name}\"\nedition = \"{edition}\"\n{below}")
        };
        let sample = Sample::new(&[
            ("Cargo.toml", manifest),
            ("src/main.rs", &format!("fn stage() {{ {code} }}")),
            (
                "outer/Cargo.toml",
                &of(
                    "outer",
                    edition,
                    "[dependencies]\ninner = { path = \"../inner\" }\n",
                ),
            ),
            ("outer/src/lib.rs", "pub use inner::area; pub fn own() {}"),
            ("inner/Cargo.toml", &of("inner", "2024", "")),
            ("inner/src/lib.rs", "pub fn area() {}"),
        ]);
        sample.reach().digest
    };
    assert_eq!(
        digest("2018", "outer::area()"),
        digest("2021", "outer::area()")
    );
    assert_ne!(
        digest("2015", "outer::area()"),
        digest("2018", "outer::area()")
    );
    assert_ne!(
        digest("2018", "outer::own()"),
        digest("2021", "outer::own()")
    );
}

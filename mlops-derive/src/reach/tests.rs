//! What a stage reaches and what it does not, on small crates made for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::compilation::Compilation;
use super::{Place, Reach, Session};

mod asked;
mod built;
mod called;
mod compiled;
#[cfg(feature = "conformance")]
mod crates;
mod our_attributes;
mod procedural;
mod real_code;
mod receivers;
mod signs;
mod unusual;

/// A crate of these files; the stage is the function `stage` in `src/main.rs`.
struct Sample {
    folder: tempfile::TempDir,
    features: Vec<String>,
    externs: Vec<(String, PathBuf)>,
}

impl Sample {
    fn new(files: &[(&str, &str)]) -> Self {
        let sample = Self {
            folder: tempfile::tempdir().unwrap(),
            features: Vec::new(),
            externs: Vec::new(),
        };
        sample.write(
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n",
        );
        for (path, text) in files {
            sample.write(path, text);
        }
        sample
    }

    fn main(text: &str) -> Self {
        Self::new(&[("src/main.rs", text)])
    }

    fn feature(mut self, name: &str) -> Self {
        self.features.push(name.to_owned());
        self
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the test makes the project that it reads"
    )]
    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn reach(&self) -> Reach {
        let folder = self.folder.path();
        let root = folder.join("src/main.rs");
        let conditions = self.features.iter();
        let compilation = Compilation {
            root: Some(root.clone()),
            crate_name: "app".to_owned(),
            edition: "2024".to_owned(),
            conditions: conditions
                .map(|name| format!("feature=\"{name}\""))
                .collect(),
            externs: [(
                "mlops".to_owned(),
                folder.join("target/libmlops-0123456789abcdef.rmeta"),
            )]
            .into_iter()
            .chain(self.externs.iter().cloned())
            .collect(),
            ..Compilation::default()
        };
        let mut session = Session::of(folder, &root, compilation).unwrap();
        let nodes = session.world.nodes.iter();
        let node = nodes
            .clone()
            .position(|node| node.item.name == "stage" && node.part.is_none())
            .unwrap();
        let place = Place {
            node,
            is_the_stage: true,
        };
        session.reach(&place, &Default::default())
    }

    /// The labels of what is reached, without imports.
    fn labels(&self) -> BTreeSet<String> {
        let reach = self.reach();
        assert_eq!(reach.coarse, None);
        let items = reach.items.lines().filter(|line| line.starts_with("item"));
        items
            .map(|line| line.split('\t').skip(3).take(2).collect::<Vec<_>>())
            .map(|fields| format!("{} in {}", fields[0], fields[1]))
            .filter(|label| !label.starts_with("use ") && !label.starts_with("fn stage "))
            .collect()
    }
}

fn expect(sample: &Sample, expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|label| (*label).to_owned()).collect();
    assert_eq!(sample.labels(), expected);
}

#[test]
fn names_are_followed_through_modules_imports_and_aliases() {
    let sample = Sample::new(&[
        (
            "src/main.rs",
            "mod a; mod b; use a::first as one; use b::*;
             fn stage() { one(); glob(); b::deep::last(); }
             fn unused() {}",
        ),
        (
            "src/a.rs",
            "use super::b::deep; pub fn first() { deep::last() } pub fn unused() {}",
        ),
        (
            "src/b/mod.rs",
            "pub mod deep; pub use deep::glob; pub fn unused() {}",
        ),
        (
            "src/b/deep.rs",
            "pub fn last() {} pub fn glob() {} pub fn unused() {}",
        ),
    ]);
    expect(
        &sample,
        &[
            "fn first in app::a",
            "fn glob in app::b::deep",
            "fn last in app::b::deep",
        ],
    );
}

#[test]
fn items_of_one_name_in_several_modules_are_told_apart() {
    expect(
        &Sample::main(
            "mod a { pub fn normalise() { helper() } fn helper() {} }
             mod b { pub fn normalise() { helper() } fn helper() {} }
             fn stage() { b::normalise() }",
        ),
        &["fn helper in app::b", "fn normalise in app::b"],
    );
}

#[test]
fn before_a_path_s_separator_stands_a_module_and_not_the_function_of_its_name() {
    expect(
        &Sample::main(
            "fn text() { other() } fn other() {} mod text { pub fn f() {} } fn stage() { text::f() }",
        ),
        &["fn f in app::text"],
    );
}

#[test]
fn methods_count_only_on_types_that_are_reached() {
    expect(
        &Sample::main(
            "struct A; impl A { fn new() -> Self { A } fn len(&self) {} fn other(&self) {} }
             struct B; impl B { fn new() -> Self { B } fn len(&self) {} }
             fn stage() { A::new().len() }",
        ),
        &[
            "fn A::len in app",
            "fn A::new in app",
            "impl A in app",
            "struct A in app",
        ],
    );
}

#[test]
fn what_others_call_without_naming_it_counts_whole() {
    let labels = Sample::main(
        "struct A; impl Drop for A { fn drop(&mut self) { gone() } } fn gone() {}
         struct B; impl Drop for B { fn drop(&mut self) { lost() } } fn lost() {}
         impl From<A> for String { fn from(a: A) -> String { text() } } fn text() {}
         fn stage() { let a = A; }",
    )
    .labels();
    for wanted in [
        "fn drop in impl Drop for A in app",
        "fn gone in app",
        "fn text in app",
    ] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
    assert!(!labels.contains("fn lost in app"));
}

#[test]
fn traits_of_ours_count_by_the_names_of_their_methods() {
    let labels = Sample::main(
        "trait Shape { fn area(&self) -> f64; fn double(&self) -> f64 { self.area() * two() } fn unused(&self) { never() } }
         fn two() -> f64 { 2.0 } fn never() {}
         struct Circle; impl Shape for Circle { fn area(&self) -> f64 { pi() } } fn pi() -> f64 { 3.0 }
         struct Square; impl Shape for Square { fn area(&self) -> f64 { side() } } fn side() -> f64 { 1.0 }
         impl<T: Clone> Shape for Vec<T> { fn area(&self) -> f64 { blanket() } } fn blanket() -> f64 { 0.0 }
         fn stage(shape: &Circle) { shape.double() }",
    )
    .labels();
    for wanted in [
        "fn Shape::double in app",
        "fn two in app",
        "fn pi in app",
        "fn blanket in app",
    ] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
    for unwanted in ["fn never in app", "fn side in app"] {
        assert!(!labels.contains(unwanted), "{unwanted}: {labels:?}");
    }
}

#[test]
fn macros_lead_to_what_they_name_wherever_it_stands() {
    let labels = Sample::main(
        "mod far { pub fn helper() {} pub fn other() {} }
         macro_rules! call { ($f:ident) => { far::$f(); inner!() } }
         macro_rules! inner { () => { $crate::near() } }
         fn near() {}
         macro_rules! make { ($name:ident) => { fn $name() { made() } } }
         fn made() {}
         make!(generated);
         make!(unused);
         fn stage() { call!(helper); generated() }",
    )
    .labels();
    for wanted in [
        "fn helper in app::far",
        "fn near in app",
        "fn made in app",
        "make! in app",
    ] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
    assert!(!labels.contains("fn other in app::far"));
}

#[test]
fn texts_that_are_code_count_as_code() {
    let labels = Sample::main(
        "const LIMIT: u8 = 1; fn default_rate() {} mod codec { pub fn serialize() { deep() } fn deep() {} }
         struct Settings { #[serde(default = \"default_rate\")] rate: f64, #[serde(with = \"codec\")] raw: u8 }
         fn stage(settings: &Settings) -> String { format!(\"{LIMIT:>3}\") }",
    )
    .labels();
    for wanted in [
        "const LIMIT in app",
        "fn default_rate in app",
        "fn deep in app::codec",
    ] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
}

#[test]
fn an_impl_within_a_body_counts_when_its_type_is_from_outside() {
    let labels = Sample::main(
        "struct A; fn elsewhere() { impl Drop for A { fn drop(&mut self) {} } struct Own; impl Drop for Own { fn drop(&mut self) {} } }
         fn stage() { A; }",
    )
    .labels();
    assert!(
        labels.contains("fn drop in impl Drop for A in app"),
        "{labels:?}"
    );
    assert!(
        !labels.contains("fn drop in impl Drop for Own in app"),
        "{labels:?}"
    );
}

#[test]
fn names_are_found_where_they_look_like_something_else() {
    expect(
        &Sample::main(
            "extern crate self as app; fn r#match() {} fn a() {} fn b() {} fn c() {}
             fn stage(x: u8) { r#match(); match x { 0 => ::app::a(), _ => {} } if x > ::app::b() { } ::app::c(); }",
        ),
        &[
            "extern crate app in app",
            "fn a in app",
            "fn b in app",
            "fn c in app",
            "fn match in app",
        ],
    );
}

#[test]
fn parameters_are_not_the_functions_of_their_names() {
    expect(
        &Sample::main(
            "fn clean() {} fn other() {} fn stage(clean: &u8) { clean; let x = S { other: 1 }; }",
        ),
        &[],
    );
    // Types have names of their own.
    expect(
        &Sample::main("type real = f64; fn stage(real: u8) { let x: real = 1.0; }"),
        &["type real in app"],
    );
}

#[test]
fn conditions_choose_where_they_are_known_and_are_asked_where_not() {
    let text = "#[cfg(feature = \"fast\")] fn speed() { quick() } #[cfg(not(feature = \"fast\"))] fn speed() { slow() }
         fn quick() {} fn slow() {}
         #[cfg(unix)] fn path() {} #[cfg(test)] fn path() {}
         fn stage() { speed(); path(); if cfg!(debug_assertions) {} }";
    let slow = Sample::main(text);
    let fast = Sample::main(text).feature("fast");
    assert!(slow.labels().contains("fn slow in app") && !slow.labels().contains("fn quick in app"));
    assert!(fast.labels().contains("fn quick in app") && !fast.labels().contains("fn slow in app"));
    let conditions = slow.reach().conditions;
    assert!(conditions.contains(&"unix".to_owned()), "{conditions:?}");
    assert!(
        conditions.contains(&"debug_assertions".to_owned()),
        "{conditions:?}"
    );
}

#[test]
fn dependencies_by_path_are_read_and_those_of_registries_are_locked() {
    let sample = Sample::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nshapes = { path = \"shapes\" }\nlinfa = \"0.8\"\nunused = \"1\"\n",
        ),
        (
            "Cargo.lock",
            "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"linfa\", \"shapes\", \"unused\"]\n
             [[package]]\nname = \"shapes\"\nversion = \"0.1.0\"\n
             [[package]]\nname = \"linfa\"\nversion = \"0.8.1\"\nchecksum = \"aa\"\ndependencies = [\"below\"]\n
             [[package]]\nname = \"below\"\nversion = \"0.2.0\"\nchecksum = \"bb\"\n
             [[package]]\nname = \"unused\"\nversion = \"1.0.0\"\nchecksum = \"cc\"\n",
        ),
        ("shapes/Cargo.toml", "[package]\nname = \"shapes\"\nedition = \"2021\"\n"),
        ("shapes/src/lib.rs", "pub struct Circle; impl Circle { pub fn area(&self) { pi() } } fn pi() {} pub fn unused() {}"),
        ("src/main.rs", "fn stage(circle: &shapes::Circle) { circle.area(); linfa::fit() }"),
    ]);
    expect(
        &sample,
        &[
            "fn Circle::area in shapes",
            "fn pi in shapes",
            "impl Circle in shapes",
            "struct Circle in shapes",
        ],
    );
    let items = sample.reach().items;
    let crates: Vec<&str> = items
        .lines()
        .filter(|line| line.starts_with("crate"))
        .collect();
    let names: Vec<&str> = crates
        .iter()
        .filter_map(|line| line.split('\t').nth(1))
        .collect();
    assert_eq!(names, ["below", "linfa"]);
    assert!(crates[1].ends_with("\tdefault"), "{crates:?}");
}

/// As an application sees the framework that it has from a registry: by version in its manifest and its lock file.
#[test]
fn a_framework_from_a_registry_counts_by_what_is_reached_of_it() {
    let of = |version: &str, filter: &str| {
        let sample = Sample::new(&[
            (
                "Cargo.toml",
                "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nmlops = \"0.1\"\n",
            ),
            (
                "Cargo.lock",
                &format!(
                    "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"mlops\"]\n
                     [[package]]\nname = \"mlops\"\nversion = \"{version}\"\nchecksum = \"{version}\"\n
                     [[package]]\nname = \"mlops-data\"\nversion = \"{version}\"\nchecksum = \"{version}\"\n"
                ),
            ),
            (
                &format!("registry/mlops-{version}/Cargo.toml"),
                "[package]\nname = \"mlops\"\nedition = \"2024\"\n[dependencies]\nmlops-data = \"0.1\"\n",
            ),
            (
                &format!("registry/mlops-{version}/src/lib.rs"),
                "pub mod prelude { pub use crate::Table; } pub use mlops_data::Table;",
            ),
            (
                &format!("registry/mlops-data-{version}/Cargo.toml"),
                "[package]\nname = \"mlops-data\"\nedition = \"2024\"\n",
            ),
            (
                &format!("registry/mlops-data-{version}/src/lib.rs"),
                &format!("pub struct Table; impl Table {{ pub fn filter(&self) {{ {filter} }} pub fn sort(&self) {{}} }}"),
            ),
            (
                "src/main.rs",
                "use mlops::prelude::*; fn stage(table: &Table) { table.filter() }",
            ),
        ]);
        let root = sample
            .folder
            .path()
            .join(format!("registry/mlops-{version}/src/lib.rs"));
        let notes = format!(
            "target/libmlops-0123456789abcdef.rmeta: {}\n",
            root.display()
        );
        sample.write("target/mlops-0123456789abcdef.d", &notes);
        sample
    };
    let digest = |sample: &Sample| sample.reach().digest;
    let first = of("0.1.0", "1");
    assert!(
        first.labels().contains("fn Table::filter in mlops_data"),
        "{:?}",
        first.labels()
    );
    assert_eq!(digest(&first), digest(&of("0.1.1", "1")));
    assert_ne!(digest(&first), digest(&of("0.1.1", "2")));
}

#[test]
fn the_outside_world_is_named_with_who_looks_at_it() {
    let sample = Sample::main(
        "use std::fs; use std::time::SystemTime as Clock; use std::fmt::*;
         fn load() { fs::read_to_string(\"x\") } fn now() { Clock::now() } fn pure() { String::new() } fn name() { std::env::var(\"x\") }
         fn stage() { load(); now(); pure(); name() }",
    );
    let foreign = sample.reach().foreign;
    assert!(
        foreign.contains("std::fs::read_to_string\tfn load\t"),
        "{foreign}"
    );
    assert!(foreign.contains("std::env::var\tfn name\t"), "{foreign}");
    assert!(
        foreign.contains("std::time::SystemTime::now\tfn now\t"),
        "{foreign}"
    );
}

#[test]
fn an_import_that_comes_to_mean_something_else_counts() {
    let of = |import: &str| {
        let text = format!(
            "mod a {{ pub fn f() {{}} }} mod b {{ pub fn f() {{}} }} mod m {{ use super::{import}::f; pub fn g() {{ f() }} }}
             fn stage() {{ m::g(); a::f(); b::f() }}"
        );
        Sample::main(&text).reach().digest
    };
    assert_ne!(of("a"), of("b"));
}

#[test]
fn a_module_s_file_is_chosen_by_its_condition() {
    let sample = Sample::new(&[
        (
            "src/main.rs",
            "#[cfg_attr(feature = \"loud\", path = \"loud.rs\")] #[cfg_attr(not(feature = \"loud\"), path = \"quiet.rs\")] mod bell;
             fn stage() { bell::ring() }",
        ),
        ("src/loud.rs", "pub fn ring() { big() } fn big() {}"),
        ("src/quiet.rs", "pub fn ring() { small() } fn small() {}"),
    ]);
    assert!(
        sample.labels().contains("fn small in app::bell")
            && !sample.labels().contains("fn big in app::bell")
    );
    let loud = sample.feature("loud");
    assert!(loud.labels().contains("fn big in app::bell"));
}

#[test]
fn a_place_counts_for_whoever_asks_for_places() {
    let of = |text: &str| Sample::main(text).reach().digest;
    let caller = "use std::panic::Location; fn here() { Location::caller() } fn stage() {";
    assert_ne!(
        of(&format!("{caller} here() }}")),
        of(&format!("{caller}\n here() }}"))
    );
    assert_ne!(of("fn stage() { line!() }"), of("fn stage() {\n line!() }"));
    assert_eq!(
        of("fn stage() { f() } fn f() {}"),
        of("fn stage() {\n f() } fn f() {}")
    );
}

#[test]
fn variables_are_found_by_their_whole_names() {
    let variables = Sample::main("fn stage() { env!(concat!(\"A\", \"B\")); option_env!(\"C\") }")
        .reach()
        .variables;
    assert_eq!(variables, ["AB", "C"]);
}

#[test]
fn what_a_project_offers_under_a_symbol_is_not_the_outside_world() {
    let own = Sample::main(
        "#[unsafe(export_name = \"deep\")] extern \"C\" fn anything() -> i64 { 1 }
         unsafe extern \"C\" { #[link_name = \"deep\"] pub safe fn depth() -> i64; } fn stage() { depth() }",
    );
    assert!(
        own.labels().contains("fn anything in app"),
        "{:?}",
        own.labels()
    );
    assert!(
        !own.reach().foreign.contains("extern::"),
        "{}",
        own.reach().foreign
    );
    let other =
        Sample::main("unsafe extern \"C\" { safe fn depth() -> i64; } fn stage() { depth() }");
    assert!(other.reach().foreign.contains("extern::depth"));
    let unused = Sample::main(
        "macro_rules! m { () => { fn f() -> i64 {} } } unsafe extern \"C\" { safe fn depth() -> i64; } fn stage() { m!() }",
    );
    assert!(
        !unused.reach().foreign.contains("extern::"),
        "{}",
        unused.reach().foreign
    );
}

#[test]
fn what_registers_itself_counts_for_whoever_uses_the_register() {
    let labels = Sample::main(
        "static STEPS: [fn(); 0] = []; mod far { #[distributed_slice(STEPS)] static FIRST: fn() = first; fn first() {} }
         struct Plugin; mod other { inventory::submit! { Plugin { run: second } } fn second() {} } fn stage(plugin: &Plugin) { STEPS; }",
    )
    .labels();
    for wanted in [
        "static FIRST in app::far",
        "fn first in app::far",
        "fn second in app::other",
    ] {
        assert!(labels.contains(wanted), "{wanted}: {labels:?}");
    }
}

#[test]
fn what_cannot_be_told_says_so() {
    let missing = Sample::main("mod nowhere; fn stage() {}").reach();
    assert!(
        missing
            .coarse
            .unwrap()
            .contains("no file for `mod nowhere`")
    );
    let unknown = Sample::main("fn stage() { include_bytes!(path()) }").reach();
    assert!(unknown.coarse.unwrap().contains("cannot be told"));
}

#[test]
fn an_index_is_kept_by_content_and_gives_the_same_answer() {
    let sample = Sample::main("fn a() {} fn stage() { a() }");
    let read = |out: &Path| {
        let root = sample.folder.path().join("src/main.rs");
        let compilation = Compilation {
            root: Some(root.clone()),
            out_folder: Some(out.to_owned()),
            ..Compilation::default()
        };
        let session = Session::of(sample.folder.path(), &root, compilation).unwrap();
        session
            .world
            .nodes
            .iter()
            .map(super::world::Node::label)
            .collect::<Vec<_>>()
    };
    let out = tempfile::tempdir().unwrap();
    let first = read(out.path());
    let index = out.path().join(".mlops-index");
    assert!(index.is_dir());
    assert_eq!(read(out.path()), first);
    sample.write("src/main.rs", "fn a() {} fn b() {} fn stage() { a() }");
    assert_eq!(read(out.path()).len(), first.len() + 1);
}

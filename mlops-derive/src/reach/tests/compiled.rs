//! Features of packages below, as Cargo notes them beside what it compiled.

use super::{Reach, Sample};

const MAIN: &str = "fn stage() { shapes::area() } fn other() {}";
const SHAPES: &str = "pub fn area() { units::feet(); #[cfg(feature = \"fine\")] { 1 } }";
const UNITS: &str = "pub fn feet() { debug_assert!(true); }";

/// The features and the profile of a compilation, and the digest that Cargo calls it by.
struct Noted<'a> {
    digest: &'a str,
    features: &'a str,
    profile: u32,
}

/// A package that uses `shapes`, which uses `units`; each is compiled, but may have no note yet.
fn compiled(shapes: &str, units: &str, notes: &[(&str, Noted<'_>)]) -> Sample {
    let mut sample = Sample::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nshapes = { path = \"shapes\" }\n",
        ),
        ("src/main.rs", MAIN),
        (
            "shapes/Cargo.toml",
            "[package]\nname = \"shapes\"\n[features]\nfine = []\n[dependencies]\nunits = { path = \"../units\" }\n",
        ),
        ("shapes/src/lib.rs", SHAPES),
        ("units/Cargo.toml", "[package]\nname = \"units\"\n"),
        ("units/src/lib.rs", UNITS),
        // The compiler names in a crate those below it.
        (
            &format!("target/deps/libshapes-{shapes}.rmeta"),
            &format!("\u{0}units\u{1}-{units}\u{2}"),
        ),
        (&format!("target/deps/libunits-{units}.rmeta"), ""),
        // One that an earlier build left.
        ("target/deps/libunits-00000000000000ff.rmeta", ""),
    ]);
    for (package, noted) in notes {
        let note = format!(
            r#"{{"rustc":1,"features":"[\"{}\"]","declared_features":"[]","profile":{},"path":2}}"#,
            noted.features, noted.profile
        );
        let path = format!(
            "target/.fingerprint/{package}-{}/lib-{package}.json",
            noted.digest
        );
        sample.write(&path, &note);
    }
    let file = format!("target/deps/libshapes-{shapes}.rmeta");
    let file = sample.folder.path().join(file);
    sample.externs.push(("shapes".to_owned(), file));
    sample
}

fn noted<'a>(digest: &'a str, features: &'a str) -> Noted<'a> {
    Noted {
        digest,
        features,
        profile: 7,
    }
}

const FIRST: &str = "1111111111111111";
const SECOND: &str = "2222222222222222";
const THIRD: &str = "3333333333333333";
const FOURTH: &str = "4444444444444444";

fn digest(sample: &Sample) -> String {
    let Reach { digest, coarse, .. } = sample.reach();
    assert_eq!(coarse, None);
    digest
}

#[test]
fn a_package_below_counts_by_the_features_that_it_was_compiled_with() {
    let of = |shapes: &str, units: &str, features: &str| {
        let notes = [
            ("shapes", noted(shapes, features)),
            ("units", noted(units, "")),
        ];
        digest(&compiled(shapes, units, &notes))
    };
    let plain = of(FIRST, SECOND, "");
    // Something else below it is another version, so that all is compiled anew: nothing that counts has changed.
    assert_eq!(plain, of(THIRD, FOURTH, ""));
    assert_ne!(plain, of(THIRD, FOURTH, "fine"));
}

#[test]
fn a_package_below_counts_by_its_profile_where_it_asserts_for_debugging() {
    let of = |shapes: u32, units: u32| {
        let mut notes = [("shapes", noted(FIRST, "")), ("units", noted(SECOND, ""))];
        notes[0].1.profile = shapes;
        notes[1].1.profile = units;
        digest(&compiled(FIRST, SECOND, &notes))
    };
    assert_eq!(of(7, 7), of(8, 7));
    assert_ne!(of(7, 7), of(7, 8));
}

#[test]
fn without_a_note_the_name_of_the_compiled_file_counts() {
    let of = |shapes: &str| {
        let notes = [("units", noted(SECOND, ""))];
        digest(&compiled(shapes, SECOND, &notes))
    };
    assert_eq!(of(FIRST), of(FIRST));
    assert_ne!(of(FIRST), of(THIRD));
}

#[test]
fn a_crate_of_a_registry_counts_by_the_features_that_it_was_compiled_with() {
    let of = |digest: &str, features: &str| {
        let mut sample = Sample::main("fn stage() { words::plural() }");
        sample.write(
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\nwords = \"1\"\n",
        );
        sample.write(
            "Cargo.lock",
            "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.0.0\"\ndependencies = [\"words\"]\n[[package]]\nname = \"letters\"\nversion = \"1.0.0\"\nsource = \"registry+https://example.org\"\nchecksum = \"bb\"\n[[package]]\nname = \"words\"\nversion = \"1.0.0\"\nsource = \"registry+https://example.org\"\nchecksum = \"aa\"\ndependencies = [\"letters\"]\n",
        );
        let file = format!("target/deps/libwords-{digest}.rmeta");
        sample.write(
            &file,
            &format!("letters-{SECOND} build/letters-00000000000000aa/out"),
        );
        sample.write(&format!("target/deps/libletters-{SECOND}.rmeta"), "");
        let note = |package: &str, digest: &str, features: &str| {
            let path = format!("target/.fingerprint/{package}-{digest}/lib-{package}.json");
            let note = format!(r#"{{"features":"[\"{features}\"]","profile":1}}"#);
            sample.write(&path, &note);
        };
        note("words", digest, "default");
        // Where a build script writes has a digest, too.
        sample.write(
            "target/.fingerprint/letters-00000000000000aa/run-build-script-build-script-build.json",
            "{}",
        );
        note("letters", SECOND, features);
        let file = sample.folder.path().join(file);
        sample.externs.push(("words".to_owned(), file));
        let reach = sample.reach();
        assert!(
            reach.items.contains("crate\twords\t1.0.0\tdefault"),
            "{}",
            reach.items
        );
        reach.digest
    };
    // Whoever asks for it: a package that is built together with this one, or the command.
    assert_eq!(of(FIRST, "small"), of(THIRD, "small"));
    assert_ne!(of(FIRST, "small"), of(FIRST, "large"));
}

#[test]
fn what_flags_for_the_compiler_set_counts_in_packages_below() {
    let notes = [("shapes", noted(FIRST, "")), ("units", noted(SECOND, ""))];
    let sample = compiled(FIRST, SECOND, &notes);
    sample.write(
        "shapes/src/lib.rs",
        "pub fn area() { #[cfg(all(bed, feature = \"fine\"))] { 1 } }",
    );
    // The compiler gives it the same value in this crate.
    assert_eq!(sample.reach().conditions, ["bed"]);
}

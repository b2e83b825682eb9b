//! What a build script of a package below wrote counts as far as it is reached, where Cargo's output tells where it is.

use super::Sample;

const LIBRARY: &str = "include!(concat!(env!(\"OUT_DIR\"), \"/heights.rs\"));
    pub fn highest() -> i64 { HEIGHTS.len() }
    pub fn maker() -> &'static str { env!(\"MADE_BY\") }
    pub fn slope() -> i64 { if cfg!(steep) { 2 } else { 1 } }
    pub fn text() -> &'static str { include_str!(concat!(env!(\"OUT_DIR\"), \"/words.txt\")) }
    pub fn linked() { unsafe { inside() } } unsafe extern \"C\" { fn inside(); }
    pub fn helper() -> i64 { 1 }";

/// What a build script left: what it said, and the files that it wrote.
struct Left<'a> {
    said: &'a str,
    heights: &'a str,
    words: &'a str,
}

const LEFT: Left<'_> = Left {
    said: "cargo::rerun-if-changed=a\ncargo:rustc-env=MADE_BY=hand\ncargo::rustc-cfg=steep\n",
    heights: "pub const HEIGHTS: [i64; 1] = [helper()]; pub const UNUSED: i64 = 3;",
    words: "oak",
};

fn sample(code: &str, left: &Left<'_>, library: &str) -> Sample {
    let digest = "1111111111111111";
    let out = "target/build/tables-2222222222222222";
    let mut sample = Sample::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"app\"\nedition = \"2024\"\n[dependencies]\ntables = { path = \"tables\" }\n",
        ),
        ("src/main.rs", &format!("fn stage() {{ {code} }}")),
        (
            "tables/Cargo.toml",
            "[package]\nname = \"tables\"\nbuild = \"build.rs\"\n",
        ),
        ("tables/src/lib.rs", library),
        (&format!("target/deps/libtables-{digest}.rmeta"), ""),
        (
            &format!("target/.fingerprint/tables-{digest}/lib-tables.json"),
            r#"{"features":"[]","profile":1}"#,
        ),
        (&format!("{out}/output"), left.said),
        (&format!("{out}/out/heights.rs"), left.heights),
        (&format!("{out}/out/words.txt"), left.words),
        // The script itself, and what an earlier one left.
        ("target/build/tables-3333333333333333/build-script", ""),
    ]);
    let folder = sample.folder.path().to_owned();
    let list = format!(
        "{0}/target/deps/libtables-{digest}.rmeta: tables/src/lib.rs {0}/{out}/out/heights.rs\n",
        folder.display()
    );
    sample.write(&format!("target/deps/tables-{digest}.d"), &list);
    let file = folder.join(format!("target/deps/libtables-{digest}.rmeta"));
    sample.externs.push(("tables".to_owned(), file));
    sample
}

#[test]
fn code_that_a_build_script_wrote_is_followed_like_any() {
    let labels = sample("tables::highest()", &LEFT, LIBRARY).labels();
    let expected = [
        "const HEIGHTS in tables",
        "fn helper in tables",
        "fn highest in tables",
    ];
    assert_eq!(labels, expected.map(str::to_owned).into());
}

#[test]
fn of_what_a_build_script_left_counts_what_is_used() {
    let digest = |code: &str, left: &Left<'_>| {
        let reach = sample(code, left, LIBRARY).reach();
        assert_eq!(reach.coarse, None);
        reach.digest
    };
    let unused = "pub const HEIGHTS: [i64; 1] = [helper()]; pub const UNUSED: i64 = 4;";
    let used = "pub const HEIGHTS: [i64; 2] = [1, 2]; pub const UNUSED: i64 = 3;";
    let by_machine = LEFT.said.replace("hand", "machine");
    let flat = LEFT.said.replace("steep", "flat");
    let reread = LEFT.said.replace("changed=a", "changed=b");
    let said = |said| Left { said, ..LEFT };
    let lefts = [
        Left {
            heights: unused,
            ..LEFT
        },
        Left {
            heights: used,
            ..LEFT
        },
        Left {
            words: "ash",
            ..LEFT
        },
        said(&by_machine),
        said(&flat),
        said(&reread),
    ];
    for (code, expected) in [
        (
            "tables::highest()",
            [false, true, false, false, false, false],
        ),
        ("tables::text()", [false, false, true, false, false, false]),
        ("tables::maker()", [false, false, false, true, false, false]),
        ("tables::slope()", [false, false, false, false, true, false]),
        ("tables::helper()", [false; 6]),
        // What is linked may be anything that was written.
        ("tables::linked()", [true, true, true, false, false, false]),
    ] {
        let before = digest(code, &LEFT);
        let changes = lefts.each_ref().map(|left| digest(code, left) != before);
        assert_eq!(changes, expected, "{code}");
    }
}

#[test]
fn where_it_cannot_be_told_what_a_build_script_left_the_compiled_files_count() {
    let of = |compiled: &str| {
        let sample = sample("tables::maker()", &LEFT, LIBRARY);
        sample.write("target/build/tables-4444444444444444/output", "");
        sample.write("target/deps/tables-1111111111111111.d", "nothing of it");
        sample.write("target/deps/libtables-1111111111111111.rmeta", compiled);
        sample.reach()
    };
    let reach = of("one");
    assert!(
        reach
            .items
            .contains("what a build script of a path dependency wrote")
    );
    assert_ne!(reach.digest, of("other").digest);
}

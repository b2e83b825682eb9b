//! Claims about globs.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests make the files that the sources read"
)]

use std::path::Path;

use jiff::SignedDuration;
use mlops_core::{Digest, Encoder, Source, SourceError, Trust, collect_sources};

use crate::source::tests::write;
use crate::{DataError, File, Glob};

fn glob(folder: &Path, pattern: &str) -> Glob {
    Glob::new(format!("{}/{pattern}", folder.display()))
}

fn names(folder: &Path, pattern: &str) -> Vec<String> {
    let files = glob(folder, pattern).may_be_empty().files().unwrap();
    let relative = |file: File| file.path().strip_prefix(folder).unwrap().to_owned();
    files
        .map(|file| relative(file).display().to_string())
        .collect()
}

fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in ["2025/01", "2025/02", "2026/01", ".hidden", "twice/twice"] {
        std::fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    for file in [
        "2025/01/b.csv",
        "2025/01/a.csv",
        "2025/02/a.csv",
        "2025/02/.c.csv",
        "2025/02/notes.txt",
        "2026/01/a.csv",
        ".hidden/a.csv",
        "twice/twice/d.tsv",
        "top.csv",
        "[odd].csv",
    ] {
        write(&root.path().join(file), file.as_bytes());
    }
    root
}

#[test]
fn a_pattern_names_its_files_in_one_order() {
    let root = tree();
    let root = root.path();
    for (pattern, expected) in [
        ("*.csv", vec!["[odd].csv", "top.csv"]),
        ("top.csv", vec!["top.csv"]),
        ("[[]odd].csv", vec!["[odd].csv"]),
        ("2025/*/a.csv", vec!["2025/01/a.csv", "2025/02/a.csv"]),
        ("2025/0[!1]/*", vec!["2025/02/a.csv", "2025/02/notes.txt"]),
        ("2025/02/.*", vec!["2025/02/.c.csv"]),
        (
            "202?/01/?.csv",
            vec!["2025/01/a.csv", "2025/01/b.csv", "2026/01/a.csv"],
        ),
        (
            "**/a.csv",
            vec!["2025/01/a.csv", "2025/02/a.csv", "2026/01/a.csv"],
        ),
        (
            "2025/**/**/*.csv",
            vec!["2025/01/a.csv", "2025/01/b.csv", "2025/02/a.csv"],
        ),
        (
            "**/0*/**/*.csv",
            vec![
                "2025/01/a.csv",
                "2025/01/b.csv",
                "2025/02/a.csv",
                "2026/01/a.csv",
            ],
        ),
        // Two ways lead there.
        ("**/twice/**/*.tsv", vec!["twice/twice/d.tsv"]),
        ("2026/**", vec!["2026/01/a.csv"]),
        (".hidden/**", vec![".hidden/a.csv"]),
        ("2025//./01/../02/*.txt", vec!["2025/01/../02/notes.txt"]),
        ("202*", vec![]),
        ("none/*", vec![]),
        ("top.csv/*", vec![]),
        ("none/**/*", vec![]),
    ] {
        assert_eq!(names(root, pattern), expected, "{pattern}");
    }
}

#[test]
fn the_content_is_names_below_the_folder_and_what_the_files_hold() {
    let root = tree();
    let (one, two) = (root.path().join("2025/01"), root.path().join("elsewhere"));
    std::fs::create_dir_all(&two).unwrap();
    for name in ["b.csv", "a.csv"] {
        std::fs::copy(one.join(name), two.join(name)).unwrap();
    }
    let (one, two) = (glob(&one, "*.csv"), glob(&two, "*.csv"));
    let digest = one.digest().unwrap();
    assert_eq!(digest, two.digest().unwrap());
    let mut encoder = Encoder::new();
    encoder.map(2);
    for name in ["a.csv", "b.csv"] {
        let content = format!("2025/01/{name}");
        encoder
            .bytes(name.as_bytes())
            .digest(&Digest::of(content.as_bytes()));
    }
    assert_eq!(digest, encoder.digest_of_all());

    // Whatever happens to one of its files is seen, whatever happens to others is not.
    let at = |name: &str| root.path().join("elsewhere").join(name);
    let mut before = (digest, two.state().unwrap());
    let steps: [(&str, &dyn Fn()); 4] = [
        ("added", &|| write(&at("c.csv"), b"3")),
        ("renamed", &|| {
            std::fs::rename(at("c.csv"), at("d.csv")).unwrap()
        }),
        ("changed", &|| write(&at("d.csv"), b"four")),
        ("removed", &|| std::fs::remove_file(at("d.csv")).unwrap()),
    ];
    for (what, step) in steps {
        step();
        let after = (two.digest().unwrap(), two.state().unwrap());
        assert_ne!(after.0, before.0, "{what}");
        assert_ne!(after.1.fingerprint, before.1.fingerprint, "{what}");
        before = after;
    }
    assert_eq!(before.0, digest);
    write(&at("e.txt"), b"5");
    assert_eq!((two.digest().unwrap(), two.state().unwrap()), before);
    assert!(before.1.modified.is_some() && matches!(before.1.trust, Trust::Since(_)));
}

#[test]
fn a_pattern_that_no_file_has_is_an_error_unless_it_is_allowed() {
    let root = tree();
    let none = glob(root.path(), "*.parquet");
    assert!(matches!(
        none.digest(),
        Err(SourceError::NothingMatches { .. })
    ));
    let error = none.files().map(drop).unwrap_err().to_string();
    assert!(error.ends_with("/*.parquet` matches no file"), "{error}");
    let allowed = none.may_be_empty();
    assert_eq!(allowed.files().unwrap().count(), 0);
    let empty = allowed.digest().unwrap();
    assert_eq!(allowed.state().unwrap().size, 0);
    write(&root.path().join("a.parquet"), b"");
    assert_ne!(allowed.digest().unwrap(), empty, "an empty file is a file");
    let unset = Glob::default();
    assert!(matches!(
        unset.files().map(drop),
        Err(DataError::NoPath { kind: "glob" })
    ));
    assert!(unset.state().is_err());
}

#[cfg(unix)]
#[test]
fn what_cannot_be_looked_at_is_said_and_not_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let root = tree();
    let root = root.path();
    let said = |pattern: &str| glob(root, pattern).digest().unwrap_err().to_string();
    std::os::unix::fs::symlink("nowhere", root.join("broken.csv")).unwrap();
    assert!(said("*.csv").ends_with("broken.csv` does not exist"));
    assert_eq!(
        names(root, "t*.csv"),
        ["top.csv"],
        "a name that is not asked for does not count"
    );
    std::os::unix::fs::symlink("../..", root.join("2025/01/up")).unwrap();
    assert!(said("2025/**/*.txt").contains("leads back into a folder above it"));
    std::fs::remove_file(root.join("broken.csv")).unwrap();
    std::os::unix::fs::symlink("top.csv", root.join("link.csv")).unwrap();
    write(&root.join(std::ffi::OsStr::from_bytes(b"\xff.csv")), b"1");
    assert_eq!(glob(root, "*.csv").files().unwrap().count(), 4);
}

#[test]
fn a_glob_is_a_text_until_there_is_more_to_say() {
    let plain = Glob::new("data/*.csv");
    assert_eq!(serde_json::to_string(&plain).unwrap(), "\"data/*.csv\"");
    let digest = Digest::of(b"x");
    let full = plain
        .clone()
        .pinned(digest)
        .stale_after(SignedDuration::from_hours(36))
        .may_be_empty();
    let json = serde_json::to_string(&full).unwrap();
    assert_eq!(
        json,
        format!(
            "{{\"pattern\":\"data/*.csv\",\"digest\":\"{digest}\",\"stale_after\":\"36h\",\"may_be_empty\":true}}"
        )
    );
    let (_, sources) = collect_sources(|| rmp_serde::to_vec_named(&[&plain, &full]).unwrap());
    assert_eq!(sources.len(), 2);
    assert_eq!(
        (sources[1].pinned(), sources[1].kind()),
        (Some(digest), "glob")
    );
    assert!(Path::new(&sources[0].location()).is_absolute());
    for glob in [plain, full] {
        let json = serde_json::to_string(&glob).unwrap();
        assert_eq!(serde_json::from_str::<Glob>(&json).unwrap(), glob);
        let bytes = rmp_serde::to_vec_named(&glob).unwrap();
        assert_eq!(rmp_serde::from_slice::<Glob>(&bytes).unwrap(), glob);
    }
    let error = |json: &str| serde_json::from_str::<Glob>(json).unwrap_err().to_string();
    for (json, start) in [
        (
            r#""a/[b.csv""#,
            "`a/[b.csv` is no pattern: in `[b.csv`, invalid range pattern",
        ),
        (r#""a/b**""#, "`a/b**` is no pattern: in `b**`"),
        (r#""/""#, "`/` names no file"),
        (
            r#"{"path":"a"}"#,
            "a glob has no `path`, only `pattern`, `digest`, `stale_after` and `may_be_empty`",
        ),
        (r#"{"may_be_empty":true}"#, "missing field `pattern`"),
        (
            r#"{"pattern":"a","may_be_empty":"yes"}"#,
            "`may_be_empty` must be true or false",
        ),
        (
            r#"{"pattern":"a","may_be_empty":7}"#,
            "invalid type: integer `7`, expected a text, or true or false",
        ),
    ] {
        assert!(error(json).starts_with(start), "{}", error(json));
    }
}

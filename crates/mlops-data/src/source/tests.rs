//! Claims about files and folders.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests make the files that the sources read"
)]

use std::path::Path;

use jiff::SignedDuration;
use mlops_core::{Artifact, Digest, Encoder, MemoryOutput, Source, SourceError, collect_sources};

use crate::{DataError, File, Folder};

pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_file_is_a_text_until_there_is_more_to_say() {
    let plain = File::new("data/a.CSV");
    assert_eq!(serde_json::to_string(&plain).unwrap(), "\"data/a.CSV\"");
    assert_eq!(plain.extension(), "csv");
    assert_eq!(plain.form(), "csv");
    let digest = Digest::of(b"x");
    let full = plain
        .clone()
        .pinned(digest)
        .stale_after(SignedDuration::from_hours(36));
    let json = serde_json::to_string(&full).unwrap();
    assert_eq!(
        json,
        format!("{{\"path\":\"data/a.CSV\",\"digest\":\"{digest}\",\"stale_after\":\"36h\"}}")
    );
    for file in [plain, full] {
        let json = serde_json::to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<File>(&json).unwrap(), file);
        let mut output = MemoryOutput::default();
        file.write(&mut output).unwrap();
        let back = <File as Artifact>::read(&output.into_input()).unwrap();
        assert_eq!(back, file);
    }
    let week: Folder = serde_json::from_str(r#"{"path":"d","stale_after":"7d"}"#).unwrap();
    assert_eq!(
        Source::stale_after(&week),
        Some(SignedDuration::from_hours(168))
    );
    let back: Folder = serde_json::from_str(&serde_json::to_string(&week).unwrap()).unwrap();
    assert_eq!(back, week);
}

#[test]
fn a_mistake_in_a_file_is_explained() {
    let error = |json: &str| serde_json::from_str::<File>(json).unwrap_err().to_string();
    let starts = [
        (
            r#"{"path":"a","digset":"x"}"#,
            "a file has no `digset`, only `path`, `digest` and `stale_after`; did you mean `digest`?",
        ),
        (r#"{"digest":null}"#, "missing field `path`"),
        (
            r#"{"path":"a","stale_after":"soon"}"#,
            "`soon` is no duration: write `36h`, `7d` or `1h 30m`",
        ),
        (
            r#"{"path":"a","stale_after":"1 month"}"#,
            "`1 month` is no duration",
        ),
        (
            r#"{"path":"a","stale_after":"-1h"}"#,
            "`-1h` is no duration",
        ),
        (r#"{"path":"a","digest":"x"}"#, "`x` is no digest"),
        (r#"{"path":"a","path":"b"}"#, "`path` is given twice"),
        (
            "7",
            "invalid type: integer `7`, expected the path of a file, or a map with `path`",
        ),
    ];
    for (json, start) in starts {
        assert!(error(json).starts_with(start), "{}", error(json));
    }
}

#[test]
fn a_file_that_is_written_down_announces_itself() {
    #[derive(serde::Serialize)]
    struct Config {
        nested: Vec<Option<File>>,
        folder: Folder,
    }
    let config = Config {
        nested: vec![None, Some("a.csv".into())],
        folder: "b".into(),
    };
    let (_, sources) = collect_sources(|| rmp_serde::to_vec_named(&config).unwrap());
    let kinds: Vec<_> = sources.iter().map(|source| source.kind()).collect();
    assert_eq!(kinds, ["file", "folder"]);
    assert!(Path::new(&sources[0].location()).is_absolute());
}

#[test]
fn a_file_without_a_path_is_an_error_when_it_is_used() {
    let file = File::default();
    assert_eq!(
        file.read().unwrap_err().to_string(),
        "no path was given for the file"
    );
    assert!(matches!(
        file.open(),
        Err(DataError::NoPath { kind: "file" })
    ));
    assert!(
        file.read_text()
            .unwrap_err()
            .help()
            .unwrap()
            .contains("--set")
    );
    assert!(
        file.digest()
            .unwrap_err()
            .to_string()
            .contains("no path was given")
    );
    assert!(file.state().is_err());
    let folder = Folder::default();
    assert!(folder.files().is_err() && folder.file("a").is_err() && folder.digest().is_err());
    assert!(matches!(
        File::new("/no/such/file").digest(),
        Err(SourceError::Missing { .. })
    ));
    assert!(matches!(
        File::new("/").read(),
        Err(DataError::Source(SourceError::Unreadable { .. }))
    ));
}

#[test]
fn a_file_is_its_content_and_its_state_changes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    write(&path, b"one");
    let file = File::new(&path);
    assert_eq!(file.digest().unwrap(), Digest::of(b"one"));
    assert_eq!(file.read_text().unwrap(), "one");
    let state = file.state().unwrap();
    assert_eq!(state, file.state().unwrap());
    assert_eq!(state.size, 3);
    assert!(state.modified.is_some());
    std::thread::sleep(std::time::Duration::from_millis(20));
    write(&path, b"two");
    assert_ne!(file.state().unwrap().fingerprint, state.fingerprint);

    let pinned = file.clone().pinned(Digest::of(b"one"));
    for error in [pinned.read().map(drop), pinned.open().map(drop)] {
        assert!(matches!(
            error,
            Err(DataError::Source(SourceError::NotPinned { .. }))
        ));
    }
    let mut text = String::new();
    let right = file.clone().pinned(Digest::of(b"two"));
    std::io::Read::read_to_string(&mut right.open().unwrap(), &mut text).unwrap();
    assert_eq!(text, "two");

    write(&path, b"a\xffb");
    let error = file.read_text().unwrap_err();
    assert_eq!(error.code(), "data::not_text");
    assert!(
        error
            .to_string()
            .ends_with("byte 1 is no part of a character")
    );
    write(&path, &vec![7; 1 << 20]);
    assert_eq!(file.digest().unwrap(), Digest::of(&vec![7; 1 << 20]));
}

#[test]
fn a_folder_is_its_files_by_relative_path_and_content() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    std::fs::create_dir_all(at("one/b")).unwrap();
    std::fs::create_dir_all(at("two/b")).unwrap();
    for side in ["one", "two"] {
        write(&at(side).join("b/x.csv"), b"1");
        write(&at(side).join("b.csv"), b"2");
        write(&at(side).join(".hidden"), b"3");
    }
    let (one, two) = (Folder::new(at("one")), Folder::new(at("two")));
    let names: Vec<String> = one
        .files()
        .unwrap()
        .map(|file| {
            file.path()
                .strip_prefix(at("one"))
                .unwrap()
                .display()
                .to_string()
        })
        .collect();
    assert_eq!(names, [".hidden", "b.csv", "b/x.csv"]);
    assert_eq!(one.digest().unwrap(), two.digest().unwrap());
    let mut encoder = Encoder::new();
    encoder.map(3);
    for (name, content) in [(".hidden", b"3"), ("b.csv", b"2"), ("b/x.csv", b"1")] {
        encoder.bytes(name.as_bytes()).digest(&Digest::of(content));
    }
    assert_eq!(one.digest().unwrap(), encoder.digest_of_all());

    std::fs::create_dir(at("two/empty")).unwrap();
    assert_eq!(one.digest().unwrap(), two.digest().unwrap());
    let state = two.state().unwrap();
    assert_eq!(state.size, 3);
    std::fs::rename(at("two/b.csv"), at("two/c.csv")).unwrap();
    assert_ne!(one.digest().unwrap(), two.digest().unwrap());
    assert_ne!(two.state().unwrap().fingerprint, state.fingerprint);

    assert_eq!(one.file("b/x.csv").unwrap().read_text().unwrap(), "1");
    for outside in ["../two/b.csv", "/etc/passwd", "b/../../x", ""] {
        assert_eq!(
            one.file(outside).unwrap_err().code(),
            "data::outside_folder"
        );
    }
    assert!(matches!(
        Folder::new(at("none")).digest(),
        Err(SourceError::Missing { .. })
    ));
}

#[cfg(unix)]
#[test]
fn links_are_followed_unless_they_lead_back_or_nowhere() {
    use std::os::unix::ffi::OsStrExt;
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("folder");
    std::fs::create_dir_all(root.path().join("other")).unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    write(&root.path().join("other/x"), b"1");
    std::os::unix::fs::symlink("../other", folder.join("link")).unwrap();
    write(&folder.join(std::ffi::OsStr::from_bytes(b"\xff")), b"2");
    let source = Folder::new(&folder);
    let before = source.digest().unwrap();
    write(&root.path().join("other/x"), b"2");
    assert_ne!(source.digest().unwrap(), before);
    assert_eq!(source.files().unwrap().count(), 2);

    std::os::unix::fs::symlink("../folder", folder.join("loop")).unwrap();
    assert!(
        source
            .digest()
            .unwrap_err()
            .to_string()
            .contains("leads back")
    );
    std::fs::remove_file(folder.join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("broken")).unwrap();
    assert!(matches!(source.state(), Err(SourceError::Missing { .. })));

    let odd = File::new(folder.join(std::ffi::OsStr::from_bytes(b"\xff")));
    assert!(
        serde_json::to_string(&odd)
            .unwrap_err()
            .to_string()
            .contains("not UTF-8")
    );
}

//! A store that may only be read: looking works, running says why it does not, and nothing changes.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use super::files;
use super::program::{CALLS, Ended, Place};

/// Nobody in particular.
const NOBODY: u32 = 65_534;

/// What is asked of a store that may only be read.
const LOOKS: [&[&str]; 7] = [
    &["runs", "--json"],
    &["show", "latest", "--json"],
    &["plan", "--json"],
    &["artifact", "get", "latest/report", "--json"],
    &["lineage", "latest/report", "--json"],
    &["store", "stats", "--json"],
    &["audit", "log", "--json"],
];

fn contents(store: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(store)
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect()
}

fn each(folder: &Path, change: &dyn Fn(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each(&path, change);
        }
        change(&path);
    }
    change(folder);
}

/// Takes away everybody's right to write, or gives it back.
fn set_writable(store: &Path, writable: bool) {
    each(store, &|path| {
        let mode = match (path.is_dir(), writable) {
            (true, true) => 0o755,
            (true, false) => 0o555,
            (false, true) => 0o644,
            (false, false) => 0o444,
        };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    });
}

/// The program as somebody whom permissions bind: root is bound by none.
struct Reader {
    program: PathBuf,
    is_root: bool,
}

impl Reader {
    fn new(place: &Place) -> Self {
        let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        // Where the program was built, others may not look.
        let program = place.folder().join("program");
        std::fs::copy(env!("CARGO_BIN_EXE_torture"), &program).unwrap();
        std::fs::set_permissions(place.folder(), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { program, is_root }
    }

    /// Makes the store the reader's own.
    fn own(&self, store: &Path) {
        if self.is_root {
            each(store, &|path| {
                chown(path, Some(NOBODY), Some(NOBODY)).unwrap()
            });
        }
    }

    fn call(&self, place: &Place, arguments: &[&str]) -> Ended {
        let mut command = std::process::Command::new(&self.program);
        place.settle(&mut command);
        command.env_remove("TORTURE_LOG").args(arguments);
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        Ended::of(command.output().unwrap())
    }
}

#[test]
fn in_a_store_that_may_only_be_read_looking_works_running_says_why_not_and_nothing_changes() {
    let place = Place::new();
    assert_eq!(place.run(0).code, Some(0));
    let reader = Reader::new(&place);
    reader.own(&place.store());
    let expected: Vec<Ended> = LOOKS.iter().map(|look| reader.call(&place, look)).collect();
    set_writable(&place.store(), false);
    let before = contents(&place.store());
    for (look, expected) in LOOKS.iter().zip(&expected) {
        let seen = reader.call(&place, look);
        assert_eq!(seen.code, Some(0), "{look:?}: {seen:#?}");
        assert_eq!(
            seen.said.replace("true", ""),
            expected.said.replace("true", ""),
            "{look:?}"
        );
    }
    for round in ["round=0", "round=1"] {
        let refused = reader.call(&place, &["run", "--json", "--set", round]);
        assert_eq!(refused.code, Some(1), "{refused:#?}");
        let (code, help) = refused.error().unwrap();
        assert_eq!(code, "store::read_only");
        assert!(help.contains("writable"), "{help}");
    }
    assert!(contents(&place.store()) == before, "something was written");
    set_writable(&place.store(), true);
    assert_eq!(
        reader.call(&place, &["run", "--json"]).count("reused"),
        Some(16)
    );
}

/// A killed process leaves a log that is not yet part of the database. Where nothing may be written, it may not be readable;
/// then that is said.
#[test]
fn a_killed_run_s_store_that_may_only_be_read_is_read_whole_or_refused() {
    let place = Place::new();
    assert_eq!(place.run(0).code, Some(0));
    place.kill_when(1, "end shard-3");
    let reader = Reader::new(&place);
    reader.own(&place.store());
    for keeps_index in [true, false] {
        if !keeps_index {
            std::fs::remove_file(place.store().join("metadata.sqlite-shm")).unwrap();
        }
        set_writable(&place.store(), false);
        let before = contents(&place.store());
        let seen = reader.call(&place, &["show", "latest", "--json"]);
        match seen.code {
            Some(0) => assert!(seen.said.contains("shard[3]"), "{seen:#?}"),
            _ => {
                let (code, help) = seen
                    .error()
                    .unwrap_or_else(|| panic!("no next step: {seen:#?}"));
                assert!(code.starts_with("store::") && !help.is_empty());
            }
        }
        assert!(contents(&place.store()) == before, "something was written");
        set_writable(&place.store(), true);
    }
}

#[test]
fn somebody_else_s_store_says_whose_it_is() {
    let place = Place::new();
    assert_eq!(place.run(0).code, Some(0));
    let reader = Reader::new(&place);
    set_writable(&place.store(), false);
    let refused = reader.call(&place, &["run", "--json"]);
    let (code, help) = refused.error().unwrap();
    // Only root can make a file that belongs to somebody else.
    let expected = if reader.is_root {
        "store::foreign_owner"
    } else {
        "store::read_only"
    };
    assert_eq!(code, expected);
    assert!(!help.is_empty());
    assert_eq!(
        reader.call(&place, &["show", "latest", "--json"]).code,
        Some(0)
    );
    set_writable(&place.store(), true);
}

/// The kernel's own refusal, which binds root, too.
#[cfg(feature = "conformance")]
#[test]
fn on_a_file_system_mounted_read_only_looking_works_and_running_says_why_not() {
    let place = Place::new();
    assert_eq!(place.run(0).code, Some(0));
    let before = contents(&place.store());
    let ended = super::mounted::read_only(
        &place,
        &[
            "show latest --json",
            "plan --json",
            "runs --json",
            "run --json",
        ],
    );
    let [show, plan, runs, run] = &ended[..] else {
        panic!("{ended:#?}");
    };
    for look in [show, plan, runs] {
        assert_eq!(look.code, Some(0), "{look:#?}");
    }
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert_eq!(run.error().unwrap().0, "store::read_only");
    assert!(contents(&place.store()) == before);
}

/// What a network file system without locks does: it grants every lock to everybody, or has none to grant.
const NO_LOCKS: &str = r#"
    #include <errno.h>
    #include <stdlib.h>
    int flock(int file, int operation) {
        if (getenv("NO_LOCKS_TO_GRANT")) { errno = ENOLCK; return -1; }
        return 0;
    }
"#;

/// The function of the system by which files are locked, replaced for programs that are started with it.
fn without_locks(place: &Place) -> PathBuf {
    let (source, library) = (
        place.folder().join("no_locks.c"),
        place.folder().join("no_locks.so"),
    );
    std::fs::write(&source, NO_LOCKS).unwrap();
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let made = std::process::Command::new(compiler)
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status();
    assert!(made.unwrap().success());
    library
}

#[test]
fn on_a_file_system_that_keeps_no_locks_nothing_is_begun_and_nothing_lost() {
    let place = Place::new();
    let library = without_locks(&place);
    let refused = |grants: bool| {
        let mut command = place.command(&["run", "--json"]);
        command.env("LD_PRELOAD", &library);
        if !grants {
            command.env("NO_LOCKS_TO_GRANT", "1");
        }
        let refused = Ended::of(command.output().unwrap());
        assert_eq!(refused.code, Some(1), "{refused:#?}");
        let (code, help) = refused.error().unwrap();
        assert_eq!(code, "store::no_locks");
        assert!(help.contains("local disk"), "{help}");
    };
    for grants in [true, false] {
        refused(grants);
    }
    assert!(place.executions().is_empty(), "where no store is");
    place.run(0).answer().unwrap();
    let before = contents(&place.store());
    for grants in [true, false] {
        refused(grants);
    }
    assert!(contents(&place.store()) == before, "where one is");
    assert_eq!(place.run(0).count("reused"), Some(CALLS as u64));
}

//! What crates below were compiled with: their files say which compilation is meant, and Cargo's notes what that was given.
//!
//! Neither sources nor manifests tell which features a crate has, since that depends on the command as well. Cargo names each
//! compiled file by a digest of all that it was compiled with, and keeps a note of that under the same digest. The digest
//! itself changes with every version of anything below the crate, so that it counts only where there is no note.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::compilation::Compilation;
use super::files;
use super::package::Package;

/// How long to wait for notes: Cargo writes them once a crate is wholly compiled, and needs only the first half of it to go on
/// with those that use it. It holds up nothing but the first compilation.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often to look.
const PAUSE: Duration = Duration::from_millis(5);

/// The compilations of the crates below.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Digests by the name of the library: of more than one each may be meant.
    digests: BTreeMap<String, BTreeSet<String>>,
    /// Where Cargo keeps its notes.
    notes: Option<PathBuf>,
    until: Instant,
}

impl Compiled {
    /// Looks at the compiled files of those dependencies that are these libraries; they name those below them.
    pub(crate) fn new(compilation: &Compilation, libraries: &BTreeSet<&str>) -> Self {
        let mut found = Self {
            digests: BTreeMap::new(),
            notes: None,
            until: Instant::now() + PATIENCE,
        };
        for (_, file) in &compilation.externs {
            if let Some((library, digest)) = named(file)
                && libraries.contains(library.as_str())
            {
                found.look_into(file, library, digest);
            }
        }
        found
    }

    fn look_into(&mut self, file: &Path, library: String, digest: String) {
        let Some(folder) = file.parent() else {
            return;
        };
        let notes = folder.parent().map(|folder| folder.join(".fingerprint"));
        self.notes = notes.filter(|notes| notes.is_dir());
        let digests = self.digests.entry(library).or_default();
        digests.insert(digest);
        // What is linked holds machine code as well; beside it is a file without.
        let light = file.with_extension("rmeta");
        let Ok(bytes) = files::read(&light).or_else(|_| files::read(file)) else {
            return;
        };
        let below = digests_in(&bytes);
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let found = named(&entry.path()).filter(|(_, digest)| below.contains(digest));
            if let Some((library, digest)) = found {
                self.digests.entry(library).or_default().insert(digest);
            }
        }
    }

    /// The features that the library of a package was compiled with; with `profile` also something that differs whenever the
    /// profile does. Nothing if that cannot be told.
    pub(crate) fn given(&self, package: &Package, profile: bool) -> Option<String> {
        let mut told = BTreeSet::new();
        for digest in self.digests.get(&package.library)? {
            let note = self.note(package, digest)?;
            let mut of_it = field(&note, "features")?.to_owned();
            if profile {
                of_it.push(' ');
                of_it.push_str(field(&note, "profile")?);
            }
            told.insert(of_it);
        }
        Some(told.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// Cargo's note of a compilation.
    fn note(&self, package: &Package, digest: &str) -> Option<String> {
        let folder = self.notes.as_ref()?;
        let folder = folder.join(format!("{}-{digest}", package.name));
        let path = folder.join(format!("lib-{}.json", package.library));
        while folder.is_dir() {
            let note = files::read(&path).ok();
            let note = note.and_then(|bytes| String::from_utf8(bytes).ok());
            // While it is written it is not whole.
            if let Some(note) = note.filter(|note| note.ends_with('}')) {
                return Some(note);
            }
            if Instant::now() > self.until {
                return None;
            }
            std::thread::sleep(PAUSE);
        }
        None
    }
}

/// `libshapes-0123456789abcdef.rmeta` as library and digest.
fn named(file: &Path) -> Option<(String, String)> {
    let stem = file.file_stem()?.to_str()?;
    let (library, digest) = stem.strip_prefix("lib")?.rsplit_once('-')?;
    is_digest(digest.as_bytes()).then(|| (library.to_owned(), digest.to_owned()))
}

/// All `-0123456789abcdef` in a compiled file: it names so what it was compiled against.
fn digests_in(bytes: &[u8]) -> BTreeSet<String> {
    let starts = bytes.windows(17).filter(|window| window[0] == b'-');
    let digests = starts
        .map(|window| &window[1..])
        .filter(|text| is_digest(text));
    digests
        .filter_map(|text| Some(std::str::from_utf8(text).ok()?.to_owned()))
        .collect()
}

fn is_digest(text: &[u8]) -> bool {
    text.len() == 16 && text.iter().all(u8::is_ascii_hexdigit)
}

/// The value of a field in a note, as it is written there: a text, whose quotation marks are escaped, or a number. The rest of
/// the note is Cargo's own business.
fn field<'a>(note: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = note.split_once(&format!("\"{name}\":"))?;
    match value.strip_prefix('"') {
        Some(text) => {
            let ends = text.match_indices('"').map(|(at, _)| at);
            let mut ends = ends.filter(|at| !text[..*at].ends_with('\\'));
            text.get(..ends.next()?)
        }
        None => value.split([',', '}']).next(),
    }
}

#[cfg(test)]
mod tests {
    use super::{digests_in, field, named};

    #[test]
    fn files_and_what_they_name_are_told_by_their_digests() {
        let of = |name: &str| named(name.as_ref());
        let expected = ("my_shapes".to_owned(), "0123456789abcdef".to_owned());
        assert_eq!(
            of("/deps/libmy_shapes-0123456789abcdef.rmeta"),
            Some(expected)
        );
        assert_eq!(of("/deps/libshapes.rlib"), None);
        assert_eq!(of("/deps/libshapes-2.rlib"), None);
        let bytes = b"\x00\xffshapes\x11-0123456789abcdef\x80-short-fedcba9876543210-";
        let found: Vec<String> = digests_in(bytes).into_iter().collect();
        assert_eq!(found, ["0123456789abcdef", "fedcba9876543210"]);
    }

    #[test]
    fn a_note_tells_features_and_profile() {
        let note = r#"{"rustc":1,"features":"[\"default\", \"fast\"]","declared_features":"[]","profile":7,"path":9}"#;
        assert_eq!(field(note, "features"), Some(r#"[\"default\", \"fast\"]"#));
        assert_eq!(field(note, "profile"), Some("7"));
        assert_eq!(field(note, "nothing"), None);
    }
}

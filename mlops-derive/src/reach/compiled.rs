//! What crates below were compiled with: their files say which compilation is meant, and Cargo's notes what that was given.
//!
//! Neither sources nor manifests tell which features a crate has, since that depends on the command as well. Cargo names each
//! compiled file by a digest of all that it was compiled with, and keeps a note of that under the same digest. The digest
//! itself changes with every version of anything below the crate, so that it counts only where there is no note.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::compilation::Compilation;
use super::{files, index};

/// How long to wait for notes: Cargo writes them once a crate is wholly compiled, and needs only the first half of it to go on
/// with those that use it. It holds up nothing but the first compilation.
const PATIENCE: Duration = Duration::from_secs(30);

/// Cargo's digests have so many digits.
const DIGITS: usize = 16;

/// How often to look.
const PAUSE: Duration = Duration::from_millis(5);

/// What a crate is compiled with besides its sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    Features,
    /// Something that differs whenever the profile does.
    Profile,
}

/// The compilations of the crates below.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The folders of Cargo's notes by package: of more than one each may be meant.
    folders: BTreeMap<String, BTreeSet<PathBuf>>,
    until: Instant,
}

impl Compiled {
    /// Looks at the compiled files of the dependencies, which name those below them. Nothing if Cargo has left no notes.
    pub(crate) fn new(compilation: &Compilation) -> Option<Self> {
        let files = compilation.externs.iter().map(|(_, file)| file);
        let named: Vec<(&PathBuf, String)> = files
            .filter_map(|file| Some((file, digest_of(file)?)))
            .collect();
        // What runs while something is compiled may lie elsewhere than what it is compiled for.
        let notes: BTreeSet<PathBuf> = named
            .iter()
            .filter_map(|(file, _)| Some(file.parent()?.parent()?.join(".fingerprint")))
            .collect();
        let digests = all_digests(compilation, &named);
        let mut found = Self {
            folders: BTreeMap::new(),
            until: Instant::now() + PATIENCE,
        };
        for folder in notes.iter().flat_map(std::fs::read_dir).flatten().flatten() {
            let name = folder.file_name().to_string_lossy().into_owned();
            if let Some((package, digest)) = name.rsplit_once('-')
                && digests.contains(digest)
            {
                let folders = found.folders.entry(package.to_owned()).or_default();
                folders.insert(folder.path());
            }
        }
        // Without a single note they are somewhere else, and waiting for them would be in vain.
        let mut all = found.folders.values().flatten();
        all.any(|folder| matches!(note_in(folder), Note::Whole(_)))
            .then_some(found)
    }

    /// What the library of a package was compiled with. Nothing if that cannot be told.
    pub(crate) fn given(&self, package: &str, what: Given) -> Option<String> {
        let mut told = BTreeSet::new();
        for folder in self.folders.get(package)? {
            let note = match self.note(folder) {
                Note::Whole(note) => note,
                Note::OfSomethingElse => continue,
                Note::Missing => return None,
            };
            let of_it = match what {
                Given::Features => {
                    let features = field(&note, "features")?;
                    let words = features.split(['[', ']', ',', '"', '\\', ' ']);
                    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
                    words.join(" ")
                }
                Given::Profile => field(&note, "profile")?.to_owned(),
            };
            told.insert(of_it);
        }
        (!told.is_empty()).then(|| told.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// Where the build script of a package wrote for the library that is used; nothing if that cannot be told. Beside a
    /// compiled file lies a list of the files that were read for it.
    pub(crate) fn out_folder(&self, package: &str, library: &str) -> Option<PathBuf> {
        let mut found = BTreeSet::new();
        for notes in self.folders.get(package)? {
            let (_, digest) = notes.file_name()?.to_str()?.rsplit_once('-')?;
            let profile = notes.parent()?.parent()?;
            let list = profile.join(format!("deps/{library}-{digest}.d"));
            let Ok(list) = files::read(&list) else {
                continue;
            };
            let list = String::from_utf8(list).ok()?;
            let begins = format!("{}/build/{package}-", profile.to_str()?);
            for (at, _) in list.match_indices(&begins) {
                let end = at + begins.len() + DIGITS;
                let is_out = list.get(end..).is_some_and(|rest| rest.starts_with("/out"));
                found.extend(is_out.then(|| PathBuf::from(&list[at..end]).join("out")));
            }
            if !found.is_empty() {
                continue;
            }
            // It reads nothing of what was written; the script may have set conditions.
            let build = std::fs::read_dir(profile.join("build")).ok()?.flatten();
            let of_package = build.filter(|folder| {
                let name = folder.file_name();
                let digest = name.to_str().and_then(|name| name.rsplit_once('-'));
                digest.is_some_and(|(name, _)| name == package)
            });
            let outs = of_package.map(|folder| folder.path().join("out"));
            found.extend(outs.filter(|out| out.with_file_name("output").is_file()));
        }
        let mut found = found.into_iter();
        found.next().filter(|_| found.next().is_none())
    }

    /// Cargo's note of a compilation.
    fn note(&self, folder: &Path) -> Note {
        loop {
            let note = note_in(folder);
            if !matches!(note, Note::Missing) || Instant::now() > self.until {
                return note;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// What there is in a folder of notes.
enum Note {
    Whole(String),
    /// It is no library's: a digest also names where a build script writes.
    OfSomethingElse,
    Missing,
}

fn note_in(folder: &Path) -> Note {
    let mut note = Note::Missing;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.ends_with(".json") {
            continue;
        }
        if !name.starts_with("lib-") {
            note = Note::OfSomethingElse;
            continue;
        }
        let written = files::read(&entry.path()).ok();
        let written = written.and_then(|bytes| String::from_utf8(bytes).ok());
        // While it is written it is not whole.
        return match written.filter(|note| note.ends_with('}')) {
            Some(whole) => Note::Whole(whole),
            None => Note::Missing,
        };
    }
    note
}

/// The digests of these compiled files, and of all that they were compiled against. What a file was compiled against is a part
/// of what its digest is made of, so it is kept beside the index.
fn all_digests(compilation: &Compilation, named: &[(&PathBuf, String)]) -> BTreeSet<String> {
    let out = compilation.out_folder.as_ref();
    let kept_in =
        out.map(|out| out.join(format!(".mlops-index/compiled-{}", compilation.crate_name)));
    let kept = kept_in.as_deref().and_then(|path| files::read(path).ok());
    let kept = kept
        .as_deref()
        .and_then(index::read_digests)
        .unwrap_or_default();
    let mut present = BTreeMap::new();
    for (file, digest) in named {
        let below = match kept.get(digest) {
            Some(known) => known.clone(),
            None => {
                // What is linked holds machine code as well; beside it is a file without.
                let light = files::read(&file.with_extension("rmeta"));
                let bytes = light.or_else(|_| files::read(file)).unwrap_or_default();
                digests_in(&bytes).into_iter().collect()
            }
        };
        present.insert(digest.clone(), below);
    }
    if let Some(path) = kept_in.filter(|_| present != kept) {
        // Without a place, or without room, they are looked for again.
        let _ = files::replace(&path, &index::write_digests(&present));
    }
    let below = present.values().flatten().cloned();
    present.keys().cloned().chain(below).collect()
}

/// The digest in `libshapes-0123456789abcdef.rmeta`.
pub(super) fn digest_of(file: &Path) -> Option<String> {
    let (_, digest) = file.file_stem()?.to_str()?.rsplit_once('-')?;
    is_digest(digest.as_bytes()).then(|| digest.to_owned())
}

/// All `-0123456789abcdef` in a compiled file: it names so what it was compiled against.
fn digests_in(mut bytes: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // The standard library looks for a byte fast, also where the macro itself is compiled without optimisation.
    while let Ok(1..) = bytes.skip_until(b'-') {
        if let Some(text) = bytes.get(..DIGITS).filter(|text| is_digest(text)) {
            found.insert(String::from_utf8_lossy(text).into_owned());
        }
    }
    found
}

fn is_digest(text: &[u8]) -> bool {
    text.len() == DIGITS && text.iter().all(u8::is_ascii_hexdigit)
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
    use super::{digest_of, digests_in, field};

    #[test]
    fn files_and_what_they_name_are_told_by_their_digests() {
        let of = |name: &str| digest_of(name.as_ref());
        let expected = Some("0123456789abcdef".to_owned());
        assert_eq!(of("/deps/libmy_shapes-0123456789abcdef.rmeta"), expected);
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

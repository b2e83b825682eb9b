//! How a source is looked at: its state where that proves something, its content where it does not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use jiff::SignedDuration;
use mlops_core::{
    Arguments, Artifact, ArtifactError, ArtifactInput, ArtifactOutput, BodyResult, Clock, Digest,
    Encoder, FixedClock, SOURCE_MEDIA_TYPE, Source, SourceError, SourceState, StageContext,
    SystemClock, Trust, note_source, read_serde, write_serde,
};
use mlops_data::File;
use mlops_pipeline::{Decision, Graph, RunRequest};
use mlops_store::KnownSource;

use crate::place::{Place, call, graph, kept, live, parameter, taking};

/// A file whose readings by the engine are counted, and which may lie about its state.
#[derive(Debug, Clone)]
struct Counted {
    file: File,
    lie: Option<Trust>,
    reads: Arc<AtomicU64>,
}

impl Counted {
    fn new(path: &Path) -> Self {
        Self {
            file: File::new(path),
            lie: None,
            reads: Arc::default(),
        }
    }

    /// Says that nothing ever changed, as a file system may that has neither fine times nor inodes.
    fn lying(path: &Path, trust: Trust) -> Self {
        Self {
            lie: Some(trust),
            ..Self::new(path)
        }
    }

    /// How often its content was read since this was asked last.
    fn reads(&self) -> u64 {
        self.reads.swap(0, Ordering::SeqCst)
    }
}

impl Artifact for Counted {
    const MEDIA_TYPE: &'static str = SOURCE_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        note_source(Arc::new(self.clone()));
        write_serde(&self.file.path(), output)
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        read_serde::<PathBuf>(input).map(|path| Self::new(&path))
    }
}

impl Source for Counted {
    fn kind(&self) -> &'static str {
        self.file.kind()
    }

    fn location(&self) -> String {
        self.file.location()
    }

    fn form(&self) -> String {
        self.file.form()
    }

    fn state(&self) -> Result<SourceState, SourceError> {
        let state = self.file.state()?;
        Ok(match self.lie {
            None => state,
            Some(trust) => SourceState {
                fingerprint: "as ever".to_owned(),
                trust,
                ..state
            },
        })
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.file.digest()
    }

    fn pinned(&self) -> Option<Digest> {
        Source::pinned(&self.file)
    }

    fn stale_after(&self) -> Option<SignedDuration> {
        Source::stale_after(&self.file)
    }
}

fn read(_: &StageContext, mut arguments: Arguments) -> BodyResult {
    live(arguments.shared::<Counted>(0)?.file.read()?.len() as u64)
}

fn pipeline(source: &Counted) -> Graph {
    let read = kept(taking::<Counted>("read", read));
    graph(&[&call(read, vec![parameter(source.clone())])])
}

/// A request an hour from now, when nothing about the test's files is fresh.
fn later(place: &Place, source: &Counted) -> RunRequest {
    let mut request = place.request(pipeline(source));
    let later = SystemClock.now() + SignedDuration::from_hours(1);
    request.clock = Arc::new(FixedClock::at(later));
    request
}

/// Whether the stage ran, and how often the content was read.
fn run(place: &Place, source: &Counted) -> (bool, u64) {
    let result = later(place, source).run().unwrap();
    assert!(result.succeeded());
    (result.ran() == ["read"], source.reads())
}

fn place() -> (Place, tempfile::TempDir) {
    (Place::new(), tempfile::tempdir().unwrap())
}

/// Writes a file whose time of modification is always the same.
fn write(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000))
        .unwrap();
}

#[test]
fn a_large_file_that_did_not_change_costs_a_look_and_no_read() {
    let (place, folder) = place();
    let path = folder.path().join("large.bin");
    sparse(&path);
    let source = Counted::new(&path);
    let state = source.state().unwrap();
    let known = KnownSource {
        fingerprint: state.fingerprint,
        size: state.size,
        modified: state.modified,
        digest: Digest::of(b"what an earlier run found"),
        observed: SystemClock.now() + SignedDuration::from_mins(1),
    };
    assert_eq!(known.size, 10 << 30);
    place
        .store
        .remember_source(&source.location(), &known)
        .unwrap();
    let plan = later(&place, &source).plan().unwrap();
    assert_eq!(plan.calls[0].decision, Decision::Run);
    assert!(plan.calls[0].key.is_some());
    assert_eq!(source.reads(), 0);
}

/// Ten billion bytes that nobody has to write, and that would take long to read.
fn sparse(path: &Path) {
    let file = std::fs::File::create(path).unwrap();
    file.set_len(10 << 30).unwrap();
}

#[test]
fn of_several_files_only_those_that_changed_are_read() {
    let (place, folder) = place();
    let at = |name: &str| folder.path().join(name);
    sparse(&at("large.csv"));
    write(&at("small.csv"), "one");
    // What an earlier run found, were it so: it shows in the digest of the whole.
    let large = Digest::of(b"not what is in it");
    let file = File::new(at("large.csv"));
    let state = file.state().unwrap();
    let known = KnownSource {
        fingerprint: state.fingerprint,
        size: state.size,
        modified: state.modified,
        digest: large,
        observed: SystemClock.now() + SignedDuration::from_mins(1),
    };
    place
        .store
        .remember_source(&file.location(), &known)
        .unwrap();
    let look = |source: &dyn Source| {
        let later = SystemClock.now() + SignedDuration::from_hours(1);
        let clock = Arc::new(FixedClock::at(later));
        let sources = mlops_pipeline::Sources::new(place.store.clone(), clock);
        sources.observe(source).unwrap().digest
    };
    let whole = |small: &str| {
        let mut encoder = Encoder::new();
        encoder.map(2);
        encoder.bytes(b"large.csv").digest(&large);
        encoder
            .bytes(b"small.csv")
            .digest(&Digest::of(small.as_bytes()));
        encoder.digest_of_all()
    };
    let glob = mlops_data::Glob::new(at("*.csv").to_str().unwrap());
    let folder = mlops_data::Folder::new(folder.path());
    for small in ["one", "two"] {
        write(&at("small.csv"), small);
        assert_eq!(look(&glob), whole(small));
        assert_eq!(look(&folder), whole(small));
    }
}

#[test]
fn a_file_is_read_once_and_looked_at_from_then_on() {
    let (place, folder) = place();
    let path = folder.path().join("a.csv");
    write(&path, "one");
    let source = Counted::new(&path);
    assert_eq!(
        run(&place, &source),
        (true, 1),
        "the guard needs a look only"
    );
    assert_eq!(run(&place, &source), (false, 0));
    // Touched, and no more: it is read, and nothing runs.
    let touched = std::fs::File::options().append(true).open(&path).unwrap();
    touched.set_modified(SystemTime::now()).unwrap();
    assert_eq!(run(&place, &source), (false, 1));
    assert_eq!(run(&place, &source), (false, 0));
}

#[test]
fn a_file_that_was_just_written_is_read_each_time_until_it_has_rested() {
    let (place, folder) = place();
    let path = folder.path().join("a.csv");
    write(&path, "one");
    let source = Counted::new(&path);
    // Its time of modification is long past, but the inode says that this was only set.
    let now = || {
        let result = place.request(pipeline(&source)).run().unwrap();
        (result.ran() == ["read"], source.reads())
    };
    assert_eq!(now(), (true, 2), "before and after the stage");
    assert_eq!(now(), (false, 1));
    assert_eq!(run(&place, &source), (false, 1));
    assert_eq!(run(&place, &source), (false, 0));
}

#[cfg(unix)]
#[test]
fn other_content_of_the_same_size_and_time_is_found_without_being_paranoid() {
    use std::os::unix::fs::symlink;
    let (place, folder) = place();
    let at = |name: &str| folder.path().join(name);
    let path = at("a.csv");
    write(&path, "one");
    let file = Counted::new(&path);
    assert_eq!(run(&place, &file), (true, 1));

    write(&path, "two");
    assert_eq!(run(&place, &file), (true, 1), "rewritten in place");

    write(&at("new.csv"), "six");
    std::fs::rename(at("new.csv"), &path).unwrap();
    assert_eq!(run(&place, &file), (true, 1), "replaced by a rename");

    // A second name changes nothing but the inode's time; what is written through it is written.
    std::fs::hard_link(&path, at("other.csv")).unwrap();
    assert_eq!(run(&place, &file), (false, 1), "a second name");
    write(&at("other.csv"), "ten");
    assert_eq!(
        run(&place, &file),
        (true, 1),
        "written through the second name"
    );

    write(&at("left.csv"), "yes");
    write(&at("right.csv"), "not");
    symlink("left.csv", at("link.csv")).unwrap();
    let link = Counted::new(&at("link.csv"));
    assert_eq!(run(&place, &link), (true, 1));
    std::fs::remove_file(at("link.csv")).unwrap();
    symlink("right.csv", at("link.csv")).unwrap();
    assert_eq!(run(&place, &link), (true, 1), "a link that leads elsewhere");
    assert_eq!(run(&place, &link), (false, 0));
    write(&at("right.csv"), "now");
    assert_eq!(run(&place, &link), (true, 1), "what the link leads to");
}

#[test]
fn where_the_state_lies_only_the_paranoid_see_it() {
    let (place, folder) = place();
    let path = folder.path().join("a.csv");
    write(&path, "one");
    let source = Counted::lying(&path, Trust::Always);
    assert_eq!(run(&place, &source), (true, 1));
    write(&path, "two");
    assert_eq!(run(&place, &source), (false, 0), "said in the book");
    let paranoid = |source: &Counted| {
        let mut request = later(&place, source);
        request.paranoid = true;
        let plan = request.plan().unwrap();
        let planned = (plan.calls[0].decision, source.reads());
        let result = request.run().unwrap();
        (planned, result.ran() == ["read"], source.reads())
    };
    // Before, and again after the stage.
    assert_eq!(paranoid(&source), ((Decision::Run, 1), true, 2));
    assert_eq!(paranoid(&source), ((Decision::Reuse, 1), false, 1));
    // What the paranoid saw is remembered: the others see it, too.
    assert_eq!(run(&place, &source), (false, 0));
}

#[test]
fn where_the_state_proves_nothing_the_content_is_read_before_and_after() {
    let (place, folder) = place();
    let path = folder.path().join("a.csv");
    write(&path, "one");
    let source = Counted::lying(&path, Trust::Never);
    assert_eq!(run(&place, &source), (true, 2));
    assert_eq!(run(&place, &source), (false, 1));
    write(&path, "two");
    assert_eq!(run(&place, &source), (true, 2));
}

#[test]
fn a_source_without_an_age_cannot_be_bounded_by_one() {
    let place = Place::new();
    let folder = tempfile::tempdir().unwrap();
    let empty = mlops_data::Folder::new(folder.path()).stale_after(SignedDuration::from_hours(1));
    let sources = mlops_pipeline::Sources::new(place.store.clone(), Arc::new(SystemClock));
    let error = sources.observe(&empty).unwrap_err().to_string();
    assert!(
        error.ends_with("says nothing of its age, which may not be above 1h"),
        "{error}"
    );
    write(&folder.path().join("a"), "");
    let sources = mlops_pipeline::Sources::new(place.store.clone(), Arc::new(SystemClock));
    assert!(matches!(
        sources.observe(&empty),
        Err(SourceError::Stale { .. })
    ));
}

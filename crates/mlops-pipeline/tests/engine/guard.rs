//! What changes while a stage reads it: the run gives its result, and nobody gets it again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use mlops_core::{Arguments, Artifact, BodyResult, Source, StageContext};
use mlops_data::{File, Folder, Glob};
use mlops_pipeline::{Graph, RunResult};

use crate::place::{
    BodyFunction, Ears, Place, call, graph, kept, live, parameter, reads, stage, taking,
};

type Deed = Box<dyn FnOnce() + Send>;

/// What is done in the middle of the stage that reads the source at a location.
static DEEDS: Mutex<BTreeMap<String, Deed>> = Mutex::new(BTreeMap::new());

fn in_the_middle(source: &dyn Source, deed: impl FnOnce() + Send + 'static) {
    let mut deeds = DEEDS.lock().unwrap();
    deeds.insert(source.location(), Box::new(deed));
}

fn middle(source: &dyn Source) {
    let deed = DEEDS.lock().unwrap().remove(&source.location());
    if let Some(deed) = deed {
        deed();
    }
}

fn read_file(_: &StageContext, mut arguments: Arguments) -> BodyResult {
    let file = arguments.shared::<File>(0)?;
    let before = file.read()?.len();
    middle(&*file);
    live((before + file.read().map_or(0, |bytes| bytes.len())) as u64)
}

fn read_folder(_: &StageContext, mut arguments: Arguments) -> BodyResult {
    let folder = arguments.shared::<Folder>(0)?;
    middle(&*folder);
    live(folder.files()?.count() as u64)
}

fn read_glob(_: &StageContext, mut arguments: Arguments) -> BodyResult {
    let glob = arguments.shared::<Glob>(0)?;
    middle(&*glob);
    live(glob.files()?.count() as u64)
}

fn pipeline<S: Artifact + Source + Clone>(source: &S, body: BodyFunction) -> Graph {
    let read = kept(taking::<S>("read", body));
    graph(&[&call(read, vec![parameter(source.clone())])])
}

/// Runs with a listener, and returns what it was warned of.
fn run(place: &Place, graph: Graph) -> (RunResult, Vec<String>) {
    let ears = Arc::new(Ears::default());
    let mut request = place.request(graph);
    request.observer = Arc::clone(&ears) as _;
    let result = request.run().unwrap();
    (result, ears.heard_of("warning"))
}

/// Asserts that the deed costs the reuse and is said: in the output, in the record, and by the next plan.
#[track_caller]
fn costs_the_reuse<S: Artifact + Source + Clone>(
    source: &S,
    body: BodyFunction,
    deed: impl FnOnce() + Send + 'static,
) {
    let place = Place::new();
    in_the_middle(source, deed);
    let (result, warnings) = run(&place, pipeline(source, body));
    assert!(result.succeeded() && result.outputs.len() == 1);
    let said = format!(
        "the {} `{}` changed while the stage was reading it, so its result is not reused",
        source.kind(),
        source.location()
    );
    assert_eq!(warnings, std::slice::from_ref(&said));
    let stage = &place.store.stages(result.run.id).unwrap()[0];
    let entry = place.store.entry(stage.entry.unwrap()).unwrap();
    assert!(!entry.reusable);
    assert_eq!(entry.why_not.as_ref(), Some(&said));

    let plan = place.request(pipeline(source, body)).plan().unwrap();
    let reasons: Vec<String> = plan.calls[0]
        .reasons
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(reasons.contains(&said), "{reasons:?}");

    let (again, warnings) = run(&place, pipeline(source, body));
    assert_eq!((again.ran(), warnings.len()), (vec!["read"], 0));
    let (third, _) = run(&place, pipeline(source, body));
    assert_eq!(third.reused(), ["read"]);
}

/// A folder that lives until the test's process ends, so that deeds may come late.
fn folder() -> PathBuf {
    tempfile::tempdir().unwrap().keep()
}

fn write(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
}

#[test]
fn a_file_that_is_replaced_while_it_is_read() {
    let folder = folder();
    let (path, new) = (folder.join("a.csv"), folder.join("new.csv"));
    write(&path, "one");
    write(&new, "two");
    // Same size, and the same time: the one is the other's twin but for its content.
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    let twin = std::fs::File::options().append(true).open(&new).unwrap();
    twin.set_modified(time).unwrap();
    costs_the_reuse(&File::new(&path), read_file, {
        let path = path.clone();
        move || std::fs::rename(new, path).unwrap()
    });
    costs_the_reuse(&File::new(&path), read_file, move || write(&path, "thr"));
}

#[test]
fn a_file_that_changes_and_changes_back() {
    let path = folder().join("a.csv");
    write(&path, "one");
    costs_the_reuse(&File::new(&path), read_file, move || {
        // Not within one tick of the file system's clock: that could be seen by nobody.
        std::thread::sleep(std::time::Duration::from_millis(20));
        write(&path, "two");
        write(&path, "one");
    });
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_elsewhere_while_it_is_read() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    let link = folder.join("current.csv");
    write(&folder.join("one.csv"), "one");
    write(&folder.join("two.csv"), "two");
    symlink("one.csv", &link).unwrap();
    costs_the_reuse(&File::new(&link), read_file, move || {
        std::fs::remove_file(&link).unwrap();
        symlink("two.csv", &link).unwrap();
    });
    // The same, with the folder that holds the file.
    let folder = self::folder();
    let link = folder.join("current");
    for (name, content) in [("one", "1"), ("two", "2")] {
        std::fs::create_dir(folder.join(name)).unwrap();
        write(&folder.join(name).join("a.csv"), content);
    }
    symlink("one", &link).unwrap();
    costs_the_reuse(&Folder::new(&link), read_folder, move || {
        std::fs::remove_file(&link).unwrap();
        symlink("two", &link).unwrap();
    });
}

#[test]
fn files_that_come_go_and_change_in_a_folder_or_under_a_pattern() {
    let folder = folder();
    write(&folder.join("a.csv"), "one");
    let at = |name: &str| folder.join(name);
    let (source, below) = (Folder::new(&folder), at("below"));
    costs_the_reuse(&source, read_folder, {
        let added = at("b.csv");
        move || write(&added, "two")
    });
    costs_the_reuse(&source, read_folder, {
        let changed = at("a.csv");
        move || write(&changed, "three")
    });
    costs_the_reuse(&source, read_folder, move || {
        std::fs::create_dir(&below).unwrap();
        write(&below.join("c.csv"), "four");
    });
    let glob = Glob::new(format!("{}/*.csv", folder.display()));
    costs_the_reuse(&glob, read_glob, {
        let removed = at("b.csv");
        move || std::fs::remove_file(removed).unwrap()
    });
    // What the pattern does not name may change as it likes.
    let place = Place::new();
    in_the_middle(&glob, {
        let other = at("notes.txt");
        move || write(&other, "now")
    });
    let (first, warnings) = run(&place, pipeline(&glob, read_glob));
    assert_eq!((first.ran(), warnings.len()), (vec!["read"], 0));
    let (second, _) = run(&place, pipeline(&glob, read_glob));
    assert_eq!(second.reused(), ["read"]);
}

#[test]
fn a_file_that_is_gone_at_the_end() {
    let folder = folder();
    let path = folder.join("a.csv");
    write(&path, "one");
    let place = Place::new();
    let file = File::new(&path);
    in_the_middle(&file, move || std::fs::remove_file(path).unwrap());
    let (result, warnings) = run(&place, pipeline(&file, read_file));
    assert!(result.succeeded());
    assert!(warnings[0].contains("changed while the stage was reading it"));
}

#[test]
fn a_stage_that_fails_on_a_file_that_changed_says_so() {
    fn fail(_: &StageContext, mut arguments: Arguments) -> BodyResult {
        middle(&*arguments.shared::<File>(0)?);
        Err("line 7 has 3 cells, not 14".into())
    }
    let path = folder().join("a.csv");
    write(&path, "one");
    let place = Place::new();
    let file = File::new(&path);
    let error = |place: &Place| {
        let (result, _) = run(place, pipeline(&file, fail));
        result.calls[0].error.clone().unwrap()
    };
    assert_eq!(
        error(&place),
        "line 7 has 3 cells, not 14",
        "nothing is said of a file that stood still"
    );
    in_the_middle(&file, move || write(&path, "half of tw"));
    let said = format!(
        "line 7 has 3 cells, not 14\nthe file `{}` changed while the stage was reading it",
        file.location()
    );
    assert_eq!(error(&place), said);
}

#[test]
fn a_run_that_has_looked_at_a_file_holds_all_its_stages_to_that() {
    static PATH: Mutex<Option<PathBuf>> = Mutex::new(None);
    fn rewrite(_: &StageContext, mut arguments: Arguments) -> BodyResult {
        let path = PATH.lock().unwrap().clone().unwrap();
        write(&path, "two");
        live(*arguments.shared::<u64>(0)?)
    }
    fn later(_: &StageContext, mut arguments: Arguments) -> BodyResult {
        let before = *arguments.shared::<u64>(0)?;
        live(before + arguments.shared::<File>(1)?.read()?.len() as u64)
    }
    let path = folder().join("a.csv");
    write(&path, "one");
    *PATH.lock().unwrap() = Some(path.clone());
    let file = || parameter(File::new(&path));
    let early = call(kept(taking::<File>("early", read_file)), vec![file()]);
    let rewrite = kept(stage("rewrite", &["before"], rewrite));
    let rewrite = call(rewrite, vec![reads(&early)]);
    let mut stage = stage("later", &["before"], later);
    let mut inputs = stage.inputs.to_vec();
    inputs.extend(taking::<File>("later", later).inputs);
    stage.inputs = inputs.leak();
    let later = call(kept(stage), vec![reads(&rewrite), file()]);
    let place = Place::new();
    let (result, warnings) = run(&place, graph(&[&later]));
    assert!(result.succeeded());
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let stages = place.store.stages(result.run.id).unwrap();
    let is_kept = |name: &str| {
        let stage = stages.iter().find(|stage| stage.name == name).unwrap();
        place.store.entry(stage.entry.unwrap()).unwrap().reusable
    };
    assert!(is_kept("early") && !is_kept("later"));
}

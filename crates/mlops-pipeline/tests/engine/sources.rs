//! Typed sources: told apart, counted by content, and watched while a stage reads them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, Digest, SOURCE_MEDIA_TYPE, Source,
    SourceError, SourceState, Trust, note_source, read_serde, write_serde,
};
use mlops_pipeline::{Graph, Sources};

use crate::place::{Ears, Place, call, graph, kept, live, parameter, taking};

/// What the outside world holds under the name `HOME`, by kind.
static FILE: Mutex<String> = Mutex::new(String::new());
static VARIABLE: Mutex<String> = Mutex::new(String::new());

#[derive(Debug, Clone)]
struct Named {
    is_file: bool,
    location: String,
}

fn named(is_file: bool) -> Named {
    Named {
        is_file,
        location: "HOME".to_owned(),
    }
}

impl Named {
    fn content(&self) -> String {
        let place = if self.is_file { &FILE } else { &VARIABLE };
        place.lock().unwrap().clone()
    }
}

impl Artifact for Named {
    const MEDIA_TYPE: &'static str = SOURCE_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        note_source(Arc::new(self.clone()));
        write_serde(&(self.is_file, &self.location), output)
    }

    fn read(input: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        let (is_file, location) = read_serde(input)?;
        Ok(Self { is_file, location })
    }
}

impl Source for Named {
    fn kind(&self) -> &'static str {
        if self.is_file { "file" } else { "variable" }
    }

    fn location(&self) -> String {
        self.location.clone()
    }

    fn form(&self) -> String {
        String::new()
    }

    fn state(&self) -> Result<SourceState, SourceError> {
        Ok(SourceState {
            size: self.content().len() as u64,
            fingerprint: self.content(),
            modified: None,
            trust: Trust::Never,
        })
    }

    fn digest(&self) -> Result<Digest, SourceError> {
        Ok(Digest::of(self.content().as_bytes()))
    }

    fn pinned(&self) -> Option<Digest> {
        None
    }

    fn stale_after(&self) -> Option<SignedDuration> {
        None
    }
}

#[test]
fn two_sources_of_one_name_and_different_kinds_are_told_apart() {
    let place = Place::new();
    *VARIABLE.lock().unwrap() = "/root".to_owned();
    let clock = Arc::new(mlops_core::SystemClock);
    let sources = Sources::new(place.store.clone(), clock);
    let file = sources.observe(&named(true)).unwrap();
    let variable = sources.observe(&named(false)).unwrap();
    assert_ne!(file.digest, variable.digest);
    assert_eq!(sources.observed(&named(true)).unwrap().digest, file.digest);
}

#[test]
fn a_source_that_changes_while_a_stage_reads_it_costs_the_reuse_and_is_said() {
    static CHANGES: AtomicU64 = AtomicU64::new(1);
    fn pipeline() -> Graph {
        let read = taking::<Named>("read", |_, mut arguments| {
            let file = arguments.shared::<Named>(0)?;
            if CHANGES.fetch_sub(1, Ordering::SeqCst) == 1 {
                FILE.lock().unwrap().push_str(" and more");
            }
            live(file.content().len() as u64)
        });
        let file = Named {
            is_file: true,
            location: "changing".to_owned(),
        };
        graph(&[&call(kept(read), vec![parameter(file)])])
    }
    let place = Place::new();
    let ears = Arc::new(Ears::default());
    let mut request = place.request(pipeline());
    request.observer = Arc::clone(&ears) as _;
    assert!(request.run().unwrap().succeeded());
    let said =
        "the file `changing` changed while the stage was reading it, so its result is not reused";
    assert_eq!(ears.heard_of("warning"), [said]);
    assert_eq!(place.request(pipeline()).run().unwrap().ran(), ["read"]);
    assert_eq!(place.request(pipeline()).run().unwrap().reused(), ["read"]);
}

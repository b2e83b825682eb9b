//! A call that was started: its values on the way in, its bytes on the way out, one transaction at the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use mlops_core::{
    Argument, Arguments, BoxError, Clock, Digest, InputSlot, Level, Live, collect_sources,
    permanent,
};
use mlops_store::{
    ArtifactReference, CodeReach, Commit, Entry, InputKind, InputRecord, Lease, Playback,
    StageOutcome, StageRecord, StagedArtifact, Store,
};

use super::attempt::{Attempt, Done};
use super::cancel::Cancellation;
use super::fence::Fence;
use super::guard::Guard;
use super::services::{CallServices, Kept};
use super::slot::Slot;
use crate::event::Observer;
use crate::graph::{CallInput, Graph};
use crate::key::StageKey;
use crate::source::{ObservedSource, Sources};

/// Everything that a call needs while it runs.
pub(super) struct Job {
    pub(super) graph: Arc<Graph>,
    pub(super) call: usize,
    pub(super) key: Digest,
    pub(super) stage_key: StageKey,
    pub(super) reusable: bool,
    pub(super) level: Level,
    pub(super) lease: Arc<Lease>,
    pub(super) fence: Arc<Fence>,
    pub(super) inputs: Vec<JobInput>,
    pub(super) sources: Vec<(Arc<dyn mlops_core::Source>, ObservedSource)>,
    /// Whether their content is compared after the stage has read them, whatever their size and times say.
    pub(super) paranoid: bool,
    pub(super) record: StageRecord,
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancellation: Cancellation,
}

/// The entry's number, what it lists, what it plays back, and what a person should know of it.
type Committed = (i64, Vec<ArtifactReference>, Playback, Option<String>);

/// Where the value of an input comes from.
pub(super) enum JobInput {
    Slot(Arc<Slot>),
    Parameter(Live),
    Many(Vec<Self>),
}

impl Job {
    /// What stands behind the context of one attempt.
    pub(super) fn services(&self, attempt: u32) -> CallServices {
        CallServices {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            observer: Arc::clone(&self.observer),
            cancellation: self.cancellation.clone(),
            run: self.record.run,
            call: self.call,
            stage: self.record.name.clone(),
            key: self.key,
            lease: Arc::clone(&self.lease),
            attempt,
            fence: Arc::clone(&self.fence),
            guard: Guard::begin(
                &self.sources,
                self.paranoid,
                Sources::new(self.store.clone(), Arc::clone(&self.clock)),
            ),
            kept: Mutex::default(),
            next_checkpoint: Mutex::default(),
            told_to_stop: AtomicBool::new(false),
        }
    }

    /// The same job, for another attempt while an abandoned one still looks at this one.
    pub(super) fn again(&self) -> Self {
        Self {
            graph: Arc::clone(&self.graph),
            call: self.call,
            key: self.key,
            stage_key: self.stage_key.clone(),
            reusable: self.reusable,
            level: self.level,
            lease: Arc::clone(&self.lease),
            fence: Arc::clone(&self.fence),
            inputs: self.inputs.iter().map(JobInput::again).collect(),
            sources: self.sources.clone(),
            paranoid: self.paranoid,
            record: self.record.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            observer: Arc::clone(&self.observer),
            cancellation: self.cancellation.clone(),
        }
    }

    pub(super) fn arguments(&self) -> Result<Arguments, BoxError> {
        self.inputs
            .iter()
            .map(|input| input.argument(&self.store))
            .collect::<Result<_, _>>()
            .map(Arguments::new)
    }

    /// Turns what the body made into bytes, and commits bytes, entry and record in one transaction.
    pub(super) fn keep(&self, services: &CallServices, made: Vec<Live>, begun: Instant) -> Attempt {
        if services.told_to_stop.load(Ordering::SeqCst) {
            // A loop that ends early returns a model like any other, and nothing tells it from one that is whole.
            return Err(format!(
                "the run was cancelled while `{}` ran, so what it returned may be cut short",
                services.stage
            )
            .into());
        }
        let stage = self.graph.call(self.call).stage;
        let mut staged: Vec<StagedArtifact> = Vec::with_capacity(made.len());
        let mut outputs = Vec::with_capacity(made.len());
        for (live, artifact) in made.iter().zip(stage.outputs) {
            let (written, sources) = collect_sources(|| {
                self.store
                    .stage_artifact(artifact.media_type, |output| artifact.write(live, output))
            });
            if let Some(source) = sources.first() {
                return Err(permanent(format!(
                    "it returned the {} `{}`, which is a place and not content: return what is in it",
                    source.kind(),
                    source.location()
                )));
            }
            let written = written?;
            outputs.push(written.reference(artifact.describe(live)));
            staged.push(written);
        }
        // From here on nobody gives this attempt up.
        if !self.fence.commit(services.attempt) {
            return Err("this attempt was given up".into());
        }
        let committed = self.commit(services, outputs, staged, begun);
        match committed {
            Ok((entry, outputs, playback, warning)) => Ok(Done {
                entry,
                outputs,
                live: made,
                playback,
                warning,
            }),
            Err(error) => {
                self.fence.end_commit();
                Err(error)
            }
        }
    }

    fn commit(
        &self,
        services: &CallServices,
        outputs: Vec<ArtifactReference>,
        staged: Vec<StagedArtifact>,
        begun: Instant,
    ) -> Result<Committed, BoxError> {
        let Kept {
            playback,
            why_not,
            resumed,
            ..
        } = services.take_kept();
        let warning = services.guard.changed().map(|source| {
            format!(
                "the {} `{}` changed while the stage was reading it, so its result is not reused",
                source.kind, source.location
            )
        });
        let why_not = warning.clone().or(why_not);
        let seconds = begun.elapsed().as_secs_f64();
        let now = self.clock.now();
        let entry = Entry {
            id: 0,
            key: self.key,
            level: self.level,
            reusable: self.reusable && why_not.is_none(),
            why_not,
            run: self.record.run,
            stage: self.record.path.clone(),
            call: self.graph.call(self.call).label.clone(),
            made: now,
            seconds,
            attempts: services.attempt,
            inputs: self.input_records(),
            outputs: outputs.clone(),
            playback: playback.clone(),
            accepted: None,
            key_record: serde_json::to_value(&self.stage_key)?,
        };
        let mut record = self.record.clone();
        record.outcome = StageOutcome::Ran;
        record.ended = Some(now);
        record.seconds = seconds;
        record.resumed = resumed;
        let entry = self.store.commit(Commit {
            entry,
            staged,
            stage: Some(record),
            lease: Some(&self.lease),
            code: Some(CodeReach {
                digest: &self.stage_key.code.reach,
                items: self.graph.call(self.call).stage.code.items,
            }),
        })?;
        Ok((entry, outputs, playback, warning))
    }

    /// What the call was given.
    pub(super) fn input_records(&self) -> Vec<InputRecord> {
        let call = self.graph.call(self.call);
        let mut records = Vec::new();
        let slots = call.stage.inputs.iter();
        for ((slot, wired), input) in slots.zip(&call.inputs).zip(&self.inputs) {
            record_input(slot, wired, input, &mut records);
        }
        for (source, observed) in &self.sources {
            records.push(InputRecord {
                name: source.kind().to_owned(),
                kind: InputKind::Source,
                digest: Some(observed.digest),
                location: Some(observed.location.clone()),
                value: source.shown().map(Into::into),
                description: Default::default(),
            });
        }
        records
    }
}

fn record_input(
    slot: &InputSlot,
    wired: &CallInput,
    input: &JobInput,
    records: &mut Vec<InputRecord>,
) {
    let record = |kind, digest, value| InputRecord {
        name: slot.name.to_owned(),
        kind,
        digest,
        location: None,
        value,
        description: Default::default(),
    };
    match (wired, input) {
        (CallInput::Parameter(parameter), _) if parameter.is_source => {}
        (CallInput::Parameter(parameter), _) => {
            let value = parameter.value.to_json();
            records.push(record(InputKind::Parameter, None, Some(value)));
        }
        (CallInput::Many(wired), JobInput::Many(inputs)) => {
            for (wired, input) in wired.iter().zip(inputs) {
                record_input(slot, wired, input, records);
            }
        }
        (_, JobInput::Slot(input)) => {
            records.push(record(InputKind::Artifact, Some(input.digest), None));
        }
        _ => {}
    }
}

impl JobInput {
    fn again(&self) -> Self {
        match self {
            Self::Slot(slot) => Self::Slot(Arc::clone(slot)),
            Self::Parameter(live) => Self::Parameter(Arc::clone(live)),
            Self::Many(items) => Self::Many(items.iter().map(Self::again).collect()),
        }
    }

    fn live(&self, store: &Store) -> Result<Live, BoxError> {
        match self {
            Self::Slot(slot) => slot.live(store),
            Self::Parameter(live) => Ok(Arc::clone(live)),
            Self::Many(_) => Err("a list inside a list was wired".into()),
        }
    }

    fn argument(&self, store: &Store) -> Result<Argument, BoxError> {
        match self {
            Self::Many(items) => items
                .iter()
                .map(|item| item.live(store))
                .collect::<Result<_, _>>()
                .map(Argument::Many),
            one => one.live(store).map(Argument::One),
        }
    }
}

//! One call of a stage: values in, body, bytes out, one transaction; tried again as its policy says.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mlops_core::{
    Argument, Arguments, Body, BodyResult, BoxError, Clock, Digest, InputSlot, Level, Live,
    collect_sources, is_permanent, permanent,
};
use mlops_store::{
    ArtifactReference, Commit, Entry, InputKind, InputRecord, Lease, Playback, StageOutcome,
    StageRecord, StagedArtifact, Store,
};

use super::cancel::Cancellation;
use super::panic::{GuardedFuture, guarded};
use super::services::{CallServices, Kept};
use super::slot::{DamagedInput, Slot};
use crate::event::{Event, Observer};
use crate::graph::{CallInput, Graph};
use crate::key::StageKey;
use crate::source::ObservedSource;

/// Pauses between attempts never grow beyond this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Everything that a call needs while it runs.
pub(super) struct Job {
    pub(super) graph: Arc<Graph>,
    pub(super) call: usize,
    pub(super) key: Digest,
    pub(super) stage_key: StageKey,
    pub(super) reusable: bool,
    pub(super) level: Level,
    pub(super) lease: Arc<Lease>,
    pub(super) inputs: Vec<JobInput>,
    pub(super) sources: Vec<(Arc<dyn mlops_core::Source>, ObservedSource)>,
    pub(super) record: StageRecord,
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) cancellation: Cancellation,
}

/// Where the value of an input comes from.
pub(super) enum JobInput {
    Slot(Arc<Slot>),
    Parameter(Live),
    Many(Vec<Self>),
}

/// How a call ended.
pub(super) struct Finished {
    pub(super) call: usize,
    pub(super) record: StageRecord,
    pub(super) result: Result<Done, Failure>,
}

/// What a call made.
pub(super) struct Done {
    pub(super) entry: i64,
    pub(super) outputs: Vec<ArtifactReference>,
    pub(super) live: Vec<Live>,
    pub(super) playback: Playback,
    pub(super) warning: Option<String>,
}

/// Why a call made nothing.
pub(super) enum Failure {
    /// It failed for good.
    Error(String),
    /// A kept input turned out damaged: its maker must run again first.
    DamagedInput(usize),
}

/// The end of one attempt.
type Attempt = Result<Done, BoxError>;

pub(super) async fn execute(mut job: Job) -> Finished {
    let policy = job.graph.call(job.call).stage.policy;
    let job_name = job.graph.call(job.call).name.clone();
    let begun = Instant::now();
    let mut attempt = 1;
    loop {
        let services = Arc::new(CallServices {
            store: job.store.clone(),
            clock: Arc::clone(&job.clock),
            observer: Arc::clone(&job.observer),
            cancellation: job.cancellation.clone(),
            run: job.record.run,
            call: job.call,
            stage: job_name.clone(),
            key: job.key,
            lease: Arc::clone(&job.lease),
            attempt,
            abandoned: AtomicBool::new(false),
            kept: Mutex::default(),
            next_checkpoint: Mutex::default(),
        });
        job.record.attempts = attempt;
        let shared = Arc::new(job);
        let ended = match policy.timeout {
            Some(limit) => timed(Arc::clone(&shared), &services, begun, limit).await,
            None => one_attempt(Arc::clone(&shared), Arc::clone(&services), begun).await,
        };
        // An abandoned attempt may still hold the job; it only reads.
        job = Arc::try_unwrap(shared).unwrap_or_else(|shared| shared.again());
        let error = match ended {
            Ok(done) => {
                job.record.outcome = StageOutcome::Ran;
                job.record.entry = Some(done.entry);
                return finish(job, begun, Ok(done));
            }
            Err(error) => error,
        };
        let kept = services.take_kept();
        job.record.resumed = kept.resumed;
        job.record.playback = kept.playback;
        if let Some(damaged) = error.downcast_ref::<DamagedInput>() {
            let call = damaged.call;
            return finish(job, begun, Err(Failure::DamagedInput(call)));
        }
        let text = in_full(&*error);
        if job.cancellation.requested() {
            job.record.outcome = StageOutcome::Cancelled;
            job.record.error = Some(text.clone());
            return finish(job, begun, Err(Failure::Error(text)));
        }
        if attempt > policy.retries || is_permanent(&*error) {
            job.record.outcome = StageOutcome::Failed;
            job.record.error = Some(text.clone());
            return finish(job, begun, Err(Failure::Error(text)));
        }
        let pause = pause_after(attempt, policy.backoff, &job.key);
        job.observer.observe(&Event::Retry {
            stage: &job_name,
            attempt,
            error: &text,
            pause,
        });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = job.cancellation.next() => {}
        }
        attempt += 1;
    }
}

fn finish(mut job: Job, begun: Instant, result: Result<Done, Failure>) -> Finished {
    job.record.seconds = begun.elapsed().as_secs_f64();
    job.record.ended = Some(job.clock.now());
    Finished {
        call: job.call,
        record: job.record,
        result,
    }
}

/// The pause doubles with each attempt; the jitter keeps many stages from coming back at the same moment.
fn pause_after(attempt: u32, first: Duration, key: &Digest) -> Duration {
    let doubled = first.saturating_mul(1u32.checked_shl(attempt - 1).unwrap_or(u32::MAX));
    let mut seed = key.as_bytes().to_vec();
    seed.extend_from_slice(&attempt.to_le_bytes());
    seed.extend_from_slice(&std::process::id().to_le_bytes());
    let jitter = f64::from(Digest::of(&seed).as_bytes()[0]) / 512.0;
    doubled.min(LONGEST_PAUSE).mul_f64(0.75 + jitter)
}

/// The error and all that caused it, each once.
pub(crate) fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}

async fn timed(
    job: Arc<Job>,
    services: &Arc<CallServices>,
    begun: Instant,
    limit: Duration,
) -> Attempt {
    match tokio::time::timeout(limit, one_attempt(job, Arc::clone(services), begun)).await {
        Ok(ended) => ended,
        Err(_) => {
            // A thread cannot be stopped from outside: it is told (`cx.cancelled()`), and what it still does is dropped.
            services.abandoned.store(true, Ordering::SeqCst);
            Err(format!("it took longer than its timeout of {limit:?}").into())
        }
    }
}

async fn one_attempt(job: Arc<Job>, services: Arc<CallServices>, begun: Instant) -> Attempt {
    let stage = job.graph.call(job.call).stage;
    let context = mlops_core::StageContext::new(Arc::clone(&services) as _);
    match stage.body {
        Body::Blocking(body) => {
            blocking(move || {
                let arguments = job.arguments()?;
                let made = guarded(&services, || {
                    let span = tracing::info_span!("stage", name = %services.stage);
                    span.in_scope(|| body(&context, arguments))
                })??;
                job.keep(&services, made, begun)
            })
            .await
        }
        Body::Async(body) => {
            let loader = Arc::clone(&job);
            let arguments = blocking(move || loader.arguments()).await?;
            let future = GuardedFuture {
                body: guarded(&services, || body(context, arguments))?,
                services: Arc::clone(&services),
            };
            let span = tracing::info_span!("stage", name = %services.stage);
            let made: BodyResult = tracing::Instrument::instrument(future, span).await;
            let made = made?;
            blocking(move || job.keep(&services, made, begun)).await
        }
    }
}

async fn blocking<R: Send + 'static>(
    work: impl FnOnce() -> Result<R, BoxError> + Send + 'static,
) -> Result<R, BoxError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| BoxError::from(format!("the engine's own thread failed: {error}")))?
}

impl Job {
    /// The same job, for another attempt while an abandoned one still looks at this one.
    fn again(&self) -> Self {
        Self {
            graph: Arc::clone(&self.graph),
            call: self.call,
            key: self.key,
            stage_key: self.stage_key.clone(),
            reusable: self.reusable,
            level: self.level,
            lease: Arc::clone(&self.lease),
            inputs: self.inputs.iter().map(JobInput::again).collect(),
            sources: self.sources.clone(),
            record: self.record.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            observer: Arc::clone(&self.observer),
            cancellation: self.cancellation.clone(),
        }
    }

    fn arguments(&self) -> Result<Arguments, BoxError> {
        self.inputs
            .iter()
            .map(|input| input.argument(&self.store))
            .collect::<Result<_, _>>()
            .map(Arguments::new)
    }

    /// Turns what the body made into bytes, and commits bytes, entry and record in one transaction.
    fn keep(&self, services: &CallServices, made: Vec<Live>, begun: Instant) -> Attempt {
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
        if services.abandoned.load(Ordering::SeqCst) {
            return Err("this attempt is out of time".into());
        }
        let Kept {
            playback,
            why_not,
            resumed,
            ..
        } = services.take_kept();
        let warning = self.changed_source();
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
        })?;
        Ok(Done {
            entry,
            outputs,
            live: made,
            playback,
            warning,
        })
    }

    /// A source that changed while the stage may have been reading it.
    fn changed_source(&self) -> Option<String> {
        self.sources.iter().find_map(|(source, before)| {
            let after = source.state().ok();
            (after.as_ref() != Some(&before.state)).then(|| {
                format!(
                    "the {} `{}` changed while the stage was reading it, so its result is not reused",
                    before.kind, before.location
                )
            })
        })
    }

    fn input_records(&self) -> Vec<InputRecord> {
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
                value: None,
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

/// Keeps the poisoned-lock idiom in one place for this folder.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

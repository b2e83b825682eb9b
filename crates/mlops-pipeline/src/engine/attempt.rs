//! The attempts of one call: its body on a thread or on the runtime, in time or given up, tried again as its policy says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mlops_core::{Body, BodyResult, BoxError, Digest, Live, collect_reports, is_permanent};
use mlops_store::{ArtifactReference, Playback, StageOutcome, StageRecord, StoreError};

use super::job::Job;
use super::panic::{GuardedFuture, guarded};
use super::services::CallServices;
use super::slot::DamagedInput;
use crate::event::Event;

/// Pauses between attempts never grow beyond this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

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
    Error {
        text: String,
        /// Whether the cause is a store that is not what was written.
        store_is_damaged: bool,
    },
    /// A kept input turned out damaged: its maker must run again first.
    DamagedInput(usize),
}

/// The end of one attempt.
pub(super) type Attempt = Result<Done, BoxError>;

/// Where the attempts of a call are looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On the runtime, which lends a thread to a body that needs one and can turn its back on it.
    Runtime,
    /// On the thread that the body runs on.
    Thread,
}

/// Starts a call; `tell` is told how it ended.
pub(super) fn start(job: Job, tell: impl FnOnce(Finished) + Send + 'static) {
    let stage = job.graph.call(job.call).stage;
    if matches!(stage.body, Body::Blocking(_)) && stage.policy.timeout.is_none() {
        // Nobody has to look at a clock meanwhile: two changes of threads less, each dearer than a small stage.
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || tell(runtime.block_on(execute(job, Place::Thread))));
    } else {
        tokio::spawn(async move { tell(execute(job, Place::Runtime).await) });
    }
}

async fn execute(mut job: Job, place: Place) -> Finished {
    let policy = job.graph.call(job.call).stage.policy;
    let begun = Instant::now();
    let mut attempt = 1;
    loop {
        let services = Arc::new(job.services(attempt));
        job.record.attempts = attempt;
        if !job.fence.begin(attempt) {
            let failure = Failure::Error {
                text: "it was stopped".to_owned(),
                store_is_damaged: false,
            };
            return finish(job, begun, Err(failure));
        }
        let shared = Arc::new(job);
        let ended = match policy.timeout {
            Some(limit) => timed(Arc::clone(&shared), &services, begun, limit).await,
            None => one_attempt(Arc::clone(&shared), Arc::clone(&services), begun, place).await,
        };
        // An attempt that was given up may still hold the job; it only reads.
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
        let mut text = with_next_step(&*error);
        if let Some(source) = services.guard.changed() {
            // Half of one content and half of another is a usual cause of errors that nobody can explain later.
            text.push_str(&format!(
                "\nthe {} `{}` changed while the stage was reading it",
                source.kind, source.location
            ));
        }
        let is_last = attempt > policy.retries || is_permanent(&*error);
        if !is_last && !job.cancellation.requested() {
            let pause = pause_after(attempt, policy.backoff, &job.key);
            job.observer.observe(&Event::Retry {
                stage: &services.stage,
                attempt,
                error: &text,
                pause,
            });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = job.cancellation.more_than(0) => {}
            }
        }
        let is_cancelled = job.cancellation.requested();
        if is_last || is_cancelled {
            job.record.outcome = match is_cancelled {
                true => StageOutcome::Cancelled,
                false => StageOutcome::Failed,
            };
            job.record.error = Some(text.clone());
            job.record.inputs = job.input_records();
            let failure = Failure::Error {
                text,
                store_is_damaged: store_error_in(&*error).is_some_and(StoreError::is_damage),
            };
            return finish(job, begun, Err(failure));
        }
        attempt += 1;
    }
}

fn finish(mut job: Job, begun: Instant, result: Result<Done, Failure>) -> Finished {
    job.record.seconds = begun.elapsed().as_secs_f64();
    job.record.ended = Some(job.clock.now());
    // A thread that ignores its timeout may hold the job for long; whoever wants the key shall not wait for that.
    job.lease.release();
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
    doubled
        .min(LONGEST_PAUSE)
        .mul_f64(0.75 + jitter)
        .min(LONGEST_PAUSE)
}

/// The error in full and, where the store is the cause, its code and the next step.
fn with_next_step(error: &(dyn std::error::Error + 'static)) -> String {
    let text = match error.is::<StoreError>() {
        true => format!("failed to {}", in_full(error)),
        false => in_full(error),
    };
    match store_error_in(error).and_then(|error| Some((error.code(), error.help()?))) {
        Some((code, help)) => format!("{text}\n{code}: {help}"),
        None => text,
    }
}

/// The store's error that is the cause, if one is.
fn store_error_in<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e StoreError> {
    std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref::<StoreError>())
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
    let attempt = one_attempt(
        Arc::clone(&job),
        Arc::clone(services),
        begun,
        Place::Runtime,
    );
    tokio::pin!(attempt);
    if let Ok(ended) = tokio::time::timeout(limit, &mut attempt).await {
        return ended;
    }
    // A thread cannot be stopped from outside: it is told (`cx.cancelled()`), and what it still does is dropped.
    if job.fence.give_up(services.attempt) {
        Err(format!("it took longer than its timeout of {limit:?}").into())
    } else {
        // Its work is done and its results are being written.
        attempt.await
    }
}

async fn one_attempt(
    job: Arc<Job>,
    services: Arc<CallServices>,
    begun: Instant,
    place: Place,
) -> Attempt {
    let stage = job.graph.call(job.call).stage;
    let context = mlops_core::StageContext::new(Arc::clone(&services) as _);
    // Reading and writing values is the team's code as much as the body is, and may panic as well.
    match stage.body {
        Body::Blocking(body) => {
            let work = move || {
                guarded(&services, || {
                    let arguments = job.arguments()?;
                    let span = tracing::info_span!("stage", name = %services.stage);
                    let run = || span.in_scope(|| body(&context, arguments));
                    let made = collect_reports(|report| services.report(report), run)?;
                    job.keep(&services, made, begun)
                })?
            };
            match place {
                Place::Thread => work(),
                Place::Runtime => blocking(work).await,
            }
        }
        Body::Async(body) => {
            let (loader, inside) = (Arc::clone(&job), Arc::clone(&services));
            let arguments = blocking(move || guarded(&inside, || loader.arguments())?).await?;
            let future = GuardedFuture {
                body: guarded(&services, || body(context, arguments))?,
                services: Arc::clone(&services),
            };
            let span = tracing::info_span!("stage", name = %services.stage);
            let made: BodyResult = tracing::Instrument::instrument(future, span).await;
            let made = made?;
            blocking(move || guarded(&services, || job.keep(&services, made, begun))?).await
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

/// Keeps the poisoned-lock idiom in one place for this folder.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

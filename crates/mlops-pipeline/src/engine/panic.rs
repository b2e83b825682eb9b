//! Panics of stages: failures with message and place, not a line on somebody's terminal.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Once};
use std::task::{Context, Poll};

use mlops_core::{BodyFuture, BodyResult, BoxError, collect_reports};

use super::services::CallServices;

thread_local! {
    static INSIDE: RefCell<Option<Arc<CallServices>>> = const { RefCell::new(None) };
    static PANIC: Cell<Option<String>> = const { Cell::new(None) };
}

/// The stage that this thread is inside of, if any: the address of its log lines.
pub(super) fn current_stage() -> Option<Arc<CallServices>> {
    INSIDE
        .try_with(|inside| inside.try_borrow().ok()?.clone())
        .ok()?
}

/// A stage's code panicked.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {message}")]
pub(super) struct StagePanic {
    message: String,
}

/// Runs a stage's code on this thread; a panic becomes an error.
pub(super) fn guarded<R>(
    services: &Arc<CallServices>,
    code: impl FnOnce() -> R,
) -> Result<R, BoxError> {
    install_hook();
    let _inside = Inside(INSIDE.replace(Some(Arc::clone(services))));
    catch_unwind(AssertUnwindSafe(code)).map_err(|payload| {
        let message = PANIC.take().unwrap_or_else(|| text_of(&*payload));
        BoxError::from(StagePanic { message })
    })
}

/// Puts back what was there: stages may nest when one runs another's plain function under a context of its own.
struct Inside(Option<Arc<CallServices>>);

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.0.take());
    }
}

/// An async body whose every poll is guarded.
pub(super) struct GuardedFuture {
    pub(super) services: Arc<CallServices>,
    pub(super) body: BodyFuture,
}

impl Future for GuardedFuture {
    type Output = BodyResult;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<BodyResult> {
        let this = &mut *self;
        let services = Arc::clone(&this.services);
        let poll = || {
            collect_reports(
                |report| services.report(report),
                || this.body.as_mut().poll(context),
            )
        };
        match guarded(&this.services, poll) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

/// Keeps message and place of a panic inside a stage; leaves every other panic to whoever was there before.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if current_stage().is_none() {
                before(info);
                return;
            }
            let place = info
                .location()
                .map(|at| format!(" (at {}:{})", at.file(), at.line()))
                .unwrap_or_default();
            PANIC.set(Some(format!("{}{place}", text_of(info.payload()))));
        }));
    });
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is no text".to_owned())
}

//! A plan that is made call by call, by whoever settles a call in another way than a plan does.

use mlops_core::Digest;

use crate::PipelineError;
use crate::plan::{Decision, PlannedCall, Resolver, Settled};

/// What is settled so far: each call after all that it needs.
pub(crate) struct Walk<'a> {
    calls: Vec<PlannedCall>,
    resolver: &'a Resolver<'a>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(resolver: &'a Resolver<'a>) -> Self {
        Self {
            calls: Vec::new(),
            resolver,
        }
    }

    /// What a plan would say of the next call.
    pub(crate) fn decide(&self, call: usize) -> Result<PlannedCall, PipelineError> {
        self.resolver.decide(call, self)
    }

    /// What is taken to be so.
    pub(crate) fn settle(&mut self, planned: PlannedCall) {
        self.calls.push(planned);
    }

    pub(crate) fn call(&self, call: usize) -> Option<&PlannedCall> {
        self.calls.get(call)
    }
}

impl Settled for Walk<'_> {
    fn decision(&self, call: usize) -> Decision {
        self.call(call)
            .map_or(Decision::Depends, |planned| planned.decision)
    }

    fn output(&self, call: usize, output: usize) -> Option<Digest> {
        let entry = self.call(call)?.entry.as_ref()?;
        entry.outputs.get(output).map(|output| output.digest)
    }

    fn flag(&self, call: usize, output: usize) -> Option<bool> {
        self.resolver.read_flag(&self.output(call, output)?)
    }

    fn blocker(&self, call: usize) -> Option<String> {
        let planned = self.call(call)?;
        let why = planned.reasons.first()?;
        Some(format!("`{}` is blocked: {why}", planned.stage))
    }
}

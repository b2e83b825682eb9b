//! The decision about one call, made in one place for plans and for runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use mlops_core::{ArtifactInput, Digest, Level};
use mlops_store::{Entry, Store};

use super::{Decision, PlannedCall};
use crate::PipelineError;
use crate::code::CodeReach;
use crate::engine::Resources;
use crate::graph::{Call, Graph};
use crate::key::{KeyEnvironment, StageKey, stage_key};
use crate::outside::{OutsideNames, OutsideUse};
use crate::reason::{CompareArtifacts, KeyComparison, Reason, ReasonKind, compare_keys, shortest};
use crate::source::Sources;

/// Outputs up to this size are verified before they are said to be reusable as a result of the pipeline.
const VERIFY_UP_TO: u64 = 64 * 1024;

/// What is known of the calls that come before the one to decide.
pub trait Settled {
    /// What was decided; `Depends` while it is open.
    fn decision(&self, call: usize) -> Decision;
    /// The digest of an output, once known.
    fn output(&self, call: usize, output: usize) -> Option<Digest>;
    /// The value of a flag, once known.
    fn flag(&self, call: usize, output: usize) -> Option<bool>;
    /// Why a call that was decided to be blocked has no value, in words that name where it began.
    fn blocker(&self, call: usize) -> Option<String>;
}

/// Decides about calls: by the store, the level, and what the user asked for.
#[derive(Debug)]
pub struct Resolver<'a> {
    graph: &'a Graph,
    store: &'a Store,
    sources: &'a Sources,
    level: Level,
    environment: KeyEnvironment,
    forced: BTreeSet<usize>,
    only: Option<BTreeSet<usize>>,
    earlier: BTreeMap<String, Entry>,
    results: BTreeSet<usize>,
    resources: Option<&'a Resources>,
    newest: Mutex<BTreeMap<&'static str, Option<Entry>>>,
    compare: Option<CompareArtifacts>,
    outside: OutsideNames,
    /// What each stage uses of the outside world; by its path, since many calls are of one stage.
    uses: Mutex<BTreeMap<&'static str, Option<Reason>>>,
}

impl<'a> Resolver<'a> {
    /// Decisions under a level.
    pub fn new(
        graph: &'a Graph,
        store: &'a Store,
        sources: &'a Sources,
        level: Level,
        environment: KeyEnvironment,
    ) -> Self {
        Self {
            graph,
            store,
            sources,
            level,
            environment,
            forced: BTreeSet::new(),
            only: None,
            earlier: BTreeMap::new(),
            results: graph.outputs().iter().map(|output| output.call).collect(),
            resources: None,
            newest: Mutex::default(),
            compare: None,
            outside: OutsideNames::with(&[]),
            uses: Mutex::default(),
        }
    }

    /// Takes these names, too, for names by which code looks at the outside world.
    #[must_use]
    pub fn outside(mut self, names: &[String]) -> Self {
        self.outside = OutsideNames::with(names);
        self
    }

    /// Says how inputs changed by comparing them, which may mean to read both.
    #[must_use]
    pub fn compare(mut self, compare: Option<CompareArtifacts>) -> Self {
        self.compare = compare;
        self
    }

    /// Runs these calls whatever is kept.
    #[must_use]
    pub fn force(mut self, calls: impl IntoIterator<Item = usize>) -> Self {
        self.forced.extend(calls);
        self
    }

    /// Blocks calls that ask for more than there is.
    #[must_use]
    pub fn within(mut self, resources: &'a Resources) -> Self {
        self.resources = Some(resources);
        self
    }

    /// Runs nothing but these calls.
    #[must_use]
    pub fn only(mut self, calls: impl IntoIterator<Item = usize>) -> Self {
        self.only.get_or_insert_default().extend(calls);
        self
    }

    /// Takes inputs of the chosen calls from what an earlier run kept, by the label of the call.
    #[must_use]
    pub fn earlier(mut self, entries: BTreeMap<String, Entry>) -> Self {
        self.earlier = entries;
        self
    }

    /// The level under which results are looked up.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Reads a kept truth value.
    pub fn read_flag(&self, digest: &Digest) -> Option<bool> {
        let artifact = self.store.read_artifact(digest).ok()?;
        mlops_core::read_serde(&artifact as &dyn ArtifactInput).ok()
    }

    /// Decides about one call.
    ///
    /// # Errors
    /// The store failed; a source that cannot be used blocks the call and is no error here.
    pub fn decide(
        &self,
        index: usize,
        settled: &dyn Settled,
    ) -> Result<PlannedCall, PipelineError> {
        let call = self.graph.call(index);
        let planned = |decision, reasons| PlannedCall {
            call: index,
            stage: call.name.clone(),
            path: call.stage.path.to_owned(),
            decision,
            key: None,
            stage_key: None,
            reasons,
            entry: None,
        };
        if let Some((decision, reasons)) = self.held_up(index, call, settled) {
            return Ok(planned(decision, reasons));
        }
        for source in call.sources() {
            if let Err(error) = self.sources.observe(&*source) {
                let reason = Reason::new(ReasonKind::Blocked, error.to_string());
                return Ok(planned(Decision::Blocked, vec![reason]));
            }
        }
        let key = stage_key(
            call,
            &self.environment,
            &|call, output| settled.output(call, output),
            &|source| self.sources.observed(source),
        );
        let Some(key) = key else {
            let reason = Reason::new(ReasonKind::Input, "an input has yet to be made");
            return Ok(planned(Decision::Depends, vec![reason]));
        };
        let digest = key.digest();
        let (decision, reasons, entry) = self.look_up(index, call, &key, &digest)?;
        Ok(PlannedCall {
            key: Some(digest),
            stage_key: Some(Box::new(key)),
            entry: entry.map(Box::new),
            ..planned(decision, reasons)
        })
    }

    /// Whether something upstream already settles it: a false flag, a failure, a value that is not there yet.
    fn held_up(
        &self,
        index: usize,
        call: &Call,
        settled: &dyn Settled,
    ) -> Option<(Decision, Vec<Reason>)> {
        let mut open = Vec::new();
        for (flag, output) in &call.conditions {
            let name = &self.graph.call(*flag).name;
            match settled.decision(*flag) {
                Decision::Skip => {
                    let item = format!("`{name}` has no value");
                    let reason = Reason::new(ReasonKind::Condition, item);
                    return Some((Decision::Skip, vec![reason]));
                }
                Decision::Blocked => {
                    return Some((Decision::Blocked, vec![self.blocked_by(*flag, settled)]));
                }
                _ => match settled.flag(*flag, *output) {
                    Some(true) => {}
                    Some(false) => {
                        let reason =
                            Reason::new(ReasonKind::Condition, format!("`{name}` is false"));
                        return Some((Decision::Skip, vec![reason]));
                    }
                    None => open.push(*flag),
                },
            }
        }
        for needed in self.graph.dependencies(index) {
            let name = &self.graph.call(needed).name;
            match settled.decision(needed) {
                Decision::Skip => {
                    let reason = Reason::new(ReasonKind::Condition, format!("`{name}` is skipped"));
                    return Some((Decision::Skip, vec![reason]));
                }
                Decision::Blocked => {
                    return Some((Decision::Blocked, vec![self.blocked_by(needed, settled)]));
                }
                Decision::Run | Decision::Depends => open.push(needed),
                Decision::Reuse => {}
            }
        }
        open.sort_unstable();
        open.dedup();
        if open.is_empty() {
            return None;
        }
        let reasons = open
            .into_iter()
            .map(|needed| {
                let name = &self.graph.call(needed).name;
                Reason::new(ReasonKind::Input, format!("`{name}` has yet to be made"))
            })
            .collect();
        Some((Decision::Depends, reasons))
    }

    fn blocked_by(&self, needed: usize, settled: &dyn Settled) -> Reason {
        let item = settled
            .blocker(needed)
            .unwrap_or_else(|| format!("`{}` is blocked", self.graph.call(needed).name));
        Reason::new(ReasonKind::Blocked, item)
    }

    fn look_up(
        &self,
        index: usize,
        call: &Call,
        key: &StageKey,
        digest: &Digest,
    ) -> Result<(Decision, Vec<Reason>, Option<Entry>), PipelineError> {
        let may_run = self.only.as_ref().is_none_or(|only| only.contains(&index));
        let mut reasons = Vec::new();
        if may_run && self.forced.contains(&index) {
            reasons.push(Reason::new(ReasonKind::Forced, "told to run by --force"));
        } else if may_run && let Some(reason) = self.never_reused(call) {
            reasons.push(reason);
        } else {
            match self.store.lookup(digest, self.level)? {
                Some(entry) if self.is_whole(index, &entry)? => {
                    return Ok((Decision::Reuse, Vec::new(), Some(entry)));
                }
                Some(_) => reasons.push(Reason::new(
                    ReasonKind::Missing,
                    "its kept result is gone or damaged",
                )),
                None => reasons = self.explain(call, key, digest)?,
            }
        }
        if may_run {
            let policy = &call.stage.policy;
            if let Some(lack) = self.resources.and_then(|resources| resources.lacks(policy)) {
                return Ok((
                    Decision::Blocked,
                    vec![Reason::new(ReasonKind::Blocked, lack)],
                    None,
                ));
            }
            return Ok((Decision::Run, reasons, None));
        }
        if let Some(entry) = self.earlier.get(&call.label) {
            return Ok((Decision::Reuse, Vec::new(), Some(entry.clone())));
        }
        let item = format!("--only leaves out `{}`, which would have to run", call.name);
        reasons.insert(0, Reason::new(ReasonKind::Blocked, item));
        Ok((Decision::Blocked, reasons, None))
    }

    /// Whether everything that the entry lists is there; small results of the pipeline are read and verified.
    fn is_whole(&self, index: usize, entry: &Entry) -> Result<bool, PipelineError> {
        for output in &entry.outputs {
            let there = if self.results.contains(&index) && output.size <= VERIFY_UP_TO {
                match self.store.read_artifact(&output.digest) {
                    Ok(_) => true,
                    Err(error) if error.is_damage() => false,
                    Err(error) => return Err(error.into()),
                }
            } else {
                self.store.has_artifact(&output.digest)?
            };
            if !there {
                return Ok(false);
            }
        }
        Ok(entry.outputs.len() == self.graph.call(index).stage.outputs.len())
    }

    fn explain(
        &self,
        call: &Call,
        key: &StageKey,
        digest: &Digest,
    ) -> Result<Vec<Reason>, PipelineError> {
        if self.level > Level::Experiment
            && let Some(laxer) = self.store.lookup(digest, Level::Experiment)?
        {
            let item = format!(
                "a result made under {} may not be used under {}",
                laxer.level, self.level
            );
            return Ok(vec![Reason::new(ReasonKind::Missing, item)]);
        }
        let path = call.stage.path;
        let earlier = match self.store.latest_entry_like(path, &call.label)? {
            Some(entry) => Some(entry),
            None => self.latest_entry(path)?,
        };
        let Some(earlier) = earlier else {
            return Ok(vec![Reason::new(ReasonKind::New, "it has never run")]);
        };
        if earlier.key == *digest {
            let why = earlier
                .why_not
                .unwrap_or_else(|| "its kept result is gone or damaged".to_owned());
            let kind = if earlier.reusable {
                ReasonKind::Missing
            } else {
                ReasonKind::Undeclared
            };
            return Ok(vec![Reason::new(kind, why)]);
        }
        let Ok(old) = serde_json::from_value::<StageKey>(earlier.key_record) else {
            let item = "its last key has another format";
            return Ok(vec![Reason::new(ReasonKind::Toolchain, item)]);
        };
        let before = self.store.code_reach(&old.code.reach)?;
        let before = before.as_deref().map(CodeReach::read);
        let present = CodeReach::read(call.stage.code.items);
        let beside = KeyComparison {
            code: before.as_ref().map(|before| (before, &present)),
            artifacts: self.compare.map(|compare| (compare, self.store)),
            place: &call.stage.place(),
        };
        let mut reasons = compare_keys(&old, key, beside);
        if reasons.is_empty() {
            // The last run had this very key, and its row is damaged or was made under another profile.
            let item = "its kept result is gone or damaged";
            return Ok(vec![Reason::new(ReasonKind::Missing, item)]);
        }
        // It says what a person saw then, such as a file that changed in the middle of things.
        reasons.extend(
            earlier
                .why_not
                .map(|why| Reason::new(ReasonKind::Input, why)),
        );
        Ok(shortest(reasons))
    }
}

impl Resolver<'_> {
    /// The newest entry of a stage when this was first asked for. What the same run made since is no earlier result, and
    /// asking for each of many calls anew would cost as much as the calls.
    fn latest_entry(&self, path: &'static str) -> Result<Option<Entry>, PipelineError> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = newest.get(path) {
            return Ok(known.clone());
        }
        let found = self.store.latest_entry(path)?;
        newest.insert(path, found.clone());
        Ok(found)
    }
}

impl Resolver<'_> {
    /// Why a stage is never reused, if so.
    fn never_reused(&self, call: &Call) -> Option<Reason> {
        let stage = call.stage;
        if !stage.cache {
            return Some(Reason::new(ReasonKind::Undeclared, "`cache = false`"));
        }
        if stage.kind.touches_the_world() && !reads_only_sources(call) {
            let item = format!(
                "a stage of kind {} looks at the outside world: give it what it reads as a typed source, such as `File`",
                stage.kind.as_str()
            );
            return Some(Reason::new(ReasonKind::Undeclared, item));
        }
        if stage.reads_nothing.is_some() {
            return None;
        }
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.entry(stage.path)
            .or_insert_with(|| {
                let used = self.outside.used_by(&stage.code);
                let is_told = |used: &&OutsideUse| {
                    stage.not_deterministic.is_none() || !used.differs_each_time()
                };
                used.iter().find(is_told).map(OutsideUse::reason)
            })
            .clone()
    }
}

/// Whether it reads at least one typed source, and nothing that another stage made.
fn reads_only_sources(call: &Call) -> bool {
    let mut made_elsewhere = false;
    for input in &call.inputs {
        input.outputs(&mut |_, _| made_elsewhere = true);
    }
    !made_elsewhere && !call.sources().is_empty()
}

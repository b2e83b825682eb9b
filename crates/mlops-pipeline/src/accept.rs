//! Accepting a change of code that is known to alter nothing: the kept result of the old key counts for the new one.
//!
//! It is a claim of a person, and stays one: the audit log says who made it and why, the entry names it, and `verify` runs
//! the new code all the same and compares. Only code may differ; whatever else has changed is a reason to run.

mod error;

use mlops_core::{Digest, Level};
use mlops_store::{Accepted, AuditRecord, CodeReach as Reached, Commit, Entry};

pub use error::AcceptError;

use crate::code::CodeReach;
use crate::engine::RunRequest;
use crate::key::StageKey;
use crate::plan::{Decision, PlannedCall};
use crate::reason::{KeyComparison, Reason, ReasonKind, compare_keys};
use crate::walk::Walk;

/// Who accepts what, and why.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The stage: each of its calls in the pipeline.
    pub stage: String,
    /// Why its result is not altered.
    pub reason: String,
    /// Who says so.
    pub by: String,
}

/// A call whose kept result counts from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedCall {
    /// Its short name.
    pub stage: String,
    /// What changed in its code.
    pub changes: Vec<Reason>,
    /// The key under which the result was kept.
    pub from: Digest,
    /// The key under which it counts, too.
    pub to: Digest,
    /// The level at which it counts.
    pub level: Level,
}

/// A call that is about to be accepted.
struct Proposal {
    /// The call's number in the graph.
    number: usize,
    /// What its key names in the code.
    reach: String,
    call: AcceptedCall,
    entry: Entry,
}

/// Accepts that a change of code alters nothing, for every call of a stage that would run because of it.
///
/// # Errors
/// It is refused: nothing is to be accepted, more than code has changed, the kept result is gone, or the level does not
/// allow it; then nothing is accepted for any call. Or the store failed.
pub fn accept(
    request: &RunRequest,
    acceptance: &Acceptance,
) -> Result<Vec<AcceptedCall>, AcceptError> {
    if acceptance.reason.trim().is_empty() {
        return Err(AcceptError::NoReason);
    }
    let wanted = request.graph.find(&acceptance.stage)?;
    let path = request.graph.call(wanted[0]).stage.path;
    if let Some(other) = wanted
        .iter()
        .map(|index| request.graph.call(*index).stage.path)
        .find(|other| *other != path)
    {
        return Err(AcceptError::Ambiguous {
            name: acceptance.stage.clone(),
            first: path.to_owned(),
            second: other.to_owned(),
        });
    }
    if request.level == Level::Production {
        let error = AcceptError::Production {
            stage: path.to_owned(),
            profile: request.profile.clone(),
        };
        request.store.audit(&AuditRecord {
            actor: acceptance.by.clone(),
            action: "stage.accept.refused".to_owned(),
            subject: path.to_owned(),
            reason: Some(error.to_string()),
            evidence: serde_json::json!({
                "pipeline": request.pipeline,
                "profile": request.profile,
                "claimed": acceptance.reason,
            }),
            at: request.clock.now(),
        })?;
        return Err(error);
    }
    let proposals = proposals(request, &wanted)?;
    if proposals.is_empty() {
        return Err(AcceptError::Nothing {
            stage: path.to_owned(),
        });
    }
    keep(request, acceptance, path, proposals)
}

/// Records it, and then makes the entries: one that is there has its line in the log, whatever happens in between.
fn keep(
    request: &RunRequest,
    acceptance: &Acceptance,
    path: &str,
    proposals: Vec<Proposal>,
) -> Result<Vec<AcceptedCall>, AcceptError> {
    let at = request.clock.now();
    let calls = proposals.iter().map(|proposal| {
        let call = &proposal.call;
        serde_json::json!({
            "stage": call.stage,
            "from": call.from,
            "to": call.to,
            "changes": call.changes,
        })
    });
    let audit = request.store.audit(&AuditRecord {
        actor: acceptance.by.clone(),
        action: "stage.accept".to_owned(),
        subject: path.to_owned(),
        reason: Some(acceptance.reason.clone()),
        evidence: serde_json::json!({
            "pipeline": request.pipeline,
            "profile": request.profile,
            "level": request.level,
            "calls": calls.collect::<Vec<_>>(),
        }),
        at,
    })?;
    let mut accepted = Vec::with_capacity(proposals.len());
    for Proposal {
        number,
        reach,
        call,
        mut entry,
    } in proposals
    {
        entry.accepted = Some(Accepted {
            by: acceptance.by.clone(),
            at,
            reason: acceptance.reason.clone(),
            from: call.from,
            audit: audit.sequence,
        });
        entry.made = at;
        request.store.commit(Commit {
            entry,
            staged: Vec::new(),
            stage: None,
            lease: None,
            code: Some(Reached {
                digest: &reach,
                items: request.graph.call(number).stage.code.items,
            }),
        })?;
        accepted.push(call);
    }
    Ok(accepted)
}

/// What would be accepted for each call that does not have its result already.
fn proposals(request: &RunRequest, wanted: &[usize]) -> Result<Vec<Proposal>, AcceptError> {
    let sources = request.sources();
    let resolver = request.resolver(&sources)?;
    let mut walk = Walk::new(&resolver);
    let mut proposals = Vec::new();
    for index in 0..request.graph.len() {
        let mut planned = walk.decide(index)?;
        if wanted.contains(&index) && planned.decision != Decision::Reuse {
            let proposal = propose(request, &planned)?;
            // A later call of the same stage may need what this one makes.
            planned.decision = Decision::Reuse;
            planned.entry = Some(Box::new(proposal.entry.clone()));
            proposals.push(proposal);
        }
        walk.settle(planned);
    }
    request.let_go_of_sources();
    Ok(proposals)
}

fn propose(request: &RunRequest, planned: &PlannedCall) -> Result<Proposal, AcceptError> {
    let stage = planned.stage.clone();
    let reasons = || planned.reasons.iter().map(ToString::to_string).collect();
    let (Decision::Run, Some(key), Some(to)) = (planned.decision, &planned.stage_key, planned.key)
    else {
        return Err(AcceptError::Open {
            stage,
            reasons: reasons(),
        });
    };
    if planned
        .reasons
        .iter()
        .any(|reason| reason.kind == ReasonKind::Undeclared)
    {
        return Err(AcceptError::NeverReused {
            stage,
            reasons: reasons(),
        });
    }
    let (old, old_key) = match differs_in_code_only(request, planned, key, request.level)? {
        Some(found) => found,
        None => return Err(why_none(request, planned, key)?),
    };
    let outputs = request.graph.call(planned.call).stage.outputs.len();
    let mut is_whole = old.outputs.len() == outputs;
    for output in &old.outputs {
        // Read, not only looked for: whoever accepts shall not learn later that it was damaged.
        is_whole &= match request.store.read_artifact(&output.digest) {
            Ok(_) => true,
            Err(error) if error.is_damage() => false,
            Err(error) => return Err(error.into()),
        };
    }
    if !is_whole {
        return Err(AcceptError::Gone { stage });
    }
    let level = old.level.min(request.level);
    Ok(Proposal {
        number: planned.call,
        reach: key.code.reach.clone(),
        call: AcceptedCall {
            stage,
            changes: changes(request, planned, &old_key, key)?,
            from: old.key,
            to,
            level,
        },
        entry: Entry {
            id: 0,
            key: to,
            level,
            call: request.graph.call(planned.call).label.clone(),
            key_record: serde_json::to_value(key).unwrap_or_default(),
            ..old
        },
    })
}

/// What changed in the code, by name as far as the store knows what the old one reached.
fn changes(
    request: &RunRequest,
    planned: &PlannedCall,
    old: &StageKey,
    new: &StageKey,
) -> Result<Vec<Reason>, AcceptError> {
    let stage = request.graph.call(planned.call).stage;
    let before = request.store.code_reach(&old.code.reach)?;
    let before = before.as_deref().map(CodeReach::read);
    let present = CodeReach::read(stage.code.items);
    let beside = KeyComparison {
        code: before.as_ref().map(|before| (before, &present)),
        artifacts: None,
        place: &stage.place(),
    };
    Ok(compare_keys(old, new, beside))
}

/// The newest entry of the stage whose key is this one but for the code.
fn differs_in_code_only(
    request: &RunRequest,
    planned: &PlannedCall,
    key: &StageKey,
    level: Level,
) -> Result<Option<(Entry, StageKey)>, AcceptError> {
    let mut found = None;
    let entry = request.store.newest_entry(&planned.path, |entry| {
        if !entry.reusable || entry.level < level {
            return false;
        }
        let Ok(old) = serde_json::from_value::<StageKey>(entry.key_record.clone()) else {
            return false;
        };
        let with_new_code = StageKey {
            code: key.code.clone(),
            ..old.clone()
        };
        let fits = with_new_code == *key && old.code != key.code;
        if fits {
            found = Some(old);
        }
        fits
    })?;
    Ok(entry.zip(found))
}

/// Why there is none.
fn why_none(
    request: &RunRequest,
    planned: &PlannedCall,
    key: &StageKey,
) -> Result<AcceptError, AcceptError> {
    let stage = planned.stage.clone();
    let laxer = match differs_in_code_only(request, planned, key, Level::Experiment)? {
        Some((laxer, _)) => Some(laxer),
        // The code may be the same, too: then it is the level alone that hides the result.
        None => request.store.lookup(&key.digest(), Level::Experiment)?,
    };
    if let Some(laxer) = laxer.filter(|laxer| laxer.level < request.level) {
        return Ok(AcceptError::Laxer {
            stage,
            made_under: laxer.level,
            level: request.level,
        });
    }
    let others: Vec<String> = planned
        .reasons
        .iter()
        .filter(|reason| !matches!(reason.kind, ReasonKind::Code | ReasonKind::Dependency))
        .map(ToString::to_string)
        .collect();
    let is_new = |reason: &Reason| reason.kind == ReasonKind::New;
    Ok(match others.is_empty() {
        // Its newest result differs in code only, and may not be reused for a reason of its own.
        true => AcceptError::NeverReused {
            stage,
            reasons: vec!["what it made last may not be reused".to_owned()],
        },
        false if planned.reasons.iter().any(is_new) => AcceptError::NeverRan { stage },
        false
            if planned
                .reasons
                .iter()
                .any(|reason| reason.kind == ReasonKind::Missing) =>
        {
            AcceptError::Gone { stage }
        }
        false => AcceptError::MoreChanged {
            stage,
            reasons: others,
        },
    })
}

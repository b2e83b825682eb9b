//! What a command is about: a run, a stage of a run, one of its outputs, an artifact, a source.

use std::path::Path;

use mlops_core::{Digest, without_credentials};
use mlops_pipeline::lineage::LineageTarget;
use mlops_store::{Access, ArtifactReference, Entry, RunRecord, StageRecord, Store, StoreError};
use uuid::Uuid;

use super::arguments::CommonArguments;
use super::data::versions;
use crate::failure::{Exit, Failure};
use crate::project::Project;

/// Answers from what is kept. An answer from which damaged rows had to be left out is given, and is no success.
pub(super) fn look_into_store(
    common: &CommonArguments,
    answer: impl FnOnce(&Store) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    let store = open(common)?;
    let code = answer(&store)?;
    if store.damaged_rows_seen() == 0 {
        return Ok(code);
    }
    let message =
        "rows of the store are damaged: the answer above is what can be said without them";
    Err(Failure::new(Exit::Damaged, "store::damaged", message).help(
        "`store check` lists what is damaged; what is missing is made again when the pipeline runs",
    ))
}

/// The store that is there, to look at what is kept; none is made.
pub(super) fn open(common: &CommonArguments) -> Result<Store, Failure> {
    let project = Project::here()?;
    let profile = project.profile(common.profile.as_deref())?;
    let store = project.store_to_look(profile, common.store.as_deref())?;
    // A run whose process died is shown as what it is. Where nothing may be written it stays as it was.
    let _ = store.reconcile_dead_runs();
    Ok(store)
}

/// The same, only if it may be written.
pub(super) fn open_to_write(common: &CommonArguments) -> Result<Store, Failure> {
    let project = Project::here()?;
    let profile = project.profile(common.profile.as_deref())?;
    project.store_to_look(profile, common.store.as_deref())?;
    project.store(profile, common.store.as_deref(), Access::ReadWrite)
}

/// What a command is about.
pub(super) enum Subject {
    Run(Box<RunRecord>),
    Stage(Uuid, Box<StageRecord>),
    Output(Uuid, ArtifactReference),
    Artifact(Digest),
    Source(String),
}

impl Subject {
    /// Finds what a person means by `latest`, `latest~1/train`, `9f3b2c41/split/1`, `latest/report`, a digest, or a path.
    pub(super) fn find(store: &Store, text: &str) -> Result<Self, Failure> {
        if let Ok(digest) = text.parse::<Digest>() {
            return Ok(Self::Artifact(digest));
        }
        if let Some(table) = versions::table(store, text)? {
            return Ok(Self::Artifact(table));
        }
        let (selector, below) = match text.split_once('/') {
            Some((selector, below)) => (selector, Some(below)),
            None => (text, None),
        };
        let run = match store.find_run(selector, None) {
            Ok(run) => run,
            Err(StoreError::NoSuchRun {
                selector,
                candidates,
            }) if below.is_none() && !is_path(text) => {
                return match store.artifacts_like(text)?.as_slice() {
                    [digest] => Ok(Self::Artifact(*digest)),
                    [] => Err(StoreError::NoSuchRun {
                        selector,
                        candidates,
                    }
                    .into()),
                    several => {
                        let all: Vec<String> = several.iter().map(ToString::to_string).collect();
                        Err(Failure::usage(
                            "command::ambiguous_digest",
                            format!("several artifacts begin with `{text}`"),
                        )
                        .help(all.join(", ")))
                    }
                };
            }
            Err(StoreError::NoSuchRun { .. }) if is_path(text) => {
                return Ok(Self::Source(text.to_owned()));
            }
            Err(error) => return Err(error.into()),
        };
        match below {
            None => Ok(Self::Run(Box::new(run))),
            Some(below) => Self::within(store, &run, below),
        }
    }

    /// A stage of the run, one of its outputs by number, or an output of the pipeline by name.
    fn within(store: &Store, run: &RunRecord, name: &str) -> Result<Self, Failure> {
        let stages = store.stages(run.id)?;
        let by_name = |name: &str| {
            stages
                .iter()
                .find(|stage| stage.name == name || stage.path == name)
        };
        if let Some(stage) = by_name(name) {
            return Ok(Self::Stage(run.id, Box::new(stage.clone())));
        }
        let numbered = name
            .rsplit_once('/')
            .and_then(|(stage, number)| Some((by_name(stage)?, number.parse::<usize>().ok()?)));
        if let Some((stage, number)) = numbered {
            let entry = entry_of(store, stage)?;
            let count = entry.outputs.len();
            let output = entry.outputs.into_iter().nth(number).ok_or_else(|| {
                Failure::usage(
                    "command::unknown_output",
                    format!("`{}` has no output {number}", stage.name),
                )
                .help(format!("its outputs are 0 to {}", count.saturating_sub(1)))
            })?;
            return Ok(Self::Output(run.id, output));
        }
        let output = run.outputs.iter().find(|(known, _)| known == name);
        if let Some((_, digests)) = output
            && let Some(digest) = digests.first()
        {
            return Ok(Self::Artifact(*digest));
        }
        let known: Vec<&str> = stages
            .iter()
            .map(|stage| stage.name.as_str())
            .chain(run.outputs.iter().map(|(name, _)| name.as_str()))
            .collect();
        let failure = Failure::usage(
            "command::unknown_stage",
            format!("this run has no stage and no output `{name}`"),
        );
        let all = known.join(", ");
        Err(match mlops_core::nearest(name, known.iter().copied()) {
            Some(near) => failure.help(format!("did you mean `{near}`? there are: {all}")),
            None => failure.help(format!("there are: {all}")),
        })
    }

    /// What a question about lineage starts from.
    pub(super) fn lineage(self, store: &Store) -> Result<LineageTarget, Failure> {
        Ok(match self {
            Self::Run(run) => LineageTarget::Run(run.id),
            Self::Stage(run, stage) => LineageTarget::Digests {
                digests: entry_of(store, &stage)?
                    .outputs
                    .iter()
                    .map(|output| output.digest)
                    .collect(),
                run: Some(run),
            },
            Self::Output(run, output) => LineageTarget::Digests {
                digests: vec![output.digest],
                run: Some(run),
            },
            Self::Artifact(digest) => LineageTarget::Digests {
                digests: vec![digest],
                run: None,
            },
            Self::Source(location) => {
                let location = without_credentials(&location);
                let absolute = std::path::absolute(&location)
                    .map_or_else(|_| location.clone(), |path| path.display().to_string());
                let is_known = store.known_source(&absolute)?.is_some();
                LineageTarget::Source(if is_known { absolute } else { location })
            }
        })
    }

    /// The artifact, if the subject is one, or a stage with one output.
    pub(super) fn artifact(self, store: &Store) -> Result<Digest, Failure> {
        match self {
            Self::Artifact(digest) => Ok(digest),
            Self::Output(_, output) => Ok(output.digest),
            Self::Stage(_, stage) => {
                let entry = entry_of(store, &stage)?;
                match entry.outputs.as_slice() {
                    [one] => Ok(one.digest),
                    outputs => Err(Failure::usage(
                        "command::which_output",
                        format!("`{}` has {} outputs", stage.name, outputs.len()),
                    )
                    .help(format!(
                        "add its number, from /0 to /{}",
                        outputs.len().saturating_sub(1)
                    ))),
                }
            }
            Self::Run(_) | Self::Source(_) => Err(Failure::usage(
                "command::which_output",
                "an artifact is named by RUN/STAGE, RUN/OUTPUT or its digest",
            )
            .help("`show latest` lists the stages of the last run and what they made")),
        }
    }
}

/// Whether it says where a source is.
fn is_path(text: &str) -> bool {
    let is_named = text.starts_with("env:") || text.starts_with("clock:");
    is_named || text.contains(['/', '.', '*']) || Path::new(text).exists()
}

/// What a stage of a run made or reused.
pub(super) fn entry_of(store: &Store, stage: &StageRecord) -> Result<Entry, Failure> {
    match stage.entry {
        Some(id) => Ok(store.entry(id)?),
        None => Err(Failure::new(
            Exit::Failed,
            "command::nothing_made",
            format!(
                "`{}` made nothing in this run: its outcome was `{}`",
                stage.name,
                stage.outcome.as_str()
            ),
        )),
    }
}

//! The records behind a line of the journal, read once and kept as long as lines of the same run follow.

use std::collections::HashMap;
use std::sync::Arc;

use mlops_core::{Digest, StageReport};
use mlops_store::{
    ArtifactReference, Entry, InputRecord, JournalLine, RunRecord, StageOutcome, StageRecord,
    Store, StoreError,
};
use uuid::Uuid;

use super::dataset;

/// What one line of the journal is about.
#[derive(Debug)]
pub(super) enum Subject {
    /// A run.
    Run(Arc<RunRecord>),
    /// A stage of a run.
    Stage(Arc<RunRecord>, Box<StageView>),
    /// A run under another profile, whose lineage goes elsewhere.
    Elsewhere,
    /// The record is gone or damaged: without it the event has no name.
    Unreadable,
}

/// A stage and what it read and made.
#[derive(Debug)]
pub(super) struct StageView {
    pub(super) stage: StageRecord,
    /// What the stage read, with the dataset that an artifact belongs to.
    pub(super) inputs: Vec<(InputRecord, Option<Arc<Dataset>>)>,
    /// What it made.
    pub(super) outputs: Vec<Arc<Dataset>>,
    /// What it found when it judged its inputs.
    pub(super) reports: Vec<StageReport>,
    /// Whether the record of what it read and made could not be read.
    pub(super) entry_damaged: bool,
}

/// An artifact as a dataset: one place of one stage's result.
#[derive(Debug)]
pub(super) struct Dataset {
    pub(super) name: String,
    pub(super) artifact: ArtifactReference,
}

/// Reads records; kept across lines, because the lines of one run follow each other.
#[derive(Debug)]
pub(super) struct Records {
    store: Store,
    profile: String,
    runs: HashMap<Uuid, KnownRun>,
    /// The stage that was read last, with its run: a reused stage's beginning and end stand together.
    last: Option<StageRecord>,
}

#[derive(Debug, Default)]
struct KnownRun {
    record: Option<Arc<RunRecord>>,
    /// By digest, the stages of this run that made or reused it.
    makers: HashMap<Digest, Vec<(u64, Arc<Dataset>)>>,
    /// Whether the stages before the journal's present line were looked at, too.
    has_all: bool,
}

impl Records {
    pub(super) fn new(store: Store, profile: String) -> Self {
        Self {
            store,
            profile,
            runs: HashMap::new(),
            last: None,
        }
    }

    /// Forgets what may have changed since: the records of runs that have not ended.
    pub(super) fn refresh(&mut self) {
        self.last = None;
        for known in self.runs.values_mut() {
            known.record = known.record.take().filter(|run| run.outcome.is_some());
        }
    }

    /// Whether a line is about a run under the profile. A run that cannot be read counts: somebody must report it.
    pub(super) fn is_ours(&mut self, line: &JournalLine) -> Result<bool, StoreError> {
        let run = self.run(line)?;
        Ok(run.is_none_or(|run| run.profile == self.profile))
    }

    /// What a line is about.
    ///
    /// # Errors
    /// The database cannot be read; what is only damaged or missing is no error.
    pub(super) fn subject(&mut self, line: &JournalLine) -> Result<Subject, StoreError> {
        let Some(run) = self.run(line)? else {
            return Ok(Subject::Unreadable);
        };
        if run.profile != self.profile {
            return Ok(Subject::Elsewhere);
        }
        let Some(index) = line.stage else {
            return Ok(Subject::Run(run));
        };
        let Some(stage) = self.stage(line.run, index)? else {
            return Ok(Subject::Unreadable);
        };
        if line.kind == mlops_store::JournalKind::Start {
            // A beginning is told before the end is known, and must not read otherwise when it is told again.
            self.last = Some(stage.clone());
            return Ok(Subject::Stage(
                run,
                Box::new(StageView {
                    stage,
                    inputs: Vec::new(),
                    outputs: Vec::new(),
                    reports: Vec::new(),
                    entry_damaged: false,
                }),
            ));
        }
        let view = self.view(stage)?;
        Ok(Subject::Stage(run, Box::new(view)))
    }

    /// Lets go of a run after the line of its end.
    pub(super) fn forget(&mut self, run: Uuid) {
        self.runs.remove(&run);
    }

    fn run(&mut self, line: &JournalLine) -> Result<Option<Arc<RunRecord>>, StoreError> {
        let known = self.runs.entry(line.run).or_default();
        let is_end = line.stage.is_none() && line.kind != mlops_store::JournalKind::Start;
        if let Some(run) = &known.record
            && (!is_end || run.outcome.is_some())
        {
            return Ok(Some(Arc::clone(run)));
        }
        let read = present(self.store.run(line.run))?.map(Arc::new);
        known.record.clone_from(&read);
        Ok(read)
    }

    fn stage(&mut self, run: Uuid, index: u64) -> Result<Option<StageRecord>, StoreError> {
        let last = self.last.take().filter(|last| {
            last.run == run && last.index == index && last.outcome != StageOutcome::Running
        });
        match last {
            Some(stage) => Ok(Some(stage)),
            None => present(self.store.stage(run, index)),
        }
    }

    fn view(&mut self, stage: StageRecord) -> Result<StageView, StoreError> {
        let mut view = StageView {
            stage,
            inputs: Vec::new(),
            outputs: Vec::new(),
            reports: Vec::new(),
            entry_damaged: false,
        };
        let (run, index) = (view.stage.run, view.stage.index);
        let Some(id) = view.stage.entry else {
            view.reports.clone_from(&view.stage.playback.reports);
            // A stage that refused its data is told with them: that is what people look for.
            if !view.reports.is_empty() {
                let inputs = view.stage.inputs.clone();
                self.with_inputs(&mut view, run, index, inputs)?;
            }
            return Ok(view);
        };
        let Some(entry) = present(self.store.entry(id))? else {
            view.entry_damaged = true;
            return Ok(view);
        };
        view.outputs = datasets(&entry);
        view.reports = entry.playback.reports;
        self.with_inputs(&mut view, run, index, entry.inputs)?;
        self.remember(run, index, &view.outputs);
        Ok(view)
    }

    fn with_inputs(
        &mut self,
        view: &mut StageView,
        run: Uuid,
        index: u64,
        inputs: Vec<InputRecord>,
    ) -> Result<(), StoreError> {
        for input in inputs {
            let dataset = match input.digest {
                Some(digest) if input.kind == mlops_store::InputKind::Artifact => {
                    Some(self.maker(run, index, &digest)?)
                }
                _ => None,
            };
            view.inputs.push((input, dataset));
        }
        Ok(())
    }

    fn remember(&mut self, run: Uuid, index: u64, outputs: &[Arc<Dataset>]) {
        let known = self.runs.entry(run).or_default();
        for dataset in outputs {
            let makers = known.makers.entry(dataset.artifact.digest).or_default();
            if !makers
                .iter()
                .any(|(maker, known)| *maker == index && known.name == dataset.name)
            {
                makers.push((index, Arc::clone(dataset)));
            }
        }
    }

    /// The dataset that an input came from. Records name inputs by content, and several stages may make the same content
    /// (a validation gives on what it got): of those in this run and before the reader, the last is taken.
    fn maker(
        &mut self,
        run: Uuid,
        reader: u64,
        digest: &Digest,
    ) -> Result<Arc<Dataset>, StoreError> {
        if let Some(dataset) = self.known_maker(run, reader, digest) {
            return Ok(dataset);
        }
        if !self.runs.entry(run).or_default().has_all {
            // This process did not see the run from its beginning.
            for stage in self.store.stages(run)? {
                if let Some(id) = stage.entry
                    && let Some(entry) = present(self.store.entry(id))?
                {
                    self.remember(run, stage.index, &datasets(&entry));
                }
            }
            self.runs.entry(run).or_default().has_all = true;
        }
        if let Some(dataset) = self.known_maker(run, reader, digest) {
            return Ok(dataset);
        }
        // Whoever made it first, in whichever run.
        for maker in self.store.entries_producing(digest)? {
            if let Some(entry) = present(self.store.entry(maker))?
                && let Some(dataset) = datasets(&entry)
                    .into_iter()
                    .find(|dataset| dataset.artifact.digest == *digest)
            {
                return Ok(dataset);
            }
        }
        Ok(Arc::new(dataset::of_unknown_origin(*digest)))
    }

    fn known_maker(&self, run: Uuid, reader: u64, digest: &Digest) -> Option<Arc<Dataset>> {
        self.runs
            .get(&run)?
            .makers
            .get(digest)?
            .iter()
            .filter(|(maker, _)| *maker < reader)
            .max_by_key(|(maker, _)| *maker)
            .map(|(_, dataset)| Arc::clone(dataset))
    }
}

/// What an entry made.
fn datasets(entry: &Entry) -> Vec<Arc<Dataset>> {
    entry
        .outputs
        .iter()
        .enumerate()
        .map(|(position, artifact)| {
            Arc::new(Dataset {
                name: dataset::name_of(entry, position),
                artifact: artifact.clone(),
            })
        })
        .collect()
}

/// Sorts a record that is gone or damaged from a store that cannot be read.
pub(super) fn present<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(record) => Ok(Some(record)),
        Err(StoreError::Missing { .. } | StoreError::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use mlops_store::{JournalKind, StoreOptions};

    use super::*;

    #[test]
    fn a_line_whose_records_are_gone_is_unreadable_and_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), StoreOptions::default()).unwrap();
        let mut records = Records::new(store, "experiment".to_owned());
        for stage in [None, Some(3)] {
            let line = JournalLine {
                sequence: 1,
                run: Uuid::from_u128(1),
                stage,
                kind: JournalKind::Complete,
                at: Timestamp::UNIX_EPOCH,
            };
            assert!(matches!(
                records.subject(&line).unwrap(),
                Subject::Unreadable
            ));
            assert!(records.is_ours(&line).unwrap(), "somebody must report it");
        }
    }
}

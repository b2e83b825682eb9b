//! One pass over a table or a file, and the verdicts.

use std::cmp::Reverse;

use arrow_array::RecordBatch;
use jiff::Timestamp;

use super::change::{self, ChangeKind, SchemaChange};
use super::check::{Check, Example, Report, Verdict};
use super::clause::Clause;
use super::distribution::judge_differences;
use super::finish::{Circumstances, Finished};
use super::program::{Compiled, Program, Tables};
use super::row::RowTest;
use super::rule::RuleKind;
use super::state::{Running, Seen, shown_row};
use super::{Contract, Filtered};
use crate::batches::Origin;
use crate::batches::parallel::{self, Pass};
use crate::{CsvOptions, DataError, File, Table};

/// Keys of repeated rows among which a second look finds examples, if they did not fit into memory.
const KEYS_OF_EXAMPLES: usize = 1 << 16;

/// A contract with what its verdicts rest on beside the table: other tables, and the present moment.
#[derive(Debug, Clone)]
pub struct Judge<'c> {
    contract: &'c Contract,
    tables: Tables,
    now: Timestamp,
    csv: Option<CsvOptions>,
}

/// What came of the one pass, with what a second look at the rows needs.
pub(super) struct Judged<'c> {
    pub(super) report: Report,
    pub(super) finished: Vec<Finished>,
    pub(super) program: Program<'c>,
}

impl<'c> Judge<'c> {
    pub(super) fn new(contract: &'c Contract, now: Timestamp) -> Self {
        Self {
            contract,
            tables: Tables::new(),
            now,
            csv: None,
        }
    }

    /// Gives another table under the name by which rules speak of it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, table: &Table) -> Self {
        self.tables.insert(name.into(), table.clone());
        self
    }

    /// The moment from which ages are counted, in place of the present one.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// How files of comma-separated values are read.
    #[must_use]
    pub fn csv(mut self, options: CsvOptions) -> Self {
        self.csv = Some(options);
        self
    }

    /// Judges a table.
    ///
    /// # Errors
    /// As [`Contract::report`].
    pub fn report(&self, table: &Table) -> Result<Report, DataError> {
        let clauses = self.contract.clauses();
        let judged = self.judged(&Origin::table(table), &clauses, KEYS_OF_EXAMPLES)?;
        Ok(judged.report)
    }

    /// Judges a file, which may be larger than memory.
    ///
    /// # Errors
    /// As [`Contract::report_file`].
    pub fn report_file(&self, file: &File) -> Result<Report, DataError> {
        let is_csv = matches!(file.extension().as_str(), "csv" | "tsv");
        let options = self.csv.as_ref().filter(|_| is_csv);
        let clauses = self.contract.clauses();
        let origin = Origin::file(file, options)?;
        Ok(self.judged(&origin, &clauses, KEYS_OF_EXAMPLES)?.report)
    }

    pub(super) fn judged_origin(&self, origin: &Origin) -> Result<Report, DataError> {
        let clauses = self.contract.clauses();
        Ok(self.judged(origin, &clauses, KEYS_OF_EXAMPLES)?.report)
    }

    /// Gives the table back if it keeps the contract.
    ///
    /// # Errors
    /// As [`Contract::enforce`].
    pub fn enforce(&self, table: &Table) -> Result<Table, DataError> {
        let report = self.report(table)?;
        if report.passes() {
            return Ok(table.clone());
        }
        Err(DataError::ContractBroken {
            report: Box::new(report),
        })
    }

    /// Keeps the rows that break no critical rule, and sets the others aside.
    ///
    /// # Errors
    /// As [`Contract::filter`].
    pub fn filter(&self, table: &Table) -> Result<Filtered, DataError> {
        let clauses = self.contract.clauses();
        // The table is in memory, so the keys of its rows may be.
        let judged = self.judged(&Origin::table(table), &clauses, usize::MAX)?;
        super::filter::filter(table, judged)
    }

    fn judged<'a>(
        &self,
        origin: &Origin,
        clauses: &'a [Clause],
        most_keys: usize,
    ) -> Result<Judged<'a>, DataError> {
        self.check_clauses(clauses)?;
        let schema = origin.schema();
        let program = Program::compile(clauses, schema, &self.tables)?;
        let pass = Judging(&program);
        let (rows, states) = parallel::run(origin, Some(&program.projection), &pass)?;
        let context = Circumstances {
            columns: schema
                .fields()
                .iter()
                .map(|field| field.name().clone())
                .collect(),
            tables: &self.tables,
            now: self.now,
            changes: self.contract.changes,
            empty_allowed: self.contract.empty_allowed,
            most_keys,
        };
        let mut changes = change::found(&self.contract.columns, schema, self.contract.changes);
        for (compiled, running) in program.clauses.iter().zip(&states) {
            let is_categories = compiled.clause.rule.kind() == RuleKind::OneOf;
            if is_categories && !running.new_values.is_empty() {
                let values = running.new_values.iter().map(|value| format!("`{value}`"));
                changes.push(SchemaChange {
                    kind: ChangeKind::NewCategories,
                    column: compiled.clause.columns[0].clone(),
                    detail: values.collect::<Vec<_>>().join(", "),
                    // The check on the values decides; whoever allows some of them, or only warns, has decided.
                    allowed: true,
                });
            }
        }
        // Counting the values of a large column takes as long as looking at all columns did, so what remembers most comes first;
        // of several errors that of the first clause is told all the same.
        let mut open: Vec<_> = program.clauses.iter().zip(states).enumerate().collect();
        open.sort_by_key(|(_, (_, running))| Reverse(running.remembered()));
        let mut finished = parallel::each(open, usize::MAX, |(place, (compiled, running))| {
            Ok((place, compiled.finish(running, &context)))
        })?;
        finished.sort_by_key(|(place, _)| *place);
        let finished = finished.into_iter().map(|(_, found)| found);
        let mut finished = finished.collect::<Result<Vec<Finished>, _>>()?;
        judge_differences(&mut finished)?;
        look_again(origin, &program, &mut finished)?;
        for change in changes
            .iter_mut()
            .filter(|change| change.kind == ChangeKind::NewCategories)
        {
            let column = std::slice::from_ref(&change.column);
            change.allowed = !finished.iter().any(|finished| {
                finished.check.columns == column
                    && finished.check.rule == "one_of"
                    && finished.check.blocks()
            });
        }
        let checks: Vec<Check> = finished
            .iter()
            .map(|finished| finished.check.clone())
            .collect();
        let report = Report {
            contract: self.contract.name.clone(),
            location: origin.location().to_owned(),
            rows,
            checks,
            changes,
        };
        mlops_core::note_report(|| report.for_stage());
        Ok(Judged {
            report,
            finished,
            program,
        })
    }

    fn check_clauses(&self, clauses: &[Clause]) -> Result<(), DataError> {
        let problem = |problem: String| DataError::Contract {
            name: self.contract.name.clone(),
            problem,
        };
        for (place, column) in self.contract.columns.iter().enumerate() {
            let mut earlier = self.contract.columns[..place].iter();
            if earlier.any(|earlier| earlier.name == column.name) {
                return Err(problem(format!(
                    "column `{}` is declared twice",
                    column.name
                )));
            }
        }
        match clauses.iter().find_map(Clause::problem) {
            Some(text) => Err(problem(text)),
            None => Ok(()),
        }
    }
}

/// The one pass.
struct Judging<'p, 'c>(&'p Program<'c>);

impl Pass for Judging<'_, '_> {
    type State = (u64, Vec<Running>);

    fn begin(&self) -> Self::State {
        (0, self.0.clauses.iter().map(Running::new).collect())
    }

    fn see(
        &self,
        (rows, states): &mut Self::State,
        row: u64,
        batch: &RecordBatch,
    ) -> Result<(), DataError> {
        let seen = Seen::of(batch)?;
        *rows += batch.num_rows() as u64;
        for (compiled, running) in self.0.clauses.iter().zip(states) {
            running.see(compiled, &seen, row);
        }
        Ok(())
    }

    fn join(&self, (rows, states): &mut Self::State, later: Self::State) -> Result<(), DataError> {
        *rows += later.0;
        let clauses = self.0.clauses.iter().zip(states).zip(later.1);
        clauses
            .into_iter()
            .try_for_each(|((compiled, running), later)| running.join(compiled, later))
    }
}

/// A second pass, over the columns of those clauses alone whose fences were known only after the first, or whose broken
/// rows are known only by their keys.
fn look_again(
    origin: &Origin,
    program: &Program<'_>,
    finished: &mut [Finished],
) -> Result<(), DataError> {
    let open: Vec<(usize, &Compiled<'_>, &RowTest)> = finished
        .iter()
        .enumerate()
        .filter(|(_, finished)| {
            finished.undecided
                || (finished.check.verdict == Verdict::Fail && finished.check.examples.is_empty())
        })
        .filter_map(|(place, finished)| {
            Some((place, &program.clauses[place], finished.test.as_ref()?))
        })
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let mut needed: Vec<usize> = open
        .iter()
        .flat_map(|(_, compiled, _)| {
            let condition = compiled.condition.iter().map(|(place, _)| *place);
            compiled.places.iter().copied().chain(condition)
        })
        .collect();
    needed.sort_unstable();
    needed.dedup();
    let projection: Vec<usize> = needed
        .iter()
        .map(|place| program.projection[*place])
        .collect();
    let counted: Vec<bool> = open
        .iter()
        .map(|(place, ..)| finished[*place].undecided)
        .collect();
    let look = SecondLook {
        open: &open,
        counted: &counted,
        needed: &needed,
    };
    // Where nothing is to be counted, the beginning mostly has examples enough.
    let beginning = match counted.contains(&true) {
        true => None,
        false => parallel::first(origin, Some(&projection), &look)?,
    };
    let found = match beginning {
        Some(found) => found,
        None => parallel::run(origin, Some(&projection), &look)?,
    };
    let places: Vec<usize> = open.iter().map(|(place, ..)| *place).collect();
    for (place, (broken, examples)) in places.into_iter().zip(found.found) {
        let finished = &mut finished[place];
        if finished.undecided {
            finished.check.settle(broken);
        }
        finished.check.examples = examples;
    }
    Ok(())
}

struct SecondLook<'p> {
    open: &'p [(usize, &'p Compiled<'p>, &'p RowTest)],
    /// Which of them must be counted; of the others a few examples are enough.
    counted: &'p [bool],
    needed: &'p [usize],
}

struct Again {
    rows: u64,
    found: Vec<(u64, Vec<Example>)>,
}

/// Examples that a second look keeps.
const EXAMPLES: usize = 5;

impl Pass for SecondLook<'_> {
    type State = Again;

    fn begin(&self) -> Again {
        Again {
            rows: 0,
            found: self.open.iter().map(|_| (0, Vec::new())).collect(),
        }
    }

    fn see(&self, state: &mut Again, row: u64, batch: &RecordBatch) -> Result<(), DataError> {
        let seen = Seen::of(batch)?;
        state.rows += batch.num_rows() as u64;
        let moved = |place: &usize| self.needed.binary_search(place).unwrap_or_default();
        let clauses = self.open.iter().zip(self.counted).zip(&mut state.found);
        for (((_, compiled, test), counted), (broken, examples)) in clauses {
            if !counted && examples.len() == EXAMPLES {
                continue;
            }
            let places: Vec<usize> = compiled.places.iter().map(moved).collect();
            let condition = compiled
                .condition
                .as_ref()
                .map(|(place, test)| (moved(place), test));
            let mask = broken_rows(&seen, compiled, test, &places, condition);
            *broken += mask.count_set_bits() as u64;
            let columns: Vec<_> = places.iter().map(|place| &seen.columns[*place]).collect();
            let nulls: Vec<_> = places
                .iter()
                .map(|place| seen.nulls[*place].clone())
                .collect();
            for place in mask.set_indices().take(EXAMPLES - examples.len()) {
                examples.push(Example {
                    row: Some(row + place as u64),
                    value: shown_row(&columns, &nulls, place),
                });
            }
        }
        Ok(())
    }

    fn is_done(&self, state: &Again) -> bool {
        let mut clauses = self.counted.iter().zip(&state.found);
        clauses.all(|(counted, (_, examples))| !counted && examples.len() == EXAMPLES)
    }

    fn join(&self, state: &mut Again, later: Again) -> Result<(), DataError> {
        for ((broken, examples), (more, new)) in state.found.iter_mut().zip(later.found) {
            *broken += more;
            let room = EXAMPLES - examples.len();
            examples.extend(new.into_iter().take(room).map(|example| Example {
                row: example.row.map(|row| row + state.rows),
                ..example
            }));
        }
        state.rows += later.rows;
        Ok(())
    }
}

/// The rows of a batch that break a test, among those that the clause judges.
pub(super) fn broken_rows(
    seen: &Seen,
    compiled: &Compiled<'_>,
    test: &RowTest,
    places: &[usize],
    condition: Option<(usize, &RowTest)>,
) -> arrow_buffer::BooleanBuffer {
    let columns: Vec<_> = places.iter().map(|place| &seen.columns[*place]).collect();
    let nulls: Vec<_> = places
        .iter()
        .map(|place| seen.nulls[*place].clone())
        .collect();
    let left = condition.map(|(place, test)| seen.meets(place, test));
    let judged = compiled.judged(&nulls, left.as_ref(), seen.rows);
    let broken = test.broken(&columns, &nulls, seen.rows);
    match judged {
        None => broken,
        Some(judged) => &broken & judged.inner(),
    }
}

//! How two tables are compared: the thresholds, the columns in parallel, the verdicts.

use arrow_schema::DataType;

use super::evidence::{Evidence, Findings, compare};
use super::origin::Origin;
use super::values::{kind_of, read};
use super::{ColumnChange, DomainClassifier, TableChange, Verdict, since};
use crate::batches::parallel::each;
use crate::statistics::{StatisticsError, benjamini_hochberg};
use crate::{DataError, File, Table, TableProfile};

/// Columns in work at one time: each holds its values of both tables.
const MOST_WORKERS: usize = 4;

/// How to compare two tables. What is not set has a default that is right for most tables.
///
/// ```
/// use mlops_data::change::{Comparison, Verdict};
/// use mlops_data::table;
///
/// let before = table! { "x" => (0..500).map(f64::from).collect::<Vec<_>>() };
/// let after = table! { "x" => (60..560).map(f64::from).collect::<Vec<_>>() };
/// assert_eq!(Comparison::new().between(&before, &after)?.verdict, Verdict::Drift);
/// // For this column a shift matters only from half a spread on.
/// let patient = Comparison::new().least_shift(0.5);
/// assert_eq!(patient.between(&before, &after)?.verdict, Verdict::Stable);
/// # Ok::<(), mlops_data::DataError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Comparison {
    pub(super) level: f64,
    pub(super) least_shift: f64,
    pub(super) least_share: f64,
    ignored: Vec<String>,
    allowed: Vec<String>,
    classifier: Option<u64>,
}

impl Default for Comparison {
    fn default() -> Self {
        Self {
            level: 0.05,
            least_shift: 0.1,
            least_share: 0.05,
            ignored: Vec::new(),
            allowed: Vec::new(),
            classifier: None,
        }
    }
}

impl Comparison {
    /// By the default thresholds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The level at which false discoveries are held over all tests of the report; 0.05 unless set.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// From which shift on it matters, in spreads of the reference; 0.1 unless set, which is also where the field's Wasserstein
    /// threshold is.
    #[must_use]
    pub fn least_shift(mut self, spreads: f64) -> Self {
        self.least_shift = spreads;
        self
    }

    /// Which share of the rows must have changed category, or become missing or present, to matter; 0.05 unless set.
    #[must_use]
    pub fn least_share(mut self, share: f64) -> Self {
        self.least_share = share;
        self
    }

    /// Does not look at these columns: a number that counts up, the time of the row.
    #[must_use]
    pub fn ignoring<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> Self {
        self.ignored.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Lets these columns have no evidence without the table losing its verdict.
    #[must_use]
    pub fn allowing_no_evidence<N: Into<String>>(
        mut self,
        columns: impl IntoIterator<Item = N>,
    ) -> Self {
        self.allowed.extend(columns.into_iter().map(Into::into));
        self
    }

    /// Also asks whether a classifier can tell from several columns at once which table a row is from; the seed decides which
    /// rows it sees, and which it learns from.
    #[must_use]
    pub fn with_classifier(mut self, seed: u64) -> Self {
        self.classifier = Some(seed);
        self
    }

    /// Compares two tables.
    ///
    /// # Errors
    /// A threshold is out of its range, a column to ignore or to allow is in neither table, or a column cannot be computed with.
    pub fn between(&self, reference: &Table, current: &Table) -> Result<TableChange, DataError> {
        self.compare(&[reference, current].map(|table| Origin::Table(table.clone())))
    }

    /// Compares two files. Parquet files are read a column at a time, others whole.
    ///
    /// # Errors
    /// As [`between`](Self::between), or a file cannot be read.
    pub fn between_files(
        &self,
        reference: &File,
        current: &File,
    ) -> Result<TableChange, DataError> {
        self.compare(&[Origin::open(reference)?, Origin::open(current)?])
    }

    /// Compares a table with the profile of another, which is not read again. Less can be said than between tables; the book's
    /// chapter says what.
    ///
    /// # Errors
    /// As [`between`](Self::between), or a classifier was asked for, which needs the rows of both.
    pub fn since(
        &self,
        reference: &TableProfile,
        current: &Table,
    ) -> Result<TableChange, DataError> {
        self.compare_since(reference, &Origin::Table(current.clone()))
    }

    /// Compares a file with the profile of another.
    ///
    /// # Errors
    /// As [`since`](Self::since), or the file cannot be read.
    pub fn since_file(
        &self,
        reference: &TableProfile,
        current: &File,
    ) -> Result<TableChange, DataError> {
        self.compare_since(reference, &Origin::open(current)?)
    }

    fn compare_since(
        &self,
        reference: &TableProfile,
        current: &Origin,
    ) -> Result<TableChange, DataError> {
        if self.classifier.is_some() {
            return Err(DataError::ProfileHasNoRows);
        }
        let known = reference.columns.iter().map(|column| column.name.as_str());
        let fields = current.schema().fields().iter();
        let found: Vec<&str> = fields.map(|field| field.name().as_str()).collect();
        self.check(
            &known
                .clone()
                .chain(found.iter().copied())
                .collect::<Vec<_>>(),
        )?;
        let names = self.in_order(known, &found);
        let findings = each(names.iter().collect(), MOST_WORKERS, |name| {
            let before = reference.column(name);
            let place = current.schema().column_with_name(name);
            match (before, place) {
                (Some(before), Some((place, field))) => {
                    let column = read(current, place)?;
                    since::compare(self, before, field.data_type(), column)
                }
                (before, place) => {
                    let kind = place.map(|(_, field)| kind_of(field.data_type()));
                    Ok(Findings::missing_in(kind, before.is_none()))
                }
            }
        })?;
        let rows = [
            usize::try_from(reference.rows).unwrap_or(usize::MAX),
            current.rows(),
        ];
        self.judged_table(names, findings, rows, None)
    }

    fn compare(&self, origins: &[Origin; 2]) -> Result<TableChange, DataError> {
        let [known, found] = origins.each_ref().map(|origin| {
            let fields = origin.schema().fields().iter();
            fields
                .map(|field| field.name().as_str())
                .collect::<Vec<_>>()
        });
        self.check(&[known.clone(), found.clone()].concat())?;
        let names = self.in_order(known.into_iter(), &found);
        let columns = names.iter().collect();
        let findings = each(columns, MOST_WORKERS, |name| self.findings(origins, name))?;
        let domain = self
            .classifier
            .map(|seed| DomainClassifier::between(origins, &names, seed, self.level))
            .transpose()?
            .flatten();
        let rows = [origins[0].rows(), origins[1].rows()];
        self.judged_table(names, findings, rows, domain)
    }

    fn judged_table(
        &self,
        names: Vec<String>,
        findings: Vec<Findings>,
        rows: [usize; 2],
        domain: Option<DomainClassifier>,
    ) -> Result<TableChange, DataError> {
        let columns = self.verdicts(names, findings)?;
        let has = |verdict: Verdict| {
            columns.iter().any(|column| {
                let is_allowed =
                    verdict == Verdict::NoEvidence && self.allowed.contains(&column.column);
                column.verdict == verdict && !is_allowed
            })
        };
        let by_domain = domain.as_ref().map(|domain| domain.verdict);
        let verdict = if has(Verdict::Drift) || by_domain == Some(Verdict::Drift) {
            Verdict::Drift
        } else if columns.is_empty() || has(Verdict::NoEvidence) {
            Verdict::NoEvidence
        } else {
            Verdict::Stable
        };
        Ok(TableChange {
            columns,
            rows,
            domain,
            verdict,
            level: self.level,
        })
    }

    /// Whether the thresholds are in their ranges, and the columns that were named among these.
    fn check(&self, columns: &[&str]) -> Result<(), DataError> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(
                StatisticsError::argument("the level", self.level, "between 0 and 1").into(),
            );
        }
        for (argument, found) in [
            ("the least shift", self.least_shift),
            ("the least share", self.least_share),
        ] {
            if !(found >= 0.0 && found.is_finite()) {
                return Err(StatisticsError::argument(argument, found, "zero or more").into());
            }
        }
        for name in self.ignored.iter().chain(&self.allowed) {
            if !columns.contains(&name.as_str()) {
                let mut candidates: Vec<String> = Vec::new();
                for column in columns {
                    if !candidates.iter().any(|known| known == column) {
                        candidates.push((*column).to_owned());
                    }
                }
                return Err(DataError::UnknownColumn {
                    name: name.clone(),
                    candidates,
                });
            }
        }
        Ok(())
    }

    /// The columns to look at: those of the reference, then those that only the current table has.
    fn in_order<'n>(
        &self,
        known: impl Iterator<Item = &'n str> + Clone,
        found: &[&'n str],
    ) -> Vec<String> {
        let of_reference = known.clone();
        let is_new = |name: &&str| !known.clone().any(|known| known == *name);
        let added = found.iter().copied().filter(is_new);
        of_reference
            .chain(added)
            .filter(|name| !self.ignored.iter().any(|ignored| ignored == name))
            .map(str::to_owned)
            .collect()
    }

    fn findings(&self, origins: &[Origin; 2], name: &str) -> Result<Findings, DataError> {
        let places = [0, 1].map(|side| {
            let found = origins[side].schema().column_with_name(name);
            found.map(|(index, field)| (index, field.data_type()))
        });
        let ([Some((a, first)), Some((b, second))], _) = (places, ()) else {
            let there = places.iter().flatten().next();
            let kind = there.map(|(_, data_type)| kind_of(data_type));
            return Ok(Findings::missing_in(kind, places[0].is_none()));
        };
        let has_type = |data_type: &DataType| *data_type != DataType::Null;
        if kind_of(first) != kind_of(second) && has_type(first) && has_type(second) {
            let why =
                format!("its type is {first} in the reference and {second} in the current table");
            return Ok(Findings::none(kind_of(first), why));
        }
        let columns = [read(&origins[0], a)?, read(&origins[1], b)?];
        compare(self, [first, second], columns)
    }

    /// Adjusts all p-values together, then judges each column.
    fn verdicts(
        &self,
        names: Vec<String>,
        findings: Vec<Findings>,
    ) -> Result<Vec<ColumnChange>, DataError> {
        let tests = |findings: &Findings| {
            let values = findings.values.as_ref().ok().map(|found| found.p_value);
            // What has no say, as below, is none of the tests that are adjusted for each other.
            let missing = findings.missing.as_ref().filter(|_| values.is_some());
            [values, missing.map(|found| found.p_value)]
        };
        let p_values: Vec<f64> = findings.iter().flat_map(tests).flatten().collect();
        let mut adjusted = benjamini_hochberg(&p_values)?.into_iter();
        let mut columns = Vec::with_capacity(names.len());
        for (name, findings) in names.into_iter().zip(findings) {
            let [of_values, of_missing] = tests(&findings).map(|p| p.and_then(|_| adjusted.next()));
            columns.push(self.judged(name, findings, of_values, of_missing));
        }
        Ok(columns)
    }

    fn judged(
        &self,
        column: String,
        findings: Findings,
        of_values: Option<f64>,
        of_missing: Option<f64>,
    ) -> ColumnChange {
        let is_drift = |evidence: &Evidence, adjusted: f64| {
            adjusted <= self.level && evidence.effect.matters()
        };
        let mut candidates = Vec::new();
        let mut why = None;
        match (findings.values, of_values) {
            (Ok(evidence), Some(adjusted)) => candidates.push((evidence, adjusted)),
            (Err(reason), _) => why = Some(reason),
            _ => {}
        }
        // Missing values tell of a column whose values were compared; they do not stand in for them.
        if let (Some(evidence), Some(adjusted)) = (findings.missing, of_missing) {
            candidates.push((evidence, adjusted));
        }
        let drifted = candidates
            .iter()
            .position(|(evidence, p)| is_drift(evidence, *p));
        let verdict = match (&why, drifted) {
            (Some(_), _) => Verdict::NoEvidence,
            (None, Some(_)) => Verdict::Drift,
            (None, None) => Verdict::Stable,
        };
        let mut explanation = why.clone();
        let shown = match (verdict, drifted) {
            (Verdict::NoEvidence, _) => None,
            (_, Some(place)) => Some(candidates.swap_remove(place)),
            _ => (!candidates.is_empty()).then(|| candidates.swap_remove(0)),
        };
        let mut change = ColumnChange {
            column,
            kind: findings.kind,
            test: None,
            statistic: None,
            p_value: None,
            adjusted_p: None,
            effect: None,
            missing: findings.shares,
            verdict,
            explanation: String::new(),
            picture: findings.picture,
        };
        if let Some((evidence, adjusted)) = shown {
            change.test = Some(evidence.test);
            change.statistic = Some(evidence.statistic);
            change.p_value = Some(evidence.p_value);
            change.adjusted_p = Some(adjusted);
            change.effect = Some(evidence.effect);
            explanation = Some(evidence.words);
        }
        change.explanation = explanation.unwrap_or_default();
        change
    }
}

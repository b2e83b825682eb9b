//! Values far from the others of their column.

use serde::{Deserialize, Serialize};

use super::EXAMPLES;
use crate::contract::{NoEvidence, OutlierMethod};
use crate::profile::{ColumnKind, Moments, Values, valid_rows};
use crate::statistics::{
    Fences, QuantileDefinition, Sample, StatisticsError, interquartile_fences_by, median_fences,
};
use crate::{DataError, Table};

/// Fewer values than this have none that is far from the others: of three, each may be the wild one.
const LEAST_VALUES: usize = 4;

/// How outliers are told from the rest.
///
/// ```
/// use mlops_data::quality::Outliers;
/// use mlops_data::table;
///
/// let prices = table! { "price" => [10.0, 11.0, 9.5, 10.5, 1000.0] };
/// let found = Outliers::new().of(&prices)?;
/// assert_eq!((found[0].below, found[0].above), (0, 1));
/// assert_eq!(found[0].examples[0].row, 4);
/// # Ok::<(), mlops_data::DataError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outliers {
    method: OutlierMethod,
    factor: Option<f64>,
    definition: QuantileDefinition,
}

impl Default for Outliers {
    fn default() -> Self {
        Self {
            method: OutlierMethod::MedianDeviation,
            factor: None,
            definition: QuantileDefinition::Linear,
        }
    }
}

/// The outliers of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnOutliers {
    /// The column.
    pub column: String,
    /// How many values it has, without those that are `NaN`.
    pub values: u64,
    /// Below this is an outlier.
    pub low: Option<f64>,
    /// Above this is an outlier.
    pub high: Option<f64>,
    /// How many are below.
    pub below: u64,
    /// How many are above.
    pub above: u64,
    /// The farthest out, the worst first.
    pub examples: Vec<Outlier>,
    /// Why there is nothing to say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<NoEvidence>,
}

/// A value beyond a fence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outlier {
    /// The row, counted from 0.
    pub row: u64,
    /// The value.
    pub value: f64,
}

impl Outliers {
    /// Beyond 3.5 robust deviations from the median, which no share of wild values below one half can hide.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// By another method.
    #[must_use]
    pub fn method(mut self, method: OutlierMethod) -> Self {
        self.method = method;
        self
    }

    /// How far is too far; 3.5 robust deviations, 1.5 interquartile ranges or 3 standard deviations unless set.
    #[must_use]
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = Some(factor);
        self
    }

    /// By which definition quartiles are read off, so that the fences are those of another tool.
    #[must_use]
    pub fn quartiles(mut self, definition: QuantileDefinition) -> Self {
        self.definition = definition;
        self
    }

    /// Looks at each column of numbers, except where they are flags: only 0 and 1, of which the rarer one is no outlier.
    ///
    /// # Errors
    /// The factor is negative or no number, or Arrow cannot convert a column.
    pub fn of(&self, table: &Table) -> Result<Vec<ColumnOutliers>, DataError> {
        let fields = table.schema().fields();
        let numbers = fields.iter().filter(|field| {
            matches!(
                ColumnKind::of(field.data_type()),
                ColumnKind::Integer | ColumnKind::Number
            )
        });
        let columns = numbers.map(|field| self.of_column(table, field.name()));
        let is_flag = |found: &ColumnOutliers| found.reason == Some(NoEvidence::WrongKind);
        columns
            .filter(|found| !found.as_ref().is_ok_and(is_flag))
            .collect()
    }

    /// Looks at one column; of one that holds no numbers, or only 0 and 1, there is nothing to say.
    ///
    /// # Errors
    /// There is no such column, or as [`of`](Self::of).
    pub fn of_column(&self, table: &Table, column: &str) -> Result<ColumnOutliers, DataError> {
        let array = table.column(column)?;
        let kind = ColumnKind::of(array.data_type());
        let mut found = ColumnOutliers {
            column: column.to_owned(),
            values: 0,
            low: None,
            high: None,
            below: 0,
            above: 0,
            examples: Vec::new(),
            reason: None,
        };
        let is_number = matches!(kind, ColumnKind::Integer | ColumnKind::Number);
        if !is_number {
            found.reason = Some(match kind {
                _ if table.is_empty() => NoEvidence::EmptyTable,
                ColumnKind::Null => NoEvidence::AllNull,
                _ => NoEvidence::WrongKind,
            });
            return Ok(found);
        }
        let values = Values::of(&array)?;
        let nulls = values.nulls();
        let numbers: Vec<(usize, f64)> = valid_rows(nulls.as_ref(), array.len())
            .filter_map(|row| Some((row, values.number(row)?)))
            .filter(|(_, value)| !value.is_nan())
            .collect();
        found.values = numbers.len() as u64;
        if numbers.len() < LEAST_VALUES {
            found.reason = Some(match numbers.len() {
                _ if table.is_empty() => NoEvidence::EmptyTable,
                0 => NoEvidence::AllNull,
                _ => NoEvidence::TooFew,
            });
            return Ok(found);
        }
        let sample = Sample::new(numbers.iter().map(|(_, value)| *value).collect())?;
        if sample.distinct() == 2 && [sample.least(), sample.greatest()] == [0.0, 1.0] {
            found.reason = Some(NoEvidence::WrongKind);
            return Ok(found);
        }
        let fences = self.fences(&sample)?;
        (found.low, found.high) = (Some(fences.low), Some(fences.high));
        let mut outliers = Vec::new();
        for (row, value) in numbers {
            if fences.is_outlier(value) {
                let is_below = value < fences.low;
                found.below += u64::from(is_below);
                found.above += u64::from(!is_below);
                let row = row as u64;
                outliers.push(Outlier { row, value });
            }
        }
        let beyond =
            |outlier: &Outlier| (fences.low - outlier.value).max(outlier.value - fences.high);
        outliers.sort_by(|a, b| beyond(b).total_cmp(&beyond(a)));
        outliers.truncate(EXAMPLES);
        found.examples = outliers;
        Ok(found)
    }

    fn fences(&self, sample: &Sample) -> Result<Fences, StatisticsError> {
        let factor = self.factor.unwrap_or(self.method.usual_factor());
        match self.method {
            OutlierMethod::MedianDeviation => median_fences(sample, factor),
            OutlierMethod::InterquartileRange => {
                interquartile_fences_by(sample, factor, self.definition)
            }
            OutlierMethod::StandardDeviation => {
                // The other methods' check of the factor.
                median_fences(sample, factor)?;
                let mut moments = Moments::default();
                moments.add_all(sample.values());
                let moments = moments.without_infinities();
                let mean = moments.mean().unwrap_or(f64::NAN);
                let reach = factor * moments.standard_deviation().unwrap_or(f64::NAN);
                Ok(Fences {
                    low: mean - reach,
                    high: mean + reach,
                })
            }
        }
    }
}

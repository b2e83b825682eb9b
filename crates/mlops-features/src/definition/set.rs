//! Features that are computed together: each after those that it uses, over a table or for a single row.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_select::nullif::nullif;
use jiff::SignedDuration;
use mlops_core::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, SERDE_MEDIA_TYPE, write_serde,
};
use mlops_data::{DataError, Table};
use serde::Serialize;

use super::inputs::InputSource;
use super::{Cell, Definition, InputKind, Inputs, Row};
use crate::FeatureError;
use crate::point_in_time::{EventIndex, PointInTimeError, moment_of_one};
use crate::window::EventColumns;

/// Features, named by [`features!`](crate::features).
///
/// As the input of a stage it stands for the names and versions of its features, and for the code behind them.
#[derive(Debug, Clone, Default)]
pub struct FeatureSet {
    definitions: Vec<&'static Definition>,
}

/// Names features: `features![tenure_years, contract::charge_share]`.
///
/// ```
/// use mlops_features::{Row, features};
///
/// /// Whether the customer is new.
/// #[mlops_derive::feature(entity = "customer", owner = "growth-ml", crate = mlops_features)]
/// fn is_new(tenure_months: f64) -> bool {
///     tenure_months < 3.0
/// }
///
/// let row = Row::new().with("tenure_months", 2.0);
/// assert_eq!(features![is_new].row(&row)?, Row::new().with("is_new", true));
/// # Ok::<(), mlops_features::FeatureError>(())
/// ```
#[macro_export]
macro_rules! features {
    ($($feature:ty),* $(,)?) => {
        $crate::FeatureSet::of([
            $(<$feature as $crate::__features::Feature>::DEFINITION),*
        ])
    };
}

/// The events that windows look at.
struct Events<'a> {
    table: &'a Table,
    index: Arc<EventIndex>,
}

impl FeatureSet {
    /// The features of these definitions.
    pub fn of(definitions: impl IntoIterator<Item = &'static Definition>) -> Self {
        Self {
            definitions: definitions.into_iter().collect(),
        }
    }

    /// The definitions, in the order in which they were named.
    pub fn definitions(&self) -> &[&'static Definition] {
        &self.definitions
    }

    /// The definition of that name, also of a feature that is only used by others.
    pub fn find(&self, name: &str) -> Option<&'static Definition> {
        let mut all = self.in_order().into_iter();
        all.find(|definition| definition.name == name)
    }

    /// Every feature that is needed, each after those that it uses.
    pub fn in_order(&self) -> Vec<&'static Definition> {
        let mut order = Vec::new();
        for definition in &self.definitions {
            add(definition, &mut order);
        }
        order
    }

    /// Whether any of them looks at events.
    pub fn has_windows(&self) -> bool {
        self.in_order()
            .iter()
            .any(|definition| definition.has_windows())
    }

    /// Checks that each name stands for one feature.
    ///
    /// # Errors
    /// Two different features have one name, a feature is named twice, or takes a parameter that has the name of a feature and
    /// does not say that it uses it.
    pub fn check(&self) -> Result<(), FeatureError> {
        let all = self.in_order();
        let mut by_name: BTreeMap<&str, &'static Definition> = BTreeMap::new();
        for definition in &all {
            if let Some(other) = by_name.insert(definition.name, definition) {
                return Err(FeatureError::SameName {
                    name: definition.name,
                    one: other.path,
                    other: definition.path,
                });
            }
        }
        for (position, definition) in self.definitions.iter().enumerate() {
            if self.definitions[..position]
                .iter()
                .any(|other| other.name == definition.name)
            {
                return Err(FeatureError::SameName {
                    name: definition.name,
                    one: definition.path,
                    other: definition.path,
                });
            }
        }
        for definition in &all {
            let columns = definition.inputs.iter();
            let hidden = columns
                .filter(|input| matches!(input.kind, InputKind::Column))
                .find(|input| by_name.contains_key(input.name));
            if let Some(input) = hidden {
                return Err(FeatureError::HiddenUse {
                    feature: definition.name,
                    input: input.name,
                });
            }
        }
        Ok(())
    }

    /// The table with a column for each feature, behind its own columns.
    ///
    /// # Errors
    /// A column is not there or of another type, has the name of a feature, or a feature looks at events.
    pub fn apply(&self, table: &Table) -> Result<Table, FeatureError> {
        self.applied(table, None)
    }

    /// The same, where windows look at these events.
    ///
    /// # Errors
    /// As [`apply`](Self::apply); or the columns of the events are not there, or of another type.
    pub fn apply_with(
        &self,
        table: &Table,
        events: &Table,
        columns: &EventColumns,
    ) -> Result<Table, FeatureError> {
        self.applied(table, Some(Events::of(events, columns, table)?))
    }

    fn applied(&self, table: &Table, events: Option<Events<'_>>) -> Result<Table, FeatureError> {
        let columns = table.columns();
        if let Some(taken) = self
            .definitions
            .iter()
            .find(|one| columns.contains(&one.name))
        {
            return Err(FeatureError::ColumnTaken { name: taken.name });
        }
        let find = |name: &str| match table.column(name) {
            Ok(column) => Ok(Some(column)),
            Err(mlops_data::DataError::UnknownColumn { .. }) => Ok(None),
            Err(error) => Err(FeatureError::from(error)),
        };
        let known = self.values(table.rows(), find, &columns, events)?;
        let mut made = table.clone();
        for (definition, column) in self.definitions.iter().zip(known) {
            made = made.with_column(definition.name, column)?;
        }
        Ok(made)
    }

    /// The features of a single row.
    ///
    /// # Errors
    /// A column is not there or of another type, or a feature looks at events.
    pub fn row(&self, row: &Row) -> Result<Row, FeatureError> {
        self.row_of(row, None)
    }

    /// The features of a single row, where windows look at these events.
    ///
    /// # Errors
    /// As [`row`](Self::row); or the columns of the events are not there, or of another type.
    pub fn row_with(
        &self,
        row: &Row,
        moment: jiff::Timestamp,
        events: &Table,
        columns: &EventColumns,
    ) -> Result<Row, FeatureError> {
        let moments = moment_of_one(moment, columns.events(), events)?;
        let mut asks = vec![(columns.moment(), moments)];
        for key in columns.events().keys_of_rows() {
            let cell = row.get(key).ok_or_else(|| FeatureError::MissingColumn {
                feature: "a window",
                column: key.clone(),
                candidates: row.cells().map(|(name, _)| name.to_owned()).collect(),
            })?;
            asks.push((key, cell.column()));
        }
        let asks = Table::from_columns(asks)?;
        self.row_of(row, Some(Events::of(events, columns, &asks)?))
    }

    fn row_of(&self, row: &Row, events: Option<Events<'_>>) -> Result<Row, FeatureError> {
        let names: Vec<&str> = row.cells().map(|(name, _)| name).collect();
        let find = |name: &str| Ok(row.get(name).map(Cell::column));
        let columns = self.values(1, find, &names, events)?;
        let cells = self.definitions.iter().zip(&columns);
        Ok(cells
            .filter_map(|(definition, column)| {
                Some((definition.name.to_owned(), Cell::of(column, 0)?))
            })
            .collect())
    }

    /// The columns of the named features: for a table and for a single row it is this that computes them.
    fn values(
        &self,
        rows: usize,
        find: impl Fn(&str) -> Result<Option<ArrayRef>, FeatureError>,
        candidates: &[&str],
        events: Option<Events<'_>>,
    ) -> Result<Vec<ArrayRef>, FeatureError> {
        self.check()?;
        let mut known: BTreeMap<&str, ArrayRef> = BTreeMap::new();
        for definition in self.in_order() {
            let mut sources = Vec::with_capacity(definition.inputs.len());
            for input in definition.inputs {
                let missing = |candidates: &[&str]| FeatureError::MissingColumn {
                    feature: definition.name,
                    column: input.name.to_owned(),
                    candidates: candidates.iter().map(|name| (*name).to_owned()).collect(),
                };
                sources.push(match input.kind {
                    InputKind::Column => {
                        let column = find(input.name)?.ok_or_else(|| missing(candidates))?;
                        InputSource::Column(column)
                    }
                    InputKind::Feature(used) => {
                        let column = known.get(used.name).ok_or_else(|| missing(candidates))?;
                        InputSource::Column(Arc::clone(column))
                    }
                    InputKind::Window => {
                        let events = events.as_ref().ok_or(FeatureError::NoEvents {
                            feature: definition.name,
                        })?;
                        let column = events.table.column(input.name);
                        let column = column.map_err(|_| missing(&events.table.columns()))?;
                        let length = events.length(definition)?;
                        InputSource::Windows(Arc::clone(&events.index), length, column)
                    }
                });
            }
            let inputs = Inputs::new(definition, rows, sources);
            let mut column = definition.compute(&inputs)?;
            if let (true, Some(events)) = (definition.has_windows(), &events) {
                column = events.of_known_rows(&column)?;
            }
            known.insert(definition.name, column);
        }
        let named = self.definitions.iter();
        Ok(named
            .filter_map(|one| known.get(one.name).map(Arc::clone))
            .collect())
    }
}

impl<'a> Events<'a> {
    fn of(table: &'a Table, columns: &EventColumns, rows: &Table) -> Result<Self, FeatureError> {
        let index = EventIndex::of(rows, columns.moment(), columns.events(), table)?;
        Ok(Self {
            table,
            index: Arc::new(index),
        })
    }

    /// How far back the windows of a feature reach.
    fn length(&self, definition: &'static Definition) -> Result<i64, FeatureError> {
        // The macro refuses a window without `over`.
        let over = definition.over.unwrap_or_default();
        let over = SignedDuration::try_from(over).unwrap_or(SignedDuration::MAX);
        if !over.is_positive() {
            return Err(PointInTimeError::Duration {
                what: format!("the window of `{}`", definition.name),
                found: format!("{over:#}"),
            }
            .into());
        }
        Ok(self.index.length(over))
    }

    /// Of whom or when a row asks is an input like others: where it is missing, so is the value.
    fn of_known_rows(&self, column: &ArrayRef) -> Result<ArrayRef, FeatureError> {
        let asks = (0..column.len()).map(|row| Some(!self.index.asks(row)));
        let unknown: BooleanArray = asks.collect();
        Ok(nullif(column, &unknown).map_err(DataError::from)?)
    }
}

fn add(definition: &'static Definition, order: &mut Vec<&'static Definition>) {
    if order
        .iter()
        .any(|known| known.path == definition.path && known.name == definition.name)
    {
        return;
    }
    for used in definition.uses() {
        add(used, order);
    }
    order.push(definition);
}

/// What a set is in a key: names and versions, which people read, and the code behind each.
#[derive(Serialize)]
struct Named {
    name: &'static str,
    version: String,
    code: String,
}

impl Artifact for FeatureSet {
    const MEDIA_TYPE: &'static str = SERDE_MEDIA_TYPE;

    fn write(&self, output: &mut dyn ArtifactOutput) -> Result<(), ArtifactError> {
        let named: Vec<Named> = self
            .definitions
            .iter()
            .map(|definition| Named {
                name: definition.name,
                version: definition.version().to_string(),
                code: definition.exact_code().to_string(),
            })
            .collect();
        write_serde(&named, output)
    }

    fn read(_: &dyn ArtifactInput) -> Result<Self, ArtifactError> {
        Err(ArtifactError::read::<Self>(
            "the functions behind features are in the program, not in its store",
        ))
    }

    fn duplicate(&self) -> Result<Self, ArtifactError> {
        Ok(self.clone())
    }
}

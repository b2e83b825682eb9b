//! How a table is split, and the parts that come of it.

use arrow_array::BooleanArray;
use mlops_core::Digest;

use super::assign::{Assigned, Wanted, assign};
use super::record::{Extent, Method, PartRecord, Role, SplitRecord};
use super::times::Times;
use crate::{DataError, Table};

/// How a table is split: the method, the seed, and what each part gets.
///
/// What decides where a row goes is in the row, not where it stands: the same rows in another order, in other batches or
/// read from another file are split the same way.
///
/// ```
/// use mlops_data::dataset::{Role, Split};
/// use mlops_data::table;
///
/// let days = table! {
///     "day" => (1..=10).map(|day| jiff::civil::date(2024, 7, day)).collect::<Vec<_>>(),
/// };
/// let parts = Split::by_time("day")
///     .until(Role::Training, "2024-07-07")
///     .rest(Role::Test)
///     .of(&days)?;
/// let test = parts.record().part(Role::Test).and_then(|part| part.times.clone());
/// assert_eq!(test.map(|times| times.from).as_deref(), Some("2024-07-07"));
/// # Ok::<(), mlops_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    method: Method,
    seed: u64,
    lasting: bool,
    times: Option<String>,
    parts: Vec<(Role, Extent)>,
}

impl Split {
    /// By chance, row by row. Rows that are equal in every column stay together.
    pub fn by_fraction() -> Self {
        Self::by(Method::Fraction)
    }

    /// By time: parts in the order in which they are named, each later than the one before; rows of one moment stay
    /// together. The column holds dates, times, or integers that count time.
    pub fn by_time(column: impl Into<String>) -> Self {
        let column = column.into();
        Self::by(Method::Time { column })
    }

    /// By chance, group by group: rows that share a value of the column stay together. The shares are shares of rows, as near
    /// as whole groups allow.
    pub fn by_group(column: impl Into<String>) -> Self {
        let column = column.into();
        Self::by(Method::Group { column })
    }

    /// By chance within each value of the column, often the label: each part gets its share of each value, to within one row.
    /// No value counts as a value.
    pub fn stratified(column: impl Into<String>) -> Self {
        let column = column.into();
        Self::by(Method::Stratified { column })
    }

    /// By a method that is known only at run time.
    pub fn by(method: Method) -> Self {
        Self {
            method,
            seed: 0,
            lasting: false,
            times: None,
            parts: Vec::new(),
        }
    }

    /// What chance is drawn from; 0 unless set. A split by time has no chance in it.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Decides each row, or each group, by itself: what is added later moves nobody to another part. The shares are then
    /// only about what was wanted. For splits by fraction and by group.
    #[must_use]
    pub fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }

    /// Also records from when to when the rows of each part are; a split by time does it without being told.
    #[must_use]
    pub fn with_times_of(mut self, column: impl Into<String>) -> Self {
        self.times = Some(column.into());
        self
    }

    /// A part that gets this share of the rows.
    #[must_use]
    pub fn part(self, role: Role, share: f64) -> Self {
        self.with(role, Extent::Share(share))
    }

    /// A part that gets the rows before this moment, which no earlier part has.
    #[must_use]
    pub fn until(self, role: Role, moment: impl Into<String>) -> Self {
        self.with(role, Extent::Until(moment.into()))
    }

    /// A part that gets what the others leave.
    #[must_use]
    pub fn rest(self, role: Role) -> Self {
        self.with(role, Extent::Rest)
    }

    /// A part of this extent.
    #[must_use]
    pub fn with(mut self, role: Role, extent: Extent) -> Self {
        self.parts.push((role, extent));
        self
    }

    /// Splits a table. Rows keep their order within each part.
    ///
    /// # Errors
    /// The parts do not add up, the column is missing or has rows without a value, a stratum is too small for the parts, or a
    /// part would be empty.
    pub fn of(&self, table: &Table) -> Result<Parts, DataError> {
        self.check(table)?;
        let extents: Vec<Extent> = self
            .parts
            .iter()
            .map(|(_, extent)| extent.clone())
            .collect();
        let wanted = Wanted::of(&extents)?;
        let assigned = assign(table, &self.method, &wanted, self.seed, self.lasting)?;
        self.parts_of(table, &assigned)
    }

    fn check(&self, table: &Table) -> Result<(), DataError> {
        if self.parts.len() < 2 {
            return Err(unusable(
                "a split needs two parts at least",
                "name what each part is for: training and test, say",
            ));
        }
        let roles: Vec<Role> = self.parts.iter().map(|(role, _)| *role).collect();
        if let Some(twice) = (1..roles.len()).find(|place| roles[..*place].contains(&roles[*place]))
        {
            return Err(unusable(
                &format!("two parts are for {}", roles[twice]),
                "each part has a role of its own: training, validation, test, reference",
            ));
        }
        let is_time = matches!(self.method, Method::Time { .. });
        let judged: Vec<Role> = roles
            .iter()
            .copied()
            .filter(|role| *role != Role::Reference)
            .collect();
        if is_time && !judged.is_sorted() {
            return Err(unusable(
                "a part would be judged by what was before it",
                "list the parts in order of time: training, validation, test",
            ));
        }
        if self.lasting && !matches!(self.method, Method::Fraction | Method::Group { .. }) {
            return Err(unusable(
                &format!("a split by {} cannot last", self.method.name()),
                "only splits by fraction and by group decide each row or group by itself",
            ));
        }
        for column in self
            .method
            .column()
            .iter()
            .copied()
            .chain(self.times.as_deref())
        {
            table.column(column)?;
        }
        if table.is_empty() {
            return Err(unusable(
                "the table has no rows",
                "split where there is data; a contract with `row_count` stops earlier",
            ));
        }
        Ok(())
    }

    fn parts_of(&self, table: &Table, assigned: &Assigned) -> Result<Parts, DataError> {
        let times = match (&self.times, &self.method) {
            (Some(column), _) | (None, Method::Time { column }) => Some(Times::of(table, column)?),
            _ => None,
        };
        let mut tables = Vec::with_capacity(self.parts.len());
        let mut records = Vec::with_capacity(self.parts.len());
        for (place, (role, extent)) in self.parts.iter().enumerate() {
            let keep: Vec<bool> = assigned.parts.iter().map(|part| *part == place).collect();
            let rows = || (0..keep.len()).filter(|row| keep[*row]);
            let range = times.as_ref().and_then(|times| times.range(rows()));
            if rows().next().is_none() {
                return Err(self.empty(*role, times.as_ref()));
            }
            let part = table.filter(&BooleanArray::from(keep.clone()))?;
            records.push(PartRecord {
                role: *role,
                extent: extent.clone(),
                rows: part.rows() as u64,
                digest: part.digest()?,
                times: range,
                groups: assigned.groups.as_ref().map(|groups| groups[place]),
                strata: assigned
                    .strata
                    .as_ref()
                    .map_or_else(Default::default, |strata| strata[place].clone()),
            });
            tables.push((*role, part));
        }
        let has_chance = !matches!(self.method, Method::Time { .. });
        Ok(Parts {
            tables,
            record: SplitRecord {
                method: self.method.clone(),
                seed: has_chance.then_some(self.seed),
                lasting: self.lasting,
                table: table.digest()?,
                rows: table.rows() as u64,
                parts: records,
            },
        })
    }

    fn empty(&self, role: Role, times: Option<&Times>) -> DataError {
        let problem = format!("the part for {role} would be empty");
        let is_time = matches!(self.method, Method::Time { .. });
        // Of another split the times are only recorded: they do not cut.
        let range = times
            .filter(|_| is_time)
            .and_then(|times| times.range(0..times.values.len()));
        let help = match range {
            Some(range) => format!("the rows are from {range}: cut between them"),
            None if self.lasting => "give it a larger share, or split without `lasting`".to_owned(),
            None => "give it a larger share".to_owned(),
        };
        unusable(&problem, &help)
    }
}

/// What came of a split.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    tables: Vec<(Role, Table)>,
    record: SplitRecord,
}

impl Parts {
    /// The part with this role.
    ///
    /// # Errors
    /// The split has no such part.
    pub fn table(&self, role: Role) -> Result<Table, DataError> {
        let mut tables = self.tables.iter();
        let found = tables.find(|(own, _)| *own == role);
        found.map(|(_, table)| table.clone()).ok_or_else(|| {
            let roles: Vec<_> = self.tables.iter().map(|(role, _)| role.name()).collect();
            unusable(
                &format!("the split has no part for {role}"),
                &format!("its parts are for {}", roles.join(", ")),
            )
        })
    }

    /// Every part with its role, in the order in which they were named.
    pub fn iter(&self) -> impl Iterator<Item = (Role, &Table)> {
        self.tables.iter().map(|(role, table)| (*role, table))
    }

    /// What is recorded of the split.
    pub fn record(&self) -> &SplitRecord {
        &self.record
    }

    /// What is recorded, for a stage to give out.
    pub fn into_record(self) -> SplitRecord {
        self.record
    }
}

impl Table {
    /// The digest of the table as an artifact: the same for the same rows, however they are cut into batches.
    ///
    /// # Errors
    /// A column is too large for the format.
    pub fn digest(&self) -> Result<Digest, DataError> {
        let mut hasher = blake3::Hasher::new();
        self.write_ipc(&mut hasher)?;
        Ok(hasher.finalize().into())
    }
}

pub(super) fn unusable(problem: &str, help: &str) -> DataError {
    DataError::UnusableSplit {
        problem: problem.to_owned(),
        help: help.to_owned(),
    }
}

//! A contract made ready for a table: each clause knows its columns and how its rule is worked out in one pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Schema};

use super::check::NoEvidence;
use super::clause::{Clause, Condition, ConditionTest};
use super::form::like;
use super::keys::{self, KeySet};
use super::pattern::Pattern;
use super::row::{RowTest, Set, comparable};
use super::rule::Rule;
use super::state::key_set;
use super::value::Value;
use crate::profile::ColumnKind;
use crate::{DataError, Table};

/// Other tables, by the names by which rules speak of them.
pub(super) type Tables = BTreeMap<String, Table>;

/// How a clause is worked out.
pub(super) enum Work {
    /// Not at all.
    Nothing(NoEvidence),
    /// Only rows and values are counted.
    Count,
    Rows(RowTest),
    Order {
        descending: bool,
        strict: bool,
    },
    /// How often each value, or combination of values, occurs.
    Keys,
    /// The values themselves, as numbers.
    Numbers,
    Moments,
    Extremes,
    /// Sums of two columns and of their products.
    Pair,
    /// How often each pair of values occurs.
    Contingency,
    /// A digest of all rows that does not depend on their order.
    Rowset,
}

/// A clause with its columns.
pub(super) struct Compiled<'c> {
    pub(super) clause: &'c Clause,
    pub(super) work: Work,
    /// Its columns, as places in the projection.
    pub(super) places: Vec<usize>,
    pub(super) kinds: Vec<ColumnKind>,
    /// Where in the projection the condition looks, and what breaks it.
    pub(super) condition: Option<(usize, RowTest)>,
}

/// All clauses, and the columns of the table that they need.
pub(super) struct Program<'c> {
    pub(super) clauses: Vec<Compiled<'c>>,
    pub(super) projection: Vec<usize>,
}

impl<'c> Program<'c> {
    pub(super) fn compile(
        clauses: &'c [Clause],
        schema: &Schema,
        tables: &Tables,
    ) -> Result<Self, DataError> {
        let mut names: Vec<&str> = Vec::new();
        for clause in clauses {
            names.extend(clause.columns.iter().map(String::as_str));
            names.extend(
                clause
                    .when
                    .iter()
                    .map(|condition| condition.column.as_str()),
            );
            if matches!(clause.rule, Rule::SameRows { .. }) {
                names.extend(schema.fields().iter().map(|field| field.name().as_str()));
            }
        }
        let mut projection: Vec<usize> = names
            .iter()
            .filter_map(|name| schema.index_of(name).ok())
            .collect();
        projection.sort_unstable();
        projection.dedup();
        let scope = Scope {
            schema,
            projection: &projection,
            tables,
        };
        let clauses = clauses
            .iter()
            .map(|clause| scope.clause(clause))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            clauses,
            projection,
        })
    }
}

struct Scope<'s> {
    schema: &'s Schema,
    projection: &'s [usize],
    tables: &'s Tables,
}

impl Scope<'_> {
    fn place(&self, name: &str) -> Option<usize> {
        let index = self.schema.index_of(name).ok()?;
        self.projection.binary_search(&index).ok()
    }

    fn data_type(&self, place: usize) -> &DataType {
        self.schema.field(self.projection[place]).data_type()
    }

    fn clause<'c>(&self, clause: &'c Clause) -> Result<Compiled<'c>, DataError> {
        let nothing = |reason| Compiled {
            clause,
            work: Work::Nothing(reason),
            places: Vec::new(),
            kinds: Vec::new(),
            condition: None,
        };
        let places: Option<Vec<usize>> = match &clause.rule {
            // All columns, by name, so that the order of the columns is none of the rows'.
            Rule::SameRows { .. } => {
                let mut places: Vec<usize> = (0..self.projection.len()).collect();
                places.sort_by_key(|place| self.schema.field(self.projection[*place]).name());
                Some(places)
            }
            _ => clause.columns.iter().map(|name| self.place(name)).collect(),
        };
        let Some(places) = places else {
            return Ok(nothing(NoEvidence::MissingColumn));
        };
        let condition = match &clause.when {
            None => None,
            Some(condition) => {
                let Some(place) = self.place(&condition.column) else {
                    return Ok(nothing(NoEvidence::MissingColumn));
                };
                match condition_test(condition, self.data_type(place)) {
                    Some(test) => Some((place, test)),
                    None => return Ok(nothing(NoEvidence::WrongKind)),
                }
            }
        };
        if clause
            .rule
            .reference()
            .is_some_and(|name| !self.tables.contains_key(name))
        {
            return Ok(nothing(NoEvidence::MissingReference));
        }
        let kinds: Vec<ColumnKind> = places
            .iter()
            .map(|place| ColumnKind::of(self.data_type(*place)))
            .collect();
        let work = match self.work(&clause.rule, &places, &kinds)? {
            Ok(work) => work,
            Err(reason) => Work::Nothing(reason),
        };
        Ok(Compiled {
            clause,
            work,
            places,
            kinds,
            condition,
        })
    }

    /// How the rule is worked out for columns of these kinds.
    fn work(
        &self,
        rule: &Rule,
        places: &[usize],
        kinds: &[ColumnKind],
    ) -> Result<Result<Work, NoEvidence>, DataError> {
        use ColumnKind::{Boolean, Date, Integer, Number, Text, Time};
        let kind = kinds.first().copied().unwrap_or(ColumnKind::Null);
        let wrong = Ok(Err(NoEvidence::WrongKind));
        let needs_kind = !matches!(
            rule,
            Rule::NotNull | Rule::Null | Rule::AnyPresent | Rule::SameRows { .. }
        );
        if needs_kind && kinds.contains(&ColumnKind::Null) {
            // Nothing but nulls: what is counted will say so.
            return Ok(Ok(Work::Count));
        }
        let text = |test: RowTest| {
            Ok(if kind == Text {
                Ok(Work::Rows(test))
            } else {
                Err(NoEvidence::WrongKind)
            })
        };
        let plain = !matches!(kind, ColumnKind::Other | ColumnKind::Null);
        let measured = kind.is_measured();
        let when = |fits: bool, work: Work| {
            Ok(if fits {
                Ok(work)
            } else {
                Err(NoEvidence::WrongKind)
            })
        };
        match rule {
            Rule::Type(_) | Rule::MissingShare(_) | Rule::RowCount(_) | Rule::ColumnCount(_) => {
                Ok(Ok(Work::Count))
            }
            Rule::Columns { .. } | Rule::RowCountLike { .. } => Ok(Ok(Work::Count)),
            Rule::NotNull => Ok(Ok(Work::Rows(RowTest::NotNull))),
            Rule::Null => Ok(Ok(Work::Rows(RowTest::Null))),
            Rule::AnyPresent => Ok(Ok(Work::Rows(RowTest::AnyPresent))),
            Rule::Finite => when(
                matches!(kind, Integer | Number),
                Work::Rows(RowTest::Finite),
            ),
            Rule::Range(bounds) => {
                let unsigned = *self.data_type(places[0]) == DataType::UInt64;
                match RowTest::range(bounds, kind, unsigned) {
                    Some(test) => Ok(Ok(Work::Rows(test))),
                    None => wrong,
                }
            }
            Rule::OneOf(values) | Rule::NoneOf(values) => {
                let negated = matches!(rule, Rule::NoneOf(_));
                match Set::of(values, kind).filter(|_| plain) {
                    Some(set) => Ok(Ok(Work::Rows(RowTest::Among { set, negated }))),
                    None => wrong,
                }
            }
            Rule::Matches(pattern) => text(RowTest::Matches {
                pattern: Pattern::of(pattern),
                negated: false,
            }),
            Rule::MatchesNot(pattern) => text(RowTest::Matches {
                pattern: Pattern::of(pattern),
                negated: true,
            }),
            Rule::Like(pattern) | Rule::LikeNot(pattern) => match like(pattern) {
                Ok(pattern) => {
                    let negated = matches!(rule, Rule::LikeNot(_));
                    text(RowTest::Matches {
                        pattern: Pattern::of(&pattern),
                        negated,
                    })
                }
                Err(_) => wrong,
            },
            Rule::Length(bounds) => {
                let end = |end: &Option<Value>, open: usize, step: i128| match end {
                    None => Some(open),
                    Some(end) => {
                        let whole = end.whole(Integer)? + step;
                        usize::try_from(whole.max(0)).ok()
                    }
                };
                let least = end(&bounds.least, 0, i128::from(bounds.above));
                let most = end(&bounds.most, usize::MAX, -i128::from(bounds.below));
                match (least, most) {
                    (Some(least), Some(most)) => text(RowTest::Length(least, most)),
                    _ => wrong,
                }
            }
            Rule::Json => text(RowTest::Json),
            Rule::JsonSchema(schema) => text(RowTest::JsonSchema(schema.clone())),
            Rule::DateFormat(format) => text(RowTest::DateFormat(format.clone())),
            Rule::ParsesAs(kind) => text(RowTest::ParsesAs(*kind)),
            Rule::Form(form) => text(RowTest::Form(*form)),
            Rule::Monotonic { descending, strict } => {
                let work = Work::Order {
                    descending: *descending,
                    strict: *strict,
                };
                when(measured || matches!(kind, Text | Boolean), work)
            }
            Rule::Unique
            | Rule::DistinctCount(_)
            | Rule::DistinctShare(_)
            | Rule::SingleShare(_)
            | Rule::Entropy(_) => Ok(Ok(Work::Keys)),
            Rule::ContainsAll(values) | Rule::ExactlyThese(values) | Rule::MostCommon(values) => {
                let fits = values
                    .iter()
                    .any(|value| keys::of_value(value, kind).is_some());
                when(fits, Work::Keys)
            }
            Rule::UniqueTogether => Ok(Ok(Work::Keys)),
            Rule::ZScore(_) | Rule::NoOutliers { .. } => when(measured, Work::Numbers),
            Rule::Median(bounds) | Rule::Quantile { bounds, .. } => {
                when(measured && bounds.fit(kind), Work::Numbers)
            }
            Rule::Mean(bounds) | Rule::Sum(bounds) | Rule::StandardDeviation(bounds) => when(
                matches!(kind, Integer | Number) && bounds.fit(Number),
                Work::Moments,
            ),
            Rule::Minimum(bounds) | Rule::Maximum(bounds) => {
                when(measured && bounds.fit(kind), Work::Extremes)
            }
            Rule::Freshness { .. } => when(matches!(kind, Date | Time), Work::Extremes),
            Rule::References { table, column } => {
                let Ok(other) = self.tables[table].column(column) else {
                    return Ok(Err(NoEvidence::MissingReference));
                };
                if ColumnKind::of(other.data_type()) != kind {
                    return wrong;
                }
                let keys = Arc::new(key_set(&other)?);
                Ok(Ok(Work::Rows(RowTest::Keys { keys, among: false })))
            }
            Rule::Distribution { table, column, .. } => {
                let name = column
                    .as_deref()
                    .unwrap_or(self.schema.field(self.projection[places[0]]).name());
                let Ok(other) = self.tables[table].column(name) else {
                    return Ok(Err(NoEvidence::MissingReference));
                };
                let numbers = ColumnKind::is_measured;
                let other = ColumnKind::of(other.data_type());
                if numbers(kind) != numbers(other) || (!numbers(kind) && kind != other) {
                    return wrong;
                }
                when(plain, if measured { Work::Numbers } else { Work::Keys })
            }
            Rule::Compare(comparison) => when(
                comparable(kinds[0], kinds[1]),
                Work::Rows(RowTest::Compare(*comparison)),
            ),
            Rule::PairIn(pairs) => {
                let keys: KeySet = pairs
                    .iter()
                    .filter_map(|(one, two)| {
                        let (one, two) = (
                            keys::of_value(one, kinds[0])?,
                            keys::of_value(two, kinds[1])?,
                        );
                        Some(keys::of_pair(one, two))
                    })
                    .collect();
                when(!keys.is_empty(), Work::Rows(RowTest::Pairs(Arc::new(keys))))
            }
            Rule::DifferWithinRow => when(
                kinds.windows(2).all(|pair| pair[0] == pair[1]),
                Work::Rows(RowTest::Differ),
            ),
            Rule::SumOfColumns { total, within } => {
                let numbers = kinds.iter().all(|kind| matches!(kind, Integer | Number));
                when(
                    numbers,
                    Work::Rows(RowTest::Sum {
                        total: *total,
                        within: *within,
                    }),
                )
            }
            Rule::Correlation(_) => when(
                kinds.iter().all(|kind| matches!(kind, Integer | Number)),
                Work::Pair,
            ),
            Rule::CramersV(_) | Rule::MutualInformation(_) => Ok(Ok(Work::Contingency)),
            Rule::SameRows { .. } => Ok(Ok(Work::Rowset)),
        }
    }
}

/// What breaks a condition.
fn condition_test(condition: &Condition, data_type: &DataType) -> Option<RowTest> {
    let kind = ColumnKind::of(data_type);
    match &condition.test {
        ConditionTest::Present => Some(RowTest::NotNull),
        ConditionTest::Missing => Some(RowTest::Null),
        _ if kind == ColumnKind::Null => Some(RowTest::NotNull),
        ConditionTest::OneOf(values) => Some(RowTest::Among {
            set: Set::of(values, kind)?,
            negated: false,
        }),
        ConditionTest::NoneOf(values) => Some(RowTest::Among {
            set: Set::of(values, kind)?,
            negated: true,
        }),
        ConditionTest::Within(bounds) => {
            RowTest::range(bounds, kind, *data_type == DataType::UInt64)
        }
    }
}

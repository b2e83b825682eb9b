//! What can be said of a table: about fifty kinds of rules, in one enum that tests can enumerate.

use std::fmt;

use jiff::SignedDuration;
use regex::Regex;

use super::value::{Bounds, Value};
use crate::profile::ColumnKind;

macro_rules! kinds {
    ($($(#[doc = $text:literal])* $kind:ident $name:literal $on:ident),* $(,)?) => {
        /// The kind of a rule, without what it states.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum RuleKind {
            $($(#[doc = $text])* $kind,)*
        }

        impl RuleKind {
            /// All kinds, in the order of the book.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The name in a contract's TOML, in reports and in the book.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// What a rule of this kind speaks of.
            pub fn speaks_of(self) -> Subject {
                match self {
                    $(Self::$kind => Subject::$on,)*
                }
            }
        }
    };
}

/// What a rule speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Each value of a column: a row can break it.
    Value,
    /// A column as a whole.
    Column,
    /// Several columns in each row: a row can break it.
    Row,
    /// Several columns as a whole.
    Columns,
    /// The table.
    Table,
}

kinds! {
    /// The values are of this type.
    Type "type" Column,
    /// Every row has a value.
    NotNull "not_null" Value,
    /// No row has a value.
    Null "null" Value,
    /// Numbers are neither `NaN` nor infinite.
    Finite "finite" Value,
    /// Values lie within bounds.
    Range "range" Value,
    /// Values are among these.
    OneOf "one_of" Value,
    /// Values are none of these.
    NoneOf "none_of" Value,
    /// Texts match a regular expression somewhere.
    Matches "matches" Value,
    /// Texts match a regular expression nowhere.
    MatchesNot "matches_not" Value,
    /// Texts match a pattern of SQL's `LIKE` as a whole.
    Like "like" Value,
    /// Texts do not match a pattern of SQL's `LIKE`.
    LikeNot "like_not" Value,
    /// Texts have so many characters.
    Length "length" Value,
    /// Texts are JSON.
    Json "json" Value,
    /// Texts are JSON of this shape.
    JsonSchema "json_schema" Value,
    /// Texts are days or moments in this format.
    DateFormat "date_format" Value,
    /// Texts can be read as values of this kind.
    ParsesAs "parses_as" Value,
    /// Texts have the form of an address, an identifier, …
    Form "form" Value,
    /// Each value follows the one before it.
    Monotonic "monotonic" Value,
    /// No value occurs twice.
    Unique "unique" Value,
    /// Values are within so many standard deviations of the mean.
    ZScore "z_score" Value,
    /// Values are within fences around the middle.
    NoOutliers "no_outliers" Value,
    /// Values occur in a column of another table.
    References "references" Value,
    /// The smallest value lies within bounds.
    Minimum "minimum" Column,
    /// The largest value lies within bounds.
    Maximum "maximum" Column,
    /// The mean lies within bounds.
    Mean "mean" Column,
    /// The median lies within bounds.
    Median "median" Column,
    /// The standard deviation lies within bounds.
    StandardDeviation "standard_deviation" Column,
    /// The sum lies within bounds.
    Sum "sum" Column,
    /// A quantile lies within bounds.
    Quantile "quantile" Column,
    /// The share of rows without a value lies within bounds.
    MissingShare "missing_share" Column,
    /// The number of different values lies within bounds.
    DistinctCount "distinct_count" Column,
    /// The number of different values per value lies within bounds.
    DistinctShare "distinct_share" Column,
    /// The share of values that occur once lies within bounds.
    SingleShare "single_share" Column,
    /// All of these values occur.
    ContainsAll "contains_all" Column,
    /// These values occur, and no others.
    ExactlyThese "exactly_these" Column,
    /// The most frequent value is among these.
    MostCommon "most_common" Column,
    /// The entropy of the values, in bits, lies within bounds.
    Entropy "entropy" Column,
    /// The values are distributed as those of another table.
    Distribution "distribution" Column,
    /// The latest moment is not older than this.
    Freshness "freshness" Column,
    /// One column compares so with another.
    Compare "compare" Row,
    /// Pairs of values are among these.
    PairIn "pair_in" Row,
    /// No combination of values occurs twice.
    UniqueTogether "unique_together" Row,
    /// The values of a row differ from each other.
    DifferWithinRow "differ_within_row" Row,
    /// The values of a row add up to this.
    SumOfColumns "sum_of_columns" Row,
    /// At least one of the columns has a value.
    AnyPresent "any_present" Row,
    /// The correlation of two columns lies within bounds.
    Correlation "correlation" Columns,
    /// Cramér's V of two columns lies within bounds.
    CramersV "cramers_v" Columns,
    /// The mutual information of two columns, in bits, lies within bounds.
    MutualInformation "mutual_information" Columns,
    /// The number of rows lies within bounds.
    RowCount "row_count" Table,
    /// The number of columns lies within bounds.
    ColumnCount "column_count" Table,
    /// The columns are these.
    Columns "columns" Table,
    /// The number of rows, as a multiple of another table's, lies within bounds.
    RowCountLike "row_count_like" Table,
    /// The rows are those of another table, in any order.
    SameRows "same_rows" Table,
}

/// A statement about a table. What it speaks of is said by the [`Clause`](super::Clause) around it.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the variants are those of `RuleKind`, which says what each means"
)]
pub enum Rule {
    Type(ColumnKind),
    NotNull,
    Null,
    Finite,
    Range(Bounds),
    OneOf(Vec<Value>),
    NoneOf(Vec<Value>),
    Matches(Regex),
    MatchesNot(Regex),
    Like(String),
    LikeNot(String),
    Length(Bounds),
    Json,
    JsonSchema(JsonSchema),
    DateFormat(String),
    ParsesAs(ColumnKind),
    Form(TextForm),
    Monotonic {
        descending: bool,
        strict: bool,
    },
    Unique,
    ZScore(f64),
    NoOutliers {
        method: OutlierMethod,
        factor: f64,
    },
    References {
        table: String,
        column: String,
    },
    Minimum(Bounds),
    Maximum(Bounds),
    Mean(Bounds),
    Median(Bounds),
    StandardDeviation(Bounds),
    Sum(Bounds),
    Quantile {
        at: f64,
        bounds: Bounds,
    },
    MissingShare(Bounds),
    DistinctCount(Bounds),
    DistinctShare(Bounds),
    SingleShare(Bounds),
    ContainsAll(Vec<Value>),
    ExactlyThese(Vec<Value>),
    MostCommon(Vec<Value>),
    Entropy(Bounds),
    Distribution {
        table: String,
        column: Option<String>,
        measure: Measure,
        at_most: f64,
    },
    Freshness {
        within: SignedDuration,
    },
    Compare(Comparison),
    PairIn(Vec<(Value, Value)>),
    UniqueTogether,
    DifferWithinRow,
    SumOfColumns {
        total: f64,
        within: f64,
    },
    AnyPresent,
    Correlation(Bounds),
    CramersV(Bounds),
    MutualInformation(Bounds),
    RowCount(Bounds),
    ColumnCount(Bounds),
    Columns {
        names: Vec<String>,
        ordered: bool,
        others: bool,
    },
    RowCountLike {
        table: String,
        bounds: Bounds,
    },
    SameRows {
        table: String,
    },
}

/// How outliers are told from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutlierMethod {
    /// Beyond so many interquartile ranges from the quartiles (Tukey; 1.5 is usual). A value on the fence is within.
    InterquartileRange,
    /// Beyond so many standard deviations from the mean.
    StandardDeviation,
    /// Beyond so many scaled median absolute deviations from the median (Iglewicz and Hoaglin; 3.5 is usual).
    MedianDeviation,
}

impl OutlierMethod {
    /// How far is too far unless somebody says otherwise.
    pub fn usual_factor(self) -> f64 {
        match self {
            Self::InterquartileRange => 1.5,
            Self::StandardDeviation => 3.0,
            Self::MedianDeviation => 3.5,
        }
    }
}

/// How one column compares with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The first is below the second.
    Less,
    /// The first is at most the second.
    AtMost,
    /// They are equal.
    Equal,
    /// They differ.
    Different,
    /// The first is at least the second.
    AtLeast,
    /// The first is above the second.
    Greater,
}

/// A form that texts have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextForm {
    /// An e-mail address.
    Email,
    /// An address of the web.
    Url,
    /// A universally unique identifier.
    Uuid,
    /// An address of the internet protocol, version 4 or 6.
    IpAddress,
    /// The number of a credit card, with its check digit.
    CreditCard,
    /// A social security number of the United States.
    SocialSecurityNumber,
}

/// How far two distributions are from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measure {
    /// The largest distance between the two distribution functions (Kolmogorov–Smirnov).
    KolmogorovSmirnov,
    /// Cramér's V of the table of values by origin: the size of what chi-square tests.
    ChiSquare,
    /// The Kullback–Leibler divergence from the reference, in nats; infinite for a value that the reference lacks.
    KullbackLeibler,
    /// The Jensen–Shannon distance, base 2: from 0 to 1.
    JensenShannon,
    /// The population stability index over tenths of the reference.
    PopulationStability,
    /// The largest difference of a share.
    LargestDifference,
}

/// The part of JSON Schema that is checked: `type`, `required`, `properties`, `items`, `enum`, `minimum`, `maximum`,
/// `pattern`. Any other key word is refused when the contract is made, not ignored when data are judged.
#[derive(Debug, Clone)]
pub struct JsonSchema(pub(super) super::json::Schema);

macro_rules! named {
    ($type:ident { $($variant:ident $name:literal),* $(,)? }) => {
        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in a contract's TOML.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

named!(OutlierMethod { InterquartileRange "iqr", StandardDeviation "std", MedianDeviation "mad" });
named!(Comparison { Less "<", AtMost "<=", Equal "=", Different "!=", AtLeast ">=", Greater ">" });
named!(TextForm {
    Email "email",
    Url "url",
    Uuid "uuid",
    IpAddress "ip_address",
    CreditCard "credit_card",
    SocialSecurityNumber "social_security_number",
});
named!(Measure {
    KolmogorovSmirnov "ks",
    ChiSquare "chi_square",
    KullbackLeibler "kl",
    JensenShannon "js",
    PopulationStability "psi",
    LargestDifference "l_infinity",
});

impl Rule {
    /// The kind.
    pub fn kind(&self) -> RuleKind {
        match self {
            Self::Type(_) => RuleKind::Type,
            Self::NotNull => RuleKind::NotNull,
            Self::Null => RuleKind::Null,
            Self::Finite => RuleKind::Finite,
            Self::Range(_) => RuleKind::Range,
            Self::OneOf(_) => RuleKind::OneOf,
            Self::NoneOf(_) => RuleKind::NoneOf,
            Self::Matches(_) => RuleKind::Matches,
            Self::MatchesNot(_) => RuleKind::MatchesNot,
            Self::Like(_) => RuleKind::Like,
            Self::LikeNot(_) => RuleKind::LikeNot,
            Self::Length(_) => RuleKind::Length,
            Self::Json => RuleKind::Json,
            Self::JsonSchema(_) => RuleKind::JsonSchema,
            Self::DateFormat(_) => RuleKind::DateFormat,
            Self::ParsesAs(_) => RuleKind::ParsesAs,
            Self::Form(_) => RuleKind::Form,
            Self::Monotonic { .. } => RuleKind::Monotonic,
            Self::Unique => RuleKind::Unique,
            Self::ZScore(_) => RuleKind::ZScore,
            Self::NoOutliers { .. } => RuleKind::NoOutliers,
            Self::References { .. } => RuleKind::References,
            Self::Minimum(_) => RuleKind::Minimum,
            Self::Maximum(_) => RuleKind::Maximum,
            Self::Mean(_) => RuleKind::Mean,
            Self::Median(_) => RuleKind::Median,
            Self::StandardDeviation(_) => RuleKind::StandardDeviation,
            Self::Sum(_) => RuleKind::Sum,
            Self::Quantile { .. } => RuleKind::Quantile,
            Self::MissingShare(_) => RuleKind::MissingShare,
            Self::DistinctCount(_) => RuleKind::DistinctCount,
            Self::DistinctShare(_) => RuleKind::DistinctShare,
            Self::SingleShare(_) => RuleKind::SingleShare,
            Self::ContainsAll(_) => RuleKind::ContainsAll,
            Self::ExactlyThese(_) => RuleKind::ExactlyThese,
            Self::MostCommon(_) => RuleKind::MostCommon,
            Self::Entropy(_) => RuleKind::Entropy,
            Self::Distribution { .. } => RuleKind::Distribution,
            Self::Freshness { .. } => RuleKind::Freshness,
            Self::Compare(_) => RuleKind::Compare,
            Self::PairIn(_) => RuleKind::PairIn,
            Self::UniqueTogether => RuleKind::UniqueTogether,
            Self::DifferWithinRow => RuleKind::DifferWithinRow,
            Self::SumOfColumns { .. } => RuleKind::SumOfColumns,
            Self::AnyPresent => RuleKind::AnyPresent,
            Self::Correlation(_) => RuleKind::Correlation,
            Self::CramersV(_) => RuleKind::CramersV,
            Self::MutualInformation(_) => RuleKind::MutualInformation,
            Self::RowCount(_) => RuleKind::RowCount,
            Self::ColumnCount(_) => RuleKind::ColumnCount,
            Self::Columns { .. } => RuleKind::Columns,
            Self::RowCountLike { .. } => RuleKind::RowCountLike,
            Self::SameRows { .. } => RuleKind::SameRows,
        }
    }

    /// The other table that it needs.
    pub(super) fn reference(&self) -> Option<&str> {
        match self {
            Self::References { table, .. }
            | Self::Distribution { table, .. }
            | Self::RowCountLike { table, .. }
            | Self::SameRows { table } => Some(table),
            _ => None,
        }
    }
}

fn listed(values: &[Value]) -> String {
    const SHOWN: usize = 8;
    let mut shown: Vec<String> = values.iter().take(SHOWN).map(ToString::to_string).collect();
    if values.len() > SHOWN {
        shown.push(format!("{} more", values.len() - SHOWN));
    }
    shown.join(", ")
}

/// What is stated, in a few words: `from 0 to 120`.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(kind) | Self::ParsesAs(kind) => formatter.write_str(kind.name()),
            Self::Range(bounds)
            | Self::Minimum(bounds)
            | Self::Maximum(bounds)
            | Self::Mean(bounds)
            | Self::Median(bounds)
            | Self::StandardDeviation(bounds)
            | Self::Sum(bounds)
            | Self::MissingShare(bounds)
            | Self::DistinctCount(bounds)
            | Self::DistinctShare(bounds)
            | Self::SingleShare(bounds)
            | Self::Entropy(bounds)
            | Self::Correlation(bounds)
            | Self::CramersV(bounds)
            | Self::MutualInformation(bounds)
            | Self::RowCount(bounds)
            | Self::ColumnCount(bounds) => bounds.fmt(formatter),
            Self::Length(bounds) => write!(formatter, "{bounds} characters"),
            Self::OneOf(values) => write!(formatter, "one of {}", listed(values)),
            Self::NoneOf(values) => write!(formatter, "none of {}", listed(values)),
            Self::ContainsAll(values) => write!(formatter, "all of {}", listed(values)),
            Self::ExactlyThese(values) => write!(formatter, "exactly {}", listed(values)),
            Self::MostCommon(values) => write!(formatter, "most often {}", listed(values)),
            Self::Matches(pattern) => write!(formatter, "matches `{pattern}`"),
            Self::MatchesNot(pattern) => write!(formatter, "does not match `{pattern}`"),
            Self::Like(pattern) => write!(formatter, "like `{pattern}`"),
            Self::LikeNot(pattern) => write!(formatter, "not like `{pattern}`"),
            Self::Json => formatter.write_str("JSON"),
            Self::JsonSchema(_) => formatter.write_str("JSON of the stated shape"),
            Self::DateFormat(format) => write!(formatter, "in the format `{format}`"),
            Self::Form(form) => formatter.write_str(form.name()),
            Self::Monotonic { descending, strict } => {
                let direction = if *descending { "falling" } else { "rising" };
                let strictly = if *strict { "strictly " } else { "" };
                write!(formatter, "{strictly}{direction}")
            }
            Self::ZScore(limit) => write!(formatter, "within {limit} standard deviations"),
            Self::NoOutliers { method, factor } => {
                write!(formatter, "within {factor} {}", method.name())
            }
            Self::References { table, column } => write!(formatter, "in `{table}.{column}`"),
            Self::Quantile { at, bounds } => write!(formatter, "at {at}: {bounds}"),
            Self::Distribution {
                table,
                measure,
                at_most,
                ..
            } => {
                write!(
                    formatter,
                    "{} from `{table}` at most {at_most}",
                    measure.name()
                )
            }
            Self::Freshness { within } => write!(formatter, "not older than {within:#}"),
            Self::Compare(comparison) => formatter.write_str(comparison.name()),
            Self::PairIn(pairs) => write!(formatter, "one of {} pairs", pairs.len()),
            Self::SumOfColumns { total, .. } => write!(formatter, "adding up to {total}"),
            Self::Columns { names, .. } => formatter.write_str(&names.join(", ")),
            Self::RowCountLike { table, bounds } => {
                write!(formatter, "{bounds} times those of `{table}`")
            }
            Self::SameRows { table } => write!(formatter, "those of `{table}`"),
            Self::NotNull
            | Self::Null
            | Self::Finite
            | Self::Unique
            | Self::UniqueTogether
            | Self::DifferWithinRow
            | Self::AnyPresent => Ok(()),
        }
    }
}

//! One rule of a contract's TOML: its arguments, and what every clause may say beside them.

use jiff::SignedDuration;
use regex::Regex;

use super::TYPES;
use super::reader::{Keys, RuleValue};
use crate::DataError;
use crate::contract::clause::ConditionTest;
use crate::contract::{
    Bounds, Clause, Comparison, Condition, JsonSchema, Measure, OutlierMethod, Rule, RuleKind,
    Severity, Subject, TextForm, Value,
};
use crate::profile::ColumnKind;

/// Reads a rule with all that stands beside its arguments.
pub(super) fn clause(
    kind: RuleKind,
    rule: &RuleValue<'_>,
    column: Option<&str>,
) -> Result<Clause, DataError> {
    let options = rule.keys.as_ref().map(Options::read).transpose()?;
    let over = match (kind.speaks_of(), &rule.keys) {
        (Subject::Row | Subject::Columns, Some(keys)) => keys.texts("columns")?,
        _ => None,
    };
    let stated = arguments(kind, rule)?;
    let mut clause = match (column, kind.speaks_of(), &rule.keys) {
        (Some(column), ..) => Clause::on(column, stated),
        (None, Subject::Table, _) => Clause::on_table(stated),
        (None, _, Some(_)) => match over {
            Some(columns) => Clause::over(columns, stated),
            None => return Err(rule.refuse("it needs `columns`, a list of names")),
        },
        (None, _, None) => return Err(rule.wrong("a table with `columns`")),
    };
    if let (Some(keys), Some(options)) = (&rule.keys, options) {
        keys.end()?;
        options.apply(&mut clause);
    }
    match clause.problem() {
        None => Ok(clause),
        Some(problem) => Err(rule.refuse(&problem)),
    }
}

/// What may stand in the table of any rule.
struct Options {
    name: Option<String>,
    mostly: Option<f64>,
    severity: Option<Severity>,
    empty: bool,
    all_null: bool,
    missing: bool,
    when: Option<Condition>,
}

impl Options {
    fn read(keys: &Keys<'_>) -> Result<Self, DataError> {
        const WORDS: [&str; 2] = ["allow", "refuse"];
        let severities: Vec<&'static str> = Severity::ALL.iter().map(|one| one.name()).collect();
        let severity = keys.word("severity", &severities)?;
        let allowed = |name| Ok::<_, DataError>(keys.word(name, &WORDS)? == Some("allow"));
        Ok(Self {
            name: keys.text("name")?,
            mostly: keys.number("mostly")?,
            severity: Severity::ALL
                .iter()
                .copied()
                .find(|one| Some(one.name()) == severity),
            empty: allowed("empty")?,
            all_null: allowed("all_null")?,
            missing: allowed("missing")?,
            when: keys
                .table("when")?
                .map(|condition| when(&condition))
                .transpose()?,
        })
    }

    fn apply(self, clause: &mut Clause) {
        clause.name = self.name;
        clause.mostly = self.mostly.unwrap_or(1.0);
        clause.severity = self.severity.unwrap_or_default();
        clause.empty_allowed = self.empty;
        clause.all_null_allowed = self.all_null;
        clause.missing_allowed = self.missing;
        clause.when = self.when;
    }
}

fn when(keys: &Keys<'_>) -> Result<Condition, DataError> {
    let Some(column) = keys.text("column")? else {
        return Err(keys.refuse(
            "column",
            "`when` needs the `column` that it looks at".to_owned(),
            None,
        ));
    };
    let test = if let Some(value) = keys.value("equals")? {
        ConditionTest::OneOf(vec![value])
    } else if let Some(value) = keys.value("not")? {
        ConditionTest::NoneOf(vec![value])
    } else if let Some(values) = keys.values("one_of")? {
        ConditionTest::OneOf(values)
    } else if let Some(values) = keys.values("none_of")? {
        ConditionTest::NoneOf(values)
    } else if let Some(present) = keys.flag("present")? {
        if present {
            ConditionTest::Present
        } else {
            ConditionTest::Missing
        }
    } else {
        ConditionTest::Within(bounds(keys)?)
    };
    keys.end()?;
    Ok(Condition { column, test })
}

/// `min`, `max`, and `above`, `below` for ends that are not within.
fn bounds(keys: &Keys<'_>) -> Result<Bounds, DataError> {
    let (min, above) = (keys.value("min")?, keys.value("above")?);
    let (max, below) = (keys.value("max")?, keys.value("below")?);
    let exactly = keys.value("equals")?;
    let clash = (min.is_some() && above.is_some()) || (max.is_some() && below.is_some());
    if clash {
        return Err(keys.refuse(
            "min",
            "one end is enough: `min` or `above`, `max` or `below`".to_owned(),
            None,
        ));
    }
    if let Some(value) = exactly {
        return Ok(Bounds::exactly(value));
    }
    let (is_above, is_below) = (above.is_some(), below.is_some());
    let found = Bounds {
        least: min.or(above),
        most: max.or(below),
        above: is_above,
        below: is_below,
    };
    if found.least.is_none() && found.most.is_none() {
        // A misspelt end says more than that there is none.
        keys.end()?;
        return Err(keys.refuse(
            "min",
            "it needs an end: `min`, `max`, `above`, `below` or `equals`".to_owned(),
            None,
        ));
    }
    Ok(found)
}

fn arguments(kind: RuleKind, rule: &RuleValue<'_>) -> Result<Rule, DataError> {
    let keys = rule.keys.as_ref();
    let range = || match (keys, rule.as_value()) {
        (Some(keys), _) => bounds(keys),
        (None, Some(value)) => Ok(Bounds::exactly(value)),
        (None, None) => Err(rule.wrong("a value, or a table with `min` or `max`")),
    };
    let flag = || match (keys, rule.as_flag()) {
        (Some(_), _) | (None, Some(true)) => Ok(()),
        (None, Some(false)) => Err(rule.refuse("leave the rule out instead of writing `false`")),
        (None, None) => Err(rule.wrong("true, or a table")),
    };
    let text = |name: &'static str| match keys {
        Some(keys) => keys
            .text(name)?
            .ok_or_else(|| rule.refuse(&format!("it needs `{name}`"))),
        None => rule.as_text().ok_or_else(|| rule.wrong("a text")),
    };
    let values = || match keys {
        Some(keys) => keys
            .values("values")?
            .ok_or_else(|| rule.refuse("it needs `values`, a list")),
        None => rule
            .as_values()
            .or_else(|| Some(vec![rule.as_value()?]))
            .ok_or_else(|| rule.wrong("a list of values")),
    };
    let number = |name: &'static str, otherwise: Option<f64>| match keys {
        Some(keys) => keys
            .number(name)?
            .or(otherwise)
            .ok_or_else(|| rule.refuse(&format!("it needs `{name}`"))),
        None => rule.as_number().ok_or_else(|| rule.wrong("a number")),
    };
    let pattern = |name| {
        let text = text(name)?;
        Regex::new(&text)
            .map_err(|error| rule.refuse(&format!("the pattern cannot be used: {error}")))
    };
    let needs =
        |name: &'static str| keys.ok_or_else(|| rule.wrong(&format!("a table with `{name}`")));
    Ok(match kind {
        RuleKind::Type => return Err(rule.refuse("`type` stands on the column itself")),
        RuleKind::NotNull => flag().map(|()| Rule::NotNull)?,
        RuleKind::Null => flag().map(|()| Rule::Null)?,
        RuleKind::Finite => flag().map(|()| Rule::Finite)?,
        RuleKind::Json => flag().map(|()| Rule::Json)?,
        RuleKind::Unique => flag().map(|()| Rule::Unique)?,
        RuleKind::UniqueTogether => flag().map(|()| Rule::UniqueTogether)?,
        RuleKind::DifferWithinRow => flag().map(|()| Rule::DifferWithinRow)?,
        RuleKind::AnyPresent => flag().map(|()| Rule::AnyPresent)?,
        RuleKind::Range => Rule::Range(range()?),
        RuleKind::Length => Rule::Length(range()?),
        RuleKind::Minimum => Rule::Minimum(range()?),
        RuleKind::Maximum => Rule::Maximum(range()?),
        RuleKind::Mean => Rule::Mean(range()?),
        RuleKind::Median => Rule::Median(range()?),
        RuleKind::StandardDeviation => Rule::StandardDeviation(range()?),
        RuleKind::Sum => Rule::Sum(range()?),
        RuleKind::MissingShare => Rule::MissingShare(range()?),
        RuleKind::DistinctCount => Rule::DistinctCount(range()?),
        RuleKind::DistinctShare => Rule::DistinctShare(range()?),
        RuleKind::SingleShare => Rule::SingleShare(range()?),
        RuleKind::Entropy => Rule::Entropy(range()?),
        RuleKind::Correlation => Rule::Correlation(range()?),
        RuleKind::CramersV => Rule::CramersV(range()?),
        RuleKind::MutualInformation => Rule::MutualInformation(range()?),
        RuleKind::RowCount => Rule::RowCount(range()?),
        RuleKind::ColumnCount => Rule::ColumnCount(range()?),
        RuleKind::OneOf => Rule::OneOf(values()?),
        RuleKind::NoneOf => Rule::NoneOf(values()?),
        RuleKind::ContainsAll => Rule::ContainsAll(values()?),
        RuleKind::ExactlyThese => Rule::ExactlyThese(values()?),
        RuleKind::MostCommon => Rule::MostCommon(values()?),
        RuleKind::Matches => Rule::Matches(pattern("pattern")?),
        RuleKind::MatchesNot => Rule::MatchesNot(pattern("pattern")?),
        RuleKind::Like => Rule::Like(text("pattern")?),
        RuleKind::LikeNot => Rule::LikeNot(text("pattern")?),
        RuleKind::JsonSchema => Rule::JsonSchema(
            JsonSchema::parse(&text("schema")?).map_err(|problem| rule.refuse(&problem))?,
        ),
        RuleKind::DateFormat => Rule::DateFormat(text("format")?),
        RuleKind::ParsesAs => {
            Rule::ParsesAs(named(rule, &text("type")?, &TYPES, ColumnKind::name)?)
        }
        RuleKind::Form => Rule::Form(named(rule, &text("form")?, TextForm::ALL, TextForm::name)?),
        RuleKind::Monotonic => {
            let word = text("direction")?;
            let words = ["rising", "falling", "strictly rising", "strictly falling"];
            let word = named(rule, &word, &words, |word| word)?;
            Rule::Monotonic {
                descending: word.ends_with("falling"),
                strict: word.starts_with("strictly"),
            }
        }
        RuleKind::ZScore => Rule::ZScore(number("max", None)?),
        RuleKind::NoOutliers => {
            let word = text("method")?;
            let method = named(rule, &word, OutlierMethod::ALL, OutlierMethod::name)?;
            let factor = keys
                .map_or(Ok(None), |keys| keys.number("factor"))?
                .unwrap_or(method.usual_factor());
            Rule::NoOutliers { method, factor }
        }
        RuleKind::References => {
            let text = text("to")?;
            match text.rsplit_once('.') {
                Some((table, column)) if !table.is_empty() && !column.is_empty() => {
                    Rule::References {
                        table: table.to_owned(),
                        column: column.to_owned(),
                    }
                }
                _ => return Err(rule.refuse(&format!("`{text}` is no `table.column`"))),
            }
        }
        RuleKind::Quantile => Rule::Quantile {
            at: share(needs("at")?, rule)?,
            bounds: range()?,
        },
        RuleKind::Distribution => {
            let keys = needs("of")?;
            let word = keys.text("measure")?.unwrap_or_else(|| "ks".to_owned());
            Rule::Distribution {
                table: text("of")?,
                column: keys.text("column")?,
                measure: named(rule, &word, Measure::ALL, Measure::name)?,
                at_most: number("max", None)?,
            }
        }
        RuleKind::Freshness => {
            let text = text("max_age")?;
            let within: SignedDuration = text.parse().or_else(|_| days(&text)).map_err(|()| {
                rule.refuse(&format!("`{text}` is no duration, such as `36h` or `7d`"))
            })?;
            Rule::Freshness { within }
        }
        RuleKind::Compare => {
            let word = text("is")?;
            Rule::Compare(named(rule, &word, Comparison::ALL, Comparison::name)?)
        }
        RuleKind::PairIn => match needs("pairs")?.pairs("pairs")? {
            Some(pairs) => Rule::PairIn(pairs),
            None => return Err(rule.refuse("it needs `pairs`")),
        },
        RuleKind::SumOfColumns => Rule::SumOfColumns {
            total: number("total", None)?,
            within: needs("total")?.number("within")?.unwrap_or(1e-9),
        },
        RuleKind::Columns => {
            let (names, ordered, others) = match keys {
                Some(keys) => (
                    keys.texts("names")?
                        .ok_or_else(|| rule.refuse("it needs `names`"))?,
                    keys.flag("ordered")?.unwrap_or(false),
                    keys.flag("others")?.unwrap_or(false),
                ),
                None => {
                    let names = rule
                        .as_values()
                        .ok_or_else(|| rule.wrong("a list of names"))?;
                    let names = names.into_iter().map(|name| match name {
                        Value::Text(name) => Ok(name),
                        other => Err(rule.refuse(&format!("{other} is no name"))),
                    });
                    (names.collect::<Result<_, _>>()?, false, false)
                }
            };
            Rule::Columns {
                names,
                ordered,
                others,
            }
        }
        RuleKind::RowCountLike => Rule::RowCountLike {
            table: needs("of")?
                .text("of")?
                .ok_or_else(|| rule.refuse("it needs `of`"))?,
            bounds: range()?,
        },
        RuleKind::SameRows => Rule::SameRows { table: text("of")? },
    })
}

fn share(keys: &Keys<'_>, rule: &RuleValue<'_>) -> Result<f64, DataError> {
    match keys.number("at")? {
        Some(at) if (0.0..=1.0).contains(&at) => Ok(at),
        _ => Err(rule.refuse("it needs `at`, from 0 to 1")),
    }
}

/// `7d`, which a duration without a calendar does not know: 24 hours each.
fn days(text: &str) -> Result<SignedDuration, ()> {
    let days: i64 = text
        .trim()
        .strip_suffix('d')
        .and_then(|days| days.trim().parse().ok())
        .ok_or(())?;
    days.checked_mul(24)
        .and_then(SignedDuration::try_from_hours)
        .ok_or(())
}

fn named<T: Copy>(
    rule: &RuleValue<'_>,
    word: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, DataError> {
    all.iter()
        .copied()
        .find(|item| name(*item) == word)
        .ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|item| name(*item)).collect();
            rule.refuse(&format!(
                "`{word}` is unknown: expected {}",
                known.join(", ")
            ))
        })
}

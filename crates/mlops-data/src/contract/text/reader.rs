//! Typed reading of TOML that remembers which keys were asked for, so that every other key is a mistake.

use std::cell::RefCell;

use mlops_core::toml_kind;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggestion;
use crate::DataError;
use crate::contract::Value;

/// The text that is read, and where it came from.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) location: &'a str,
    pub(super) text: &'a str,
}

impl Origin<'_> {
    pub(super) fn mistake(&self, start: usize, problem: String, help: Option<String>) -> DataError {
        let before = self.text.get(..start).unwrap_or(self.text);
        let begin = before.rfind('\n').map_or(0, |place| place + 1);
        DataError::ContractText {
            location: self.location.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[begin..].chars().count() + 1,
            problem,
            help,
        }
    }
}

/// A table, and which of its keys were asked for.
pub(super) struct Keys<'a> {
    origin: Origin<'a>,
    path: String,
    /// Where the table begins in the text.
    start: usize,
    table: &'a DeTable<'a>,
    asked: RefCell<Vec<&'static str>>,
}

/// What stands for one rule: a table of its arguments, or the one argument that it has.
pub(super) struct RuleValue<'a> {
    origin: Origin<'a>,
    pub(super) path: String,
    value: &'a Spanned<DeValue<'a>>,
    pub(super) keys: Option<Keys<'a>>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(
        origin: Origin<'a>,
        path: &str,
        start: usize,
        table: &'a DeTable<'a>,
    ) -> Self {
        Self {
            origin,
            path: path.to_owned(),
            start,
            table,
            asked: RefCell::default(),
        }
    }

    fn below(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    fn get(&self, name: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(name);
        self.table.get(name)
    }

    fn wrong(&self, name: &str, value: &Spanned<DeValue<'_>>, expected: &str) -> DataError {
        let problem = format!(
            "`{}` is {}: expected {expected}",
            self.below(name),
            toml_kind(value.get_ref())
        );
        self.origin.mistake(value.span().start, problem, None)
    }

    /// A mistake at a key.
    pub(super) fn refuse(&self, name: &str, problem: String, help: Option<String>) -> DataError {
        let start = self
            .table
            .get(name)
            .map_or(self.start, |value| value.span().start);
        self.origin
            .mistake(start, format!("`{}`: {problem}", self.below(name)), help)
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, DataError> {
        self.get(name)
            .map(|value| match value.get_ref() {
                DeValue::String(text) => Ok(text.to_string()),
                _ => Err(self.wrong(name, value, "a text")),
            })
            .transpose()
    }

    /// A text that is one of these.
    pub(super) fn word(
        &self,
        name: &'static str,
        known: &[&'static str],
    ) -> Result<Option<&'static str>, DataError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match known.iter().find(|word| **word == text) {
            Some(word) => Ok(Some(word)),
            None => Err(self.refuse(
                name,
                format!("`{text}` is unknown"),
                suggestion(&text, known),
            )),
        }
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, DataError> {
        self.get(name)
            .map(|value| match value.get_ref() {
                DeValue::Boolean(flag) => Ok(*flag),
                _ => Err(self.wrong(name, value, "true or false")),
            })
            .transpose()
    }

    pub(super) fn number(&self, name: &'static str) -> Result<Option<f64>, DataError> {
        self.get(name)
            .map(|value| number(value.get_ref()).ok_or_else(|| self.wrong(name, value, "a number")))
            .transpose()
    }

    /// A number, a text, a truth value, a date.
    pub(super) fn value(&self, name: &'static str) -> Result<Option<Value>, DataError> {
        self.get(name)
            .map(|value| {
                stated(value.get_ref()).ok_or_else(|| self.wrong(name, value, "one value"))
            })
            .transpose()
    }

    pub(super) fn values(&self, name: &'static str) -> Result<Option<Vec<Value>>, DataError> {
        self.get(name)
            .map(|value| {
                list(value.get_ref()).ok_or_else(|| self.wrong(name, value, "a list of values"))
            })
            .transpose()
    }

    pub(super) fn texts(&self, name: &'static str) -> Result<Option<Vec<String>>, DataError> {
        let Some(values) = self.values(name)? else {
            return Ok(None);
        };
        values
            .into_iter()
            .map(|value| match value {
                Value::Text(text) => Ok(text),
                other => Err(self.refuse(name, format!("{other} is no text"), None)),
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Some)
    }

    /// A list of lists of two values.
    pub(super) fn pairs(
        &self,
        name: &'static str,
    ) -> Result<Option<Vec<(Value, Value)>>, DataError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let wrong = || {
            self.wrong(
                name,
                value,
                "a list of pairs, such as [[\"a\", 1], [\"b\", 2]]",
            )
        };
        let DeValue::Array(items) = value.get_ref() else {
            return Err(wrong());
        };
        items
            .iter()
            .map(|item| {
                let pair = list(item.get_ref()).ok_or_else(wrong)?;
                <[Value; 2]>::try_from(pair)
                    .map(|[one, two]| (one, two))
                    .map_err(|_| wrong())
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Some)
    }

    pub(super) fn table(&self, name: &'static str) -> Result<Option<Self>, DataError> {
        self.get(name)
            .map(|value| match value.get_ref() {
                DeValue::Table(table) => Ok(Keys::new(
                    self.origin,
                    &self.below(name),
                    value.span().start,
                    table,
                )),
                _ => Err(self.wrong(name, value, "a table")),
            })
            .transpose()
    }

    /// All entries, each a table, in the order of the file.
    pub(super) fn tables(&self) -> Result<Vec<(String, Self)>, DataError> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
            .into_iter()
            .map(|(key, value)| match value.get_ref() {
                DeValue::Table(table) => {
                    let name = key.get_ref().to_string();
                    let keys =
                        Keys::new(self.origin, &self.below(&name), value.span().start, table);
                    Ok((name, keys))
                }
                _ => Err(self.wrong(key.get_ref(), value, "a table")),
            })
            .collect()
    }

    /// The rules of one kind: none, one, or a list of tables.
    pub(super) fn rules(&self, name: &'static str) -> Result<Vec<RuleValue<'a>>, DataError> {
        let Some(value) = self.get(name) else {
            return Ok(Vec::new());
        };
        let rule = |value: &'a Spanned<DeValue<'a>>| RuleValue {
            origin: self.origin,
            path: self.below(name),
            value,
            keys: match value.get_ref() {
                DeValue::Table(table) => Some(Keys::new(
                    self.origin,
                    &self.below(name),
                    value.span().start,
                    table,
                )),
                _ => None,
            },
        };
        Ok(match value.get_ref() {
            DeValue::Array(items)
                if !items.is_empty() && items.iter().all(|item| item.get_ref().is_table()) =>
            {
                items.iter().map(rule).collect()
            }
            _ => vec![rule(value)],
        })
    }

    /// Refuses what nobody asked for.
    pub(super) fn end(&self) -> Result<(), DataError> {
        let asked = self.asked.borrow();
        let mut unknown: Vec<_> = self
            .table
            .iter()
            .filter(|(key, _)| !asked.iter().any(|name| *name == key.get_ref()))
            .collect();
        unknown.sort_by_key(|(key, _)| key.span().start);
        let Some((key, _)) = unknown.first() else {
            return Ok(());
        };
        let place = if self.path.is_empty() {
            String::new()
        } else {
            format!(" in `{}`", self.path)
        };
        let name = key.get_ref();
        let help = suggestion(name, &asked);
        Err(self.origin.mistake(
            key.span().start,
            format!("unknown key `{name}`{place}"),
            help,
        ))
    }
}

impl RuleValue<'_> {
    pub(super) fn start(&self) -> usize {
        self.value.span().start
    }

    pub(super) fn refuse(&self, problem: &str) -> DataError {
        self.origin
            .mistake(self.start(), format!("`{}`: {problem}", self.path), None)
    }

    /// That the value is something else than was expected.
    pub(super) fn wrong(&self, expected: &str) -> DataError {
        self.refuse(&format!(
            "it is {}: expected {expected}",
            toml_kind(self.value.get_ref())
        ))
    }

    pub(super) fn as_flag(&self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<String> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<f64> {
        number(self.value.get_ref())
    }

    pub(super) fn as_value(&self) -> Option<Value> {
        stated(self.value.get_ref())
    }

    pub(super) fn as_values(&self) -> Option<Vec<Value>> {
        list(self.value.get_ref())
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    match value {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok(),
        _ => None,
    }
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(float) => float.as_str().parse().ok(),
        value => integer(value).map(|integer| integer as f64),
    }
}

fn stated(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::Text(text.to_string())),
        DeValue::Integer(_) => integer(value).map(Value::Integer),
        DeValue::Float(_) => number(value).map(Value::Number),
        DeValue::Boolean(flag) => Some(Value::Boolean(*flag)),
        DeValue::Datetime(moment) => Some(Value::Text(moment.to_string())),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn list(value: &DeValue<'_>) -> Option<Vec<Value>> {
    match value {
        DeValue::Array(items) => items.iter().map(|item| stated(item.get_ref())).collect(),
        _ => None,
    }
}

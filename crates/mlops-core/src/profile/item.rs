//! One key of a configuration with its value and its place: typed reading that says what it expected and what it found.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::error::{ConfigurationError, suggestion};
use super::origin::{Origin, Setting, SourceText};

/// A key and its value.
pub(super) struct Item<'a> {
    source: &'a Arc<SourceText>,
    parent: String,
    /// The last part of the key.
    pub(super) name: &'a str,
    key: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
}

/// The entries of a table in the order of the file, so that the first mistake in the file is the first that is reported.
pub(super) fn entries<'a>(
    source: &'a Arc<SourceText>,
    parent: &str,
    table: &'a DeTable<'a>,
) -> Vec<Item<'a>> {
    let mut items: Vec<_> = table
        .iter()
        .map(|(key, value)| Item {
            source,
            parent: parent.to_owned(),
            name: key.get_ref(),
            key: key.span(),
            value,
        })
        .collect();
    items.sort_by_key(|item| item.key.start);
    items
}

impl<'a> Item<'a> {
    /// The whole key, such as `profile.production.jobs`.
    pub(super) fn path(&self) -> String {
        let name = quoted(self.name);
        if self.parent.is_empty() {
            name
        } else {
            format!("{}.{name}", self.parent)
        }
    }

    pub(super) fn value(&self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    pub(super) fn setting<T>(&self, value: T) -> Setting<T> {
        Setting::new(value, Origin::at(self.source, self.value.span()))
    }

    /// The value is not what it must be.
    pub(super) fn refuse(&self, message: impl Into<String>) -> ConfigurationError {
        ConfigurationError::at(
            "configuration::wrong_value",
            message,
            self.source,
            self.value.span(),
        )
    }

    /// As [`refuse`](Self::refuse), for a value that may be a secret: it is not shown.
    pub(super) fn refuse_secret(&self, message: impl Into<String>) -> ConfigurationError {
        self.refuse(message).hiding(self.value.span())
    }

    pub(super) fn wrong_type(&self, expected: &str) -> ConfigurationError {
        self.refuse(format!(
            "`{}` is {}: expected {expected}",
            self.path(),
            toml_kind(self.value())
        ))
    }

    /// The key itself cannot be.
    pub(super) fn refuse_key(&self, message: impl Into<String>) -> ConfigurationError {
        ConfigurationError::at(
            "configuration::wrong_name",
            message,
            self.source,
            self.key.clone(),
        )
    }

    /// This profile says neither how strict it is nor what it rests on, and nothing is assumed.
    pub(super) fn lacks_level(&self) -> ConfigurationError {
        ConfigurationError::at(
            "configuration::missing_level",
            format!(
                "profile `{}` says neither its `level` nor what it `inherits`",
                self.name
            ),
            self.source,
            self.key.clone(),
        )
        .with_help("for example `inherits = \"staging\"`")
    }

    /// The key is none of those that may stand here. Its value is not shown: it may be a secret under a misspelt name.
    pub(super) fn unknown(&self, known: &[&str]) -> ConfigurationError {
        let place = if self.parent.is_empty() {
            String::new()
        } else {
            format!(" in `{}`", self.parent)
        };
        let error = ConfigurationError::at(
            "configuration::unknown_key",
            format!("unknown key `{}`{place}", self.name),
            self.source,
            self.key.clone(),
        )
        .with_help(suggestion(self.name, known));
        // A table's span is its header, which is no secret; and hiding it would hide the key itself.
        if self.value().is_table() {
            error
        } else {
            error.hiding(self.value.span())
        }
    }

    pub(super) fn table(&self) -> Result<Vec<Self>, ConfigurationError> {
        match self.value() {
            DeValue::Table(table) => Ok(entries(self.source, &self.path(), table)),
            _ => Err(self.wrong_type("a table")),
        }
    }

    pub(super) fn boolean(&self) -> Result<Setting<bool>, ConfigurationError> {
        match self.value() {
            DeValue::Boolean(value) => Ok(self.setting(*value)),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    /// A text that says something.
    pub(super) fn text(&self, expected: &str) -> Result<&'a str, ConfigurationError> {
        match self.value() {
            DeValue::String(text) if text.trim().is_empty() => Err(self.refuse(format!(
                "`{}` is an empty text: expected {expected}",
                self.path()
            ))),
            DeValue::String(text) => Ok(text),
            _ => Err(self.wrong_type(expected)),
        }
    }

    pub(super) fn list_of_texts(&self, expected: &str) -> Result<Vec<String>, ConfigurationError> {
        let DeValue::Array(items) = self.value() else {
            return Err(self.wrong_type(expected));
        };
        items
            .iter()
            .map(|item| {
                Item {
                    source: self.source,
                    parent: self.parent.clone(),
                    name: self.name,
                    key: self.key.clone(),
                    value: item,
                }
                .text(expected)
                .map(str::to_owned)
            })
            .collect()
    }

    /// A number above 0 that is finite.
    pub(super) fn amount(&self) -> Result<f64, ConfigurationError> {
        const EXPECTED: &str = "a number above 0";
        let number = match self.value() {
            DeValue::Integer(_) => self.integer()? as f64,
            DeValue::Float(text) => text.as_str().parse().unwrap_or(f64::NAN),
            _ => return Err(self.wrong_type(EXPECTED)),
        };
        if number.is_finite() && number > 0.0 {
            Ok(number)
        } else {
            Err(self.refuse(format!(
                "`{}` is {number}: expected {EXPECTED}",
                self.path()
            )))
        }
    }

    /// An integer that 64 bits can hold, signed or not.
    pub(super) fn integer(&self) -> Result<i128, ConfigurationError> {
        let DeValue::Integer(integer) = self.value() else {
            return Err(self.wrong_type("a whole number"));
        };
        read_integer(integer).ok_or_else(|| {
            self.refuse(format!(
                "`{}` does not fit into 64 bits: expected a smaller number",
                self.path()
            ))
        })
    }
}

/// The integer, if 64 bits can hold it.
pub(super) fn read_integer(integer: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(integer.as_str(), integer.radix())
        .ok()
        .filter(|value| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(value))
}

/// The key as TOML writes it: in quotes if it must be.
pub(super) fn quoted(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

/// What people call a value of TOML.
pub fn toml_kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

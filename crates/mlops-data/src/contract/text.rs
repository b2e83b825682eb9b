//! Contracts as TOML, for people who write no Rust: each mistake is found at its line, and nothing unknown is passed over.

mod reader;
mod rules;

use mlops_core::{Source, nearest};
use toml::de::DeTable;

use self::reader::{Keys, Origin};
use super::{ChangeKind, Clause, Column, Contract, RuleKind, Subject};
use crate::profile::ColumnKind;
use crate::{DataError, File};

/// The types that a column may be declared to have.
const TYPES: [ColumnKind; 6] = [
    ColumnKind::Boolean,
    ColumnKind::Integer,
    ColumnKind::Number,
    ColumnKind::Text,
    ColumnKind::Date,
    ColumnKind::Time,
];

impl Contract {
    /// Reads a contract from TOML.
    ///
    /// # Errors
    /// The text is no TOML, or states something that a contract cannot; the error names the line.
    ///
    /// ```
    /// use mlops_data::Contract;
    /// let contract = Contract::from_toml_str(
    ///     r#"
    ///     name = "customers"
    ///     [columns.age]
    ///     type = "integer"
    ///     range = { min = 0, max = 120, mostly = 0.99 }
    ///     [table]
    ///     row_count = { min = 1 }
    ///     "#,
    /// )?;
    /// assert_eq!(contract.name(), "customers");
    ///
    /// let mistake = Contract::from_toml_str("[columns.age]\ntpye = \"integer\"").unwrap_err();
    /// assert!(mistake.to_string().ends_with("line 2: unknown key `tpye` in `columns.age`"));
    /// assert_eq!(mistake.help().as_deref(), Some("did you mean `type`?"));
    /// # Ok::<(), mlops_data::DataError>(())
    /// ```
    pub fn from_toml_str(text: &str) -> Result<Self, DataError> {
        read("the contract", "contract", text)
    }

    /// Reads a contract from a TOML file; without a `name` it is called as the file.
    ///
    /// # Errors
    /// As [`from_toml_str`](Self::from_toml_str), or the file cannot be read.
    pub fn read(file: &File) -> Result<Self, DataError> {
        let stem = file
            .path()
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        read(&file.location(), &stem, &file.read_text()?)
    }
}

fn read(location: &str, name: &str, text: &str) -> Result<Contract, DataError> {
    let origin = Origin { location, text };
    let parsed = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        origin.mistake(start, error.message().to_owned(), None)
    })?;
    let keys = Keys::new(origin, "", 0, parsed.get_ref());
    let mut contract = Contract::new(keys.text("name")?.unwrap_or_else(|| name.to_owned()));
    // Words for people.
    keys.text("description")?;
    keys.text("owner")?;
    contract.empty_allowed = keys.word("empty", &["allow", "refuse"])? == Some("allow");
    if let Some(changes) = keys.table("changes")? {
        for kind in ChangeKind::ALL {
            if let Some(word) = changes.word(kind.name(), &["allow", "refuse"])? {
                contract.changes.set(*kind, word == "allow");
            }
        }
        changes.end()?;
    }
    if let Some(columns) = keys.table("columns")? {
        for (name, keys) in columns.tables()? {
            contract = contract.column(column(&name, &keys)?);
        }
    }
    if let Some(table) = keys.table("table")? {
        contract.clauses.extend(clauses(&table, None)?);
        table.end()?;
    }
    keys.end()?;
    let clauses = contract.clauses();
    match clauses.iter().find_map(Clause::problem) {
        None => Ok(contract),
        Some(problem) => Err(DataError::Contract {
            name: contract.name,
            problem,
        }),
    }
}

fn column(name: &str, keys: &Keys<'_>) -> Result<Column, DataError> {
    let names = TYPES.map(ColumnKind::name);
    let mut column = match keys.word("type", &names)? {
        Some(word) => Column {
            kind: TYPES.into_iter().find(|kind| kind.name() == word),
            ..Column::untyped(name)
        },
        None => Column::untyped(name),
    };
    keys.text("description")?;
    // Whoever writes the rule down says more than the flag could: how many, and what follows.
    let states_nulls = keys.has("not_null") || keys.has("null") || keys.has("missing_share");
    column.nullable = keys.flag("nullable")?.unwrap_or(states_nulls);
    column.clauses = clauses(keys, Some(name))?;
    keys.end()?;
    Ok(column)
}

/// The rules that stand in a table: `range = { min = 0 }`, or several of one kind as a list of tables.
fn clauses(keys: &Keys<'_>, column: Option<&str>) -> Result<Vec<Clause>, DataError> {
    let mut clauses: Vec<(usize, Clause)> = Vec::new();
    for kind in RuleKind::ALL.iter().copied() {
        let on_column = matches!(kind.speaks_of(), Subject::Value | Subject::Column);
        if kind == RuleKind::Type || on_column != column.is_some() {
            continue;
        }
        for rule in keys.rules(kind.name())? {
            let place = rule.start();
            clauses.push((place, rules::clause(kind, &rule, column)?));
        }
    }
    // In the order of the file.
    clauses.sort_by_key(|(place, _)| *place);
    Ok(clauses.into_iter().map(|(_, clause)| clause).collect())
}

fn suggestion(name: &str, known: &[&str]) -> Option<String> {
    match nearest(name, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() => None,
        None if known.len() <= 8 => Some(format!("what may stand here: {}", known.join(", "))),
        None => Some("the chapter on contracts lists every rule".to_owned()),
    }
}

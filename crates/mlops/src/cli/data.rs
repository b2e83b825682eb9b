//! `data`: whether a table is fit to use, what is in it, and whether it changed.

mod check;
mod describe;
mod diff;
mod sources;
mod split;
pub(super) mod versions;

use std::path::Path;

use mlops_core::Location;
use mlops_data::{DataError, File};

use super::arguments::{CommonArguments, DataCommand};
use super::subject::look_into_store;
use super::tell;
use crate::failure::{Exit, Failure};

pub(super) fn data(common: &CommonArguments, command: &DataCommand) -> Result<u8, Failure> {
    match command {
        DataCommand::Diff(arguments) => diff::diff(common, arguments),
        DataCommand::Check(arguments) => check::check(common, arguments),
        DataCommand::Split(arguments) => split::split(common, arguments),
        DataCommand::Versions { name } => look_into_store(common, |store| {
            versions::versions(store, common, name.as_deref())
        }),
        DataCommand::Describe(arguments) => describe::describe(common, arguments),
        DataCommand::Sources(arguments) => {
            look_into_store(common, |store| sources::sources(store, common, arguments))
        }
        DataCommand::InferContract { file, to } => {
            let text = mlops_data::contract::infer_file(&File::new(file))?;
            match to {
                Some(path) => tell::write_file(path, text.as_bytes())?,
                None => tell::text(&text)?,
            }
            Ok(0)
        }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let exit = match &error {
            DataError::ContractText { .. }
            | DataError::Contract { .. }
            | DataError::NoPath { .. }
            | DataError::UnknownExtension { .. }
            | DataError::UnknownColumn { .. }
            | DataError::UnusableSplit { .. }
            | DataError::ProfileHasNoRows
            | DataError::Fraction { .. }
            | DataError::DatasetName { .. }
            | DataError::Statistics(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        let causes =
            std::iter::successors(std::error::Error::source(&error), |error| error.source());
        let causes = causes.map(ToString::to_string).collect();
        Self {
            causes,
            help: error.help(),
            ..Self::new(exit, error.code(), error.to_string())
        }
    }
}

/// Shows the line of a contract that is wrong.
fn with_place(error: DataError, path: &Path) -> Failure {
    let place = match &error {
        DataError::ContractText {
            line,
            column,
            problem,
            ..
        } => File::new(path)
            .read_text()
            .ok()
            .map(|text| (*line, *column, problem.clone(), text)),
        _ => None,
    };
    let failure = Failure::from(error);
    let Some((line, column, problem, text)) = place else {
        return failure;
    };
    let start: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let rest = text.get(start..).unwrap_or_default();
    let begin = start
        + rest
            .chars()
            .take(column - 1)
            .map(char::len_utf8)
            .sum::<usize>();
    let word =
        |character: char| !character.is_whitespace() && !matches!(character, '=' | ',' | '}' | ']');
    let length = text.get(begin..).map_or(0, |rest| {
        rest.chars()
            .take_while(|one| word(*one))
            .map(char::len_utf8)
            .sum()
    });
    Failure {
        message: problem,
        place: Some(Box::new(Location {
            file: path.display().to_string(),
            line,
            column,
            span: begin..begin + length,
            text,
        })),
        ..failure
    }
}

//! `data`: whether a table is fit to use, and whether it changed.

mod diff;

use mlops_data::DataError;

use super::arguments::{CommonArguments, DataCommand};
use crate::failure::{Exit, Failure};

pub(super) fn data(common: &CommonArguments, command: &DataCommand) -> Result<u8, Failure> {
    match command {
        DataCommand::Diff(arguments) => diff::diff(common, arguments),
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let exit = match &error {
            DataError::NoPath { .. }
            | DataError::UnknownExtension { .. }
            | DataError::UnknownColumn { .. }
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

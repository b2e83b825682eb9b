//! `features`: what was known at a moment, and what is known now.

pub(crate) mod over_time;

use super::arguments::{CommonArguments, FeaturesCommand};
use crate::failure::Failure;

pub(super) fn features(common: &CommonArguments, command: &FeaturesCommand) -> Result<u8, Failure> {
    match command {
        FeaturesCommand::OverTime(command) => over_time::over_time(common, command),
    }
}

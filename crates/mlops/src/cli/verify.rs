//! `verify`: kept results are made again elsewhere and compared; with `--hermetic`, stages are shut in.

mod difference;
mod say;

use std::path::PathBuf;

use mlops_pipeline::verify::{
    Entered, Order, Selection, Verifier, VerifyError, VerifyOptions, enter, perform,
};
use serde::{Deserialize, Serialize};

use self::say::Said;
use super::arguments::{CommonArguments, PipelineArguments, VerifyArguments, VerifyExecArguments};
use super::run::{prepare, wire};
use crate::app::App;
use crate::failure::{Exit, Failure};
use crate::project::Project;

/// By which words the other process finds the pipeline again.
#[derive(Serialize, Deserialize)]
struct Wiring {
    pipeline: String,
    settings: Vec<String>,
    from: Option<String>,
    profile: String,
    store: PathBuf,
}

pub(super) fn verify(
    app: &App,
    common: &CommonArguments,
    arguments: &VerifyArguments,
) -> Result<u8, Failure> {
    let project = Project::here()?;
    let pipeline = arguments.which.pipeline_arguments();
    let wired = wire(app, common, &pipeline, &project)?;
    let store = project.store_to_look(wired.profile(), common.store.as_deref())?;
    let prepared = prepare(wired, &pipeline, store);
    let request = prepared.request;
    let wiring = Wiring {
        pipeline: request.pipeline.clone(),
        settings: pipeline.settings.clone(),
        from: request.from.map(|run| run.to_string()),
        profile: request.profile.clone(),
        store: request.store.folder().to_owned(),
    };
    let wiring = serde_json::to_value(&wiring).map_err(std::io::Error::from)?;
    let options = VerifyOptions {
        selection: Selection {
            stage: arguments.stage.clone(),
            sample: arguments.sample,
            without_result: arguments.twice || arguments.hermetic,
        },
        twice: arguments.twice,
        hermetic: arguments.hermetic,
    };
    let program = std::env::current_exe().map_err(|cause| VerifyError::Process {
        program: "this program".into(),
        cause,
    })?;
    let mut verifier = Verifier::new(&request, options, program, wiring)?;
    if verifier.candidates().is_empty() {
        return Err(nothing(&verifier));
    }
    let mut said = Said::new(common.json, arguments.hermetic);
    for number in 0..verifier.candidates().len() {
        let verdict = verifier.verify(number)?;
        let places = difference::first_differences(&verifier, &verdict);
        said.verdict(&verdict, &places)?;
    }
    said.left_out(verifier.left_out())?;
    said.end()?;
    Ok(
        match said.verdicts().iter().all(|outcome| outcome.is_good()) {
            true => 0,
            false => Exit::Failed as u8,
        },
    )
}

/// There is nothing to run again: to say that all is well would be false.
fn nothing(verifier: &Verifier<'_>) -> Failure {
    let mut failure = Failure::usage(
        "verify::nothing",
        "there is nothing to verify: no result is kept of any stage that was asked about",
    )
    .help("run the pipeline first; `--twice` compares two fresh runs where nothing is kept");
    failure.causes = verifier
        .left_out()
        .iter()
        .map(|left_out| format!("{}: {}", left_out.stage, left_out.why))
        .collect();
    failure
}

/// Carries out an order of another process.
pub(super) fn verify_exec(app: &App, arguments: &VerifyExecArguments) -> Result<u8, Failure> {
    let order = Order::read(&arguments.order)?;
    match enter(&order, arguments.traced) {
        Entered::Ready => {}
        Entered::Answered(answered) => {
            answered?;
            return Ok(0);
        }
    }
    let wiring: Wiring =
        serde_json::from_value(order.wiring.clone()).map_err(std::io::Error::from)?;
    let common = CommonArguments {
        profile: Some(wiring.profile),
        store: Some(wiring.store),
        json: false,
    };
    let pipeline = PipelineArguments {
        pipeline: Some(wiring.pipeline),
        settings: wiring.settings,
        from: wiring.from,
        ..PipelineArguments::default()
    };
    let project = Project::here()?;
    let wired = wire(app, &common, &pipeline, &project)?;
    perform(&order, wired.graph())?;
    Ok(0)
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Pipeline(error) => error.into(),
            error => {
                let causes = std::error::Error::source(&error).map(ToString::to_string);
                let exit = match &error {
                    // The machine cannot do what was asked: no verdict, and none is pretended.
                    VerifyError::NoTrace { .. } | VerifyError::NoSandbox { .. } => Exit::Usage,
                    _ => Exit::Failed,
                };
                Self {
                    causes: causes.into_iter().collect(),
                    help: error.help(),
                    ..Self::new(exit, error.code(), error.to_string())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_cannot_do_it_ends_with_another_code_than_a_finding() {
        let why = || "it cannot".to_owned();
        for error in [
            VerifyError::NoSandbox { why: why() },
            VerifyError::NoTrace { why: why() },
        ] {
            let failure = Failure::from(error);
            assert_eq!(failure.exit, Exit::Usage);
            assert!(failure.message.contains("it cannot") && failure.help.is_some());
        }
    }
}

//! `accept`: a person says that a change of code alters nothing.

use mlops_pipeline::{AcceptError, Acceptance, AcceptedCall, accept as accept_change};
use mlops_store::Access;
use serde_json::json;

use super::arguments::{AcceptArguments, CommonArguments};
use super::run::{prepare, wire};
use super::tell;
use crate::app::App;
use crate::failure::{Exit, Failure};
use crate::project::Project;
use crate::report::style;

pub(super) fn accept(
    app: &App,
    common: &CommonArguments,
    arguments: &AcceptArguments,
) -> Result<u8, Failure> {
    let project = Project::here()?;
    let pipeline = arguments.which.pipeline_arguments();
    let wired = wire(app, common, &pipeline, &project)?;
    project.store_to_look(wired.profile(), common.store.as_deref())?;
    let store = project.store(wired.profile(), common.store.as_deref(), Access::ReadWrite)?;
    let prepared = prepare(wired, &pipeline, store);
    let acceptance = Acceptance {
        stage: arguments.unchanged.clone(),
        reason: arguments.reason.clone(),
        by: mlops_store::user_name(),
    };
    let accepted = accept_change(&prepared.request, &acceptance)?;
    for call in &accepted {
        say(call, common.json)?;
    }
    if !common.json {
        tell::text(&format!(
            "\n{} as `{}` in the audit log; `verify {}` runs the new code and compares\n",
            style::strong("recorded"),
            acceptance.by,
            acceptance.stage
        ))?;
    }
    Ok(0)
}

fn say(call: &AcceptedCall, json: bool) -> Result<(), Failure> {
    if json {
        return Ok(tell::json_line(&json!({
            "event": "accepted",
            "stage": call.stage,
            "from": call.from,
            "to": call.to,
            "level": call.level,
            "changes": call.changes,
        }))?);
    }
    let mut text = format!("accepted  {}\n", style::strong(&call.stage));
    for change in &call.changes {
        text.push_str(&format!("            {change}\n"));
    }
    text.push_str(&format!(
        "            {} counts for {}, too, at level {}\n",
        call.from.short(),
        call.to.short(),
        call.level
    ));
    tell::text(&text)
}

impl From<AcceptError> for Failure {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Pipeline(error) => error.into(),
            error => {
                let exit = match error.is_refusal() {
                    true => Exit::Refused,
                    false => Exit::Usage,
                };
                Self {
                    help: error.help(),
                    ..Self::new(exit, error.code(), error.to_string())
                }
            }
        }
    }
}

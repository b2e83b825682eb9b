//! `profile`: what a profile means, and where each value comes from.

use serde_json::json;

use super::arguments::{CommonArguments, ProfileCommand};
use super::tell;
use crate::failure::Failure;
use crate::project::Project;

pub(super) fn profile(common: &CommonArguments, command: &ProfileCommand) -> Result<u8, Failure> {
    let project = Project::here()?;
    match command {
        ProfileCommand::List => list(&project, common.json),
        ProfileCommand::Show { name } => {
            let name = name.as_deref().or(common.profile.as_deref());
            show(&project, name, common.json)
        }
    }
}

fn list(project: &Project, json: bool) -> Result<u8, Failure> {
    let mut rows = Vec::new();
    for name in project.configuration.profiles() {
        let profile = project.profile(Some(name))?;
        let inherits = profile.inherits.as_ref().map(|name| name.value.clone());
        if json {
            tell::json_line(&json!({
                "event": "profile", "profile": profile.name, "level": profile.level.value,
                "inherits": inherits, "store": profile.store.value,
            }))?;
        }
        rows.push(vec![
            profile.name.clone(),
            profile.level.value.to_string(),
            inherits.unwrap_or_default(),
            profile.store.value.display().to_string(),
            profile.level.origin.to_string(),
        ]);
    }
    if !json {
        tell::text(&tell::table(
            &["profile", "level", "inherits", "store", "from"],
            rows,
        ))?;
    }
    Ok(0)
}

fn show(project: &Project, name: Option<&str>, json: bool) -> Result<u8, Failure> {
    let profile = project.profile(name)?;
    let settings = profile.settings();
    if json {
        for setting in &settings {
            tell::json_line(&json!({
                "event": "setting", "profile": profile.name, "key": setting.key,
                "value": setting.value, "from": setting.origin.to_string(),
            }))?;
        }
        return Ok(0);
    }
    let rows = settings.iter().map(|setting| {
        vec![
            setting.key.clone(),
            setting.value.clone(),
            setting.origin.to_string(),
        ]
    });
    tell::text(&tell::table(&["setting", "value", "from"], rows))?;
    Ok(0)
}

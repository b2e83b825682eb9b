//! `run`, `plan` and `graph`: everything that needs the pipeline itself.

use std::sync::Arc;
use std::time::Duration;

use mlops_core::{Digest, Durability, Profile};
use mlops_pipeline::lineage::{LineageDelivery, LineageOptions};
use mlops_pipeline::{
    Decision, Event, Graph, GraphFormat, KeyEnvironment, Observer, PipelineError, Resources,
    RunRequest, Silent, render,
};
use mlops_store::{Access, AuditRecord, CodeState, Store};
use uuid::Uuid;

use super::arguments::{
    CommonArguments, GraphArguments, PipelineArguments, PlanArguments, RunArguments,
};
use super::{columns, explain, tell};
use crate::app::App;
use crate::declared_features::{DeclaredFeatures, used_by};
use crate::failure::{Exit, Failure};
use crate::project::Project;
use crate::refusal::refusals;
use crate::report::{JsonLines, Listeners, Progress};
use crate::settings::Change;

/// How long a finished run waits for the collector of lineage; what is left is sent by the next run.
const DELIVERY_LIMIT: Duration = Duration::from_millis(300);

/// A pipeline as the command line asks for it: wired, with nothing planned yet.
pub(super) struct Wired<'a> {
    project: &'a Project,
    profile: &'a Profile,
    pipeline: &'a str,
    graph: Graph,
    parameters: serde_json::Value,
    /// Settings of the command line.
    by_hand: Vec<Change>,
    /// The run that `--from` names, and whether its parameters are others than those of the profile.
    from: Option<(Uuid, bool)>,
}

/// The same with its store: everything that planning and running share.
pub(super) struct Prepared<'a> {
    project: &'a Project,
    profile: &'a Profile,
    pub(super) request: RunRequest,
    by_hand: Vec<Change>,
    from: Option<(Uuid, bool)>,
}

impl Wired<'_> {
    pub(super) fn profile(&self) -> &Profile {
        self.profile
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }
}

/// Finds project, profile and pipeline, and builds the graph.
pub(super) fn wire<'a>(
    app: &'a App,
    common: &CommonArguments,
    arguments: &PipelineArguments,
    project: &'a Project,
) -> Result<Wired<'a>, Failure> {
    let default = project
        .configuration
        .default_pipeline()
        .map(|setting| setting.value.as_str());
    let mut profile = project.profile(common.profile.as_deref())?;
    let mut earlier = None;
    if let Some(selector) = &arguments.from {
        let store = project.store_to_look(profile, common.store.as_deref())?;
        let found = store.find_run(selector, arguments.pipeline.as_deref())?;
        if common.profile.is_none() {
            profile = project.profile(Some(&found.profile))?;
        }
        earlier = Some(found);
    }
    let name = arguments
        .pipeline
        .as_deref()
        .or(earlier.as_ref().map(|run| run.pipeline.as_str()));
    let (pipeline, build) = app.find(name, default)?;
    warn_of_slip(profile, pipeline, app, common.json)?;
    let by_hand = arguments
        .settings
        .iter()
        .map(|text| Change::parse(text))
        .collect::<Result<Vec<_>, _>>()?;
    let of_profile = Change::of_profile(profile, pipeline);
    let changes: Vec<Change> = of_profile.iter().chain(&by_hand).cloned().collect();
    let base = earlier
        .as_ref()
        .map(|run| &run.parameters)
        .filter(|parameters| !parameters.is_null());
    let built = build(base, &changes)?;
    let from = match earlier {
        Some(run) => {
            let usual = build(None, &of_profile)?;
            Some((run.id, usual.parameters != built.parameters))
        }
        None => None,
    };
    Ok(Wired {
        project,
        profile,
        pipeline,
        graph: Graph::new(built.outputs)?,
        parameters: built.parameters,
        by_hand,
        from,
    })
}

/// Says that parameters for a pipeline that is not there may have been meant for this one. Other programs of the project may
/// have pipelines of their own, so that a name which only differs is no mistake.
fn warn_of_slip(profile: &Profile, pipeline: &str, app: &App, json: bool) -> Result<(), Failure> {
    if !profile.overrides(pipeline).is_empty() {
        return Ok(());
    }
    let others = profile.parameters.iter().filter(|(name, _)| !app.has(name));
    for (name, changes) in others {
        if let (Some(_), Some(change)) = (mlops_core::nearest(name, [pipeline]), changes.first()) {
            let message = format!(
                "no pipeline is called `{name}` ({}), so its parameters change nothing; did you mean `{pipeline}`?",
                change.setting.origin
            );
            crate::report::warning(&message, json)?;
        }
    }
    Ok(())
}

/// Makes the request that is planned or run against this store.
pub(super) fn prepare<'a>(
    wired: Wired<'a>,
    arguments: &PipelineArguments,
    store: Store,
) -> Prepared<'a> {
    let profile = wired.profile;
    let mut request = RunRequest::new(wired.pipeline, wired.graph, store);
    request.profile.clone_from(&profile.name);
    request.level = profile.level.value;
    request.clock = Arc::clone(&wired.project.clock);
    request.resources = resources(profile);
    request.keep_going = profile.keep_going.value;
    request.force.clone_from(&arguments.force);
    request.only.clone_from(&arguments.only);
    request.from = wired.from.map(|(run, _)| run);
    request.paranoid = profile.paranoid.value || arguments.paranoid;
    request.parameters = wired.parameters;
    request.settings = wired
        .by_hand
        .iter()
        .map(|change| (change.key(), change.shown_value()))
        .collect();
    request.environment = environment(profile);
    request.outside = wired.project.configuration.outside().to_vec();
    Prepared {
        project: wired.project,
        profile,
        request,
        by_hand: wired.by_hand,
        from: wired.from,
    }
}

/// The declared environment variables. Their values may be secret, so only digests go on from here.
fn environment(profile: &Profile) -> KeyEnvironment {
    let variables = profile.environment.value.iter().map(|name| {
        let value = std::env::var_os(name);
        let digest = value.map(|value| Digest::of(value.as_encoded_bytes()));
        (name.clone(), digest)
    });
    KeyEnvironment {
        variables: variables.collect(),
    }
}

fn resources(profile: &Profile) -> Resources {
    let mut resources = Resources::default();
    if let Some(jobs) = profile.jobs.value {
        resources.cpus = jobs.get() as f64;
    }
    if let Some(memory) = profile.memory.value {
        resources.memory = memory.bytes();
    }
    resources.named = profile
        .resources
        .iter()
        .map(|(name, amount)| (name.clone(), amount.value))
        .collect();
    resources
}

/// Stops what the profile refuses, and records that it was tried.
fn enforce(app: &App, prepared: &mut Prepared<'_>) -> Result<(), Failure> {
    let profile = prepared.profile;
    let strict = !profile.allow_dirty.value
        || !profile.allow_settings.value
        || profile.require_pinned_sources.value
        || profile.require_locked_features.value;
    if !strict {
        return Ok(());
    }
    let folder = &prepared.project.folder;
    let code = mlops_pipeline::code_state(Some(folder));
    let mut refused = refusals(
        profile,
        &prepared.request.graph,
        code.as_ref(),
        folder,
        &prepared.by_hand,
        &DeclaredFeatures::read(app, prepared.project)?,
    );
    if let (Some((run, true)), false) = (prepared.from, profile.allow_settings.value) {
        refused.push(format!(
            "run {run} had other parameters than the profile gives: write them into mlops.toml as profile.{}.parameters and commit it, or leave out --from",
            profile.name
        ));
    }
    prepared.request.code = Some(code.clone().unwrap_or_default());
    if refused.is_empty() {
        return Ok(());
    }
    record_refusal(&prepared.request, code.as_ref(), &refused)?;
    Err(PipelineError::Refused {
        profile: profile.name.clone(),
        reasons: refused,
    }
    .into())
}

/// Says which features are used although their day is past.
fn warn_of_deprecated(app: &App, request: &RunRequest, json: bool) -> Result<(), Failure> {
    let today = request.clock.now().to_string();
    let today = today.get(..10).unwrap_or_default();
    for definition in used_by(app.defined_features(), &request.graph) {
        if let (Some(deprecation), true) = (definition.deprecated, definition.is_past(today)) {
            let instead = deprecation
                .instead
                .map(|instead| format!(": use {instead}"));
            let message = format!(
                "the feature `{}` is not to be used since {}{}",
                definition.name,
                deprecation.from,
                instead.unwrap_or_default()
            );
            crate::report::warning(&message, json)?;
        }
    }
    Ok(())
}

fn record_refusal(
    request: &RunRequest,
    code: Option<&CodeState>,
    refused: &[String],
) -> Result<(), Failure> {
    request.store.audit(&AuditRecord {
        actor: mlops_store::user_name(),
        action: "run.refused".to_owned(),
        subject: request.pipeline.clone(),
        reason: Some(refused.join("; ")),
        evidence: serde_json::json!({
            "profile": request.profile,
            "commit": code.and_then(|code| code.commit.clone()),
            "dirty": code.and_then(|code| code.dirty),
        }),
        at: request.clock.now(),
    })?;
    Ok(())
}

pub(super) fn run(
    app: &App,
    common: &CommonArguments,
    arguments: &RunArguments,
) -> Result<u8, Failure> {
    let project = Project::here()?;
    let wired = wire(app, common, &arguments.pipeline, &project)?;
    let store = project.store(wired.profile, common.store.as_deref(), Access::ReadWrite)?;
    let mut prepared = prepare(wired, &arguments.pipeline, store);
    enforce(app, &mut prepared)?;
    warn_of_deprecated(app, &prepared.request, common.json)?;
    let request = &mut prepared.request;
    request.keep_going |= arguments.keep_going;
    if let Some(jobs) = arguments.jobs {
        request.resources.cpus = jobs.get() as f64;
    }
    request.listen_to_signals = true;
    if !request.store.reconcile_dead_runs()?.is_empty() {
        request.store.remove_leftovers()?;
    }
    crate::report::install_log();
    request.compare = arguments.explain.then_some(columns::compare);
    let progress = Arc::new(Progress::new(arguments.explain));
    let delivery = Arc::new(start_delivery(&prepared)?);
    let mut listeners: Vec<Arc<dyn Observer>> = vec![Arc::clone(&progress) as _];
    let lines = Arc::new(JsonLines::default());
    if common.json {
        listeners.push(Arc::clone(&lines) as _);
    }
    listeners.push(Arc::new(Notify(Arc::clone(&delivery))));
    prepared.request.observer = Arc::new(Listeners(listeners));
    let result = prepared.request.run();
    progress.finish();
    prepared.request.observer = Arc::new(Silent);
    let warnings = Arc::into_inner(delivery)
        .map(|delivery| delivery.finish(DELIVERY_LIMIT).warnings())
        .unwrap_or_default();
    for message in &warnings {
        progress.observe(&Event::Warning {
            stage: None,
            message,
        });
    }
    let result = result?;
    tell::results(&prepared.request.store, &result, common.json)?;
    // Whoever reads the lines would take fewer for all.
    lines.finish()?;
    Ok(if result.succeeded() {
        0
    } else if result.store_is_damaged {
        Exit::Damaged as u8
    } else {
        Exit::Failed as u8
    })
}

/// Rings the bell of lineage when there is something to deliver.
struct Notify(Arc<LineageDelivery>);

impl Observer for Notify {
    fn observe(&self, event: &Event<'_>) {
        if let Event::Started { .. } | Event::StageFinished(_) | Event::Finished { .. } = event {
            self.0.notify();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the profile's secrets are read here, when they are needed, and nowhere else"
)]
fn start_delivery(prepared: &Prepared<'_>) -> Result<LineageDelivery, Failure> {
    let lineage = &prepared.profile.lineage;
    let api_key = match (&lineage.url, &lineage.api_key) {
        (Some(_), Some(secret)) => {
            let folder = &prepared.project.folder;
            let value = secret.value.resolve(
                |name| std::env::var(name).ok(),
                |path| std::fs::read_to_string(folder.join(path)),
            );
            Some(value.map_err(|error| {
                Failure::usage("lineage::api_key", error.to_string())
                    .help(format!("lineage.api_key is set at {}", secret.origin))
            })?)
        }
        _ => None,
    };
    let project = prepared.project.configuration.project();
    let namespace = lineage.namespace.as_ref().or(project);
    let options = LineageOptions {
        profile: prepared.profile.name.clone(),
        namespace: namespace.map_or_else(|| "mlops".to_owned(), |name| name.value.clone()),
        file: lineage.file.value,
        url: lineage.url.as_ref().map(|url| url.value.clone()),
        api_key,
        sync: prepared.profile.durability.value == Durability::Power,
    };
    LineageDelivery::start(&prepared.request.store, options).map_err(|error| {
        let failure = Failure::usage(error.code(), error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    })
}

pub(super) fn plan(
    app: &App,
    common: &CommonArguments,
    arguments: &PlanArguments,
) -> Result<u8, Failure> {
    let project = Project::here()?;
    let wired = wire(app, common, &arguments.pipeline, &project)?;
    let store = project.store_to_plan(wired.profile, common.store.as_deref())?;
    let mut request = prepare(wired, &arguments.pipeline, store).request;
    request.compare = arguments.explain.is_some().then_some(columns::compare);
    let plan = request.plan()?;
    let one = arguments.explain.as_deref().filter(|name| !name.is_empty());
    match one {
        Some(stage) => explain::stage(&request, &plan, stage, arguments, common)?,
        None if arguments.full || arguments.diff => return Err(explain::which_stage()),
        None if common.json => {
            for call in &plan.calls {
                tell::json_line(&call.to_json())?;
            }
        }
        None => tell::plan(&plan, arguments.explain.is_some())?,
    }
    let blocked = plan.count(Decision::Blocked) > 0 && arguments.pipeline.only.is_empty();
    Ok(if blocked { Exit::Failed as u8 } else { 0 })
}

pub(super) fn graph(
    app: &App,
    common: &CommonArguments,
    arguments: &GraphArguments,
) -> Result<u8, Failure> {
    let format: GraphFormat = arguments
        .format
        .parse()
        .map_err(|error: String| Failure::usage("command::format", error))?;
    let project = Project::here()?;
    let wired = wire(app, common, &arguments.pipeline, &project)?;
    let picture = if arguments.plan {
        let store = project.store_to_plan(wired.profile, common.store.as_deref())?;
        let request = prepare(wired, &arguments.pipeline, store).request;
        render(&request.graph, Some(&request.plan()?), format)
    } else {
        render(&wired.graph, None, format)
    };
    match &arguments.to {
        Some(path) => tell::write_file(path, picture.as_bytes())?,
        None => tell::text(&picture)?,
    }
    Ok(0)
}

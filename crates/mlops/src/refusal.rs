//! What a strict profile refuses before anything runs, each with what to do about it.

use std::path::Path;

use mlops_core::{Digest, Profile};
use mlops_pipeline::{Graph, repository_folder, uncommitted};
use mlops_store::CodeState;

use crate::declared_features::DeclaredFeatures;
use crate::settings::Change;

/// So many changed paths are named; the rest is counted.
const SHOWN_PATHS: usize = 5;

/// Everything about this run that the profile refuses.
pub(crate) fn refusals(
    profile: &Profile,
    graph: &Graph,
    code: Option<&CodeState>,
    folder: &Path,
    by_hand: &[Change],
    features: &DeclaredFeatures,
) -> Vec<String> {
    let mut refused = Vec::new();
    if !profile.allow_settings.value {
        for change in by_hand {
            refused.push(format!(
                "the setting `{}={}` was given by hand: write it into mlops.toml as profile.{}.parameters and commit it",
                change.key(),
                change.shown_value(),
                profile.name
            ));
        }
    }
    if !profile.allow_dirty.value {
        refuse_code(code, graph, folder, &mut refused);
    }
    if profile.require_pinned_sources.value {
        refuse_sources(graph, &mut refused);
    }
    if profile.require_locked_features.value {
        refused.extend(features.refusals(graph));
    }
    refused
}

fn refuse_code(code: Option<&CodeState>, graph: &Graph, folder: &Path, refused: &mut Vec<String>) {
    let Some((code, commit)) = code.and_then(|code| Some((code, code.commit.as_ref()?))) else {
        refused.push("there is no git commit to say what ran: commit the project first".to_owned());
        return;
    };
    if code.dirty != Some(false) {
        refused.push(format!(
            "the git tree has changes that no commit holds{}: commit or stash them",
            named(&uncommitted(Some(folder)))
        ));
        return;
    }
    let short = commit.get(..12).unwrap_or(commit);
    match not_of_commit(graph, folder) {
        Some(Stray::Outside(path)) => refused.push(format!(
            "commit {short} does not hold all that this program was built from: `{path}` lies outside the repository; take that package from git or from a registry, or bring it into the repository"
        )),
        Some(Stray::Changed(path)) => refused.push(format!(
            "this program was not built from commit {short}: `{path}` differs from what was compiled; build it again"
        )),
        None => {}
    }
}

/// The first few paths, in brackets.
fn named(paths: &[String]) -> String {
    let shown: Vec<String> = paths
        .iter()
        .take(SHOWN_PATHS)
        .map(|path| format!("`{path}`"))
        .collect();
    match paths.len().checked_sub(SHOWN_PATHS + 1) {
        _ if shown.is_empty() => String::new(),
        None => format!(" ({})", shown.join(", ")),
        Some(more) => format!(" ({} and {} more)", shown.join(", "), more + 1),
    }
}

/// A source of the program that is not the commit's.
enum Stray {
    Outside(String),
    Changed(String),
}

/// The first source file whose content in the commit is not what was compiled into this program.
///
/// The tree is clean when this is asked, so the files are those of the commit.
#[expect(
    clippy::disallowed_methods,
    reason = "the program's own sources, compared with what was compiled"
)]
fn not_of_commit(graph: &Graph, folder: &Path) -> Option<Stray> {
    let top = repository_folder(Some(folder))?;
    let mut lists: Vec<&'static str> = graph
        .calls()
        .map(|(_, call)| call.stage.code.files)
        .collect();
    lists.sort_unstable();
    lists.dedup();
    for line in lists.iter().flat_map(|list| list.lines()) {
        let Some((digest, path)) = line.split_once(' ') else {
            continue;
        };
        if path.starts_with("../") {
            return Some(Stray::Outside(path.to_owned()));
        }
        let content = std::fs::read(top.join(path)).ok();
        let present = content.map(|content| Digest::of(&content).hex());
        if present.as_deref() != Some(digest) {
            return Some(Stray::Changed(path.to_owned()));
        }
    }
    None
}

fn refuse_sources(graph: &Graph, refused: &mut Vec<String>) {
    for (_, call) in graph.calls() {
        for source in call.sources() {
            let is_bounded = source.pinned().is_some() || source.stale_after().is_some();
            if is_bounded || !source.grows_old() {
                continue;
            }
            let pin = source
                .digest()
                .map(|digest| format!("digest = \"{digest}\""))
                .unwrap_or_else(|_| "digest = \"…\"".to_owned());
            refused.push(format!(
                "the {} `{}` that `{}` reads is neither pinned nor bounded by a time: give it {pin}, or stale_after",
                source.kind(),
                source.location(),
                call.name
            ));
        }
    }
}

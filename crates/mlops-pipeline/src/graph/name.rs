//! Short names: each call gets the shortest one that is unique in its graph.

use std::collections::{BTreeMap, HashMap};

use super::Call;
use crate::PipelineError;

/// Names all calls.
///
/// # Errors
/// Two different stages have one path.
pub(super) fn name_calls(calls: &mut [Call]) -> Result<(), PipelineError> {
    let mut places: BTreeMap<&'static str, (&'static str, u32)> = BTreeMap::new();
    let mut counts: HashMap<&'static str, usize> = HashMap::new();
    for call in calls.iter() {
        let stage = call.stage;
        let place = (stage.file, stage.line);
        let first = *places.entry(stage.path).or_insert(place);
        if first != place {
            return Err(PipelineError::SameName {
                name: stage.path.to_owned(),
                first: format!("{}:{}", first.0, first.1),
                second: stage.place(),
            });
        }
        *counts.entry(stage.path).or_default() += 1;
    }
    let short = shortest_unique_suffixes(places.keys().copied());
    let mut seen: HashMap<&'static str, usize> = HashMap::new();
    for call in calls {
        let path = call.stage.path;
        let number = seen.entry(path).or_default();
        let base = &short[path];
        if counts[path] == 1 {
            call.name.clone_from(base);
            call.label = path.to_owned();
        } else {
            call.name = format!("{base}[{number}]");
            call.label = format!("{path}[{number}]");
        }
        *number += 1;
    }
    Ok(())
}

fn shortest_unique_suffixes(
    paths: impl Iterator<Item = &'static str> + Clone,
) -> HashMap<&'static str, String> {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for path in paths.clone() {
        for suffix in suffixes(path) {
            *uses.entry(suffix).or_default() += 1;
        }
    }
    paths
        .map(|path| {
            let short = suffixes(path)
                .find(|suffix| uses[suffix] == 1)
                .unwrap_or(path);
            (path, short.to_owned())
        })
        .collect()
}

/// `c`, `b::c`, `a::b::c`.
fn suffixes(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.rmatch_indices("::")
        .map(move |(at, _)| &path[at + 2..])
        .chain(std::iter::once(path))
}

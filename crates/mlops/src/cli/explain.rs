//! `plan --explain STAGE`: the causes for one stage, what it reaches in the code, and how that differs from the last run.

use std::collections::BTreeMap;

use mlops_pipeline::{
    CodeReach, Plan, ReachedItem, Reason, ReasonKind, RunRequest, difference_since,
};
use serde_json::json;

use super::arguments::{CommonArguments, PlanArguments};
use super::tell;
use crate::failure::Failure;
use crate::report::style;

/// `--full` and `--diff` are about one stage.
pub(super) fn which_stage() -> Failure {
    Failure::usage(
        "command::which_stage",
        "`--full` and `--diff` show the code of one stage",
    )
    .help("name it: `plan --explain STAGE --full`")
}

pub(super) fn stage(
    request: &RunRequest,
    plan: &Plan,
    name: &str,
    arguments: &PlanArguments,
    common: &CommonArguments,
) -> Result<(), Failure> {
    let calls = request.graph.find(name)?;
    let mut text = String::new();
    for (at, index) in calls.iter().enumerate() {
        let planned = &plan.calls[*index];
        let code = &request.graph.call(*index).stage.code;
        let reach = CodeReach::read(code.items);
        if common.json {
            tell::json_line(&planned.to_json())?;
        } else {
            text.push_str(&tell::planned(planned, true, 0));
        }
        // Several calls of one stage have one code.
        let first = at == 0;
        if arguments.full && first {
            if common.json {
                json_items(&reach)?;
            } else {
                text.push_str(&tree(&reach, code.coarse));
            }
        }
        if arguments.diff && first {
            let commit = commit_of_last_result(request, planned.path.as_str())?;
            text.push_str(&differences(&reach, &planned.reasons, commit.as_deref()));
        }
    }
    if !text.is_empty() {
        tell::text(&text)?;
    }
    Ok(())
}

fn json_items(reach: &CodeReach) -> Result<(), Failure> {
    for item in &reach.items {
        tell::json_line(&json!({
            "event": "reach",
            "item": item.label,
            "module": item.module,
            "at": item.place(),
            "digest": item.digest,
            "from": item.from.and_then(|from| reach.items.get(from)).map(|from| from.label.clone()),
        }))?;
    }
    for (name, version, features) in &reach.crates {
        tell::json_line(&json!({
            "event": "reach", "crate": name, "version": version, "features": features,
        }))?;
    }
    Ok(())
}

/// Each item below the one that led to it; imports are left out, as they only show the way.
fn tree(reach: &CodeReach, coarse: Option<&str>) -> String {
    let mut below: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, item) in reach.items.iter().enumerate() {
        below
            .entry(item.from.filter(|from| *from != at))
            .or_default()
            .push(at);
    }
    let mut text = String::new();
    if let Some(cause) = coarse {
        text.push_str(&format!("the whole package counts: {cause}\n"));
    }
    // Deep chains of items must not become deep calls.
    let mut pending: Vec<(usize, usize)> =
        roots(&below).into_iter().rev().map(|at| (at, 0)).collect();
    while let Some((at, depth)) = pending.pop() {
        let item = &reach.items[at];
        let is_import = item.label.starts_with("use ");
        if !is_import {
            text.push_str(&format!(
                "{}{}  {}\n",
                "  ".repeat(depth + 1),
                item.label,
                style::dim(&item.place())
            ));
        }
        let next = below.get(&Some(at)).into_iter().flatten().rev();
        pending.extend(next.map(|below| (*below, depth + usize::from(!is_import))));
    }
    for (name, version, _) in &reach.crates {
        text.push_str(&format!("  crate {name} {version}\n"));
    }
    for label in reach.contents.keys() {
        text.push_str(&format!("  {label}\n"));
    }
    text
}

fn roots(below: &BTreeMap<Option<usize>, Vec<usize>>) -> Vec<usize> {
    below.get(&None).cloned().unwrap_or_default()
}

fn commit_of_last_result(request: &RunRequest, path: &str) -> Result<Option<String>, Failure> {
    let Some(entry) = request.store.latest_entry(path)? else {
        return Ok(None);
    };
    Ok(request.store.run(entry.run)?.code.commit)
}

/// The hunks of git's differences that lie in the items that changed.
fn differences(reach: &CodeReach, reasons: &[Reason], commit: Option<&str>) -> String {
    let Some(commit) = commit else {
        return "the last result was made without a git commit to compare with\n".to_owned();
    };
    let mut text = String::new();
    for reason in reasons
        .iter()
        .filter(|reason| reason.kind == ReasonKind::Code)
    {
        let item = reach
            .items
            .iter()
            .find(|item| Some(item.place()) == reason.at && reason.item.starts_with(&item.label));
        let Some(item) = item else { continue };
        let whole = difference_since(None, commit, &item.file).unwrap_or_default();
        let hunks = hunks_of(&whole, item);
        if hunks.is_empty() {
            text.push_str(&format!(
                "{} is the same in commit {}\n",
                item.label,
                short(commit)
            ));
        } else {
            text.push_str(&format!(
                "{} since commit {}\n{hunks}",
                item.label,
                short(commit)
            ));
        }
    }
    if text.is_empty() {
        text.push_str("no item of the code changed\n");
    }
    text
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// The hunks whose lines in the new file overlap the item's.
fn hunks_of(difference: &str, item: &ReachedItem) -> String {
    let mut text = String::new();
    let mut wanted = false;
    for line in difference.lines() {
        if let Some(header) = line.strip_prefix("@@ ") {
            wanted = lines_of(header)
                .is_some_and(|(first, last)| first <= item.lines.1 && item.lines.0 <= last);
        }
        if wanted {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The first and last line in the new file, of `-10,7 +12,9 @@`.
fn lines_of(header: &str) -> Option<(u32, u32)> {
    let new = header.split(' ').find_map(|part| part.strip_prefix('+'))?;
    let (first, count) = new.split_once(',').unwrap_or((new, "1"));
    let (first, count): (u32, u32) = (first.parse().ok()?, count.parse().ok()?);
    Some((first, first + count.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use mlops_pipeline::CodeReach;

    use super::{hunks_of, tree};

    const ITEMS: &str = "item\t-\taa\tfn train\tapp\tsrc/main.rs:5-9\n\
        item\t0\tbb\tuse text::normalise\tapp\tsrc/main.rs:1-1\n\
        item\t1\tcc\tfn normalise\tapp::text\tsrc/text.rs:42-50\n\
        crate\tlinfa\t0.8.1\t[]\n";

    #[test]
    fn a_tree_shows_what_led_to_what_without_imports() {
        let shown = tree(&CodeReach::read(ITEMS), None);
        assert_eq!(
            anstream::adapter::strip_str(&shown).to_string(),
            "  fn train  src/main.rs:5\n    fn normalise  src/text.rs:42\n  crate linfa 0.8.1\n"
        );
    }

    #[test]
    fn only_hunks_of_the_item_are_shown() {
        let reach = CodeReach::read(ITEMS);
        let item = &reach.items[2];
        let difference =
            "diff --git a b\n@@ -1,3 +1,3 @@\n-x\n+y\n@@ -44,2 +44,3 @@ fn normalise\n-a\n+b\n";
        assert_eq!(
            hunks_of(difference, item),
            "@@ -44,2 +44,3 @@ fn normalise\n-a\n+b\n"
        );
    }
}

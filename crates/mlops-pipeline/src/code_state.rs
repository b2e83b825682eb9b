//! The state of the code: git commit, branch, dirty tree, remote.

use std::path::Path;
use std::process::Command;

use mlops_store::CodeState;

/// Asks git for commit, branch, dirty state and remote of a folder (the present one by default).
///
/// Returns none where there is no git or no repository.
pub fn code_state(folder: Option<&Path>) -> Option<CodeState> {
    let status = git(
        folder,
        &[
            "status",
            "--porcelain=v2",
            "--branch",
            "--untracked-files=normal",
        ],
    )?;
    let mut state = CodeState {
        dirty: Some(false),
        ..CodeState::default()
    };
    for line in status.lines() {
        if let Some(commit) = line.strip_prefix("# branch.oid ") {
            state.commit = (commit != "(initial)").then(|| commit.to_owned());
        } else if let Some(branch) = line.strip_prefix("# branch.head ") {
            state.branch = (branch != "(detached)").then(|| branch.to_owned());
        } else if !line.starts_with('#') {
            state.dirty = Some(true);
        }
    }
    state.remote = git(folder, &["config", "--get", "remote.origin.url"])
        .map(|url| without_credentials(url.trim()));
    Some(state)
}

/// Paths that no commit holds as they are, from the top of the repository.
pub fn uncommitted(folder: Option<&Path>) -> Vec<String> {
    let status = git(folder, &["status", "--porcelain", "-z", "--no-renames"]).unwrap_or_default();
    let entries = status.split('\0');
    entries
        .filter_map(|entry| Some(entry.get(3..)?.to_owned()))
        .collect()
}

/// The top folder of the repository, if there is one.
pub fn repository_folder(folder: Option<&Path>) -> Option<std::path::PathBuf> {
    git(folder, &["rev-parse", "--show-toplevel"]).map(|path| path.trim().into())
}

/// How a file differs from what a commit held, as git shows it; none where git cannot tell.
///
/// `file` is relative to the repository. A name that looks like an option stays a name.
pub fn difference_since(folder: Option<&Path>, commit: &str, file: &str) -> Option<String> {
    let is_digest = !commit.is_empty() && commit.chars().all(|c| c.is_ascii_hexdigit());
    let top = repository_folder(folder).filter(|_| is_digest)?;
    git(
        Some(&top),
        &[
            "diff",
            "--no-color",
            "--no-ext-diff",
            "--unified=3",
            commit,
            "--",
            file,
        ],
    )
}

fn git(folder: Option<&Path>, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    // Reading must not take git's lock away from whoever works there.
    let output = command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .args(arguments)
        .stderr(std::process::Stdio::null())
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `https://user:token@host/…` without the user and the token: secrets never enter a record.
fn without_credentials(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            format!("{scheme}://{host}/{path}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_is_recorded_without_its_token() {
        assert_eq!(
            without_credentials("https://me:secret@example.org/team/app.git"),
            "https://example.org/team/app.git"
        );
        assert_eq!(
            without_credentials("git@example.org:team/app.git"),
            "git@example.org:team/app.git"
        );
    }
}

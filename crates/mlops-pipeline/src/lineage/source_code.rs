//! Where code stands in git, as an address that a person can open and a collector accepts.

use mlops_store::CodeState;

/// Where one file, or the whole repository, stood when it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodeAddress {
    /// An address of the file at the commit, or of the commit.
    pub(super) url: String,
    /// The address of the repository.
    pub(super) repository: Option<String>,
    /// The file, from the top of the repository.
    pub(super) path: Option<String>,
}

/// The address, if enough is known for one.
///
/// A repository without a remote is named by its commit's SWHID (ISO/IEC 18670), so that the commit is not lost with it.
pub(super) fn address(code: &CodeState, place: Option<&str>) -> Option<CodeAddress> {
    let path = place.map(without_line).filter(|path| is_inside(path));
    let repository = code.remote.as_deref().and_then(web_address);
    let url = match (&repository, &code.commit) {
        (Some(repository), Some(commit)) => at_commit(repository, commit, path),
        (Some(repository), None) => repository.clone(),
        (None, Some(commit)) if is_commit(commit) => format!("swh:1:rev:{commit}"),
        (None, _) => return None,
    };
    Some(CodeAddress {
        url,
        repository,
        path: path.map(str::to_owned),
    })
}

/// `src/train.rs` of `src/train.rs:12`.
fn without_line(place: &str) -> &str {
    match place.rsplit_once(':') {
        Some((path, line)) if !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()) => path,
        _ => place,
    }
}

/// Whether a path can be one from the top of the repository.
fn is_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && !path.contains('\\') && !path.contains("://")
}

/// A SHA-1 commit: the only ones that an SWHID can name.
fn is_commit(commit: &str) -> bool {
    commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The remote as an address; `git@host:team/app.git` is none as it stands.
fn web_address(remote: &str) -> Option<String> {
    let remote = remote.trim().trim_end_matches('/');
    let remote = remote.strip_suffix(".git").unwrap_or(remote);
    if let Some((scheme, rest)) = remote.split_once("://") {
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        return (is_scheme && !rest.is_empty()).then(|| format!("{scheme}://{}", encoded(rest)));
    }
    if remote.starts_with('/') {
        return Some(format!("file://{}", encoded(remote)));
    }
    let (host, path) = remote.split_once(':')?;
    let is_host = host.len() > 1 && !host.contains(['/', '\\']);
    (is_host && !path.is_empty()).then(|| {
        format!(
            "ssh://{}/{}",
            encoded(host),
            encoded(path.trim_start_matches('/'))
        )
    })
}

/// The file at the commit, as the large hosts spell it; elsewhere the repository.
fn at_commit(repository: &str, commit: &str, path: Option<&str>) -> String {
    let host = repository
        .strip_prefix("https://")
        .or_else(|| repository.strip_prefix("http://"))
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    let (tree, blob) = match host {
        "github.com" => ("tree", "blob"),
        "codeberg.org" => ("src/commit", "src/commit"),
        "bitbucket.org" => ("src", "src"),
        host if host.starts_with("gitlab.") => ("-/tree", "-/blob"),
        _ => return repository.to_owned(),
    };
    match path {
        Some(path) => format!("{repository}/{blob}/{commit}/{}", encoded(path)),
        None => format!("{repository}/{tree}/{commit}"),
    }
}

/// What a URI may not hold, percent-encoded; what is encoded already stays.
pub(super) fn encoded(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let is_escape = byte == b'%'
            && bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if byte.is_ascii_alphanumeric() || b"-._~/:@!$&'()*+,;=".contains(&byte) || is_escape {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "309cf2674ee7a0749978cf8265ab91a60aea0f7d";

    fn url(remote: Option<&str>, commit: Option<&str>, place: Option<&str>) -> Option<String> {
        let code = CodeState {
            commit: commit.map(str::to_owned),
            remote: remote.map(str::to_owned),
            ..CodeState::default()
        };
        address(&code, place).map(|address| address.url)
    }

    #[test]
    fn a_file_is_addressed_as_its_host_spells_it() {
        for (remote, expected) in [
            (
                "https://github.com/team/app.git",
                "https://github.com/team/app/blob/C/src/train.rs",
            ),
            (
                "https://gitlab.example.org/team/app.git",
                "https://gitlab.example.org/team/app/-/blob/C/src/train.rs",
            ),
            (
                "https://codeberg.org/team/app",
                "https://codeberg.org/team/app/src/commit/C/src/train.rs",
            ),
            (
                "git@github.com:team/app.git",
                "ssh://git@github.com/team/app",
            ),
            ("/srv/our code/app.git", "file:///srv/our%20code/app"),
            ("C:\\code\\app", "swh:1:rev:C"),
            ("../app", "swh:1:rev:C"),
        ] {
            let found = url(Some(remote), Some(COMMIT), Some("src/train.rs:12")).unwrap();
            assert_eq!(found.replace(COMMIT, "C"), expected, "{remote}");
        }
    }

    #[test]
    fn a_commit_without_a_remote_keeps_its_name_and_nothing_has_none() {
        let found = url(None, Some(COMMIT), Some("src/train.rs:12")).unwrap();
        assert_eq!(found, format!("swh:1:rev:{COMMIT}"));
        assert_eq!(url(None, None, Some("src/train.rs:12")), None);
    }

    #[test]
    fn a_path_outside_the_repository_is_left_out() {
        let code = CodeState {
            commit: Some(COMMIT.to_owned()),
            ..CodeState::default()
        };
        assert_eq!(address(&code, Some("/tmp/a.rs:1")).unwrap().path, None);
        assert_eq!(
            address(&code, Some("src/a.rs:1")).unwrap().path.as_deref(),
            Some("src/a.rs")
        );
    }
}

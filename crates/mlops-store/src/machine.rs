//! Who and where: the machine's name and the user's, as far as they can be had without a system call of our own.
#![expect(
    clippy::disallowed_methods,
    reason = "the system's own files, not data of anybody"
)]

use std::fs::Metadata;

/// The machine's name.
pub fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Who runs this. The system's word comes first: records of who did what rest on it, and anybody may set `USER`.
pub fn user_name() -> String {
    match present_user() {
        Some(number) => listed_name(number).unwrap_or_else(|| match said_name() {
            Some(said) => format!("{said} (user {number})"),
            None => format!("user {number}"),
        }),
        None => said_name().unwrap_or_else(|| "unknown".to_owned()),
    }
}

/// A user by name and number, for messages about permissions.
pub(crate) fn described(user: Option<u32>) -> String {
    match user {
        Some(number) => match listed_name(number) {
            Some(name) => format!("{name} (user {number})"),
            None => format!("user {number}"),
        },
        None => said_name().unwrap_or_else(|| "the present user".to_owned()),
    }
}

/// The number of the user whose process this is.
pub(crate) fn present_user() -> Option<u32> {
    owner_of(&std::fs::metadata("/proc/self").ok()?)
}

/// The number of the user whose file it is.
#[cfg(unix)]
pub(crate) fn owner_of(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Some(metadata.uid())
}

/// The number of the user whose file it is.
#[cfg(not(unix))]
pub(crate) fn owner_of(_metadata: &Metadata) -> Option<u32> {
    None
}

/// The name by which the system's list knows the number.
fn listed_name(number: u32) -> Option<String> {
    let list = std::fs::read_to_string("/etc/passwd").ok()?;
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    })
}

/// What the environment says.
fn said_name() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|name| !name.is_empty())
}

//! What a system call names: the absolute path, the address and port.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use nix::libc;
use nix::unistd::Pid;

use super::memory;
use crate::verify::allowed::Allowed;
use crate::verify::attempt::Operation;

/// The longest form of an address.
const LONGEST_ADDRESS: u64 = 128;

/// The absolute path that a thread names by the text at `address`, relative to the folder behind this argument.
pub(super) fn path(
    thread: Pid,
    folder: Option<u64>,
    address: u64,
    known: &BTreeSet<Pid>,
) -> Option<PathBuf> {
    let text = memory::string(thread, address)?;
    if text.is_empty() {
        // It is about an open file.
        return None;
    }
    let written = PathBuf::from(OsString::from_vec(text));
    let absolute = if written.is_absolute() {
        written
    } else {
        base(thread, folder)?.join(written)
    };
    Some(of_own_process(straight(&absolute), known))
}

fn base(thread: Pid, folder: Option<u64>) -> Option<PathBuf> {
    // Only the lower half of the register counts.
    let folder = folder.map(|folder| (folder as u32).cast_signed());
    let link = match folder {
        None | Some(libc::AT_FDCWD) => format!("/proc/{thread}/cwd"),
        Some(number) => format!("/proc/{thread}/fd/{number}"),
    };
    std::fs::read_link(link).ok()
}

/// Without `.`, and without `..` where that can be told.
fn straight(path: &Path) -> PathBuf {
    if !path.components().any(|part| part == Component::ParentDir) {
        return path.components().collect();
    }
    if let Ok(led) = std::fs::canonicalize(path) {
        return led;
    }
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                straight.pop();
            }
            part => straight.push(part),
        }
    }
    straight
}

/// `/proc/1234/maps` of a process that is traced is `/proc/self/maps`.
fn of_own_process(path: PathBuf, known: &BTreeSet<Pid>) -> PathBuf {
    let Ok(rest) = path.strip_prefix("/proc") else {
        return path;
    };
    let mut parts = rest.components();
    let is_own = parts.next().is_some_and(|first| {
        let first = first.as_os_str().to_string_lossy();
        let number = first.parse().ok().map(Pid::from_raw);
        first == "thread-self" || number.is_some_and(|number| known.contains(&number))
    });
    match is_own {
        true => Path::new("/proc/self").join(parts.as_path()),
        false => path,
    }
}

/// Whether the path is allowed as it is named, or where it leads.
pub(super) fn permits(allowed: &Allowed, operation: Operation, path: &Path) -> bool {
    allowed.permits(operation, path)
        || led(path).is_some_and(|led| allowed.permits_target(operation, &led))
}

/// Where a path leads; for one that is not there, where its folder does.
fn led(path: &Path) -> Option<PathBuf> {
    if let Ok(led) = std::fs::canonicalize(path) {
        return Some(led);
    }
    let folder = std::fs::canonicalize(path.parent()?).ok()?;
    Some(folder.join(path.file_name()?))
}

/// The address there, if nobody allowed it.
pub(super) fn address(allowed: &Allowed, thread: Pid, at: u64, length: u64) -> Option<String> {
    let length = usize::try_from(length.min(LONGEST_ADDRESS)).ok()?;
    match decode(&memory::read(thread, at, length)?)? {
        Address::Internet(address) => {
            (!allowed.permits_address(&address)).then(|| address.to_string())
        }
        Address::Local(name) => {
            let is_own = permits(allowed, Operation::Write, Path::new(&name));
            (!is_own).then(|| format!("unix {name}"))
        }
    }
}

/// The address that a message names, if nobody allowed it.
pub(super) fn address_of_message(allowed: &Allowed, thread: Pid, at: u64) -> Option<String> {
    let name = memory::word(thread, at)?;
    // The length is half a word; what stands in the other half is not ours.
    let length = memory::word(thread, at.checked_add(8)?)? & u64::from(u32::MAX);
    address(allowed, thread, name, length)
}

/// An address, as far as it leads out of the process.
#[derive(Debug, PartialEq, Eq)]
enum Address {
    Internet(SocketAddr),
    Local(String),
}

/// Reads the kernel's form of an address; nothing for other families, such as the kernel's own messages.
fn decode(bytes: &[u8]) -> Option<Address> {
    let family = u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?);
    let port = || Some(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?));
    match i32::from(family) {
        libc::AF_INET => {
            let host: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
            let host = IpAddr::V4(Ipv4Addr::from(host));
            Some(Address::Internet(SocketAddr::new(host, port()?)))
        }
        libc::AF_INET6 => {
            let host: [u8; 16] = bytes.get(8..24)?.try_into().ok()?;
            let host = IpAddr::V6(Ipv6Addr::from(host));
            Some(Address::Internet(SocketAddr::new(host, port()?)))
        }
        libc::AF_UNIX => {
            let name = &bytes[2..];
            let text = match name.first()? {
                0 => format!("@{}", String::from_utf8_lossy(&name[1..])),
                _ => {
                    let end = name.iter().position(|byte| *byte == 0);
                    String::from_utf8_lossy(&name[..end.unwrap_or(name.len())]).into_owned()
                }
            };
            Some(Address::Local(text))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_the_kernels_form() {
        let family = |family: i32| u16::try_from(family).unwrap().to_ne_bytes();
        let four = [family(libc::AF_INET).as_slice(), &[0, 80, 127, 0, 0, 1]].concat();
        let read = |bytes: &[u8]| match decode(bytes) {
            Some(Address::Internet(address)) => address.to_string(),
            Some(Address::Local(name)) => name,
            None => String::new(),
        };
        assert_eq!(read(&four), "127.0.0.1:80");
        let mut six = [family(libc::AF_INET6).as_slice(), &[1, 187], &[0; 20]].concat();
        six[23] = 1;
        assert_eq!(read(&six), "[::1]:443");
        let local = [family(libc::AF_UNIX).as_slice(), b"/run/a.sock\0\0junk"].concat();
        assert_eq!(read(&local), "/run/a.sock");
        let hidden = [family(libc::AF_UNIX).as_slice(), b"\0bus"].concat();
        assert_eq!(read(&hidden), "@bus");
        for wrong in [&[][..], &[1], &four[..5], &family(libc::AF_NETLINK)] {
            assert_eq!(decode(wrong), None);
        }
    }

    #[test]
    fn paths_are_straightened_and_the_own_process_is_self() {
        let known = BTreeSet::from([Pid::from_raw(77)]);
        let own = |path: &str| of_own_process(straight(Path::new(path)), &known);
        assert_eq!(own("/proc/77/maps"), Path::new("/proc/self/maps"));
        assert_eq!(own("/proc/thread-self/stat"), Path::new("/proc/self/stat"));
        assert_eq!(own("/proc/78/maps"), Path::new("/proc/78/maps"));
        assert_eq!(own("/not/./there/../here"), Path::new("/not/here"));
        assert_eq!(own("/proc/cpuinfo"), Path::new("/proc/cpuinfo"));
    }
}

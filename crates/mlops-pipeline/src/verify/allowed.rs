//! What a stage may touch: its declared sources, its own scratch folder, and what any program needs to run at all.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use mlops_core::Source;
use serde::{Deserialize, Serialize};

use super::attempt::Operation;

/// What stands for no input: what the C library, the allocator and a pool of threads look at in every program. That the
/// number of processors is among it is why another number is tried when results are compared.
const OF_ANY_PROGRAM: [&str; 24] = [
    "/dev/full",
    "/dev/null",
    "/dev/zero",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self/auxv",
    "/proc/self/cgroup",
    "/proc/self/exe",
    "/proc/self/fd",
    "/proc/self/limits",
    "/proc/self/maps",
    "/proc/self/mountinfo",
    "/proc/self/stat",
    "/proc/self/statm",
    "/proc/self/status",
    "/proc/self/task",
    "/proc/stat",
    "/proc/sys/vm",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage",
];

/// Tables that come with the system as its libraries do.
const TABLES: [&str; 3] = [
    "/usr/lib/locale",
    "/usr/share/locale",
    "/usr/share/zoneinfo",
];

/// Where shared libraries are. Other files there are data, and have to be declared.
const LIBRARIES: [&str; 5] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"];

/// Where to learn the address of a name.
const NAME_SERVICE: [&str; 6] = [
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/var/run/nscd",
];

/// The port of the name service.
const DNS: u16 = 53;

/// What a call of a stage may touch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Allowed {
    /// Files that it declares.
    files: Vec<PathBuf>,
    /// Folders that it declares.
    folders: Vec<PathBuf>,
    /// Folders of its own, in which it may do as it likes.
    own: Vec<PathBuf>,
    /// Addresses of what it declares.
    addresses: Vec<SocketAddr>,
    /// Variables that it declares.
    pub(super) variables: Vec<String>,
}

impl Allowed {
    /// What these sources need, and folders of the stage's own.
    pub(super) fn new<'a>(
        sources: impl IntoIterator<Item = &'a dyn Source>,
        own: impl IntoIterator<Item = PathBuf>,
    ) -> Self {
        let mut allowed = Self {
            own: own.into_iter().flat_map(both_forms).collect(),
            ..Self::default()
        };
        for source in sources {
            allowed.declare(source.kind(), &source.location());
        }
        allowed
    }

    fn declare(&mut self, kind: &str, location: &str) {
        match kind {
            "file" => self.files.extend(both_forms(location.into())),
            "folder" => self.declare_folder(location.into()),
            // The files of a pattern are found by listing the folder in which it begins to vary.
            "glob" => self.declare_folder(fixed_part(location)),
            "url" => self.addresses.extend(addresses_of(location)),
            "variable" => {
                let name = location.strip_prefix("env:").unwrap_or(location);
                self.variables.push(name.to_owned());
            }
            // A source of another kind reads nothing that has a path.
            _ => {}
        }
    }

    /// A folder, and what the links in it lead to: that is part of what it holds, and the kernel judges by where things are.
    fn declare_folder(&mut self, folder: PathBuf) {
        let mut waiting = both_forms(folder);
        self.folders.extend_from_slice(&waiting);
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                    Ok(kind) if kind.is_symlink() => {
                        self.folders.extend(std::fs::canonicalize(entry.path()));
                    }
                    _ => {}
                }
            }
        }
    }

    /// What may be opened for reading, for the kernel: files, and folders with all that is in them.
    pub(super) fn readable(&self) -> impl Iterator<Item = &Path> {
        let declared = self.files.iter().chain(&self.folders);
        let names: &[&str] = match self.addresses.is_empty() {
            true => &[],
            false => &NAME_SERVICE,
        };
        let system = OF_ANY_PROGRAM.iter().chain(&TABLES).chain(&LIBRARIES);
        declared
            .map(PathBuf::as_path)
            .chain(system.chain(names).map(Path::new))
    }

    /// Where the stage may do as it likes, for the kernel.
    pub(super) fn own(&self) -> impl Iterator<Item = &Path> {
        self.own.iter().map(PathBuf::as_path)
    }

    /// The ports to which it may connect, for the kernel.
    pub(super) fn ports(&self) -> impl Iterator<Item = u16> {
        self.addresses.iter().map(SocketAddr::port)
    }

    /// Whether this may be done with this path, which is absolute.
    pub(super) fn permits(&self, operation: Operation, path: &Path) -> bool {
        let is_own = self.own.iter().any(|own| path.starts_with(own));
        match operation {
            Operation::Write => is_own || path == Path::new("/dev/null"),
            Operation::Remove => is_own,
            Operation::Read | Operation::List => is_own || self.may_read(path),
            // Whoever opens a file looks at the folders on the way to it.
            Operation::Look => is_own || self.may_read(path) || self.is_on_the_way(path),
            _ => false,
        }
    }

    /// Whether this may be done with what a link led to. A link into the system's own folders, such as the one that names the
    /// present time zone, says something that nobody declared: only a link to what is declared is as good as its target.
    pub(super) fn permits_target(&self, operation: Operation, path: &Path) -> bool {
        let is_own = self.own.iter().any(|own| path.starts_with(own));
        let reads = matches!(
            operation,
            Operation::Read | Operation::List | Operation::Look
        );
        (is_own && self.permits(operation, path)) || (reads && self.is_declared(path))
    }

    fn is_declared(&self, path: &Path) -> bool {
        self.files.iter().any(|file| path == file)
            || self.folders.iter().any(|folder| path.starts_with(folder))
    }

    fn may_read(&self, path: &Path) -> bool {
        let beneath = |known: &[&str]| known.iter().any(|known| path.starts_with(known));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_library = name.contains(".so") && beneath(&LIBRARIES);
        self.is_declared(path)
            || is_library
            || beneath(&OF_ANY_PROGRAM)
            || beneath(&TABLES)
            || (!self.addresses.is_empty() && beneath(&NAME_SERVICE))
    }

    fn is_on_the_way(&self, path: &Path) -> bool {
        let mut known = self.readable().chain(self.own());
        known.any(|known| known.starts_with(path))
            || LIBRARIES.iter().any(|folder| path.starts_with(folder))
    }

    /// Whether this address was declared, or is how a declared one is found.
    pub(super) fn permits_address(&self, address: &SocketAddr) -> bool {
        let is_lookup = address.port() == DNS && !self.addresses.is_empty();
        is_lookup || self.addresses.contains(address)
    }
}

/// The path as it is written, and where it leads.
fn both_forms(path: PathBuf) -> Vec<PathBuf> {
    let mut forms = vec![std::path::absolute(&path).unwrap_or(path)];
    if let Ok(led) = std::fs::canonicalize(&forms[0])
        && led != forms[0]
    {
        forms.push(led);
    }
    forms
}

/// The folder in which a pattern begins to vary.
fn fixed_part(pattern: &str) -> PathBuf {
    let varies = |part: &std::path::Component<'_>| {
        part.as_os_str().to_string_lossy().contains(['*', '?', '['])
    };
    let parts = Path::new(pattern).components();
    parts.take_while(|part| !varies(part)).collect()
}

/// Where a declared address of the web leads now.
fn addresses_of(url: &str) -> Vec<SocketAddr> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Vec::new();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let port = if scheme == "https" { 443 } else { 80 };
    let with_port = match host.rsplit_once(':') {
        Some((_, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host.to_owned(),
        _ => format!("{host}:{port}"),
    };
    with_port
        .to_socket_addrs()
        .map(Iterator::collect)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declaring(kind: &str, location: &str) -> Allowed {
        let mut allowed = Allowed::new([], [PathBuf::from("/scratch/7")]);
        allowed.declare(kind, location);
        allowed
    }

    fn may(allowed: &Allowed, operation: Operation, path: &str) -> bool {
        allowed.permits(operation, Path::new(path))
    }

    #[test]
    fn a_declared_file_may_be_read_and_nothing_beside_it() {
        let allowed = declaring("file", "/data/orders.csv");
        assert!(may(&allowed, Operation::Read, "/data/orders.csv"));
        assert!(may(&allowed, Operation::Look, "/data"));
        assert!(!may(&allowed, Operation::Read, "/data/orders.csv.bak"));
        assert!(!may(&allowed, Operation::List, "/data"));
        assert!(!may(&allowed, Operation::Look, "/data/other"));
        assert!(!may(&allowed, Operation::Write, "/data/orders.csv"));
        let target = |operation, path| allowed.permits_target(operation, Path::new(path));
        assert!(target(Operation::Read, "/data/orders.csv"));
        assert!(!target(Operation::Write, "/data/orders.csv"));
        assert!(target(Operation::Write, "/scratch/7/part"));
    }

    #[test]
    fn a_folder_and_a_pattern_allow_what_is_in_them_to_be_read() {
        for (kind, location) in [("folder", "/data"), ("glob", "/data/*/2026-?.csv")] {
            let allowed = declaring(kind, location);
            assert!(may(&allowed, Operation::List, "/data"), "{kind}");
            assert!(
                may(&allowed, Operation::Read, "/data/a/2026-1.csv"),
                "{kind}"
            );
            assert!(!may(&allowed, Operation::Write, "/data/a"), "{kind}");
            assert!(!may(&allowed, Operation::Read, "/database"), "{kind}");
        }
    }

    #[test]
    fn what_a_link_in_a_declared_folder_leads_to_is_declared_with_it() {
        let place = tempfile::tempdir().unwrap();
        let (inside, outside) = (place.path().join("in"), place.path().join("out"));
        std::fs::create_dir_all(inside.join("deep")).unwrap();
        std::fs::create_dir(&outside).unwrap();
        std::os::unix::fs::symlink(&outside, inside.join("deep/link")).unwrap();
        std::os::unix::fs::symlink("nowhere", inside.join("broken")).unwrap();
        let allowed = declaring("folder", inside.to_str().unwrap());
        assert!(allowed.permits(Operation::Read, &outside.join("a.csv")));
        assert!(!allowed.permits(Operation::Read, &place.path().join("b.csv")));
    }

    #[test]
    fn a_declared_address_may_be_looked_up_and_connected_to() {
        let allowed = declaring("url", "http://127.0.0.1:8080/prices.csv");
        let address = |text: &str| text.parse().unwrap();
        assert!(allowed.permits_address(&address("127.0.0.1:8080")));
        assert!(allowed.permits_address(&address("10.0.0.1:53")));
        assert!(!allowed.permits_address(&address("127.0.0.1:8081")));
        assert!(may(&allowed, Operation::Read, "/etc/resolv.conf"));
        assert_eq!(allowed.ports().collect::<Vec<_>>(), [8080]);
        let none = declaring("file", "/data");
        assert!(!none.permits_address(&address("10.0.0.1:53")));
        assert!(!may(&none, Operation::Read, "/etc/resolv.conf"));
    }

    #[test]
    fn what_any_program_needs_is_no_input_and_data_beside_libraries_is() {
        let allowed = declaring("variable", "env:MODE");
        assert_eq!(allowed.variables, ["MODE"]);
        for path in [
            "/usr/lib/x86_64-linux-gnu/libc.so.6",
            "/lib/libz.so",
            "/proc/self/maps",
            "/sys/fs/cgroup/cpu.max",
            "/usr/share/zoneinfo/Europe/Berlin",
            "/scratch/7/part",
        ] {
            assert!(may(&allowed, Operation::Read, path), "{path}");
        }
        for path in [
            "/usr/lib/python3/words.txt",
            "/proc/self/environ",
            "/proc/1/maps",
            "/etc/localtime",
            "/etc/passwd",
            "/dev/urandom",
            "/scratch/8/part",
        ] {
            assert!(!may(&allowed, Operation::Read, path), "{path}");
        }
        let zone = Path::new("/usr/share/zoneinfo/Etc/UTC");
        assert!(!allowed.permits_target(Operation::Look, zone));
        assert!(may(&allowed, Operation::Write, "/scratch/7/part"));
        assert!(may(&allowed, Operation::Write, "/dev/null"));
        assert!(!may(&allowed, Operation::Execute, "/scratch/7/program"));
    }
}

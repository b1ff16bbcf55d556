//! What a silent process may ask of the system.

use std::path::Path;

use crate::trace::Call;

/// Libraries, and what finds them.
const LIBRARIES: [&str; 5] = ["/lib/", "/lib64/", "/usr/lib/", "/etc/ld.so.cache", "/etc/ld.so.preload"];

/// What the runtime reads: where the stack is, random bytes, and its own name, which is the service name of self-metrics.
const RUNTIME: [&str; 3] = ["/proc/self/maps", "/dev/urandom", "/proc/self/exe"];

/// Looked at, never opened: the program's own name, which the SDK of the self-metrics asks for.
const OWN_NAME: &str = "/proc/self/exe";

/// Ways to talk to somebody: none of these is ever right. `io_uring` could hide any of them from this list.
const NEVER: [&str; 11] = [
    "connect",
    "sendmsg",
    "sendmmsg",
    "recvmmsg",
    "io_uring_setup",
    "io_uring_enter",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "bpf",
];

/// Calls that open what they name, or run it.
const OPENING: [&str; 6] = ["open", "openat", "openat2", "creat", "execve", "execveat"];

/// Calls that look at what they name, or change its entry in a directory.
const NAMING: [&str; 16] = [
    "access",
    "faccessat",
    "faccessat2",
    "stat",
    "lstat",
    "statx",
    "newfstatat",
    "readlink",
    "readlinkat",
    "mkdir",
    "mkdirat",
    "unlink",
    "unlinkat",
    "chmod",
    "fchmodat",
    "inotify_add_watch",
];

/// What a sidecar may touch.
pub(crate) struct Allowed<'a> {
    /// Whether a health listener on loopback belongs to it.
    pub(crate) health: bool,
    /// The state directory.
    pub(crate) state: &'a Path,
    /// The files that settings name and that may be read while off: the consent file alone.
    pub(crate) files: &'a [&'a Path],
}

/// Everything that a silent process would not have done.
pub(crate) fn violations(calls: &[Call], allowed: &Allowed<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let (mut sockets, mut runs) = (0, 0);
    for call in calls {
        let is_wrong = match call.name.as_str() {
            "socket" => {
                sockets += 1;
                !(allowed.health && sockets == 1 && call.rest.starts_with("AF_INET, SOCK_STREAM"))
            }
            // How a signal's handler wakes the loop.
            "socketpair" => !call.rest.starts_with("AF_UNIX"),
            "bind" => !(allowed.health && call.rest.contains(r#"inet_addr("127.0.0.1")"#)),
            "sendto" => call.rest.contains("sa_family"),
            "execve" => {
                runs += 1;
                runs > 1
            }
            name if NEVER.contains(&name) => true,
            name if OPENING.contains(&name) => !call.quoted().first().is_some_and(|path| allowed.may_open(path)),
            name if NAMING.contains(&name) => !call.quoted().first().is_none_or(|path| allowed.may_name(path)),
            _ => false,
        };
        if is_wrong {
            found.push(format!("{}({}", call.name, call.rest));
        }
    }
    found
}

impl Allowed<'_> {
    fn may_open(&self, path: &str) -> bool {
        let is_listed = LIBRARIES.iter().chain(&RUNTIME).any(|start| path.starts_with(start));
        is_listed || Path::new(path).starts_with(self.state) || self.files.contains(&Path::new(path))
    }

    /// Directories on the way to what may be opened are looked at, to find where symbolic links lead. The empty path stands
    /// for a file that is open already.
    fn may_name(&self, path: &str) -> bool {
        let is_on_the_way = |end: &Path| end.starts_with(path);
        path.is_empty()
            || path == OWN_NAME
            || self.may_open(path)
            || is_on_the_way(self.state)
            || self.files.iter().any(|file| is_on_the_way(file))
    }
}

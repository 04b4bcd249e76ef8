//! The process that created a temporary file, and whether it has certainly ended.

use std::fmt;

#[cfg(target_os = "linux")]
use super::fnv::hash;

/// The process that created a temporary file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Creator {
    /// A hash that identifies this boot of this system, and the namespaces of process IDs and times; [`UNKNOWN_HOST`] if these
    /// cannot be determined.
    host: u64,
    /// The process ID on that host.
    pid: u32,
    /// The start time, in the unit of the system, as process IDs are reused.
    started: u64,
}

/// The hash of a host that is not known.
const UNKNOWN_HOST: u64 = 0;

impl Creator {
    /// An unknown process.
    pub(in super::super) const UNKNOWN: Self = Self {
        host: UNKNOWN_HOST,
        pid: 0,
        started: 0,
    };

    /// This process. Do not store it: after a fork, it would be wrong in the child.
    #[cfg(target_os = "linux")]
    pub(super) fn this_process() -> Self {
        let pid = std::process::id();
        match (host(pid), started(pid)) {
            (Some(host), Some(started)) => Self { host, pid, started },
            _ => Self { pid, ..Self::UNKNOWN },
        }
    }

    /// This process. Systems other than Linux do not identify the current boot without unsafe code.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn this_process() -> Self {
        Self {
            pid: std::process::id(),
            ..Self::UNKNOWN
        }
    }

    /// Parses the output of [`Display`](fmt::Display).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let host = parts.next().filter(|host| host.len() == 16)?;
        let creator = Self {
            host: u64::from_str_radix(host, 16).ok()?,
            pid: parts.next()?.parse().ok()?,
            started: parts.next()?.parse().ok()?,
        };
        // Refuses signs and leading zeros.
        (parts.next().is_none() && creator.to_string() == text).then_some(creator)
    }

    /// Whether the process is known to have ended. That is never known of processes on other hosts, in containers with their own
    /// process IDs, and from before a reboot: another system may share the directory.
    #[cfg(target_os = "linux")]
    pub(super) fn has_ended(&self) -> bool {
        if self.host == UNKNOWN_HOST || self.host != Self::this_process().host {
            return false;
        }
        let Some(pid) = i32::try_from(self.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        else {
            return false;
        };
        match rustix::process::test_kill_process(pid) {
            Err(rustix::io::Errno::SRCH) => true,
            // A process with that ID exists. If it is another one, its start time differs.
            _ => started(self.pid).is_some_and(|started| started != self.started),
        }
    }

    /// Whether the process is known to have ended: never, on these systems.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn has_ended(&self) -> bool {
        false
    }
}

impl fmt::Display for Creator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, pid, started } = self;
        write!(formatter, "{host:016x}-{pid}-{started}")
    }
}

/// A hash that identifies the running kernel, and the namespaces of the ID and the start time of process `pid`, which is this
/// one. `None` if `/proc` does not tell.
#[cfg(target_os = "linux")]
fn host(pid: u32) -> Option<u64> {
    // `/proc` may belong to another namespace, with other process IDs.
    if std::fs::read_link("/proc/self").ok()?.to_str()? != pid.to_string() {
        return None;
    }
    // Different for each boot, except in clones of a running virtual machine.
    let boot = std::fs::read("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = std::fs::read_link("/proc/self/ns/pid").ok()?;
    // Not every system has these. A kernel that lacks one cannot have several values of it.
    let times = std::fs::read_link("/proc/self/ns/time").unwrap_or_default();
    let machine = std::fs::read("/etc/machine-id").unwrap_or_default();
    let name = std::fs::read("/proc/sys/kernel/hostname").unwrap_or_default();
    let hash = hash(&[
        &boot,
        processes.as_os_str().as_encoded_bytes(),
        times.as_os_str().as_encoded_bytes(),
        &machine,
        &name,
    ]);
    (hash != UNKNOWN_HOST).then_some(hash)
}

/// The start time of process `pid`, in clock ticks after the boot. `None` if `/proc` does not tell.
#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The third field follows the program's name, which is in parentheses and may contain some. The start time is the 22nd.
    let behind_name = stat.rsplit(|byte| *byte == b')').next()?;
    let fields = std::str::from_utf8(behind_name).ok()?;
    fields.split_ascii_whitespace().nth(22 - 3)?.parse().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A process on another host.
    pub(in super::super) fn foreign() -> Creator {
        Creator {
            host: 0x0123_4567_89ab_cdef,
            ..Creator::this_process()
        }
    }

    /// A process on this host that had the ID of this one before.
    #[cfg(target_os = "linux")]
    pub(in super::super) fn former() -> Creator {
        let this = Creator::this_process();
        Creator {
            started: this.started - 1,
            ..this
        }
    }

    #[test]
    fn a_creator_is_parsed_from_its_display() {
        for creator in [Creator::this_process(), Creator::UNKNOWN, foreign()] {
            assert_eq!(Creator::parse(&creator.to_string()), Some(creator));
        }
        assert_eq!(Creator::UNKNOWN.to_string(), "0000000000000000-0-0");
    }

    #[test]
    fn processes_that_live_or_are_unknown_or_on_another_host_have_not_ended() {
        assert!(!Creator::this_process().has_ended());
        assert!(!Creator::UNKNOWN.has_ended());
        assert!(!foreign().has_ended());
    }

    #[cfg(target_os = "linux")]
    mod linux {
        use std::process::{Command, Stdio};

        use super::*;

        #[test]
        fn this_host_is_known_and_always_the_same() {
            let this = Creator::this_process();
            assert_ne!(this.host, UNKNOWN_HOST);
            assert!(this.started > 0);
            assert_eq!(this, Creator::this_process());
        }

        #[test]
        fn a_process_has_ended_when_it_was_killed_and_not_before() {
            let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
            let pid = child.id();
            let creator = Creator {
                pid,
                started: started(pid).unwrap(),
                ..Creator::this_process()
            };
            assert!(!creator.has_ended());
            let foreign = Creator { pid, ..foreign() };
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(creator.has_ended());
            assert!(!foreign.has_ended(), "it may live on its own host");
        }

        #[test]
        fn a_reused_process_id_is_not_mistaken_for_the_former_process() {
            assert!(former().has_ended());
            // No process has such an ID; zero and negative ones would mean process groups.
            for (pid, gone) in [(u32::MAX, false), (0, false), (i32::MAX.unsigned_abs(), true)] {
                let creator = Creator {
                    pid,
                    ..Creator::this_process()
                };
                assert_eq!(creator.has_ended(), gone, "{pid}");
            }
        }

        #[test]
        fn a_process_of_another_user_has_not_ended() {
            // The first process, which belongs to root. For root, it is just another live process.
            let creator = Creator {
                pid: 1,
                started: started(1).unwrap_or_default(),
                ..Creator::this_process()
            };
            assert!(!creator.has_ended());
        }
    }
}

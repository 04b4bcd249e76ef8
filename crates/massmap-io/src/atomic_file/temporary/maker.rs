//! Who made a temporary file, and whether that process is gone for sure.

use std::fmt;

#[cfg(target_os = "linux")]
use super::fnv::hash;

/// The process that made a temporary file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Maker {
    /// A hash of what tells this run of this system, and where in it process numbers mean the same, from all others;
    /// [`NOWHERE`] if that cannot be told.
    host: u64,
    /// Its number there.
    pid: u32,
    /// When it started, in the system's own unit, as numbers are given again.
    started: u64,
}

/// No host in particular.
const NOWHERE: u64 = 0;

impl Maker {
    /// One of which nothing is known.
    pub(in super::super) const UNKNOWN: Self = Self {
        host: NOWHERE,
        pid: 0,
        started: 0,
    };

    /// This process. Not to be kept, as a process that forks becomes two.
    #[cfg(target_os = "linux")]
    pub(super) fn this_process() -> Self {
        let pid = std::process::id();
        match (host(pid), started(pid)) {
            (Some(host), Some(started)) => Self { host, pid, started },
            _ => Self { pid, ..Self::UNKNOWN },
        }
    }

    /// This process. Other systems than Linux do not say, without unsafe code, which of their runs this is.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn this_process() -> Self {
        Self {
            pid: std::process::id(),
            ..Self::UNKNOWN
        }
    }

    /// What [`Display`](fmt::Display) makes of one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let host = parts.next().filter(|host| host.len() == 16)?;
        let maker = Self {
            host: u64::from_str_radix(host, 16).ok()?,
            pid: parts.next()?.parse().ok()?,
            started: parts.next()?.parse().ok()?,
        };
        // Neither signs nor zeros in front.
        (parts.next().is_none() && maker.to_string() == text).then_some(maker)
    }

    /// Whether the process is known to have ended. One of another host, of a container with process numbers of its own, or
    /// from before the system was started anew is not: some other system may share the directory.
    #[cfg(target_os = "linux")]
    pub(super) fn is_gone(&self) -> bool {
        if self.host == NOWHERE || self.host != Self::this_process().host {
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
            // A process with that number is there. If it is another, it does not have the same start.
            _ => started(self.pid).is_some_and(|started| started != self.started),
        }
    }

    /// Whether the process is known to have ended, which it never is here.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn is_gone(&self) -> bool {
        false
    }
}

impl fmt::Display for Maker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, pid, started } = self;
        write!(formatter, "{host:016x}-{pid}-{started}")
    }
}

/// A hash of what tells the kernel that runs process `pid`, which is this one, and the namespaces in which its number and
/// its start are counted, from all others. `None` if `/proc` does not tell.
#[cfg(target_os = "linux")]
fn host(pid: u32) -> Option<u64> {
    // It may be that of another namespace, where the numbers are others.
    if std::fs::read_link("/proc/self").ok()?.to_str()? != pid.to_string() {
        return None;
    }
    // Different for each start of each kernel, except for clones of a virtual machine that was running.
    let boot = std::fs::read("/proc/sys/kernel/random/boot_id").ok()?;
    let processes = std::fs::read_link("/proc/self/ns/pid").ok()?;
    // These are not everywhere, and no kernel has several at a time of what is missing.
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
    (hash != NOWHERE).then_some(hash)
}

/// When process `pid` started, in clock ticks after the kernel. `None` if `/proc` does not tell.
#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // Behind the program's name, which is in parentheses and may hold some, comes the third field. The start is the 22nd.
    let behind_name = stat.rsplit(|byte| *byte == b')').next()?;
    let fields = std::str::from_utf8(behind_name).ok()?;
    fields.split_ascii_whitespace().nth(22 - 3)?.parse().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A process of another host.
    pub(in super::super) fn foreign() -> Maker {
        Maker {
            host: 0x0123_4567_89ab_cdef,
            ..Maker::this_process()
        }
    }

    /// A process of this host that had this one's number before.
    #[cfg(target_os = "linux")]
    pub(in super::super) fn former() -> Maker {
        let this = Maker::this_process();
        Maker {
            started: this.started - 1,
            ..this
        }
    }

    #[test]
    fn a_maker_is_read_from_what_is_shown_of_it() {
        for maker in [Maker::this_process(), Maker::UNKNOWN, foreign()] {
            assert_eq!(Maker::parse(&maker.to_string()), Some(maker));
        }
        assert_eq!(Maker::UNKNOWN.to_string(), "0000000000000000-0-0");
    }

    #[test]
    fn only_a_process_of_this_host_that_has_ended_is_gone() {
        assert!(!Maker::this_process().is_gone());
        assert!(!Maker::UNKNOWN.is_gone());
        assert!(!foreign().is_gone());
    }

    #[cfg(target_os = "linux")]
    mod linux {
        use std::process::{Command, Stdio};

        use super::*;

        #[test]
        fn this_host_is_known_and_is_always_the_same() {
            let this = Maker::this_process();
            assert_ne!(this.host, NOWHERE);
            assert!(this.started > 0);
            assert_eq!(this, Maker::this_process());
        }

        #[test]
        fn a_process_is_gone_when_it_has_ended_and_not_before() {
            let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
            let pid = child.id();
            let maker = Maker {
                pid,
                started: started(pid).unwrap(),
                ..Maker::this_process()
            };
            assert!(!maker.is_gone());
            let foreign = Maker { pid, ..foreign() };
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(maker.is_gone());
            assert!(!foreign.is_gone(), "on its own host it may live");
        }

        #[test]
        fn a_number_that_was_given_again_is_not_taken_for_the_process_that_had_it() {
            assert!(former().is_gone());
            // No process has such a number; zero and negative ones would be groups of processes.
            for (pid, gone) in [(u32::MAX, false), (0, false), (i32::MAX.unsigned_abs(), true)] {
                let maker = Maker {
                    pid,
                    ..Maker::this_process()
                };
                assert_eq!(maker.is_gone(), gone, "{pid}");
            }
        }

        #[test]
        fn a_process_of_another_user_is_not_gone() {
            // The first process, which is root's; for root itself it is just another one that lives.
            let maker = Maker {
                pid: 1,
                started: started(1).unwrap_or_default(),
                ..Maker::this_process()
            };
            assert!(!maker.is_gone());
        }
    }
}

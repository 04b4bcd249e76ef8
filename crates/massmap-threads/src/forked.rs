//! Whether this process was forked since its program started.

/// Whether this process has not been forked since its program started; `None` where the system does not tell.
///
/// `Some(true)` means that every thread this program has started belongs to this process.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn never_forked() -> Option<bool> {
    flags(&std::fs::read_to_string("/proc/self/stat").ok()?).map(|flags| flags & FORKED_WITHOUT_EXEC == 0)
}

/// Systems without `fork`.
#[cfg(not(unix))]
pub(crate) fn never_forked() -> Option<bool> {
    Some(true)
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub(crate) fn never_forked() -> Option<bool> {
    None
}

/// `PF_FORKNOEXEC` of the kernel (`include/linux/sched.h`), which `proc_pid_stat(5)` shows of the process's first thread.
#[cfg(any(target_os = "linux", target_os = "android"))]
const FORKED_WITHOUT_EXEC: u32 = 0x40;

/// The kernel's flags of a process, the ninth field of its `stat`. Emulations of Linux that have no flags give 0.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn flags(stat: &str) -> Option<u32> {
    // The second field is the program's name in parentheses, which may hold any characters.
    let (_, behind_name) = stat.rsplit_once(')')?;
    let flags = behind_name.split_ascii_whitespace().nth(6)?;
    flags.parse().ok().filter(|flags| *flags != 0)
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_found_whatever_the_program_is_called() {
        for (stat, expected) in [
            ("4711 (a program) S 1 2 3 4 5 4194304 0", Some(0x40_0000)),
            ("4711 (1) ) 2 3 (4) S 1 2 3 4 5 4194368 0", Some(0x40_0040)),
            ("4711 (a) S 1 2 3 4 5 0 0", None),
            ("4711 (a) S 1 2 3 4 5", None),
            ("", None),
        ] {
            assert_eq!(flags(stat), expected, "{stat}");
        }
    }
}

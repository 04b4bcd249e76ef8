//! Counting forks.

use std::sync::atomic::{AtomicU64, Ordering};

/// Number of forks between the process that has loaded this module and this one.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// How many forks lie between the process that has loaded this module and this one. A number tells a process from all of its ancestors.
pub(crate) fn count() -> u64 {
    FORKS.load(Ordering::Acquire)
}

/// Begins to count forks. To be called once, before anything is made that belongs to a process.
#[cfg(unix)]
#[expect(
    unsafe_code,
    reason = "only the C library knows of forks that Python does not make"
)]
pub(crate) fn watch() -> std::io::Result<()> {
    extern "C" fn count_fork() {
        FORKS.fetch_add(1, Ordering::Release);
    }
    // SAFETY: the handler adds to an atomic number, which is allowed in a forked process, and lives as long as the process, since Python
    // never unloads modules.
    match unsafe { libc::pthread_atfork(None, None, Some(count_fork)) } {
        0 => Ok(()),
        number => Err(std::io::Error::from_raw_os_error(number)),
    }
}

/// Where there are no forks, none are counted.
#[cfg(not(unix))]
pub(crate) fn watch() -> std::io::Result<()> {
    Ok(())
}

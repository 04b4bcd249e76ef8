//! Forking.
#![expect(unsafe_code, reason = "there is no safe way to fork")]

use std::io::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Time limit of a child in seconds: much longer than any takes on a busy machine.
const TIME: u32 = 60;

/// Makes the system kill this process after `seconds` seconds.
pub(crate) fn limit_time(seconds: u32) {
    // SAFETY: takes a number; the signal ends the process.
    unsafe { libc::alarm(seconds) };
}

/// Forks a child that does `work`, and waits for it.
///
/// # Errors
///
/// If the child fails, or is killed.
pub(crate) fn in_child(work: impl FnOnce() -> Result<()>) -> Result<()> {
    // SAFETY: `work` is meant to try what a forked child must not do if there were other threads. None of it is undefined
    // behaviour: the child may wait for ever, and is then killed.
    let child = unsafe { libc::fork() };
    match child {
        -1 => Err(Error::last_os_error()),
        0 => {
            limit_time(TIME);
            let code = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => 0,
                Ok(Err(error)) => {
                    eprintln!("in the child: {error:?}");
                    1
                }
                Err(_) => 2,
            };
            // SAFETY: this only ends the process, without the cleanup that is up to the parent.
            unsafe { libc::_exit(code) }
        }
        _ => {
            let mut status = 0;
            // SAFETY: the status outlives the call.
            while unsafe { libc::waitpid(child, &mut status, 0) } == -1 {
                let error = Error::last_os_error();
                if error.kind() != std::io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            match libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0 {
                true => Ok(()),
                false if libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGALRM => {
                    Err(Error::other("the child waits for ever"))
                }
                false => Err(Error::other(format!("the child ends with status {status}"))),
            }
        }
    }
}

/// Number of threads of this process, if the system reports it.
pub(crate) fn threads() -> Result<usize> {
    match cfg!(target_os = "linux") {
        true => Ok(std::fs::read_dir("/proc/self/task")?.count()),
        false => Ok(1),
    }
}

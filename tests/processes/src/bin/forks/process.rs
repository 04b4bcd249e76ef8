//! Forking.
#![expect(unsafe_code, reason = "there is no safe way to fork")]

use std::io::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How long a child may take, in seconds: much longer than any of them does on a busy machine.
const TIME: u32 = 60;

/// Has the system kill this process after so many seconds.
pub(crate) fn limit_time(seconds: u32) {
    // SAFETY: takes a number; the signal ends the process.
    unsafe { libc::alarm(seconds) };
}

/// Has a child do `work` and waits for its end.
///
/// # Errors
///
/// If the child fails, or is killed.
pub(crate) fn in_child(work: impl FnOnce() -> Result<()>) -> Result<()> {
    // SAFETY: what the child must not do beside other threads is what `work` is there to try, and nothing of that is undefined:
    // it may wait for ever, and is killed then.
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
            // SAFETY: ends the process and nothing else: what the parent has to tidy up is not tidied up here.
            unsafe { libc::_exit(code) }
        }
        _ => {
            let mut status = 0;
            // SAFETY: the status is there as long as the call.
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

/// How many threads this process has, where the system tells.
pub(crate) fn threads() -> Result<usize> {
    match cfg!(target_os = "linux") {
        true => Ok(std::fs::read_dir("/proc/self/task")?.count()),
        false => Ok(1),
    }
}

//! Runs a program and records its system calls.

#![expect(unsafe_code, reason = "there is no safe way to trace a process")]

use std::io::Error;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr::null_mut;

use libc::{c_int, c_long, c_uint, c_void, pid_t};

/// Added to `SIGTRAP` in stops at system calls, with the option that requests it.
const SYSTEM_CALL: c_int = 0x80;

/// Numbers of the system calls of `command` between its first and second call of `getppid`.
pub(crate) fn calls_between_marks(command: &mut Command) -> Vec<c_long> {
    let calls = calls_of(command);
    let marks: Vec<_> = (0..calls.len())
        .filter(|&index| calls[index] == libc::SYS_getppid)
        .collect();
    let [begin, end] = marks[..] else {
        panic!("not two marks: {calls:?}");
    };
    calls[begin + 1..end].to_vec()
}

/// Numbers of all system calls of `command`, which must have a single thread.
fn calls_of(command: &mut Command) -> Vec<c_long> {
    // SAFETY: between fork and exec this makes one system call and neither allocates nor locks anything.
    unsafe {
        command.pre_exec(|| match libc::ptrace(libc::PTRACE_TRACEME) {
            -1 => Err(Error::last_os_error()),
            _ => Ok(()),
        });
    }
    // The process is waited for below, not by the standard library.
    let child = command.spawn().unwrap().id() as pid_t;
    assert!(libc::WIFSTOPPED(wait(child)), "it stops when the program begins");
    let options = libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL;
    request(libc::PTRACE_SETOPTIONS, child, null_mut(), options as *mut c_void);

    let mut calls = Vec::new();
    let mut signal = 0;
    loop {
        request(libc::PTRACE_SYSCALL, child, null_mut(), signal as *mut c_void);
        let status = wait(child);
        if libc::WIFEXITED(status) {
            assert_eq!(libc::WEXITSTATUS(status), 0, "{command:?} fails");
            return calls;
        }
        assert!(libc::WIFSTOPPED(status), "{command:?} ends with status {status}");
        signal = match libc::WSTOPSIG(status) {
            stop if stop == libc::SIGTRAP | SYSTEM_CALL => {
                calls.extend(call_begun_by(child));
                0
            }
            other => c_long::from(other),
        };
    }
}

/// The number of the system call at whose start a process is stopped; `None` at the end of one.
fn call_begun_by(child: pid_t) -> Option<c_long> {
    let mut info = MaybeUninit::<libc::ptrace_syscall_info>::zeroed();
    let size = size_of_val(&info) as *mut c_void;
    request(
        libc::PTRACE_GET_SYSCALL_INFO,
        child,
        size,
        info.as_mut_ptr().cast(),
    );
    // SAFETY: it consists of integers, and zero is valid for those that the kernel does not write.
    let info = unsafe { info.assume_init() };
    (info.op == libc::PTRACE_SYSCALL_INFO_ENTRY).then(|| {
        // SAFETY: at the start of a call, the kernel writes this variant.
        let entry = unsafe { info.u.entry };
        entry.nr as c_long
    })
}

fn wait(child: pid_t) -> c_int {
    let mut status = 0;
    // SAFETY: the status outlives the call.
    let waited = unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(waited, child, "{}", Error::last_os_error());
    status
}

fn request(what: c_uint, child: pid_t, address: *mut c_void, data: *mut c_void) {
    // SAFETY: the callers pass what the request requires: numbers, or a buffer of the given length.
    let result = unsafe { libc::ptrace(what, child, address, data) };
    assert_ne!(result, -1, "{}", Error::last_os_error());
}

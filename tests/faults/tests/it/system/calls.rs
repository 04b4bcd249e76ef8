//! Replacements of the C library's functions through which the standard library makes system calls.
//!
//! Each reports the call to [`watch`] and makes the system call itself, unless a test makes it fail. Offsets and lengths have
//! 64 bits here, so the names with and without `64` are the same function. Which one the standard library calls depends on the
//! C library.

#![expect(
    unsafe_code,
    reason = "replacing functions of the C library, and calling the system in their place, cannot be done otherwise"
)]

use std::ffi::{CStr, OsStr, c_char, c_int, c_long, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use libc::{mode_t, off_t, size_t, ssize_t};

use super::watch::{self, Call, Kind, Verdict};

/// Makes the system call `$number` and returns what the C library's function would.
macro_rules! forward {
    ($number:ident $(, $argument:expr)*) => {
        // SAFETY: The caller gave these arguments to the C library's function, which makes the same system call with them.
        // So they meet its requirements: pointers to as many bytes as the lengths say, strings with a terminator.
        unsafe { libc::syscall(libc::$number $(, $argument)*) }
    };
}

/// Reports `errno` as the C library does.
fn fail(errno: c_int) -> c_long {
    // SAFETY: The C library gives each thread its own `errno`, which lives as long as the thread.
    unsafe { *libc::__errno_location() = errno };
    -1
}

/// Asks for the fate of a call and carries it out. `make` makes the call with the given number of bytes.
fn call(call: impl FnOnce() -> Option<Call>, length: size_t, make: impl FnOnce(size_t) -> c_long) -> c_long {
    match watch::ask(call) {
        Verdict::Proceed => make(length),
        Verdict::Shorten => make(length.div_ceil(2)),
        Verdict::Skip => 0,
        Verdict::Fail(errno) => fail(errno),
    }
}

/// The path of descriptor `fd`.
fn path_of(fd: c_int) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{fd}")).ok()
}

/// The path `text`, relative to the directory `fd`.
fn path_at(fd: c_int, text: *const c_char) -> Option<PathBuf> {
    if text.is_null() {
        return None;
    }
    // SAFETY: It is not null. The caller passed it as a path, so it ends with a zero byte and outlives the call.
    let text = unsafe { CStr::from_ptr(text) };
    let path = Path::new(OsStr::from_bytes(text.to_bytes()));
    if path.is_absolute() {
        return Some(path.to_owned());
    }
    match fd {
        libc::AT_FDCWD => std::env::current_dir().ok(),
        _ => path_of(fd),
    }
    // An empty path means `fd` itself; joining it would append a separator.
    .map(|directory| match path.as_os_str().is_empty() {
        true => directory,
        false => directory.join(path),
    })
}

fn on_file(kind: Kind, fd: c_int, length: size_t) -> impl FnOnce() -> Option<Call> {
    move || Some(Call::new(kind, path_of(fd)?).of_length(length))
}

/// Defines functions, each under all its names.
macro_rules! define {
    ($(fn $($name:ident)+: $parameters:tt -> $result:ty $body:block)*) => {$($(
        // SAFETY: The C library's function of that name has this signature and does the same.
        #[unsafe(no_mangle)]
        extern "C" fn $name $parameters -> $result $body
    )+)*};
}

fn open_at(fd: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    let what = || Some(Call::new(Kind::Open, path_at(fd, path)?).with_flags(flags));
    call(what, 0, |_| forward!(SYS_openat, fd, path, flags, mode)) as c_int
}

fn rename_at(from_fd: c_int, from: *const c_char, to_fd: c_int, to: *const c_char, flags: c_uint) -> c_int {
    let what = || Some(Call::new(Kind::Rename, path_at(from_fd, from)?).to(path_at(to_fd, to)?));
    call(what, 0, |_| {
        forward!(SYS_renameat2, from_fd, from, to_fd, to, flags)
    }) as c_int
}

fn copy(kind: Kind, from: c_int, to: c_int, length: size_t, make: impl FnOnce(size_t) -> c_long) -> ssize_t {
    let what = || {
        let call = Call::new(kind, path_of(from)?).to(path_of(to)?);
        Some(call.of_length(length))
    };
    call(what, length, make) as ssize_t
}

define! {
    // The last argument is passed only if a file is created. The calling conventions of all 64-bit systems pass it in the
    // same place whether or not the function is declared with it.
    fn open open64: (path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        open_at(libc::AT_FDCWD, path, flags, mode)
    }

    fn openat openat64: (fd: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
        open_at(fd, path, flags, mode)
    }

    fn read: (fd: c_int, buffer: *mut c_void, length: size_t) -> ssize_t {
        call(on_file(Kind::Read, fd, length), length, |length| forward!(SYS_read, fd, buffer, length)) as ssize_t
    }

    fn pread pread64: (fd: c_int, buffer: *mut c_void, length: size_t, offset: off_t) -> ssize_t {
        let make = |length: size_t| forward!(SYS_pread64, fd, buffer, length, offset);
        call(on_file(Kind::Read, fd, length), length, make) as ssize_t
    }

    fn write: (fd: c_int, buffer: *const c_void, length: size_t) -> ssize_t {
        call(on_file(Kind::Write, fd, length), length, |length| forward!(SYS_write, fd, buffer, length)) as ssize_t
    }

    fn pwrite pwrite64: (fd: c_int, buffer: *const c_void, length: size_t, offset: off_t) -> ssize_t {
        let make = |length: size_t| forward!(SYS_pwrite64, fd, buffer, length, offset);
        call(on_file(Kind::Write, fd, length), length, make) as ssize_t
    }

    fn copy_file_range: (
        from: c_int, from_offset: *mut off_t, to: c_int, to_offset: *mut off_t, length: size_t, flags: c_uint
    ) -> ssize_t {
        copy(Kind::Copy, from, to, length, |length| {
            forward!(SYS_copy_file_range, from, from_offset, to, to_offset, length, flags)
        })
    }

    fn sendfile sendfile64: (to: c_int, from: c_int, offset: *mut off_t, length: size_t) -> ssize_t {
        copy(Kind::Copy, from, to, length, |length| forward!(SYS_sendfile, to, from, offset, length))
    }

    fn splice: (
        from: c_int, from_offset: *mut off_t, to: c_int, to_offset: *mut off_t, length: size_t, flags: c_uint
    ) -> ssize_t {
        copy(Kind::Copy, from, to, length, |length| {
            forward!(SYS_splice, from, from_offset, to, to_offset, length, flags)
        })
    }

    fn fsync: (fd: c_int) -> c_int {
        call(on_file(Kind::Sync, fd, 0), 0, |_| forward!(SYS_fsync, fd)) as c_int
    }

    fn fdatasync: (fd: c_int) -> c_int {
        call(on_file(Kind::Sync, fd, 0), 0, |_| forward!(SYS_fdatasync, fd)) as c_int
    }

    fn ftruncate ftruncate64: (fd: c_int, length: off_t) -> c_int {
        call(on_file(Kind::Truncate, fd, 0), 0, |_| forward!(SYS_ftruncate, fd, length)) as c_int
    }

    // The C library opens directories through an internal symbol, so this opens the directory itself.
    fn opendir: (path: *const c_char) -> *mut libc::DIR {
        let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
        let what = || Some(Call::new(Kind::List, path_at(libc::AT_FDCWD, path)?));
        let fd = call(what, 0, |_| forward!(SYS_openat, libc::AT_FDCWD, path, flags, 0));
        if fd < 0 {
            return std::ptr::null_mut();
        }
        // SAFETY: It has just been opened, and nothing else uses it.
        unsafe { libc::fdopendir(fd as c_int) }
    }

    fn fchown: (fd: c_int, owner: libc::uid_t, group: libc::gid_t) -> c_int {
        call(on_file(Kind::Own, fd, 0), 0, |_| forward!(SYS_fchown, fd, owner, group)) as c_int
    }

    fn fchmod: (fd: c_int, mode: mode_t) -> c_int {
        call(on_file(Kind::Permit, fd, 0), 0, |_| forward!(SYS_fchmod, fd, mode)) as c_int
    }

    fn flock: (fd: c_int, operation: c_int) -> c_int {
        let kind = match operation & libc::LOCK_UN {
            0 => Kind::Lock,
            _ => Kind::Unlock,
        };
        call(on_file(kind, fd, 0), 0, |_| forward!(SYS_flock, fd, operation)) as c_int
    }

    fn rename: (from: *const c_char, to: *const c_char) -> c_int {
        rename_at(libc::AT_FDCWD, from, libc::AT_FDCWD, to, 0)
    }

    fn renameat: (from_fd: c_int, from: *const c_char, to_fd: c_int, to: *const c_char) -> c_int {
        rename_at(from_fd, from, to_fd, to, 0)
    }

    fn renameat2: (from_fd: c_int, from: *const c_char, to_fd: c_int, to: *const c_char, flags: c_uint) -> c_int {
        rename_at(from_fd, from, to_fd, to, flags)
    }

    fn unlink: (path: *const c_char) -> c_int {
        let what = || Some(Call::new(Kind::Remove, path_at(libc::AT_FDCWD, path)?));
        call(what, 0, |_| forward!(SYS_unlinkat, libc::AT_FDCWD, path, 0)) as c_int
    }

    fn statx: (fd: c_int, path: *const c_char, flags: c_int, mask: c_uint, out: *mut libc::statx) -> c_int {
        let what = || Some(Call::new(Kind::Look, path_at(fd, path)?));
        call(what, 0, |_| forward!(SYS_statx, fd, path, flags, mask, out)) as c_int
    }
}

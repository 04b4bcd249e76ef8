//! Threads with fewer rights, if the tests run as root.

use rustix::fs::{Gid, Uid};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

/// Whether the tests run as root. If not, behaviour with other users cannot be tested, and a note says so.
pub(in super::super) fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("not tested with other users: the tests do not run as root");
    }
    root
}

/// Runs `work` on a thread of user `user` with these groups; the first is the group of new files.
pub(in super::super) fn as_user<T: Send>(user: u32, groups: &[u32], work: impl FnOnce() -> T + Send) -> T {
    let groups: Vec<_> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
    let prepare = || {
        let (uid, gid) = (Uid::from_raw(user), groups[0]);
        set_thread_groups(&groups).unwrap();
        set_thread_res_gid(gid, gid, gid).unwrap();
        set_thread_res_uid(uid, uid, uid).unwrap();
    };
    on_thread(prepare, work)
}

/// Runs `work` on a thread of root without some capabilities.
pub(in super::super) fn without<T: Send>(lost: CapabilitySet, work: impl FnOnce() -> T + Send) -> T {
    let prepare = || {
        let mut sets = capabilities(None).unwrap();
        sets.effective.remove(lost);
        sets.permitted.remove(lost);
        sets.inheritable.remove(lost);
        set_capabilities(None, sets).unwrap();
    };
    on_thread(prepare, work)
}

fn on_thread<T: Send>(prepare: impl FnOnce() + Send, work: impl FnOnce() -> T + Send) -> T {
    let run = || {
        prepare();
        work()
    };
    std::thread::scope(|scope| match scope.spawn(run).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

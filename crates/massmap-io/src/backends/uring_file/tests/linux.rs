//! Kernels that refuse, interrupt or shorten operations.
#![expect(unsafe_code, reason = "system call filters and signal handlers")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::io::Errno;

use super::{Conforms, FailsBeyondTheEnd, ReadsRandomRanges, SurvivesFailures, Test, sample_file};
use crate::UringFile;
use crate::backends::uring_file::system::faults;

#[test]
fn short_reads_are_continued() {
    // Whole blocks, like direct reads.
    for longest in [4096, 16_384] {
        faults::LONGEST.set(Some(longest));
        Conforms.run_everywhere();
        ReadsRandomRanges.run_everywhere();
        FailsBeyondTheEnd.run_everywhere();
    }
    faults::LONGEST.set(None);
}

#[test]
fn interrupted_and_refused_reads_are_repeated_without_the_ring() {
    for errno in [Errno::INTR, Errno::AGAIN, Errno::INVAL, Errno::CANCELED] {
        faults::FAILURE.set(Some(errno.raw_os_error()));
        Conforms.run_everywhere();
        ReadsRandomRanges.run_everywhere();
        FailsBeyondTheEnd.run_everywhere();
    }
    faults::FAILURE.set(None);
}

#[test]
fn interrupted_and_refused_submissions_lose_nothing() {
    for errno in [Errno::INTR, Errno::AGAIN, Errno::BUSY, Errno::NOMEM] {
        faults::SUBMISSION.set(Some(errno.raw_os_error()));
        Conforms.run_everywhere();
        ReadsRandomRanges.run_everywhere();
        FailsBeyondTheEnd.run_everywhere();
        SurvivesFailures.run_everywhere();
    }
    faults::SUBMISSION.set(None);
}

/// Makes the kernel refuse every ring to this thread from now on, as containers often do.
fn refuse_rings(errno: Errno) {
    let filter = |code: u32, jt, jf, k| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    let mut filters = [
        // The filter's input begins with the number of the system call.
        filter(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        filter(
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            0,
            1,
            libc::SYS_io_uring_setup as u32,
        ),
        filter(
            libc::BPF_RET | libc::BPF_K,
            0,
            0,
            libc::SECCOMP_RET_ERRNO | errno.raw_os_error() as u32,
        ),
        filter(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: filters.len() as u16,
        filter: filters.as_mut_ptr(),
    };
    // SAFETY: the program and its filters outlive the calls, and the kernel copies them.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(
            libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program),
            0
        );
    }
}

#[test]
fn reads_work_without_rings_if_the_kernel_refuses_them() {
    for errno in [Errno::NOSYS, Errno::PERM, Errno::ACCESS, Errno::NOMEM] {
        let thread = std::thread::spawn(move || {
            refuse_rings(errno);
            assert!(!UringFile::new(sample_file()).has_ring());
            Conforms.run_everywhere();
            FailsBeyondTheEnd.run_everywhere();
        });
        thread.join().unwrap();
    }
}

#[test]
fn signals_in_the_middle_of_batches_change_nothing() {
    static SIGNALS: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn count(_: libc::c_int) {
        SIGNALS.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler only counts, and no other test uses the signal. System calls are not restarted.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = count as extern "C" fn(libc::c_int) as usize;
        assert_eq!(libc::sigaction(libc::SIGUSR2, &action, std::ptr::null_mut()), 0);
    }
    let done = AtomicBool::new(false);
    // SAFETY: only returns a number.
    let reader = unsafe { libc::pthread_self() };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                // SAFETY: the thread exists for as long as the scope.
                unsafe { libc::pthread_kill(reader, libc::SIGUSR2) };
                std::thread::yield_now();
            }
        });
        ReadsRandomRanges.run_everywhere();
        SurvivesFailures.run_everywhere();
        done.store(true, Ordering::Relaxed);
    });
    assert!(SIGNALS.load(Ordering::Relaxed) > 100);
}

//! A ring: reads that the kernel performs while the program continues.
#![expect(
    unsafe_code,
    reason = "the kernel writes to buffers between submission and completion"
)]

use std::io::{Error, ErrorKind, Result};
use std::ops::Range;
use std::os::fd::{AsRawFd, BorrowedFd};

use io_uring::{EnterFlags, IoUring, Probe, opcode, types};
use rustix::io::Errno;

use crate::buffer::aligned::Buffer;

/// The most memory that the buffers of an idle ring may take.
const KEPT_BUFFERS: usize = 4 << 20;

/// A ring and the buffers that it reads into, one for each slot.
///
/// **Soundness:** from [`start`](Self::start) until the completion has been seen, the kernel may write to the slot's buffer.
/// Meanwhile the slot is `busy`, and no code gets access to its buffer. Buffers are not freed while submitted reads are in
/// flight: dropping the ring waits for these. If even waiting fails, the buffers are never freed.
// Neither files nor buffers are registered with the ring. A registered file would stay open after it was closed here, and
// registered buffers count as locked memory, of which a user has 8 MiB for all processes. Registration would save some 100 ns
// a read, which is little compared with a read from a drive.
pub(super) struct Ring {
    uring: IoUring,
    slots: Vec<Slot>,
    /// Number of busy slots.
    in_flight: usize,
    /// The process that set up the ring and owns its reads: after a fork, the child only has copies of the buffers.
    process: u32,
}

#[derive(Default)]
struct Slot {
    buffer: Buffer,
    /// Whether a read into the buffer was queued, and its completion has not been seen.
    busy: bool,
}

impl Ring {
    /// A ring with `depth` slots.
    ///
    /// # Errors
    ///
    /// The kernel's error if it refuses a ring; [`ErrorKind::Unsupported`] if its rings cannot read.
    pub(super) fn new(depth: usize) -> Result<Self> {
        let entries = u32::try_from(depth).map_err(|_| ErrorKind::InvalidInput)?;
        let uring = set_up(entries)?;
        let mut probe = Probe::new();
        uring.submitter().register_probe(&mut probe)?;
        if !probe.is_supported(opcode::Read::CODE) {
            return Err(ErrorKind::Unsupported.into());
        }
        Ok(Self {
            uring,
            slots: (0..depth).map(|_| Slot::default()).collect(),
            in_flight: 0,
            process: std::process::id(),
        })
    }

    /// Whether this process can use the ring for `depth` reads at a time.
    pub(super) fn serves(&self, depth: usize) -> bool {
        self.slots.len() >= depth && self.is_of_this_process()
    }

    fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// Number of reads that were started and whose completion has not been seen.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Number of them that have not been submitted to the kernel.
    pub(super) fn queued(&mut self) -> usize {
        self.uring.submission().len()
    }

    /// The buffer of a slot.
    ///
    /// # Panics
    ///
    /// Panics if the slot is busy.
    pub(super) fn buffer(&mut self, slot: usize) -> &mut Buffer {
        &mut self.idle(slot).buffer
    }

    fn idle(&mut self, slot: usize) -> &mut Slot {
        let slot = self.slots.get_mut(slot).expect("the slot exists");
        assert!(!slot.busy, "the kernel may write to this buffer");
        slot
    }

    /// Queues a read from `position` into the range `free` of the slot's buffer.
    ///
    /// # Panics
    ///
    /// Panics if the slot is busy, or its buffer is too short.
    pub(super) fn start(&mut self, slot: usize, file: BorrowedFd<'_>, position: u64, free: Range<usize>) {
        let free = self.idle(slot).buffer.bytes_mut(free);
        #[cfg(test)]
        let free = faults::shorten(free);
        // A smaller length only makes it a short read.
        let length = u32::try_from(free.len()).unwrap_or(1 << 30);
        let read = opcode::Read::new(types::Fd(file.as_raw_fd()), free.as_mut_ptr(), length)
            .offset(position)
            .build()
            .user_data(slot as u64);
        // SAFETY: the memory is `length` bytes of the slot's buffer. The slot becomes busy, so the bytes are neither accessed,
        // moved nor freed before the read has completed: `idle` does not give out busy slots, and `Drop` does not free them.
        // Whichever file the descriptor refers to when the read is submitted, the kernel writes to this memory only.
        let pushed = unsafe { self.uring.submission().push(&read) };
        pushed.expect("a slot has at most one read, and the queue has an entry for each slot");
        self.idle(slot).busy = true;
        self.in_flight += 1;
    }

    /// A completed read: its slot, which becomes idle, and the number of bytes it transferred.
    pub(super) fn completed(&mut self) -> Option<(usize, Result<usize>)> {
        let completion = self.uring.completion().next()?;
        let number = usize::try_from(completion.user_data()).expect("it was made from a `usize`");
        let slot = self.slots.get_mut(number).expect("it is the number of a slot");
        slot.busy = false;
        self.in_flight -= 1;
        let outcome = usize::try_from(completion.result())
            .map_err(|_| Error::from_raw_os_error(completion.result().saturating_neg()));
        #[cfg(test)]
        let outcome = faults::fail(outcome);
        Some((number, outcome))
    }

    /// Submits the queued reads to the kernel, and waits for `wanted` completions that have not been seen. May return earlier,
    /// but only after some progress.
    ///
    /// # Errors
    ///
    /// The kernel's error if the ring has failed.
    pub(super) fn submit(&mut self, wanted: usize) -> Result<()> {
        let wanted = wanted.min(self.in_flight);
        loop {
            let submitted = self.uring.submit_and_wait(wanted);
            #[cfg(test)]
            let submitted = faults::submit(submitted);
            let Err(error) = submitted else {
                return Ok(());
            };
            match Errno::from_io_error(&error) {
                Some(Errno::INTR) => {}
                // It accepts no more for now, for lack of memory or space. Completions of submitted reads will free some.
                Some(Errno::AGAIN | Errno::BUSY) if self.submitted() > 0 => return self.await_one(),
                _ => return Err(error),
            }
        }
    }

    /// Number of reads that were submitted and whose completion has not been seen.
    fn submitted(&mut self) -> usize {
        self.in_flight - self.queued()
    }

    /// Waits until there is a completion that has not been seen, without submitting anything.
    fn await_one(&self) -> Result<()> {
        loop {
            // SAFETY: nothing is submitted, and no argument is passed.
            let entered = unsafe {
                self.uring
                    .submitter()
                    .enter::<()>(0, 1, EnterFlags::GETEVENTS.bits(), None)
            };
            match entered {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                entered => return entered.map(drop),
            }
        }
    }

    /// Waits until the kernel no longer writes to any buffer. Queued reads stay queued.
    fn settle(&mut self) -> Result<()> {
        loop {
            while self.completed().is_some() {}
            if self.submitted() == 0 {
                return Ok(());
            }
            self.await_one()?;
        }
    }

    /// Frees buffers until the others take no more than [`KEPT_BUFFERS`].
    ///
    /// # Panics
    ///
    /// Panics if a slot is busy.
    pub(super) fn trim(&mut self) {
        let mut kept = 0;
        for slot in 0..self.slots.len() {
            let buffer = self.buffer(slot);
            kept += buffer.size();
            if kept > KEPT_BUFFERS {
                kept -= buffer.size();
                *buffer = Buffer::new();
            }
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // A forked child shares the memory of completions with its parent: if it took them, the parent would wait for them for
        // ever. The child's buffers are copies, which the kernel does not write to.
        if self.in_flight > 0 && self.is_of_this_process() && self.settle().is_err() {
            // The kernel may still write to the buffers.
            std::mem::forget(std::mem::take(&mut self.slots));
        }
    }
}

/// Sets up a ring with the fastest mode that the kernel supports.
fn set_up(entries: u32) -> Result<IoUring> {
    // Since Linux 6.1: only one thread uses the ring, and processes completions when it waits for them.
    let mut deferred = IoUring::builder();
    deferred.setup_single_issuer().setup_defer_taskrun();
    // Since Linux 5.19: completions do not interrupt the thread.
    let mut cooperative = IoUring::builder();
    cooperative.setup_coop_taskrun();
    for builder in [deferred, cooperative] {
        match builder.build(entries) {
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            ring => return ring,
        }
    }
    IoUring::new(entries)
}

/// Faults that tests inject, in this thread.
#[cfg(test)]
pub(crate) mod faults {
    use std::cell::Cell;
    use std::io::{Error, Result};
    use std::thread::LocalKey;

    thread_local! {
        /// Longest read, if set.
        pub(crate) static LONGEST: Cell<Option<usize>> = const { Cell::new(None) };
        /// The error of every third completion, if set.
        pub(crate) static FAILURE: Cell<Option<i32>> = const { Cell::new(None) };
        /// The error of every third submission, if set.
        pub(crate) static SUBMISSION: Cell<Option<i32>> = const { Cell::new(None) };
        static COMPLETIONS: Cell<usize> = const { Cell::new(0) };
        static SUBMISSIONS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn shorten(free: &mut [u8]) -> &mut [u8] {
        let longest = LONGEST.get().unwrap_or(free.len()).min(free.len());
        &mut free[..longest]
    }

    pub(super) fn fail(outcome: Result<usize>) -> Result<usize> {
        every_third(&COMPLETIONS, &FAILURE, outcome)
    }

    pub(super) fn submit(submitted: Result<usize>) -> Result<usize> {
        every_third(&SUBMISSIONS, &SUBMISSION, submitted)
    }

    fn every_third(
        count: &'static LocalKey<Cell<usize>>,
        code: &'static LocalKey<Cell<Option<i32>>>,
        result: Result<usize>,
    ) -> Result<usize> {
        count.set(count.get() + 1);
        match code.get() {
            Some(code) if count.get().is_multiple_of(3) => Err(Error::from_raw_os_error(code)),
            _ => result,
        }
    }
}

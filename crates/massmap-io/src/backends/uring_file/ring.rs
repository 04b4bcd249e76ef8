//! A ring: reads that the kernel carries out while the program goes on.
#![expect(
    unsafe_code,
    reason = "the kernel writes to buffers that it was given earlier"
)]

use std::io::{Error, ErrorKind, Result};
use std::ops::Range;
use std::os::fd::{AsRawFd, BorrowedFd};

use io_uring::{EnterFlags, IoUring, Probe, opcode, types};
use rustix::io::Errno;

use crate::buffer::Buffer;

/// What the buffers of a ring that is not in use may take.
const KEPT_BUFFERS: usize = 4 << 20;

/// A ring and the buffers that it reads into, each in a slot.
///
/// **What keeps it sound:** from [`start`](Self::start) until the completion has been seen, the kernel writes to the slot's
/// buffer. Nobody gets at the buffer of a slot that is `busy`, and a buffer is not freed before nothing that was submitted is
/// under way: dropping the ring waits for that. Should even waiting fail, the buffers are never freed.
// Neither files nor buffers are registered with the ring. Registered, a file stays open after it was closed here, and buffers
// count as locked memory, of which a user has 8 MiB for all processes; what either saves, some 100 ns a read, is nothing
// beside a drive.
pub(super) struct Ring {
    uring: IoUring,
    slots: Vec<Slot>,
    /// How many slots are busy.
    in_flight: usize,
    /// Reads are the business of the process that set the ring up: after a fork, the child has the buffers, but as copies.
    process: u32,
}

#[derive(Default)]
struct Slot {
    buffer: Buffer,
    /// From when a read into the buffer was queued until its completion has been seen.
    busy: bool,
}

impl Ring {
    /// A ring with `depth` slots.
    ///
    /// # Errors
    ///
    /// The kernel's, if it refuses; [`ErrorKind::Unsupported`] if its rings cannot read.
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

    /// Whether this process can use it for `depth` reads at a time.
    pub(super) fn serves(&self, depth: usize) -> bool {
        self.slots.len() >= depth && self.is_of_this_process()
    }

    fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// How many reads have been started whose completion has not been seen.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many of them the kernel does not know yet.
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
        let slot = self.slots.get_mut(slot).expect("there is such a slot");
        assert!(!slot.busy, "the kernel writes to this buffer");
        slot
    }

    /// Queues a read from `position` into a part of the slot's buffer.
    ///
    /// # Panics
    ///
    /// Panics if the slot is busy, or its buffer not that long.
    pub(super) fn start(&mut self, slot: usize, file: BorrowedFd<'_>, position: u64, free: Range<usize>) {
        let free = self.idle(slot).buffer.bytes_mut(free);
        #[cfg(test)]
        let free = faults::shorten(free);
        // At most the length is read, so less of it is only another short read.
        let length = u32::try_from(free.len()).unwrap_or(1 << 30);
        let read = opcode::Read::new(types::Fd(file.as_raw_fd()), free.as_mut_ptr(), length)
            .offset(position)
            .build()
            .user_data(slot as u64);
        // SAFETY: the memory is `length` bytes of the slot's buffer. The slot becomes busy, so that they are neither looked at,
        // moved nor freed before the read has completed: `idle` gives no busy slot away, and `Drop` frees none. Whatever file the
        // descriptor stands for when the read is submitted, the kernel writes nowhere else.
        let pushed = unsafe { self.uring.submission().push(&read) };
        pushed.expect("a slot has one read at most, and the queue as many entries as there are slots");
        self.idle(slot).busy = true;
        self.in_flight += 1;
    }

    /// A read that has completed: its slot, which is idle again, and how many bytes it brought.
    pub(super) fn completed(&mut self) -> Option<(usize, Result<usize>)> {
        let completion = self.uring.completion().next()?;
        let number = usize::try_from(completion.user_data()).expect("it was a `usize`");
        let slot = self.slots.get_mut(number).expect("it is the number of a slot");
        slot.busy = false;
        self.in_flight -= 1;
        let outcome = usize::try_from(completion.result())
            .map_err(|_| Error::from_raw_os_error(completion.result().saturating_neg()));
        #[cfg(test)]
        let outcome = faults::fail(outcome);
        Some((number, outcome))
    }

    /// Tells the kernel what is queued, and waits for `wanted` completions that have not been seen. May come back earlier, but
    /// not without anything having changed.
    ///
    /// # Errors
    ///
    /// The kernel's, if the ring cannot go on.
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
                // It takes no more, for lack of memory or room. What it has comes back, and leaves some of either.
                Some(Errno::AGAIN | Errno::BUSY) if self.submitted() > 0 => return self.await_one(),
                _ => return Err(error),
            }
        }
    }

    /// How many reads the kernel has been told of and whose completion has not been seen.
    fn submitted(&mut self) -> usize {
        self.in_flight - self.queued()
    }

    /// Waits until there is a completion that has not been seen, without submitting anything.
    fn await_one(&self) -> Result<()> {
        loop {
            // SAFETY: nothing is submitted, and no argument passed.
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

    /// Waits until the kernel writes to no buffer. What is only queued stays so.
    fn settle(&mut self) -> Result<()> {
        loop {
            while self.completed().is_some() {}
            if self.submitted() == 0 {
                return Ok(());
            }
            self.await_one()?;
        }
    }

    /// Frees buffers until the rest takes no more than may be kept.
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
        // Completions are in memory that a forked child shares with its parent: seen here, the parent would wait for them for
        // ever. The child's buffers are copies, which the kernel does not write to.
        if self.in_flight > 0 && self.is_of_this_process() && self.settle().is_err() {
            // The kernel may still write to them.
            std::mem::forget(std::mem::take(&mut self.slots));
        }
    }
}

/// A ring of the kernel's, with what makes it fastest of what the kernel knows.
fn set_up(entries: u32) -> Result<IoUring> {
    // Since Linux 6.1: one thread uses the ring, which sees to completions when it waits for some.
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

/// Trouble for tests, in this thread.
#[cfg(test)]
pub(crate) mod faults {
    use std::cell::Cell;
    use std::io::{Error, Result};
    use std::thread::LocalKey;

    thread_local! {
        /// No read is longer, if there is one.
        pub(crate) static LONGEST: Cell<Option<usize>> = const { Cell::new(None) };
        /// What every third completion is.
        pub(crate) static FAILURE: Cell<Option<i32>> = const { Cell::new(None) };
        /// What every third submission gives.
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

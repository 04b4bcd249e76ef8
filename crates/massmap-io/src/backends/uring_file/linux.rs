//! Batches with io_uring.

#[path = "lease.rs"]
mod lease;
#[path = "ring.rs"]
mod ring;

use std::borrow::Borrow;
use std::io::{Error, Result};
use std::marker::PhantomData;

use super::ring_file::RingFile;
use crate::buffer::transfer::Transfer;

use lease::Lease;

#[cfg(test)]
pub(super) use ring::faults;

/// Longest range that is read through the ring, in bytes. A longer one keeps the drive busy alone, and would occupy as much
/// memory in the ring.
const LONGEST_IN_RING: u64 = 256 << 10;

/// The least number of queued reads that is worth a system call while there is other work.
const LEAST_SUBMITTED: usize = 8;

pub(super) fn has_ring(depth: usize) -> bool {
    Lease::take(depth).is_some()
}

pub(super) fn batch<Q, B, F, R>(
    file: &impl RingFile,
    depth: usize,
    ranges: impl IntoIterator<Item = (B, u64, u64)>,
    f: F,
) -> Result<Vec<R>>
where
    Q: ?Sized,
    B: Borrow<Q>,
    F: Fn(&Q, &[u8]) -> Result<R>,
{
    let Some(ring) = Lease::take(depth) else {
        return file.batch_read_at(ranges, f);
    };
    let batch = Batch {
        file,
        f,
        ring,
        depth,
        pending: Vec::new(),
        free: Vec::new(),
        results: Vec::new(),
        failure: None,
        companions: PhantomData,
    };
    batch.run(ranges)
}

/// A batch under way.
struct Batch<'a, S, Q: ?Sized, B, F, R> {
    file: &'a S,
    f: F,
    ring: Lease,
    depth: usize,
    /// The range that is being read into each slot of the ring that was used so far; at most `depth`.
    pending: Vec<Option<Pending<B>>>,
    /// The slots among them without a range.
    free: Vec<usize>,
    /// The results of all ranges so far; `None` for those that are pending.
    results: Vec<Option<R>>,
    /// The earliest range that failed, and its error.
    failure: Option<(usize, Error)>,
    companions: PhantomData<fn(&Q)>,
}

/// A range that is being read.
struct Pending<B> {
    /// Index of the range in the batch.
    index: usize,
    companion: B,
    offset: u64,
    length: u64,
    transfer: Transfer,
}

impl<S, Q, B, F, R> Batch<'_, S, Q, B, F, R>
where
    S: RingFile,
    Q: ?Sized,
    B: Borrow<Q>,
    F: Fn(&Q, &[u8]) -> Result<R>,
{
    fn run(mut self, ranges: impl IntoIterator<Item = (B, u64, u64)>) -> Result<Vec<R>> {
        let mut ranges = ranges.into_iter().fuse();
        loop {
            self.refill(&mut ranges);
            if self.ring.in_flight() == 0 {
                break;
            }
            match self.ring.completed() {
                Some((slot, outcome)) => self.proceed(slot, outcome),
                // Everything possible is queued, so wait for one completion. Waiting for more left fewer reads in flight, and saved
                // no processor time.
                None if self.ring.submit(1).is_ok() => {}
                None => {
                    self.continue_without_ring(&mut ranges);
                    break;
                }
            }
        }
        match self.failure {
            Some((_, error)) => Err(error),
            None => Ok(self
                .results
                .into_iter()
                .map(|result| result.expect("a batch ends when nothing is pending"))
                .collect()),
        }
    }

    /// Begins as many ranges as there are free slots; none after a failure, since later ranges cannot change the result.
    fn refill(&mut self, ranges: &mut impl Iterator<Item = (B, u64, u64)>) {
        while self.failure.is_none()
            && let Some(slot) = self.free_slot()
        {
            match ranges.next() {
                Some(range) => self.begin(slot, range),
                None => return self.free.push(slot),
            }
        }
    }

    fn free_slot(&mut self) -> Option<usize> {
        let unused = self.pending.len();
        if self.free.is_empty() && unused < self.depth {
            self.pending.push(None);
            return Some(unused);
        }
        self.free.pop()
    }

    fn begin(&mut self, slot: usize, (companion, offset, length): (B, u64, u64)) {
        let index = self.results.len();
        self.results.push(None);
        if length == 0 || length > LONGEST_IN_RING {
            if length > 0 {
                self.submit();
            }
            self.read_alone(index, &companion, offset, length);
            return self.free.push(slot);
        }
        let buffer = self.ring.buffer(slot);
        match Transfer::new(offset, length, self.file.alignment(), buffer) {
            Ok(transfer) => self.read(
                slot,
                Pending {
                    index,
                    companion,
                    offset,
                    length,
                    transfer,
                },
            ),
            Err(error) => {
                self.record(index, Err(error));
                self.free.push(slot);
            }
        }
    }

    /// Starts a read of the missing part of a range.
    fn read(&mut self, slot: usize, pending: Pending<B>) {
        match pending.transfer.next_read(self.ring.buffer(slot), 0) {
            Ok((position, free)) => {
                self.ring.start(slot, self.file.descriptor(), position, free);
                *self.pending_in(slot) = Some(pending);
                // Keeps the drive busy while ranges are pulled and callbacks run.
                if self.ring.queued() >= (self.depth / 4).max(LEAST_SUBMITTED) {
                    self.submit();
                }
            }
            Err(error) => {
                self.record(pending.index, Err(error));
                self.free.push(slot);
            }
        }
    }

    /// Continues the range in a slot whose read has completed.
    fn proceed(&mut self, slot: usize, outcome: Result<usize>) {
        let mut pending = self
            .pending_in(slot)
            .take()
            .expect("a read that completes has been started");
        let index = pending.index;
        if self.is_relevant(index) {
            match outcome.map(|count| pending.transfer.advance(count)) {
                Ok(Ok(false)) => return self.read(slot, pending),
                Ok(Ok(true)) => {
                    let bytes = pending.transfer.range(self.ring.buffer(slot));
                    let result = (self.f)(pending.companion.borrow(), bytes);
                    self.record(index, result);
                }
                Ok(Err(error)) => self.record(index, Err(error)),
                // An interruption, an operation that the file system does not support, or a real failure, which will recur.
                Err(_) => self.read_alone(index, &pending.companion, pending.offset, pending.length),
            }
        }
        self.free.push(slot);
    }

    fn read_alone(&mut self, index: usize, companion: &B, offset: u64, length: u64) {
        let f = |bytes: &[u8]| (self.f)(companion.borrow(), bytes);
        let result = match length {
            0 => f(&[]),
            _ => self.file.read_exact_at(offset, length, f),
        };
        self.record(index, result);
    }

    fn record(&mut self, index: usize, result: Result<R>) {
        match result {
            Ok(result) => {
                let slot = self.results.get_mut(index);
                *slot.expect("each range has a slot for its result") = Some(result);
            }
            Err(error) => {
                if self.is_relevant(index) {
                    self.failure = Some((index, error));
                }
            }
        }
    }

    fn submit(&mut self) {
        // If it fails, it will fail again when the batch has to wait.
        _ = self.ring.submit(0);
    }

    /// Reads the pending ranges, and all remaining ones, one after the other. The ring has failed, and is dropped with the
    /// batch.
    fn continue_without_ring(&mut self, ranges: &mut impl Iterator<Item = (B, u64, u64)>) {
        for slot in 0..self.pending.len() {
            if let Some(pending) = self.pending_in(slot).take()
                && self.is_relevant(pending.index)
            {
                self.read_alone(pending.index, &pending.companion, pending.offset, pending.length);
            }
        }
        while self.failure.is_none()
            && let Some((companion, offset, length)) = ranges.next()
        {
            let index = self.results.len();
            self.results.push(None);
            self.read_alone(index, &companion, offset, length);
        }
    }

    /// Whether the outcome of a range can change that of the batch.
    fn is_relevant(&self, index: usize) -> bool {
        self.failure
            .as_ref()
            .is_none_or(|&(earliest, _)| index < earliest)
    }

    fn pending_in(&mut self, slot: usize) -> &mut Option<Pending<B>> {
        self.pending.get_mut(slot).expect("the slot is in use")
    }
}

//! Batches with io_uring.

#[path = "lease.rs"]
mod lease;
#[path = "ring.rs"]
mod ring;

use std::borrow::Borrow;
use std::io::{Error, Result};
use std::marker::PhantomData;

use super::ring_file::RingFile;
use crate::buffer::Transfer;

use lease::Lease;

#[cfg(test)]
pub(super) use ring::faults;

/// Longer ranges are read by themselves: they keep the drive busy alone, and each would hold on to as much memory.
const LONGEST_IN_RING: u64 = 256 << 10;

/// Fewer reads are not worth a call of their own while there is something else to do.
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
    /// The range that is being read into each slot of the ring, of those in use so far; at most `depth` of them.
    pending: Vec<Option<Pending<B>>>,
    /// Those of these slots without one.
    free: Vec<usize>,
    /// Of all ranges so far, `None` for those that are pending.
    results: Vec<Option<R>>,
    /// The earliest range that failed, and how.
    failure: Option<(usize, Error)>,
    companions: PhantomData<fn(&Q)>,
}

/// A range that is being read.
struct Pending<B> {
    /// Which of the batch's.
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
                // All that can be is queued, and nothing left to do but wait. For one: waiting for more has cost reads in flight
                // and saved no time of the processor.
                None if self.ring.submit(1).is_ok() => {}
                None => {
                    self.go_on_without_ring(&mut ranges);
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

    /// Begins as many ranges as there are free slots; after a failure none, since only ranges before the one that failed can
    /// still make a difference.
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

    /// Reads what is missing of a range.
    fn read(&mut self, slot: usize, pending: Pending<B>) {
        match pending.transfer.next_read(self.ring.buffer(slot), 0) {
            Ok((position, free)) => {
                self.ring.start(slot, self.file.descriptor(), position, free);
                *self.pending_in(slot) = Some(pending);
                // The drive is kept busy while ranges are asked for and bytes are handed on.
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

    /// Goes on with the range in a slot whose read has completed.
    fn proceed(&mut self, slot: usize, outcome: Result<usize>) {
        let mut pending = self
            .pending_in(slot)
            .take()
            .expect("what completes has been started");
        let index = pending.index;
        if self.matters(index) {
            match outcome.map(|count| pending.transfer.advance(count)) {
                Ok(Ok(false)) => return self.read(slot, pending),
                Ok(Ok(true)) => {
                    let bytes = pending.transfer.range(self.ring.buffer(slot));
                    let result = (self.f)(pending.companion.borrow(), bytes);
                    self.record(index, result);
                }
                Ok(Err(error)) => self.record(index, Err(error)),
                // An interruption, an operation that the file system does not know, or a real failure, which shows again.
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
                let place = self.results.get_mut(index);
                *place.expect("each range has a place") = Some(result);
            }
            Err(error) => {
                if self.matters(index) {
                    self.failure = Some((index, error));
                }
            }
        }
    }

    fn submit(&mut self) {
        // If that fails, it fails again when there is nothing left to do but wait.
        _ = self.ring.submit(0);
    }

    /// Reads the ranges that are pending, and all to come, one after the other. The ring has failed, and is dropped with the
    /// batch.
    fn go_on_without_ring(&mut self, ranges: &mut impl Iterator<Item = (B, u64, u64)>) {
        for slot in 0..self.pending.len() {
            if let Some(pending) = self.pending_in(slot).take()
                && self.matters(pending.index)
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

    /// Whether what becomes of a range can change what becomes of the batch.
    fn matters(&self, index: usize) -> bool {
        self.failure
            .as_ref()
            .is_none_or(|&(earliest, _)| index < earliest)
    }

    fn pending_in(&mut self, slot: usize) -> &mut Option<Pending<B>> {
        self.pending.get_mut(slot).expect("it is a slot in use")
    }
}

//! Files whose batches keep many reads in flight, with threads.

use std::borrow::Borrow;
use std::fs::File;
use std::io::{Error, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use massmap::{FileId, MassMapReader, SourceSize};

/// Reads in flight. Drives gain little from more, and each takes a thread while a batch lasts.
const IN_FLIGHT: usize = 32;

/// A file that reads the ranges of a batch on several threads, where there is no io_uring.
pub(super) struct ThreadedFile(pub(super) File);

impl MassMapReader for ThreadedFile {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        self.0.read_exact_at(offset, length, f)
    }

    /// Reads ranges in any order. A failed batch gives the error of the earliest range that failed.
    fn batch_read_at<Q: ?Sized, F, R>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: F,
    ) -> Result<Vec<R>>
    where
        F: Fn(&Q, &[u8]) -> Result<R>,
    {
        let (companions, ranges): (Vec<_>, Vec<_>) = iov
            .into_iter()
            .map(|(companion, offset, length)| (companion, (offset, length)))
            .unzip();
        let mut results: Vec<_> = ranges.iter().map(|_| None).collect();
        let mut failure: Option<(usize, Error)> = None;
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            // What was read waits for its turn, and no more than this is read meanwhile.
            let (sender, read) = sync_channel(IN_FLIGHT);
            for _ in 0..IN_FLIGHT.min(ranges.len()) {
                let sender = sender.clone();
                let (next, ranges) = (&next, &ranges);
                let work = move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(&(offset, length)) = ranges.get(index) else {
                            break;
                        };
                        let bytes = match length {
                            0 => Ok(Vec::new()),
                            _ => self.0.read_exact_at(offset, length, |bytes| Ok(bytes.to_vec())),
                        };
                        // Nobody waits for it after a failure.
                        if sender.send((index, bytes)).is_err() {
                            break;
                        }
                    }
                };
                // With fewer threads it takes longer.
                if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            drop(sender);
            for (index, bytes) in read {
                let is_relevant = failure.as_ref().is_none_or(|(earliest, _)| index < *earliest);
                let (Some(companion), Some(slot)) = (companions.get(index), results.get_mut(index)) else {
                    continue;
                };
                if !is_relevant {
                    continue;
                }
                match bytes.and_then(|bytes| f(companion.borrow(), &bytes)) {
                    Ok(result) => *slot = Some(result),
                    Err(error) => {
                        // What follows cannot change the outcome.
                        next.store(ranges.len(), Ordering::Relaxed);
                        failure = Some((index, error));
                    }
                }
            }
        });
        if let Some((_, error)) = failure {
            return Err(error);
        }
        let results: Option<Vec<_>> = results.into_iter().collect();
        match results {
            Some(results) => Ok(results),
            // No thread could be started.
            None => {
                let iov = companions
                    .into_iter()
                    .zip(ranges)
                    .map(|(companion, (offset, length))| (companion, offset, length));
                self.0.batch_read_at(iov, f)
            }
        }
    }

    fn source_size(&self) -> Option<SourceSize> {
        self.0.source_size()
    }

    fn source_id(&self) -> Option<FileId> {
        self.0.source_id()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, ThreadedFile) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        std::fs::write(&path, bytes).unwrap();
        let file = File::open(path).unwrap();
        (directory, ThreadedFile(file))
    }

    #[test]
    fn results_come_in_the_order_of_the_ranges() {
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let (_directory, file) = file(&bytes);
        for count in [0, 1, 2, IN_FLIGHT, 1000] {
            let ranges: Vec<_> = (0..count).map(|n| (n, n * 7919 % 9000, n % 900)).collect();
            let read = file.batch_read_at::<usize, _, _>(
                ranges
                    .iter()
                    .map(|&(n, offset, length)| (n, offset as u64, length as u64)),
                |n, bytes| Ok((*n, bytes.to_vec())),
            );
            let expected: Vec<_> = ranges
                .iter()
                .map(|&(n, offset, length)| (n, bytes[offset..][..length].to_vec()))
                .collect();
            assert_eq!(read.unwrap(), expected);
        }
    }

    #[test]
    fn the_earliest_failure_is_that_of_the_batch() {
        let (_directory, file) = file(&[7; 1000]);
        let ranges = (0..500u64).map(|n| (n, n * 10, 10));
        let error = file
            .batch_read_at::<u64, _, ()>(ranges.clone(), |_, _| Ok(()))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert!(error.to_string().contains("1000"), "{error}");
        let error = file.batch_read_at::<u64, _, ()>(ranges, |n, _| match n {
            40.. => Err(Error::other(n.to_string())),
            _ => Ok(()),
        });
        assert_eq!(error.unwrap_err().to_string(), "40");
    }
}

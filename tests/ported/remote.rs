//! A custom reader that fetches batches in its own order.

use std::borrow::Borrow;
use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicUsize, Ordering};

use massmap::MassMapReader;

#[derive(Debug)]
pub(crate) struct Remote {
    bytes: Vec<u8>,
    batches: AtomicUsize,
}

impl Remote {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            batches: AtomicUsize::new(0),
        }
    }

    /// Number of batches so far.
    pub(crate) fn batches(&self) -> usize {
        self.batches.load(Ordering::Relaxed)
    }

    fn range(&self, offset: u64, length: u64) -> Result<&[u8]> {
        let (start, end) = (offset as usize, offset as usize + length as usize);
        self.bytes
            .get(start..end)
            .ok_or_else(|| Error::new(ErrorKind::UnexpectedEof, "beyond the end"))
    }
}

impl MassMapReader for Remote {
    fn read_exact_at<F, R>(&self, offset: u64, length: u64, f: F) -> Result<R>
    where
        F: Fn(&[u8]) -> Result<R>,
    {
        f(self.range(offset, length)?)
    }

    fn batch_read_at<Q: ?Sized, F, R>(
        &self,
        iov: impl IntoIterator<Item = (impl Borrow<Q>, u64, u64)>,
        f: F,
    ) -> Result<Vec<R>>
    where
        F: Fn(&Q, &[u8]) -> Result<R>,
    {
        self.batches.fetch_add(1, Ordering::Relaxed);
        // Sorted by offset for fetching, and by key afterwards.
        let mut requests: Vec<_> = iov.into_iter().enumerate().collect();
        requests.sort_by_key(|(_, (_, offset, _))| *offset);
        let mut results = Vec::with_capacity(requests.len());
        for (place, (key, offset, length)) in requests {
            let data = if length == 0 {
                &[]
            } else {
                self.range(offset, length)?
            };
            results.push((place, f(key.borrow(), data)?));
        }
        results.sort_by_key(|(place, _)| *place);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }
}

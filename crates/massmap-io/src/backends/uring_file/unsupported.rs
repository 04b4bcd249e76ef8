//! Batches on systems without io_uring.

use std::borrow::Borrow;
use std::io::Result;

use super::ring_file::RingFile;

pub(super) fn has_ring(_: usize) -> bool {
    false
}

pub(super) fn batch<Q, B, F, R>(
    file: &impl RingFile,
    _: usize,
    ranges: impl IntoIterator<Item = (B, u64, u64)>,
    f: F,
) -> Result<Vec<R>>
where
    Q: ?Sized,
    B: Borrow<Q>,
    F: Fn(&Q, &[u8]) -> Result<R>,
{
    file.batch_read_at(ranges, f)
}

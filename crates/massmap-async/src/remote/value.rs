//! Encoded values.

use std::io;

use bytes::Bytes;
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_read::MassMapInner;

/// A value of less than one part in so many of what was read is copied, so that it does not keep all of that.
const SMALLEST_PART: usize = 4;

/// The value of `entry`, which lies in `read`, as MessagePack.
pub(crate) fn value_of<R, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    read: &Bytes,
    index: usize,
    entry: &RawEntry<'_>,
) -> io::Result<Bytes> {
    inner.with_encoded_value(index, entry, |value| {
        let is_within = read.as_ptr_range().contains(&value.as_ptr());
        match is_within && value.len() >= read.len() / SMALLEST_PART {
            true => read.slice_ref(value),
            false => Bytes::copy_from_slice(value),
        }
    })
}

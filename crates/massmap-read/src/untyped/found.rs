//! Values that were found.

use std::fmt;
use std::io;

use massmap_core::codec::RecordCodec;
use massmap_format::RawEntry;

use super::TolerantHashLoader;
use crate::MassMapInner;

/// The value of a key that was found, as it is stored.
pub struct FoundValue<'a, R> {
    pub(super) inner: &'a MassMapInner<R, TolerantHashLoader>,
    pub(super) index: usize,
    pub(super) entry: RawEntry<'a>,
}

impl<R> FoundValue<'_, R> {
    /// Calls `f` with the value as MessagePack.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::Value`](crate::ReadError::Value) if the value is damaged.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn with_messagepack<T>(&self, f: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
        self.inner.with_encoded_value(self.index, &self.entry, f)
    }

    /// Writes the record of the value to `place`: the bytes of its numbers, the lowest first, one behind the other. `codec` is that of
    /// the schema of the values, and `place` has the length of its records.
    ///
    /// In files whose entries have a fixed width, values are stored as records, which are copied.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::Value`](crate::ReadError::Value) if the value is damaged, or has
    /// no such record.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn write_record(&self, codec: &RecordCodec, place: &mut [u8]) -> io::Result<()> {
        self.inner
            .write_value_record(self.index, &self.entry, codec, place)
    }
}

impl<R> fmt::Debug for FoundValue<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FoundValue")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

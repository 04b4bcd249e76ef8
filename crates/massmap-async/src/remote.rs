//! Lookups through a reader, whatever the keys are: what typed and untyped maps have in common.

pub(crate) mod batch;
mod index;
pub(crate) mod key_check;
pub(crate) mod opening;
mod turns;
pub(crate) mod value;
pub(crate) mod verify;
pub(crate) mod walk;

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures_util::lock::Mutex;
use massmap_core::{Extent, Probe};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_read::MassMapInner;
use massmap_read::steps::{KeyCheckState, StoredKeys};

use crate::options::ReadOptions;
use crate::reader::AsyncReader;
use turns::Turns;

/// What the lookups of a map share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) key_check: KeyCheckState,
    pub(crate) options: ReadOptions,
    /// Held by the lookup that makes the key check, so that others wait for its result instead of making it, too.
    checking: Mutex<()>,
}

impl Shared {
    pub(crate) fn new(options: ReadOptions) -> Self {
        Self {
            key_check: KeyCheckState::default(),
            checking: Mutex::new(()),
            options,
        }
    }
}

/// A map whose keys are `keys`, for the time of a call.
#[derive(Debug)]
pub(crate) struct Remote<'a, R, H: MassMapHashLoader, S> {
    pub(crate) inner: &'a MassMapInner<R, H>,
    pub(crate) shared: &'a Shared,
    pub(crate) keys: S,
}

impl<R, H: MassMapHashLoader, S: Copy> Clone for Remote<'_, R, H, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, H: MassMapHashLoader, S: Copy> Copy for Remote<'_, R, H, S> {}

impl<R, H, S> Remote<'_, R, H, S>
where
    R: AsyncReader,
    H: MassMapHashLoader,
    S: StoredKeys<R, H> + Copy,
{
    /// Finds the entry whose key has the hash `hash` and satisfies `is_key`, and gives what `take` makes of it.
    ///
    /// `is_key` is called with the index of a bucket, or the number of a run's first page, and a stored key; `take` with the bytes of the
    /// bucket or run, its index, and the entry in them.
    pub(crate) async fn find<T>(
        self,
        hash: u64,
        is_key: impl Fn(usize, &[u8]) -> io::Result<bool>,
        take: impl FnOnce(&Bytes, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let Probe::Read(extent) = self.probe(hash).await? else {
            self.confirm_miss(hash, None, Turns::Waited).await?;
            return Ok(None);
        };
        let bytes = self.inner.reader.read(range_of(&extent)).await?;
        let found = self.find_in(&extent, &bytes, &bytes, is_key, take)?;
        if found.is_none() {
            self.confirm_miss(hash, Some((&extent, &bytes)), Turns::Waited)
                .await?;
        }
        Ok(found)
    }

    /// Finds an entry in `part`, the bytes of `extent`, which are part of `bytes`.
    fn find_in<T>(
        self,
        extent: &Extent,
        bytes: &Bytes,
        part: &[u8],
        is_key: impl Fn(usize, &[u8]) -> io::Result<bool>,
        take: impl FnOnce(&Bytes, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let block = self.inner.index().block::<io::Error>(extent, part)?;
        let entry = block.find(extent, |stored| is_key(extent.index(), stored))?;
        entry.map(|entry| take(bytes, extent.index(), &entry)).transpose()
    }
}

/// Where an extent lies in the file.
pub(crate) fn range_of(extent: &Extent) -> Range<u64> {
    extent.offset()..extent.offset().saturating_add(extent.length())
}

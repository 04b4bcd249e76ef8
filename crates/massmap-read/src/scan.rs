//! From the bytes of an extent and a key to the value: the half of a lookup that follows the read. No I/O.

use std::borrow::Borrow;
use std::io;

use massmap_format::{BucketEntries, FormatError, Page, RawEntry};
use serde::Deserialize;

use crate::ReadError;
use crate::layout::{Extent, fingerprint};
use crate::origin::Origin;
use crate::prefetch::touch;
use crate::same_key::is_same_key;
use crate::search::find_fingerprint;

/// How many cache lines of a bucket are fetched at once where it lies in memory, rather than one after the other as the walk
/// reaches them: that takes a sixth off a lookup in 16 entries that are in memory, but in none of the caches. Walking over
/// more takes longer than fetching them ahead of time.
const MOST_LINES: usize = 64;

/// Why a walk over a bucket ends early.
enum Failure {
    Damaged(FormatError),
    Other(io::Error),
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        Self::Damaged(error)
    }
}

/// A bucket or a run of pages that has been read.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(crate) origin: Origin<'a>,
    content: Content<'a>,
}

#[derive(Clone, Copy)]
enum Content<'a> {
    Bucket { count: u32, payload: &'a [u8] },
    Page(Page<'a>),
}

impl<'a> Block<'a> {
    pub(crate) fn bucket(origin: Origin<'a>, count: u32, payload: &'a [u8]) -> Self {
        Self {
            origin,
            content: Content::Bucket { count, payload },
        }
    }

    pub(crate) fn page(origin: Origin<'a>, page: Page<'a>) -> Self {
        Self {
            origin,
            content: Content::Page(page),
        }
    }

    /// Finds the first entry whose key equals `key` and has the hash `hash`.
    ///
    /// In a bucket, keys are compared up to that entry, in a run of pages those with its fingerprint; values are not decoded at
    /// all. In a bucket, which has no checksum, the walk goes on to the end, so that damage anywhere in its structure is an
    /// error for each of its keys, found or not. `extent` is what was located for the hash.
    #[inline(always)]
    pub(crate) fn find<K, Q>(&self, key: &Q, hash: u64, extent: &Extent) -> io::Result<Option<RawEntry<'a>>>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let page = match self.content {
            Content::Page(page) => page,
            Content::Bucket { count, payload } => {
                let mut found = None;
                touch(payload, MOST_LINES);
                self.visit_bucket(count, payload, |entry| {
                    let is_found = self.is_same_key::<K, Q>(&entry, key)?;
                    if is_found {
                        found = Some(entry);
                    }
                    Ok(!is_found)
                })?;
                return Ok(found);
            }
        };
        let fingerprint = fingerprint(hash);
        let equals = |index: usize| {
            let entry = page.entry(index).map_err(|source| self.damaged(source))?;
            Ok::<_, io::Error>(self.is_same_key::<K, Q>(&entry, key)?.then_some(entry))
        };
        let found = find_fingerprint(
            page.bytes_from_fingerprints(),
            page.len(),
            fingerprint,
            extent.fraction,
            |index| {
                equals(index)
                    .map(|found| found.map(|entry| (index, entry)))
                    .transpose()
            },
        );
        let Some((index, found)) = found.transpose()? else {
            return Ok(None);
        };
        // Entries with the same key lie side by side, the first one first; any between them have the same hash.
        let (before, _) = page.fingerprints().split_at_checked(index).unwrap_or_default();
        let same = before.iter().rev().take_while(|other| **other == fingerprint);
        for earlier in index - same.count()..index {
            if let Some(first) = equals(earlier)? {
                return Ok(Some(first));
            }
        }
        Ok(Some(found))
    }

    /// Calls `f` with each entry, in order.
    pub(crate) fn for_each(&self, mut f: impl FnMut(RawEntry<'a>) -> io::Result<()>) -> io::Result<()> {
        match self.content {
            Content::Bucket { count, payload } => {
                self.visit_bucket(count, payload, |entry| f(entry).map(|()| true))
            }
            Content::Page(page) => (0..page.len())
                .try_for_each(|index| f(page.entry(index).map_err(|source| self.damaged(source))?)),
        }
    }

    /// Walks over all entries and calls `f` with each one until it returns `false`.
    fn visit_bucket(
        &self,
        count: u32,
        payload: &'a [u8],
        mut f: impl FnMut(RawEntry<'a>) -> io::Result<bool>,
    ) -> io::Result<()> {
        let visited = BucketEntries::decode(payload, count)
            .map_err(Failure::Damaged)
            .and_then(|entries| entries.visit(|entry| f(entry).map_err(Failure::Other)));
        visited.map_err(|failure| match failure {
            Failure::Damaged(source) => self.damaged(source),
            Failure::Other(error) => error,
        })
    }

    /// Decodes something of each entry, in order; all of them or none.
    pub(crate) fn decode_all<T>(
        &self,
        decode_entry: impl Fn(Origin<'_>, &RawEntry<'a>) -> io::Result<T>,
    ) -> io::Result<Vec<T>> {
        // Not for all entries at once: a value of a few bytes may decode to something large.
        let affordable = self.byte_length() / size_of::<T>().max(1);
        let mut decoded = Vec::with_capacity(affordable.min(self.len()));
        self.for_each(|entry| {
            decoded.push(decode_entry(self.origin, &entry)?);
            Ok(())
        })?;
        Ok(decoded)
    }

    /// What a run of pages keeps of the hash of the entry number `index`.
    pub(crate) fn fingerprint(&self, index: usize) -> Option<u8> {
        self.fingerprints().get(index).copied()
    }

    /// What a run of pages keeps of the hash of each entry.
    pub(crate) fn fingerprints(&self) -> &'a [u8] {
        match self.content {
            Content::Bucket { .. } => &[],
            Content::Page(page) => page.fingerprints(),
        }
    }

    /// The bytes of the entry number `index` of a run of pages: its key and its value.
    pub(crate) fn entry_bytes(&self, index: usize) -> Option<&'a [u8]> {
        match self.content {
            Content::Bucket { .. } => None,
            Content::Page(page) => page.entry_bytes(index),
        }
    }

    /// The unused bytes of a run of pages.
    pub(crate) fn padding(&self) -> &'a [u8] {
        match self.content {
            Content::Bucket { .. } => &[],
            Content::Page(page) => page.padding(),
        }
    }

    pub(crate) fn byte_length(&self) -> usize {
        match self.content {
            Content::Bucket { payload, .. } => payload.len(),
            Content::Page(page) => page.byte_length(),
        }
    }

    /// Number of entries.
    fn len(&self) -> usize {
        match self.content {
            Content::Bucket { count, .. } => count as usize,
            Content::Page(page) => page.len(),
        }
    }

    #[inline(always)]
    fn is_same_key<K, Q>(&self, entry: &RawEntry<'_>, key: &Q) -> io::Result<bool>
    where
        K: for<'de> Deserialize<'de> + Borrow<Q>,
        Q: Eq + ?Sized,
    {
        is_same_key::<K, Q>(entry.key, key).map_err(|cause| self.origin.no_key::<K>(cause).into())
    }

    #[cold]
    fn damaged(&self, source: FormatError) -> io::Error {
        match self.content {
            Content::Bucket { .. } => ReadError::DamagedBucket {
                bucket: self.origin.index,
                source,
            }
            .into(),
            Content::Page(_) => ReadError::DamagedPage {
                page: self.origin.index,
                source,
            }
            .into(),
        }
    }
}

//! Lookups of many keys at once in files that lie in memory.

use std::borrow::Borrow;
use std::hash::Hash;
use std::io;
use std::ops::Range;

use massmap_core::{ChecksumPolicy, Extent, Fallback, Probe, prefetch_entry};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use super::fast_batch::{AT_ONCE, look_up_all_fast};
use crate::MassMap;

/// Progress of the lookup of a key.
#[derive(Clone, Copy)]
enum Progress<'a> {
    /// The map does not have the key.
    Missing,
    /// If the map has the key, its entry is in this extent, which has these bytes.
    Located(Extent, &'a [u8]),
    /// If the map has the key, its entry is one of these of the extent, from one number to before another. The extent has been
    /// checked.
    Narrowed(Extent, &'a [u8], usize, usize),
    /// The extent, a bucket, has to be walked through. It has been checked.
    Bucket(Extent),
    /// To be looked up again by the lookup that explains errors.
    Failed,
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
{
    /// Calls `f` with the number of each key and the entry found in `memory`, the bytes of the file.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn batch_look_up_in<'a, B, Q>(
        &'a self,
        memory: &'a [u8],
        keys: impl Iterator<Item = B>,
        mut f: impl FnMut(usize, Option<(usize, RawEntry<'a>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        B: Borrow<Q>,
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut keys = keys.fuse().enumerate();
        if !self.passes_key_check()? {
            return keys.try_for_each(|(number, key)| {
                self.finish_one(memory, number, key.borrow(), Err(Fallback), &mut f)
            });
        }
        if let Some(search) = self.inner().index().fast_search(memory) {
            let inner = self.inner();
            look_up_all_fast(
                inner,
                search,
                &mut keys,
                #[cfg_attr(not(debug_assertions), inline(always))]
                |key| inner.hash(key.borrow()),
                #[cfg_attr(not(debug_assertions), inline(always))]
                |candidates, key| search.find::<K, Q>(candidates, key.borrow()),
                #[cfg_attr(not(debug_assertions), inline(always))]
                |number, key, found| match found {
                    Ok(found) => f(number, found),
                    Err(Fallback) => {
                        let found = self.look_up_generally(memory, key.borrow(), |_, index, entry| {
                            f(number, Some((index, *entry)))
                        })?;
                        found.map_or_else(|| f(number, None), Ok)
                    }
                },
            )?;
        }
        self.inner().bit_instructions().run(
            #[cfg_attr(not(debug_assertions), inline(always))]
            |_| self.look_up_all_in(memory, keys, f),
        )
    }

    /// Looks up keys in `memory`, many at a time.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look_up_all_in<'a, B, Q>(
        &'a self,
        memory: &'a [u8],
        mut keys: impl Iterator<Item = (usize, B)>,
        mut f: impl FnMut(usize, Option<(usize, RawEntry<'a>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        B: Borrow<Q>,
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let inner = self.inner();
        let index = inner.index();
        let codec = index.key_codec();
        let mut pending = Vec::with_capacity(keys.size_hint().0.min(AT_ONCE));
        loop {
            for (number, key) in keys.by_ref().take(AT_ONCE) {
                let hash = inner.hash(key.borrow());
                let progress = match index.probe::<Fallback>(hash) {
                    Ok(Probe::Read(extent)) => match extent.bytes_in(memory, 0) {
                        Some(bytes) => {
                            index.prefetch_directory(bytes, &extent);
                            match index.as_pages() {
                                Some(_) => Progress::Located(extent, bytes),
                                // Only a walk over a bucket finds its entries.
                                None => Progress::Bucket(extent),
                            }
                        }
                        None => Progress::Failed,
                    },
                    Ok(Probe::Miss) => Progress::Missing,
                    Err(Fallback) => Progress::Failed,
                };
                pending.push((number, key, progress));
            }
            if pending.is_empty() {
                return Ok(());
            }
            for (_, _, progress) in &mut pending {
                if let Progress::Located(extent, bytes) = *progress {
                    *progress = match index.block::<Fallback>(&extent, bytes) {
                        Ok(block) => match block.candidates(&extent) {
                            Some(candidates) if candidates.is_empty() => Progress::Missing,
                            Some(Range { start, end }) => {
                                if let Some(entry) = block.entry_bytes(start) {
                                    prefetch_entry(entry);
                                }
                                Progress::Narrowed(extent, bytes, start, end)
                            }
                            None => Progress::Failed,
                        },
                        Err(Fallback) => Progress::Failed,
                    };
                }
            }
            for (number, key, progress) in pending.drain(..) {
                let key = key.borrow();
                let found = match progress {
                    Progress::Narrowed(extent, bytes, start, end) => index
                        .block_with_policy::<Fallback>(&extent, bytes, Some(ChecksumPolicy::Never))
                        .and_then(|block| {
                            block.find_among(
                                start..end,
                                #[cfg_attr(not(debug_assertions), inline(always))]
                                |encoded| codec.is_key::<K, Q>(encoded, key).map_err(|_| Fallback),
                            )
                        })
                        .map(|entry| entry.map(|entry| (extent.index(), entry))),
                    Progress::Bucket(extent) => self.find_in_checked(&extent, memory, key),
                    Progress::Missing => Ok(None),
                    // No `Located` is left: all have become another variant.
                    Progress::Located(..) | Progress::Failed => Err(Fallback),
                };
                self.finish_one(memory, number, key, found, &mut f)?;
            }
        }
    }

    /// The index of `extent` and the entry of `key` in it. The extent's checksum has been checked.
    #[inline(never)]
    fn find_in_checked<'a, Q>(
        &'a self,
        extent: &Extent,
        memory: &'a [u8],
        key: &Q,
    ) -> Result<Option<(usize, RawEntry<'a>)>, Fallback>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let index = self.inner().index();
        let codec = index.key_codec();
        let bytes = extent.bytes_in(memory, 0).ok_or(Fallback)?;
        let block = index.block_with_policy::<Fallback>(extent, bytes, Some(ChecksumPolicy::Never))?;
        let entry = block.find(
            extent,
            #[cfg_attr(not(debug_assertions), inline(always))]
            move |encoded| codec.is_key::<K, Q>(encoded, key).map_err(|_| Fallback),
        )?;
        Ok(entry.map(|entry| (extent.index(), entry)))
    }

    /// Calls `f` with the entry found, or repeats a failed lookup to explain its error.
    #[inline(never)]
    fn finish_one<'a, Q>(
        &'a self,
        memory: &'a [u8],
        number: usize,
        key: &Q,
        found: Result<Option<(usize, RawEntry<'a>)>, Fallback>,
        f: &mut impl FnMut(usize, Option<(usize, RawEntry<'a>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        match found {
            Ok(found) => f(number, found),
            Err(Fallback) => {
                let found =
                    self.look_up_explained(memory, key, |_, index, entry| f(number, Some((index, *entry))))?;
                found.map_or_else(|| f(number, None), Ok)
            }
        }
    }
}

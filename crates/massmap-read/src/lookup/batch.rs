//! Lookups of many keys at once.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::hash::Hash;
use std::io;

use massmap_core::{BatchPlan, BatchRead, Coalescing, Probe, ReadError};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::{LendingReader, MassMapReader};
use serde::Deserialize;

use crate::{MassMap, MassMapInner};

/// Number of keys that are taken at a time if extents are read. More keys make longer reads and take more memory.
pub(crate) const KEYS_AT_ONCE: usize = 16 << 10;

/// Adjacent extents are read at once. In bytes.
pub(crate) const COALESCING: Coalescing = Coalescing {
    largest_gap: 0,
    longest_read: 64 << 10,
};

/// A key whose extent has to be read.
struct Pending<B> {
    /// Position of the key among all keys.
    number: usize,
    key: B,
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
{
    /// Returns the value of each of `keys`, in their order; `None` for keys that the map does not have.
    ///
    /// Reads each bucket or page once, in file order, and adjacent ones with one read. One call of
    /// [`MassMapReader::batch_read_at`] asks the reader for thousands of them, which it can read in parallel. In memory, the
    /// lookups of several keys overlap. Looks up keys one by one as long as a key that is not found cannot be reported as
    /// missing.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get). The first error ends the batch, whichever key it belongs to.
    pub fn batch_get<Q>(&self, keys: impl IntoIterator<Item = impl Borrow<Q>>) -> io::Result<Vec<Option<V>>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let keys = keys.into_iter();
        let mut values = Vec::with_capacity(keys.size_hint().0);
        self.batch_look_up(
            keys,
            #[cfg_attr(not(debug_assertions), inline(always))]
            |number, found| {
                let value = match found {
                    Some((index, entry)) => Some(self.inner().decode_value(index, &entry)?),
                    None => None,
                };
                if values.len() == number {
                    // The usual order in memory.
                    values.push(value);
                    return Ok(());
                }
                if values.len() <= number {
                    values.resize_with(number + 1, || None);
                }
                if let Some(place) = values.get_mut(number) {
                    *place = value;
                }
                Ok(())
            },
        )?;
        Ok(values)
    }

    /// Calls `f` with the number of each of `keys`, from 0, and its encoded value; `None` for keys that the map does not have.
    ///
    /// Like [`batch_get`](Self::batch_get), but nothing is collected: at most 16,384 keys are in memory. The calls come roughly
    /// in file order, not in the order of the keys. There is one for each key, and more only if the reader repeats a read.
    ///
    /// ```
    /// # use massmap_read::MassMap;
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", 1u32), ("fig", 2)].iter())?;
    /// # let reader = writer.into_reader();
    /// let map = MassMap::<String, u32, _>::load(reader)?;
    /// let mut bytes = 0;
    /// map.batch_get_with::<str>(["fig", "grape", "apple"], |number, value| {
    ///     assert_eq!(value.is_none(), number == 1);
    ///     bytes += value.map_or(0, <[u8]>::len);
    ///     Ok(())
    /// })?;
    /// assert_eq!(bytes, 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), except for values that cannot be decoded, and those of `f`. The first error ends the batch,
    /// whichever key it belongs to.
    pub fn batch_get_with<Q>(
        &self,
        keys: impl IntoIterator<Item = impl Borrow<Q>>,
        mut f: impl FnMut(usize, Option<&[u8]>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.batch_look_up(
            keys.into_iter(),
            #[cfg_attr(not(debug_assertions), inline(always))]
            |number, found| match found {
                Some((index, entry)) => self
                    .inner()
                    .with_encoded_value(index, &entry, |value| f(number, Some(value)))?,
                None => f(number, None),
            },
        )
    }

    /// Calls `f` with the number of each of `keys`, from 0, and its value, decoded as a `T` that may borrow from the reader, such
    /// as a `&str` or a struct of `&str`s; `None` for keys that the map does not have.
    ///
    /// The batch form of [`get_ref`](Self::get_ref), for readers that lend their bytes: mapped files and memory. Nothing is
    /// copied or collected. There is one call for each key, in no particular order.
    ///
    /// ```
    /// # use massmap_read::MassMap;
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", "red"), ("fig", "blue")].iter())?;
    /// # let reader = writer.into_reader();
    /// let map = MassMap::<String, String, _>::load(reader)?;
    /// let mut colors = [None; 3];
    /// map.batch_get_ref::<str, &str>(["fig", "grape", "apple"], |number, color| {
    ///     colors[number] = color;
    ///     Ok(())
    /// })?;
    /// assert_eq!(colors, [Some("blue"), None, Some("red")]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get_ref`](Self::get_ref) and those of `f`. The first error ends the batch, whichever key it belongs to.
    pub fn batch_get_ref<'a, Q, T>(
        &'a self,
        keys: impl IntoIterator<Item = impl Borrow<Q>>,
        mut f: impl FnMut(usize, Option<T>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        R: LendingReader,
        T: Deserialize<'a>,
    {
        let memory = self.reader().bytes();
        self.batch_look_up_in(
            memory,
            keys.into_iter(),
            #[cfg_attr(not(debug_assertions), inline(always))]
            |number, found| {
                let value = found.map(|(index, entry)| self.inner().borrow_value(index, &entry));
                f(number, value.transpose()?)
            },
        )
    }

    /// Calls `f` with the number of each key and the entry found.
    fn batch_look_up<B, Q>(
        &self,
        keys: impl Iterator<Item = B>,
        mut f: impl FnMut(usize, Option<(usize, RawEntry<'_>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        B: Borrow<Q>,
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some(memory) = self.reader().in_memory() {
            return self.batch_look_up_in(memory, keys, f);
        }
        let mut keys = keys.fuse().enumerate();
        if !self.passes_key_check()? {
            return keys.try_for_each(|(number, key)| {
                let found =
                    self.look_up(key.borrow(), |_, bucket, entry| f(number, Some((bucket, *entry))))?;
                found.map_or_else(|| f(number, None), Ok)
            });
        }
        let at_once = keys.size_hint().0.min(KEYS_AT_ONCE);
        let mut pending = Vec::with_capacity(at_once);
        let mut plan = BatchPlan::new(COALESCING);
        plan.reserve(at_once);
        loop {
            let mut is_end = true;
            for (number, key) in keys.by_ref().take(KEYS_AT_ONCE) {
                is_end = false;
                let hash = self.inner().hash(key.borrow());
                match self.inner().index().probe::<io::Error>(hash)? {
                    Probe::Miss => f(number, None)?,
                    Probe::Read(extent) => {
                        plan.push(u32::try_from(pending.len()).unwrap_or(u32::MAX), extent);
                        pending.push(Pending { number, key });
                    }
                }
            }
            if is_end {
                return Ok(());
            }
            self.read_all(&pending, &mut plan, &mut f)?;
            pending.clear();
            plan.clear();
        }
    }

    /// Looks up the keys of a plan.
    fn read_all<B, Q>(
        &self,
        pending: &[Pending<B>],
        plan: &mut BatchPlan,
        f: &mut impl FnMut(usize, Option<(usize, RawEntry<'_>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        B: Borrow<Q>,
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let inner = self.inner();
        let codec = inner.index().key_codec();
        inner.find_planned(
            plan,
            pending,
            #[cfg_attr(not(debug_assertions), inline(always))]
            move |Pending { key, .. }, index, stored| {
                codec
                    .is_key::<K, Q>(stored, key.borrow())
                    .map_err(|cause| io::Error::from(inner.undecodable_key::<K>(index, cause)))
            },
            |Pending { number, .. }, found| f(*number, found),
        )
    }
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Reads the extents of `plan`, whose slots are those of `pending`, and calls `f` with each of them and what was found. `is_key`
    /// tells whether a stored key, in the bucket or the run of pages with the index given, is the one that is pending.
    pub(crate) fn find_planned<P>(
        &self,
        plan: &mut BatchPlan,
        pending: &[P],
        is_key: impl Fn(&P, usize, &[u8]) -> io::Result<bool>,
        f: impl FnMut(&P, Option<(usize, RawEntry<'_>)>) -> io::Result<()>,
    ) -> io::Result<()> {
        if plan.is_empty() {
            return Ok(());
        }
        plan.sort();
        let plan = &*plan;
        let (index, is_key) = (self.index(), &is_key);
        let f = RefCell::new(f);
        let (mut expected, mut probes) = (0, 0);
        let reads = plan.reads().map(|read| {
            expected += 1;
            probes += read.probe_count();
            let (offset, length) = (read.offset(), read.length());
            (read, offset, length)
        });
        let read = self
            .reader
            .batch_read_at::<BatchRead, _, _>(reads, |read, bytes| {
                for same in plan.extents_of(read) {
                    let extent = same.extent();
                    let block = index.block::<io::Error>(extent, read.part(bytes, extent)?)?;
                    for (slot, extent) in same.probes() {
                        let Some(pending) = pending.get(slot as usize) else {
                            continue;
                        };
                        let entry = block.find(
                            extent,
                            #[cfg_attr(not(debug_assertions), inline(always))]
                            move |stored| is_key(pending, extent.index(), stored),
                        )?;
                        f.borrow_mut()(pending, entry.map(|entry| (extent.index(), entry)))?;
                    }
                }
                Ok(())
            })?;
        // Keys in a range that the reader has left out would seem to be missing.
        match read.len() == expected && probes == plan.len() {
            true => Ok(()),
            false => Err(ReadError::WrongBatch {
                expected: plan.reads().count(),
                found: read.len(),
            }
            .into()),
        }
    }
}

//! Lookups of many keys at once.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::hash::Hash;
use std::io;
use std::ops::Range;

use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::{LendingReader, MassMapReader};
use serde::Deserialize;

use crate::layout::Extent;
use crate::{MassMap, ReadError};

/// How many keys are taken at a time where they are read: more make longer stretches of the file, and take more memory.
const PORTION: usize = 16 << 10;

/// How many bytes that lie side by side are read at once, at most, unless a single extent is longer.
const LONGEST_READ: u64 = 64 << 10;

/// A key on its way.
pub(crate) struct Pending<B> {
    /// Which of the keys it is.
    pub(crate) number: usize,
    pub(crate) key: B,
    pub(crate) hash: u64,
    /// Where it is looked for.
    pub(crate) extent: Extent,
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de> + Clone,
{
    /// Returns the value of each of `keys`, in their order; `None` for keys that the map does not have.
    ///
    /// Reads each bucket or page once, in the order in which they lie in the file, and those that lie side by side at once.
    /// Backends are asked for thousands of them in one call of [`MassMapReader::batch_read_at`], which they can carry out in
    /// parallel. In memory, the lookups of several keys overlap. One by one while it is in doubt whether a key that is not
    /// found is missing.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get); the first one that comes up ends the batch, whichever key it is of.
    pub fn batch_get<Q>(&self, keys: impl IntoIterator<Item = impl Borrow<Q>>) -> io::Result<Vec<Option<V>>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let keys = keys.into_iter();
        let mut values = Vec::with_capacity(keys.size_hint().0);
        self.batch_look_up(keys, |number, found| {
            let value = found
                .map(|(index, entry)| self.inner().origin(index).decode_value(&entry))
                .transpose()?;
            if values.len() <= number {
                values.resize_with(number + 1, || None);
            }
            if let Some(place) = values.get_mut(number) {
                *place = value;
            }
            Ok(())
        })?;
        Ok(values)
    }

    /// Calls `f` with the number of each of `keys`, from 0, and its value, encoded as it is in the file; `None` for keys that
    /// the map does not have.
    ///
    /// Like [`batch_get`](Self::batch_get), but nothing is collected: however many the keys, no more than 16,384 are in
    /// memory. The calls come in the order in which the entries lie in the file, about, not in that of the keys; one for
    /// each key, more only if the reader repeats a read.
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
    /// Those of [`get`](Self::get), but for values that cannot be decoded, and those of `f`; the first one that comes up ends the
    /// batch, whichever key it is of.
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
            #[inline(always)]
            |number, found| f(number, found.map(|(_, entry)| entry.value)),
        )
    }

    /// Calls `f` with the number of each of `keys`, from 0, and its value, decoded as a `T` that may borrow from the reader, such
    /// as a `&str`, or a struct of them; `None` for keys that the map does not have.
    ///
    /// To [`batch_get_with`](Self::batch_get_with) what [`get_ref`](Self::get_ref) is to [`get_with`](Self::get_with): for readers that
    /// lend their bytes, mapped files and memory. Nothing is copied and nothing collected. There is one call for each key, in no
    /// particular order.
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
    /// Those of [`get_ref`](Self::get_ref) and those of `f`; the first one that comes up ends the batch, whichever key it is of.
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
            #[inline(always)]
            |number, found| {
                let value = found.map(|(index, entry)| self.inner().origin(index).decode_value(&entry));
                f(number, value.transpose()?)
            },
        )
    }

    /// Calls `f` with the number of each key and what was found.
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
        if !self.trusts_misses()? {
            return keys.try_for_each(|(number, key)| {
                let found = self.look_up(key.borrow(), |bucket, entry| f(number, Some((bucket, *entry))))?;
                found.map_or_else(|| f(number, None), Ok)
            });
        }
        let mut pending = Vec::new();
        loop {
            for (number, key) in keys.by_ref().take(PORTION) {
                let hash = self.inner().hash(key.borrow());
                let extent = self.inner().places().locate(hash)?;
                pending.push(Pending {
                    number,
                    key,
                    hash,
                    extent,
                });
            }
            if pending.is_empty() {
                return Ok(());
            }
            self.read_all(&mut pending, &mut f)?;
            pending.clear();
        }
    }

    /// Looks up keys where their extents have to be read.
    fn read_all<B, Q>(
        &self,
        pending: &mut [Pending<B>],
        f: &mut impl FnMut(usize, Option<(usize, RawEntry<'_>)>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        B: Borrow<Q>,
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        // What needs no read comes first.
        pending.sort_unstable_by_key(|pending| (pending.extent.length > 0, pending.extent.offset));
        let unread = pending.partition_point(|pending| pending.extent.length == 0);
        let (unread, pending) = pending.split_at_checked(unread).unwrap_or_default();
        unread.iter().try_for_each(|pending| f(pending.number, None))?;
        if pending.is_empty() {
            return Ok(());
        }

        let f = RefCell::new(f);
        let reads = Reads { pending, next: 0 };
        let read = self.reader().batch_read_at::<Read, _, _>(reads, |read, bytes| {
            let of_read = pending.get(read.pending.clone()).unwrap_or_default();
            // The index of a crafted file may make extents of different lengths begin at the same place.
            let is_same =
                |one: &Extent, other: &Extent| (one.offset, one.length) == (other.offset, other.length);
            for same in of_read.chunk_by(|one, other| is_same(&one.extent, &other.extent)) {
                let Some(Pending { extent, .. }) = same.first() else {
                    continue;
                };
                let block = self.inner().block(extent, read.part(bytes, extent)?, None)?;
                for Pending {
                    number,
                    key,
                    hash,
                    extent,
                } in same
                {
                    let entry = block.find::<K, Q>(key.borrow(), *hash, extent)?;
                    f.borrow_mut()(*number, entry.map(|entry| (extent.index, entry)))?;
                }
            }
            Ok(())
        })?;
        // Keys of a range that the reader has left out would seem to be missing.
        let asked = Reads { pending, next: 0 }.count();
        if read.len() == asked {
            Ok(())
        } else {
            Err(ReadError::WrongBatch {
                expected: asked,
                found: read.len(),
            }
            .into())
        }
    }
}

/// A part of the file that is read at once.
struct Read {
    offset: u64,
    length: u64,
    /// The keys that are looked for there.
    pending: Range<usize>,
}

impl Read {
    /// The part of `bytes`, those that were read, that is `extent`.
    fn part<'a>(&self, bytes: &'a [u8], extent: &Extent) -> Result<&'a [u8], ReadError> {
        let part = || {
            let start = usize::try_from(extent.offset.checked_sub(self.offset)?).ok()?;
            bytes.get(start..start.checked_add(usize::try_from(extent.length).ok()?)?)
        };
        part().ok_or(ReadError::WrongLength {
            expected: self.length,
            found: bytes.len(),
        })
    }
}

/// The reads that it takes to look up keys, which are sorted by where they are looked for.
struct Reads<'a, B> {
    pending: &'a [Pending<B>],
    next: usize,
}

impl<B> Iterator for Reads<'_, B> {
    type Item = (Read, u64, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let ahead = self.pending.get(self.next..)?;
        let first = ahead.first()?.extent;
        let mut length = first.length;
        let count = ahead
            .iter()
            .take_while(|Pending { extent, .. }| {
                let place = extent.offset - first.offset;
                let end = place + extent.length;
                if end > length && place <= length && end <= LONGEST_READ {
                    length = end;
                }
                end <= length
            })
            .count();
        let pending = self.next..self.next + count;
        self.next = pending.end;
        let read = Read {
            offset: first.offset,
            length,
            pending,
        };
        Some((read, first.offset, length))
    }
}

//! Lookups of many keys at once.

use std::io;

use massmap_core::dynamic::{EncodedKey, Key, Value};
use massmap_core::{BatchPlan, Fallback, Probe};
use massmap_format::RawEntry;
use massmap_io::MassMapReader;

use super::found::FoundValue;
use super::{BatchKey, UntypedMap};
use crate::lookup::batch::{COALESCING, KEYS_AT_ONCE};
use crate::lookup::fast_batch::look_up_all_fast;

impl<R: MassMapReader> UntypedMap<R> {
    /// Returns the value of each of `keys`, in their order; `None` for keys that the map does not have.
    ///
    /// Reads each bucket or page once, in the order in which they lie in the file, and those that lie side by side at once. In memory,
    /// the lookups of several keys overlap.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get); the first one that comes up ends the batch, whichever key it is of.
    pub fn batch_get<'k>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
    ) -> io::Result<Vec<Option<Value>>> {
        let keys = keys.into_iter();
        let mut values = Vec::with_capacity(keys.size_hint().0);
        self.batch_get_with(keys, |number, value| {
            let decode = |value| self.value_type.decode(value, self.value_limit);
            let value = value.map(decode).transpose()?;
            if values.len() <= number {
                values.resize_with(number + 1, || None);
            }
            if let Some(slot) = values.get_mut(number) {
                *slot = value;
            }
            Ok(())
        })?;
        Ok(values)
    }

    /// Calls `f` with the number of each of `keys`, from 0, and its encoded value; `None` for keys that the map does not have.
    ///
    /// Like [`batch_get`](Self::batch_get), but nothing is collected: however many the keys, no more than 16,384 are in memory.
    /// The calls come in about the order in which the entries lie in the file, not in that of the keys.
    ///
    /// # Errors
    ///
    /// Those of [`get_with`](Self::get_with) and those of `f`; the first one that comes up ends the batch.
    pub fn batch_get_with<'k>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
        mut f: impl FnMut(usize, Option<&[u8]>) -> io::Result<()>,
    ) -> io::Result<()> {
        let keys = keys.into_iter().map(Into::into).enumerate();
        self.batch_find(keys, |number, found| match found {
            Some(found) => found.with_messagepack(|value| f(number, Some(value)))?,
            None => f(number, None),
        })
    }

    /// Calls `f` with the number that is given with each of `keys`, and its value as it is stored; `None` for keys that the map does
    /// not have.
    ///
    /// Like [`batch_get_with`](Self::batch_get_with), for keys of one type, and for values that are wanted in any encoding. Each key has
    /// a number of the caller's choice.
    ///
    /// ```
    /// use massmap_core::codec::RecordCodec;
    /// use massmap_read::UntypedMap;
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().with_format(massmap_format::FormatVersion::V2)
    /// #     .build(&writer, [(7u64, 700u32), (8, 800)].iter())?;
    /// # let reader = writer.into_reader();
    ///
    /// let map = UntypedMap::load(reader)?;
    /// let schema = &map.inner().entry_types().expect("files of format 2 tell").value;
    /// let codec = RecordCodec::new(schema).expect("numbers have one width");
    /// let mut column = [0; 3 * 4];
    /// map.batch_find([(0, 8u64), (1, 9), (2, 7)], |number, found| match found {
    ///     Some(value) => value.write_record(&codec, &mut column[number * 4..][..4]),
    ///     None => Ok(()),
    /// })?;
    /// assert_eq!(column, [32, 3, 0, 0, 0, 0, 0, 0, 188, 2, 0, 0]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get_with`](Self::get_with) and those of `f`; the first one that comes up ends the batch.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn batch_find<'k, K: BatchKey<'k>>(
        &self,
        keys: impl IntoIterator<Item = (usize, K)>,
        mut f: impl FnMut(usize, Option<FoundValue<'_, R>>) -> io::Result<()>,
    ) -> io::Result<()> {
        let has_passed = self.check_keys()?;
        let inner = &self.inner;
        let mut keys = keys.into_iter().fuse();
        if self.has_no_keys() {
            return keys.try_for_each(|(number, _)| f(number, None));
        }
        let mut f = |number: usize, found: Option<(usize, RawEntry<'_>)>| {
            f(
                number,
                found.map(|(index, entry)| FoundValue { inner, index, entry }),
            )
        };
        let search = match inner.reader.in_memory() {
            Some(memory) if has_passed => inner.index().fast_search(memory),
            _ => None,
        };
        if let Some(search) = search
            && K::is_of(&self.key_type)
        {
            look_up_all_fast(
                inner,
                search,
                &mut keys,
                #[cfg_attr(not(debug_assertions), inline(always))]
                |key| key.hash(inner),
                #[cfg_attr(not(debug_assertions), inline(always))]
                |candidates, key| key.find(&search, candidates),
                #[cfg_attr(not(debug_assertions), inline(always))]
                |number, key, found| match found {
                    Ok(found) => f(number, found),
                    Err(Fallback) => {
                        let key: Key<'k> = key.into();
                        self.find_one(number, &self.key_type.key(key)?, &mut f)
                    }
                },
            )?;
        }
        self.find_encoded(has_passed, keys.map(|(number, key)| (number, key.into())), f)
    }

    /// Looks up keys that have to be encoded.
    #[inline(never)]
    fn find_encoded<'k>(
        &self,
        has_passed: bool,
        mut keys: impl Iterator<Item = (usize, Key<'k>)>,
        mut f: impl FnMut(usize, Option<(usize, RawEntry<'_>)>) -> io::Result<()>,
    ) -> io::Result<()> {
        let inner = &self.inner;
        let memory = inner.reader.in_memory();
        if memory.is_none() && has_passed {
            return self.read_all(keys, f);
        }
        if let Some(memory) = memory.filter(|_| has_passed)
            && let Some(search) = inner.index().fast_search(memory)
        {
            // The first key that is none ends the batch.
            let mut refused = None;
            let encoded = keys
                .by_ref()
                .map_while(|(number, key)| match self.key_type.key(key) {
                    Ok(key) => Some((number, key)),
                    Err(error) => {
                        refused = Some(error);
                        None
                    }
                });
            look_up_all_fast(
                inner,
                search,
                &mut encoded.fuse(),
                |key| inner.hash(key),
                |candidates, key| {
                    // The general path explains errors, with the page they are in.
                    search.find_by(candidates, |stored| {
                        self.is_same(key, 0, stored).map_err(|_| Fallback)
                    })
                },
                |number, key, found| match found {
                    Ok(found) => f(number, found),
                    Err(Fallback) => self.find_one(number, &key, &mut f),
                },
            )?;
            if let Some(error) = refused {
                return Err(error.into());
            }
        }
        keys.try_for_each(|(number, key)| self.find_one(number, &self.key_type.key(key)?, &mut f))
    }

    /// Looks up one key, as single lookups do.
    #[inline(never)]
    fn find_one(
        &self,
        number: usize,
        key: &EncodedKey<'_>,
        f: &mut impl FnMut(usize, Option<(usize, RawEntry<'_>)>) -> io::Result<()>,
    ) -> io::Result<()> {
        let found = self.find(key, |index, entry| f(number, Some((index, *entry))))?;
        found.map_or_else(|| f(number, None), Ok)
    }

    /// Looks up keys in a file that has to be read.
    fn read_all<'k>(
        &self,
        mut keys: impl Iterator<Item = (usize, Key<'k>)>,
        mut f: impl FnMut(usize, Option<(usize, RawEntry<'_>)>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut pending: Vec<(usize, EncodedKey<'_>)> = Vec::new();
        let mut plan = BatchPlan::new(COALESCING);
        loop {
            let mut is_end = true;
            for (number, key) in keys.by_ref().take(KEYS_AT_ONCE) {
                is_end = false;
                let key = self.key_type.key(key)?;
                match self.inner.index().probe::<io::Error>(self.inner.hash(&key))? {
                    Probe::Miss => f(number, None)?,
                    Probe::Read(extent) => {
                        plan.push(u32::try_from(pending.len()).unwrap_or(u32::MAX), extent);
                        // What was given goes before the batch ends.
                        pending.push((number, key.into_owned()));
                    }
                }
            }
            if is_end {
                return Ok(());
            }
            self.inner.find_planned(
                &mut plan,
                &pending,
                |(_, key), index, stored| self.is_same(key, index, stored),
                |(number, _), found| f(*number, found),
            )?;
            pending.clear();
            plan.clear();
        }
    }
}

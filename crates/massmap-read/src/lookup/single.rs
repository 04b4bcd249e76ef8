//! Lookups of single keys.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::hash::Hash;
use std::io;

use massmap_core::{BitInstructions, Fallback, Probe};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::{LendingReader, MassMapReader};
use serde::Deserialize;

use super::failure::Failure;
use crate::map::stored_keys::KeysOf;
use crate::{MassMap, MassMapInner};

/// How a fast lookup ended. Unlike a result with an option, it fits in two registers if the value fits in one.
enum Outcome<T, F> {
    Missing,
    Found(T),
    /// Only the general path can tell, which needs this, or there was an error, which it meets again.
    Unknown(F),
}

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
{
    /// Returns the value of `k`, or `None` if the map does not have that key.
    ///
    /// Costs one read of one bucket, or none if the bucket is empty. Decodes the bucket's keys up to the matching one, and one
    /// value.
    ///
    /// # Errors
    ///
    /// Any error of the reader; [`InvalidData`](io::ErrorKind::InvalidData) with a [`ReadError`](crate::ReadError) if the bucket is
    /// damaged, one of its keys or the value cannot be decoded, or the file turns out to have another key type or hash
    /// function.
    pub fn get<Q>(&self, k: &Q) -> io::Result<Option<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.look_up(
            k,
            #[cfg_attr(not(debug_assertions), inline(always))]
            |inner, index, entry| inner.decode_value(index, entry),
        )
    }

    /// Calls `f` with the encoded value of `k` and returns its result; `None` if the map does not have that key.
    ///
    /// Only the keys that are compared are decoded. The value is MessagePack, for any MessagePack decoder, whatever the layout of
    /// the file: nothing is copied, unless values are stored as [records of one length](massmap_core::codec::RecordCodec). `f` is
    /// called once, or more often if the reader repeats a read.
    ///
    /// ```
    /// # use massmap_read::MassMap;
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", 1u32)].iter())?;
    /// # let reader = writer.into_reader();
    /// let map = MassMap::<String, u32, _>::load(reader)?;
    /// let mut encoded = Vec::new();
    /// let length = map.get_with("apple", |value| {
    ///     encoded.extend_from_slice(value);
    ///     value.len()
    /// })?;
    /// assert_eq!((length, &encoded[..]), (Some(1), &b"\x01"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), except for values that cannot be decoded.
    pub fn get_with<Q, T>(&self, k: &Q, mut f: impl FnMut(&[u8]) -> T) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.look_up(
            k,
            #[cfg_attr(not(debug_assertions), inline(always))]
            |inner, index, entry| inner.with_encoded_value(index, entry, &mut f),
        )
    }

    /// Whether the map has the key `k`. Like [`get`](Self::get) without decoding the value.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    pub fn contains_key<Q>(&self, k: &Q) -> io::Result<bool>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        Ok(self.look_up(k, |_, _, _| Ok(()))?.is_some())
    }

    /// Returns the value of `k`, decoded as a `T` that may borrow from the reader, such as a `&str` or a struct of `&str`s;
    /// `None` if the map does not have that key.
    ///
    /// For readers that lend their bytes: mapped files and memory. Nothing is copied or allocated, unless `T` does so.
    ///
    /// ```
    /// # use massmap_read::MassMap;
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", "red")].iter())?;
    /// # let reader = writer.into_reader();
    /// let map = MassMap::<String, String, _>::load(reader)?;
    /// let color: Option<&str> = map.get_ref("apple")?;
    /// assert_eq!(color, Some("red"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get). A `&[u8]` can be borrowed from a value serialized as bytes, but not from one serialized as a
    /// sequence, such as a `Vec<u8>`.
    ///
    /// Nothing can be borrowed from a file with compressed values: a `T` that borrows nothing is decoded, and one that does is an
    /// error. [`get_with`](Self::get_with) lends the encoded value without an allocation.
    pub fn get_ref<'a, Q, T>(&'a self, k: &Q) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        R: LendingReader,
        T: Deserialize<'a>,
    {
        self.look_up_in(
            k,
            #[cfg_attr(not(debug_assertions), inline(always))]
            |map| Some(map.reader().bytes()),
            #[cfg_attr(not(debug_assertions), inline(always))]
            |inner, index, entry| inner.borrow_value(index, entry),
        )
    }

    /// Index of the bucket that holds `k` if the map has it. 0 in a map without pages, or if the page index is damaged there.
    pub fn bucket_index<Q>(&self, k: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let inner = self.inner();
        inner.index().index_of_hash(inner.hash(k)).unwrap_or(0)
    }

    /// Finds the entry of `key` and calls `f` with the map, the index of its bucket or page, and the entry. Calls `f` more than
    /// once only if the reader repeats a read, or if `f` fails.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn look_up<Q, T>(
        &self,
        key: &Q,
        f: impl FnMut(&MassMapInner<R, H>, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if self.reader().in_memory().is_some() {
            return self.look_up_in(
                key,
                #[cfg_attr(not(debug_assertions), inline(always))]
                |map| map.reader().in_memory(),
                f,
            );
        }
        self.look_up_reading(key, f)
    }

    /// Like [`look_up`](Self::look_up), with a read. A function of its own, so that lookups in memory get by with a small stack frame.
    #[inline(never)]
    fn look_up_reading<Q, T>(
        &self,
        key: &Q,
        f: impl FnMut(&MassMapInner<R, H>, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        // First, since with another hash function or key type the read would be in vain.
        self.passes_key_check()?;
        let inner = self.inner();
        let hash = inner.hash(key);
        let Probe::Read(extent) = inner.index().probe::<io::Error>(hash)? else {
            return self.confirm(None, hash);
        };
        let codec = inner.index().key_codec();
        let f = RefCell::new(f);
        let found = inner.read(&extent, |block| {
            let entry = block.find(
                &extent,
                #[cfg_attr(not(debug_assertions), inline(always))]
                move |encoded| {
                    codec
                        .is_key::<K, Q>(encoded, key)
                        .map_err(|cause| io::Error::from(inner.undecodable_key::<K>(extent.index(), cause)))
                },
            )?;
            entry
                .map(|entry| f.borrow_mut()(inner, extent.index(), &entry))
                .transpose()
        })?;
        self.confirm(found, hash)
    }

    /// Like [`look_up`](Self::look_up), in what `memory` gives, the bytes of the file.
    ///
    /// What the function with [bit instructions](massmap_core::BitInstructions) gets fits in registers, since `memory` is called in
    /// it, and closures without captured variables take no space.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn look_up_in<'a, Q, T>(
        &'a self,
        key: &Q,
        memory: impl Fn(&'a Self) -> Option<&'a [u8]> + Copy,
        f: impl FnMut(&'a MassMapInner<R, H>, usize, &RawEntry<'a>) -> io::Result<T>,
    ) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let outcome = self.inner().bit_instructions().run(
            #[cfg_attr(not(debug_assertions), inline(always))]
            move |instructions| self.look_up_fast(instructions, memory(self), key, f),
        );
        match outcome {
            Outcome::Found(value) => Ok(Some(value)),
            Outcome::Missing => Ok(None),
            Outcome::Unknown(f) => self.look_up_generally(memory(self).unwrap_or_default(), key, f),
        }
    }

    /// Finds the entry of `key` in `memory`, and calls `f` with the map, the number of its page, and the entry. Once the key check has
    /// passed, most lookups in undamaged files of format 2 end here.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look_up_fast<'a, Q, T, F>(
        &'a self,
        instructions: BitInstructions,
        memory: Option<&'a [u8]>,
        key: &Q,
        mut f: F,
    ) -> Outcome<T, F>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        F: FnMut(&'a MassMapInner<R, H>, usize, &RawEntry<'a>) -> io::Result<T>,
    {
        let inner = self.inner();
        let search = match memory.and_then(|memory| inner.index().fast_search(memory)) {
            Some(search) if self.key_check.has_passed() => search,
            _ => return Outcome::Unknown(f),
        };
        let found = search.look_up::<K, Q, _>(
            instructions,
            inner.hash(key),
            key,
            #[cfg_attr(not(debug_assertions), inline(always))]
            |page, entry| f(inner, page, entry),
        );
        match found {
            Ok(Some(Ok(value))) => Outcome::Found(value),
            Ok(None) => Outcome::Missing,
            Ok(Some(Err(_))) | Err(Fallback) => Outcome::Unknown(f),
        }
    }

    /// Like [`look_up_in`](Self::look_up_in), for any file. Once the key check has passed, all lookups in undamaged files end here if
    /// not before.
    #[inline(never)]
    pub(super) fn look_up_generally<'a, Q, T>(
        &'a self,
        memory: &'a [u8],
        key: &Q,
        mut f: impl FnMut(&'a MassMapInner<R, H>, usize, &RawEntry<'a>) -> io::Result<T>,
    ) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let found = self.inner().bit_instructions().run(
            #[cfg_attr(not(debug_assertions), inline(always))]
            |_| match self.key_check.has_passed() {
                true => self.find_in::<Q, Fallback>(memory, key, self.inner().hash(key)),
                false => Err(Fallback),
            },
        );
        match found {
            Ok(Some((index, entry))) => f(self.inner(), index, &entry).map(Some),
            Ok(None) => Ok(None),
            Err(Fallback) => self.look_up_explained(memory, key, f),
        }
    }

    /// Repeats a lookup in memory that has failed without an explanation.
    #[inline(never)]
    pub(super) fn look_up_explained<'a, Q, T>(
        &'a self,
        memory: &'a [u8],
        key: &Q,
        mut f: impl FnMut(&'a MassMapInner<R, H>, usize, &RawEntry<'a>) -> io::Result<T>,
    ) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        #[cfg(test)]
        tests::count_explained();
        self.passes_key_check()?;
        let hash = self.inner().hash(key);
        let found = self.find_in::<Q, io::Error>(memory, key, hash)?;
        let found = found
            .map(|(index, entry)| f(self.inner(), index, &entry))
            .transpose()?;
        self.confirm(found, hash)
    }

    /// Finds the entry of `key`, whose hash is `hash`, in `memory`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn find_in<'a, Q, E: Failure>(
        &'a self,
        memory: &'a [u8],
        key: &Q,
        hash: u64,
    ) -> Result<Option<(usize, RawEntry<'a>)>, E>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let inner = self.inner();
        let codec = inner.index().key_codec();
        inner.index().find_in_memory(
            hash,
            #[cfg_attr(not(debug_assertions), inline(always))]
            |extent| match extent.bytes_in(memory, 0) {
                Some(bytes) => Ok(bytes),
                None => Err(E::beyond_end(*extent, memory.len())),
            },
            #[cfg_attr(not(debug_assertions), inline(always))]
            move |index, encoded| {
                codec
                    .is_key::<K, Q>(encoded, key)
                    .map_err(|cause| E::explain(|| inner.undecodable_key::<K>(index, cause).into()))
            },
        )
    }

    /// Makes sure that the key with this hash is missing if it was not found.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn confirm<T>(&self, found: Option<T>, hash: u64) -> io::Result<Option<T>> {
        if found.is_none() && !self.key_check.has_passed() {
            self.key_check
                .confirm_miss(self.inner(), &KeysOf::<K>::NEW, hash)?;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;

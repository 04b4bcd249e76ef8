//! Lookups of single keys.

use std::cell::RefCell;
use std::io;

use massmap_core::dynamic::{EncodedKey, Key, Value};
use massmap_core::{Probe, TypeNames};
use massmap_format::RawEntry;
use massmap_io::{IoError, MassMapReader};
use serde::de::DeserializeOwned;

use super::UntypedMap;
use super::named_keys::undecodable;

impl<R: MassMapReader> UntypedMap<R> {
    /// Returns the value of `key`, or `None` if the map does not have that key.
    ///
    /// # Errors
    ///
    /// Those of [`check_lookups`](Self::check_lookups); [`InvalidInput`](io::ErrorKind::InvalidInput) with a
    /// [`KeyError`](massmap_core::dynamic::KeyError) if `key` is of another type than the keys of the map; those of
    /// [`MassMap::get`](crate::MassMap::get); [`InvalidData`](io::ErrorKind::InvalidData) with a
    /// [`ValueError`](massmap_core::dynamic::ValueError) if the value cannot be decoded, or takes
    /// [too much memory](Self::with_value_limit).
    pub fn get<'k>(&self, key: impl Into<Key<'k>>) -> io::Result<Option<Value>> {
        self.look_up(key, |index, entry| self.decode_value(index, entry))
    }

    /// Returns the value of `key`, decoded as a `T`; `None` if the map does not have that key.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for [`ValueError`](massmap_core::dynamic::ValueError).
    pub fn get_as<'k, T: DeserializeOwned>(&self, key: impl Into<Key<'k>>) -> io::Result<Option<T>> {
        self.look_up(key, |index, entry| self.inner.decode_value(index, entry))
    }

    /// Calls `f` with the encoded value of `key` and returns what `f` returns; `None` if the map does not have that key.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for values.
    pub fn get_with<'k, T>(
        &self,
        key: impl Into<Key<'k>>,
        mut f: impl FnMut(&[u8]) -> T,
    ) -> io::Result<Option<T>> {
        self.look_up(key, |index, entry| {
            self.inner.with_encoded_value(index, entry, &mut f)
        })
    }

    /// Whether the map has `key`.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for values.
    pub fn contains_key<'k>(&self, key: impl Into<Key<'k>>) -> io::Result<bool> {
        Ok(self.look_up(key, |_, _| Ok(()))?.is_some())
    }

    /// Finds the entry of `key` and calls `f` with the bucket or page that it is in, and the entry; more than once only if the
    /// reader repeats a read.
    fn look_up<'k, T>(
        &self,
        key: impl Into<Key<'k>>,
        f: impl FnMut(usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        self.check_keys()?;
        if self.has_no_keys() {
            return Ok(None);
        }
        let key = key.into();
        self.find(&self.key_type.key(key)?, f)
    }

    /// Finds the entry of `key`, once lookups have been checked.
    pub(super) fn find<T>(
        &self,
        key: &EncodedKey<'_>,
        mut f: impl FnMut(usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let (inner, index) = (&self.inner, self.inner.index());
        let hash = inner.hash(key);
        if let Some(memory) = inner.reader.in_memory() {
            let found = index.find_in_memory::<io::Error>(
                hash,
                |extent| {
                    let missing = || IoError::UnexpectedEnd {
                        offset: extent.offset(),
                        length: extent.length(),
                        available: (memory.len() as u64).saturating_sub(extent.offset()),
                    };
                    Ok(extent.bytes_in(memory, 0).ok_or_else(missing)?)
                },
                |index, stored| self.is_same(key, index, stored),
            )?;
            let found = found.map(|(index, entry)| f(index, &entry)).transpose()?;
            return self.confirm(found, hash);
        }
        let Probe::Read(extent) = index.probe::<io::Error>(hash)? else {
            return self.confirm(None, hash);
        };
        let f = RefCell::new(f);
        let found = inner.read(&extent, |block| {
            let entry =
                block.find::<io::Error>(&extent, |stored| self.is_same(key, extent.index(), stored))?;
            entry
                .map(|entry| f.borrow_mut()(extent.index(), &entry))
                .transpose()
        })?;
        self.confirm(found, hash)
    }
}

impl<R> UntypedMap<R> {
    /// Whether `stored`, a key in the bucket or the run of pages with this index, is `key`.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::Key`](crate::ReadError::Key) if `stored` cannot be decoded.
    pub fn is_same(&self, key: &EncodedKey<'_>, index: usize, stored: &[u8]) -> io::Result<bool> {
        let mut buffer = Vec::new();
        let codec = self.inner.index().key_codec();
        let same = match codec.to_messagepack(stored, &mut buffer) {
            Ok(stored) => key.is_same(stored).map_err(undecodable),
            Err(error) => Err(error.into()),
        };
        same.map_err(|cause| {
            let place = self.inner.index().place(index);
            let names = self.inner.names();
            names.undecodable_key(place, TypeNames::OF_FILE, cause).into()
        })
    }
}

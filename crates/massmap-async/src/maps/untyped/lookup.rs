//! Lookups of keys, one by one and many at once.

use std::io;

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt, iter};
use massmap_core::dynamic::{EncodedKey, Key, Value};
use massmap_format::RawEntry;
use massmap_io::AnyReader;
use massmap_read::UntypedMap;
use serde::de::DeserializeOwned;

use super::{AsyncUntypedMap, Source, remote};
use crate::reader::AsyncReader;
use crate::remote::Shared;
use crate::remote::batch::{KeyFunctions, in_order};
use crate::remote::value::value_of;

impl<R: AsyncReader> AsyncUntypedMap<R> {
    /// Returns the value of `key`, or `None` if the map does not have that key. Costs one request, or none.
    ///
    /// # Errors
    ///
    /// Those of [`UntypedMap::get`], and any error of the reader.
    pub async fn get<'k>(&self, key: impl Into<Key<'k>>) -> io::Result<Option<Value>> {
        match &self.source {
            Source::Memory { map, .. } => map.get(key),
            Source::Remote { map, .. } => {
                self.find(key, |_, index, entry| map.decode_value(index, entry))
                    .await
            }
        }
    }

    /// Returns the value of `key`, decoded as a `T`; `None` if the map does not have that key.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for [`ValueError`](massmap_core::dynamic::ValueError).
    pub async fn get_as<'k, T: DeserializeOwned>(&self, key: impl Into<Key<'k>>) -> io::Result<Option<T>> {
        match &self.source {
            Source::Memory { map, .. } => map.get_as(key),
            Source::Remote { map, .. } => {
                self.find(key, |_, index, entry| map.inner().decode_value(index, entry))
                    .await
            }
        }
    }

    /// Returns the encoded value of `key`, which is MessagePack, as [`AsyncMassMap::get_bytes`](crate::AsyncMassMap::get_bytes) does.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for values.
    pub async fn get_bytes<'k>(&self, key: impl Into<Key<'k>>) -> io::Result<Option<Bytes>> {
        match &self.source {
            Source::Memory { map, .. } => map.get_with(key, Bytes::copy_from_slice),
            Source::Remote { map, .. } => {
                self.find(key, |bytes, index, entry| {
                    value_of(map.inner(), bytes, index, entry)
                })
                .await
            }
        }
    }

    /// Whether the map has `key`.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), but for values.
    pub async fn contains_key<'k>(&self, key: impl Into<Key<'k>>) -> io::Result<bool> {
        match &self.source {
            Source::Memory { map, .. } => map.contains_key(key),
            Source::Remote { .. } => Ok(self.find(key, |_, _, _| Ok(())).await?.is_some()),
        }
    }

    /// Returns the value of each of `keys`, in their order; `None` for keys that the map does not have. Reads as
    /// [`AsyncMassMap::batch_get`](crate::AsyncMassMap::batch_get) does.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get); the first one ends the batch, whichever key it is of.
    // The keys are encoded before the future is made: one that held an iterator such as `keys.iter().map(Key::from)` could not be moved
    // between threads, as far as the compiler can tell.
    pub fn batch_get<'k>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
    ) -> impl Future<Output = io::Result<Vec<Option<Value>>>> {
        let map = match &self.source {
            Source::Memory { map, .. } => Ok(map.batch_get(keys)),
            Source::Remote { map, shared } => Err((map, shared, encode_all(map, keys))),
        };
        async move {
            let (map, shared, keys) = match map {
                Ok(values) => return values,
                Err(remote) => remote,
            };
            let count = keys.len();
            in_order(values_of(map, shared, keys.into_iter()), count).await
        }
    }

    /// Returns the encoded value of each of `keys`, which is MessagePack, in their order, as [`batch_get`](Self::batch_get) does.
    ///
    /// # Errors
    ///
    /// Those of [`get_bytes`](Self::get_bytes); the first one ends the batch, whichever key it is of.
    pub fn batch_get_bytes<'k>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
    ) -> impl Future<Output = io::Result<Vec<Option<Bytes>>>> {
        let map = match &self.source {
            Source::Memory { map, .. } => Ok(copies_of(map, keys)),
            Source::Remote { map, shared } => Err((map, shared, encode_all(map, keys))),
        };
        async move {
            let (map, shared, keys) = match map {
                Ok(values) => return values,
                Err(remote) => remote,
            };
            let count = keys.len();
            let take = |bytes: &Bytes, index: usize, entry: &RawEntry<'_>| {
                value_of(map.inner(), bytes, index, entry)
            };
            in_order(found(map, shared, keys.into_iter(), take), count).await
        }
    }

    /// Looks up `keys` and gives the number of each, from 0, with its value, as soon as it has come, as
    /// [`AsyncMassMap::get_many_stream`](crate::AsyncMassMap::get_many_stream) does.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    pub fn get_many_stream<'k>(
        &self,
        keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
    ) -> impl Stream<Item = io::Result<(usize, Option<Value>)>> {
        let keys = keys.into_iter();
        match &self.source {
            Source::Memory { map, .. } => {
                let mut has_failed = false;
                let results = keys.enumerate().map_while(move |(number, key)| {
                    (!has_failed).then(|| {
                        let value = map.get(key);
                        has_failed = value.is_err();
                        Ok((number, value?))
                    })
                });
                iter(results).left_stream()
            }
            Source::Remote { map, shared } => {
                let keys = keys.map(move |key| encode(map, key.into()));
                values_of(map, shared, keys).right_stream()
            }
        }
    }

    /// Finds the entry of `key` with a request, and gives what `take` makes of the page's bytes, its number and the entry.
    async fn find<'k, T>(
        &self,
        key: impl Into<Key<'k>>,
        take: impl FnOnce(&Bytes, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let Source::Remote { map, shared } = &self.source else {
            return Ok(None);
        };
        let Some(key) = encode(map, key.into())? else {
            return Ok(None);
        };
        remote(map, shared)
            .find(
                map.inner().hash(&key),
                |index, stored| map.is_same(&key, index, stored),
                take,
            )
            .await
    }
}

/// The encoded form of `key`; `None` if the map has no keys, and says nothing of them.
fn encode<'a, R>(map: &'a UntypedMap<R>, key: Key<'_>) -> io::Result<Option<EncodedKey<'a>>> {
    map.check_lookups()?;
    if map.has_no_keys() {
        return Ok(None);
    }
    Ok(Some(map.key_type().owned_key(key)?))
}

/// The encoded form of each of `keys`.
fn encode_all<'a, 'k, R>(
    map: &'a UntypedMap<R>,
    keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
) -> Vec<io::Result<Option<EncodedKey<'a>>>> {
    keys.into_iter().map(|key| encode(map, key.into())).collect()
}

/// The encoded values of a map in memory.
fn copies_of<'k>(
    map: &UntypedMap<AnyReader>,
    keys: impl IntoIterator<Item = impl Into<Key<'k>>>,
) -> io::Result<Vec<Option<Bytes>>> {
    let keys: Vec<Key<'k>> = keys.into_iter().map(Into::into).collect();
    let mut values = vec![None; keys.len()];
    map.batch_get_with(keys, |number, value| {
        if let (Some(slot), Some(value)) = (values.get_mut(number), value) {
            *slot = Some(Bytes::copy_from_slice(value));
        }
        Ok(())
    })?;
    Ok(values)
}

/// Looks up encoded keys through the reader; those that are `None` are missing.
fn values_of<'a, R: AsyncReader>(
    map: &'a UntypedMap<R>,
    shared: &'a Shared,
    keys: impl Iterator<Item = io::Result<Option<EncodedKey<'a>>>>,
) -> impl Stream<Item = io::Result<(usize, Option<Value>)>> {
    let take = |_: &Bytes, index: usize, entry: &RawEntry<'_>| map.decode_value(index, entry);
    found(map, shared, keys, take)
}

/// Looks up encoded keys, and gives what `take` makes of the bytes of a read, the index of the bucket or run, and the entry.
fn found<'a, R: AsyncReader, T>(
    map: &'a UntypedMap<R>,
    shared: &'a Shared,
    keys: impl Iterator<Item = io::Result<Option<EncodedKey<'a>>>>,
    take: impl Fn(&Bytes, usize, &RawEntry<'_>) -> io::Result<T> + Copy,
) -> impl Stream<Item = io::Result<(usize, Option<T>)>> {
    let functions = KeyFunctions {
        hash: |key: &Option<EncodedKey<'_>>| key.as_ref().map_or(0, |key| map.inner().hash(key)),
        is_key: |key: &Option<EncodedKey<'_>>, index: usize, stored: &[u8]| match key {
            Some(key) => map.is_same(key, index, stored),
            None => Ok(false),
        },
        take,
    };
    remote(map, shared).find_many(keys, functions)
}

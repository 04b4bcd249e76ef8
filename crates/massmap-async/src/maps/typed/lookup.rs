//! Lookups of keys, one by one and many at once.

use std::borrow::Borrow;
use std::hash::Hash;
use std::io;

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt, iter};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_read::MassMapInner;
use serde::Deserialize;

use super::{AsyncMassMap, Source};
use crate::reader::AsyncReader;
use crate::remote::batch::{KeyFunctions, in_order};
use crate::remote::value::value_of;

impl<K, V, R, H> AsyncMassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
    R: AsyncReader,
    H: MassMapHashLoader,
{
    /// Returns the value of `k`, or `None` if the map does not have that key.
    ///
    /// Costs one request for one page, or none if the miss filter or the index rules the key out.
    ///
    /// # Errors
    ///
    /// Any error of the reader, among them [`RemoteError::Changed`](crate::RemoteError::Changed) if the file was replaced;
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`ReadError`](massmap_core::ReadError) if the page is damaged, one of its keys
    /// or the value cannot be decoded, or the file turns out to have another key type or hash function.
    pub async fn get<Q>(&self, k: &Q) -> io::Result<Option<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        match &self.source {
            Source::Memory { map, .. } => map.get(k),
            Source::Remote { .. } => {
                self.find(k, |inner, _, index, entry| inner.decode_value(index, entry))
                    .await
            }
        }
    }

    /// Returns the encoded value of `k`, which is MessagePack; `None` if the map does not have that key.
    ///
    /// The bytes are part of the page that was read, unless that is more than four times as long: then they are a copy, so that keeping
    /// a value does not keep its page. So they are where the file lies in memory, and where values are stored as records or compressed.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get), except for values that cannot be decoded.
    pub async fn get_bytes<Q>(&self, k: &Q) -> io::Result<Option<Bytes>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        match &self.source {
            Source::Memory { map, .. } => map.get_with(k, Bytes::copy_from_slice),
            Source::Remote { .. } => self.find(k, value_of).await,
        }
    }

    /// Whether the map has the key `k`. Like [`get`](Self::get) without decoding the value.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    pub async fn contains_key<Q>(&self, k: &Q) -> io::Result<bool>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        match &self.source {
            Source::Memory { map, .. } => map.contains_key(k),
            Source::Remote { .. } => Ok(self.find(k, |_, _, _, _| Ok(())).await?.is_some()),
        }
    }

    /// Returns the value of each of `keys`, in their order; `None` for keys that the map does not have.
    ///
    /// Reads each page once, and pages that lie near each other with one request: see
    /// [`AsyncOpenOptions`](crate::AsyncOpenOptions), which also limits how many requests are in flight.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get). The first error ends the batch, whichever key it belongs to.
    pub async fn batch_get<Q>(
        &self,
        keys: impl IntoIterator<Item = impl Borrow<Q>>,
    ) -> io::Result<Vec<Option<V>>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Source::Memory { map, .. } = &self.source {
            return map.batch_get(keys);
        }
        let keys = keys.into_iter();
        let expected = keys.size_hint().0;
        in_order(self.get_many_stream(keys), expected).await
    }

    /// Looks up `keys` and gives the number of each, from 0, with its value, as soon as it has come; `None` for keys that the map does not
    /// have. In no particular order.
    ///
    /// Like [`batch_get`](Self::batch_get), but nothing is collected: at most 16,384 keys and the requests in flight are in memory. The
    /// first error ends the stream.
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    /// # use massmap_async::{AsyncMassMap, MemoryReader};
    /// # let writer = massmap_io::MemoryWriter::new();
    /// # massmap_write::MassMapBuilder::default().build(&writer, [("apple", 1u32), ("fig", 2)].iter())?;
    /// # let reader = MemoryReader::new(writer.into_inner());
    /// # futures_executor::block_on(async {
    /// let map = AsyncMassMap::<String, u32, _>::open(reader).await?;
    /// let keys = ["fig", "grape", "apple"];
    /// let mut results = std::pin::pin!(map.get_many_stream::<str>(keys));
    /// while let Some((number, value)) = results.try_next().await? {
    ///     println!("{}: {value:?}", keys[number]);
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    pub fn get_many_stream<Q>(
        &self,
        keys: impl IntoIterator<Item = impl Borrow<Q>>,
    ) -> impl Stream<Item = io::Result<(usize, Option<V>)>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let keys = keys.into_iter();
        match &self.source {
            Source::Memory { map, .. } => {
                let mut has_failed = false;
                let results = keys.enumerate().map_while(move |(number, key)| {
                    (!has_failed).then(|| {
                        let value = map.get(key.borrow());
                        has_failed = value.is_err();
                        Ok((number, value?))
                    })
                });
                iter(results).left_stream()
            }
            Source::Remote { inner, shared, .. } => {
                let codec = inner.index().key_codec();
                let functions = KeyFunctions {
                    hash: move |key: &_| inner.hash(Borrow::<Q>::borrow(key)),
                    is_key: move |key: &_, index: usize, stored: &[u8]| {
                        codec
                            .is_key::<K, Q>(stored, Borrow::<Q>::borrow(key))
                            .map_err(|cause| inner.undecodable_key::<K>(index, cause).into())
                    },
                    take: move |_: &Bytes, index: usize, entry: &RawEntry<'_>| {
                        inner.decode_value(index, entry)
                    },
                };
                Source::<K, V, R, H>::remote(inner, shared)
                    .find_many(keys.map(Ok), functions)
                    .right_stream()
            }
        }
    }

    /// Finds the entry of `key` with a request, and gives what `take` makes of the page's bytes, its number and the entry.
    async fn find<Q, T>(
        &self,
        key: &Q,
        take: impl FnOnce(&MassMapInner<R, H>, &Bytes, usize, &RawEntry<'_>) -> io::Result<T>,
    ) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let Source::Remote { inner, shared, .. } = &self.source else {
            return Ok(None);
        };
        let codec = inner.index().key_codec();
        Source::<K, V, R, H>::remote(inner, shared)
            .find(
                inner.hash(key),
                |index, stored| {
                    codec
                        .is_key::<K, Q>(stored, key)
                        .map_err(|cause| inner.undecodable_key::<K>(index, cause).into())
                },
                |bytes, index, entry| take(inner, bytes, index, entry),
            )
            .await
    }
}

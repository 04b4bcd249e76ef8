//! Walks over all entries of a map.

use std::fmt;
use std::io;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::vec;

use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::scan::Bucket;
use crate::{MassMap, MassMapInner};

/// Walks the buckets in order and decodes a `T` from each entry.
struct Walk<'a, T, R: MassMapReader, H: MassMapHashLoader> {
    inner: &'a MassMapInner<R, H>,
    next_bucket: usize,
    /// What is left of the bucket read last.
    decoded: vec::IntoIter<T>,
    /// Entries in the buckets from `next_bucket` on.
    unread_entries: u64,
    /// How many of those buckets have entries.
    unread_buckets: u64,
}

impl<'a, T, R: MassMapReader, H: MassMapHashLoader> Walk<'a, T, R, H> {
    fn new(inner: &'a MassMapInner<R, H>) -> Self {
        Self {
            inner,
            next_bucket: 0,
            decoded: Vec::new().into_iter(),
            unread_entries: inner
                .bucket_metas()
                .iter()
                .map(|meta| u64::from(meta.count))
                .sum(),
            unread_buckets: inner.bucket_metas().iter().filter(|meta| meta.count > 0).count() as u64,
        }
    }

    fn next(
        &mut self,
        decode: impl Fn(&Bucket<'_>, &RawEntry<'_>) -> io::Result<T>,
    ) -> Option<io::Result<T>> {
        loop {
            if let Some(item) = self.decoded.next() {
                return Some(Ok(item));
            }
            let index = self.next_bucket;
            let meta = self.inner.bucket_metas().get(index)?;
            self.next_bucket += 1;
            if meta.count == 0 {
                continue;
            }
            self.unread_entries -= u64::from(meta.count);
            self.unread_buckets -= 1;
            match self.inner.read_bucket(index, |bucket| bucket.decode_all(&decode)) {
                Ok(decoded) => self.decoded = decoded.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let decoded = self.decoded.len();
        // A damaged bucket yields one error in place of its entries.
        let lower = usize::try_from(self.unread_buckets)
            .ok()
            .and_then(|n| n.checked_add(decoded));
        let upper = usize::try_from(self.unread_entries)
            .ok()
            .and_then(|n| n.checked_add(decoded));
        (lower.unwrap_or(usize::MAX), upper)
    }
}

macro_rules! iterator {
    ($(#[$doc:meta])* $name:ident, $item:ty, $decode:expr) => {
        $(#[$doc])*
        pub struct $name<'a, K, V, R: MassMapReader, H: MassMapHashLoader> {
            walk: Walk<'a, $item, R, H>,
            types: PhantomData<fn() -> (K, V)>,
        }

        impl<'a, K, V, R: MassMapReader, H: MassMapHashLoader> $name<'a, K, V, R, H> {
            pub(crate) fn new(map: &'a MassMap<K, V, R, H>) -> Self {
                Self { walk: Walk::new(map.inner()), types: PhantomData }
            }
        }

        impl<K, V, R: MassMapReader, H: MassMapHashLoader> Iterator for $name<'_, K, V, R, H>
        where
            K: for<'de> Deserialize<'de>,
            V: for<'de> Deserialize<'de>,
        {
            type Item = io::Result<$item>;

            fn next(&mut self) -> Option<Self::Item> {
                self.walk.next($decode)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.walk.size_hint()
            }
        }

        impl<K, V, R: MassMapReader, H: MassMapHashLoader> FusedIterator for $name<'_, K, V, R, H>
        where
            K: for<'de> Deserialize<'de>,
            V: for<'de> Deserialize<'de>,
        {
        }

        impl<K, V, R: MassMapReader, H: MassMapHashLoader> fmt::Debug for $name<'_, K, V, R, H> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("next_bucket", &self.walk.next_bucket)
                    .field("unread_entries", &self.walk.unread_entries)
                    .finish_non_exhaustive()
            }
        }
    };
}

iterator! {
    /// Iterator over all entries of a map, made by [`MassMap::iter`].
    MassMapIter,
    (K, V),
    |bucket, entry| Ok((bucket.decode_key(entry)?, bucket.decode_value(entry)?))
}

iterator! {
    /// Iterator over all keys of a map, made by [`MassMap::keys`].
    Keys,
    K,
    |bucket, entry| bucket.decode_key(entry)
}

iterator! {
    /// Iterator over all values of a map, made by [`MassMap::values`].
    Values,
    V,
    |bucket, entry| bucket.decode_value(entry)
}

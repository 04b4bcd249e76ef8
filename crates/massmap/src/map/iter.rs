//! Iteration, with the errors of the front door.

use std::fmt;
use std::iter::FusedIterator;

use massmap_hash::KnownHashLoader;
use massmap_io::MassMapReader;
use massmap_read::{Keys as MassMapKeys, MassMap, MassMapIter, Values as MassMapValues};
use serde::de::DeserializeOwned;
use std::hash::Hash;

use crate::Result;

macro_rules! iterator {
    ($(#[$doc:meta])* $name:ident($inner:ident) of $item:ty: $iterate:ident) => {
        $(#[$doc])*
        pub struct $name<'a, K, V, R: MassMapReader>($inner<'a, K, V, R, KnownHashLoader>);

        impl<'a, K, V, R: MassMapReader> $name<'a, K, V, R>
        where
            K: DeserializeOwned + Eq + Hash,
            V: DeserializeOwned,
        {
            pub(super) fn new(map: &'a MassMap<K, V, R, KnownHashLoader>) -> Self {
                Self(map.$iterate())
            }
        }

        impl<K: DeserializeOwned, V: DeserializeOwned, R: MassMapReader> Iterator for $name<'_, K, V, R> {
            type Item = Result<$item>;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                Some(self.0.next()?.map_err(Into::into))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<K: DeserializeOwned, V: DeserializeOwned, R: MassMapReader> FusedIterator for $name<'_, K, V, R> {}

        impl<K, V, R: MassMapReader> fmt::Debug for $name<'_, K, V, R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

iterator! {
    /// Iterator over all entries of a map, made by [`Map::iter`](crate::Map::iter).
    Iter(MassMapIter) of (K, V): iter
}

iterator! {
    /// Iterator over all keys of a map, made by [`Map::keys`](crate::Map::keys).
    Keys(MassMapKeys) of K: keys
}

iterator! {
    /// Iterator over all values of a map, made by [`Map::values`](crate::Map::values).
    Values(MassMapValues) of V: values
}

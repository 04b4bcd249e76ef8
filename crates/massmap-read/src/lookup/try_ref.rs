//! Values borrowed from readers that may turn out at run time to lend their bytes.

use std::borrow::Borrow;
use std::hash::Hash;
use std::io;

use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::{MassMap, ReadError};

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
{
    /// Like [`get_ref`](Self::get_ref), for any reader whose bytes are [in memory](MassMapReader::in_memory).
    ///
    /// # Errors
    ///
    /// Those of [`get_ref`](Self::get_ref), and [`ReadError::NotInMemory`] for other readers.
    pub fn try_get_ref<'a, Q, T>(&'a self, k: &Q) -> io::Result<Option<T>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        T: Deserialize<'a>,
    {
        self.reader().in_memory().ok_or(ReadError::NotInMemory)?;
        self.look_up_in(
            k,
            #[cfg_attr(not(debug_assertions), inline(always))]
            |map| map.reader().in_memory(),
            #[cfg_attr(not(debug_assertions), inline(always))]
            |inner, index, entry| inner.borrow_value(index, entry),
        )
    }

    /// Like [`batch_get_ref`](Self::batch_get_ref), for any reader whose bytes are [in memory](MassMapReader::in_memory).
    ///
    /// # Errors
    ///
    /// Those of [`batch_get_ref`](Self::batch_get_ref), and [`ReadError::NotInMemory`] for other readers.
    pub fn try_batch_get_ref<'a, Q, T>(
        &'a self,
        keys: impl IntoIterator<Item = impl Borrow<Q>>,
        mut f: impl FnMut(usize, Option<T>) -> io::Result<()>,
    ) -> io::Result<()>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        T: Deserialize<'a>,
    {
        let memory = self.reader().in_memory().ok_or(ReadError::NotInMemory)?;
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
}

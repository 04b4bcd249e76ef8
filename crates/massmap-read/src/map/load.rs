//! Opening maps with their types.

use std::hash::Hash;
use std::io;

use massmap_core::codec::Role;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::{MassMap, MassMapInner};

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
{
    /// Opens a map: reads and validates its header and metadata, loads its hash function, and re-hashes the keys of a bucket or
    /// page to check that the file was built with this hash function and key type. See
    /// [above](Self#keys-of-another-type-another-hash-function) for what is checked and what is not.
    ///
    /// Usually takes one read more than [`MassMapInner::load`]. Takes a few more if buckets or pages are damaged, or hold too few keys to
    /// check, and up to 64 of one bucket or page each before it reports that no key can be decoded. Damage and single keys that
    /// cannot be decoded do not keep the map from opening; lookups report them.
    ///
    /// # Errors
    ///
    /// Those of [`MassMapInner::load`], and those of [`MassMapInner::check_key_type`].
    pub fn load(reader: R) -> io::Result<Self> {
        let map = Self::with_unchecked_keys(MassMapInner::load(reader)?);
        map.check_key_type()?;
        Ok(map)
    }

    /// Opens a map like [`load`](Self::load), but examines all of its keys: each can be decoded, and [`get`](Self::get) finds the
    /// decoded key. In a map opened this way, `get` returns `None` for no key that [`iter`](Self::iter) returns.
    ///
    /// Reads the whole file, up to 256 KiB at once. The file does not tell what the keys were before they were serialized. A key
    /// that decodes to another one than was written is noticed if it hashes differently.
    ///
    /// ```
    /// # use massmap_read::{MassMap, ReadError};
    /// # use massmap_write::MassMapBuilder;
    /// # use serde::{Deserialize, Serialize};
    /// /// A key with a field that is hashed but not stored.
    /// #[derive(Serialize, Deserialize, Hash, PartialEq, Eq)]
    /// struct Key {
    ///     name: String,
    ///     #[serde(skip)]
    ///     tag: u8,
    /// }
    ///
    /// let key = |number: u32| Key { name: format!("key {number}"), tag: (number == 77).into() };
    /// # let writer = massmap_io::MemoryWriter::new();
    /// MassMapBuilder::default().build(&writer, (0..5000).map(|number| (key(number), number)))?;
    ///
    /// let error = MassMap::<Key, u32, _>::load_checked(writer.into_reader()).map(drop).unwrap_err();
    /// let cause = error.get_ref().and_then(|payload| payload.downcast_ref());
    /// assert!(matches!(cause, Some(ReadError::HashMismatch { .. })));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`MassMapInner::load`], and those of [`MassMapInner::check_all_keys`].
    pub fn load_checked(reader: R) -> io::Result<Self> {
        let map = Self::with_unchecked_keys(MassMapInner::load(reader)?);
        map.check_all_keys()?;
        Ok(map)
    }

    /// Makes the check of [`load`](Self::load) for a map from [`MassMapInner::cast`], so that no lookup has to. Does nothing if
    /// it was made before, but for a comparison of the types with what the file says, which reads nothing. Returns `false` if damage
    /// keeps the check from passing.
    ///
    /// # Errors
    ///
    /// Those of [`MassMapInner::check_key_type`], and [`ReadError::TypeDiffers`](crate::ReadError::TypeDiffers) for values too.
    pub fn check_key_type(&self) -> io::Result<bool> {
        self.inner().check_type::<V>(Role::Value)?;
        self.passes_key_check()
    }

    /// Makes the check of [`load_checked`](Self::load_checked) for an open map.
    ///
    /// # Errors
    ///
    /// Those of [`MassMapInner::check_all_keys`].
    pub fn check_all_keys(&self) -> io::Result<()> {
        self.inner().check_type::<V>(Role::Value)?;
        self.inner().check_all_keys::<K>()?;
        self.key_check.set_passed();
        Ok(())
    }
}

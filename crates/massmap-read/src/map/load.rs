//! Opening maps with their types.

use std::hash::Hash;
use std::io;

use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::{MassMap, MassMapInner};

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de> + Clone,
{
    /// Opens a map: reads and validates its header and metadata, loads its hash function, and re-hashes the keys of a
    /// bucket or page to check that hash function and key type are those that the file was built with. What exactly is checked, and
    /// what is not, stands [above](Self#keys-of-another-type-another-hash-function).
    ///
    /// Takes three reads as a rule, four in format 2; a few more where buckets or pages are damaged, or say little, and up to
    /// 64 of one bucket or page each before it is said that no key can be decoded. Damage and single keys that cannot be
    /// decoded do not keep the map from opening; lookups report them.
    ///
    /// # Errors
    ///
    /// Those of [`MassMapInner::load`], and those of [`MassMapInner::check_key_type`].
    pub fn load(reader: R) -> io::Result<Self> {
        let map = Self::unverified(MassMapInner::load(reader)?);
        map.check_key_type()?;
        Ok(map)
    }

    /// Opens a map like [`load`](Self::load), and examines all of its keys rather than some: each can be decoded, and
    /// [`get`](Self::get) finds what it is decoded to. A map that opens so answers `None` for no key that
    /// [`iter`](Self::iter) shows.
    ///
    /// Reads the whole file, up to 256 KiB at once. What the keys were before they were serialized, the file does not tell: of
    /// keys that are read as other keys than were written, it is noticed that these hash otherwise.
    ///
    /// ```
    /// # use massmap_read::{MassMap, ReadError};
    /// # use massmap_write::MassMapBuilder;
    /// # use serde::{Deserialize, Serialize};
    /// /// A key of which a part is hashed, and yet not stored.
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
        let map = Self::unverified(MassMapInner::load(reader)?);
        map.check_all_keys()?;
        Ok(map)
    }

    /// Makes the check that [`load`](Self::load) makes, of a map that [`MassMapInner::cast`] has given its types; no lookup has to
    /// make it then. Does nothing if it was made before. Returns `false` if damage keeps the check from succeeding.
    ///
    /// # Errors
    ///
    /// Those of [`MassMapInner::check_key_type`].
    pub fn check_key_type(&self) -> io::Result<bool> {
        self.passes_key_check()
    }

    /// Makes the check that [`load_checked`](Self::load_checked) makes, of a map that is open.
    ///
    /// # Errors
    ///
    /// Those of [`MassMapInner::check_all_keys`].
    pub fn check_all_keys(&self) -> io::Result<()> {
        self.inner().check_all_keys::<K>()?;
        self.key_check.set_passed();
        Ok(())
    }
}

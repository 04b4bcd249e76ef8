//! Checking that lookups find the keys of a file: a sample of them, or all.

use std::hash::Hash;
use std::io;

use massmap_core::{Block, Extent, PlacementRange};
use massmap_format::{FormatVersion, spread};
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use super::key_check::KeyCheckState;
use super::stored_keys::{KeysOf, StoredKeys};
use crate::MassMapInner;
use crate::iterate::sequential::{LONGEST_READ, Sequential};

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Reads and re-hashes some stored keys, to check that the file was built with the key type `K` and this hash function.
    /// Returns `false` if damage prevents the check. [`MassMap::load`](crate::MassMap::load) makes the same check;
    /// [`check_all_keys`](Self::check_all_keys) checks every key.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::HashMismatch`](crate::ReadError::HashMismatch),
    /// [`ReadError::HashFunction`](crate::ReadError::HashFunction), [`ReadError::KeyType`](crate::ReadError::KeyType) or
    /// [`ReadError::UndecodableKeys`](crate::ReadError::UndecodableKeys) if it was not.
    pub fn check_key_type<K>(&self) -> io::Result<bool>
    where
        K: for<'de> Deserialize<'de> + Hash,
    {
        KeyCheckState::default().run(self, &KeysOf::<K>::NEW)
    }

    /// Reads every key and checks that it can be decoded as a `K`, and that a lookup of the decoded key leads to its place.
    /// [`check_key_type`](Self::check_key_type) checks only some keys.
    ///
    /// Reads the whole file, up to 256 KiB at once, and decodes no values. The file does not tell what the keys were before they were
    /// serialized. In a file of format 1 with a single bucket, any hash leads to the place of the keys.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`ReadError`](crate::ReadError) that names the place of the first key
    /// that fails the check, or the damage that prevents the check; any error of the reader.
    pub fn check_all_keys<K>(&self) -> io::Result<()>
    where
        K: for<'de> Deserialize<'de> + Hash,
    {
        self.check_all(&KeysOf::<K>::NEW)
    }

    /// Checks all keys, which are `keys`.
    pub(crate) fn check_all(&self, keys: &impl StoredKeys<R, H>) -> io::Result<()> {
        self.check_hash_function()?;
        keys.check_names(self)?;
        // After this, a lookup's search is known to lead to the run whose bins include that of the hash.
        self.index().verify()?;
        let mut reads = Sequential::new(self, self.index().end(), LONGEST_READ);
        let mut extents = self.index().extents();
        while let Some(next) = extents.next_with_range() {
            let (extent, placement) = next?;
            reads.read(&extent, |block| {
                self.check_keys_of(keys, &extent, &placement, &block)
            })?;
        }
        Ok(())
    }

    fn check_keys_of(
        &self,
        keys: &impl StoredKeys<R, H>,
        extent: &Extent,
        placement: &PlacementRange<'_>,
        block: &Block<'_>,
    ) -> io::Result<()> {
        let is_paged = self.format() != FormatVersion::V1;
        let (mut number, mut previous) = (0, 0);
        let mut slots = block.slots();
        block.for_each(|entry| {
            let hash = self.hash_stored(keys, extent.index(), entry.key)?;
            let mut is_found = placement.allows(hash, slots.next());
            if is_paged {
                // A hash that happens to have the right slot is likely to be out of order.
                is_found &= spread(hash) >= previous;
                previous = spread(hash);
            }
            if !is_found {
                let (index, names) = (self.index(), self.names());
                let error = names.misplaced_key(index, extent.index(), number, hash, keys.type_name());
                return Err(io::Error::from(error));
            }
            number += 1;
            Ok(())
        })
    }
}

impl<R, H: MassMapHashLoader> MassMapInner<R, H> {
    /// The hash of a stored key in the bucket, or the run of pages, with this index.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with [`ReadError::Key`](crate::ReadError::Key).
    pub fn hash_stored(&self, keys: &impl StoredKeys<R, H>, index: usize, encoded: &[u8]) -> io::Result<u64> {
        keys.hash(self, encoded).map_err(|cause| {
            let place = self.index().place(index);
            self.names()
                .undecodable_key(place, keys.type_name(), cause)
                .into()
        })
    }
}

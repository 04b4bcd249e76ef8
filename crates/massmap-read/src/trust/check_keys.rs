//! Whether lookups find every key of a file.

use std::hash::Hash;
use std::io;

use massmap_format::spread;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::MassMapInner;
use crate::layout::{Extent, Home, Layout};
use crate::scan::Block;
use crate::sequential::{LONGEST_READ, Sequential};

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Reads every key, and checks that it can be decoded as a `K`, and that a lookup of what it is decoded to leads to where it
    /// lies. [`check_key_type`](Self::check_key_type), in contrast, checks some keys.
    ///
    /// Reads the whole file but the values' meaning, up to 256 KiB at once. What the keys were before they were serialized is not
    /// in the file: in a file of format 1 with a single bucket, any hash leads to where the keys lie.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`ReadError`](crate::ReadError) that names the place of the first key for
    /// which that does not hold, or the damage that keeps it from being told; any error of the reader.
    pub fn check_all_keys<K>(&self) -> io::Result<()>
    where
        K: for<'de> Deserialize<'de> + Hash,
    {
        self.check_hash_function()?;
        self.check_key_names::<K>()?;
        // Then the search that lookups make leads to the run whose bins the hash is in.
        self.places().verify_index()?;
        let mut reads = Sequential::new(self, self.layout().offset(usize::MAX), LONGEST_READ);
        let mut extents = self.places().extents();
        while let Some(next) = extents.next_with_home() {
            let (extent, home) = next?;
            reads.read(extent, |block| self.check_keys_of::<K>(&extent, &home, &block))?;
        }
        Ok(())
    }

    fn check_keys_of<K>(&self, extent: &Extent, home: &Home<'_>, block: &Block<'_>) -> io::Result<()>
    where
        K: for<'de> Deserialize<'de> + Hash,
    {
        let is_paged = matches!(self.layout(), Layout::Pages(_));
        let (mut number, mut previous) = (0, 0);
        block.for_each(|entry| {
            let hash = self.hash(&block.origin.decode_key::<K>(&entry)?);
            let mut is_found = home.belongs(hash, block, number);
            if is_paged {
                // A hash that happens to have the right bin and fingerprint is likely to be out of order.
                is_found &= spread(hash) >= previous;
                previous = spread(hash);
            }
            if !is_found {
                return Err(self.mismatch::<K>(extent.index, number, hash).into());
            }
            number += 1;
            Ok(())
        })
    }
}

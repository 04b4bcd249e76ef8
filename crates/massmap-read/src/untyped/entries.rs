//! Iteration over entries as dynamic values.

use std::fmt;
use std::io;
use std::iter::FusedIterator;

use massmap_core::dynamic::Value;
use massmap_format::RawEntry;
use massmap_io::MassMapReader;

use super::{TolerantHashLoader, UntypedMap};
use crate::{RawBlock, RawBlocks};

/// Iterator over all entries of an untyped map, made by [`UntypedMap::iter`].
pub struct UntypedEntries<'a, R: MassMapReader> {
    map: &'a UntypedMap<R>,
    blocks: RawBlocks<'a, R, TolerantHashLoader>,
    /// The block at hand.
    block: RawBlock,
    /// The entry of it to go on with.
    next: usize,
}

impl<R: MassMapReader> UntypedMap<R> {
    /// Iterates over all entries, in the order of the file, whatever the types and the hash function.
    ///
    /// An entry that cannot be decoded is an error in its place. Damage in a bucket or page is one error in place of its entries. The
    /// iteration goes on behind either.
    pub fn iter(&self) -> UntypedEntries<'_, R> {
        UntypedEntries {
            map: self,
            blocks: self.inner.raw_blocks(),
            block: RawBlock::default(),
            next: 0,
        }
    }
}

impl<R> UntypedMap<R> {
    /// Decodes an entry whose key and value are MessagePack, in limited memory.
    ///
    /// # Errors
    ///
    /// [`InvalidData`](io::ErrorKind::InvalidData) with a [`ValueError`](massmap_core::dynamic::ValueError).
    pub fn decode_entry(&self, entry: RawEntry<'_>) -> io::Result<(Value, Value)> {
        let key = self.key_type.decode(entry.key, self.value_limit)?;
        let value = self.value_type.decode(entry.value, self.value_limit)?;
        Ok((key, value))
    }
}

impl<R: MassMapReader> Iterator for UntypedEntries<'_, R> {
    type Item = io::Result<(Value, Value)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.block.get(self.next) {
                self.next += 1;
                return Some(self.map.decode_entry(entry));
            }
            (self.block, self.next) = match self.blocks.next()? {
                Ok(block) => (block, 0),
                Err(error) => {
                    // The block before it has been passed, and is not to be passed again.
                    self.next = usize::MAX;
                    return Some(Err(error));
                }
            };
        }
    }
}

impl<R: MassMapReader> FusedIterator for UntypedEntries<'_, R> {}

impl<'a, R: MassMapReader> IntoIterator for &'a UntypedMap<R> {
    type Item = io::Result<(Value, Value)>;
    type IntoIter = UntypedEntries<'a, R>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<R: MassMapReader> fmt::Debug for UntypedEntries<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntypedEntries").finish_non_exhaustive()
    }
}

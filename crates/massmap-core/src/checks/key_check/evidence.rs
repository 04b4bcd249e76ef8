//! Evidence from stored keys about this program's hash function and key type.

use rmp_serde::decode::Error as DecodeError;

use super::type_names::TypeNames;
use crate::block::Block;
use crate::error::fallback::LookupError;
use crate::index::extent::Extent;
use crate::index::placement_range::PlacementRange;
use crate::{Index, ReadError};
use massmap_format::FormatVersion;

/// Enough evidence in format 1, in bits: a wrong hash function goes unnoticed once in a million times. A key in the right one of
/// n buckets is log2(n) bits of evidence.
///
/// A file of format 2 identifies its hash function. Only the type of the keys is in question there, and one page with entries
/// in the right slots is enough.
const ENOUGH_EVIDENCE: u64 = 20;

/// Evidence from keys that were decoded and re-hashed.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Number of keys that could be decoded.
    pub(super) decoded: u64,
    /// Evidence that hash function and key type are right, in bits.
    bits: u64,
    pub(super) undecodable: Undecodable,
}

/// Keys that cannot be decoded as the requested type.
#[derive(Debug, Default)]
pub(super) struct Undecodable {
    pub(super) count: u64,
    /// The extent of the first one, and the decoder's error.
    pub(super) first: Option<(usize, DecodeError)>,
}

impl Evidence {
    pub(super) fn add(&mut self, other: Self) {
        self.decoded += other.decoded;
        self.bits += other.bits;
        self.undecodable.count += other.undecodable.count;
        let first = self.undecodable.first.take();
        self.undecodable.first = first.or(other.undecodable.first);
    }

    /// Whether a key that is not found can be reported as missing.
    pub(super) fn is_enough(&self, index: &Index) -> bool {
        match index.format() {
            FormatVersion::V1 => self.bits >= ENOUGH_EVIDENCE,
            _ => self.decoded > 0,
        }
    }
}

/// The keys of an extent, decoded and hashed.
#[derive(Debug, Default)]
pub struct Examined {
    /// Index of the extent.
    extent: usize,
    hashes: Vec<u64>,
    undecodable: Undecodable,
    /// Number and hash of the first entry that does not lie where its hash says.
    misplaced: Option<(usize, u64)>,
}

impl Examined {
    /// Examines the keys of `block`, which is `extent` of `index`. `hash_of` decodes a key and hashes it.
    ///
    /// # Errors
    ///
    /// [`ReadError::DamagedBucket`] or [`ReadError::DamagedPage`].
    pub fn new<E: LookupError>(
        index: &Index,
        extent: &Extent,
        block: &Block<'_>,
        hash_of: impl FnMut(&[u8]) -> Result<u64, DecodeError>,
    ) -> Result<Self, E> {
        Self::with_placement(extent, &index.placement_range(extent), block, hash_of)
    }

    /// Like [`new`](Self::new), with the hashes that entries of `extent` may have.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn with_placement<E: LookupError>(
        extent: &Extent,
        placement: &PlacementRange<'_>,
        block: &Block<'_>,
        mut hash_of: impl FnMut(&[u8]) -> Result<u64, DecodeError>,
    ) -> Result<Self, E> {
        let mut examined = Self {
            extent: extent.index,
            ..Self::default()
        };
        let mut number = 0;
        let mut slots = block.slots();
        block.for_each::<E>(|entry| {
            let slot = slots.next();
            match hash_of(entry.key) {
                Ok(hash) => {
                    if !placement.allows(hash, slot) {
                        examined.misplaced.get_or_insert((number, hash));
                    }
                    examined.hashes.push(hash);
                }
                Err(cause) => {
                    let Undecodable { count, first } = &mut examined.undecodable;
                    *count += 1;
                    first.get_or_insert((extent.index, cause));
                }
            }
            number += 1;
            Ok(())
        })?;
        Ok(examined)
    }

    /// The evidence from the keys.
    pub(super) fn into_evidence(
        mut self,
        index: &Index,
        names: &TypeNames,
        key_type: &'static str,
    ) -> Result<Evidence, ReadError> {
        if let Some((entry, hash)) = self.misplaced {
            return Err(names.misplaced_key(index, self.extent, entry, hash, key_type));
        }
        let decoded = self.hashes.len() as u64;
        // Entries with equal keys are the same evidence.
        self.hashes.sort_unstable();
        self.hashes.dedup();
        Ok(Evidence {
            decoded,
            bits: bits_per_key(index) * self.hashes.len() as u64,
            undecodable: self.undecodable,
        })
    }
}

/// Evidence of an entry that lies where its hash says, in bits.
fn bits_per_key(index: &Index) -> u64 {
    u64::from(index.len().checked_ilog2().unwrap_or(0))
}

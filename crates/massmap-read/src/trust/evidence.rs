//! What stored keys tell about the hash function and the key type of this program.

use std::hash::Hash;
use std::io;

use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use rmp_serde::decode::Error as DecodeError;
use serde::Deserialize;

use crate::MassMapInner;
use crate::decode::decode;
use crate::layout::{Extent, Layout};

/// Enough evidence in format 1, in bits: a wrong hash function goes unnoticed once in a million times. A key that lies in
/// the right one of n buckets is evidence of log2(n) bits.
///
/// A file of format 2 tells hash functions apart by itself. There it is only about the type of the keys, and a page with
/// the right fingerprints is enough.
const ENOUGH_EVIDENCE: u64 = 20;

/// What keys that were decoded and hashed again tell.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// How many of them could be decoded.
    pub(crate) decoded: u64,
    /// Evidence that hash function and key type are the right ones, in bits.
    bits: u64,
    pub(crate) undecodable: Undecodable,
}

/// Keys that are none of the type asked for.
#[derive(Debug, Default)]
pub(crate) struct Undecodable {
    pub(crate) count: u64,
    /// The extent that the first one lies in, and what the decoder objected to.
    pub(crate) first: Option<(usize, DecodeError)>,
}

impl Evidence {
    pub(crate) fn add(&mut self, other: Self) {
        self.decoded += other.decoded;
        self.bits += other.bits;
        self.undecodable.count += other.undecodable.count;
        let first = self.undecodable.first.take();
        self.undecodable.first = first.or(other.undecodable.first);
    }

    /// Whether a key that is not found is missing.
    pub(crate) fn is_enough<R: MassMapReader, H: MassMapHashLoader>(
        &self,
        inner: &MassMapInner<R, H>,
    ) -> bool {
        match inner.layout() {
            Layout::Buckets(_) => self.bits >= ENOUGH_EVIDENCE,
            Layout::Pages(_) => self.decoded > 0,
        }
    }
}

/// Why an extent is no evidence.
pub(crate) enum Refusal {
    /// It cannot be read, or is damaged.
    Unreadable(io::Error),
    /// One of its keys belongs elsewhere.
    Mismatch(io::Error),
}

/// The keys of an extent, once they have been decoded and hashed.
#[derive(Default)]
struct Examined {
    hashes: Vec<u64>,
    undecodable: Undecodable,
    /// The number and the hash of an entry that does not lie where that says.
    misplaced: Option<(usize, u64)>,
}

/// Hashes the keys of an extent again, those that can be decoded.
pub(crate) fn examine<K, R, H>(inner: &MassMapInner<R, H>, extent: &Extent) -> Result<Evidence, Refusal>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let home = inner.places().home(extent);
    let examined = inner.read(*extent, |block| {
        let mut examined = Examined::default();
        let mut number = 0;
        block.for_each(|entry| {
            match decode::<K>(entry.key) {
                Ok(key) => {
                    let hash = inner.hash(&key);
                    if !home.belongs(hash, &block, number) {
                        examined.misplaced = examined.misplaced.or(Some((number, hash)));
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
    });
    let Examined {
        mut hashes,
        undecodable,
        misplaced,
    } = examined.map_err(Refusal::Unreadable)?;
    if let Some((entry, hash)) = misplaced {
        return Err(Refusal::Mismatch(
            inner.mismatch::<K>(extent.index, entry, hash).into(),
        ));
    }
    let decoded = hashes.len() as u64;
    // Entries with the same key say the same.
    hashes.sort_unstable();
    hashes.dedup();
    Ok(Evidence {
        decoded,
        bits: inner.layout().evidence_per_key() * hashes.len() as u64,
        undecodable,
    })
}

//! Whether the hash function and the key type of this program are those that a file was built with, so that a key which
//! is not found can be said to be missing.

use std::any::type_name;
use std::hash::Hash;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use massmap_format::FormatVersion;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::layout::{Extent, Layout};
use crate::{MassMapInner, ReadError};

/// How many buckets or runs of pages are tried at most when a map is opened: more than one where they are damaged, or few
/// keys say little.
const MOST_EXTENTS: usize = 8;

/// Extents longer than this come last, so that opening a map stays cheap. In bytes.
const LONG: u64 = 64 << 10;

/// Among so many extents at the beginning of a map, the ones to try are chosen.
const CHOICE: usize = 1000;

/// Enough evidence in format 1, in bits: a wrong hash function goes unnoticed once in a million times. A key that lies in
/// the right one of n buckets is evidence of log2(n) bits.
///
/// A file of format 2 tells hash functions apart by itself. There it is only about the type of the keys, and a page with
/// the right fingerprints is enough.
const ENOUGH_EVIDENCE: u64 = 20;

/// What is known about whether misses can be trusted.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    established: AtomicBool,
    /// Why opening the map has not brought enough, once that is so.
    doubt: OnceLock<String>,
}

/// Why an extent is no evidence.
enum Refusal {
    /// It cannot be read, or not as keys of this type.
    Unreadable(io::Error),
    /// One of its keys belongs elsewhere.
    Mismatch(io::Error),
}

impl Trust {
    #[inline]
    pub(crate) fn is_established(&self) -> bool {
        // Relaxed will do: the flag guards no other data.
        self.established.load(Ordering::Relaxed)
    }

    /// Reads stored keys and hashes them again, the first time that it is called. Returns whether that was enough.
    ///
    /// # Errors
    ///
    /// [`ReadError::HashMismatch`] if one of them lies in another place than its hash says,
    /// [`ReadError::HashFunction`] or [`ReadError::KeyType`] if the file tells that hash function or key type are others.
    #[cold]
    pub(crate) fn establish<K, R, H>(&self, inner: &MassMapInner<R, H>) -> io::Result<bool>
    where
        K: for<'de> Deserialize<'de> + Hash,
        R: MassMapReader,
        H: MassMapHashLoader,
    {
        if self.is_established() || self.doubt.get().is_some() {
            return Ok(self.is_established());
        }
        inner.check_hash_function()?;
        inner.check_integer_type::<K>()?;
        if matches!(inner.layout(), Layout::Buckets(buckets) if buckets.len() == 1) {
            // Every hash finds every key.
            self.established.store(true, Ordering::Relaxed);
            return Ok(true);
        }
        let mut evidence = 0;
        let mut doubt = None;
        for extent in candidates::<K, R, H>(inner) {
            match extent
                .map_err(Refusal::Unreadable)
                .and_then(|extent| examine::<K, R, H>(inner, &extent))
            {
                Ok(bits) => evidence += bits,
                Err(Refusal::Mismatch(error)) => return Err(error),
                Err(Refusal::Unreadable(error)) => doubt = doubt.or(Some(error.to_string())),
            }
            if is_enough(inner, evidence) {
                doubt = None;
                break;
            }
        }
        match doubt {
            Some(doubt) => _ = self.doubt.set(doubt),
            // Eight extents bring enough evidence unless there are no more: then every key has been checked. Or there were
            // only long runs, and the file names the type.
            None => self.established.store(true, Ordering::Relaxed),
        }
        Ok(self.is_established())
    }

    /// Tells whether a key that was not found in `extent` is missing, where opening the map could not establish that for
    /// all: the other keys there can be enough evidence for this one.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unverified`] if they are not, or [`ReadError::HashMismatch`].
    #[cold]
    pub(crate) fn confirm_miss<K, R, H>(&self, inner: &MassMapInner<R, H>, extent: &Extent) -> io::Result<()>
    where
        K: for<'de> Deserialize<'de> + Hash,
        R: MassMapReader,
        H: MassMapHashLoader,
    {
        match examine::<K, R, H>(inner, extent) {
            Ok(evidence) if is_enough(inner, evidence) => Ok(()),
            Ok(_) => {
                let reason = self.doubt.get().cloned().unwrap_or_default();
                Err(ReadError::Unverified {
                    key_type: type_name::<K>(),
                    reason,
                }
                .into())
            }
            Err(Refusal::Mismatch(error) | Refusal::Unreadable(error)) => Err(error),
        }
    }
}

impl Clone for Trust {
    fn clone(&self) -> Self {
        Self {
            established: AtomicBool::new(self.is_established()),
            doubt: self.doubt.clone(),
        }
    }
}

fn is_enough<R: MassMapReader, H: MassMapHashLoader>(inner: &MassMapInner<R, H>, evidence: u64) -> bool {
    match inner.layout() {
        Layout::Buckets(_) => evidence >= ENOUGH_EVIDENCE,
        Layout::Pages(_) => evidence > 0,
    }
}

/// Hashes the keys of an extent again; returns how many bits of evidence they are if all lie where they belong.
fn examine<K, R, H>(inner: &MassMapInner<R, H>, extent: &Extent) -> Result<u64, Refusal>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let home = inner.places().home(extent);
    let examined = inner.read(*extent, |block| {
        let keys = block.decode_all(|origin, entry| origin.decode_key::<K>(entry))?;
        let hashes: Vec<u64> = keys.iter().map(|key| inner.hash(key)).collect();
        let misplaced = hashes
            .iter()
            .enumerate()
            .find(|(index, hash)| !home.belongs(**hash, &block, *index));
        let misplaced = misplaced.map(|(_, hash)| *hash);
        Ok((hashes, misplaced))
    });
    let (mut hashes, misplaced) = examined.map_err(Refusal::Unreadable)?;
    if let Some(hash) = misplaced {
        let error = ReadError::HashMismatch {
            stored_in: extent.index,
            hashed_to: inner.places().place(hash),
            hash_name: inner.meta.hash_config.name.clone(),
            key_type: type_name::<K>(),
            file_key_type: inner.meta.key_type.clone(),
        };
        return Err(Refusal::Mismatch(error.into()));
    }
    let keys = match inner.layout() {
        Layout::Buckets(_) => {
            // Entries with the same key say the same.
            hashes.sort_unstable();
            hashes.dedup();
            hashes.len()
        }
        // One is enough.
        Layout::Pages(_) => hashes.len().min(1),
    };
    Ok(inner.layout().evidence_per_key() * keys as u64)
}

/// The extents to try, in order.
fn candidates<K, R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
) -> impl Iterator<Item = io::Result<Extent>> {
    let is_long = |extent: &io::Result<Extent>| extent.as_ref().is_ok_and(|extent| extent.length > LONG);
    let extents = || inner.places().extents().take(CHOICE);
    let short = extents().filter(move |extent| !is_long(extent));
    // A file of format 2 tells its hash function: rather than read a long run for the key type, its name is believed.
    let named = inner.format() == FormatVersion::V2 && inner.meta.key_type == type_name::<K>();
    let long = extents()
        .filter(is_long)
        .take(if named { 0 } else { MOST_EXTENTS });
    short.chain(long).take(MOST_EXTENTS)
}

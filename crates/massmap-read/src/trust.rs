//! Whether the hash function and the key type of this program are those that a file was built with, so that a key which
//! is not found can be said to be missing.

use std::any::type_name;
use std::hash::Hash;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::{MassMapInner, ReadError};

/// How many buckets are tried at most when a map is opened: more than one where buckets are damaged, or few keys say
/// little.
const MOST_BUCKETS: usize = 8;

/// Buckets longer than this come last, so that opening a map stays cheap. In bytes.
const LONG_BUCKET: u32 = 64 << 10;

/// Enough evidence, in bits: a wrong hash function goes unnoticed once in a million times. A key that lies in the right
/// one of n buckets is evidence of log2(n) bits.
const ENOUGH_EVIDENCE: u64 = 20;

/// What is known about whether misses can be trusted.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    established: AtomicBool,
    /// Why opening the map has not brought enough, once that is so.
    doubt: OnceLock<String>,
}

/// Why a bucket is no evidence.
enum Refusal {
    /// It cannot be read, or not as keys of this type.
    Unreadable(io::Error),
    /// One of its keys belongs in another bucket.
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
    /// [`ReadError::HashMismatch`] if one of them lies in another bucket than its hash says.
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
        if inner.bucket_metas().len() == 1 {
            // Every hash finds every key.
            self.established.store(true, Ordering::Relaxed);
            return Ok(true);
        }
        let mut evidence = 0;
        let mut doubt = None;
        for bucket in candidates(inner).take(MOST_BUCKETS) {
            match examine::<K, R, H>(inner, bucket) {
                Ok(bits) => evidence += bits,
                Err(Refusal::Mismatch(error)) => return Err(error),
                Err(Refusal::Unreadable(error)) => doubt = doubt.or(Some(error.to_string())),
            }
            if evidence >= ENOUGH_EVIDENCE {
                doubt = None;
                break;
            }
        }
        match doubt {
            Some(doubt) => _ = self.doubt.set(doubt),
            // Eight buckets bring enough evidence unless there are no more: then every key has been checked.
            None => self.established.store(true, Ordering::Relaxed),
        }
        Ok(self.is_established())
    }

    /// Tells whether a key that was not found in `bucket` is missing, where opening the map could not establish that for
    /// all: the other keys in the same bucket can be enough evidence for this one.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unverified`] if they are not, or [`ReadError::HashMismatch`].
    #[cold]
    pub(crate) fn confirm_miss<K, R, H>(&self, inner: &MassMapInner<R, H>, bucket: usize) -> io::Result<()>
    where
        K: for<'de> Deserialize<'de> + Hash,
        R: MassMapReader,
        H: MassMapHashLoader,
    {
        match examine::<K, R, H>(inner, bucket) {
            Ok(ENOUGH_EVIDENCE..) => Ok(()),
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

/// Hashes the keys of a bucket again; returns how many bits of evidence they are if all lie where they belong.
fn examine<K, R, H>(inner: &MassMapInner<R, H>, bucket: usize) -> Result<u64, Refusal>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let keys = inner
        .read_bucket(bucket, |bucket| {
            bucket.decode_all(|bucket, entry| bucket.decode_key::<K>(entry))
        })
        .map_err(Refusal::Unreadable)?;
    let mut hashes: Vec<u64> = keys.iter().map(|key| inner.hash(key)).collect();
    if let Some(&hash) = hashes.iter().find(|hash| inner.bucket_of(**hash) != bucket) {
        let error = ReadError::HashMismatch {
            stored_in: bucket,
            hashed_to: inner.bucket_of(hash),
            hash_name: inner.meta.hash_config.name.clone(),
            key_type: type_name::<K>(),
            file_key_type: inner.meta.key_type.clone(),
        };
        return Err(Refusal::Mismatch(error.into()));
    }
    // Entries with the same key say the same.
    hashes.sort_unstable();
    hashes.dedup();
    let bits_per_key = u64::from(inner.bucket_metas().len().ilog2());
    Ok(bits_per_key * hashes.len() as u64)
}

/// The buckets to try, in order.
fn candidates<R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
) -> impl Iterator<Item = usize> {
    let occupied = || {
        inner
            .bucket_metas()
            .iter()
            .enumerate()
            .filter(|(_, meta)| meta.count > 0)
    };
    let short = occupied().filter(|(_, meta)| meta.length <= LONG_BUCKET);
    let long = occupied().filter(|(_, meta)| meta.length > LONG_BUCKET);
    short.chain(long).map(|(index, _)| index)
}

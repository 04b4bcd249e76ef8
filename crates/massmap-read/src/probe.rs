//! Whether the hash function and the key type of this program are those that a file was built with.

use std::any::type_name;
use std::hash::Hash;
use std::io;

use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::{MassMapInner, ReadError};

pub(crate) enum Probe {
    /// Stored keys lie where they would be looked for, or there are none that could be missed.
    Verified,
    /// No bucket that was tried could be read and decoded; the error of the first one.
    Undecidable(io::Error),
}

/// How many buckets are tried at most: more than one where buckets are damaged, or few keys say little.
const MOST_BUCKETS: usize = 8;

/// A bucket longer than this is passed over if there are shorter ones, so that opening a map stays cheap.
const LONG_BUCKET: u32 = 64 << 10;

/// Enough evidence, in bits: a wrong hash function goes unnoticed once in a million times. A key that lies in the right
/// one of n buckets is evidence of log2(n) bits.
const ENOUGH_EVIDENCE: u64 = 20;

/// Reads stored keys and hashes them again.
///
/// # Errors
///
/// [`ReadError::HashMismatch`] if one of them lies in another bucket than its hash says.
pub(crate) fn probe<K, R, H>(inner: &MassMapInner<R, H>) -> io::Result<Probe>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    let bucket_count = inner.bucket_metas().len();
    let bits_per_key = u64::from(bucket_count.ilog2());
    if bits_per_key == 0 {
        // A single bucket, in which every hash finds every key.
        return Ok(Probe::Verified);
    }

    let mut evidence = 0;
    let mut first_error = None;
    for bucket in candidates(inner) {
        let keys = inner.read_bucket(bucket, |bucket| {
            bucket.decode_all(|bucket, entry| bucket.decode_key::<K>(entry))
        });
        let keys = match keys {
            Ok(keys) => keys,
            Err(error) => {
                first_error.get_or_insert(error);
                continue;
            }
        };
        if let Some(hashed_to) = keys
            .iter()
            .map(|key| inner.bucket_index(key))
            .find(|&index| index != bucket)
        {
            return Err(ReadError::HashMismatch {
                stored_in: bucket,
                hashed_to,
                hash_name: inner.meta.hash_config.name.clone(),
                key_type: type_name::<K>(),
                file_key_type: inner.meta.key_type.clone(),
            }
            .into());
        }
        evidence += bits_per_key * keys.len() as u64;
        if evidence >= ENOUGH_EVIDENCE {
            break;
        }
    }
    match first_error {
        Some(error) if evidence == 0 => Ok(Probe::Undecidable(error)),
        _ => Ok(Probe::Verified),
    }
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
    let mut short = occupied()
        .filter(|(_, meta)| meta.length <= LONG_BUCKET)
        .map(|(index, _)| index)
        .peekable();
    let shortest = match short.peek() {
        Some(_) => None,
        None => occupied()
            .min_by_key(|(_, meta)| meta.length)
            .map(|(index, _)| index),
    };
    short.chain(shortest).take(MOST_BUCKETS)
}

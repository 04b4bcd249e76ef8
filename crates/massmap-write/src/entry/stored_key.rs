//! Hashing the keys of maps to be merged.

use std::hash::Hash;

use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use massmap_read::{MassMapInner, RawBlock};
use serde::Deserialize;

use crate::error::WriteError;

/// The hash of a key of the map `number`. It is an error if the key does not lie where its hash leads.
pub(crate) fn hash_stored_key<K, R, H>(
    number: usize,
    map: &MassMapInner<R, H>,
    block: &RawBlock,
    index: usize,
) -> Result<u64, WriteError>
where
    K: for<'de> Deserialize<'de> + Hash,
    R: MassMapReader,
    H: MassMapHashLoader,
{
    map.hash_stored_key::<K>(block, index)
        .map_err(|cause| WriteError::Key { map: number, cause })
}

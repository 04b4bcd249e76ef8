//! Making the miss filter of a file of format 2.

use massmap_format::{MissFilter, MissFilterHeader};
use xorf::BinaryFuse8;

use crate::WriteError;

/// Makes and encodes a filter of `hashes`, which are all different.
pub(crate) fn encode_filter(hashes: &[u64]) -> Result<Vec<u8>, WriteError> {
    let failed = |reason| WriteError::MissFilter {
        count: hashes.len() as u64,
        reason,
    };
    let filter = BinaryFuse8::try_from(hashes).map_err(failed)?;
    let header = MissFilterHeader {
        seed: filter.descriptor.seed,
        segment_length: filter.descriptor.segment_length,
        segment_count_length: filter.descriptor.segment_count_length,
    };
    let bytes = header.encode(&filter.fingerprints);
    // A filter that denied a key would make lookups miss it: one pass rules that out, whatever the construction does.
    let filter = MissFilter::new(&bytes).map_err(|_| failed("its parts do not fit together"))?;
    if hashes.iter().any(|hash| !filter.may_contain(*hash)) {
        return Err(failed("it denies keys that it was made of"));
    }
    Ok(bytes)
}

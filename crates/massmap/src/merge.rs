//! Merging maps for those who need not choose anything.

use std::hash::Hash;
use std::path::Path;

use massmap_format::{FormatVersion, MassMapInfo};
use massmap_hash::KnownHashLoader;
use massmap_io::{FilePool, IntoAtomicFile};
use massmap_read::MassMap;
use massmap_write::MassMapMerger;
use serde::de::DeserializeOwned;

use crate::Result;

/// Merges the maps in the files `inputs` into one, and puts it at `path`, which may be one of them.
///
/// The maps may have any format, and need the same hash function. The file is of format 2. It has the user metadata of all
/// maps, and a miss filter if one of them has. Entries of any two maps with equal keys are an error, unless the maps allow it; those
/// of earlier maps come first. [`MassMapMerger`] has settings for all of that.
///
/// ```
/// use massmap::Builder;
///
/// # fn main() -> massmap::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// let squares = || (0..1000u64).map(|number| (number, number * number));
/// let parts = ["part-0.massmap", "part-1.massmap"].map(|name| directory.join(name));
/// for (index, part) in (0..).zip(&parts) {
///     Builder::new().with_shard(index, 2).build(part, squares())?;
/// }
/// massmap::merge::<u64, u64>(directory.join("merged.massmap"), &parts)?;
///
/// Builder::new().build(directory.join("whole.massmap"), squares())?;
/// assert_eq!(std::fs::read(directory.join("merged.massmap"))?, std::fs::read(directory.join("whole.massmap"))?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of [`open`](crate::open) for each map, [`Error::Write`](crate::Error::Write) if the maps cannot be merged, and those of
/// [`Builder::build`](crate::Builder::build) for the file.
pub fn merge<K, V>(
    path: impl IntoAtomicFile,
    inputs: impl IntoIterator<Item = impl AsRef<Path>>,
) -> Result<MassMapInfo>
where
    K: DeserializeOwned + Eq + Hash,
    V: DeserializeOwned,
{
    // There may be more maps than files that a program may have open.
    let pool = FilePool::default();
    let maps = inputs.into_iter().map(|input| {
        let map = MassMap::<K, V, _, KnownHashLoader>::load(pool.open(input)?)?;
        Ok(map)
    });
    let maps = maps.collect::<Result<Vec<_>>>()?;
    let merger = MassMapMerger::default().with_format(FormatVersion::V2);
    Ok(merger.merge_to_path(path, maps)?)
}

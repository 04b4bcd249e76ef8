//! Lookups by this crate and by massmap 0.1.5.

use std::fs::File;
use std::io;

use massmap::{ChecksumPolicy, MappedFile, MassMap, MassMapReader};
use massmap_benches::stores::Raw;
use massmap_benches::{Contestant, Dataset, Prepared};

use crate::serial::{Keys, digest};

/// Keys of a batch.
pub(crate) const BATCH: usize = 64;

/// Policies, the cheapest first.
pub(crate) const POLICIES: [ChecksumPolicy; 3] = [
    ChecksumPolicy::Never,
    ChecksumPolicy::FirstRead,
    ChecksumPolicy::EveryRead,
];

/// A map of a data set.
pub(crate) type Map<D, R> = MassMap<<D as Dataset>::Key, <D as Dataset>::Value, R>;

/// Opens a file and maps it into memory.
pub(crate) fn open_mapped<D: Dataset>(prepared: &Prepared<D>) -> io::Result<Map<D, MappedFile>> {
    MassMap::load(map_file(prepared)?)
}

/// Maps a file into memory.
pub(crate) fn map_file<D: Dataset>(prepared: &Prepared<D>) -> io::Result<MappedFile> {
    #[expect(unsafe_code, reason = "it is a map of a file")]
    // SAFETY: files of data sets are complete when they get their names, and nobody writes to them from then on.
    unsafe {
        MappedFile::open(prepared.path())
    }
}

/// Looks up single keys with `get`.
pub(crate) fn get<'a, D, R>(name: String, keys: &'a Keys<D::Key>, map: Map<D, R>) -> Contestant<'a>
where
    D: Dataset<Key: 'a, Value: Raw + 'a>,
    R: MassMapReader + 'a,
{
    keys.contestant(name, move |key| {
        let value = map.get(key).expect("the file is whole")?;
        Some(digest(value.raw().as_ref()))
    })
}

/// Looks up batches of keys with `batch_get`.
pub(crate) fn batch_get<'a, D, R>(name: String, keys: &'a Keys<D::Key>, map: Map<D, R>) -> Contestant<'a>
where
    D: Dataset<Key: 'a, Value: Raw + 'a>,
    R: MassMapReader + 'a,
{
    keys.batches(name, move |keys: &[D::Key; BATCH]| {
        let values = map.batch_get::<D::Key>(keys).expect("the file is whole");
        values
            .iter()
            .map(|value| Keys::<D::Key>::answer(value.as_ref().map(|value| digest(value.raw().as_ref()))))
            .fold(0, u64::wrapping_add)
    })
}

/// Looks up single keys with massmap 0.1.5.
pub(crate) fn get_0_1_5<'a, D>(
    name: String,
    keys: &'a Keys<D::Key>,
    map: massmap_0_1_5::MassMap<D::Key, D::Value, File>,
) -> Contestant<'a>
where
    D: Dataset<Key: 'a, Value: Raw + 'a>,
{
    keys.contestant(name, move |key| {
        let value = map.get(key).expect("the file is whole")?;
        Some(digest(value.raw().as_ref()))
    })
}

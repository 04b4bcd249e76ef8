//! Lookups by massmap and massmap 0.1.5.

use std::fs::File;
use std::io;

use massmap::{ChecksumPolicy, LendingReader, MappedFile, MassMap, MassMapReader};
use massmap_benches::{Contestant, Dataset, Integers, Prepared, Strings, digest};
use serde::Deserialize;

use crate::serial::Keys;

/// Number of keys in a batch.
pub(crate) const BATCH: usize = 64;

/// Policies, the cheapest first.
pub(crate) const POLICIES: [ChecksumPolicy; 3] = [
    ChecksumPolicy::Never,
    ChecksumPolicy::FirstRead,
    ChecksumPolicy::EveryRead,
];

/// A data set whose values have digests, which need no copies.
pub(crate) trait DigestDataset: Dataset {
    /// A value, borrowed from the file if possible.
    type Borrowed<'a>: Deserialize<'a>;

    /// The [`digest`] of a value.
    fn digest(value: &Self::Value) -> u64;
    /// The digest of a borrowed value.
    fn digest_borrowed(value: Self::Borrowed<'_>) -> u64;
    /// The digest of an encoded value.
    fn digest_encoded(value: &[u8]) -> u64;
}

impl DigestDataset for Integers {
    type Borrowed<'a> = u64;

    fn digest(value: &u64) -> u64 {
        digest(&value.to_le_bytes())
    }

    fn digest_borrowed(value: u64) -> u64 {
        Self::digest(&value)
    }

    fn digest_encoded(value: &[u8]) -> u64 {
        // Almost all values are so large that they are encoded in eight bytes, big-endian.
        let decoded = value.last_chunk().map(|bytes| u64::from_be_bytes(*bytes));
        decoded.map_or(0, Self::digest_borrowed)
    }
}

impl DigestDataset for Strings {
    type Borrowed<'a> = &'a str;

    fn digest(value: &String) -> u64 {
        digest(value.as_bytes())
    }

    fn digest_borrowed(value: &str) -> u64 {
        digest(value.as_bytes())
    }

    fn digest_encoded(value: &[u8]) -> u64 {
        // After two bytes with type and length.
        digest(&value[2..])
    }
}

/// A map of a data set.
pub(crate) type Map<D, R> = MassMap<<D as Dataset>::Key, <D as Dataset>::Value, R>;

/// Opens a file and maps it into memory.
pub(crate) fn open_mapped<D: Dataset>(prepared: &Prepared<D>) -> io::Result<Map<D, MappedFile>> {
    MassMap::load(prepared.map_file()?)
}

/// Looks up single keys with `get`.
pub(crate) fn get<'a, D, R>(name: String, keys: &'a Keys<D::Key>, map: Map<D, R>) -> Contestant<'a>
where
    D: DigestDataset<Key: 'a, Value: 'a>,
    R: MassMapReader + 'a,
{
    keys.contestant(name, move |key| {
        let value = map.get(key).expect("the file is undamaged")?;
        Some(D::digest(&value))
    })
}

/// Looks up single keys with `get_ref`.
pub(crate) fn get_ref<'a, D, R>(name: String, keys: &'a Keys<D::Key>, map: Map<D, R>) -> Contestant<'a>
where
    D: DigestDataset<Key: 'a, Value: 'a>,
    R: LendingReader + 'a,
{
    keys.contestant(name, move |key| {
        let value: Option<D::Borrowed<'_>> = map.get_ref(key).expect("the file is undamaged");
        value.map(D::digest_borrowed)
    })
}

/// Looks up single keys with `get_with`.
pub(crate) fn get_with<'a, D, R>(name: String, keys: &'a Keys<D::Key>, map: Map<D, R>) -> Contestant<'a>
where
    D: DigestDataset<Key: 'a, Value: 'a>,
    R: MassMapReader + 'a,
{
    keys.contestant(name, move |key| {
        map.get_with(key, D::digest_encoded)
            .expect("the file is undamaged")
    })
}

/// Looks up batches of keys with `batch_get_with`.
pub(crate) fn batch_get_with<'a, D, R>(name: String, keys: &'a Keys<D::Key>, map: Map<D, R>) -> Contestant<'a>
where
    D: DigestDataset<Key: 'a, Value: 'a>,
    R: MassMapReader + 'a,
{
    keys.batches(name, move |keys: &[D::Key; BATCH]| {
        let mut sum = 0u64;
        let done = map.batch_get_with::<D::Key>(keys, |_, value| {
            sum = sum.wrapping_add(Keys::<D::Key>::answer(value.map(D::digest_encoded)));
            Ok(())
        });
        done.expect("the file is undamaged");
        sum
    })
}

/// Looks up batches of keys with `batch_get`.
pub(crate) fn batch_get<'a, D, R>(name: String, keys: &'a Keys<D::Key>, map: Map<D, R>) -> Contestant<'a>
where
    D: DigestDataset<Key: 'a, Value: 'a>,
    R: MassMapReader + 'a,
{
    keys.batches(name, move |keys: &[D::Key; BATCH]| {
        let values = map.batch_get::<D::Key>(keys).expect("the file is undamaged");
        values
            .iter()
            .map(|value| Keys::<D::Key>::answer(value.as_ref().map(D::digest)))
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
    D: DigestDataset<Key: 'a, Value: 'a>,
{
    keys.contestant(name, move |key| {
        let value = map.get(key).expect("the file is undamaged")?;
        Some(D::digest(&value))
    })
}

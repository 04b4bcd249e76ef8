//! Checking a whole file through a reader.

use std::hash::Hash;
use std::io;

use massmap_core::codec::Role;
use massmap_core::{ChecksumPolicy, ReadError, Verification, VerifyReport};
use massmap_format::RawEntry;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::iterate::sequential::{LONGEST_READ, Sequential};
use crate::map::stored_keys::{KeysOf, StoredKeys};
use crate::{MassMap, MassMapInner};

impl<K, V, R: MassMapReader, H: MassMapHashLoader> MassMap<K, V, R, H>
where
    K: for<'de> Deserialize<'de> + Eq + Hash,
    V: for<'de> Deserialize<'de>,
{
    /// Reads the whole file and checks everything that can be checked. If nothing is wrong, every lookup succeeds.
    ///
    /// In either format: every bucket or page can be read and has the right number of entries, every key can be decoded and lies
    /// where lookups expect it, and `K` and `V` are the types of its keys and values as far as the file tells. In format 2 also:
    /// every checksum; the order of the entries, and their slots; the page index, bit by bit; the miss filter contains every key;
    /// no key occurs twice, if the
    /// file says so; the order of sections and of the user metadata; unused bytes are zero; nothing follows the end. Values are
    /// walked over, not decoded.
    ///
    /// Takes memory for the longest bucket or run of pages, and for the problems that are reported. If there is too little memory
    /// for a part of the file, the rest is checked, and the report names that part: see [`VerifyReport::unverified`]. Other
    /// errors of the reader, and a file that ends early, are problems.
    pub fn verify(&self) -> VerifyReport {
        let inner = self.inner();
        verify_keys(inner, &KeysOf::<K>::NEW, || inner.check_type::<V>(Role::Value))
    }
}

/// Checks everything about a file whose keys are `keys`. `check_values` refuses a type of values that the file does not have.
pub(crate) fn verify_keys<R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    keys: &impl StoredKeys<R, H>,
    check_values: impl FnOnce() -> Result<(), ReadError>,
) -> VerifyReport {
    verify(
        inner,
        Some(check_types(inner, keys, check_values)),
        |index, entry| inner.hash_stored(keys, index, entry.key).map(Some),
    )
}

impl<R: MassMapReader, H: MassMapHashLoader> MassMapInner<R, H> {
    /// Like [`MassMap::verify`], without the checks that need the key type: whether keys can be decoded and lie where lookups
    /// expect them.
    pub fn verify(&self) -> VerifyReport {
        verify(self, None, |_, _| Ok(None))
    }
}

/// Whether lookups are refused whatever the entries are, and why: because of the hash function, or of the types. `check_values` refuses a
/// type of values that the file does not have.
///
/// # Errors
///
/// Those of [`MassMapInner::check_key_type`] that need no entries.
pub fn check_types<R, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    keys: &impl StoredKeys<R, H>,
    check_values: impl FnOnce() -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    inner.check_hash_function()?;
    keys.check_names(inner)?;
    check_values()
}

/// Begins to verify a file, with what needs no read. `types` is the result of [`check_types`] if the types are known.
pub fn begin_verification<R, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    types: Option<Result<(), ReadError>>,
) -> Verification<'_> {
    let keys_checked = types.is_some();
    let mut verification = Verification::new(
        inner.index(),
        &inner.meta,
        &inner.header,
        inner.duplicate_keys(),
        keys_checked,
    );
    if let Some(Err(error)) = types {
        verification.refused(&error.into());
    }
    verification.check_index();
    verification
}

/// Checks everything. If the key type is known, `hash_of` returns the hash of an entry's key, and `types` says whether lookups
/// are refused whatever the entries are.
fn verify<R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
    types: Option<Result<(), ReadError>>,
    hash_of: impl Fn(usize, &RawEntry<'_>) -> io::Result<Option<u64>>,
) -> VerifyReport {
    let mut verification = begin_verification(inner, types);
    // Overrides the map's policy.
    let mut reads =
        Sequential::new(inner, inner.index().end(), LONGEST_READ).with_policy(ChecksumPolicy::EveryRead);
    while let Some((extent, placement)) = verification.next_extent() {
        let checked = reads.read(&extent, |block| {
            let hash_of = |entry: &RawEntry<'_>| hash_of(extent.index(), entry);
            verification
                .check_block(&extent, &placement, &block, hash_of)
                .map(Some)
        });
        // No extent is empty, so a block has been checked unless there was an error.
        if let Some(checked) = checked.transpose() {
            verification.add_block(&extent, checked);
        }
    }
    while let Some((offset, length)) = verification.next_range() {
        let checked = inner
            .reader
            .read_exact_at(offset, length, |bytes| verification.check_range(bytes));
        verification.add_range(checked);
    }
    verification.finish()
}

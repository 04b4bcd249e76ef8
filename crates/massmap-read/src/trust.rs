//! Whether the hash function and the key type of this program are those that a file was built with, so that a key which
//! is not found can be said to be missing.
//!
//! # What is checked
//!
//! - In format 2, that the hash function gives the two hashes that the file notes of it.
//! - That an integer is not to be looked up as a string or the other way round, and in format 2 not as another integer, by the
//!   names of the types.
//! - Some stored keys: those of one run of pages, or in format 1 of as many buckets as it takes, 8 at most. Of those that can be
//!   decoded, each has to lie where its hash says. If none of 64 can be decoded, or none of all, they are of another type.
//!
//! It is a sample. A type of which only some keys hash otherwise than when the file was built can pass; a check of all keys
//! ([`crate::trust::check_keys`]) finds it.
//!
//! # Keys that cannot be decoded
//!
//! Some among others that can be are no reason to refuse a file: a program that does not know all variants of an enum looks up
//! those that it knows. No key of its type equals one that cannot be decoded, so that its misses are right if the others are
//! where they belong. Damage in format 1 can make any key undecodable, but hardly 64 of them and no other, and leave the rest
//! of their buckets intact.

pub(crate) mod check_keys;
pub(crate) mod evidence;
pub(crate) mod file_types;

use std::any::type_name;
use std::hash::Hash;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use massmap_format::FormatVersion;
use massmap_hash::MassMapHashLoader;
use massmap_io::MassMapReader;
use serde::Deserialize;

use crate::error::with_causes;
use crate::layout::{Extent, Layout};
use crate::trust::evidence::{Evidence, Refusal, examine};
use crate::{MassMapInner, ReadError};

/// How many buckets or runs of pages are tried at most when a map is opened: more than one where they are damaged, or few
/// keys say little.
const MOST_EXTENTS: usize = 8;

/// How many are tried as long as no key in them can be decoded.
const MOST_UNDECODABLE_EXTENTS: usize = 64;

/// So many keys of which none can be decoded are of another type. If one in ten could be, this would be wrong once in 850 times.
const ENOUGH_UNDECODABLE: u64 = 64;

/// Extents longer than this come last, so that opening a map stays cheap. In bytes.
const LONG: u64 = 64 << 10;

/// Among so many extents at the beginning of a map, the ones to try are chosen.
const CHOICE: usize = 1000;

/// What is known about whether misses can be trusted.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    established: AtomicBool,
    /// Why opening the map has not brought enough, once that is so.
    doubt: OnceLock<String>,
}

impl Trust {
    #[inline]
    pub(crate) fn is_established(&self) -> bool {
        // Relaxed will do: the flag guards no other data.
        self.established.load(Ordering::Relaxed)
    }

    /// Notes that misses can be trusted.
    pub(crate) fn set_established(&self) {
        self.established.store(true, Ordering::Relaxed);
    }

    /// Reads stored keys and hashes them again, the first time that it is called. Returns whether that was enough.
    ///
    /// # Errors
    ///
    /// [`ReadError::HashMismatch`] if one of them lies in another place than its hash says, [`ReadError::HashFunction`] or
    /// [`ReadError::KeyType`] if the file tells that hash function or key type are others, [`ReadError::UndecodableKeys`] if
    /// none of them is a key of this type.
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
        inner.check_key_names::<K>()?;
        if matches!(inner.layout(), Layout::Buckets(buckets) if buckets.len() == 1) {
            // Every hash finds every key.
            self.set_established();
            return Ok(true);
        }
        let Sample { evidence, unreadable } = Sample::take::<K, R, H>(inner)?;
        if evidence.is_enough(inner) {
            self.set_established();
            return Ok(true);
        }
        let mut doubt = unreadable;
        if let Some((index, cause)) = evidence.undecodable.first {
            // Few keys in a file without checksums may be damaged, unless the file calls them something else anyhow.
            let may_be_damaged = inner.format() == FormatVersion::V1 && inner.types().name_keys::<K>();
            let count = evidence.undecodable.count;
            let are_all = count == inner.layout().entry_count() && !may_be_damaged;
            if evidence.decoded == 0 && (count >= ENOUGH_UNDECODABLE || are_all) {
                return Err(ReadError::UndecodableKeys {
                    key_type: type_name::<K>(),
                    file_key_type: inner.types().key_type.clone(),
                    examined: count,
                    place: inner.types().place(index),
                    cause,
                }
                .into());
            }
            doubt = doubt.or_else(|| Some(inner.origin(index).no_key::<K>(cause).to_string()));
        }
        match doubt {
            Some(doubt) => _ = self.doubt.set(doubt),
            // Eight extents bring enough evidence unless there are no more: then every key has been checked. Or there were
            // only long runs, and the file names the type.
            None => self.set_established(),
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
            Ok(evidence) if evidence.is_enough(inner) => Ok(()),
            Ok(_) => {
                let reason = self.doubt.get().cloned().unwrap_or_default();
                Err(ReadError::Unverified {
                    key_type: type_name::<K>(),
                    file_key_type: inner.types().key_type.clone(),
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

/// The keys that are examined when a map is opened.
struct Sample {
    evidence: Evidence,
    /// What is wrong with the first extent that cannot be read, or is damaged.
    unreadable: Option<String>,
}

impl Sample {
    /// Examines extents until they are evidence enough, or too many.
    ///
    /// # Errors
    ///
    /// [`ReadError::HashMismatch`] if a key lies in another place than its hash says.
    fn take<K, R, H>(inner: &MassMapInner<R, H>) -> io::Result<Self>
    where
        K: for<'de> Deserialize<'de> + Hash,
        R: MassMapReader,
        H: MassMapHashLoader,
    {
        let mut sample = Self {
            evidence: Evidence::default(),
            unreadable: None,
        };
        for (tried, extent) in candidates::<K, R, H>(inner).enumerate() {
            let evidence = &sample.evidence;
            let undecodable = evidence.undecodable.count;
            let is_over = match evidence.decoded == 0 && undecodable > 0 {
                true => tried >= MOST_UNDECODABLE_EXTENTS || undecodable >= ENOUGH_UNDECODABLE,
                false => tried >= MOST_EXTENTS,
            };
            if is_over || evidence.is_enough(inner) {
                break;
            }
            match extent
                .map_err(Refusal::Unreadable)
                .and_then(|extent| examine::<K, R, H>(inner, &extent))
            {
                Ok(found) => sample.evidence.add(found),
                Err(Refusal::Mismatch(error)) => return Err(error),
                Err(Refusal::Unreadable(error)) => {
                    sample.unreadable.get_or_insert_with(|| with_causes(&error));
                }
            }
        }
        Ok(sample)
    }
}

/// The extents to try, in order.
fn candidates<K, R: MassMapReader, H: MassMapHashLoader>(
    inner: &MassMapInner<R, H>,
) -> impl Iterator<Item = io::Result<Extent>> {
    let is_long = |extent: &io::Result<Extent>| extent.as_ref().is_ok_and(|extent| extent.length > LONG);
    let extents = || inner.places().extents().take(CHOICE);
    let short = extents().filter(move |extent| !is_long(extent));
    // A file of format 2 tells its hash function: rather than read a long run for the key type, its name is believed.
    let named = inner.format() == FormatVersion::V2 && inner.types().name_keys::<K>();
    let long = extents()
        .filter(is_long)
        .take(if named { 0 } else { MOST_EXTENTS });
    short.chain(long)
}

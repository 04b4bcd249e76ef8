//! Checking that a file was built with this program's hash function and key type. A key that is not found can then be reported as
//! missing.
//!
//! # What is checked
//!
//! - Format 2: the hash function gives the two test hashes that the file stores.
//! - The type names: an integer is not looked up as a string or the other way round, and in format 2 not as another integer
//!   ([`TypeNames::check_key_type`]).
//! - A sample of the stored keys: those of one run of pages, or in format 1 of as many buckets as needed, 8 at most. Each key
//!   that can be decoded has to lie where its hash says. If none of 64 keys, or of all if there are fewer, can be decoded, the
//!   keys are of another type.
//!
//! If only some keys of a type hash differently than when the file was built, a sample can miss that. Checking all keys finds it.
//!
//! # Keys that cannot be decoded
//!
//! A few such keys are no reason to refuse a file: a program that does not know all variants of an enum looks up those that it
//! knows. No key of its type equals one that cannot be decoded, so its misses are right if the other keys lie where they belong.
//! Damage in format 1 can make any key undecodable, but hardly 64 of them and no other while the rest of their buckets is intact.

pub(crate) mod evidence;
pub(crate) mod hash_probes;
pub(crate) mod type_names;

use std::iter::{Chain, Filter, Take};

use massmap_format::{FormatError, FormatVersion};

use crate::index::extent::Extent;
use crate::index::extents::Extents;
use crate::{Index, ReadError, with_causes};

use evidence::{Evidence, Examined};
use hash_probes::HashProbes;
use type_names::TypeNames;

/// Most buckets or runs of pages that are examined. One is enough unless it is damaged or holds too few keys to check.
const MOST_EXTENTS: usize = 8;

/// Most extents that are examined as long as no key in them can be decoded.
const MOST_UNDECODABLE_EXTENTS: usize = 64;

/// If this many keys are examined and none can be decoded, they are of another type. If one in ten could be decoded, this would
/// be wrong once in 850 times.
const ENOUGH_UNDECODABLE: u64 = 64;

/// Longer extents are examined last, so that opening a map stays cheap. In bytes.
const LONG: u64 = 64 << 10;

/// In format 2, the last pages are examined first: this many of them, which are among the last 64 KiB of most files with pages of up to
/// 16 KiB.
const NEAR_END: usize = 2;

/// Otherwise, the extents to examine are chosen among this many at the beginning of a map.
const CHOICE: usize = 1000;

/// Checks a sample of the stored keys against a hash function and a key type.
///
/// ```
/// use massmap_core::{Extent, Examined, HashProbes, Index, KeyCheck, ReadError, TypeNames, Verdict};
///
/// /// Checks that keys are `u64`s, hashed by `hash`. `read` reads an extent, and `probes` were hashed by `hash`, too.
/// fn check(
///     index: &Index,
///     names: &TypeNames,
///     probes: HashProbes,
///     hash: impl Fn(u64) -> u64,
///     read: impl Fn(&Extent) -> Result<Vec<u8>, String>,
/// ) -> Result<Verdict, ReadError> {
///     names.check_key_type("u64", || true)?;
///     let mut check = KeyCheck::new(index, names, "u64", probes)?;
///     while let Some(extent) = check.next_extent() {
///         match read(&extent) {
///             Ok(bytes) => {
///                 let block = index.block::<ReadError>(&extent, &bytes)?;
///                 check.add(Examined::new::<ReadError>(index, &extent, &block, |key| {
///                     Ok(hash(index.key_codec().decode(key)?))
///                 })?)?;
///             }
///             Err(reason) => check.unreadable(reason),
///         }
///     }
///     check.verdict()
/// }
/// ```
#[derive(Debug)]
pub struct KeyCheck<'a> {
    index: &'a Index,
    names: &'a TypeNames,
    key_type: &'static str,
    candidates: Chain<Short<'a>, Take<Long<'a>>>,
    tried: usize,
    evidence: Evidence,
    /// The problem of the first extent that cannot be read or is damaged.
    unreadable: Option<String>,
}

type Candidate = Result<Extent, FormatError>;
type Candidates<'a> = Chain<Extents<'a>, Take<Extents<'a>>>;
type Short<'a> = Filter<Candidates<'a>, fn(&Candidate) -> bool>;
type Long<'a> = Filter<Candidates<'a>, fn(&Candidate) -> bool>;

/// The outcome of a key check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Hash function and key type are right: a key that is not found is missing.
    Passed,
    /// There was too little evidence, for this reason.
    Unverified(String),
}

impl<'a> KeyCheck<'a> {
    /// A check of keys of the type named `key_type`, a name from [`std::any::type_name`]. It begins with the hash function.
    ///
    /// # Errors
    ///
    /// [`ReadError::HashFunction`] if `probes` differ.
    pub fn new(
        index: &'a Index,
        names: &'a TypeNames,
        key_type: &'static str,
        probes: HashProbes,
    ) -> Result<Self, ReadError> {
        probes.check(names)?;
        // The end of a file of format 2 has been read already where opening began there: its keys cost no read.
        let near_end = match index.format() {
            FormatVersion::V1 => 0,
            _ => NEAR_END.min(index.len()),
        };
        let first = index.len() - near_end;
        let extents = || {
            let others = index.extents_within(0..first).take(CHOICE);
            index.extents_within(first..index.len()).chain(others)
        };
        let is_short: fn(&Candidate) -> bool = |extent| !is_long(extent);
        // A file of format 2 identifies its hash function. Trusting its type name saves reading a long run.
        let is_named = index.format() == FormatVersion::V2 && names.name_keys(key_type);
        let most_long = if is_named { 0 } else { MOST_EXTENTS };
        Ok(Self {
            index,
            names,
            key_type,
            candidates: extents().filter(is_short).chain(
                extents()
                    .filter(is_long as fn(&Candidate) -> bool)
                    .take(most_long),
            ),
            tried: 0,
            evidence: Evidence::default(),
            unreadable: None,
        })
    }

    /// The next extent to examine; `None` if there is enough evidence, or no more extents.
    pub fn next_extent(&mut self) -> Option<Extent> {
        if self.index.format() == FormatVersion::V1 && self.index.len() == 1 {
            // Every hash finds every key.
            return None;
        }
        loop {
            let undecodable = self.evidence.undecodable.count;
            let is_over = match self.evidence.decoded == 0 && undecodable > 0 {
                true => self.tried >= MOST_UNDECODABLE_EXTENTS || undecodable >= ENOUGH_UNDECODABLE,
                false => self.tried >= MOST_EXTENTS,
            };
            if is_over || self.evidence.is_enough(self.index) {
                return None;
            }
            self.tried += 1;
            match self.candidates.next()? {
                Ok(extent) => return Some(extent),
                Err(error) => self.unreadable(with_causes(&error.into())),
            }
        }
    }

    /// Adds the evidence from the keys of an extent, from [`Examined::new`].
    ///
    /// # Errors
    ///
    /// [`ReadError::HashMismatch`] if a key lies elsewhere than its hash says.
    pub fn add(&mut self, examined: Examined) -> Result<(), ReadError> {
        let evidence = examined.into_evidence(self.index, self.names, self.key_type)?;
        self.evidence.add(evidence);
        Ok(())
    }

    /// Notes that an extent cannot be read or is damaged, and why.
    pub fn unreadable(&mut self, reason: String) {
        self.unreadable.get_or_insert(reason);
    }

    /// The verdict on the keys that were examined.
    ///
    /// # Errors
    ///
    /// [`ReadError::UndecodableKeys`] if they are of another type.
    pub fn verdict(self) -> Result<Verdict, ReadError> {
        let is_single = self.index.format() == FormatVersion::V1 && self.index.len() == 1;
        if is_single || self.evidence.is_enough(self.index) {
            return Ok(Verdict::Passed);
        }
        let mut doubt = self.unreadable;
        if let Some((index, cause)) = self.evidence.undecodable.first {
            // A few keys in a file without checksums may be damaged, unless the file names another type anyway.
            let may_be_damaged =
                self.index.format() == FormatVersion::V1 && self.names.name_keys(self.key_type);
            let count = self.evidence.undecodable.count;
            let are_all = count == self.index.entry_count() && !may_be_damaged;
            if self.evidence.decoded == 0 && (count >= ENOUGH_UNDECODABLE || are_all) {
                return Err(ReadError::UndecodableKeys {
                    key_type: self.key_type,
                    file_key_type: self.names.key_type().to_owned(),
                    examined: count,
                    place: self.index.place(index),
                    cause,
                });
            }
            doubt = doubt.or_else(|| {
                let place = self.index.place(index);
                Some(
                    self.names
                        .undecodable_key(place, self.key_type, cause)
                        .to_string(),
                )
            });
        }
        // Eight extents are enough evidence. If there are fewer, every key has been checked, or there are only long runs and the
        // file names the type.
        Ok(doubt.map_or(Verdict::Passed, Verdict::Unverified))
    }
}

fn is_long(extent: &Candidate) -> bool {
    extent.as_ref().is_ok_and(|extent| extent.length() > LONG)
}

/// Confirms that a key that was not found is missing although the check of the map has not passed. The other keys of its extent
/// may be enough evidence. `reason` is that of [`Verdict::Unverified`]; `examined` is `None` if there is no extent to examine.
///
/// # Errors
///
/// [`ReadError::Unverified`] if they are not; [`ReadError::HashMismatch`].
pub fn confirm_miss(
    index: &Index,
    names: &TypeNames,
    key_type: &'static str,
    examined: Option<Examined>,
    reason: &str,
) -> Result<(), ReadError> {
    let evidence = examined
        .map(|examined| examined.into_evidence(index, names, key_type))
        .transpose()?;
    if evidence.unwrap_or_default().is_enough(index) {
        return Ok(());
    }
    Err(ReadError::Unverified {
        key_type,
        file_key_type: names.key_type().to_owned(),
        reason: reason.to_owned(),
    })
}

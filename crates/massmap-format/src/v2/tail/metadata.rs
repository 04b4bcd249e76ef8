//! The metadata section, `FORMAT.md` section 2.6.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::v1::meta::check_fields;
use crate::v2::schema::Schema;
use crate::{EntryWidths, FormatError, MassMapMeta, PagedHeader, Walker};

pub(crate) mod length;

/// Number of elements of the section's array.
const FIELDS: u32 = 5;

/// Number of elements of the array of types.
const TYPES: u32 = 3;

/// Treatment of entries with equal keys.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateKeys {
    /// All are kept; lookups return the first one.
    KeepAll,
    /// The build fails.
    Error,
    /// The first one is kept.
    First,
    /// The last one is kept.
    Last,
}

/// The metadata of a file of format 2.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct PagedMetadata {
    /// The fields that format 1 has too. A bucket is a page; of each run, only the first page counts as occupied.
    pub meta: MassMapMeta,
    /// Treatment of entries with equal keys when the file was built.
    pub duplicate_keys: DuplicateKeys,
    /// Hashes of the two [probes](Self::PROBES) by the hash function of the file, not spread.
    pub hash_probes: (u64, u64),
    /// The user's metadata.
    pub user: BTreeMap<String, String>,
    /// What keys and values are.
    pub types: EntryTypes,
}

/// What the keys and values of a file are, the same from every language.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct EntryTypes {
    /// The join of the schemas of all keys.
    pub key: Schema,
    /// The join of the schemas of all values.
    pub value: Schema,
    /// Whether every key has the hash of its canonical bytes. Otherwise only a program with the writer's own way of hashing finds
    /// keys.
    pub canonical_keys: bool,
}

impl Default for EntryTypes {
    /// Those of a file without entries.
    fn default() -> Self {
        Self {
            key: Schema::Never,
            value: Schema::Never,
            canonical_keys: true,
        }
    }
}

impl EntryTypes {
    /// The widths of keys and values if all entries have the same ones, as [`EntryWidths::new`] allows.
    #[must_use]
    pub fn widths(&self) -> Option<EntryWidths> {
        EntryWidths::new(self.key.fixed_width()?, self.value.fixed_width()?)
    }

    /// What the entries of both files are.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        Self {
            key: self.key.join(&other.key),
            value: self.value.join(&other.value),
            canonical_keys: self.canonical_keys && other.canonical_keys,
        }
    }
}

impl PagedMetadata {
    /// Keys whose hashes identify the hash function: a 64-bit integer and a string.
    pub const PROBES: (u64, &'static str) = (0x0123_4567_89ab_cdef, "massmap");

    /// Checks that a section of `length` bytes is no longer than the format allows.
    ///
    /// # Errors
    ///
    /// [`FormatError::MetadataTooLong`] if it is longer.
    pub const fn check_length(length: u64) -> Result<(), FormatError> {
        length::check(length)
    }

    /// Encodes the section.
    ///
    /// # Errors
    ///
    /// [`FormatError::MetaEncode`], [`FormatError::TooDeep`] or [`FormatError::HashConfigTooLong`] for a hash function that
    /// readers would refuse, [`FormatError::SchemaTooLong`] for a schema that is not bounded, [`FormatError::MetadataTooLong`] if the section would take more than 16 MiB.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        let bytes = rmp_serde::to_vec(self).map_err(|source| FormatError::MetaEncode { source })?;
        // Nothing is written that readers would refuse. The nesting comes first: the other check relies on it.
        Walker::new(&bytes).value()?;
        check_section(&bytes)?;
        Self::check_length(bytes.len() as u64)?;
        Ok(bytes)
    }

    /// Decodes the section.
    ///
    /// # Errors
    ///
    /// [`FormatError::MetaDecode`] if the bytes are not one value with the fields of the metadata,
    /// [`FormatError::HashConfigTooLong`], [`FormatError::SchemaTooLong`], or the errors of [`Walker::value`], [`Walker::array_of`] and [`Walker::finish`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        check_section(bytes)?;
        rmp_serde::from_slice(bytes).map_err(|source| FormatError::MetaDecode { source })
    }

    /// Checks the bytes of a section that can be decoded for deviations that decoding tolerates: values of other types, and
    /// names in the user metadata that do not ascend. Of equal names, decoding would keep only one.
    ///
    /// # Errors
    ///
    /// [`FormatError::UserMetadataOrder`], or the errors of [`Walker`].
    pub fn verify_encoding(bytes: &[u8]) -> Result<(), FormatError> {
        let mut walker = Walker::new(bytes);
        walker.array_of(FIELDS)?;
        check_fields(walker.value()?)?;
        walker.string()?;
        walker.array_of(2)?;
        for _ in ["hash of the integer", "hash of the string"] {
            walker.unsigned()?;
        }
        let mut before = None;
        for _ in 0..walker.map_header()? {
            let position = walker.position();
            let name = text(walker.string()?);
            if before.is_some() && name <= before {
                return Err(FormatError::UserMetadataOrder { position });
            }
            before = name;
            walker.string()?;
        }
        // Decoding has checked the types, which are strings, numbers and a boolean in every language.
        walker.value()?;
        walker.finish()
    }

    /// The fields that format 1 has too, with what keys and values are in place of the names of types that the file lacks.
    #[must_use]
    pub fn described_meta(&self) -> MassMapMeta {
        let mut meta = self.meta.clone();
        if !self.has_type_names() {
            meta.key_type = self.types.key.to_string();
            meta.value_type = self.types.value.to_string();
        }
        meta
    }

    /// Whether the file has the names that the types of keys and values have in the program that wrote it.
    #[must_use]
    pub fn has_type_names(&self) -> bool {
        !self.meta.key_type.is_empty() || !self.meta.value_type.is_empty()
    }

    /// Checks that the counts agree with those of the header.
    ///
    /// # Errors
    ///
    /// [`FormatError::HeaderMismatch`] if they do not.
    pub fn validate(&self, header: &PagedHeader) -> Result<(), FormatError> {
        for (field, meta, header) in [
            ("entry_count", self.meta.entry_count, header.entry_count),
            ("bucket_count", self.meta.bucket_count, header.page_count),
        ] {
            if meta != header {
                return Err(FormatError::HeaderMismatch { field, meta, header });
            }
        }
        Ok(())
    }
}

/// The bytes of an encoded string without its header.
fn text(encoded: &[u8]) -> Option<&[u8]> {
    let header = match encoded.first()? {
        0xd9 => 2,
        0xda => 3,
        0xdb => 5,
        _ => 1,
    };
    encoded.get(header..)
}

/// Checks that the section is one array of the right length, which the decoder would not check, and that its first element
/// has the layout of format 1.
fn check_section(bytes: &[u8]) -> Result<(), FormatError> {
    let mut walker = Walker::new(bytes);
    walker.value()?;
    walker.finish()?;
    let mut walker = Walker::new(bytes);
    walker.array_of(FIELDS)?;
    check_fields(walker.value()?)?;
    for _ in ["duplicate policy", "hash probes", "user metadata"] {
        walker.value()?;
    }
    walker.array_of(TYPES)?;
    for _ in ["key", "value"] {
        Schema::check_length(walker.value()?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

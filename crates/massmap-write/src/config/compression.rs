//! How values are compressed.

use std::sync::Arc;

use massmap_format::{CompressionDescription, DictionarySource};

use crate::error::WriteError;

/// The level unless one is set.
const DEFAULT_LEVEL: i32 = 9;

/// The longest dictionary that is made, in bytes, unless another length is set. With it, the end of a file, from which it opens, still
/// fits one read of 64 KiB.
const DEFAULT_DICTIONARY_SIZE: u32 = 32 << 10;

/// How the values of a file of format 2 are compressed: each for itself, so that a lookup decompresses one value.
///
/// Values of 200 bytes to 4 KiB that resemble each other, such as JSON documents, take a third of their size with a dictionary. The
/// builder makes one from values of the file; without any, short values hardly get shorter. Values that do not get at least
/// an eighth shorter are stored as they are, and so are all values of a file whose entries have a fixed width.
///
/// The same entries and settings give the same bytes as long as the library that compresses has the same version: zstd 1.5.7 here.
///
/// ```
/// use massmap_write::Compression;
///
/// let fast = Compression::zstd().with_level(3);
/// let without_dictionary = Compression::zstd().with_dictionary_size(0);
/// assert_ne!(fast, without_dictionary);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compression(Option<Zstd>);

/// Compression with Zstandard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zstd {
    pub(crate) level: i32,
    pub(crate) dictionary: Dictionary,
}

/// Where the dictionary comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dictionary {
    /// From the values of the file. It has at most so many bytes.
    Trained { limit: u32 },
    /// From the user.
    Given(Arc<[u8]>),
}

impl Compression {
    /// No compression: for merging files with compressed values into one without.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Compression with Zstandard, at level 9, with a dictionary of at most 32 KiB that is made from values of the file.
    #[must_use]
    pub const fn zstd() -> Self {
        Self(Some(Zstd {
            level: DEFAULT_LEVEL,
            dictionary: Dictionary::Trained {
                limit: DEFAULT_DICTIONARY_SIZE,
            },
        }))
    }

    /// Sets the level, from 1 to 22. Higher ones compress more and take longer; they decompress equally fast.
    #[must_use]
    pub fn with_level(mut self, level: i32) -> Self {
        if let Some(zstd) = &mut self.0 {
            zstd.level = level;
        }
        self
    }

    /// Sets the length of the longest dictionary that is made from values of the file, in bytes; at most 16 MiB. With less than 256,
    /// there is none.
    ///
    /// Every program that opens the file holds the dictionary in memory. It is shorter where it would take more space than it saves.
    #[must_use]
    pub fn with_dictionary_size(mut self, bytes: u32) -> Self {
        if let Some(zstd) = &mut self.0 {
            zstd.dictionary = Dictionary::Trained { limit: bytes };
        }
        self
    }

    /// Sets the dictionary, instead of making one: any bytes, or what `zstd --train` has made. The file contains it.
    ///
    /// Files that were built with the same dictionary and level are merged without compressing anything again.
    #[must_use]
    pub fn with_dictionary(mut self, dictionary: impl Into<Vec<u8>>) -> Self {
        if let Some(zstd) = &mut self.0 {
            zstd.dictionary = Dictionary::Given(dictionary.into().into());
        }
        self
    }

    /// The compression of a file.
    pub(crate) fn of_file(description: &CompressionDescription) -> Self {
        Self(Some(Zstd {
            level: description.level,
            dictionary: match description.source {
                DictionarySource::Trained { limit } => Dictionary::Trained { limit },
                DictionarySource::Given => Dictionary::Given(description.dictionary.as_slice().into()),
            },
        }))
    }

    pub(crate) fn as_zstd(&self) -> Option<&Zstd> {
        self.0.as_ref()
    }
}

impl Zstd {
    /// Refuses what no file can have.
    pub(crate) fn check(&self) -> Result<(), WriteError> {
        if !CompressionDescription::LEVELS.contains(&self.level) {
            return Err(WriteError::CompressionLevel { level: self.level });
        }
        let length = match &self.dictionary {
            Dictionary::Trained { limit } => *limit as usize,
            Dictionary::Given(dictionary) => dictionary.len(),
        };
        match length <= CompressionDescription::MAX_DICTIONARY {
            true => Ok(()),
            false => Err(WriteError::DictionaryTooLong { length }),
        }
    }

    /// What a file says of its compression with this dictionary, by this version of the library.
    pub(crate) fn describe(&self, dictionary: Vec<u8>, version: u32) -> CompressionDescription {
        CompressionDescription {
            level: self.level,
            version,
            source: match self.dictionary {
                Dictionary::Trained { limit } => DictionarySource::Trained { limit },
                Dictionary::Given(_) => DictionarySource::Given,
            },
            dictionary,
        }
    }
}

//! The section that says how values are compressed, `FORMAT.md` section 2.4.2.

use std::ops::RangeInclusive;

use crate::FormatError;

/// The number of the only algorithm: frames of Zstandard.
const ZSTD: u32 = 1;

/// The bit that says that the user gave the dictionary.
const GIVEN: u32 = 1;

/// How the values of a file are compressed, or would be if they had no fixed width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompressionDescription {
    /// The level of the compression, from 1 to 22.
    pub level: i32,
    /// The version of the library that compressed, as that library numbers itself. Other versions may make other bytes.
    pub version: u32,
    /// Where the dictionary comes from.
    pub source: DictionarySource,
    /// The dictionary; without bytes if there is none.
    pub dictionary: Vec<u8>,
}

/// Where the dictionary of a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DictionarySource {
    /// It was made from values of the file, and was to have so many bytes at most.
    Trained {
        /// That number.
        limit: u32,
    },
    /// It was given.
    Given,
}

impl CompressionDescription {
    /// Length of the section without the dictionary, in bytes.
    pub const HEADER_LENGTH: usize = 20;

    /// The longest dictionary, in bytes. Readers hold it in memory.
    pub const MAX_DICTIONARY: usize = 16 << 20;

    /// The levels.
    pub const LEVELS: RangeInclusive<i32> = 1..=22;

    /// Encodes the section.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (bits, limit) = match self.source {
            DictionarySource::Trained { limit } => (0, limit),
            DictionarySource::Given => (GIVEN, 0),
        };
        let mut bytes = Vec::with_capacity(Self::HEADER_LENGTH + self.dictionary.len());
        bytes.extend_from_slice(&ZSTD.to_le_bytes());
        bytes.extend_from_slice(&self.level.to_le_bytes());
        for field in [self.version, bits, limit] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        bytes.extend_from_slice(&self.dictionary);
        bytes
    }

    /// Decodes the section.
    ///
    /// # Errors
    ///
    /// [`FormatError::CompressionDescription`] if it is too short or too long, or has an algorithm, a level, a length or bits that do
    /// not exist.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormatError> {
        let damaged = |problem| FormatError::CompressionDescription { problem };
        Self::check_length(bytes.len() as u64)?;
        let (header, dictionary) = bytes
            .split_first_chunk::<{ Self::HEADER_LENGTH }>()
            .ok_or(damaged("is too short"))?;
        let mut fields = header.as_chunks().0.iter().copied();
        let mut field = || fields.next().map_or(0, u32::from_le_bytes);
        if field() != ZSTD {
            return Err(damaged("names an algorithm that this version does not know"));
        }
        let level = field().cast_signed();
        if !Self::LEVELS.contains(&level) {
            return Err(damaged("has a level that does not exist"));
        }
        let (version, bits, limit) = (field(), field(), field());
        if limit as usize > Self::MAX_DICTIONARY {
            return Err(damaged("asks for a dictionary of more than 16 MiB"));
        }
        let source = match (bits, limit) {
            (0, limit) => DictionarySource::Trained { limit },
            (GIVEN, 0) => DictionarySource::Given,
            _ => return Err(damaged("has bits that this version does not know")),
        };
        Ok(Self {
            level,
            version,
            source,
            dictionary: dictionary.to_vec(),
        })
    }

    /// Checks that a section of `length` bytes is no longer than the format allows.
    ///
    /// # Errors
    ///
    /// [`FormatError::CompressionDescription`] if it is longer.
    pub const fn check_length(length: u64) -> Result<(), FormatError> {
        if length <= (Self::HEADER_LENGTH + Self::MAX_DICTIONARY) as u64 {
            return Ok(());
        }
        Err(FormatError::CompressionDescription {
            problem: "has a dictionary of more than 16 MiB",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trained() -> CompressionDescription {
        CompressionDescription {
            level: 2,
            version: 10_507,
            source: DictionarySource::Trained { limit: 32_768 },
            dictionary: b"dict".to_vec(),
        }
    }

    #[test]
    fn the_bytes_are_the_specified_ones() {
        let expected = [
            &[1, 0, 0, 0][..],
            &[2, 0, 0, 0],
            &[0x0b, 0x29, 0, 0],
            &[0, 0, 0, 0],
            &[0, 0x80, 0, 0],
            b"dict",
        ]
        .concat();
        assert_eq!(trained().encode(), expected);
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let given = CompressionDescription {
            level: 22,
            source: DictionarySource::Given,
            dictionary: Vec::new(),
            ..trained()
        };
        for description in [trained(), given] {
            assert_eq!(
                CompressionDescription::decode(&description.encode()).unwrap(),
                description
            );
        }
    }

    #[test]
    fn sections_with_other_fields_are_refused() {
        let bytes = trained().encode();
        let with = |offset: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[offset] = byte;
            bytes
        };
        for (bytes, problem) in [
            (bytes[..19].to_vec(), "short"),
            (with(0, 2), "algorithm"),
            (with(4, 0), "level"),
            (with(4, 23), "level"),
            (with(7, 0x80), "level"),
            (with(19, 1), "16 MiB"),
            (with(12, 2), "bits"),
            // Given, and with a limit.
            (with(12, 1), "bits"),
            (
                vec![0; CompressionDescription::HEADER_LENGTH + CompressionDescription::MAX_DICTIONARY + 1],
                "16 MiB",
            ),
        ] {
            let error = CompressionDescription::decode(&bytes).unwrap_err();
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
}

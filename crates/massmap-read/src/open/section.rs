//! The bytes of a section of the tail.

use std::ops::Range;

use massmap_format::Section;
use massmap_io::MassMapReader;

/// Where the bytes of a section are while a map is open.
#[derive(Debug, Clone)]
pub(crate) enum SectionBytes {
    /// In a copy.
    Owned(Vec<u8>),
    /// In the file, which lies in memory, at this range.
    InPlace(Range<usize>),
}

impl SectionBytes {
    /// `bytes`, which `reader` has at `section`: in place if the reader has all of its bytes in memory, else a copy.
    pub(crate) fn of<R: MassMapReader>(reader: &R, section: &Section, bytes: &[u8]) -> Self {
        let range = || {
            Some(
                usize::try_from(section.offset).ok()?
                    ..usize::try_from(section.offset + section.length).ok()?,
            )
        };
        match range().filter(|_| reader.in_memory().is_some()) {
            Some(range) => Self::InPlace(range),
            None => Self::Owned(bytes.to_vec()),
        }
    }

    /// The bytes; `memory` holds those of the file, if they lie in memory.
    #[inline]
    pub(crate) fn get<'a>(&'a self, memory: Option<&'a [u8]>) -> &'a [u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::InPlace(range) => memory
                .and_then(|memory| memory.get(range.clone()))
                .unwrap_or_default(),
        }
    }
}

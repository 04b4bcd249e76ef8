//! What a file says about the types of its keys and values.

use massmap_format::{FormatVersion, MassMapMeta};

use crate::Place;

/// The types that a file names, for errors to name them.
#[derive(Debug, Clone)]
pub(crate) struct FileTypes {
    format: FormatVersion,
    /// At most [`LONGEST`](Self::LONGEST) characters, as that of the values.
    pub(crate) key_type: String,
    pub(crate) value_type: String,
}

impl FileTypes {
    /// How many characters of a name are kept. A file may have names of any length.
    const LONGEST: usize = 200;

    pub(crate) fn new(format: FormatVersion, meta: &MassMapMeta) -> Self {
        let beginning = |name: &str| name.chars().take(Self::LONGEST).collect();
        Self {
            format,
            key_type: beginning(&meta.key_type),
            value_type: beginning(&meta.value_type),
        }
    }

    /// The bucket, or the page, with this index.
    pub(crate) fn place(&self, index: usize) -> Place {
        match self.format {
            FormatVersion::V1 => Place::Bucket(index),
            _ => Place::Page(index),
        }
    }
}

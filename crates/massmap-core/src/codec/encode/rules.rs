//! How values are encoded, and which are refused.

/// How values are encoded, and which are refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EncodeRules {
    /// Whether structs are written as maps with their field names rather than as arrays.
    pub field_names: bool,
    /// Whether a `Some` is refused if its content is encoded as nil, as `None` is. In keys it always is.
    pub distinct_options: bool,
    /// Whether derived types are refused if they are known not to be decodable. Not needed where every entry is decoded after
    /// encoding.
    pub readable: bool,
    /// Whether entries of maps and elements of sets are written in the order of their encodings, for comparing them.
    pub sorted: bool,
}

/// Lengths of an encoded key and its value, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryLengths {
    /// Length of the key.
    pub key: usize,
    /// Length of the value.
    pub value: usize,
}

impl EntryLengths {
    #[inline]
    pub(super) fn new(key: usize, value: usize) -> Self {
        Self { key, value }
    }
}

//! The bytes of keys and values for stores that know no types.

/// What has bytes of its own, without any encoding.
pub(crate) trait Raw: Sync {
    /// The bytes, in a form that is quick to copy and to compare.
    type Bytes<'a>: AsRef<[u8]> + Ord + Copy + Send + Sync
    where
        Self: 'a;

    fn raw(&self) -> Self::Bytes<'_>;
}

impl Raw for u64 {
    type Bytes<'a> = [u8; 8];

    fn raw(&self) -> [u8; 8] {
        self.to_le_bytes()
    }
}

impl Raw for String {
    type Bytes<'a> = &'a [u8];

    fn raw(&self) -> &[u8] {
        self.as_bytes()
    }
}

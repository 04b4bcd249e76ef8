//! Keys as LMDB compares them fastest.

use heed::{Comparator, DefaultComparator, IntegerComparator};
use serde_bytes::ByteBuf;

/// What LMDB takes for a key.
pub(crate) trait Native {
    /// The bytes.
    type NativeBytes<'a>: AsRef<[u8]>
    where
        Self: 'a;

    /// Their order: it compares integers faster than other keys.
    type Comparator: Comparator + Send + Sync + 'static;

    /// The bytes.
    fn native(&self) -> Self::NativeBytes<'_>;
}

/// The bytes of an integer in memory, and where an integer may lie.
#[derive(Debug, Clone, Copy)]
#[repr(align(8))]
pub(crate) struct IntegerBytes([u8; 8]);

#[expect(
    clippy::host_endian_bytes,
    reason = "stores that compare integers take them as the machine has them, and their files stay on it"
)]
impl IntegerBytes {
    fn new(integer: u64) -> Self {
        Self(integer.to_ne_bytes())
    }
}

impl AsRef<[u8]> for IntegerBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Native for u64 {
    type NativeBytes<'a> = IntegerBytes;

    type Comparator = IntegerComparator;

    fn native(&self) -> IntegerBytes {
        IntegerBytes::new(*self)
    }
}

impl Native for String {
    type NativeBytes<'a> = &'a [u8];

    type Comparator = DefaultComparator;

    fn native(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Native for ByteBuf {
    type NativeBytes<'a> = &'a [u8];

    type Comparator = DefaultComparator;

    fn native(&self) -> &[u8] {
        self
    }
}

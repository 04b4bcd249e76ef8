//! Keys in the form that LMDB compares fastest.

use heed::{Comparator, DefaultComparator, IntegerComparator};
use serde_bytes::ByteBuf;

/// A key in LMDB.
pub(crate) trait Native {
    type NativeBytes<'a>: AsRef<[u8]>
    where
        Self: 'a;

    /// The order of the keys. LMDB compares integers faster than other keys.
    type Comparator: Comparator + Send + Sync + 'static;

    fn native(&self) -> Self::NativeBytes<'_>;
}

/// The bytes of an integer, aligned like one.
#[derive(Debug, Clone, Copy)]
#[repr(align(8))]
pub(crate) struct IntegerBytes([u8; 8]);

#[expect(
    clippy::host_endian_bytes,
    reason = "LMDB compares integers in native byte order, and the files stay on this machine"
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

//! The bytes of keys and values for stores that know no types.

use std::cmp::Ordering;

use heed::{Comparator, DefaultComparator, IntegerComparator};

/// What has bytes of its own, without any encoding.
pub trait Raw: Sync {
    /// The bytes, in a form that is quick to copy and to compare.
    type Bytes<'a>: AsRef<[u8]> + Ord + Copy + Send + Sync
    where
        Self: 'a;

    /// Their order, for LMDB, which compares integers faster than other keys.
    type Comparator: Comparator + 'static;

    /// The bytes.
    fn raw(&self) -> Self::Bytes<'_>;
}

/// The bytes of an integer in memory, in the order of the integers, and where an integer may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(8))]
pub struct IntegerBytes([u8; 8]);

#[expect(
    clippy::host_endian_bytes,
    reason = "stores that compare integers take them as the machine has them, and their files stay on it"
)]
impl IntegerBytes {
    fn new(integer: u64) -> Self {
        Self(integer.to_ne_bytes())
    }

    fn get(self) -> u64 {
        u64::from_ne_bytes(self.0)
    }
}

impl AsRef<[u8]> for IntegerBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Ord for IntegerBytes {
    fn cmp(&self, other: &Self) -> Ordering {
        self.get().cmp(&other.get())
    }
}

impl PartialOrd for IntegerBytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Raw for u64 {
    type Bytes<'a> = IntegerBytes;

    type Comparator = IntegerComparator;

    fn raw(&self) -> IntegerBytes {
        IntegerBytes::new(*self)
    }
}

impl Raw for String {
    type Bytes<'a> = &'a [u8];

    type Comparator = DefaultComparator;

    fn raw(&self) -> &[u8] {
        self.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_integers_have_the_order_of_the_integers() {
        let integers = [0, 1, 255, 256, 1 << 40, u64::MAX];
        assert!(integers.map(|integer| integer.raw()).is_sorted());
        assert!(integers.iter().all(|integer| integer.raw().get() == *integer));
    }
}

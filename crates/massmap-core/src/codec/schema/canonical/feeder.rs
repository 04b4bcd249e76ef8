//! Where the pieces of a key go.

use std::hash::{Hash, Hasher};

use super::memory::Memory;

/// How an empty sequence is hashed, apart from its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    /// As no elements.
    Nothing,
    /// As a piece of memory of length 0, as slices of integers are.
    Memory,
}

/// What became of a key.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    /// Whether it has no canonical bytes.
    pub(super) has_failed: bool,
    /// Whether it has an empty sequence.
    pub(super) has_empty: bool,
}

/// Feeds a hasher as the [`Hash`] implementations of the standard library do, call by call: some hash functions make a
/// difference between a number and its bytes.
pub(super) struct Feeder<'h, H> {
    pub(super) state: &'h mut H,
    pub(super) empty: Empty,
    pub(super) outcome: &'h mut Outcome,
    /// Where the bytes of an integer go, if it is an element of a sequence: those are hashed as a piece of memory.
    pub(super) memory: Option<&'h mut Memory>,
}

impl<'h, H: Hasher> Feeder<'h, H> {
    #[inline]
    pub(super) fn new(state: &'h mut H, empty: Empty, outcome: &'h mut Outcome) -> Self {
        Self {
            state,
            empty,
            outcome,
            memory: None,
        }
    }

    /// The same feeder, to be used up.
    #[inline]
    pub(super) fn again(&mut self) -> Feeder<'_, H> {
        Feeder::new(self.state, self.empty, self.outcome)
    }

    /// Feeds an integer, or any other scalar that is hashed as one.
    #[inline]
    pub(super) fn integer<const N: usize>(self, bytes: [u8; N], integer: impl Hash) {
        match self.memory {
            Some(memory) => memory.push(bytes),
            None => integer.hash(self.state),
        }
    }

    /// The number of elements of a sequence.
    #[inline]
    pub(super) fn length(&mut self, length: usize) {
        self.state.write_usize(length);
        if length == 0 {
            self.outcome.has_empty = true;
        }
    }

    /// The discriminant of a variant.
    #[inline]
    pub(super) fn variant(&mut self, index: u32) {
        // As `std::mem::Discriminant` does.
        self.state.write_isize(index as isize);
    }
}

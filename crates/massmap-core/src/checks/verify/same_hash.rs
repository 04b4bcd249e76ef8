//! Entries of a run whose keys have the same hash.

use std::collections::HashSet;

/// The entries of a run that have the same hash as the last one. If the run is in order, equal keys are among them.
#[derive(Default)]
pub(super) struct SameHash<'a> {
    spread: u64,
    pub(super) keys: HashSet<&'a [u8]>,
}

impl SameHash<'_> {
    /// Continues with an entry that has this spread hash. Returns whether it is in order.
    pub(super) fn continue_with(&mut self, spread: u64) -> bool {
        let in_order = spread >= self.spread;
        if spread != self.spread {
            self.spread = spread;
            match self.keys.len() {
                0 | 1 => self.keys.clear(),
                // Clearing takes time for the whole capacity, and every entry may have a hash of its own.
                _ => self.keys = HashSet::new(),
            }
        }
        in_order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_within_a_hash_and_hashes_by_their_order() {
        let mut seen = SameHash::default();
        let mut add =
            |spread, key: &'static str| (seen.continue_with(spread), seen.keys.insert(key.as_bytes()));
        assert_eq!(add(0, "a"), (true, true));
        assert_eq!(add(0, "a"), (true, false));
        assert_eq!(add(0, "b"), (true, true));
        assert_eq!(add(0, "a"), (true, false));
        assert_eq!(add(7, "a"), (true, true));
        assert_eq!(add(6, "c"), (false, true));
        assert_eq!(add(u64::MAX, "c"), (true, true));
    }
}

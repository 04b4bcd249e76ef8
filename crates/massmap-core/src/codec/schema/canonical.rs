//! Hashing keys by what is stored of them, `FORMAT.md` section 1.5.1.
//!
//! A key that is hashed otherwise, by a `Hash` implementation of its own or with fields that are not stored, cannot be found by
//! readers that know it from the file alone.

mod compound;
mod feeder;
mod memory;
mod serializer;

use std::cell::Cell;
use std::hash::{BuildHasher, Hash, Hasher};

use serde::Serialize;

use feeder::{Empty, Feeder, Outcome};

/// Whether `hash`, that of `key` by `build_hasher`, is the hash of its canonical bytes: whether the key is hashed as the standard library
/// hashes values like the one that is stored.
#[inline]
pub fn is_canonical<K: Serialize + ?Sized>(build_hasher: &impl BuildHasher, key: &K, hash: u64) -> bool {
    let outcome = Cell::new(Outcome::default());
    let hash_of = |empty| {
        build_hasher.hash_one(Canonical {
            key,
            empty,
            outcome: &outcome,
        })
    };
    // Serialized, empty slices of integers look like other empty ones, and some hash functions tell them apart.
    let is_same =
        hash_of(Empty::Nothing) == hash || (outcome.get().has_empty && hash_of(Empty::Memory) == hash);
    is_same && !outcome.get().has_failed
}

/// A key that hashes as it is serialized.
struct Canonical<'a, K: ?Sized> {
    key: &'a K,
    empty: Empty,
    outcome: &'a Cell<Outcome>,
}

impl<K: Serialize + ?Sized> Hash for Canonical<'_, K> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut outcome = self.outcome.get();
        let fed = self.key.serialize(Feeder::new(state, self.empty, &mut outcome));
        outcome.has_failed |= fed.is_err();
        self.outcome.set(outcome);
    }
}

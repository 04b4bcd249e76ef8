//! About where among all hashes the entries of a file lie.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use crate::commands::random::{Random, fraction};

/// Most entries of a slot whose order is changed. More of them have the same hash, as a rule.
const MOST_IN_SLOT: usize = 256;

/// Number of spread hashes.
const HASHES: f64 = 18_446_744_073_709_551_616.0;

/// The places of entries in the order of the file: spread hashes that are about theirs, and do not descend.
///
/// What a file tells of a hash is the slot of a run, which has about one entry. The hashes themselves could be had only where the hash
/// function and the type of the keys are known, and take longer.
#[derive(Debug)]
pub(super) enum Placement {
    Slots(Slots),
    Random(Order),
}

/// Entries of format 2, whose runs say in which slot each is.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// Number of bins of all hashes.
    bins: u64,
    /// The bins of the run, and its number of slots.
    run: Range<u64>,
    slots: u64,
    /// Entries that have been given, all in the same slot: places in the slot, and lengths.
    slot: u32,
    waiting: Vec<(f64, u64)>,
    /// The place in this slot that others must not lie before.
    least: f64,
}

/// Entries of format 1, which are not in the order of such hashes: they get places of as many random hashes, in order.
#[derive(Debug)]
pub(super) struct Order {
    random: Random,
    /// Number of entries that have no place.
    left: u64,
    /// The last place, as a share of all hashes.
    last: f64,
}

impl Placement {
    pub(super) fn of_slots(bins: u64) -> Self {
        Self::Slots(Slots {
            bins,
            ..Slots::default()
        })
    }

    pub(super) fn random(entries: u64) -> Self {
        Self::Random(Order {
            random: Random::new(0),
            left: entries,
            last: 0.0,
        })
    }

    /// Begins a run with these bins and so many slots. `place` gets a place and a length for each entry before it that has not been
    /// placed.
    pub(super) fn begin(&mut self, bins: Range<u64>, slots: u64, place: impl FnMut(u64, u64)) {
        if let Self::Slots(of_slots) = self {
            of_slots.flush(place);
            *of_slots = Slots {
                bins: of_slots.bins,
                run: bins,
                slots,
                waiting: std::mem::take(&mut of_slots.waiting),
                ..Slots::default()
            };
        }
    }

    /// Adds an entry of `length` bytes.
    pub(super) fn add(
        &mut self,
        slot: Option<u32>,
        key: &[u8],
        length: u64,
        mut place: impl FnMut(u64, u64),
    ) {
        match self {
            Self::Random(order) => place(order.next(), length),
            Self::Slots(slots) => slots.add(slot, key, length, place),
        }
    }

    /// Places the last entries.
    pub(super) fn finish(&mut self, place: impl FnMut(u64, u64)) {
        if let Self::Slots(slots) = self {
            slots.flush(place);
        }
    }
}

impl Slots {
    fn add(&mut self, slot: Option<u32>, key: &[u8], length: u64, place: impl FnMut(u64, u64)) {
        // A damaged directory may tell less.
        let slot = slot.unwrap_or(self.slot);
        if slot != self.slot {
            self.flush(place);
            (self.slot, self.least) = (slot, 0.0);
        } else if self.waiting.len() >= MOST_IN_SLOT {
            self.flush(place);
        }
        // Equal keys have equal hashes, so they have the same place as well.
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let within = fraction(hasher.finish()).max(self.least);
        self.waiting.push((within, length));
    }

    /// Places the entries of the slot.
    fn flush(&mut self, mut place: impl FnMut(u64, u64)) {
        self.waiting.sort_by(|one, other| one.0.total_cmp(&other.0));
        let width = self.run.end.saturating_sub(self.run.start) as f64 / self.slots.max(1) as f64;
        for (within, length) in self.waiting.drain(..) {
            let bin = self.run.start as f64 + (f64::from(self.slot) + within) * width;
            place(spread(bin / self.bins.max(1) as f64), length);
            self.least = within;
        }
    }
}

impl Order {
    /// The next of `left` random places behind the last one.
    fn next(&mut self) -> u64 {
        let root = self.random.fraction().ln() / self.left.max(1) as f64;
        // The least of n places has this distribution.
        self.last += (1.0 - self.last) * -root.exp_m1();
        self.left = self.left.saturating_sub(1);
        spread(self.last)
    }
}

/// The spread hash at this share of all.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast of a float saturates"
)]
fn spread(share: f64) -> u64 {
    (share * HASHES) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_lie_in_their_slots_in_order_and_equal_keys_together() {
        let mut placement = Placement::of_slots(128);
        let mut placed = Vec::new();
        let mut place = |spread, length| placed.push((spread, length));
        // A quarter of the hashes, of which each slot has half.
        placement.begin(64..96, 2, &mut place);
        for (number, slot) in (0u8..).zip([0, 0, 0, 1]) {
            placement.add(Some(slot), &[7, number / 2], number.into(), &mut place);
        }
        placement.begin(96..128, 4, &mut place);
        placement.add(Some(3), b"key", 9, &mut place);
        placement.finish(&mut place);
        let eighth = 1 << 61;
        let mut lengths: Vec<_> = placed.iter().map(|(_, length)| *length).collect();
        lengths.sort_unstable();
        assert_eq!(lengths, [0, 1, 2, 3, 9]);
        assert!(placed.is_sorted_by_key(|(spread, _)| *spread), "{placed:?}");
        let slots: Vec<_> = placed.iter().map(|(spread, _)| spread / eighth).collect();
        assert_eq!(slots, [4, 4, 4, 5, 7]);
        let of = |length| placed.iter().find(|(_, other)| *other == length).unwrap().0;
        assert_eq!(of(0), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn any_number_of_entries_may_be_in_one_slot() {
        let mut placement = Placement::of_slots(1);
        let mut placed = Vec::new();
        placement.begin(0..1, 1, |_, _| unreachable!("nothing waits"));
        for number in 0..10_000u64 {
            placement.add(Some(0), &number.to_le_bytes(), number, |spread, _| {
                placed.push(spread)
            });
        }
        placement.finish(|spread, _| placed.push(spread));
        assert_eq!(placed.len(), 10_000);
        assert!(placed.is_sorted());
    }

    #[test]
    fn random_places_ascend_and_are_even() {
        let mut placement = Placement::random(100_000);
        let mut placed = Vec::new();
        for _ in 0..100_000 {
            placement.add(None, b"", 1, |spread, _| placed.push(spread));
        }
        assert!(placed.is_sorted());
        for quarter in 1..4u64 {
            let before = placed.iter().filter(|spread| *spread >> 62 < quarter).count() as f64;
            let expected = 25_000.0 * quarter as f64;
            assert!((before / expected - 1.0).abs() < 0.02, "{before} of {expected}");
        }
        // More than were announced.
        placement.add(None, b"", 1, |spread, _| assert!(spread >= placed[99_999]));
    }
}

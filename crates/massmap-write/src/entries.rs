//! Entries on their way into a map: encoded once, then brought into order.

use std::collections::HashSet;

use massmap_format::{DuplicateKeys, RawEntry, Walker};
use serde::Serialize;

use crate::WriteError;

/// Encoded entries, each with a number that tells its place: its bucket in format 1, its spread hash in format 2.
#[derive(Default)]
pub(crate) struct Entries {
    /// Keys and values, one behind the other in the order in which they came.
    bytes: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    order: u64,
    /// Where the key lies in `bytes`; the value lies behind it.
    start: usize,
    key_length: u32,
    value_length: u32,
}

impl Entries {
    /// Encodes an entry and puts it behind the others.
    pub(crate) fn push<K, V>(
        &mut self,
        order: u64,
        key: &K,
        value: &V,
        field_names: bool,
    ) -> Result<(), WriteError>
    where
        K: Serialize,
        V: Serialize,
    {
        let ordinal = self.len();
        let start = self.bytes.len();
        let encoded = if field_names {
            rmp_serde::encode::write_named(&mut self.bytes, key)
                .and_then(|()| rmp_serde::encode::write_named(&mut self.bytes, value))
        } else {
            rmp_serde::encode::write(&mut self.bytes, key)
                .and_then(|()| rmp_serde::encode::write(&mut self.bytes, value))
        };
        encoded.map_err(|source| WriteError::Serialize { ordinal, source })?;

        let mut walker = Walker::new(self.bytes.get(start..).unwrap_or_default());
        let mut split = || {
            let key = walker.value()?.len();
            let value = walker.value()?.len();
            walker.clone().finish()?;
            Ok((key, value))
        };
        let (key_length, value_length) =
            split().map_err(|source| WriteError::Unreadable { ordinal, source })?;
        self.place(order, start, key_length, value_length)
    }

    /// Puts an entry that is encoded already behind the others.
    pub(crate) fn push_raw(&mut self, order: u64, entry: &RawEntry<'_>) -> Result<(), WriteError> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(entry.key);
        self.bytes.extend_from_slice(entry.value);
        self.place(order, start, entry.key.len(), entry.value.len())
    }

    fn place(&mut self, order: u64, start: usize, key: usize, value: usize) -> Result<(), WriteError> {
        let too_large = |_| WriteError::EntryTooLarge {
            ordinal: self.len(),
            length: (key + value) as u64,
        };
        let key_length = u32::try_from(key).map_err(too_large)?;
        let value_length = u32::try_from(value).map_err(too_large)?;
        self.places.push(Place {
            order,
            start,
            key_length,
            value_length,
        });
        Ok(())
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> u64 {
        self.places.len() as u64
    }

    /// Brings the entries into their order, which is below `end` if there is such a bound, those with the same number into that in which they came, and does with
    /// equal keys what `duplicates` says.
    pub(crate) fn arrange(&mut self, end: Option<u64>, duplicates: DuplicateKeys) -> Result<(), WriteError> {
        self.sort(end);
        if duplicates == DuplicateKeys::KeepAll {
            return Ok(());
        }
        let mut kept = Vec::new();
        let bytes = &self.bytes;
        for group in self.places.chunk_by(|a, b| a.order == b.order) {
            let keep = which_to_keep(group.iter().map(|place| place.entry(bytes).key), duplicates)?;
            kept.extend(
                group
                    .iter()
                    .zip(keep)
                    .filter(|(_, keep)| *keep)
                    .map(|(place, _)| *place),
            );
        }
        self.places = kept;
        Ok(())
    }

    fn sort(&mut self, end: Option<u64>) {
        // Counting is several times as fast, and takes memory for all numbers, whether they occur or not.
        let count = end
            .and_then(|end| usize::try_from(end).ok())
            .filter(|end| *end <= self.places.len().saturating_mul(4));
        match count {
            Some(count) => self.sort_by_counting(count),
            None => self
                .places
                .sort_unstable_by_key(|place| (place.order, place.start)),
        }
    }

    fn sort_by_counting(&mut self, count: usize) {
        const IN_RANGE: &str = "numbers are below their bound, places below their count";
        let index = |place: &Place| usize::try_from(place.order).expect(IN_RANGE);
        // Where the next entry with each number goes.
        let mut next = vec![0usize; count];
        for place in &self.places {
            *next.get_mut(index(place)).expect(IN_RANGE) += 1;
        }
        let mut start = 0;
        for next in &mut next {
            start += std::mem::replace(next, start);
        }
        let mut sorted = self.places.clone();
        for place in &self.places {
            let next = next.get_mut(index(place)).expect(IN_RANGE);
            *sorted.get_mut(*next).expect(IN_RANGE) = *place;
            *next += 1;
        }
        self.places = sorted;
    }

    /// The entries with their numbers, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, RawEntry<'_>)> + Clone {
        self.places
            .iter()
            .map(|place| (place.order, place.entry(&self.bytes)))
    }

    /// The entries in groups with the same number, in order.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.places
            .chunk_by(|a, b| a.order == b.order)
            .map(|places| Group {
                bytes: &self.bytes,
                places,
            })
    }
}

impl Place {
    fn entry<'a>(&self, bytes: &'a [u8]) -> RawEntry<'a> {
        let behind = bytes.get(self.start..).unwrap_or_default();
        let (key, behind) = behind
            .split_at_checked(self.key_length as usize)
            .unwrap_or_default();
        RawEntry {
            key,
            value: behind.get(..self.value_length as usize).unwrap_or_default(),
        }
    }
}

/// Entries with the same number; at least one.
pub(crate) struct Group<'a> {
    bytes: &'a [u8],
    places: &'a [Place],
}

impl<'a> Group<'a> {
    pub(crate) fn order(&self) -> u64 {
        self.places.first().expect("a group has at least one entry").order
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = RawEntry<'a>> {
        let bytes = self.bytes;
        self.places.iter().map(|place| place.entry(bytes))
    }
}

/// Which of the entries with these encoded keys to keep.
pub(crate) fn which_to_keep<'a>(
    keys: impl DoubleEndedIterator<Item = &'a [u8]> + ExactSizeIterator,
    duplicates: DuplicateKeys,
) -> Result<Vec<bool>, WriteError> {
    let mut seen = HashSet::new();
    if duplicates == DuplicateKeys::KeepAll || keys.len() == 1 {
        return Ok(vec![true; keys.len()]);
    }
    if duplicates == DuplicateKeys::Last {
        let mut keep: Vec<bool> = keys.rev().map(|key| seen.insert(key)).collect();
        keep.reverse();
        return Ok(keep);
    }
    keys.map(|key| match seen.insert(key) {
        false if duplicates == DuplicateKeys::Error => Err(WriteError::duplicate_key(key)),
        is_first => Ok(is_first),
    })
    .collect()
}

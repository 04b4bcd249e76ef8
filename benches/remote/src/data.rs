//! Keys, values and maps, computed from numbers.

use std::borrow::Borrow;
use std::io;

use bench_support::mix;
use bytes::Bytes;
use massmap::{FormatVersion, MassMapBuilder, MemoryWriter};
use massmap_async::AsyncMassMap;

/// The maps of all parts.
pub(crate) type Map<R> = AsyncMassMap<u64, String, R>;

/// Length of the values of most maps, in bytes.
pub(crate) const VALUE_LENGTH: usize = 100;

/// Entries with values of one length: to each number, from 0, belongs one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entries {
    pub(crate) count: u64,
    pub(crate) value_length: usize,
}

/// What a lookup asks for, and what it is to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) key: u64,
    pub(crate) answer: Option<String>,
}

impl Borrow<u64> for Question {
    fn borrow(&self) -> &u64 {
        &self.key
    }
}

impl Entries {
    pub(crate) const fn new(count: u64) -> Self {
        Self {
            count,
            value_length: VALUE_LENGTH,
        }
    }

    pub(crate) fn entry(self, number: u64) -> (u64, String) {
        let letters = (0..self.value_length as u64).map(|place| {
            let bits = mix(number ^ (place / 10) << 48) >> (place % 10 * 6);
            char::from(b'0' + (bits & 63) as u8)
        });
        (mix(number), letters.collect())
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (u64, String)> {
        (0..self.count).map(move |number| self.entry(number))
    }

    /// Present keys in no order. Another `seed` gives others.
    pub(crate) fn hits(self, seed: u64, count: usize) -> Vec<Question> {
        let draws = (0..count as u64).map(|draw| mix(draw ^ seed << 40 ^ 0x5eed << 24) % self.count);
        let entries = draws.map(|number| self.entry(number));
        entries
            .map(|(key, value)| Question {
                key,
                answer: Some(value),
            })
            .collect()
    }

    /// Absent keys. Another `seed` gives others.
    pub(crate) fn misses(self, seed: u64, count: usize) -> Vec<Question> {
        let numbers = (0..count as u64).map(|draw| self.count + (seed << 32) + draw);
        let keys = numbers.map(mix);
        keys.map(|key| Question { key, answer: None }).collect()
    }

    /// The bytes of a map of format 2.
    pub(crate) fn build(self, page_size: u32, filter: bool) -> io::Result<Bytes> {
        let writer = MemoryWriter::new();
        MassMapBuilder::default()
            .with_format(FormatVersion::V2)
            .with_page_size(page_size)
            .with_miss_filter(filter)
            .build(&writer, self.iter())?;
        Ok(writer.into_inner().into())
    }
}

#[cfg(test)]
mod tests {
    use massmap::{BytesReader, MassMap};

    use super::*;

    #[test]
    fn questions_have_the_answers_of_the_map() {
        let entries = Entries {
            count: 1000,
            value_length: 33,
        };
        let bytes = entries.build(4096, true).unwrap();
        let map = MassMap::<u64, String, _>::load(BytesReader::new(bytes)).unwrap();
        let questions = [entries.hits(1, 50), entries.misses(1, 50)].concat();
        for Question { key, answer } in &questions {
            assert_eq!(map.get(key).unwrap(), *answer);
        }
        assert!(
            questions[..50]
                .iter()
                .all(|hit| hit.answer.as_ref().unwrap().len() == 33)
        );
        assert_ne!(entries.hits(1, 50), entries.hits(2, 50));
        assert!(entries.misses(2, 50).iter().all(|miss| !questions.contains(miss)));
    }
}

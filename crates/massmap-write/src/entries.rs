//! Entries on their way into a map: encoded once, then brought into the order of the buckets.

use massmap_format::{Walker, encode_bucket_header, encode_entry_header};
use serde::Serialize;

use crate::WriteError;

/// Encoded entries, each with its bucket.
#[derive(Default)]
pub(crate) struct Entries {
    /// The encoded entries, one behind the other in the order in which they came.
    bytes: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    bucket: u32,
    /// Where the entry lies in `bytes`.
    start: usize,
    length: usize,
}

impl Entries {
    /// Encodes an entry and puts it behind the others.
    pub(crate) fn push<K, V>(
        &mut self,
        bucket: u32,
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
        encode_entry_header(&mut self.bytes);
        let encoded = if field_names {
            rmp_serde::encode::write_named(&mut self.bytes, key)
                .and_then(|()| rmp_serde::encode::write_named(&mut self.bytes, value))
        } else {
            rmp_serde::encode::write(&mut self.bytes, key)
                .and_then(|()| rmp_serde::encode::write(&mut self.bytes, value))
        };
        encoded.map_err(|source| WriteError::Serialize { ordinal, source })?;

        let entry = self.bytes.get(start..).unwrap_or_default();
        let mut walker = Walker::new(entry);
        walker
            .array_of(2)
            .and_then(|()| walker.value())
            .and_then(|_| walker.value())
            .and_then(|_| walker.finish())
            .map_err(|source| WriteError::Unreadable { ordinal, source })?;
        self.places.push(Place {
            bucket,
            start,
            length: entry.len(),
        });
        Ok(())
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> u64 {
        self.places.len() as u64
    }

    /// Brings the entries into the order of the buckets, of which there are `bucket_count`, and within a bucket into that
    /// in which they came.
    pub(crate) fn sort(&mut self, bucket_count: u32) {
        // Counting is several times as fast, and takes memory for all buckets, occupied or not.
        if bucket_count as usize <= self.places.len().saturating_mul(4) {
            self.sort_by_counting(bucket_count);
        } else {
            self.places
                .sort_unstable_by_key(|place| (place.bucket, place.start));
        }
    }

    fn sort_by_counting(&mut self, bucket_count: u32) {
        const IN_RANGE: &str = "buckets are less than their number, places less than theirs";
        // Where the next entry of each bucket goes.
        let mut next = vec![0usize; bucket_count as usize];
        for place in &self.places {
            *next.get_mut(place.bucket as usize).expect(IN_RANGE) += 1;
        }
        let mut start = 0;
        for next in &mut next {
            start += std::mem::replace(next, start);
        }
        let mut sorted = self.places.clone();
        for place in &self.places {
            let next = next.get_mut(place.bucket as usize).expect(IN_RANGE);
            *sorted.get_mut(*next).expect(IN_RANGE) = *place;
            *next += 1;
        }
        self.places = sorted;
    }

    /// The buckets that have entries, of entries that are sorted.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = EncodedBucket<'_>> {
        self.places
            .chunk_by(|a, b| a.bucket == b.bucket)
            .map(|places| EncodedBucket {
                bytes: &self.bytes,
                places,
            })
    }
}

/// A bucket with at least one entry.
pub(crate) struct EncodedBucket<'a> {
    bytes: &'a [u8],
    /// Never empty, and all of one bucket.
    places: &'a [Place],
}

impl<'a> EncodedBucket<'a> {
    pub(crate) fn index(&self) -> u32 {
        self.places
            .first()
            .expect("a bucket has at least one entry")
            .bucket
    }

    /// Number of entries; in a bucket of at most `u32::MAX` bytes there are at most so many.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.places.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn header(&self) -> Vec<u8> {
        let mut header = Vec::new();
        encode_bucket_header(self.count(), &mut header);
        header
    }

    /// Length of the payload, in bytes.
    pub(crate) fn length(&self) -> u64 {
        let entries: u64 = self.places.iter().map(|place| place.length as u64).sum();
        self.header().len() as u64 + entries
    }

    /// The encoded entries, in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'a [u8]> {
        let bytes = self.bytes;
        self.places.iter().map(move |place| {
            bytes
                .get(place.start..place.start + place.length)
                .unwrap_or_default()
        })
    }
}

//! Keys of the file, chosen at random.

use std::io;
use std::time::{Duration, Instant};

use massmap::{MassMapReader, UntypedMap};
use massmap_core::Extent;

use crate::commands::random::Random;

/// The most bytes of all keys together.
const MOST_BYTES: usize = 64 << 20;

/// A key of the file, as MessagePack, and the part of the file that its lookup reads.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) key: Box<[u8]>,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// How long something may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    end: Option<Instant>,
}

impl Budget {
    pub(super) fn new(time: Duration) -> Self {
        Self {
            end: Instant::now().checked_add(time),
        }
    }

    pub(super) fn is_used_up(self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }
}

/// Up to `count` keys of `map`, at least one, in random order. Every entry is as likely as any other to be chosen, more than once even; in
/// format 2, as far as hashes are even.
///
/// # Errors
///
/// Any error of the reader, and damage.
pub(super) fn sample(map: &UntypedMap, count: u32, budget: Budget) -> io::Result<Vec<Sample>> {
    let mut random = Random::new(0);
    let mut samples = Vec::new();
    let mut bytes = 0;
    let mut add = |extent: &Extent, entry: u64, samples: &mut Vec<Sample>| {
        let key = key_of(map, extent, entry)?;
        bytes += key.len();
        samples.push(Sample {
            key,
            offset: extent.offset(),
            length: extent.length(),
        });
        Ok::<_, io::Error>(bytes < MOST_BYTES && !budget.is_used_up())
    };
    let index = map.as_inner().index();
    if index.as_pages().is_none() {
        for (bucket, entry) in entries_of_buckets(map, count, &mut random) {
            if !add(&index.extent(bucket)?, entry, &mut samples)? {
                break;
            }
        }
        return Ok(samples);
    }
    while samples.len() < count as usize {
        // Runs have about as many entries as hashes.
        let Some(extent) = index.probe_unfiltered(random.number())?.extent() else {
            // A file may claim that hardly any hash has a run.
            if budget.is_used_up() {
                break;
            }
            continue;
        };
        if !add(&extent, random.number(), &mut samples)? {
            break;
        }
    }
    if samples.is_empty()
        && let Some(extent) = index.extents().next()
    {
        add(&extent?, 0, &mut samples)?;
    }
    Ok(samples)
}

/// Buckets and numbers of entries in them, in random order.
fn entries_of_buckets(map: &UntypedMap, count: u32, random: &mut Random) -> Vec<(usize, u64)> {
    let mut wanted: Vec<u64> = (0..count).map(|_| random.below(map.len())).collect();
    wanted.sort_unstable();
    let mut entries = Vec::with_capacity(wanted.len());
    let mut wanted = wanted.into_iter().peekable();
    let mut before = 0;
    for (bucket, meta) in map.as_inner().occupied_buckets() {
        let end = before + u64::from(meta.count);
        while let Some(rank) = wanted.next_if(|rank| *rank < end) {
            entries.push((bucket, rank - before));
        }
        before = end;
        if wanted.peek().is_none() {
            break;
        }
    }
    for last in (1..entries.len()).rev() {
        let other = usize::try_from(random.below(last as u64 + 1)).unwrap_or(last);
        entries.swap(last, other);
    }
    entries
}

/// The key of an entry of `extent`: the one with this number, modulo the number of entries.
fn key_of(map: &UntypedMap, extent: &Extent, number: u64) -> io::Result<Box<[u8]>> {
    let inner = map.as_inner();
    let index = inner.index();
    inner
        .reader
        .read_exact_at(extent.offset(), extent.length(), |bytes| {
            let block = index.block::<io::Error>(extent, bytes)?;
            let wanted = number.checked_rem(block.len() as u64);
            let (mut next, mut found) = (0, None);
            block.for_each(|entry| {
                if Some(next) == wanted {
                    found = Some(entry.key);
                }
                next += 1;
                Ok::<_, io::Error>(())
            })?;
            let mut buffer = Vec::new();
            let key = index
                .key_codec()
                .to_messagepack(found.unwrap_or_default(), &mut buffer);
            let key = key.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            Ok(key.into())
        })
}

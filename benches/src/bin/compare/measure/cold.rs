//! Measures lookups on disk.

use std::io;
use std::time::Duration;

use super::latency::{BATCH, histogram, latency};
use crate::data::Entries;
use crate::data::field::Field;
use crate::data::keys::{Keys, TimedLookups};
use crate::measure::protocol::Task;
use crate::results::{Cold, Disk, Latency};
use crate::stores::interface::{Cache, Reader, Store};
use crate::system::{self, DiskReads};

/// Size of a page of the file system, in bytes.
const PAGE: u64 = 4096;

/// Most openings: a store that reads little from disk would need too many.
const OPENINGS: usize = 30;

pub(super) fn measure<K: Field, V: Field>(
    store: &dyn Store<K, V>,
    entries: &Entries<K, V>,
    task: &Task,
) -> io::Result<Cold> {
    let (present, absent) = (Keys::present(entries), Keys::absent(entries));
    let direct = store.open(entries, &task.directory, Cache::Cold)?.is_direct();
    let uncached = Uncached { store, entries, task };
    let (hits, hit_disk) = uncached.time(&present)?;
    let (misses, miss_disk) = uncached.time(&absent)?;
    let (batched, _) = uncached.repeat(&present, BATCH, &mut |reader, keys| reader.get_batch(keys))?;
    Ok(Cold {
        hits,
        misses,
        batched_hits_per_second: batched.per_second(),
        hit_disk,
        miss_disk,
        direct,
    })
}

struct Uncached<'a, K, V> {
    store: &'a dyn Store<K, V>,
    entries: &'a Entries<K, V>,
    task: &'a Task,
}

type LookUp<'a, K> = dyn FnMut(&mut dyn Reader<K>, &[K]) -> io::Result<u64> + 'a;

impl<K: Field, V: Field> Uncached<'_, K, V> {
    fn time(&self, keys: &Keys<K>) -> io::Result<(Latency, Option<Disk>)> {
        let mut times = histogram();
        let (_, disk) = self.repeat(keys, 1, &mut |reader, keys| reader.time_all(keys, &mut times))?;
        Ok((latency(&times), disk))
    }

    /// Looks up `size` keys at a time. Evicts and reopens all files before many lookups would find pages that were read before.
    fn repeat(
        &self,
        keys: &Keys<K>,
        size: usize,
        look_up: &mut LookUp<'_, K>,
    ) -> io::Result<(TimedLookups, Option<Disk>)> {
        let directory = &self.task.directory;
        let pages = system::files_length(directory)? / PAGE;
        // A twentieth of the pages, so that few are needed twice.
        let most = usize::try_from(pages / 20).map_err(io::Error::other)?;
        let most = most.max(32).next_multiple_of(size);
        let (mut done, mut disk) = (TimedLookups::default(), Some((0, 0)));
        let (mut start, mut openings) = (0, 0);
        while done.took < self.task.turn && openings < OPENINGS {
            openings += 1;
            system::evict_from_page_cache(directory)?;
            let open = self.store.open(self.entries, directory, Cache::Cold)?;
            let mut reader = open.reader()?;
            let reader = &mut *reader;
            // Loads the upper levels of trees, which stay in memory during more lookups.
            keys.run(start, size, most / 2, Duration::MAX, |keys| reader.get_all(keys))?;
            start += most / 2;
            let before = system::disk_reads(directory);
            let left = self.task.turn - done.took;
            let counted = keys.run(start, size, most, left, |keys| look_up(reader, keys))?;
            start += counted.lookups;
            disk = add(disk, before, system::disk_reads(directory));
            done.lookups += counted.lookups;
            done.took += counted.took;
        }
        let lookups = done.lookups as f64;
        let disk = disk.map(|(reads, bytes)| Disk {
            reads: reads as f64 / lookups,
            bytes: bytes as f64 / lookups,
        });
        Ok((done, disk))
    }
}

fn add(sum: Option<(u64, u64)>, before: Option<DiskReads>, after: Option<DiskReads>) -> Option<(u64, u64)> {
    let ((reads, bytes), before, after) = (sum?, before?, after?);
    Some((
        reads + (after.reads - before.reads),
        bytes + (after.bytes - before.bytes),
    ))
}

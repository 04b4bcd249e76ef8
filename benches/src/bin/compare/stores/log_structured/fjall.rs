//! fjall.

use std::io;
use std::ops::RangeInclusive;
use std::path::Path;

use fjall::config::{
    BlockSizePolicy, BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry,
    HashRatioPolicy, PartitioningPolicy, PinningPolicy, RestartIntervalPolicy,
};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use massmap_benches::digest;

use crate::data::Entries;
use crate::data::field::Field;
use crate::stores::interface::{Cache, Open, Shared, SharedStore, Store};

pub(crate) const SETTINGS: &str = "sorted ingestion, synced at the end; no compression, blocks of 4 KiB, Bloom filters of 10 bits per key, index and filters \
     fully pinned, values stored with their keys; block cache of 8 GiB, or 16 MiB when not cached";

/// Supported lengths of keys, in bytes.
pub(crate) const KEY_LENGTHS: RangeInclusive<usize> = 1..=0xffff;

/// Why it cannot hold other entries.
pub(crate) const UNFIT: &str = "keys must have 1 to 65,535 bytes";

#[derive(Debug, Clone, Copy)]
pub(crate) struct Fjall;

impl<K: Field, V: Field> Store<K, V> for Fjall {
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()> {
        let sorted = entries.sorted();
        let database = Database::builder(directory).open().map_err(error)?;
        let keyspace = keyspace(&database)?;
        let mut ingestion = keyspace.start_ingestion().map_err(error)?;
        for (key, value) in &sorted {
            let (key, value) = (key.bytes(), value.bytes());
            ingestion.write(key.as_ref(), value.as_ref()).map_err(error)?;
        }
        ingestion.finish().map_err(error)?;
        database.persist(PersistMode::SyncAll).map_err(error)
    }

    fn open(&self, _: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>> {
        let database = Database::builder(directory)
            .cache_size(match cache {
                Cache::Warm => 8 << 30,
                Cache::Cold => 16 << 20,
            })
            .open()
            .map_err(error)?;
        let keyspace = keyspace(&database)?;
        Ok(Box::new(SharedStore(OpenFjall {
            keyspace,
            _database: database,
        })))
    }
}

// A hash index in the blocks (a ratio above 0), shorter restart intervals, smaller blocks and a major compaction did not make
// lookups faster. Values stored apart from their keys would need a second read.
fn keyspace(database: &Database) -> io::Result<Keyspace> {
    let bloom = FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(10.0));
    let options = || {
        KeyspaceCreateOptions::default()
            .data_block_compression_policy(CompressionPolicy::disabled())
            .index_block_compression_policy(CompressionPolicy::disabled())
            .data_block_size_policy(BlockSizePolicy::all(4096))
            .data_block_restart_interval_policy(RestartIntervalPolicy::all(16))
            .data_block_hash_ratio_policy(HashRatioPolicy::all(0.0))
            .filter_policy(FilterPolicy::all(bloom))
            .index_block_pinning_policy(PinningPolicy::all(true))
            .filter_block_pinning_policy(PinningPolicy::all(true))
            .index_block_partitioning_policy(PartitioningPolicy::all(false))
            .filter_block_partitioning_policy(PartitioningPolicy::all(false))
    };
    database.keyspace("entries", options).map_err(error)
}

struct OpenFjall {
    keyspace: Keyspace,
    _database: Database,
}

impl<K: Field> Shared<K> for OpenFjall {
    fn look_up(&self, key: &K) -> io::Result<Option<u64>> {
        let key = key.bytes();
        // fjall returns an error for unsupported keys.
        if !KEY_LENGTHS.contains(&key.as_ref().len()) {
            return Ok(None);
        }
        let found = self.keyspace.get(key).map_err(error)?;
        Ok(found.map(|value| digest(&value)))
    }
}

fn error(error: fjall::Error) -> io::Error {
    io::Error::other(error)
}

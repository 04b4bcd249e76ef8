//! RocksDB: one block-based table.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use massmap_benches::digest;
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache as BlockCache, ColumnFamilyDescriptor, DB,
    DBCompressionType, DataBlockIndexType, IngestExternalFileOptions, LogLevel, Options, ReadOptions,
    SstFileWriter,
};

use crate::data::Entries;
use crate::data::answers::{answer, weighted};
use crate::data::field::Field;
use crate::stores::interface::{Cache, Open, Shared, SharedStore, Store};

pub(crate) const SETTINGS: &str = "one ingested table, synced; no compression, blocks of 4 KiB with a hash index, a whole-key Bloom filter of 10 bits per \
     key; index and filter in memory; opened read-only, with a block cache larger than the file, or direct reads and 16 MiB when not \
     cached; multi-get for batches, without io_uring";

/// The only column family, which every database has.
const FAMILY: &str = "default";

#[derive(Debug, Clone, Copy)]
pub(crate) struct RocksDb;

fn options(blocks: &mut BlockBasedOptions) -> Options {
    blocks.set_format_version(6);
    blocks.set_block_size(4096);
    blocks.set_block_restart_interval(16);
    blocks.set_index_type(BlockBasedIndexType::BinarySearch);
    blocks.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
    blocks.set_data_block_hash_ratio(0.75);
    // A ribbon filter would be smaller, but slower.
    blocks.set_bloom_filter(10.0, false);
    blocks.set_whole_key_filtering(true);
    // This keeps them in memory outside of the cache while the table is open.
    blocks.set_cache_index_and_filter_blocks(false);
    let mut options = Options::default();
    options.set_block_based_table_factory(blocks);
    options.set_compression_type(DBCompressionType::None);
    options.set_max_open_files(-1);
    options.set_log_level(LogLevel::Error);
    options.set_keep_log_file_num(1);
    options
}

impl<K: Field, V: Field> Store<K, V> for RocksDb {
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()> {
        let mut options = options(&mut BlockBasedOptions::default());
        options.create_if_missing(true);
        options.set_disable_auto_compactions(true);
        let table = directory.join("entries.sst");
        let mut writer = SstFileWriter::create(&options);
        writer.open(&table).map_err(io::Error::other)?;
        for (key, value) in entries.sorted() {
            writer.put(key.bytes(), value.bytes()).map_err(io::Error::other)?;
        }
        // Also syncs the file.
        writer.finish().map_err(io::Error::other)?;
        let database = DB::open(&options, database(directory)).map_err(io::Error::other)?;
        let mut ingestion = IngestExternalFileOptions::default();
        ingestion.set_move_files(true);
        database
            .ingest_external_file_opts(&ingestion, vec![table])
            .map_err(io::Error::other)
    }

    fn open(&self, _: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>> {
        let directory = database(directory);
        let mut blocks = BlockBasedOptions::default();
        let size = match cache {
            Cache::Warm => {
                let mut length = 0;
                for file in fs::read_dir(&directory)? {
                    length += file?.metadata()?.len() as usize;
                }
                2 * length + (64 << 20)
            }
            Cache::Cold => 16 << 20,
        };
        // Has less lock contention than the other kind of cache.
        blocks.set_block_cache(&BlockCache::new_hyper_clock_cache(size, 0));
        let mut options = options(&mut blocks);
        if cache == Cache::Cold {
            options.set_use_direct_reads(true);
        }
        // Named, since batches must name their family.
        let family = ColumnFamilyDescriptor::new(FAMILY, options.clone());
        let database = DB::open_cf_descriptors_read_only(&options, directory, [family], false);
        Ok(Box::new(SharedStore(OpenRocksDb {
            database: database.map_err(io::Error::other)?,
            reading: ReadOptions::default(),
            is_direct: cache == Cache::Cold,
        })))
    }
}

fn database(directory: &Path) -> PathBuf {
    directory.join("database")
}

struct OpenRocksDb {
    database: DB,
    reading: ReadOptions,
    is_direct: bool,
}

impl<K: Field> Shared<K> for OpenRocksDb {
    fn look_up(&self, key: &K) -> io::Result<Option<u64>> {
        let found = self
            .database
            .get_pinned_opt(key.bytes(), &self.reading)
            .map_err(io::Error::other)?;
        Ok(found.map(|value| digest(&value)))
    }

    fn is_direct(&self) -> bool {
        self.is_direct
    }

    fn look_up_batch(&self, keys: &[K]) -> io::Result<u64> {
        let family = self
            .database
            .cf_handle(FAMILY)
            .expect("it was opened with this family");
        let keys: Vec<_> = keys.iter().map(Field::bytes).collect();
        let found = self
            .database
            .batched_multi_get_cf_opt(&family, &keys, false, &self.reading);
        let mut sum = 0u64;
        for (place, found) in found.into_iter().enumerate() {
            let found = found.map_err(io::Error::other)?;
            sum = sum.wrapping_add(weighted(place, answer(found.map(|value| digest(&value)))));
        }
        Ok(sum)
    }
}

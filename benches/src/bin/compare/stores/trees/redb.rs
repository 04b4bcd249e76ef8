//! redb: a copy-on-write B+ tree.

use std::fs;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use redb::{Builder, ReadOnlyDatabase, ReadOnlyTable, ReadableDatabase, TableDefinition};

use crate::data::Entries;
use crate::data::field::{Field, Typed};
use crate::stores::interface::{Cache, Open, Reader, Store};
use crate::stores::massmap::buckets::mean_length;

pub(crate) const SETTINGS: &str = "typed table, sorted inserts in one transaction with an fsync, compacted; built with a cache for the whole file, at \
     least 1 GiB; opened read-only, with a cache as large as the file, or 16 MiB when not cached";

/// Default size of the cache of redb, in bytes.
const DEFAULT_CACHE: u64 = 1 << 30;

fn table<K: Typed, V: Typed>() -> TableDefinition<'static, K::Stored, V::Stored> {
    TableDefinition::new("entries")
}

fn path(directory: &Path) -> PathBuf {
    directory.join("entries.redb")
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Redb;

impl<K: Field, V: Field> Store<K, V> for Redb {
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()> {
        // An upper bound: entries inserted in order fill pages well, but replaced pages take space too.
        let file_length = 3 * mean_length(entries) * entries.count();
        let cache_bytes = usize::try_from(file_length.max(DEFAULT_CACHE)).map_err(io::Error::other)?;
        let mut database = Builder::new()
            .set_cache_size(cache_bytes)
            .create(path(directory))
            .map_err(error)?;
        let transaction = database.begin_write().map_err(error)?;
        {
            let mut table = transaction.open_table(table::<K, V>()).map_err(error)?;
            for (key, value) in entries.sorted() {
                table.insert(key.stored(), value.stored()).map_err(error)?;
            }
        }
        transaction.commit().map_err(error)?;
        while database.compact().map_err(error)? {}
        Ok(())
        // Dropping the database here writes what opening it read-only needs.
    }

    fn open(&self, _: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>> {
        let path = path(directory);
        let cache_bytes = match cache {
            // The cache holds whole pages, so all of them fit.
            Cache::Warm => fs::metadata(&path)?.len() as usize,
            Cache::Cold => 16 << 20,
        };
        let database = Builder::new()
            .set_cache_size(cache_bytes)
            .open_read_only(path)
            .map_err(error)?;
        Ok(Box::new(OpenRedb::<V> {
            database,
            values: PhantomData,
        }))
    }
}

struct OpenRedb<V> {
    database: ReadOnlyDatabase,
    values: PhantomData<fn() -> V>,
}

impl<K: Field, V: Field> Open<K> for OpenRedb<V> {
    fn reader(&self) -> io::Result<Box<dyn Reader<K> + '_>> {
        let transaction = self.database.begin_read().map_err(error)?;
        // The table keeps the transaction alive.
        let table = transaction.open_table(table::<K, V>()).map_err(error)?;
        Ok(Box::new(RedbReader::<K, V> { table }))
    }
}

struct RedbReader<K: Typed, V: Typed> {
    table: ReadOnlyTable<K::Stored, V::Stored>,
}

impl<K: Field, V: Field> Reader<K> for RedbReader<K, V> {
    fn get(&mut self, key: &K) -> io::Result<Option<u64>> {
        let found = self.table.get(key.stored()).map_err(error)?;
        Ok(found.map(|value| V::digest_stored(value.value())))
    }
}

fn error(error: impl Into<redb::Error>) -> io::Error {
    io::Error::other(error.into())
}

//! SQLite, through the crate rusqlite.

use std::fs::{self, File};
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use rusqlite::types::ToSqlOutput;
use rusqlite::{CachedStatement, Connection, OpenFlags, ToSql};

use crate::data::Entries;
use crate::data::field::{Column, Field};
use crate::stores::interface::{Cache, Open, Reader, Store};
use crate::stores::massmap::buckets::mean_length;

pub(crate) const SETTINGS: &str = "integer keys as the rowid, other keys in a table without rowid; pages of 4 KiB, or 16 KiB for entries of 1 KiB or more; \
     sorted inserts in one transaction without journal, then one fsync; opened immutable, one connection per thread within one \
     transaction, memory-mapped, which SQLite supports for the first 2 GiB (with a cache of 1 GiB for the rest), or a cache of 16 MiB \
     when not cached; compiled without SQLITE_ENABLE_MEMORY_MANAGEMENT and memory statistics, whose locks would slow down threads";

struct Bound<'a, T>(&'a T);

impl<T: Column> ToSql for Bound<'_, T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0.column()))
    }
}

fn path(directory: &Path) -> PathBuf {
    directory.join("entries.sqlite")
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Sqlite;

impl<K: Field, V: Field> Store<K, V> for Sqlite {
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()> {
        let path = path(directory);
        // Large values waste space in small pages.
        let page_size = if mean_length(entries) < 1024 {
            4096
        } else {
            16 << 10
        };
        fill(&path, &entries.sorted(), page_size).map_err(io::Error::other)?;
        File::open(&path)?.sync_all()
    }

    fn open(&self, _: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>> {
        let path = fs::canonicalize(path(directory))?;
        let path = path
            .to_str()
            .ok_or_else(|| io::Error::other("the path is not UTF-8"))?;
        // Characters that would end the path of a URI.
        let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        Ok(Box::new(OpenSqlite::<V> {
            uri: format!("file:{escaped}?immutable=1"),
            cache,
            values: PhantomData,
        }))
    }
}

fn fill<K: Field, V: Field>(path: &Path, sorted: &[&(K, V)], page_size: u32) -> rusqlite::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(&format!(
        "PRAGMA page_size = {page_size};
         PRAGMA journal_mode = OFF;
         PRAGMA synchronous = OFF;
         PRAGMA locking_mode = EXCLUSIVE;
         CREATE TABLE entries (key {} PRIMARY KEY NOT NULL, value {} NOT NULL) {}",
        K::TYPE,
        V::TYPE,
        K::TABLE,
    ))?;
    let transaction = connection.transaction()?;
    let mut insert = transaction.prepare("INSERT INTO entries VALUES (?1, ?2)")?;
    for (key, value) in sorted {
        insert.execute((Bound(key), Bound(value)))?;
    }
    drop(insert);
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)
}

struct OpenSqlite<V> {
    uri: String,
    cache: Cache,
    values: PhantomData<fn() -> V>,
}

impl<K: Field, V: Field> Open<K> for OpenSqlite<V> {
    fn reader(&self) -> io::Result<Box<dyn Reader<K> + '_>> {
        let connection = connect(&self.uri, self.cache).map_err(io::Error::other)?;
        Ok(Box::new(SqliteReader::<V> {
            connection,
            values: PhantomData,
        }))
    }
}

fn connect(uri: &str, cache: Cache) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri, flags)?;
    // SQLite maps at most 2 GiB; the cache is for the rest. A negative size is in KiB.
    connection.execute_batch(match cache {
        Cache::Warm => "PRAGMA mmap_size = 1099511627776; PRAGMA cache_size = -1048576",
        Cache::Cold => "PRAGMA mmap_size = 0; PRAGMA cache_size = -16384",
    })?;
    // Otherwise, each lookup would be a transaction.
    connection.execute_batch("BEGIN")?;
    Ok(connection)
}

struct SqliteReader<V> {
    connection: Connection,
    values: PhantomData<fn() -> V>,
}

impl<V: Column> SqliteReader<V> {
    fn prepared(&self) -> io::Result<Prepared<'_, V>> {
        let select = "SELECT value FROM entries WHERE key = ?1";
        Ok(Prepared {
            statement: self.connection.prepare_cached(select).map_err(io::Error::other)?,
            values: PhantomData,
        })
    }
}

impl<K: Field, V: Field> Reader<K> for SqliteReader<V> {
    fn get(&mut self, key: &K) -> io::Result<Option<u64>> {
        self.prepared()?.get(key)
    }

    // With many keys, the statement is taken from the cache of the connection only once.

    fn get_all(&mut self, keys: &[K]) -> io::Result<u64> {
        self.prepared()?.get_all(keys)
    }

    fn get_batch(&mut self, keys: &[K]) -> io::Result<u64> {
        self.prepared()?.get_all(keys)
    }

    fn time_all(&mut self, keys: &[K], times: &mut hdrhistogram::Histogram<u64>) -> io::Result<u64> {
        self.prepared()?.time_all(keys, times)
    }
}

struct Prepared<'a, V> {
    statement: CachedStatement<'a>,
    values: PhantomData<fn() -> V>,
}

impl<K: Field, V: Column> Reader<K> for Prepared<'_, V> {
    fn get(&mut self, key: &K) -> io::Result<Option<u64>> {
        let mut rows = self.statement.query((Bound(key),)).map_err(io::Error::other)?;
        let Some(row) = rows.next().map_err(io::Error::other)? else {
            return Ok(None);
        };
        V::digest_column(row.get_ref(0).map_err(io::Error::other)?).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_is_compiled_with_the_stated_settings() {
        let connection = Connection::open_in_memory().unwrap();
        let is_used = |option: &str| {
            let select = "SELECT sqlite_compileoption_used(?1)";
            connection
                .query_row(select, [option], |row| row.get::<_, bool>(0))
                .unwrap()
        };
        let hint = "see .cargo/config.toml, which applies in this directory and below";
        assert!(!is_used("ENABLE_MEMORY_MANAGEMENT"), "{hint}");
        assert!(is_used("DEFAULT_MEMSTATUS=0"), "{hint}");
    }
}

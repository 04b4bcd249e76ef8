//! LMDB, through the crate heed.

use std::fs::{self, File};
use std::io;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions, PutFlags, RoTxn, WithoutTls};
use massmap_benches::digest;

use crate::data::Entries;
use crate::data::field::{Field, Native};
use crate::stores::interface::{Cache, Open, Reader, Store};

pub(crate) const SETTINGS: &str = "sorted entries appended in one transaction with NO_SYNC and WRITE_MAP, then one sync; keys of eight bytes compared as \
     integers; read from its memory map, NO_LOCK, one read transaction per thread, borrowed values; NO_READ_AHEAD when not cached";

/// Supported lengths of keys, in bytes: up to the default of `MDB_MAXKEYSIZE`.
pub(crate) const KEY_LENGTHS: RangeInclusive<usize> = 1..=511;

/// Why it cannot hold other entries.
pub(crate) const UNFIT: &str = "keys must have 1 to 511 bytes";

pub(crate) struct Lmdb;

impl<K: Field, V: Field> Store<K, V> for Lmdb {
    fn build(&self, entries: &Entries<K, V>, directory: &Path) -> io::Result<()> {
        let sorted = entries.sorted();
        let path = file(directory);
        let used = build(&path, &sorted).map_err(io::Error::other)?;
        // The file is as long as the map, with a hole after the used part.
        let file = File::options().write(true).open(path)?;
        file.set_len(used)?;
        file.sync_all()
    }

    fn open(&self, _: &Entries<K, V>, directory: &Path, cache: Cache) -> io::Result<Box<dyn Open<K>>> {
        let path = file(directory);
        let length = fs::metadata(&path)?.len();
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let read_ahead = match cache {
            Cache::Warm => EnvFlags::empty(),
            Cache::Cold => EnvFlags::NO_READ_AHEAD,
        };
        let flags = EnvFlags::READ_ONLY | read_ahead;
        let opened = open_env(&path, length, flags).and_then(|env| {
            let database = env.open_databases_and_commit(env.read_txn()?, |databases, transaction| {
                let options = databases.database_options().types::<Bytes, Bytes>();
                let database = options.key_comparator::<K::Comparator>().open(transaction)?;
                let database = database.ok_or(heed::Error::Mdb(heed::MdbError::NotFound))?;
                heed::Result::Ok(CommitOrAbort::<_, ()>::Commit(database))
            })?;
            Ok(OpenLmdb::<K> {
                database: database.unwrap_commit(),
                env,
            })
        });
        Ok(Box::new(opened.map_err(io::Error::other)?))
    }
}

fn file(directory: &Path) -> PathBuf {
    directory.join("data.mdb")
}

type InBytes<K> = Database<'static, Bytes, Bytes, <K as Native>::Comparator>;

struct OpenLmdb<K: Field> {
    env: Env<WithoutTls>,
    database: InBytes<K>,
}

struct ReadTransaction<'a, K: Field> {
    transaction: RoTxn<'a, WithoutTls>,
    database: &'a InBytes<K>,
    keys: PhantomData<K>,
}

impl<K: Field> Open<K> for OpenLmdb<K> {
    fn reader(&self) -> io::Result<Box<dyn Reader<K> + '_>> {
        Ok(Box::new(ReadTransaction {
            transaction: self.env.read_txn().map_err(io::Error::other)?,
            database: &self.database,
            keys: PhantomData,
        }))
    }
}

impl<K: Field> Reader<K> for ReadTransaction<'_, K> {
    fn get(&mut self, key: &K) -> io::Result<Option<u64>> {
        let key = key.native();
        // LMDB returns an error for unsupported keys.
        if !KEY_LENGTHS.contains(&key.as_ref().len()) {
            return Ok(None);
        }
        let found = self.database.get(&self.transaction, key.as_ref());
        Ok(found.map_err(io::Error::other)?.map(digest))
    }
}

/// Creates the file: one transaction that appends the entries, and one sync. Returns the length of its used part.
fn build<K: Field, V: Field>(path: &Path, sorted: &[&(K, V)]) -> heed::Result<u64> {
    let length = |(key, value): &&(K, V)| key.bytes().as_ref().len() + value.bytes().as_ref().len() + 64;
    let room = 2 * sorted.iter().map(length).sum::<usize>();
    // The fastest settings for a bulk load: pages are changed in the map itself, and only the end waits for the disk.
    let flags = EnvFlags::NO_SYNC | EnvFlags::WRITE_MAP;
    let env = open_env(path, room.next_multiple_of(1 << 20) + (16 << 20), flags)?;
    let created = env.create_databases_and_commit(env.write_txn()?, |databases, transaction| {
        let options = databases.database_options().types::<Bytes, Bytes>();
        let database = options.key_comparator::<K::Comparator>().create(transaction)?;
        heed::Result::Ok(CommitOrAbort::<_, ()>::Commit(database))
    })?;
    let database = created.unwrap_commit();
    let mut transaction = env.write_txn()?;
    // A cursor stays at the last entry, while `put` would search the tree.
    let mut cursor = database.iter_mut(&mut transaction)?;
    for (key, value) in sorted {
        #[expect(
            unsafe_code,
            reason = "an item borrowed from the iterator might be overwritten"
        )]
        // SAFETY: no item is taken from the iterator.
        unsafe {
            cursor.put_current_with_options::<Bytes>(
                PutFlags::APPEND,
                key.native().as_ref(),
                value.bytes().as_ref(),
            )?;
        }
    }
    drop(cursor);
    transaction.commit()?;
    env.force_sync()?;
    let transaction = env.read_txn()?;
    let page_size = u64::from(database.stat(&transaction)?.page_size);
    drop(transaction);
    let used = (env.info().last_page_number as u64 + 1) * page_size;
    env.prepare_for_closing().wait();
    Ok(used)
}

fn open_env(path: &Path, map_size: usize, flags: EnvFlags) -> heed::Result<Env<WithoutTls>> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(map_size);
    #[expect(unsafe_code, reason = "LMDB maps the file into memory")]
    // SAFETY: the file is not written to by others while it is open, and a file that a crashed build leaves is never opened.
    unsafe {
        options
            .flags(flags | EnvFlags::NO_SUB_DIR | EnvFlags::NO_LOCK)
            .open(path)
    }
}

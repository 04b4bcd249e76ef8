//! Files of LMDB, through the crate heed.

use std::fs;
use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions, PutFlags, WithoutTls};
use rayon::slice::ParallelSliceMut;

use crate::stores::Raw;

/// Key and value as they are stored.
pub type Entry<'a, K, V> = (<K as Raw>::Bytes<'a>, <V as Raw>::Bytes<'a>);

/// An open file and the only database in it.
pub type Open<K> = (
    Env<WithoutTls>,
    Database<'static, Bytes, Bytes, <K as Raw>::Comparator>,
);

/// The entries in the order in which LMDB keeps them, brought into it by as many threads as there are.
#[must_use]
pub fn sorted<K: Raw, V: Raw>(data: &[(K, V)]) -> Vec<Entry<'_, K, V>> {
    let mut entries: Vec<_> = data.iter().map(|(key, value)| (key.raw(), value.raw())).collect();
    entries.par_sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    entries
}

/// Makes a file: one transaction that puts each entry behind the others, and one sync.
///
/// # Errors
///
/// Any error of LMDB.
pub fn build<K: Raw, V: Raw>(path: &Path, sorted: &[Entry<'_, K, V>]) -> heed::Result<Open<K>> {
    let room = sorted
        .iter()
        .map(|(key, value)| key.as_ref().len() + value.as_ref().len() + 64)
        .sum::<usize>();
    // Of the settings, those that make a bulk load fastest: pages are changed in the map itself, and nothing waits for the
    // disk before the end.
    let flags = EnvFlags::NO_SYNC | EnvFlags::WRITE_MAP;
    let env = open_env(path, (2 * room).next_multiple_of(1 << 20) + (16 << 20), flags)?;
    let created = env.create_databases_and_commit(env.write_txn()?, |databases, transaction| {
        let options = databases.database_options().types::<Bytes, Bytes>();
        let database = options.key_comparator::<K::Comparator>().create(transaction)?;
        heed::Result::Ok(CommitOrAbort::<_, ()>::Commit(database))
    })?;
    let database = created.unwrap_commit();
    let mut transaction = env.write_txn()?;
    // A cursor stays where it put the last entry, which `put` would go down the tree for.
    let mut cursor = database.iter_mut(&mut transaction)?;
    for (key, value) in sorted {
        #[expect(unsafe_code, reason = "the iterator might have lent out what is overwritten")]
        // SAFETY: nothing that the iterator would lend is taken from it.
        unsafe {
            cursor.put_current_with_options::<Bytes>(PutFlags::APPEND, key.as_ref(), value.as_ref())?;
        }
    }
    drop(cursor);
    transaction.commit()?;
    env.force_sync()?;
    Ok((env, database))
}

/// Number of bytes at the beginning of the file that are in use. It is longer, as long as the map from the beginning, with
/// nothing on disk behind these.
///
/// # Errors
///
/// Any error of LMDB.
pub fn used<K: Raw>((env, database): &Open<K>) -> heed::Result<u64> {
    let transaction = env.read_txn()?;
    let page_size = database.stat(&transaction)?.page_size;
    Ok((env.info().last_page_number as u64 + 1) * u64::from(page_size))
}

/// Opens a file for reading.
///
/// # Errors
///
/// Any error of LMDB.
pub fn open<K: Raw>(path: &Path) -> heed::Result<Open<K>> {
    let length = fs::metadata(path).map_or(0, |metadata| metadata.len());
    let env = open_env(path, length as usize, EnvFlags::READ_ONLY)?;
    let opened = env.open_databases_and_commit(env.read_txn()?, |databases, transaction| {
        let options = databases.database_options().types::<Bytes, Bytes>();
        let database = options.key_comparator::<K::Comparator>().open(transaction)?;
        let database = database.ok_or(heed::Error::Mdb(heed::MdbError::NotFound))?;
        heed::Result::Ok(CommitOrAbort::<_, ()>::Commit(database))
    })?;
    let database = opened.unwrap_commit();
    Ok((env, database))
}

fn open_env(path: &Path, map_size: usize, flags: EnvFlags) -> heed::Result<Env<WithoutTls>> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(map_size);
    #[expect(unsafe_code, reason = "LMDB maps the file into memory")]
    // SAFETY: nobody writes to the file while it is open, and one that a crash in the middle of a bench leaves is not
    // opened again.
    unsafe {
        options
            .flags(flags | EnvFlags::NO_SUB_DIR | EnvFlags::NO_LOCK)
            .open(path)
    }
}

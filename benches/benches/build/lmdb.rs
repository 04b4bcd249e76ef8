//! Building with LMDB.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use heed::types::Bytes;
use heed::{CommitOrAbort, Env, EnvFlags, EnvOpenOptions, PutFlags, WithoutTls};
use rayon::slice::ParallelSliceMut;

use crate::raw::Raw;
use crate::report::Built;

/// Key and value as they are stored.
pub(crate) type Entry<'a, K, V> = (<K as Raw>::Bytes<'a>, <V as Raw>::Bytes<'a>);

/// The entries in the order in which LMDB keeps them, brought into it by as many threads as there are.
pub(crate) fn sorted<K: Raw, V: Raw>(data: &[(K, V)]) -> Vec<Entry<'_, K, V>> {
    let mut entries: Vec<_> = data.iter().map(|(key, value)| (key.raw(), value.raw())).collect();
    entries.par_sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    entries
}

pub(crate) fn build<K: Raw, V: Raw>(path: &Path, data: &[(K, V)]) -> io::Result<Built> {
    let start = Instant::now();
    append::<K, V>(path, &sorted(data), start)
}

pub(crate) fn build_sorted<K: Raw, V: Raw>(path: &Path, sorted: &[Entry<'_, K, V>]) -> io::Result<Built> {
    append::<K, V>(path, sorted, Instant::now())
}

fn append<K: Raw, V: Raw>(path: &Path, sorted: &[Entry<'_, K, V>], start: Instant) -> io::Result<Built> {
    let built = try_append::<K, V>(path, sorted, start).map_err(io::Error::other)?;
    fs::remove_file(path)?;
    Ok(built)
}

/// One transaction that puts each entry behind the others, and one sync.
fn try_append<K: Raw, V: Raw>(
    path: &Path,
    sorted: &[Entry<'_, K, V>],
    start: Instant,
) -> heed::Result<Built> {
    let room = sorted
        .iter()
        .map(|(key, value)| key.as_ref().len() + value.as_ref().len() + 64)
        .sum::<usize>();
    let env = open(path, room)?;
    let created = env.create_databases_and_commit(env.write_txn()?, |databases, transaction| {
        let database = databases.create_database::<Bytes, Bytes>(transaction, None)?;
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
    let took = start.elapsed();

    let transaction = env.read_txn()?;
    for (key, value) in sorted.iter().take(100) {
        assert_eq!(database.get(&transaction, key.as_ref())?, Some(value.as_ref()));
    }
    let pages = env.info().last_page_number + 1;
    let page_size = database.stat(&transaction)?.page_size;
    drop(transaction);
    env.prepare_for_closing().wait();
    Ok(Built {
        took,
        // Not that of the file, which is as long as the map from the beginning, with nothing on disk behind these pages.
        length: (pages * page_size as usize) as u64,
    })
}

fn open(path: &Path, room: usize) -> heed::Result<Env<WithoutTls>> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size((2 * room).next_multiple_of(1 << 20) + (16 << 20));
    // Of the settings, those that make a bulk load fastest: pages are changed in the map itself, and nothing waits for the
    // disk before the end.
    let flags = EnvFlags::NO_SUB_DIR | EnvFlags::NO_LOCK | EnvFlags::NO_SYNC | EnvFlags::WRITE_MAP;
    #[expect(unsafe_code, reason = "LMDB maps the file into memory")]
    // SAFETY: nobody else has this file open, which stands under a name of this process for a moment, and a crash in the
    // middle of a bench leaves a file that nobody opens again.
    unsafe {
        options.flags(flags).open(path)
    }
}

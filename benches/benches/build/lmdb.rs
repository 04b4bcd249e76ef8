//! Building with LMDB.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use massmap_benches::stores::{Raw, lmdb};

use crate::report::Built;

pub(crate) fn build<K: Raw, V: Raw>(path: &Path, data: &[(K, V)]) -> io::Result<Built> {
    let start = Instant::now();
    append::<K, V>(path, &lmdb::sorted(data), start)
}

pub(crate) fn build_sorted<K: Raw, V: Raw>(
    path: &Path,
    sorted: &[lmdb::Entry<'_, K, V>],
) -> io::Result<Built> {
    append::<K, V>(path, sorted, Instant::now())
}

fn append<K: Raw, V: Raw>(
    path: &Path,
    sorted: &[lmdb::Entry<'_, K, V>],
    start: Instant,
) -> io::Result<Built> {
    let built = try_append::<K, V>(path, sorted, start).map_err(io::Error::other)?;
    fs::remove_file(path)?;
    Ok(built)
}

fn try_append<K: Raw, V: Raw>(
    path: &Path,
    sorted: &[lmdb::Entry<'_, K, V>],
    start: Instant,
) -> heed::Result<Built> {
    let open = lmdb::build::<K, V>(path, sorted)?;
    let took = start.elapsed();

    let length = lmdb::used::<K>(&open)?;
    let (env, database) = open;
    let transaction = env.read_txn()?;
    for (key, value) in sorted.iter().take(100) {
        assert_eq!(database.get(&transaction, key.as_ref())?, Some(value.as_ref()));
    }
    drop(transaction);
    env.prepare_for_closing().wait();
    Ok(Built { took, length })
}

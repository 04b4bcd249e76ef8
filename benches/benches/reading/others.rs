//! Lookups in other stores. Their files are made once and kept, as those of this crate are.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use cdb64::{Cdb, CdbHash};
use massmap_benches::stores::{Raw, cdb, lmdb};
use massmap_benches::{Contestant, Dataset, data_directory};

use crate::serial::{Keys, digest};

pub(crate) const CDB: &str = "cdb64, mapped";
pub(crate) const LMDB: &str = "LMDB";

/// cdb64, with its file mapped into memory, by its only lookup, which copies the value.
pub(crate) fn cdb64<'a, D>(keys: &'a Keys<D::Key>, entries: u64) -> io::Result<Contestant<'a>>
where
    D: Dataset<Key: Raw + 'a, Value: Raw>,
{
    let path = prepare::<D>(entries, "cdb", |path, data| {
        cdb::write_buffered(File::create(path)?, data).map(drop)
    })?;
    let cdb = Cdb::<_, CdbHash>::open_mmap(path)?;
    Ok(keys.contestant(CDB, move |key| {
        let value = cdb.get(key.raw().as_ref()).expect("the file is whole")?;
        Some(digest(&value))
    }))
}

/// LMDB, whose entries were appended in order, which fills its pages. All in one read transaction, values borrowed, and
/// integers compared as such.
pub(crate) fn lmdb<'a, D>(keys: &'a Keys<D::Key>, entries: u64) -> io::Result<Contestant<'a>>
where
    D: Dataset<Key: Raw + 'a, Value: Raw>,
{
    let path = prepare::<D>(entries, "lmdb", |path, data| {
        let open = lmdb::build::<D::Key, D::Value>(path, &lmdb::sorted(data)).map_err(io::Error::other)?;
        let used = lmdb::used::<D::Key>(&open).map_err(io::Error::other)?;
        // It cannot be opened again before.
        open.0.prepare_for_closing().wait();
        File::options().write(true).open(path)?.set_len(used)
    })?;
    let (env, database) = lmdb::open::<D::Key>(&path).map_err(io::Error::other)?;
    let transaction = env.static_read_txn().map_err(io::Error::other)?;
    Ok(keys.contestant(LMDB, move |key| {
        let value = database.get(&transaction, key.raw().as_ref());
        value.expect("the file is whole").map(digest)
    }))
}

/// The file with the first `entries` entries of `D`, which `make` makes unless it is there.
fn prepare<D: Dataset>(
    entries: u64,
    extension: &str,
    make: impl FnOnce(&Path, &[(D::Key, D::Value)]) -> io::Result<()>,
) -> io::Result<PathBuf> {
    let path = data_directory()?.join(format!("{}-{entries}.{extension}", D::NAME));
    if !path.exists() {
        // Made beside and renamed: an interrupted run leaves nothing that a later one would take for whole.
        let beside = path.with_extension(format!("{extension}.incomplete"));
        _ = fs::remove_file(&beside);
        let data: Vec<_> = (0..entries)
            .map(|ordinal| (D::key(ordinal), D::value(ordinal)))
            .collect();
        make(&beside, &data)?;
        fs::rename(beside, &path)?;
    }
    io::copy(&mut File::open(&path)?, &mut io::sink())?;
    Ok(path)
}

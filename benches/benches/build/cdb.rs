//! Building with the crate cdb64.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Instant;

use cdb64::{Cdb, CdbHash};
use massmap_benches::stores::{Raw, cdb};

use crate::report::Built;

/// The way that the crate offers: straight into a file, with a system call for each part of an entry.
pub(crate) fn build<K: Raw, V: Raw>(path: &Path, data: &[(K, V)]) -> io::Result<Built> {
    let start = Instant::now();
    let file = cdb::write(File::create(path)?, data)?;
    finish(path, data, start, &file)
}

/// The same through a buffer.
pub(crate) fn build_buffered<K: Raw, V: Raw>(path: &Path, data: &[(K, V)]) -> io::Result<Built> {
    let start = Instant::now();
    let file = cdb::write_buffered(File::create(path)?, data)?;
    finish(path, data, start, &file)
}

fn finish<K: Raw, V: Raw>(path: &Path, data: &[(K, V)], start: Instant, file: &File) -> io::Result<Built> {
    file.sync_all()?;
    let took = start.elapsed();
    let cdb = Cdb::<_, CdbHash>::open(path)?;
    for (key, value) in data.iter().take(100) {
        let found = cdb.get(key.raw().as_ref())?;
        assert_eq!(found.as_deref(), Some(value.raw().as_ref()));
    }
    let length = file.metadata()?.len();
    fs::remove_file(path)?;
    Ok(Built { took, length })
}

//! A process that does nothing but lookups, for counting their instructions.

use std::fs::{self, File};

use anyhow::ensure;
use massmap::{BytesReader, MassMap, MassMapReader};
use massmap_async::{AsyncReader, InPlace, MemoryReader};
use tokio::runtime;

use crate::data::{Entries, Map};
use crate::options::Route;

/// So few that the map is soon built.
const ENTRIES: Entries = Entries::new(20_000);

pub(crate) fn look_up(route: Route, count: u32) -> anyhow::Result<()> {
    let bytes = ENTRIES.build(4096, false)?;
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), &bytes)?;
    let open = || File::open(file.path());
    match route {
        Route::MemorySync => sync(BytesReader::new(bytes), count),
        Route::MemoryAsync => not_sync(MemoryReader::new(bytes), count),
        Route::FileSync => sync(open()?, count),
        Route::FileAsync => not_sync(InPlace::new(open()?), count),
    }
}

/// The same keys for any number of lookups.
fn keys(count: u32) -> impl Iterator<Item = u64> {
    let hits = ENTRIES.hits(60, 1000);
    let keys: Vec<_> = hits.into_iter().map(|hit| hit.key).collect();
    (0..count as usize).map(move |number| keys[number % keys.len()])
}

fn sync(reader: impl MassMapReader, count: u32) -> anyhow::Result<()> {
    let map = MassMap::<u64, String, _>::load(reader)?;
    for key in keys(count) {
        ensure!(map.get(&key)?.is_some(), "the key is present");
    }
    Ok(())
}

fn not_sync(reader: impl AsyncReader, count: u32) -> anyhow::Result<()> {
    runtime::Builder::new_current_thread().build()?.block_on(async {
        let map = Map::open(reader).await?;
        for key in keys(count) {
            ensure!(map.get(&key).await?.is_some(), "the key is present");
        }
        Ok(())
    })
}

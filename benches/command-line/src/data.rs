//! The file and the keys.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use bench_support::mix;
use massmap::Builder;

/// Length of a value, in bytes.
const VALUE: usize = 120;

/// About what an entry takes in the file, in bytes.
const ENTRY: u64 = 136;

/// A map with the keys `mix(0)`, `mix(1)` and so on, and a file with some of them.
pub(crate) struct Data {
    map: PathBuf,
    keys: PathBuf,
    entries: u64,
    keep: bool,
}

impl Data {
    /// Builds a map of about so many bytes, and a file with `keys` of its keys, unless they are there.
    pub(crate) fn prepare(directory: &Path, bytes: u64, keys: u64, keep: bool) -> anyhow::Result<Self> {
        let entries = (bytes / ENTRY).max(1);
        let data = Self {
            map: directory.join(format!("command-line-{entries}.massmap")),
            keys: directory.join(format!("command-line-{entries}-{keys}.txt")),
            entries,
            keep,
        };
        if !data.map.exists() {
            Builder::new()
                .build(&data.map, (0..entries).map(|n| (mix(n), value(n))))
                .context("cannot build the map")?;
        }
        if !data.keys.exists() {
            let mut file = BufWriter::new(File::create(&data.keys)?);
            for key in data.some_keys(keys) {
                writeln!(file, "{key}")?;
            }
            file.flush()?;
        }
        Ok(data)
    }

    /// The map.
    pub(crate) fn map(&self) -> &Path {
        &self.map
    }

    /// The file of keys.
    pub(crate) fn keys(&self) -> &Path {
        &self.keys
    }

    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }

    /// Number of bytes of the map.
    pub(crate) fn length(&self) -> anyhow::Result<u64> {
        Ok(fs::metadata(&self.map)?.len())
    }

    /// So many keys of the map, picked at random.
    pub(crate) fn some_keys(&self, count: u64) -> impl Iterator<Item = u64> + use<> {
        let entries = self.entries;
        (0..count).map(move |n| mix(mix(!n) % entries))
    }

    /// Has the system forget what it keeps of the map in memory.
    pub(crate) fn forget(&self) -> anyhow::Result<()> {
        #[cfg(target_os = "linux")]
        {
            let file = File::open(&self.map)?;
            file.sync_all()?;
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
        Ok(())
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        if !self.keep {
            // Whoever looks for the space finds them.
            _ = fs::remove_file(&self.map);
            _ = fs::remove_file(&self.keys);
        }
    }
}

/// The value of the entry with this number: letters, different for each.
fn value(number: u64) -> String {
    let words = (0..).map(|part| mix(number.wrapping_mul(31).wrapping_add(part)));
    let mut value: String = words.take(VALUE / 16 + 1).map(|word| format!("{word:016x}")).collect();
    value.truncate(VALUE);
    value
}

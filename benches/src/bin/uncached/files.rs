//! The files that are read.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use massmap::{FormatVersion, MassMapBuilder};
use massmap_benches::{data_directory, mix};
use rustix::fs::{Advice, fadvise};

use crate::program::Options;

/// About as long as buckets are in which massmap 0.1.5 is at its best, in bytes.
const BUCKET: u64 = 2048;

/// Two files with the same entries, keys from [`Files::key`] and values from [`Files::value`].
pub(crate) struct Files {
    pub(crate) entries: u64,
    value_length: usize,
    /// In format 2, with pages of 4 KiB.
    pub(crate) pages: PathBuf,
    /// In format 1.
    pub(crate) buckets: PathBuf,
}

impl Files {
    /// Builds the files unless they are there from an earlier run.
    pub(crate) fn prepare(options: &Options) -> io::Result<Self> {
        let directory = match &options.directory {
            Some(directory) => directory.clone(),
            None => data_directory()?,
        };
        // An integer of nine bytes, a string with its header, and what pages or buckets add.
        let entry = 9 + 3 + options.value_length as u64 + 3;
        let entries = ((options.gigabytes * 1e9) as u64 / entry).max(1);
        let path = |format| {
            let name = format!("uncached-{entries}-{}-{format}.massmap", options.value_length);
            directory.join(name)
        };
        let files = Self {
            entries,
            value_length: options.value_length,
            pages: path("v2"),
            buckets: path("v1"),
        };
        let builder = MassMapBuilder::default();
        let buckets = (entries * entry).div_ceil(BUCKET);
        files.build(&files.pages, builder.clone().with_format(FormatVersion::V2))?;
        files.build(&files.buckets, builder.with_bucket_count(buckets))?;
        Ok(files)
    }

    fn build(&self, path: &PathBuf, builder: MassMapBuilder) -> io::Result<()> {
        if path.exists() {
            return Ok(());
        }
        let start = Instant::now();
        let entries = (0..self.entries).map(|ordinal| (Self::key(ordinal), self.value(ordinal)));
        builder.build_to_path(path, entries)?;
        eprintln!(
            "built {} ({:.2} GB) in {:.0} s",
            path.display(),
            fs::metadata(path)?.len() as f64 / 1e9,
            start.elapsed().as_secs_f64()
        );
        Ok(())
    }

    pub(crate) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.pages)?;
        fs::remove_file(&self.buckets)
    }

    pub(crate) fn key(ordinal: u64) -> u64 {
        mix(ordinal)
    }

    pub(crate) fn value(&self, ordinal: u64) -> String {
        let mut value = format!("{:016x}", mix(!ordinal)).repeat(self.value_length.div_ceil(16));
        value.truncate(self.value_length);
        value
    }
}

/// Has the page cache forget a file, which must be on disk already.
pub(crate) fn forget(file: &File) -> io::Result<()> {
    Ok(fadvise(file, 0, None, Advice::DontNeed)?)
}

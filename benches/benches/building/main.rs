//! Building files of large values, compared with cdb64, and files of few entries in parallel, compared with one thread, with targets.
//!
//! Files are written into the page cache, and nobody waits for the disk. Words select parts of the bench by title:
//!
//! ```text
//! cargo bench --manifest-path benches/Cargo.toml --bench building -- 256
//! ```
//!
//! At full scale, each file has one gigabyte.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use cdb64::{CdbHash, CdbWriter};
use massmap::{FormatVersion, MassMapBuilder};
use massmap_benches::{
    Contestant, SeekingBuffer, Target, data_directory, entries, is_wanted, mix, report, take_turns,
};
use serde_bytes::Bytes;

/// Number of turns of each contestant.
const TURNS: usize = 7;

/// A memory limit in bytes with which nothing is spilled, as cdb64 has none.
const ENOUGH_MEMORY: usize = 3 << 30;

/// Number of turns for few entries.
const TURNS_OF_FEW: usize = 201;

const OURS: &str = "massmap";
const OURS_SPILLED: &str = "massmap, default memory limit";
const OURS_IN_PARALLEL: &str = "massmap, par_build";
const CDB64: &str = "cdb64";

fn main() -> io::Result<()> {
    let directory = data_directory()?.join(format!("building-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let result = large(&directory).and_then(|()| few(&directory));
    std::fs::remove_dir_all(&directory)?;
    result
}

/// Values of one length and of lengths from 1 to 4 KiB.
fn large(directory: &Path) -> io::Result<()> {
    let random = random_bytes();
    for (count, least, most) in [(4_000_000, 256, 256), (400_000, 1 << 10, 4 << 10)] {
        let count = entries(count);
        let title = format!("u64 to {least} to {most} bytes, {count} entries");
        if !is_wanted(&title) {
            continue;
        }
        let value = |ordinal: u64| {
            let bits = mix(ordinal);
            let length = least + (bits as usize >> 20) % (most - least + 1);
            let start = (bits >> 32) as usize % (random.len() - most);
            &random[start..start + length]
        };
        let path = |name: &str| directory.join(name);
        let build = |builder: MassMapBuilder, file: &File| {
            let entries = (0..count).map(|ordinal| (mix(ordinal), Bytes::new(value(ordinal))));
            builder.build(file, entries).map(drop)
        };
        let contestants = vec![
            contestant(OURS, path(OURS), |file| {
                build(builder().with_memory_limit(ENOUGH_MEMORY), &file)
            }),
            contestant(OURS_SPILLED, path(OURS_SPILLED), |file| build(builder(), &file)),
            contestant(CDB64, path(CDB64), |file| {
                let mut writer =
                    CdbWriter::<_, CdbHash>::new(SeekingBuffer::new(file)).map_err(io::Error::other)?;
                for ordinal in 0..count {
                    let key = mix(ordinal).to_le_bytes();
                    writer.put(&key, value(ordinal)).map_err(io::Error::other)?;
                }
                writer.finalize().map_err(io::Error::other)?;
                let buffer = writer.into_inner().map_err(io::Error::other)?;
                buffer.into_file().map(drop)
            }),
        ];
        let targets = [Target::at_most(OURS, CDB64, 1.2)];
        report(&title, &take_turns(TURNS, contestants), &[CDB64], &targets);
    }
    Ok(())
}

/// As few entries as tests and small tools have.
fn few(directory: &Path) -> io::Result<()> {
    for count in [10, 1000, 10_000, 100_000] {
        let title = format!("u64 to u64, {count} entries");
        if !is_wanted(&title) {
            continue;
        }
        let data: Vec<(u64, u64)> = (0..count).map(|ordinal| (mix(ordinal), ordinal)).collect();
        let contestants = vec![
            contestant(OURS, directory.join(OURS), |file| {
                builder().build(&file, data.iter()).map(drop)
            }),
            contestant(OURS_IN_PARALLEL, directory.join(OURS_IN_PARALLEL), |file| {
                builder().par_build(&file, &data).map(drop)
            }),
        ];
        let targets = [Target::at_most(OURS_IN_PARALLEL, OURS, 1.0)];
        report(&title, &take_turns(TURNS_OF_FEW, contestants), &[OURS], &targets);
    }
    Ok(())
}

fn builder() -> MassMapBuilder {
    MassMapBuilder::default().with_format(FormatVersion::V2)
}

/// Builds the file at `path` with `build`.
fn contestant<'a>(
    name: &str,
    path: PathBuf,
    mut build: impl FnMut(File) -> io::Result<()> + 'a,
) -> Contestant<'a> {
    Contestant::long(name, move || {
        let file = File::create(&path).expect("the directory can be written to");
        let start = Instant::now();
        build(file).expect("the file can be built");
        start.elapsed()
    })
}

/// Bytes that do not compress, of which values are slices.
fn random_bytes() -> Vec<u8> {
    (0..1u64 << 20).flat_map(|word| mix(word).to_le_bytes()).collect()
}

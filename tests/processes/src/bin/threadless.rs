//! Builds, merges and iterates where threads cannot be started, because `RUST_MIN_STACK` is too large.
//!
//! ```text
//! threadless build|par_build|merge|par_iter|all DIRECTORY
//! ```
//!
//! Exits with 0 only if no thread could be started and everything succeeded nevertheless.

use std::fs::{self, File};
use std::io::{Error, Result};
use std::path::Path;

use massmap::{FormatVersion, MassMap, MassMapBuilder, MassMapMerger};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// So many that a build uses threads: some 12 MB.
const COUNT: u64 = 60_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, directory] = arguments.as_slice() else {
        return Err(Error::other("two arguments are needed"));
    };
    if std::thread::Builder::new().spawn(|| ()).is_ok() {
        return Err(Error::other("there are threads"));
    }
    let directory = Path::new(directory);
    let parts = ["build", "par_build", "merge", "par_iter"];
    for part in parts.into_iter().filter(|part| what == part || what == "all") {
        for format in [FormatVersion::V1, FormatVersion::V2] {
            run(part, format, directory)?;
        }
    }
    Ok(())
}

fn entry(number: u64) -> (u64, String) {
    (number, format!("{number:0200}"))
}

fn builder(format: FormatVersion) -> MassMapBuilder {
    MassMapBuilder::default().with_format(format)
}

fn run(part: &str, format: FormatVersion, directory: &Path) -> Result<()> {
    let expected = directory.join("expected");
    // The settings make the calling thread do it.
    builder(format)
        .with_threads(1)
        .build_to_path(&expected, (0..COUNT).map(entry))?;
    let target = directory.join("target");
    match part {
        "build" => drop(builder(format).build_to_path(&target, (0..COUNT).map(entry))?),
        "par_build" => {
            let entries = (0..COUNT).into_par_iter().map(entry);
            builder(format).par_build_to_path(&target, entries)?;
        }
        "merge" => {
            let halves = [("even", 0), ("odd", 1)];
            let maps = halves.map(|(name, rest)| {
                let path = directory.join(name);
                let numbers = (0..COUNT).filter(|number| number % 2 == rest);
                builder(FormatVersion::V2).build_to_path(&path, numbers.map(entry))?;
                MassMap::<u64, String, _>::load(File::open(path)?)
            });
            let maps = maps.into_iter().collect::<Result<Vec<_>>>()?;
            MassMapMerger::default()
                .with_format(format)
                .merge_to_path(&target, maps)?;
        }
        _ => {
            let map = MassMap::<u64, String, _>::load(File::open(&expected)?)?;
            let found = map.par_iter().collect::<Result<Vec<_>>>()?;
            let walked = map.iter().collect::<Result<Vec<_>>>()?;
            return same(found == walked && found.len() as u64 == COUNT);
        }
    }
    let map = MassMap::<u64, String, _>::load(File::open(&target)?)?;
    let mut entries = map.iter().collect::<Result<Vec<_>>>()?;
    entries.sort_unstable();
    same(entries.into_iter().eq((0..COUNT).map(entry)))?;
    same(part == "merge" || fs::read(&target)? == fs::read(&expected)?)
}

fn same(holds: bool) -> Result<()> {
    match holds {
        true => Ok(()),
        false => Err(Error::other("the content is another one")),
    }
}

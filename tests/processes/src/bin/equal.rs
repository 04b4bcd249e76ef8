//! Builds a map of equal entries, or merges it with itself, to measure the memory.
//!
//! ```text
//! equal build MAP COUNT
//! equal merge MAP LIMIT keep-all|first|last TARGET
//! ```
//!
//! Prints the peak memory of this process, in KiB, before and after.

use std::fs::File;
use std::io::{Error, Result};

use massmap::{DuplicateKeys, FormatVersion, MassMap, MassMapBuilder, MassMapMerger};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let before = peak()?;
    match arguments[..] {
        ["build", map, count] => {
            let count: u64 = count.parse().map_err(Error::other)?;
            MassMapBuilder::default()
                .with_format(FormatVersion::V2)
                .with_duplicate_keys(DuplicateKeys::KeepAll)
                .build_to_path(map, (0..count).map(|_| (7u32, "equal")))?;
        }
        ["merge", map, limit, policy, target] => {
            let policy = match policy {
                "keep-all" => DuplicateKeys::KeepAll,
                "first" => DuplicateKeys::First,
                "last" => DuplicateKeys::Last,
                _ => return Err(Error::other("there is no such policy")),
            };
            let maps = [map, map].map(|path| MassMap::<u32, String, _>::load(File::open(path)?));
            MassMapMerger::default()
                .with_memory_limit(limit.parse().map_err(Error::other)?)
                .with_writer_buffer_size(1 << 20)
                .with_duplicate_keys(policy)
                .merge_to_path(target, maps.into_iter().collect::<Result<_>>()?)?;
        }
        _ => return Err(Error::other("these arguments mean nothing")),
    }
    println!("{before} {}", peak()?);
    Ok(())
}

/// Peak memory of this process so far, in KiB, if the system reports it.
fn peak() -> Result<u64> {
    let status = match cfg!(target_os = "linux") {
        true => std::fs::read_to_string("/proc/self/status")?,
        false => return Ok(0),
    };
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    peak.and_then(|peak| peak.parse().ok())
        .ok_or_else(|| Error::other("the system does not tell"))
}

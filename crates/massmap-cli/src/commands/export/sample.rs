//! `massmap sample`: writes entries that are chosen at random.

mod choose;

use std::hash::{BuildHasher, RandomState};
use std::io::Write;

use massmap_data::{EntryWriter, ExportFormat, Location, entry_writer};

use super::entries::{Failure, for_each, unreadable, write_to};
use crate::commands::random::Random;
use crate::map::Map;
use crate::output::progress::Progress;
use choose::{Place, choose};

/// Write entries of a massmap file, chosen at random, as NDJSON
///
/// Every entry is as likely as any other, and none is chosen twice. They are [key, value] pairs as dump writes them, in the order of the file.
/// For few entries of a large file, only some of its pages are read.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Number of entries; a map of fewer has all written
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10)]
    count: u64,

    /// Choose the same entries as any other time with this number [default: others each time]
    #[arg(long)]
    seed: Option<u64>,

    /// massmap file: a path or a URL
    #[arg(value_name = "FILE")]
    input: Location,
}

/// Runs the command.
///
/// # Errors
///
/// Fails if the file cannot be read or is damaged, if JSON cannot hold an entry, or if the output cannot be written.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    // The hash of nothing, with random keys.
    let seed = args.seed.unwrap_or_else(|| RandomState::new().hash_one(()));
    write_to(None, &args.input, |map, out, progress| {
        write(map, args.count, Random::new(seed), out, progress)
    })
}

fn write(
    map: &Map,
    count: u64,
    mut random: Random,
    out: impl Write,
    progress: &Progress,
) -> Result<(), Failure> {
    let mut writer = entry_writer(ExportFormat::Ndjson, &map.schemas(), out)?;
    match choose(map, count, &mut random).map_err(unreadable)? {
        Some(places) => write_places(map, &places, &mut *writer)?,
        None => {
            let total = map.index().entry_count();
            let mut wanted = count.min(total);
            for_each(map, |key, value, entries, bytes| {
                progress.show_read(entries, total, bytes);
                // Each of those that are left is as likely as any other.
                let left = total.saturating_sub(entries - 1);
                if random.below(left) < wanted {
                    wanted -= 1;
                    writer.write(key, value)?;
                }
                Ok(())
            })?;
        }
    }
    Ok(writer.finish()?)
}

/// Writes the entries at some places, which are in order.
fn write_places(map: &Map, places: &[Place], writer: &mut dyn EntryWriter) -> Result<(), Failure> {
    for places in places.chunk_by(|place, next| place.block == next.block) {
        let mut wanted = places.iter().peekable();
        let Some(Place { block, .. }) = places.first() else {
            continue;
        };
        let mut number = 0;
        for block in map.raw_blocks_within(*block..block.saturating_add(1)) {
            let block = block.map_err(unreadable)?;
            for entry in block.iter() {
                if wanted.next_if(|place| place.entry == number).is_some() {
                    writer.write(entry.key, entry.value)?;
                }
                number += 1;
            }
            if wanted.peek().is_none() {
                break;
            }
        }
    }
    Ok(())
}

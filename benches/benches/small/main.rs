//! Lookups of small entries in mapped files of format 2, compared with odht, cdb64, and a dependent read of memory, and with
//! targets.
//!
//! Each entry is looked up in four ways: hits *in a row*, independent of each other; *chained* hits, each only after the one before;
//! *misses* in a row; and *batches*. The files are in the page cache. Words select parts of the bench by title:
//!
//! ```text
//! cargo bench --manifest-path benches/Cargo.toml --bench small -- chained
//! ```
//!
//! At full scale, it builds files with 100 million entries of each kind, one kind after the other, and removes those of the other
//! stores: 10 GB at a time.

mod contender;
mod datasets;
mod lookups;
mod stores;

use std::io;

use massmap_benches::{Strings, Target, entries, is_wanted, report, scales, take_turns};

use crate::contender::Small;
use crate::datasets::{Ids, Integers, Pairs};
use crate::lookups::{BATCH, Keys};
use crate::stores::Files;

/// Number of turns of each contestant.
const TURNS: usize = 9;

const OURS: &str = "massmap";
const OURS_EVERY_READ: &str = "massmap, every read checked";
const ODHT: &str = "odht";
const CDB64: &str = "cdb64";
const FLOOR: &str = "dependent read";

fn main() -> io::Result<()> {
    for entries in scales([10_000_000, 100_000_000]) {
        bench::<Integers>(entries, fixed_targets)?;
        bench::<Pairs>(entries, fixed_targets)?;
        bench::<Ids>(entries, fixed_targets)?;
    }
    bench::<Strings>(entries(5_000_000), string_targets)
}

/// The ways to look entries up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    InARow,
    Chained,
    Misses,
    Batches,
}

impl How {
    const ALL: [Self; 4] = [Self::InARow, Self::Chained, Self::Misses, Self::Batches];

    fn name(self) -> String {
        match self {
            Self::InARow => "hits in a row".to_owned(),
            Self::Chained => "chained hits".to_owned(),
            Self::Misses => "misses in a row".to_owned(),
            Self::Batches => format!("batches of {BATCH}"),
        }
    }
}

fn bench<D: Small>(entries: u64, targets: fn(How) -> Vec<Target>) -> io::Result<()> {
    let titles = How::ALL.map(|how| (how, format!("{}, {entries} entries: {}", D::NAME, how.name())));
    if !titles.iter().any(|(_, title)| is_wanted(title)) {
        return Ok(());
    }
    let files = Files::<D>::new(entries)?;
    println!(
        "\n{}, {entries} entries: {:.2} bytes an entry",
        D::NAME,
        files.bytes_per_entry()?
    );
    for (how, title) in titles.iter().filter(|(_, title)| is_wanted(title)) {
        let keys = Keys::new(&files, *how);
        let contestants = files.contestants(*how, &keys)?;
        let yardsticks: &[&str] = match how {
            How::Chained => &[FLOOR, ODHT],
            _ => &[ODHT],
        };
        report(title, &take_turns(TURNS, contestants), yardsticks, &targets(*how));
    }
    Ok(())
}

/// The targets for entries of fixed width.
fn fixed_targets(how: How) -> Vec<Target> {
    match how {
        How::InARow => vec![
            Target::at_most(OURS, ODHT, 2.0),
            Target::at_most(OURS_EVERY_READ, OURS, 2.0),
        ],
        How::Chained => vec![Target::at_most(OURS, FLOOR, 1.5)],
        How::Misses => vec![Target::at_most(OURS, ODHT, 3.0)],
        How::Batches => vec![Target::at_most(OURS, ODHT, 1.2)],
    }
}

fn string_targets(how: How) -> Vec<Target> {
    match how {
        How::InARow => vec![
            Target::faster(OURS, CDB64, 1.3),
            Target::at_most(OURS_EVERY_READ, OURS, 2.0),
        ],
        _ => Vec::new(),
    }
}

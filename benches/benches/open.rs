//! Opening files of both formats, by this crate and, in format 1, by massmap 0.1.5: how long it takes, and how much
//! memory the open map keeps resident.

use std::env;
use std::fs;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::process::Command;

use massmap_benches::{Arrangement, Buckets, Contestant, Dataset, Integers, Prepared, compare, entries};

/// Turns that each contestant takes.
const TURNS: usize = 41;

/// How often memory is measured; the median counts.
const PROCESSES: usize = 5;

/// In the environment of a process that opens one map and prints what memory that took: `v2`, `0.1.5` and the like.
const OPEN_AND_PRINT: &str = "MASSMAP_BENCH_OPEN";

type Map = massmap::MassMap<u64, u64, fs::File>;
type Map015 = massmap_0_1_5::MassMap<u64, u64, fs::File>;

fn main() -> io::Result<()> {
    if let Ok(library) = env::var(OPEN_AND_PRINT) {
        return open_and_print(&library, Path::new(&env::args().next_back().unwrap_or_default()));
    }
    for full in [100_000, 1_000_000, 10_000_000] {
        bench(entries(full))?;
    }
    Ok(())
}

fn bench(count: u64) -> io::Result<()> {
    let pages = |filter| Arrangement::Pages { size: 4096, filter };
    let arrangements = [pages(false), pages(true)]
        .into_iter()
        .chain(Buckets::ALL.map(Arrangement::from));
    let mut contestants = Vec::new();
    let mut memory = Vec::new();
    for arrangement in arrangements {
        let prepared = Prepared::<Integers>::new(count, arrangement)?;
        let path = prepared.path().to_owned();
        memory.push((arrangement.name(), "ours", Resident::of("ours", &path)?));
        if matches!(arrangement, Arrangement::Buckets(_)) {
            memory.push((arrangement.name(), "0.1.5", Resident::of("0.1.5", &path)?));
            let theirs = Prepared::<Integers>::new(count, arrangement)?;
            contestants.push(Contestant::new(
                format!("0.1.5, {}", arrangement.name()),
                move || {
                    black_box(theirs.open_0_1_5().expect("the file is whole"));
                },
            ));
        }
        contestants.push(Contestant::new(
            format!("ours, {}", arrangement.name()),
            move || {
                black_box(prepared.open().expect("the file is whole"));
            },
        ));
    }
    compare(
        &format!("{}, {count} entries: open", Integers::NAME),
        TURNS,
        contestants,
    );

    println!("\n| memory with {count} entries | resident after open | most while opening |\n|---|--:|--:|");
    for (arrangement, library, Resident { after, peak }) in memory {
        println!("| {library}, {arrangement} | {after} KiB | {peak} KiB |");
    }
    Ok(())
}

/// What opening a map adds to the memory of a process, in KiB.
struct Resident {
    /// While the map is open.
    after: u64,
    /// At most, while it is being opened.
    peak: u64,
}

impl Resident {
    /// Lets `library` open the file in processes of their own; medians.
    fn of(library: &str, path: &Path) -> io::Result<Self> {
        let (mut after, mut peak) = (Vec::new(), Vec::new());
        for _ in 0..PROCESSES {
            let output = Command::new(env::current_exe()?)
                .env(OPEN_AND_PRINT, library)
                .arg(path)
                .output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            let mut numbers = text.split_whitespace().flat_map(str::parse);
            let (Some(one), Some(other)) = (numbers.next(), numbers.next()) else {
                return Err(io::Error::other(format!(
                    "the process that opens a map failed: {output:?}"
                )));
            };
            after.push(one);
            peak.push(other);
        }
        after.sort_unstable();
        peak.sort_unstable();
        Ok(Self {
            after: after[PROCESSES / 2],
            peak: peak[PROCESSES / 2],
        })
    }
}

/// Opens a map and prints by how many KiB the process has grown, with the map open and at most.
fn open_and_print(library: &str, path: &Path) -> io::Result<()> {
    // Code is resident only once it has run: the first map, a small one, brings that in.
    let small = Prepared::<Integers>::new(100, Buckets::OfEntries(16))?;
    let small_pages = Prepared::<Integers>::new(
        100,
        Arrangement::Pages {
            size: 4096,
            filter: true,
        },
    )?;
    let theirs = library == "0.1.5";
    if theirs {
        drop(small.open_0_1_5()?);
    } else {
        drop(small.open()?);
        drop(small_pages.open()?);
    }
    let before = status("VmRSS")?;
    let (after, peak) = if theirs {
        let map: Map015 = massmap_0_1_5::MassMap::load(fs::File::open(path)?)?;
        let measured = (status("VmRSS")?, status("VmHWM")?);
        drop(black_box(map));
        measured
    } else {
        let map: Map = massmap::MassMap::load(fs::File::open(path)?)?;
        let measured = (status("VmRSS")?, status("VmHWM")?);
        drop(black_box(map));
        measured
    };
    println!("{} {}", after.saturating_sub(before), peak.saturating_sub(before));
    Ok(())
}

/// A field of this process's status, in KiB; 0 where there is no such thing.
fn status(field: &str) -> io::Result<u64> {
    let status = match fs::read_to_string("/proc/self/status") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        status => status?,
    };
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok());
    value.ok_or_else(|| io::Error::other(format!("no {field} in the status of the process")))
}

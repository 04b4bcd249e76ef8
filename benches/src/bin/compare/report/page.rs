//! The page with all results: `RESULTS.md`.

use super::plot;
use super::plot::Plot;
use super::tables::{self, capitalized};
use super::verdicts::{expectations, losses};
use crate::report::text::unit::{Unit, grouped};
use crate::results::{Machine, Results};

const HOW_TO_READ: &str = "\
- Figures are medians over the rounds; *range* is from the least to the greatest round.
- **Bold** is the best store on disk in each column, and every other that is shown as the same figure. Stores in memory only, such as \
`HashMap`, do not compete, and neither do limits, in *italics*: the time of one operation that lookups consist of, or an overhead of \
every figure. Independent lookups, in a row and in batches, overlap, and take less than the sum of their operations.
- *From memory*: the disk read less than half as often as there were hits, or its reads are unknown. This is not a time of hits on \
disk, and does not compete.
- *Within the spread*: the rounds of the two overlap, and another run may show the opposite. This is also possible for small \
differences without overlap, since the speed of disks and shared machines varies, as the limits show, which are measured in every round.
- Lookups *in a row*: the time of many lookups divided by their number. If each lookup is timed, figures include the overhead of \
timing.
- *Open* includes the first lookup, since some stores do little before it. *Resident after open* is the increase in memory of the \
process, including pages of mapped files, which are in the page cache anyway, but not the code of the program. *Private after reads* is \
memory that no other process can share, after all lookups. Both are counted in pages of the system; allocations within existing pages \
add nothing.
- *Peak memory* of a build is the increase in memory of the process, including the list of sorted entries and pages of files that the \
store has mapped. The entries themselves were there before.
- u64 → u64, 21 B → 100 B and u64 → 256 B have entries of one encoded length, which massmap v2 and odht, if it supports them, need not \
store; the other data sets do not. No store compresses here.
- The values of Unicode names are text, which massmap and redb check to be UTF-8 when they return it. Those of the other data sets are \
bytes, which need no check.
- *Overhead per entry* is the size of the files minus that of all keys and values, divided by the number of entries.
- *Written / payload* includes everything that a build writes, such as temporary files and logs.
- In plots, massmap v2 is blue, format 1 is light blue, and stores in memory only are light grey. Bars with white strokes are cut. On \
logarithmic scales, 0 is at the lower edge.
- ns, µs, ms and s are times; KB, MB and GB are 10³, 10⁶ and 10⁹ bytes. An empty cell was not measured, or does not apply; p99.9 \
needs 1,000 lookups per round.
";

const METHOD: &str = "\
- Each store runs in a process of its own. The stores take turns over several rounds. Each round begins with another store, so that \
other load on the machine, and a disk that slows down as more is written, affect all of them.
- All stores get the same entries, and look up the same keys in the same order. Present and absent keys are drawn at random.
- Every answer is checked: sums of digests of all values, weighted with the places of their keys, must match the entries. A store that \
fails is omitted, and named below the tables.
- A build lasts from the first entry until the files and their directory entries are complete and on disk. It includes sorting for stores \
that are filled in key order. Right before, as much memory as the entries take is touched and freed, and a file of that size is \
written and removed: virtual machines get memory from their host when it is first touched, which can take longer than the build. Then \
the file systems are synced, so that no build waits for earlier writes.
- Cached lookups begin with files that were read into an empty page cache. Each key is looked up once before the measurement, which \
fills the caches of stores. The keys of up to 1,048,576 lookups then repeat in the same order.
- Uncached lookups use direct I/O if the store supports it. For other stores, the files are evicted from the page cache again and again, \
so that few pages are needed twice. Lookups before each measurement, one per 40 pages of the files, load the upper levels of trees into \
memory, where most lookups would find them. The disk activity is that of the system during the lookups, including reads by other programs.
- The open time is the median of up to 15 openings in a process; memory is measured at the first.
- The copy that builds are compared with is made right after a build of the copied file.
- The program stores everything it measures, once per round, in [`results/results.json`](results/results.json). This page, its plots and \
the section of the README are made from that file alone, and a test repeats this and compares.
";

/// The whole page. It refers to plots in the directory `results`.
pub(crate) fn page(results: &Results, plots: &[Plot]) -> String {
    let mut text = format!(
        "<!-- Written by benches/src/bin/compare: manual changes are lost, and fail a test. -->\n\n\
         # massmap compared with other stores\n\n{}\n## How to read this\n\n{HOW_TO_READ}\n{}",
        run(results),
        findings(results)
    );
    text += "\n## Plots\n";
    let mut section = "";
    for plot in plots {
        if plot.section != section {
            section = &plot.section;
            text += &format!("\n### {}\n", capitalized(section));
        }
        text += &format!("\n![{}](results/{}.svg)\n", plot.title, plot.name);
    }
    text += "\n## Tables\n";
    for data in &results.data {
        text += &format!("\n### {}\n\n{}", tables::title(data), tables::of_data(data, 4));
        text += &tables::omissions(data);
    }
    if let Some(data) = results.growth.first() {
        text += &format!(
            "\n### Growth, {}\n{}",
            data.title,
            tables::of_growth(results, &plot::GROWTH)
        );
    }
    text + &format!(
        "\n## Settings of each store\n\n{}\n## Method\n\n{METHOD}",
        tables::settings(results)
    )
}

/// The page without plots and explanations, for a terminal.
pub(crate) fn terminal(results: &Results) -> String {
    let mut text = String::new();
    for data in &results.data {
        text += &format!("\n## {}\n\n{}", tables::title(data), tables::of_data(data, 3));
        text += &tables::omissions(data);
    }
    if let Some(data) = results.growth.first() {
        text += &format!(
            "\n## Growth, {}\n{}",
            data.title,
            tables::of_growth(results, &plot::GROWTH)
        );
    }
    text + &format!(
        "\n## Settings\n\n{}\n{}",
        tables::settings(results),
        findings(results)
    )
}

fn findings(results: &Results) -> String {
    format!(
        "## Expectations of massmap v2\n\n\
         Each row compares the best way to read format 2 of massmap with the best of the other stores on disk, including massmap \
         0.1.5. Files with a miss filter count only for misses. The verdict gives the ratio of the two, and the allowed ratio if it is \
         not 1; *equal* means that both are shown as the same figure.\n\n{}\n\
         ## Where massmap is not first\n\n\
         Each column in which a store on disk is better than the best row of massmap v2, expected or not. Files with a miss filter \
         count only for misses.\n\n{}",
        expectations::table(results),
        losses::table(results)
    )
}

/// Sentences about what was not measured for lack of a program or a feature.
fn not_measured(results: &Results) -> String {
    let mut text = String::new();
    let mut limits = results.data.iter().flat_map(|data| &data.limits).peekable();
    if limits.peek().is_some() && limits.all(|limits| limits.fio_single.or(limits.fio_deep).is_none()) {
        text += " The limits of the disk were not measured, since fio was not available.";
    }
    // The command names the feature if the program was compiled with it.
    if !results.command.contains("--features rocksdb") {
        text += " RocksDB was not measured; it needs `--features rocksdb`.";
    }
    text
}

/// The command, time and machine of the run.
fn run(results: &Results) -> String {
    let Machine {
        system,
        file_system,
        compiler,
        ..
    } = &results.machine;
    format!(
        "```sh\n{}\n```\n\n\
         {}{}On {}, in {:.0} minutes, on {}; {system}, {}, {compiler}. {}{}\n",
        results.command,
        if results.is_complete {
            ""
        } else {
            "**The run is not complete**: these are its results so far. "
        },
        results
            .revision
            .as_ref()
            .map_or_else(String::new, |revision| format!("Sources as of {revision}. ")),
        results.date,
        results.minutes,
        machine(&results.machine),
        // These three share one ID in the system.
        file_system.replace("ext2/ext3", "ext2, ext3 or ext4"),
        rounds(results),
        not_measured(results),
    )
}

/// Such as `Some CPU (2 threads, 16.0 GB of memory)`.
pub(crate) fn machine(machine: &Machine) -> String {
    let memory = Unit::Bytes.show(machine.memory_bytes as f64);
    format!(
        "{} ({} threads, {memory} of memory)",
        machine.processor,
        grouped(machine.threads as u64)
    )
}

/// The numbers of rounds.
pub(crate) fn rounds(results: &Results) -> String {
    let stores = results.data.iter().flat_map(|data| &data.stores);
    let rounds =
        |store: &crate::results::StoreResults| [store.builds.len(), store.warm.len(), store.cold.len()];
    let [builds, warm, cold] = stores.map(rounds).fold([0; 3], |most, rounds| {
        std::array::from_fn(|index| std::cmp::max::<usize>(most[index], rounds[index]))
    });
    format!("Rounds: {builds} of builds, {warm} of cached lookups, {cold} of uncached lookups.")
}

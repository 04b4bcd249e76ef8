//! The page that holds everything: `RESULTS.md`.

use super::plot;
use super::plot::Plot;
use super::tables::{self, capitalized};
use super::verdicts::{behind, expectations};
use crate::report::text::unit::{Unit, grouped};
use crate::results::{Machine, Results};

const HOW_TO_READ: &str = "\
- Figures are medians over the rounds; *least–most* are those of the rounds.
- **Bold** is the best store on disk of each column, and every other that reads alike. What stays in memory only, such \
as a `HashMap`, does not compete, nor do limits, which are in *italics*: what one \
operation takes that lookups consist of, or what is part of every figure. Lookups that do not wait for each other, in a row and \
in batches, overlap, and take less than the sum of what they consist of.
- *From memory*: the disk read less than half as often as there were hits, or the system does not tell how often. That is no \
time of a hit on disk, and competes with none.
- *Within the spread*: the rounds of the two overlap, and another run may show the opposite. Where they do not overlap, it \
still may if the difference is small: disks and shared machines have better and worse minutes, as the limits show, which are \
measured in every round.
- *Time a lookup* is that of many lookups in a row, divided by their number. Where each lookup is timed, the figures \
contain what the clock adds.
- *Open* lasts until the first lookup is answered, since some stores do little before they are asked. *Resident after open* \
is what that adds to the memory of the process, pages of mapped files included, which are in \
the page cache anyway; the program's code is not. *Private \
after reads* is what no other process can share, after all lookups. Both are counted in pages of the system; what finds room in \
pages that the process has already adds nothing.
- *Peak memory* of a build is what it adds to the memory of the process, the list of sorted entries and the pages of files \
that the store has mapped included; the entries themselves are there before.
- u64 → u64, 21 B → 100 B and u64 → 256 B have entries of one encoded length, which massmap v2 and odht, where it can keep \
them, need not note; the other data sets do not. No store compresses here.
- The values of Unicode names are text, which massmap and redb check to be UTF-8 when they give it; those of the other data \
sets are bytes, of which nothing is to be checked.
- *An entry over payload* is the length of the files less that of all keys and values, by the number of entries.
- *Written / payload* counts everything that a build writes, temporary files and logs included.
- In the plots, massmap v2 is blue, format 1 is light blue, what stays in memory only is light grey. Bars with white \
strokes are longer than there is room for. On logarithmic scales, 0 is at the lower edge.
- ns, µs, ms and s are times; KB, MB and GB are 10³, 10⁶ and 10⁹ bytes. An empty cell was not measured, or does not \
apply; p99.9 is not told of fewer than 1,000 lookups a round.
";

const METHOD: &str = "\
- Each store works in a process of its own. All take turns, several rounds of them, each of which begins with another \
store, so that other load on the machine, and a disk that gets slower the more is written, fall to all.
- All get the same entries, and look up the same keys in the same order. Keys that are there and keys that are not are \
drawn at random.
- Every answer is checked: sums of digests of all values, weighted with the places of their keys, must be those that the entries give. A store that fails is \
left out, and named beneath the tables.
- A build lasts from the first entry to the files and their names being complete and on disk, sorting included for those stores that are \
to be filled in the order of their keys. Right before, as much memory as the entries take is touched and given \
back, and a file of that length written and removed: virtual machines get memory from their host when it is touched for \
the first time, which can take longer than the build. Then the file systems are synced, so that no build waits for what \
others have left to be written.
- Cached lookups begin with files that were read into an empty page cache, and after each key has been looked up once, so \
that stores with a cache of their own have filled it. The keys of up to 1,048,576 lookups then come again in the same order.
- Not cached means direct I/O where the store can do it; for all others, the page cache is told to forget the files \
before, again and again, so that few pages are asked for twice. Lookups that do not count come first, one for each 40 pages of the files, after which the \
upper levels of trees are in memory, as they would be for most lookups. What the disk did is what the system counted \
for it while the lookups took place: what other programs read is part of that.
- Opening is the median of up to 15 times in a process; memory is that of the first time.
- Copying, which builds are compared with, takes place right behind a build of the file that is copied.
- The program keeps everything it measures, once a round, in [`results/results.json`](results/results.json). This \
page, its plots and the section of the README are made from that file alone, and a test makes them again and compares.
";

/// The whole page. The plots are in the directory `results` beside it.
pub(crate) fn page(results: &Results, plots: &[Plot]) -> String {
    let mut text = format!(
        "<!-- Written by benches/src/bin/compare: changes by hand are lost, and fail a test. -->\n\n\
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
        text += &tables::left_out(data);
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

/// What a terminal shows: the page without plots and explanations.
pub(crate) fn terminal(results: &Results) -> String {
    let mut text = String::new();
    for data in &results.data {
        text += &format!("\n## {}\n\n{}", tables::title(data), tables::of_data(data, 3));
        text += &tables::left_out(data);
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
        "## What is expected of massmap v2\n\n\
         In each row, the best of massmap's ways to read format 2 stands against the best of the other stores on disk, \
         massmap 0.1.5 among them; files with a miss filter count for misses only. By how much: the one against the other, and what is allowed where that is not the same; \
         *alike* are those that read alike.\n\n{}\n\
         ## Where massmap is not first\n\n\
         Each column in which a store on disk is better than the best row of massmap v2, whether or not anything was \
         expected of it; files with a miss filter count for misses only.\n\n{}",
        expectations::table(results),
        behind::table(results)
    )
}

/// What is not there for want of a program or a feature, each in a sentence; empty if nothing is.
fn lacking(results: &Results) -> String {
    let mut text = String::new();
    let mut limits = results.data.iter().flat_map(|data| &data.limits).peekable();
    if limits.peek().is_some() && limits.all(|limits| limits.fio_single.or(limits.fio_deep).is_none()) {
        text += " What the disk can do was not measured, since there was no fio that could.";
    }
    // The command has it if the program was compiled with it.
    if !results.command.contains("--features rocksdb") {
        text += " RocksDB was not measured, which takes `--features rocksdb`.";
    }
    text
}

/// What was run, when and where.
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
            "**The run has not come to its end**: these are its results so far. "
        },
        results
            .revision
            .as_ref()
            .map_or_else(String::new, |revision| format!("Sources as of {revision}. ")),
        results.date,
        results.minutes,
        machine(&results.machine),
        // The system gives the three one number.
        file_system.replace("ext2/ext3", "ext2, ext3 or ext4"),
        rounds(results),
        lacking(results),
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

/// How many rounds there were.
pub(crate) fn rounds(results: &Results) -> String {
    let stores = results.data.iter().flat_map(|data| &data.stores);
    let rounds =
        |store: &crate::results::StoreResults| [store.builds.len(), store.warm.len(), store.cold.len()];
    let [builds, warm, cold] = stores.map(rounds).fold([0; 3], |most, rounds| {
        std::array::from_fn(|index| std::cmp::max::<usize>(most[index], rounds[index]))
    });
    format!("Rounds: {builds} of builds, {warm} of cached lookups, {cold} of lookups that are not cached.")
}

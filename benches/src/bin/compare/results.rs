//! What a run found out, as it is kept in JSON: everything that tables and plots are made of.
//!
//! Each quantity is kept once a round, so that medians and spreads can be told from the file.

use serde::{Deserialize, Serialize};

/// A whole run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Results {
    /// The command line that made it.
    pub(crate) command: String,
    /// The day, as `2026-11-23`, in UTC.
    pub(crate) date: String,
    /// How long it took.
    pub(crate) minutes: f64,
    /// Whether it came to its end. Results are kept while it goes on, too.
    pub(crate) is_complete: bool,
    /// Of the sources, as git tells it; `None` where there is no git.
    pub(crate) revision: Option<String>,
    pub(crate) machine: Machine,
    pub(crate) data: Vec<DataResults>,
    /// In the order of their numbers of entries; empty if growth was not measured.
    pub(crate) growth: Vec<DataResults>,
}

impl Results {
    /// Of all data sets.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &Failure> {
        let sets = self.data.iter().chain(&self.growth);
        sets.flat_map(|data| &data.failures)
    }
}

/// Where it ran.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    /// How many threads run at the same time.
    pub(crate) threads: usize,
    pub(crate) memory_bytes: u64,
    /// System and kernel.
    pub(crate) system: String,
    /// The file system that the files lay in.
    pub(crate) file_system: String,
    pub(crate) compiler: String,
}

/// A data set in every store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DataResults {
    /// Such as `integers`.
    pub(crate) name: String,
    /// Such as `u64 → u64`.
    pub(crate) title: String,
    pub(crate) entries: u64,
    /// Length of all keys and values, without anything around them.
    pub(crate) payload_bytes: u64,
    pub(crate) limits: Vec<Limits>,
    /// In the order in which tables show them.
    pub(crate) stores: Vec<StoreResults>,
    /// Stores that cannot keep such entries.
    pub(crate) unfit: Vec<Unfit>,
    /// What is left out because something went wrong.
    pub(crate) failures: Vec<Failure>,
}

/// A store that cannot keep a data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Unfit {
    /// Such as `odht`.
    pub(crate) title: String,
    /// What it can keep.
    pub(crate) reason: String,
}

/// A store that failed, or something else that could not be measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// Such as `massmap v2, mapped`.
    pub(crate) title: String,
    /// What it was doing, and what became of it.
    pub(crate) error: String,
}

/// What no store can be faster than, measured in the same rounds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// Nanoseconds that timing a lookup adds to the time that is noted.
    pub(crate) clock_ns: f64,
    /// Nanoseconds of reading a word of the mapped file, each place known only when the word before has been read.
    pub(crate) dependent_read_ns: f64,
    /// Nanoseconds of reading 4 KiB of the cached file with `pread`.
    pub(crate) pread_ns: f64,
    /// Seconds of copying the file of massmap, and having the copy on disk.
    pub(crate) copy_seconds: f64,
    /// Random reads of 4 KiB past the page cache by fio, one at a time; `None` without fio.
    pub(crate) fio_single: Option<FioReads>,
    /// The same, 128 at a time.
    pub(crate) fio_deep: Option<FioReads>,
}

/// Random reads by fio.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct FioReads {
    pub(crate) mean_ns: f64,
    pub(crate) p50_ns: f64,
    pub(crate) p99_ns: f64,
    pub(crate) per_second: f64,
}

/// A data set in one store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoreResults {
    /// Such as `v2-mapped`.
    pub(crate) id: String,
    /// Such as `massmap v2, mapped`.
    pub(crate) title: String,
    /// One line about cache, durability and the like.
    pub(crate) settings: String,
    pub(crate) kind: Kind,
    /// The id of the store whose file it reads, which is its own for those that have files of their own.
    pub(crate) built_by: String,
    /// Empty for those that read the file of another.
    pub(crate) builds: Vec<Build>,
    /// Empty where it was not measured.
    pub(crate) warm: Vec<Warm>,
    /// Empty where it was not measured.
    pub(crate) cold: Vec<Cold>,
}

/// What kind of store it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// This crate, format 2.
    Ours,
    /// This crate, format 1.
    OursFormat1,
    /// Another store in files.
    Other,
    /// No files: a yardstick.
    InMemory,
}

/// One build.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Build {
    /// From the first entry to the file being complete and on disk.
    pub(crate) seconds: f64,
    /// The most that was resident at once, beyond what the program takes; files that the store has mapped count, too.
    pub(crate) peak_bytes: u64,
    /// What was written to files, those included that do not stay; `None` where the system does not tell.
    pub(crate) written_bytes: Option<u64>,
    /// Length of the files on disk; 0 without files.
    pub(crate) file_bytes: u64,
}

/// Lookups in files in the page cache, by a process of its own.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Warm {
    /// Opening, to the answer of the first lookup; median of several in the process.
    pub(crate) open_seconds: f64,
    /// Resident memory that opening and a lookup added: what is not backed by a file, and what is mapped of the store's own.
    pub(crate) resident_after_open: u64,
    /// Resident memory that is nobody else's after all lookups: what is not backed by a file, beyond what there was before
    /// the first opening.
    pub(crate) private_after_reads: u64,
    /// Each lookup by itself, of keys that are there.
    pub(crate) hits: Latency,
    /// Of keys that are not there.
    pub(crate) misses: Latency,
    /// Lookups a second, of keys that are there, one after the other in one thread.
    pub(crate) hits_per_second: f64,
    pub(crate) misses_per_second: f64,
    /// The same with as many threads as run at the same time.
    pub(crate) hits_per_second_all_threads: f64,
    pub(crate) misses_per_second_all_threads: f64,
    /// Lookups a second in batches of 128, one thread.
    pub(crate) batched_hits_per_second: f64,
}

/// Lookups that have to go to the disk.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cold {
    pub(crate) hits: Latency,
    pub(crate) misses: Latency,
    /// Lookups a second in batches of 128, one thread.
    pub(crate) batched_hits_per_second: f64,
    /// What the disk did for a single hit; `None` where the system does not tell.
    pub(crate) hit_disk: Option<Disk>,
    pub(crate) miss_disk: Option<Disk>,
    /// Whether the store read past the page cache.
    pub(crate) direct: bool,
}

/// What the disk did, a lookup.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Disk {
    pub(crate) reads: f64,
    pub(crate) bytes: f64,
}

/// Times of single lookups, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Latency {
    /// How many there were.
    pub(crate) lookups: u64,
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
}

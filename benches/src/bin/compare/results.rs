//! The results of a run, as stored in JSON. Tables and plots are made from them alone.
//!
//! Each quantity is stored once per round, so that medians and spreads can be computed.

use serde::{Deserialize, Serialize};

/// A whole run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Results {
    /// The command line that made it.
    pub(crate) command: String,
    /// The date in UTC, such as `2026-11-23`.
    pub(crate) date: String,
    /// Duration in minutes.
    pub(crate) minutes: f64,
    /// Whether the run was completed. Results are also written during a run.
    pub(crate) is_complete: bool,
    /// Revision of the sources from git; `None` without git.
    pub(crate) revision: Option<String>,
    pub(crate) machine: Machine,
    pub(crate) data: Vec<DataResults>,
    /// Sorted by number of entries; empty if growth was not measured.
    pub(crate) growth: Vec<DataResults>,
}

impl Results {
    /// The failures of all data sets.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &Failure> {
        let sets = self.data.iter().chain(&self.growth);
        sets.flat_map(|data| &data.failures)
    }
}

/// The machine of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    /// Number of threads that run at the same time.
    pub(crate) threads: usize,
    pub(crate) memory_bytes: u64,
    /// Operating system and kernel.
    pub(crate) system: String,
    /// The file system of the files.
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
    /// Total length of keys and values, without overhead.
    pub(crate) payload_bytes: u64,
    pub(crate) limits: Vec<Limits>,
    /// In the order of the tables.
    pub(crate) stores: Vec<StoreResults>,
    /// Stores that cannot hold such entries.
    pub(crate) unfit: Vec<Unfit>,
    /// What was omitted after a failure.
    pub(crate) failures: Vec<Failure>,
}

/// A store that cannot hold a data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Unfit {
    /// Such as `odht`.
    pub(crate) title: String,
    /// What it can hold.
    pub(crate) reason: String,
}

/// A store that failed, or something else that could not be measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// Such as `massmap v2, mapped`.
    pub(crate) title: String,
    /// The task and its error.
    pub(crate) error: String,
}

/// Limits of the machine, measured in the same rounds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// Nanoseconds that timing adds to the time of a lookup.
    pub(crate) clock_ns: f64,
    /// Nanoseconds for reading a word of the mapped file at a position that depends on the previous word.
    pub(crate) dependent_read_ns: f64,
    /// Nanoseconds for reading 4 KiB of the cached file with `pread`.
    pub(crate) pread_ns: f64,
    /// Seconds for copying the file of massmap to disk.
    pub(crate) copy_seconds: f64,
    /// Direct random reads of 4 KiB by fio, one at a time; `None` without fio.
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
    /// Settings, in one line.
    pub(crate) settings: String,
    pub(crate) kind: Kind,
    /// ID of the store that builds its files: itself or another.
    pub(crate) built_by: String,
    /// Empty if another store builds the files.
    pub(crate) builds: Vec<Build>,
    /// Empty where it was not measured.
    pub(crate) warm: Vec<Warm>,
    /// Empty where it was not measured.
    pub(crate) cold: Vec<Cold>,
}

/// The kind of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// massmap, format 2.
    Ours,
    /// massmap, format 1.
    OursFormat1,
    /// Another store with files.
    Other,
    /// A reference without files.
    InMemory,
}

/// One build.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Build {
    /// From the first entry until the file is complete and on disk.
    pub(crate) seconds: f64,
    /// Peak resident memory beyond that of the program, including mapped files of the store.
    pub(crate) peak_bytes: u64,
    /// Bytes written to files, including temporary ones; `None` if the system does not report it.
    pub(crate) written_bytes: Option<u64>,
    /// Length of the files on disk; 0 without files.
    pub(crate) file_bytes: u64,
}

/// Lookups in files in the page cache.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Warm {
    /// Opening, up to the answer of the first lookup; the median of several in the process.
    pub(crate) open_seconds: f64,
    /// Resident memory added by opening and one lookup: memory not backed by files, and mapped files of the store.
    pub(crate) resident_after_open: u64,
    /// Private resident memory after all lookups: memory not backed by files, beyond that before the first opening.
    pub(crate) private_after_reads: u64,
    /// Lookups of present keys, each timed.
    pub(crate) hits: Latency,
    /// Lookups of absent keys, each timed.
    pub(crate) misses: Latency,
    /// Lookups per second of present keys, one by one in one thread.
    pub(crate) hits_per_second: f64,
    pub(crate) misses_per_second: f64,
    /// The same with one thread per processor.
    pub(crate) hits_per_second_all_threads: f64,
    pub(crate) misses_per_second_all_threads: f64,
    /// Lookups per second in batches of 128, in one thread.
    pub(crate) batched_hits_per_second: f64,
}

/// Lookups on disk.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cold {
    pub(crate) hits: Latency,
    pub(crate) misses: Latency,
    /// Lookups per second in batches of 128, in one thread.
    pub(crate) batched_hits_per_second: f64,
    /// Disk activity of a single hit; `None` if the system does not report it.
    pub(crate) hit_disk: Option<Disk>,
    pub(crate) miss_disk: Option<Disk>,
    /// Whether the store used direct I/O.
    pub(crate) direct: bool,
}

/// Disk activity per lookup.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Disk {
    pub(crate) reads: f64,
    pub(crate) bytes: f64,
}

/// Times of single lookups, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Latency {
    /// Number of lookups.
    pub(crate) lookups: u64,
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
}

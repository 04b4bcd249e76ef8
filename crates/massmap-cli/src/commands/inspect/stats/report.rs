//! What the command found. The names and the order of the fields are those of `--json`, must not change, and are described in
//! `docs/stats-and-bench.md`.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// 1 or 2.
    pub(super) format: u8,
    pub(super) entries: u64,
    pub(super) file_bytes: u64,
    pub(super) keys: Lengths,
    pub(super) values: Lengths,
    pub(super) compression: Option<Compression>,
    /// The buckets of format 1.
    pub(super) buckets: Option<Buckets>,
    /// The pages of format 2.
    pub(super) pages: Option<Pages>,
    pub(super) index: Index,
    pub(super) miss_filter: Option<MissFilter>,
    /// What index, filter and dictionary take once the file is open.
    pub(super) memory_bytes: u64,
    pub(super) hit: Lookup,
    pub(super) miss: Lookup,
    /// What a file of format 2 with the same entries would be.
    pub(super) page_sizes: Vec<Estimate>,
    pub(super) advice: String,
}

/// Numbers, such as lengths in bytes.
#[derive(Debug, Serialize)]
pub(super) struct Lengths {
    pub(super) sum: u64,
    pub(super) min: u64,
    pub(super) median: u64,
    pub(super) p99: u64,
    pub(super) max: u64,
    pub(super) histogram: Vec<Count>,
}

/// How many numbers are in a range.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) count: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Compression {
    pub(super) algorithm: &'static str,
    pub(super) level: i32,
    pub(super) dictionary_bytes: u64,
    pub(super) compressed_values: u64,
    pub(super) stored: Lengths,
    /// Values divided by stored values.
    pub(super) ratio: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Buckets {
    pub(super) count: u64,
    pub(super) occupied: u64,
    pub(super) entries: Lengths,
}

#[derive(Debug, Serialize)]
pub(super) struct Pages {
    pub(super) size: u32,
    pub(super) count: u64,
    pub(super) runs: u64,
    /// Runs of several pages, their pages, and those of the longest run.
    pub(super) long_runs: u64,
    pub(super) long_run_pages: u64,
    pub(super) longest_run_pages: u64,
    /// Numbers of entries of runs.
    pub(super) entries: Lengths,
    /// Share of the bytes of all pages that is used.
    pub(super) fill: f64,
    pub(super) fill_histogram: Vec<FillCount>,
}

/// How many runs are filled to a share in a range.
#[derive(Debug, Serialize)]
pub(super) struct FillCount {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) runs: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Index {
    /// In the file; of format 1, all of the metadata.
    pub(super) file_bytes: u64,
    pub(super) memory_bytes: u64,
    /// Bits of memory.
    pub(super) bits_per_page: f64,
    pub(super) bits_per_entry: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct MissFilter {
    pub(super) bytes: u64,
    pub(super) bits_per_key: f64,
    /// Measured.
    pub(super) false_positive_rate: f64,
}

/// What a lookup takes on average.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Lookup {
    pub(super) reads: f64,
    pub(super) bytes: f64,
}

/// A file of format 2 with the same entries and settings, but for the page size.
#[derive(Debug, Serialize)]
pub(super) struct Estimate {
    pub(super) page_size: u32,
    /// Whether the file has this page size.
    pub(super) current: bool,
    pub(super) pages: u64,
    pub(super) long_runs: u64,
    pub(super) long_run_pages: u64,
    pub(super) fill: f64,
    pub(super) file_bytes: u64,
    /// In the file and in memory.
    pub(super) index_bytes: u64,
    /// Index, filter and dictionary.
    pub(super) memory_bytes: u64,
    pub(super) hit: Lookup,
    pub(super) miss: Lookup,
}

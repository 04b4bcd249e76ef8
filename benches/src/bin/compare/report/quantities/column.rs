//! The quantities for tables, verdicts and plots.

use super::summary::Summary;
use crate::report::text::unit::Unit;
use crate::results::{Build, Cold, DataResults, Disk, Kind, Latency, StoreResults, Warm};

/// A measured quantity.
#[derive(Debug)]
pub(crate) struct Column {
    /// Header in tables.
    pub(crate) header: &'static str,
    /// Unique name in sentences.
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    pub(crate) better: Better,
    /// One value per round.
    pub(crate) values: fn(&DataResults, &StoreResults) -> Vec<f64>,
}

/// Which of two values is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Less,
    More,
}

impl Column {
    /// `None` if it was not measured.
    pub(crate) fn summary(&self, data: &DataResults, store: &StoreResults) -> Option<Summary> {
        // Times and rates of 0 were not measured.
        let takes_time = matches!(self.unit, Unit::Time | Unit::PerSecond);
        let was_measured = |value: &f64| value.is_finite() && (*value > 0.0 || !takes_time);
        Summary::of((self.values)(data, store).into_iter().filter(was_measured))
    }

    pub(crate) fn show(&self, value: f64) -> String {
        self.unit.show(value)
    }

    /// Whether one value is better than another. Values that are shown as the same text are equal.
    pub(crate) fn is_better(&self, one: f64, other: f64) -> bool {
        let is_better = match self.better {
            Better::Less => one < other,
            Better::More => one > other,
        };
        is_better && self.show(one) != self.show(other)
    }

    /// The ratio by which one value is better; `None` if one of them is 0.
    pub(crate) fn factor(&self, better: f64, worse: f64) -> Option<f64> {
        let factor = match self.better {
            Better::Less => worse / better,
            Better::More => better / worse,
        };
        (better > 0.0 && worse > 0.0).then_some(factor)
    }

    /// Whether this is a quantity of hits on disk, but the store had them in memory: the disk read too rarely for a valid figure, or
    /// its reads are unknown. Misses are excluded, since stores may answer them without the disk.
    pub(crate) fn is_from_memory(&self, store: &StoreResults) -> bool {
        UNCACHED_HITS.iter().any(|column| column.name == self.name) && store.has_hits_in_memory()
    }

    /// The best of the stores for which `competes` holds, with its median; the first of several. Stores with hits from memory are
    /// excluded.
    pub(crate) fn best<'a>(
        &self,
        data: &'a DataResults,
        competes: impl Fn(&StoreResults) -> bool,
    ) -> Option<(&'a StoreResults, f64)> {
        let competes = |store: &&StoreResults| competes(store) && !self.is_from_memory(store);
        let competing = data.stores.iter().filter(competes);
        let medians = competing.filter_map(|store| Some((store, self.summary(data, store)?.median)));
        medians.reduce(|best, next| {
            if self.is_better(next.1, best.1) {
                next
            } else {
                best
            }
        })
    }
}

impl StoreResults {
    pub(crate) fn is_ours(&self) -> bool {
        self.kind == Kind::Ours
    }

    /// Whether it keeps its entries in files. Stores in memory only do not compete.
    pub(crate) fn is_on_disk(&self) -> bool {
        self.kind != Kind::InMemory
    }

    /// Whether it is the published massmap 0.1.5.
    pub(crate) fn is_predecessor(&self) -> bool {
        self.id.starts_with("massmap-0.1.5")
    }

    /// Whether it is an alternative to massmap.
    pub(crate) fn is_rival(&self) -> bool {
        self.kind == Kind::Other
    }

    /// Whether it is massmap with a miss filter.
    pub(crate) fn has_filter(&self) -> bool {
        self.is_ours() && self.id.starts_with("v2-filter")
    }

    /// Whether it is massmap without a miss filter. A filter speeds up only misses; other differences are chance.
    pub(crate) fn is_ours_unfiltered(&self) -> bool {
        self.is_ours() && !self.has_filter()
    }
}

impl StoreResults {
    /// Whether most uncached hits were answered without the disk, as far as known. Direct I/O always uses the disk.
    fn has_hits_in_memory(&self) -> bool {
        let reads = self.cold.iter().map(|cold| match reads(cold.hit_disk) {
            Some(reads) => reads,
            None if cold.direct => LEAST_READS,
            None => 0.0,
        });
        Summary::of(reads).is_some_and(|reads| reads.median < LEAST_READS)
    }
}

/// Least mean number of reads of hits on disk. Some hits find their page in memory after an earlier lookup.
const LEAST_READS: f64 = 0.5;

fn builds(store: &StoreResults, value: impl Fn(&Build) -> Option<f64>) -> Vec<f64> {
    store.builds.iter().filter_map(value).collect()
}

fn warm<T>(store: &StoreResults, value: impl Fn(&Warm) -> T) -> Vec<T> {
    store.warm.iter().map(value).collect()
}

fn cold<T>(store: &StoreResults, value: impl Fn(&Cold) -> T) -> Vec<T> {
    store.cold.iter().map(value).collect()
}

/// The 99.9th percentiles of at least 1,000 lookups. Of fewer, it would be the slowest one.
fn p999(latencies: Vec<Latency>) -> Vec<f64> {
    let latencies = latencies.into_iter().filter(|latency| latency.lookups >= 1000);
    latencies.map(|latency| latency.p999).collect()
}

fn disk(store: &StoreResults, value: impl Fn(&Cold) -> Option<f64>) -> Vec<f64> {
    store.cold.iter().filter_map(value).collect()
}

fn reads(disk: Option<Disk>) -> Option<f64> {
    disk.map(|disk| disk.reads)
}

fn bytes(disk: Option<Disk>) -> Option<f64> {
    disk.map(|disk| disk.bytes)
}

/// The file size of stores with files.
fn file_bytes(build: &Build) -> Option<f64> {
    (build.file_bytes > 0).then_some(build.file_bytes as f64)
}

/// Nanoseconds per operation.
fn time(per_second: f64) -> f64 {
    1e9 / per_second
}

/// Defines columns.
macro_rules! columns {
    ($($id:ident: $header:literal, $name:literal, $unit:ident, $better:ident, $values:expr;)*) => {
        $(pub(crate) static $id: Column = Column {
            header: $header,
            name: $name,
            unit: Unit::$unit,
            better: Better::$better,
            values: $values,
        };)*
    };
}

columns! {
    BUILD: "time", "build time", Time, Less, |_, store| builds(store, |build| Some(build.seconds * 1e9));
    PEAK: "peak memory", "peak memory of the build", Bytes, Less, |_, store| {
        builds(store, |build| Some(build.peak_bytes as f64))
    };
    WRITTEN: "written / payload", "bytes written by the build / payload", Ratio, Less, |data, store| {
        let written = |build: &Build| file_bytes(build).and(build.written_bytes);
        builds(store, |build| Some(written(build)? as f64 / data.payload_bytes as f64))
    };
    FILE: "file", "file size", Bytes, Less, |_, store| builds(store, file_bytes);
    OVERHEAD: "overhead per entry",
        "file overhead per entry", BytesPerEntry, Less, |data, store| {
        let payload = data.payload_bytes as f64;
        builds(store, |build| Some((file_bytes(build)? - payload) / data.entries as f64))
    };
    OPEN: "open", "open time", Time, Less, |_, store| warm(store, |warm| warm.open_seconds * 1e9);
    RESIDENT: "resident after open", "resident memory after open", Bytes, Less, |_, store| {
        warm(store, |warm| warm.resident_after_open as f64)
    };
    PRIVATE: "private after reads", "private memory after reads", Bytes, Less, |_, store| {
        warm(store, |warm| warm.private_after_reads as f64)
    };
    HIT: "hit, mean", "warm hits, mean", Time, Less, |_, store| warm(store, |warm| warm.hits.mean);
    HIT_P50: "p50", "warm hits, median", Time, Less, |_, store| warm(store, |warm| warm.hits.p50);
    HIT_P99: "p99", "warm hits, 99th percentile", Time, Less, |_, store| warm(store, |warm| warm.hits.p99);
    HIT_P999: "p99.9", "warm hits, 99.9th percentile", Time, Less, |_, store| {
        p999(warm(store, |warm| warm.hits))
    };
    MISS: "miss, mean", "warm misses, mean", Time, Less, |_, store| warm(store, |warm| warm.misses.mean);
    MISS_P50: "p50", "warm misses, median", Time, Less, |_, store| warm(store, |warm| warm.misses.p50);
    MISS_P99: "p99", "warm misses, 99th percentile", Time, Less, |_, store| {
        warm(store, |warm| warm.misses.p99)
    };
    MISS_P999: "p99.9", "warm misses, 99.9th percentile", Time, Less, |_, store| {
        p999(warm(store, |warm| warm.misses))
    };
    STREAM: "hits in a row", "time per warm hit in a row", Time, Less, |_, store| {
        warm(store, |warm| time(warm.hits_per_second))
    };
    STREAM_MISSES: "misses in a row", "time per warm miss in a row", Time, Less, |_, store| {
        warm(store, |warm| time(warm.misses_per_second))
    };
    BATCH: "hits in batches", "warm hits in batches of 128", Time, Less, |_, store| {
        warm(store, |warm| time(warm.batched_hits_per_second))
    };
    THREADS: "hits, all threads", "warm hits per second with all threads", PerSecond, More, |_, store| {
        warm(store, |warm| warm.hits_per_second_all_threads)
    };
    THREADS_MISSES: "misses, all threads",
        "warm misses per second with all threads", PerSecond, More, |_, store| {
        warm(store, |warm| warm.misses_per_second_all_threads)
    };
    COLD_HIT: "hit, mean", "uncached hits, mean", Time, Less, |_, store| cold(store, |cold| cold.hits.mean);
    COLD_HIT_P50: "p50", "uncached hits, median", Time, Less, |_, store| cold(store, |cold| cold.hits.p50);
    COLD_HIT_P99: "p99", "uncached hits, 99th percentile", Time, Less, |_, store| {
        cold(store, |cold| cold.hits.p99)
    };
    COLD_HIT_P999: "p99.9", "uncached hits, 99.9th percentile", Time, Less, |_, store| {
        p999(cold(store, |cold| cold.hits))
    };
    COLD_MISS: "miss, mean", "uncached misses, mean", Time, Less, |_, store| {
        cold(store, |cold| cold.misses.mean)
    };
    COLD_MISS_P50: "p50", "uncached misses, median", Time, Less, |_, store| {
        cold(store, |cold| cold.misses.p50)
    };
    COLD_MISS_P99: "p99", "uncached misses, 99th percentile", Time, Less, |_, store| {
        cold(store, |cold| cold.misses.p99)
    };
    COLD_MISS_P999: "p99.9", "uncached misses, 99.9th percentile", Time, Less, |_, store| {
        p999(cold(store, |cold| cold.misses))
    };
    COLD_BATCH: "hits in batches", "uncached hits per second in batches of 128", PerSecond, More, |_, store| {
        cold(store, |cold| cold.batched_hits_per_second)
    };
    // For plots, where shorter bars are better.
    COLD_BATCH_TIME: "hits in batches", "time per uncached hit in batches of 128", Time, Less, |_, store| {
        cold(store, |cold| time(cold.batched_hits_per_second))
    };
    HIT_READS: "reads per hit", "disk reads per uncached hit", Count, Less, |_, store| {
        disk(store, |cold| reads(cold.hit_disk))
    };
    HIT_BYTES: "bytes per hit", "bytes from disk per uncached hit", Bytes, Less, |_, store| {
        disk(store, |cold| bytes(cold.hit_disk))
    };
    MISS_READS: "reads per miss", "disk reads per uncached miss", Count, Less, |_, store| {
        disk(store, |cold| reads(cold.miss_disk))
    };
    MISS_BYTES: "bytes per miss", "bytes from disk per uncached miss", Bytes, Less, |_, store| {
        disk(store, |cold| bytes(cold.miss_disk))
    };
}

/// Quantities that are invalid if hits are answered without the disk.
static UNCACHED_HITS: [&Column; 8] = [
    &COLD_HIT,
    &COLD_HIT_P50,
    &COLD_HIT_P99,
    &COLD_HIT_P999,
    &COLD_BATCH,
    &COLD_BATCH_TIME,
    &HIT_READS,
    &HIT_BYTES,
];

/// The quantities that stores are ranked by. The overhead per entry would give the same ranks as the file size.
pub(crate) static RANKED: [&Column; 33] = [
    &BUILD,
    &PEAK,
    &WRITTEN,
    &FILE,
    &OPEN,
    &RESIDENT,
    &PRIVATE,
    &HIT,
    &HIT_P50,
    &HIT_P99,
    &HIT_P999,
    &MISS,
    &MISS_P50,
    &MISS_P99,
    &MISS_P999,
    &STREAM,
    &STREAM_MISSES,
    &BATCH,
    &THREADS,
    &THREADS_MISSES,
    &COLD_HIT,
    &COLD_HIT_P50,
    &COLD_HIT_P99,
    &COLD_HIT_P999,
    &COLD_MISS,
    &COLD_MISS_P50,
    &COLD_MISS_P99,
    &COLD_MISS_P999,
    &COLD_BATCH,
    &HIT_READS,
    &HIT_BYTES,
    &MISS_READS,
    &MISS_BYTES,
];

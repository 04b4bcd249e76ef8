//! Invented results, for tests.

use crate::results::{
    Build, Cold, DataResults, Disk, FioReads, Kind, Latency, Limits, Machine, Results, StoreResults, Warm,
};

const ROUNDS: u64 = 3;

/// A store: ID, title, kind, the store that builds its file, and approximate figures: nanoseconds of a hit, a hit in a batch, a
/// miss, an uncached hit and opening, resident and overhead bytes per entry, and seconds of a build of ten million entries.
type Plan = (&'static str, &'static str, Kind, &'static str, [f64; 8]);

const PLANS: [Plan; 13] = [
    (
        "v2-mapped",
        "massmap v2, mapped",
        Kind::Ours,
        "v2-mapped",
        [121.0, 38.0, 118.0, 91e3, 4e5, 0.01, 3.4, 0.61],
    ),
    (
        "v2-read",
        "massmap v2, read",
        Kind::Ours,
        "v2-mapped",
        [455.0, 420.0, 450.0, 88e3, 5e5, 0.3, 3.4, 0.0],
    ),
    (
        "v2-filter",
        "massmap v2, mapped, with a miss filter",
        Kind::Ours,
        "v2-filter",
        [140.0, 45.0, 31.0, 92e3, 6e5, 0.02, 4.6, 0.82],
    ),
    (
        "v2-direct",
        "massmap v2, direct, io_uring",
        Kind::Ours,
        "v2-mapped",
        [0.0, 0.0, 0.0, 84e3, 0.0, 0.0, 3.4, 0.0],
    ),
    (
        "massmap-0.1.5",
        "massmap 0.1.5",
        Kind::OursFormat1,
        "massmap-0.1.5",
        [1910.0, 1650.0, 1820.0, 99e3, 9e6, 3.1, 4.2, 8.9],
    ),
    (
        "cdb64",
        "cdb64, mapped",
        Kind::Other,
        "cdb64",
        [243.0, 230.0, 170.0, 190e3, 3e4, 0.0, 32.0, 4.1],
    ),
    (
        "lmdb",
        "LMDB",
        Kind::Other,
        "lmdb",
        [712.0, 700.0, 690.0, 230e3, 2e5, 0.01, 12.0, 3.3],
    ),
    (
        "redb",
        "redb",
        Kind::Other,
        "redb",
        [1320.0, 1300.0, 1250.0, 310e3, 3e6, 0.5, 18.0, 9.2],
    ),
    (
        "rocksdb",
        "RocksDB",
        Kind::Other,
        "rocksdb",
        [1810.0, 1200.0, 210.0, 120e3, 2e7, 2.1, 6.5, 5.1],
    ),
    (
        "sqlite",
        "SQLite",
        Kind::Other,
        "sqlite",
        [4310.0, 4300.0, 3900.0, 340e3, 2e5, 0.1, 9.0, 11.3],
    ),
    (
        "fjall",
        "fjall",
        Kind::Other,
        "fjall",
        [2010.0, 1990.0, 400.0, 140e3, 1e7, 1.4, 7.7, 6.9],
    ),
    (
        "odht",
        "odht, mapped",
        Kind::Other,
        "odht",
        [99.0, 90.0, 61.0, 0.0, 2e4, 0.0, 2.9, 0.9],
    ),
    (
        "hashmap",
        "HashMap",
        Kind::InMemory,
        "hashmap",
        [54.0, 33.0, 41.0, 0.0, 0.0, 0.0, 0.0, 0.4],
    ),
];

pub(crate) fn results() -> Results {
    Results {
        command: "cargo run --release --manifest-path benches/Cargo.toml --bin compare".to_owned(),
        date: "2026-11-23".to_owned(),
        minutes: 42.5,
        is_complete: true,
        revision: Some("0a1b2c3".to_owned()),
        machine: Machine {
            processor: "Some processor".to_owned(),
            threads: 2,
            memory_bytes: 16_000_000_000,
            system: "Linux 6.1".to_owned(),
            file_system: "ext4".to_owned(),
            compiler: "rustc 1.89.0".to_owned(),
        },
        data: vec![
            data("integers", "u64 → u64", 10_000_000, 16),
            data("strings", "21 B → 100 B", 5_000_000, 121),
        ],
        growth: [100_000, 1_000_000, 10_000_000, 100_000_000]
            .map(|entries| data("integers", "u64 → u64", entries, 16))
            .into(),
    }
}

/// A slightly different value in each round.
fn about(value: f64, round: u64) -> f64 {
    value * [1.0, 0.97, 1.045][round as usize % 3]
}

fn data(name: &str, title: &str, entries: u64, payload: u64) -> DataResults {
    // Caches cover less of larger data.
    let slower = (entries as f64 / 1e7).powf(0.25) * (payload as f64 / 16.0).powf(0.1);
    let millions = entries as f64 / 1e7;
    let limits = |round| Limits {
        clock_ns: about(21.0, round),
        dependent_read_ns: about(88.0 * slower, round),
        pread_ns: about(390.0 * slower, round),
        copy_seconds: about(0.21 * millions, round),
        fio_single: Some(FioReads {
            mean_ns: about(82e3, round),
            p50_ns: 79e3,
            p99_ns: 161e3,
            per_second: 12e3,
        }),
        fio_deep: Some(FioReads {
            mean_ns: about(1.2e6, round),
            p50_ns: 1.1e6,
            p99_ns: 3e6,
            per_second: about(105e3, round),
        }),
    };
    DataResults {
        name: name.to_owned(),
        title: title.to_owned(),
        entries,
        payload_bytes: entries * payload,
        limits: (0..ROUNDS).map(limits).collect(),
        unfit: Vec::new(),
        failures: Vec::new(),
        stores: PLANS
            .iter()
            .map(|plan| store(plan, entries, payload, slower))
            .collect(),
    }
}

fn store(plan: &Plan, entries: u64, payload: u64, slower: f64) -> StoreResults {
    let (id, title, kind, built_by, [hit, batched, miss, uncached, open, resident, around, build]) = *plan;
    let millions = entries as f64 / 1e7;
    let latency = |mean: f64, round| Latency {
        lookups: 5000,
        mean: about(mean, round),
        p50: about(mean * 0.9, round),
        p99: about(mean * 2.1, round),
        p999: about(mean * 4.5, round),
    };
    let builds = |round| Build {
        seconds: about(build * millions, round),
        peak_bytes: (entries as f64 * (around + payload as f64)) as u64,
        written_bytes: Some((entries as f64 * (around + payload as f64) * 1.5) as u64),
        file_bytes: if kind == Kind::InMemory {
            0
        } else {
            (entries as f64 * (around + payload as f64)) as u64
        },
    };
    let warm = |round| Warm {
        open_seconds: about(open * millions.sqrt() / 1e9, round),
        resident_after_open: (entries as f64 * resident) as u64,
        private_after_reads: (entries as f64 * resident) as u64 + 40_960,
        hits: latency(hit * slower, round),
        misses: latency(miss * slower, round),
        hits_per_second: 1e9 / (about(hit * slower, round) - 20.0),
        misses_per_second: 1e9 / (about(miss * slower, round) - 20.0),
        hits_per_second_all_threads: 1.9e9 / about(hit * slower, round),
        misses_per_second_all_threads: 1.9e9 / about(miss * slower, round),
        batched_hits_per_second: 1e9 / about(batched * slower, round),
    };
    let has_filter = id == "v2-filter";
    let cold = |round| Cold {
        hits: latency(uncached, round),
        misses: latency(if has_filter { 900.0 } else { uncached * 0.98 }, round),
        batched_hits_per_second: about(if id == "v2-direct" { 96e3 } else { 1e9 / uncached }, round),
        hit_disk: Some(Disk {
            reads: 1.0,
            bytes: 4096.0,
        }),
        miss_disk: (kind == Kind::Ours).then_some(Disk {
            reads: if has_filter { 0.01 } else { 1.0 },
            bytes: if has_filter { 41.0 } else { 4096.0 },
        }),
        direct: id == "v2-direct",
    };
    let rounds = |measured: bool| 0..if measured { ROUNDS } else { 0 };
    StoreResults {
        id: id.to_owned(),
        title: title.to_owned(),
        settings: format!("the settings of {title}"),
        kind,
        built_by: built_by.to_owned(),
        builds: rounds(id == built_by).map(builds).collect(),
        warm: rounds(hit > 0.0).map(warm).collect(),
        cold: rounds(uncached > 0.0).map(cold).collect(),
    }
}

/// The store with this ID.
pub(crate) fn store_of<'a>(data: &'a mut DataResults, id: &str) -> &'a mut StoreResults {
    data.stores.iter_mut().find(|store| store.id == id).unwrap()
}

/// Sets the mean of the warm hits of a store.
pub(crate) fn set_hit(results: &mut Results, id: &str, mean: f64) {
    store_of(&mut results.data[0], id)
        .warm
        .iter_mut()
        .for_each(|warm| warm.hits.mean = mean);
}

//! Prints how long files of documents are with compressed values, and how long lookups of them take, beside files without compression
//! and beside RocksDB, which compresses blocks.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml --features rocksdb --bin compression -- documents.jsonl
//! ```
//!
//! The documents are the lines of a file, each a JSON value, of which those of 200 bytes to 4 KiB as MessagePack are taken. Without a
//! file, 50,000 of them are made up. Keys are their numbers, as text. Stores get and give MessagePack. RocksDB takes part with the
//! feature `rocksdb`: one table with blocks of 16 KiB, zstd and a dictionary of 32 KiB, opened read-only, with a block cache of 8 MiB, and
//! with one that holds all blocks. All files lie in the page cache.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use massmap::{
    ChecksumPolicy, Compression, FormatVersion, MappedFile, MassMap, MassMapBuilder, Xxh3HashLoader,
};
use massmap_benches::{Contestant, Time, digest, mix, take_all_turns};
use serde_json::{Value, json};

/// Lengths of the documents that are taken, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 200..=4096;

/// Number of documents that are made up.
const MADE_UP: u64 = 50_000;

const TURNS: usize = 15;

/// A document with its key.
type Entry = (String, Value);

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1);
    let documents: Vec<Value> = match &path {
        Some(path) => fs::read_to_string(path)?
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?,
        None => (0..MADE_UP).map(made_up).collect(),
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut length = 0;
    for document in documents {
        let encoded = rmp_serde::to_vec(&document)?.len();
        if LENGTHS.contains(&encoded) {
            length += encoded;
            entries.push((format!("document {}", mix(entries.len() as u64)), document));
        }
    }
    if entries.is_empty() {
        return Err("there are no documents of 200 bytes to 4 KiB".into());
    }
    println!(
        "{} documents of {} bytes on average, as MessagePack\n",
        entries.len(),
        length / entries.len()
    );

    let directory = tempfile_directory()?;
    let mut stores = vec![Store::massmap("massmap", &directory, None, None, &entries)?];
    for level in [3, 9, 19] {
        let zstd = Compression::zstd().with_level(level);
        let name = format!("massmap, zstd {level}, dictionary of 32 KiB");
        stores.push(Store::massmap(&name, &directory, Some(zstd), None, &entries)?);
    }
    for size in [0, 8, 64, 110] {
        let zstd = Compression::zstd().with_dictionary_size(size << 10);
        let name = format!("massmap, zstd 9, dictionary of {size} KiB");
        stores.push(Store::massmap(&name, &directory, Some(zstd), None, &entries)?);
    }
    let runs = Some(Compression::zstd());
    stores.push(Store::massmap(
        "massmap, zstd 9, runs of up to 8 pages",
        &directory,
        runs,
        Some(8),
        &entries,
    )?);
    #[cfg(feature = "rocksdb")]
    stores.extend(rocksdb_stores(&directory, &entries)?);

    let keys = &entries;
    let contestants = stores
        .iter()
        .map(|store| {
            let mut next = 0;
            Contestant::new(&store.name, move |lookups| {
                // Where the sum begins, so that lookups do not wait for each other.
                let start = Instant::now();
                let mut sum = 0u64;
                for _ in 0..lookups {
                    next += 1;
                    let (key, _) = &keys[(mix(next) % keys.len() as u64) as usize];
                    sum = sum.wrapping_add((store.look_up)(key));
                }
                black_box(sum);
                start.elapsed()
            })
        })
        .collect();
    let times = take_all_turns(TURNS, contestants);
    let plain = &stores[0];
    println!("| store | built in | bytes | of the first | a hit | longer than the first |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (store, times_of) in stores.iter().zip(&times) {
        println!(
            "| {} | {:.2} s | {} | {:.1} % | {} | {} |",
            store.name,
            store.built_in.as_secs_f64(),
            store.length,
            100.0 * store.length as f64 / plain.length as f64,
            Time(times_of.median()),
            Time(times_of.median() - times[0].median()),
        );
    }
    drop(stores);
    fs::remove_dir_all(&directory)?;
    Ok(())
}

fn tempfile_directory() -> std::io::Result<std::path::PathBuf> {
    let directory = std::env::temp_dir().join(format!("massmap-compression-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

/// A store that holds the documents.
struct Store {
    name: String,
    built_in: Duration,
    /// In bytes.
    length: u64,
    /// Gives a digest of the document with a key.
    look_up: Box<dyn Fn(&str) -> u64>,
}

impl Store {
    fn massmap(
        name: &str,
        directory: &Path,
        compression: Option<Compression>,
        longest_run: Option<u32>,
        entries: &[Entry],
    ) -> Result<Self, Box<dyn Error>> {
        let path = directory.join(name);
        let mut builder = MassMapBuilder::<Xxh3HashLoader>::default().with_format(FormatVersion::V2);
        if let Some(compression) = compression {
            builder = builder.with_compression(compression);
        }
        if let Some(pages) = longest_run {
            builder = builder.with_longest_run(pages);
        }
        let start = Instant::now();
        builder.build_to_path(&path, entries.iter())?;
        let built_in = start.elapsed();
        #[expect(unsafe_code, reason = "nothing changes the file")]
        // SAFETY: the directory is this program's, which does not change the file.
        let file = unsafe { MappedFile::open(&path) }?;
        let map = MassMap::<String, Value, _, Xxh3HashLoader>::load(file)?;
        let map = MassMap::with_checksum_policy(map, ChecksumPolicy::FirstRead);
        Ok(Self {
            name: name.to_owned(),
            built_in,
            length: fs::metadata(&path)?.len(),
            look_up: Box::new(move |key| {
                let found = map.get_with(key, digest).expect("the file is intact");
                found.expect("the key is there")
            }),
        })
    }
}

#[cfg(feature = "rocksdb")]
fn rocksdb_stores(directory: &Path, entries: &[Entry]) -> Result<Vec<Store>, Box<dyn Error>> {
    use rocksdb::{
        BlockBasedOptions, Cache, DB, DBCompressionType, IngestExternalFileOptions, LogLevel, Options,
        SstFileWriter,
    };

    /// Length of the dictionary, in bytes.
    const DICTIONARY: i32 = 32 << 10;
    let options = |cache: usize| {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_format_version(6);
        blocks.set_block_size(16 << 10);
        blocks.set_bloom_filter(10.0, false);
        blocks.set_block_cache(&Cache::new_lru_cache(cache));
        let mut options = Options::default();
        options.set_block_based_table_factory(&blocks);
        options.set_compression_type(DBCompressionType::Zstd);
        // The default level, which is 3 for zstd.
        options.set_compression_options(-14, 32_767, 0, DICTIONARY);
        options.set_zstd_max_train_bytes(100 * DICTIONARY);
        options.set_max_open_files(-1);
        options.set_log_level(LogLevel::Error);
        options
    };
    let (table, database) = (directory.join("entries.sst"), directory.join("database"));
    let start = Instant::now();
    let mut creating = options(8 << 20);
    creating.create_if_missing(true);
    creating.set_disable_auto_compactions(true);
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut writer = SstFileWriter::create(&creating);
    writer.open(&table)?;
    for (key, value) in sorted {
        writer.put(key, rmp_serde::to_vec(value)?)?;
    }
    writer.finish()?;
    let length = fs::metadata(&table)?.len();
    let mut ingestion = IngestExternalFileOptions::default();
    ingestion.set_move_files(true);
    DB::open(&creating, &database)?.ingest_external_file_opts(&ingestion, vec![table])?;
    let built_in = start.elapsed();
    let mut stores = Vec::new();
    for (name, cache) in [
        ("RocksDB, zstd, block cache of 8 MiB", 8 << 20),
        ("RocksDB, zstd, all blocks in its cache", 4 << 30),
    ] {
        let opened = DB::open_for_read_only(&options(cache), &database, false)?;
        stores.push(Store {
            name: name.to_owned(),
            built_in,
            length,
            look_up: Box::new(move |key| {
                let found = opened.get_pinned(key).expect("the database is intact");
                digest(&found.expect("the key is there"))
            }),
        });
    }
    Ok(stores)
}

/// A document like a record of a shop: some fields, and a text of words that are more or less common.
fn made_up(number: u64) -> Value {
    let word = |seed: u64| {
        const SYLLABLES: [&str; 16] = [
            "ba", "der", "in", "no", "ter", "al", "con", "mi", "ra", "so", "vel", "est", "pro", "lu", "gen",
            "to",
        ];
        // The square makes low numbers, and so some words, more frequent.
        let random = mix(seed) % 4096;
        let rank = random * random / 4096;
        let syllables = (0..1 + mix(rank) % 3).map(|place| SYLLABLES[(mix(rank * 5 + place) % 16) as usize]);
        syllables.collect::<String>()
    };
    let text = |salt: u64, words: u64| {
        let words = (0..words).map(|place| word(number * 1_000_003 + salt * 1009 + place));
        words.collect::<Vec<_>>().join(" ")
    };
    json!({
        "id": mix(number),
        "name": text(1, 3),
        "category": text(2, 1),
        "price": (mix(number + 1) % 100_000) as f64 / 100.0,
        "available": !mix(number + 2).is_multiple_of(4),
        "tags": (0..mix(number + 3) % 5).map(|tag| word(number + tag)).collect::<Vec<_>>(),
        "seller": { "name": text(4, 2), "country": word(mix(number + 5) % 20), "rating": mix(number + 6) % 50 },
        "description": text(7, 10 + mix(number + 8) % 150),
    })
}

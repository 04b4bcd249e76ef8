//! Measures building a map from a Parquet file, beside its parts: reading the file, and building the same rows from memory.
//!
//! ```text
//! cargo run --release -p massmap-data --features parquet --example parquet_build -- 10000000
//! ```
//!
//! The argument is the number of rows, each with an id, three numbers and a string. `--strings` makes a file instead whose row groups
//! have 1 GiB of strings each, and builds with a limit of 64 MiB of memory: what matters then is the peak of the memory, which is that of
//! the whole process.

use std::error::Error;
use std::fs::File;
use std::hash::Hash;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use massmap::{FormatVersion, MassMapBuilder, MassMapInfo, Xxh3HashLoader};
use massmap_data::{EntryNames, EntryTask, Input, InputError, InputSettings, Source};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde::Serialize;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Rows of a batch.
const BATCH: u64 = 1 << 16;

fn main() -> Result<()> {
    let argument = std::env::args().nth(1).unwrap_or_else(|| "1000000".to_owned());
    let directory = tempfile::tempdir_in(".")?;
    let table = directory.path().join("table.parquet");
    let map = directory.path().join("table.massmap");
    if argument == "--strings" {
        return long_strings(&table, &map);
    }
    let rows: u64 = argument.parse()?;
    write(&table, rows)?;
    println!(
        "{rows} rows, {} bytes of Parquet",
        std::fs::metadata(&table)?.len()
    );
    let read = timed("reading alone, on one thread", || read(&table))?;
    let entries: Vec<_> = (0..rows).map(|id| (id, row(id))).collect();
    let memory = timed("building from memory", || {
        builder(None).build_to_path(&map, entries.iter())?;
        Ok(())
    })?;
    drop(entries);
    let built = timed("building from Parquet", || build(&table, &map, None))?;
    println!(
        "ratio to both parts: {:.2} of the time, {:.2} of the processor's",
        built.elapsed / (read.elapsed + memory.elapsed),
        built.processor / (read.processor + memory.processor)
    );
    Ok(())
}

/// A row but its id.
#[derive(Serialize)]
struct Row {
    count: i64,
    price: f64,
    ratio: f32,
    name: String,
}

fn row(id: u64) -> Row {
    let mixed = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let half = u32::try_from(mixed >> 32).unwrap_or_default();
    Row {
        count: mixed.cast_signed() >> 20,
        price: f64::from(half) / 64.0,
        ratio: f32::from(u16::try_from(half >> 16).unwrap_or_default()),
        name: format!("name-{:x}", mixed >> 24),
    }
}

fn write(path: &Path, rows: u64) -> Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = None;
    for start in (0..rows).step_by(usize::try_from(BATCH)?) {
        let ids = start..rows.min(start + BATCH);
        let values: Vec<_> = ids.clone().map(row).collect();
        let columns: [(&str, ArrayRef); 5] = [
            ("id", Arc::new(UInt64Array::from_iter_values(ids))),
            (
                "count",
                Arc::new(Int64Array::from_iter_values(values.iter().map(|row| row.count))),
            ),
            (
                "price",
                Arc::new(Float64Array::from_iter_values(values.iter().map(|row| row.price))),
            ),
            (
                "ratio",
                Arc::new(Float32Array::from_iter_values(values.iter().map(|row| row.ratio))),
            ),
            (
                "name",
                Arc::new(StringArray::from_iter_values(values.iter().map(|row| &row.name))),
            ),
        ];
        let batch = RecordBatch::try_from_iter(columns)?;
        let writer = match &mut writer {
            Some(writer) => writer,
            None => writer.insert(ArrowWriter::try_new(
                File::create(path)?,
                batch.schema(),
                Some(properties.clone()),
            )?),
        };
        writer.write(&batch)?;
    }
    match writer {
        Some(writer) => writer.close().map(drop)?,
        None => return Err("there are no rows".into()),
    }
    Ok(())
}

fn read(path: &Path) -> Result<()> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()?;
    let mut rows = 0;
    for batch in reader {
        rows += batch?.num_rows();
    }
    println!("{rows} rows read");
    Ok(())
}

fn builder(limit: Option<usize>) -> MassMapBuilder<Xxh3HashLoader> {
    let builder = <MassMapBuilder<Xxh3HashLoader> as Default>::default().with_format(FormatVersion::V2);
    match limit {
        Some(limit) => builder.with_memory_limit(limit),
        None => builder,
    }
}

/// Builds a file.
struct Build<'a>(&'a Path, Option<usize>);

impl EntryTask for Build<'_> {
    type Output = io::Result<MassMapInfo>;

    fn run<K: Serialize + Hash + Eq, V: Serialize>(
        self,
        _: &EntryNames,
        entries: impl Iterator<Item = std::result::Result<(K, V), InputError>>,
    ) -> Self::Output {
        builder(self.1).try_build_to_path(self.0, entries)
    }
}

fn build(table: &Path, map: &Path, limit: Option<usize>) -> Result<()> {
    let input =
        Input::open(&InputSettings::new([Source::of_path(table)])).map_err(|error| error.message())?;
    let info = input.run(Build(map, limit))?;
    println!("{} entries", info.meta.entry_count);
    Ok(())
}

/// Two row groups of 1 GiB of strings of 1 KiB, written in pieces.
fn long_strings(table: &Path, map: &Path) -> Result<()> {
    const ROWS_OF_GROUP: u64 = 1 << 20;
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(usize::try_from(ROWS_OF_GROUP)?))
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .build();
    let batch = |start: u64| {
        let ids = start..start + 4096;
        let text = |id: u64| {
            (0..64u64)
                .map(|part| format!("{:016x}", (id * 64 + part).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
                .collect::<String>()
        };
        RecordBatch::try_from_iter([
            (
                "id",
                Arc::new(UInt64Array::from_iter_values(ids.clone())) as ArrayRef,
            ),
            (
                "text",
                Arc::new(StringArray::from_iter_values(ids.map(text))) as ArrayRef,
            ),
        ])
    };
    // In a process of its own, whose memory does not count.
    if std::env::var_os("PARQUET_BUILD_FILE").is_none() {
        let mut writer = ArrowWriter::try_new(File::create(table)?, batch(0)?.schema(), Some(properties))?;
        for start in (0..2 * ROWS_OF_GROUP).step_by(4096) {
            writer.write(&batch(start)?)?;
        }
        writer.close()?;
        let kept = Path::new("long-strings.parquet");
        std::fs::rename(table, kept)?;
        println!(
            "wrote {}: run it again with PARQUET_BUILD_FILE set to that",
            kept.display()
        );
        return Ok(());
    }
    let table = std::env::var_os("PARQUET_BUILD_FILE").unwrap_or_default();
    timed("building from Parquet", || {
        build(Path::new(&table), map, Some(64 << 20))
    })?;
    // Linux tells it.
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status
            .lines()
            .filter(|line| line.starts_with("VmHWM"))
            .for_each(|line| println!("{line}"));
    }
    Ok(())
}

/// Seconds that something took.
struct Took {
    elapsed: f64,
    /// Of all threads, where the system tells it.
    processor: f64,
}

fn timed(what: &str, work: impl FnOnce() -> Result<()>) -> Result<Took> {
    let (began, before) = (Instant::now(), processor_time());
    work()?;
    let took = Took {
        elapsed: began.elapsed().as_secs_f64(),
        processor: processor_time() - before,
    };
    println!(
        "{what}: {:.2} s, {:.2} s of the processor",
        took.elapsed, took.processor
    );
    Ok(took)
}

/// Seconds of processor time so far; 0 where it is not known.
fn processor_time() -> f64 {
    // Linux counts in hundredths, in the fields 14 and 15; the second one is a name in parentheses.
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = status.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok());
    f64::from(ticks.sum::<u32>()) / 100.0
}

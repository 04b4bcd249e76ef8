//! What page sizes cost where.

use std::fs::{self, File};
use std::time::Duration;

use anyhow::ensure;
use bench_support::take_all_turns;
use bytes::Bytes;
use massmap::{BytesReader, MassMap};
use massmap_format::SectionKind;

use super::local;
use super::lookups::{ask_all, gets_of};
use crate::context::Context;
use crate::data::{Entries, VALUE_LENGTH};
use crate::report::{Section, figure, in_ms, size};

const PAGE_SIZES: [u32; 4] = [4 << 10, 16 << 10, 64 << 10, 256 << 10];

/// Of one connection, in bytes a second. Amazon advises one request in flight for each 85 to 90 MB/s that are wanted of S3
/// ("Performance design patterns for Amazon S3", in the S3 user guide).
const BANDWIDTH: u32 = 85_000_000;

/// What opening reads first, in bytes, without the header and other small parts.
const FIRST_READ: f64 = (63 << 10) as f64;

/// For which the index is computed from the maps that are measured.
const MANY_ENTRIES: f64 = 1e9;

pub(crate) fn measure(context: &Context) -> anyhow::Result<Section> {
    let mut section = Section::new(&format!(
        "`get` over HTTP, one after the other, where an answer takes the delay and then as long as its bytes take at {} MB/s, which is what \
         Amazon says of one connection to S3 (\"Performance design patterns for Amazon S3\": one request in flight for each 85 to 90 MB/s \
         that are wanted). The server counts the bytes and makes up the time. *Index* is what opening reads and memory holds; for a \
         billion entries it is computed from the map that was measured, and so is the time to read it at once through one connection. \
         *One request opens* maps of about so many entries; larger ones take two. *Mapped* \
         and `pread` are lookups by `MassMap` in a file in the page cache of the system, with the default checks of checksums.",
        BANDWIDTH / 1_000_000
    ));
    let mut rows = Vec::new();
    for entries in [
        Entries {
            count: context.scale.entries,
            value_length: VALUE_LENGTH,
        },
        Entries {
            count: context.scale.large_entries,
            value_length: 1000,
        },
    ] {
        for page_size in PAGE_SIZES {
            rows.push(row(context, entries, page_size)?);
        }
    }
    section.table(
        [
            "values",
            "pages",
            "file, B / entry",
            "index, B / entry",
            "index of 10⁹",
            "opening 10⁹, s",
            "one request opens",
            "read / lookup",
            "ms / lookup",
            "mapped",
            "`pread`",
        ],
        rows,
    );
    section.paragraph(ADVICE);
    Ok(section)
}

const ADVICE: &str = "\
A larger page costs a lookup the transfer of its bytes, and makes the index, which is read at opening and stays in memory, shorter by the \
same factor. Over a network, the delay hides the first. On this machine, nothing does: bytes are copied, checked and searched. So:

| where the file is | pages | because |
| --- | --: | --- |
| in memory, mapped, in the page cache, on NVMe | 4 KiB, the default | larger ones cost each lookup more than anything that they save |
| in an object store or behind HTTP, with some 10 ms a request | 16 KiB | a lookup takes 1 % longer, the index is a quarter, and four times the entries open with one request |
| the same, with values of 1 KB and more, or billions of entries in a process with little memory or a short life | 64 KiB | a lookup takes some 4 % longer, the index is a sixteenth |

Larger ones than 64 KiB save little that is left, and take longer. Values that take a quarter of a page and more leave some of it empty: \
with values of 1,000 bytes, pages of 4 KiB make the file a third longer. A cache of pages holds fewer of the popular entries the larger \
its pages are.";

fn row(context: &Context, entries: Entries, page_size: u32) -> anyhow::Result<[String; 11]> {
    let bytes = entries.build(page_size, false)?;
    let count = entries.count as f64;
    let file_length = bytes.len() as f64;
    let index_length = index_length(&bytes)?;
    let (read, time) = over_http(context, entries, &bytes)?;
    let [mapped, pread] = local_times(context, entries, bytes)?;
    let index_of_many = index_length as f64 / count * MANY_ENTRIES;
    Ok([
        format!("{} B", entries.value_length),
        format!("{} KiB", page_size >> 10),
        figure(file_length / count, 1),
        figure(index_length as f64 / count, 4),
        size(index_of_many),
        figure(
            2.0 * crate::server::DELAY.as_secs_f64() + index_of_many / f64::from(BANDWIDTH),
            2,
        ),
        format!(
            "{} million",
            figure(FIRST_READ / (index_length as f64 / count) / 1e6, 1)
        ),
        size(read),
        figure(in_ms(time), 2),
        bench_support::Time(mapped).to_string(),
        bench_support::Time(pread).to_string(),
    ])
}

/// Length of the page index, in bytes.
fn index_length(file: &Bytes) -> anyhow::Result<u64> {
    let map = MassMap::<u64, String, _>::load(BytesReader::new(file.clone()))?;
    let header = map.inner().paged_header().expect("the map is of format 2");
    Ok(header.section(SectionKind::PageIndex)?.length)
}

/// Mean number of bytes that a lookup reads, and its median time.
fn over_http(context: &Context, entries: Entries, bytes: &Bytes) -> anyhow::Result<(f64, Duration)> {
    const PATH: &str = "map-of-page-size";
    let count = context.scale.rounds * context.scale.lookups / 3;
    context.server.put(PATH, bytes.clone());
    let map = context.open(PATH)?;
    context.run(ask_all(entries.hits(40, 1), 1, gets_of!(map)))?;
    context.server.set_bandwidth(Some(BANDWIDTH));
    let meter = context.server.meter();
    let times = context.run(ask_all(entries.hits(41, count), 1, gets_of!(map)))?;
    let cost = meter.cost();
    context.server.set_bandwidth(None);
    ensure!(
        cost.requests == count,
        "{} requests for {count} lookups",
        cost.requests
    );
    Ok((cost.bytes as f64 / count as f64, times.median()))
}

/// Times of lookups in a mapped file and through `pread`, in nanoseconds.
fn local_times(context: &Context, entries: Entries, bytes: Bytes) -> anyhow::Result<[f64; 2]> {
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), &bytes)?;
    drop(bytes);
    let keys: Vec<u64> = local::keys(entries);
    let mapped = MassMap::<u64, String, _>::load(local::map_file(file.path())?)?;
    let read = MassMap::<u64, String, _>::load(File::open(file.path())?)?;
    let times = take_all_turns(
        context.scale.turns.min(5),
        vec![
            local::sync("mapped", &mapped, &keys),
            local::sync("pread", &read, &keys),
        ],
    );
    Ok([times[0].median(), times[1].median()])
}

//! From a file to the report about it.

use std::io;

use massmap::{FormatVersion, MassMapReader};

use super::super::histogram::{Histogram, ratio};
use super::advice::advice;
use super::estimate::{Tail, estimate};
use super::misses::false_positive_rate;
use super::report::{
    Buckets, Compression, Count, Estimate, FillCount, Index, Lengths, Lookup, MissFilter, Pages, Report,
};
use super::survey::{FILL_PARTS, Survey};
use crate::map::Map;

/// Reads all of `map`.
///
/// # Errors
///
/// Any error of the reader, and damage.
pub(super) fn measure<R: MassMapReader>(map: &Map<R>) -> io::Result<Report> {
    let survey = Survey::of(map)?;
    let false_positives = false_positive_rate(map.index(), map.shard())?;
    let tail = Tail::of(map);
    let memory_bytes = map.index().byte_length() as u64;
    let dictionary = map
        .compression()
        .map_or(0, |compression| compression.dictionary.len() as u64);
    let index_memory = memory_bytes
        .saturating_sub(tail.filter)
        .saturating_sub(dictionary);
    let passing = false_positives.unwrap_or(1.0);
    let mut report = Report {
        format: match map.format() {
            FormatVersion::V1 => 1,
            _ => 2,
        },
        entries: map.len(),
        file_bytes: map.paged_header().map_or_else(
            || map.header.meta_offset.saturating_add(map.header.meta_length),
            |header| header.file_length(),
        ),
        keys: lengths(&survey.keys),
        values: lengths(&survey.values),
        compression: compression(map, &survey),
        buckets: (map.format() == FormatVersion::V1).then(|| Buckets {
            count: map.meta.bucket_count,
            occupied: map.meta.occupied_bucket_count,
            entries: lengths(&survey.entries_per_run),
        }),
        pages: pages(map, &survey),
        index: Index {
            file_bytes: match map.paged_header() {
                Some(_) => tail.index,
                None => map.header.meta_length,
            },
            memory_bytes: index_memory,
            bits_per_page: ratio(8 * index_memory, map.meta.bucket_count),
            bits_per_entry: ratio(8 * index_memory, map.len()),
        },
        miss_filter: false_positives.map(|false_positive_rate| MissFilter {
            bytes: tail.filter,
            bits_per_key: ratio(8 * tail.filter, map.len()),
            false_positive_rate,
        }),
        memory_bytes,
        hit: Lookup {
            reads: f64::from(u8::from(!map.is_empty())),
            bytes: ratio(survey.read_by_hits.sum(), map.len()),
        },
        miss: Lookup {
            reads: survey.covered * passing,
            bytes: survey.read_by_misses * passing,
        },
        page_sizes: Vec::new(),
        advice: String::new(),
    };
    let estimates = survey
        .packed
        .iter()
        .map(|(page_size, packed)| estimate(*page_size, packed, map.len(), tail, passing))
        .map(|estimate| {
            measured(&report)
                .filter(|measured| measured.page_size == estimate.page_size)
                .unwrap_or(estimate)
        });
    report.page_sizes = estimates.collect();
    report.advice = advice(&report);
    Ok(report)
}

/// What the file is, in place of an estimate. `None` in format 1.
fn measured(report: &Report) -> Option<Estimate> {
    let pages = report.pages.as_ref()?;
    Some(Estimate {
        page_size: pages.size,
        current: true,
        pages: pages.count,
        long_runs: pages.long_runs,
        long_run_pages: pages.long_run_pages,
        fill: pages.fill,
        file_bytes: report.file_bytes,
        index_bytes: report.index.file_bytes,
        memory_bytes: report.memory_bytes,
        hit: report.hit,
        miss: report.miss,
    })
}

fn lengths(histogram: &Histogram) -> Lengths {
    Lengths {
        sum: histogram.sum(),
        min: histogram.least(),
        median: histogram.percentile(50),
        p99: histogram.percentile(99),
        max: histogram.greatest(),
        histogram: histogram
            .octaves()
            .into_iter()
            .map(|octave| Count {
                from: octave.from,
                to: octave.to,
                count: octave.count,
            })
            .collect(),
    }
}

fn compression<R: MassMapReader>(map: &Map<R>, survey: &Survey) -> Option<Compression> {
    let description = map.compression()?;
    let stored = survey.stored_values.as_ref()?;
    Some(Compression {
        algorithm: "zstd",
        level: description.level,
        dictionary_bytes: description.dictionary.len() as u64,
        compressed_values: survey.compressed,
        stored: lengths(stored),
        ratio: ratio(survey.values.sum(), stored.sum()),
    })
}

fn pages<R: MassMapReader>(map: &Map<R>, survey: &Survey) -> Option<Pages> {
    let header = map.paged_header()?;
    let per_run = &survey.pages_per_run;
    let single = per_run.octaves().first().map_or(0, |octave| match octave.to {
        1 => octave.count,
        _ => 0,
    });
    let bytes = header.page_count.saturating_mul(header.page_size.into());
    let part = |number: usize| number as f64 / FILL_PARTS as f64;
    Some(Pages {
        size: header.page_size,
        count: header.page_count,
        runs: per_run.count(),
        long_runs: per_run.count() - single,
        long_run_pages: per_run.sum() - single,
        longest_run_pages: per_run.greatest(),
        entries: lengths(&survey.entries_per_run),
        fill: ratio(survey.used, bytes),
        fill_histogram: survey
            .fill
            .iter()
            .enumerate()
            .map(|(number, runs)| FillCount {
                from: part(number),
                to: part(number + 1),
                runs: *runs,
            })
            .collect(),
    })
}

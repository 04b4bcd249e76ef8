//! One sentence about what could be better.

use massmap::OBJECT_STORE_PAGE_SIZE;
use massmap_write::packing::DEFAULT_PAGE_SIZE;

use super::super::histogram::ratio;
use super::report::{Estimate, Report};
use crate::output::chart::units::{bytes, percent, size};

/// A file that is smaller by less than this share is not worth larger reads.
const WORTHWHILE: f64 = 0.1;

/// The page size that maps have unless told otherwise, if their entries are not very short.
const USUAL: u32 = DEFAULT_PAGE_SIZE;

/// The page size for object stores.
const REMOTE: u32 = OBJECT_STORE_PAGE_SIZE;

/// Pages that are this full leave nothing to gain.
const FULL: f64 = 0.9;

/// One sentence.
pub(super) fn advice(report: &Report) -> String {
    if report.entries == 0 {
        return "The map is empty: there is nothing to improve.".to_owned();
    }
    let row = |page_size| report.page_sizes.iter().find(|row| row.page_size == page_size);
    if report.format == 1 {
        return match row(USUAL) {
            Some(usual) => format!(
                "Format 2 with pages of {} would take {} instead of {}, {} of memory instead of {}, and {} for the lookup of a key instead \
                 of {} (massmap merge --format v2).",
                size(usual.page_size.into()),
                size(usual.file_bytes),
                size(report.file_bytes),
                size(usual.memory_bytes),
                size(report.memory_bytes),
                bytes(usual.hit.bytes),
                bytes(report.hit.bytes)
            ),
            None => "Format 2 has checksums and a smaller index (massmap merge --format v2).".to_owned(),
        };
    }
    let Some(now) = report.page_sizes.iter().find(|row| row.current) else {
        return "Nothing suggests another page size.".to_owned();
    };
    if mean_entry(report) > f64::from(now.page_size) {
        return format!(
            "Most of what a lookup reads are long entries, {} on average, so the page size matters little.",
            bytes(mean_entry(report))
        );
    }
    match smaller_file(report, now) {
        Some(other) if other.page_size > now.page_size => format!(
            "Larger pages would be better for the size: with {} (massmap merge --page-size {}) the file would be {} smaller, and the \
             lookup of a key would read {} instead of {}.",
            size(other.page_size.into()),
            other.page_size,
            percent(1.0 - other.file_bytes as f64 / now.file_bytes as f64),
            bytes(other.hit.bytes),
            bytes(now.hit.bytes)
        ),
        Some(other) => format!(
            "Smaller pages would be better: with {} (massmap merge --page-size {}) the file would be {} smaller, and the lookup of a key \
             would read {} instead of {}.",
            size(other.page_size.into()),
            other.page_size,
            percent(1.0 - other.file_bytes as f64 / now.file_bytes as f64),
            bytes(other.hit.bytes),
            bytes(now.hit.bytes)
        ),
        None => as_it_is(report, now, row(USUAL), row(REMOTE)),
    }
}

/// Length of an entry as it is stored, on average.
fn mean_entry(report: &Report) -> f64 {
    let stored = report.compression.as_ref().map(|compression| &compression.stored);
    let values = stored.unwrap_or(&report.values);
    ratio(report.keys.sum.saturating_add(values.sum), report.entries)
}

/// The page size with which the file would be considerably smaller: the one with the shortest reads among those with about the smallest
/// file, up to four times the reads of now.
fn smaller_file<'a>(report: &'a Report, now: &Estimate) -> Option<&'a Estimate> {
    let affordable = |row: &&Estimate| row.hit.bytes <= 4.0 * now.hit.bytes.max(f64::from(USUAL));
    let rows = || report.page_sizes.iter().filter(affordable);
    let least = rows().map(|row| row.file_bytes).min()? as f64;
    if least > (1.0 - WORTHWHILE) * now.file_bytes as f64 {
        return None;
    }
    rows()
        .filter(|row| row.file_bytes as f64 <= 1.03 * least)
        .min_by(|one, other| one.hit.bytes.total_cmp(&other.hit.bytes))
}

/// What to say of a file whose size another page size would not improve.
fn as_it_is(report: &Report, now: &Estimate, usual: Option<&Estimate>, remote: Option<&Estimate>) -> String {
    let full = report.pages.as_ref().map_or(0.0, |pages| pages.fill);
    match (usual, remote) {
        (Some(usual), _) if usual.hit.bytes * 2.0 <= now.hit.bytes => format!(
            "Pages of {} suit object stores and HTTP; on a local drive or in the page cache, pages of {} (massmap merge --page-size {}) \
             would read {} for a key instead of {}, in a file of {} instead of {}.",
            size(now.page_size.into()),
            size(usual.page_size.into()),
            usual.page_size,
            bytes(usual.hit.bytes),
            bytes(now.hit.bytes),
            size(usual.file_bytes),
            size(now.file_bytes)
        ),
        (_, Some(remote)) if report.entries > 1 && now.pages > 64 && remote.page_size > now.page_size => {
            format!(
                "Pages of {} are {} full{}; only in an object store would pages of {} be better, with an index of {} instead of {}.",
                size(now.page_size.into()),
                percent(full),
                if full >= FULL {
                    ", which leaves little to gain"
                } else {
                    ", and no other size makes the file much smaller"
                },
                size(remote.page_size.into()),
                size(remote.index_bytes),
                size(now.index_bytes)
            )
        }
        _ => "No other page size would make much of a difference.".to_owned(),
    }
}

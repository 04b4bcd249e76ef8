//! What was measured. The names and the order of the fields are those of `--json`, must not change, and are described in
//! `docs/stats-and-bench.md`.

use massmap::FormatVersion;
use serde::Serialize;

use super::super::histogram::ratio;
use super::maps::Maps;
use super::subject::{Mode, Samples};
use super::turn::Measured;
use crate::output::chart::text::{table, width, wrapped};
use crate::output::chart::units::{count, nanoseconds, size, some, three_digits};
use crate::output::escape::Escaped;
use massmap_data::Location;

/// If bare reads through the page cache take longer, in nanoseconds, then the cache does not hold the pages.
const LONGEST_FROM_CACHE: u64 = 20_000;

/// Pages of this length and less are read that fast.
const PAGE_OF_CACHE: u64 = 64 << 10;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// 1 or 2.
    format: u8,
    entries: u64,
    /// In bytes; `None` in format 1.
    page_size: Option<u32>,
    threads: u16,
    /// Number of keys that were sampled, and of those found that the map does not have.
    keys: u64,
    missing_keys: u64,
    measurements: Vec<Measurement>,
    /// What was left out, and why.
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Measurement {
    name: &'static str,
    #[serde(skip)]
    label: &'static str,
    #[serde(skip)]
    mode: Mode,
    /// Number of lookups or reads at a time. Of several, the times are those of all, divided by the number.
    at_once: u64,
    count: u64,
    median_ns: u64,
    p99_ns: u64,
    per_second: f64,
    /// The median divided by that of the bare read.
    time_of_bare_read: f64,
}

impl Report {
    pub(super) fn new(maps: &Maps, samples: &Samples, threads: u16, measured: &[Measured<'_>]) -> Self {
        let map = maps.cached.as_inner();
        let measurements: Vec<_> = measured
            .iter()
            .map(|of| {
                let bare = measured.iter().find(|bare| bare.subject.name == of.subject.bare);
                let median = |of: &Measured<'_>| of.times.percentile(50);
                Measurement {
                    name: of.subject.name,
                    label: of.subject.label,
                    mode: of.subject.mode,
                    at_once: of.subject.at_once as u64,
                    count: of.count,
                    median_ns: median(of),
                    p99_ns: of.times.percentile(99),
                    per_second: of.per_second(),
                    time_of_bare_read: ratio(median(of), bare.map_or(0, median)),
                }
            })
            .collect();
        let mut notes = maps.notes.clone();
        if samples.missing.is_empty() {
            notes.push("Missing keys are left out: none were found".to_owned());
        }
        let longest = samples.keys.iter().map(|sample| sample.length).max().unwrap_or(0);
        let from_cache = measurements.first().map_or(0, |bare| bare.median_ns);
        if from_cache > LONGEST_FROM_CACHE && longest <= PAGE_OF_CACHE {
            notes.push("The page cache does not seem to hold the pages: memory may be too small".to_owned());
        }
        Self {
            format: match map.format() {
                FormatVersion::V1 => 1,
                _ => 2,
            },
            entries: map.len(),
            page_size: map.page_size(),
            threads,
            keys: samples.keys.len() as u64,
            missing_keys: samples.missing.len() as u64,
            measurements,
            notes,
        }
    }

    pub(super) fn text(&self, location: &Location) -> String {
        let pages = self.page_size.map_or(String::new(), |page_size| {
            format!(", pages of {}", size(page_size.into()))
        });
        let heading = format!(
            "format {}, {}{pages}; {} sampled, {}",
            self.format,
            some(self.entries, "entry", "entries"),
            some(self.keys, "key", "keys"),
            some(self.threads as u64, "thread", "threads")
        );
        let header = ["", "median", "99 %", "a second", "bare = 1"];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        for (mode, name) in [
            (Mode::Cached, "cached"),
            (Mode::Direct, "direct"),
            (Mode::Ring, "direct, many in flight"),
        ] {
            let of_mode = self.measurements.iter().filter(|of| of.mode == mode);
            let of_mode: Vec<_> = of_mode.map(Measurement::row).collect();
            if !of_mode.is_empty() {
                rows.push(vec![name.to_owned()]);
                rows.extend(of_mode);
            }
        }
        let mut text = format!(
            "{}\n{}\n\n{}",
            Escaped(location),
            wrapped(&heading, width()),
            table(&rows)
        );
        let batch = self
            .measurements
            .iter()
            .filter(|of| of.at_once > 1)
            .map(|of| of.at_once)
            .max();
        if let Some(batch) = batch {
            let note = format!(
                "Times of batches, of up to {} keys, are those of a batch divided by its keys.",
                count(batch)
            );
            text += &format!("\n{}", wrapped(&note, width()));
        }
        for note in &self.notes {
            text += &format!("\n{}", wrapped(&format!("{note}."), width()));
        }
        text
    }
}

impl Measurement {
    fn row(&self) -> Vec<String> {
        vec![
            format!("  {}", self.label),
            nanoseconds(self.median_ns as f64),
            nanoseconds(self.p99_ns as f64),
            count(whole(self.per_second)),
            three_digits(self.time_of_bare_read),
        ]
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast of a float saturates"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

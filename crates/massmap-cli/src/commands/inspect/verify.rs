//! `massmap verify`: checks whether a file is undamaged.

use std::fmt::Write as _;
use std::io;

use anyhow::{Context, bail};
use massmap::{FormatVersion, Problem, VerifyReport};
use massmap_data::{Key, KeyTask, KeyType};
use serde::Serialize;
use serde_json::Value;

use crate::map::{self, Map};
use crate::output::console;
use crate::output::escape::Escaped;
use massmap_data::Location;

/// Read a whole massmap file and report everything that is wrong with it
///
/// Checks checksums (format 2), counts, order, and that each key is where lookups search for it. The last check needs keys
/// that are integers or strings and a hash function that this program knows; the report says if it was skipped. The exit
/// code is 1 if anything is wrong, and also, without a report, if there is too little memory to tell.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print the report as JSON
    #[arg(long)]
    json: bool,

    /// massmap file to verify: a path or a URL
    #[arg(value_name = "FILE")]
    input: Location,
}

/// Runs the command.
///
/// # Errors
///
/// Fails after the report if anything is wrong. If the file cannot be opened as a map, only `--json` prints a report, with the
/// reason. If memory is too small to check all of the file and no problem has been found, there is no report: the file may be
/// undamaged.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let name = || args.input.to_string();
    let report = match map::open(&args.input) {
        Ok(map) => Report::of(map),
        Err(error) if is_out_of_memory(&error) => return Err(error).with_context(|| unverified(&name())),
        Err(error) => {
            if args.json {
                console::print(&console::json(&Unopened::of(&error))?)?;
            }
            return Err(error).with_context(name);
        }
    };
    if let (0, Some(part)) = (report.problem_count, &report.unverified) {
        bail!("{}: {}", unverified(&name()), part.text(report.block_name().1));
    }
    console::print(&match args.json {
        true => console::json(&report)?,
        false => report.text(&args.input),
    })?;
    match report.problem_count {
        0 => Ok(()),
        count => bail!("{}: the file is damaged, problems found: {count}", name()),
    }
}

/// The message for a file that may be undamaged or not.
fn unverified(name: &str) -> String {
    format!("{name}: could not be verified")
}

fn is_out_of_memory(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::OutOfMemory)
}

struct Verify {
    map: Map,
}

impl KeyTask for Verify {
    type Output = VerifyReport;

    fn run<K: Key>(self) -> VerifyReport {
        self.map.cast::<K, Value>().verify()
    }
}

/// What was found. The names and the order of the fields are those of `--json` and must not change.
#[derive(Serialize)]
struct Report {
    /// 1 or 2.
    format: u8,
    /// Whether nothing is wrong.
    ok: bool,
    /// Number of entries read.
    entries: u64,
    /// Number of buckets or pages of the file.
    buckets: u64,
    /// Number of buckets or runs of pages read, without empty ones.
    blocks: u64,
    /// Number of bytes read.
    bytes: u64,
    key_type: String,
    /// Whether keys were decoded and hashed.
    keys_checked: bool,
    /// Why they were not.
    keys_unchecked_reason: Option<String>,
    /// Number of problems found.
    problem_count: u64,
    /// The first of them.
    problems: Vec<ReportedProblem>,
    /// What could not be checked for lack of memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    unverified: Option<ReportedProblem>,
}

/// The report about a file that cannot be opened as a map. The fields are as in [`Report`].
#[derive(Serialize)]
struct Unopened {
    ok: bool,
    problem_count: u64,
    problems: [ReportedProblem; 1],
}

impl Unopened {
    fn of(error: &anyhow::Error) -> Self {
        let message = format!("{error:#}");
        Self {
            ok: false,
            problem_count: 1,
            problems: [ReportedProblem { place: None, message }],
        }
    }
}

#[derive(Serialize)]
struct ReportedProblem {
    /// Index of the bucket, or of the first page of the run, if the problem is in one.
    place: Option<u64>,
    message: String,
}

impl ReportedProblem {
    /// The message with its place, an index of a `block`.
    fn text(&self, block: &str) -> String {
        match self.place {
            Some(place) => format!("{block} {place}: {}", self.message),
            None => self.message.clone(),
        }
    }
}

impl Report {
    fn of(map: Map) -> Self {
        let key_type = map.meta.key_type.clone();
        let buckets = map.meta.bucket_count;
        let checkable = KeyType::of(&map.meta)
            .map_err(anyhow::Error::new)
            .and_then(|key_type| {
                map::check_hash(&map.meta.hash_config)?;
                Ok(key_type)
            });
        let (report, keys_unchecked_reason) = match checkable {
            Ok(known) => (known.run(Verify { map }), None),
            Err(reason) => (map.verify(), Some(format!("{reason:#}"))),
        };
        Self {
            format: match report.format {
                FormatVersion::V1 => 1,
                _ => 2,
            },
            ok: report.is_ok(),
            entries: report.entries,
            buckets,
            blocks: report.blocks,
            bytes: report.bytes,
            key_type,
            keys_checked: report.keys_checked,
            keys_unchecked_reason,
            problem_count: report.problem_count,
            problems: report.problems.into_iter().map(ReportedProblem::from).collect(),
            unverified: report.unverified.map(ReportedProblem::from),
        }
    }

    /// What the file is divided into, in the plural and in the singular.
    fn block_name(&self) -> (&'static str, &'static str) {
        match self.format {
            1 => ("buckets", "bucket"),
            _ => ("pages", "page"),
        }
    }

    fn text(&self, location: &Location) -> String {
        let mut text = String::new();
        let mut line = |name, value: &str| {
            _ = writeln!(text, "{name:<9} {}", Escaped(value));
        };
        let (blocks, block) = self.block_name();
        line("file", &location.to_string());
        line("format", &self.format.to_string());
        line("entries", &self.entries.to_string());
        line(blocks, &self.buckets.to_string());
        line("bytes", &self.bytes.to_string());
        line(
            "keys",
            &match &self.keys_unchecked_reason {
                None => format!("checked as {}", self.key_type),
                Some(reason) => format!("not checked: {reason}"),
            },
        );
        line("problems", &self.problem_count.to_string());
        for problem in &self.problems {
            line("", &problem.text(block));
        }
        let omitted = self.problem_count - self.problems.len() as u64;
        if omitted > 0 {
            line("", &format!("and {omitted} more"));
        }
        if let Some(part) = &self.unverified {
            line("unchecked", &part.text(block));
        }
        line(
            "result",
            match self.ok {
                true => "undamaged",
                false => "DAMAGED",
            },
        );
        text.truncate(text.trim_end().len());
        text
    }
}

impl From<Problem> for ReportedProblem {
    fn from(Problem { place, message, .. }: Problem) -> Self {
        Self { place, message }
    }
}

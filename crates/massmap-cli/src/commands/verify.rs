//! `massmap verify`: whether a file is undamaged.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use massmap::{FormatVersion, Problem, VerifyReport};
use serde::Serialize;
use serde_json::Value;

use crate::output::console;
use crate::output::escape::Sentence;
use crate::types::key::{Key, KeyTask, KeyType};
use crate::{commands, map};

/// Read a whole massmap file and report everything that is wrong with it
///
/// Checks checksums (format 2), counts, order, and that each key lies where it is looked for; the last takes a key type, an
/// integer or a string, and a hash function that this program knows, and the report says if it was left out. The exit code
/// is 1 if anything is wrong, and also, without a report, if there is too little memory to tell.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print the report as JSON
    #[arg(long)]
    json: bool,

    /// massmap file to verify
    #[arg(value_name = "FILE")]
    input: PathBuf,
}

/// Runs the command.
///
/// # Errors
///
/// Fails after the report if anything is wrong. If the file cannot be opened as a map there is no report for a person, and
/// one with the reason for a program. Without memory to check all of a file in which nothing is wrong so far there is none for
/// either: that says nothing about the file.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let name = || args.input.display().to_string();
    let report = match commands::open(&args.input) {
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

/// What is said of a file of which nothing can be said.
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
    map: commands::Map,
}

impl KeyTask for Verify {
    type Output = VerifyReport;

    fn run<K: Key>(self) -> VerifyReport {
        self.map.cast::<K, Value>().verify()
    }
}

/// What was found. Names and order of the fields are what `--json` gives, and stay.
#[derive(Serialize)]
struct Report {
    /// 1 or 2.
    format: u8,
    /// Whether nothing is wrong.
    ok: bool,
    /// How many entries were read.
    entries: u64,
    /// How many buckets or pages the file has.
    buckets: u64,
    /// How many buckets or runs of pages that have entries were read.
    blocks: u64,
    /// How many bytes were read.
    bytes: u64,
    key_type: String,
    /// Whether keys were decoded and hashed.
    keys_checked: bool,
    /// Why not.
    keys_unchecked_reason: Option<String>,
    /// How many problems were found.
    problem_count: u64,
    /// The first of them.
    problems: Vec<Trouble>,
    /// What there was no memory to check, beside the problems.
    #[serde(skip_serializing_if = "Option::is_none")]
    unverified: Option<Trouble>,
}

/// What there is to say of a file that cannot be opened as a map; fields as in [`Report`].
#[derive(Serialize)]
struct Unopened {
    ok: bool,
    problem_count: u64,
    problems: [Trouble; 1],
}

impl Unopened {
    fn of(error: &anyhow::Error) -> Self {
        let message = format!("{error:#}");
        Self {
            ok: false,
            problem_count: 1,
            problems: [Trouble { place: None, message }],
        }
    }
}

#[derive(Serialize)]
struct Trouble {
    /// The bucket, or the first page of the run, if the problem is in one.
    place: Option<u64>,
    message: String,
}

impl Trouble {
    /// With its place, which is a `block`.
    fn text(&self, block: &str) -> String {
        match self.place {
            Some(place) => format!("{block} {place}: {}", self.message),
            None => self.message.clone(),
        }
    }
}

impl Report {
    fn of(map: commands::Map) -> Self {
        let key_type = map.meta.key_type.clone();
        let buckets = map.meta.bucket_count;
        let checkable = KeyType::of(&map.meta).and_then(|key_type| {
            map::check(&map.meta.hash_config)?;
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
            problems: report.problems.into_iter().map(Trouble::from).collect(),
            unverified: report.unverified.map(Trouble::from),
        }
    }

    /// What the file is divided into: many, and one.
    fn block_name(&self) -> (&'static str, &'static str) {
        match self.format {
            1 => ("buckets", "bucket"),
            _ => ("pages", "page"),
        }
    }

    fn text(&self, path: &Path) -> String {
        let mut text = String::new();
        let mut line = |name, value: &str| {
            _ = writeln!(text, "{name:<9} {}", Sentence(value));
        };
        let (blocks, block) = self.block_name();
        line("file", &path.display().to_string());
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
        let untold = self.problem_count - self.problems.len() as u64;
        if untold > 0 {
            line("", &format!("and {untold} more"));
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

impl From<Problem> for Trouble {
    fn from(Problem { place, message, .. }: Problem) -> Self {
        Self { place, message }
    }
}

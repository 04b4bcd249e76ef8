//! Prints the peak memory of builds, measured from another process.
//!
//! ```text
//! cargo build --release -p massmap-cli
//! cargo run --release --manifest-path benches/Cargo.toml --bin build_memory
//! cargo run --release --manifest-path benches/Cargo.toml --bin build_memory -- --entries-divisor 100    # small and quick
//! ```
//!
//! The command line gets entries as CSV through a pipe. For the library, this program runs itself and builds from an iterator that
//! computes the entries. It fails if a build exceeds its limit by 64 MiB. At full scale, it needs 10 GB of disk space.

use std::fmt::{self, Display};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use clap::{Parser, Subcommand, ValueEnum};
use massmap::{FormatVersion, MassMapBuilder};
use massmap_benches::{
    Buckets, Dataset, Integers, Strings, data_directory, target_directory, wait_with_peak,
};

/// Memory that a build may use beyond its limit, in MiB.
const ALLOWANCE: u64 = 64;

fn main() -> io::Result<()> {
    let options = Options::parse();
    if let Some(Internal::Build { case, target }) = &options.internal {
        return case.build(options.memory_limit, options.threads, target);
    }
    println!("| | entries | format | buckets | peak, MiB | allowed, MiB | seconds | file, MB |");
    println!("|---|--:|---|--:|--:|--:|--:|--:|");
    let mut failed = 0;
    for case in Case::all(options.entries_divisor) {
        for subject in [Subject::Library, Subject::Command] {
            if options.only.is_none_or(|only| only == subject) && !options.measure(subject, &case)? {
                failed += 1;
            }
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(io::Error::other(format!(
            "{failed} builds failed or exceeded their limit"
        ))),
    }
}

/// Prints the peak memory of builds.
#[derive(Parser)]
struct Options {
    /// Binary of the command line [default: `release/massmap` in the target directory]
    #[arg(long)]
    massmap: Option<PathBuf>,
    /// Divisor of the numbers of entries, which are 100 and 20 million
    #[arg(long, default_value_t = 1)]
    entries_divisor: u64,
    /// Memory limit in MiB
    #[arg(long, default_value_t = 256)]
    memory_limit: u64,
    /// Number of threads [default: that of the library]
    #[arg(long)]
    threads: Option<usize>,
    /// Measure only one of the two
    #[arg(long)]
    only: Option<Subject>,
    /// Directory for the files, which are removed [default: that of the benches, in the target directory]
    #[arg(long)]
    directory: Option<PathBuf>,
    #[command(subcommand)]
    internal: Option<Internal>,
}

#[derive(Subcommand)]
enum Internal {
    /// Build with the library
    #[command(hide = true)]
    Build {
        #[command(flatten)]
        case: Case,
        target: PathBuf,
    },
}

/// Which program builds.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    Library,
    Command,
}

#[derive(Clone, Copy, ValueEnum)]
enum Entries {
    U64,
    String,
}

/// A build to measure.
#[derive(Clone, Copy, clap::Args)]
struct Case {
    entries: Entries,
    count: u64,
    /// Number of buckets in format 1; 0 for format 2.
    buckets: u64,
}

impl Case {
    fn all(divisor: u64) -> impl Iterator<Item = Self> {
        let kinds = [(Entries::U64, 100_000_000), (Entries::String, 20_000_000)];
        kinds.into_iter().flat_map(move |(entries, count)| {
            let count = (count / divisor).max(1);
            let buckets = Buckets::OfEntries(16).count::<Integers>(count);
            [0, buckets, 10 * buckets].map(|buckets| Self {
                entries,
                count,
                buckets,
            })
        })
    }

    /// Builds it in this process.
    fn build(&self, memory_limit: u64, threads: Option<usize>, target: &Path) -> io::Result<()> {
        let limit = usize::try_from(memory_limit << 20).map_err(io::Error::other)?;
        let builder = MassMapBuilder::default()
            .with_memory_limit(limit)
            .with_threads(threads.unwrap_or(0));
        let builder = match self.buckets {
            0 => builder.with_format(FormatVersion::V2),
            buckets => builder.with_bucket_count(buckets),
        };
        match self.entries {
            Entries::U64 => builder.build_to_path(target, entries::<Integers>(self.count)),
            Entries::String => builder.build_to_path(target, entries::<Strings>(self.count)),
        }
        .map(drop)
    }

    fn write_csv(&self, target: impl Write) -> io::Result<()> {
        match self.entries {
            Entries::U64 => write_csv::<Integers>(self.count, target),
            Entries::String => write_csv::<Strings>(self.count, target),
        }
    }
}

impl Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, buckets, .. } = self;
        let name = match self.entries {
            Entries::U64 => "u64 → u64",
            Entries::String => "21 B → 100 B",
        };
        match buckets {
            0 => write!(f, "{count} {name} | v2 | "),
            _ => write!(f, "{count} {name} | v1 | {buckets}"),
        }
    }
}

fn entries<D: Dataset>(count: u64) -> impl Iterator<Item = (D::Key, D::Value)> {
    (0..count).map(|ordinal| (D::key(ordinal), D::value(ordinal)))
}

/// Writes entries as CSV. None of them needs quotes.
fn write_csv<D: Dataset<Key: Display, Value: Display>>(count: u64, target: impl Write) -> io::Result<()> {
    let mut target = BufWriter::with_capacity(1 << 20, target);
    entries::<D>(count).try_for_each(|(key, value)| writeln!(target, "{key},{value}"))?;
    target.flush()
}

impl Options {
    /// Measures and prints a build. Returns whether it met its limit.
    fn measure(&self, subject: Subject, case: &Case) -> io::Result<bool> {
        let directory = match &self.directory {
            Some(directory) => directory.clone(),
            None => data_directory()?,
        };
        let target = directory.join(format!("build-memory-{}.incomplete", std::process::id()));
        let start = Instant::now();
        let mut child = match subject {
            Subject::Library => self.start_library(case, &target)?,
            Subject::Command => self.start_command(case, &target)?,
        };
        let (status, peak) = thread::scope(|scope| {
            if let Some(stdin) = child.stdin.take() {
                // A failing child closes the pipe. Its own error is reported.
                scope.spawn(move || case.write_csv(stdin));
            }
            wait_with_peak(&mut child)
        })?;
        let seconds = start.elapsed().as_secs_f64();
        let length = match status.success() {
            true => fs::metadata(&target)?.len(),
            false => 0,
        };
        if status.success() {
            fs::remove_file(&target)?;
        }

        let name = match subject {
            Subject::Library => "library",
            Subject::Command => "command line",
        };
        let allowed = self.memory_limit + ALLOWANCE;
        let peak = peak as f64 / (1 << 20) as f64;
        let outcome = if status.success() {
            String::new()
        } else {
            format!(" ({status})")
        };
        println!(
            "| {name}{outcome} | {case} | {peak:.1} | {allowed} | {seconds:.1} | {:.0} |",
            length as f64 / 1e6
        );
        Ok(status.success() && peak <= allowed as f64)
    }

    fn start_library(&self, case: &Case, target: &Path) -> io::Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--memory-limit").arg(self.memory_limit.to_string());
        if let Some(threads) = self.threads {
            command.arg("--threads").arg(threads.to_string());
        }
        let entries = case.entries.to_possible_value();
        let entries = entries.as_ref().map_or("", |value| value.get_name());
        command
            .args(["build", entries])
            .args([case.count, case.buckets].map(|number| number.to_string()))
            .arg(target)
            .spawn()
    }

    fn start_command(&self, case: &Case, target: &Path) -> io::Result<Child> {
        let massmap = match &self.massmap {
            Some(path) => path.clone(),
            None => target_directory().join("release/massmap"),
        };
        let type_name = match case.entries {
            Entries::U64 => "u64",
            Entries::String => "string",
        };
        let mut command = Command::new(&massmap);
        command
            .args(["build", "--input", "-", "--input-format", "csv", "--no-header"])
            .args(["--key-type", type_name, "--value-type", type_name])
            .arg(format!("--memory-limit={}MiB", self.memory_limit));
        match case.buckets {
            0 => command.args(["--format", "v2"]),
            buckets => command.args(["--format", "v1", "--bucket-count", &buckets.to_string()]),
        };
        if let Some(threads) = self.threads {
            command.arg("--threads").arg(threads.to_string());
        }
        let child = command
            .arg("--output")
            .arg(target)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        child.map_err(|error| {
            let path = massmap.display();
            io::Error::new(
                error.kind(),
                format!("cannot run {path}; build massmap-cli or set --massmap: {error}"),
            )
        })
    }
}

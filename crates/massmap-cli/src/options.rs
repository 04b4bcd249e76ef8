//! Options that several commands have, and what they say if an option makes no sense.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{CommandFactory, ValueEnum};
use massmap::{
    DuplicateKeys, FormatVersion, MassMapBuilder, MassMapDefaultHashLoader, MassMapHashConfig,
    MassMapHashLoader, MassMapMerger, Xxh3HashLoader,
};
use massmap_format::{MAX_PAGE_SIZE, MIN_PAGE_SIZE};

use crate::Cli;

/// A file format.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Aligned pages with checksums and a small index
    V2,
    /// Buckets, as massmap 0.1.5 reads and writes them
    V1,
}

impl From<Format> for FormatVersion {
    fn from(format: Format) -> Self {
        match format {
            Format::V1 => Self::V1,
            Format::V2 => Self::V2,
        }
    }
}

/// A hash function.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashName {
    /// The same on every platform, in every version and language
    Xxh3,
    /// The only one that massmap 0.1.5 has
    Foldhash,
}

impl HashName {
    pub(crate) fn config(self) -> MassMapHashConfig {
        match self {
            Self::Xxh3 => Xxh3HashLoader::default_config(),
            Self::Foldhash => MassMapDefaultHashLoader::default_config(),
        }
    }
}

/// What becomes of entries with equal keys.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// Refuse them
    Error,
    /// Keep all; lookups return the first value
    KeepAll,
    /// Keep the first
    First,
    /// Keep the last
    Last,
}

impl From<Duplicates> for DuplicateKeys {
    fn from(duplicates: Duplicates) -> Self {
        match duplicates {
            Duplicates::Error => Self::Error,
            Duplicates::KeepAll => Self::KeepAll,
            Duplicates::First => Self::First,
            Duplicates::Last => Self::Last,
        }
    }
}

/// Options for the resources that a command takes.
#[derive(clap::Args)]
pub(crate) struct Resources {
    /// How much memory the entries may take before they go to temporary files, as in 256MiB [default: 512MiB]
    #[arg(long, value_name = "SIZE", value_parser = memory_size)]
    memory_limit: Option<usize>,

    /// Directory for these temporary files [default: that of the output]
    #[arg(long, value_name = "DIRECTORY")]
    spill_dir: Option<PathBuf>,

    /// How many threads to use; the output is the same with any number [default: as many as there are processors]
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,
}

impl Resources {
    /// Sets what was given.
    pub(crate) fn of_builder<H: MassMapHashLoader>(
        &self,
        mut builder: MassMapBuilder<H>,
    ) -> MassMapBuilder<H> {
        if let Some(limit) = self.memory_limit {
            builder = builder.with_memory_limit(limit);
        }
        if let Some(directory) = &self.spill_dir {
            builder = builder.with_spill_dir(directory);
        }
        if let Some(threads) = self.threads {
            builder = builder.with_threads(threads.get());
        }
        builder
    }

    /// Sets what was given.
    pub(crate) fn of_merger(&self, mut merger: MassMapMerger) -> MassMapMerger {
        if let Some(limit) = self.memory_limit {
            merger = merger.with_memory_limit(limit);
        }
        if let Some(directory) = &self.spill_dir {
            merger = merger.with_spill_dir(directory);
        }
        if let Some(threads) = self.threads {
            merger = merger.with_threads(threads.get());
        }
        merger
    }
}

/// Parses the size of a page.
pub(crate) fn page_size(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|size: &u32| size.is_power_of_two() && (MIN_PAGE_SIZE..=MAX_PAGE_SIZE).contains(size))
        .ok_or_else(|| format!("not a power of two from {MIN_PAGE_SIZE} to {MAX_PAGE_SIZE}"))
}

/// Parses the path of an output: no name for standard output or another stream that is open.
pub(crate) fn output() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match is_stream(&path) {
        true => Err(format!(
            "a map is a file that appears when it is complete, and cannot go to a stream; give a path{}",
            match path.as_os_str() == "-" {
                true => ", ./- for a file of this name",
                false => "",
            }
        )),
        false => Ok(path),
    })
}

fn is_stream(path: &Path) -> bool {
    let names = ["-", "/dev/stdout", "/dev/stderr", "/dev/stdin"];
    let directories = ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"];
    names.iter().any(|name| path == Path::new(name))
        || directories
            .iter()
            .any(|directory| path.parent() == Some(Path::new(directory)))
}

/// Parses `NAME=VALUE`.
pub(crate) fn note(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) => Err("the name is empty".to_owned()),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("there is no '=' between name and value".to_owned()),
    }
}

/// Parses a number of bytes: `100`, `64KiB`, `1MB`. K, M and G stand for KiB, MiB and GiB.
pub(crate) fn byte_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit: u64 = match text.get(digits.len()..).unwrap_or_default() {
        "" => 1,
        "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        unit => {
            return Err(format!(
                "{unit:?} is no unit; there are KiB, MiB and GiB, for short K, M and G, and KB, MB and GB"
            ));
        }
    };
    let count: u64 = digits.parse().map_err(|_| "not a number of bytes".to_owned())?;
    count.checked_mul(unit).ok_or_else(|| "too many bytes".to_owned())
}

/// Parses a number of bytes that are to be in memory.
pub(crate) fn memory_size(text: &str) -> Result<usize, String> {
    usize::try_from(byte_size(text)?).map_err(|_| "too many bytes".to_owned())
}

/// Parses a number of bytes that a record may take.
pub(crate) fn record_size(text: &str) -> Result<u64, String> {
    match byte_size(text)? {
        0 => Err("a record needs at least a byte".to_owned()),
        size => Ok(size),
    }
}

/// Parses a number of bytes that are to be in a bucket.
pub(crate) fn bucket_bytes(text: &str) -> Result<u32, String> {
    match u32::try_from(byte_size(text)?) {
        Ok(0) => Err("a bucket needs at least a byte".to_owned()),
        Ok(size) => Ok(size),
        Err(_) => Err(format!("a bucket has at most {} bytes", u32::MAX)),
    }
}

/// Parses `INDEX/COUNT`, where the index counts from 0.
pub(crate) fn shard(text: &str) -> Result<(u32, u32), String> {
    let (index, count) = text
        .split_once('/')
        .ok_or_else(|| "there is no '/' between index and count".to_owned())?;
    let number = |text: &str| {
        text.parse()
            .map_err(|_| format!("{text:?} is no number up to {}", u32::MAX))
    };
    match (number(index)?, number(count)?) {
        (_, 0) => Err("there are no shards".to_owned()),
        (index, count) if index < count => Ok((index, count)),
        (_, count) => Err(format!("the shards are 0/{count} to {}/{count}", count - 1)),
    }
}

/// Fails, as for arguments that make no sense, if any of `options` was given, each with its name: the file that `command`
/// is to write has the other format.
pub(crate) fn refuse<'a>(
    command: &str,
    other: Format,
    options: impl IntoIterator<Item = (&'a str, bool)>,
) -> anyhow::Result<()> {
    let Some((option, _)) = options.into_iter().find(|(_, given)| *given) else {
        return Ok(());
    };
    let (has, lacks) = match other {
        Format::V1 => ("v2", "v1"),
        Format::V2 => ("v1", "v2"),
    };
    Err(misuse(
        command,
        &format!("{option} needs --format {has}; the file would be of format {lacks}"),
    ))
}

/// An error of arguments that make no sense, which ends the program with exit code 2.
pub(crate) fn misuse(command: &str, message: &str) -> anyhow::Error {
    let mut cli = Cli::command();
    // Gives the commands their full names.
    cli.build();
    match cli.find_subcommand_mut(command) {
        Some(command) => command.error(ErrorKind::ArgumentConflict, message).into(),
        None => cli.error(ErrorKind::ArgumentConflict, message).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes_are_powers_of_two_within_the_limits_of_the_format() {
        for (text, size) in [("512", 512), ("4096", 4096), ("1048576", 1 << 20)] {
            assert_eq!(page_size(text), Ok(size));
        }
        for text in [
            "",
            "0",
            "256",
            "511",
            "1000",
            "2097152",
            "4294967296",
            "-512",
            "4KiB",
        ] {
            assert!(page_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_of_bytes_may_have_a_unit() {
        for (text, bytes) in [
            ("0", 0),
            ("100", 100),
            ("1K", 1 << 10),
            ("2KiB", 2 << 10),
            ("3M", 3 << 20),
            ("256MiB", 256 << 20),
            ("1G", 1 << 30),
            ("17179869183GiB", 17_179_869_183 << 30),
            ("5KB", 5_000),
            ("5MB", 5_000_000),
            ("5GB", 5_000_000_000),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(byte_size(text), Ok(bytes), "{text}");
        }
        for (text, problem) in [
            ("", "not a number of bytes"),
            ("MiB", "not a number of bytes"),
            ("-1", "not a number of bytes"),
            ("1.5G", "not a number of bytes"),
            ("1 M", r#"" M" is no unit"#),
            ("1m", r#""m" is no unit"#),
            ("1TiB", r#""TiB" is no unit"#),
            ("1é", r#""é" is no unit"#),
            ("18446744073709551616", "not a number of bytes"),
            ("17179869184GiB", "too many bytes"),
        ] {
            let message = byte_size(text).unwrap_err();
            assert!(message.starts_with(problem), "{text}: {message}");
        }
        assert_eq!(
            bucket_bytes("4GiB"),
            Err("a bucket has at most 4294967295 bytes".to_owned())
        );
        assert!(bucket_bytes("0").is_err());
        assert_eq!(bucket_bytes("4K"), Ok(4096));
    }

    #[test]
    fn a_shard_is_an_index_below_a_count() {
        assert_eq!(shard("0/1"), Ok((0, 1)));
        assert_eq!(shard("15/16"), Ok((15, 16)));
        assert_eq!(shard("4294967294/4294967295"), Ok((u32::MAX - 1, u32::MAX)));
        for (text, problem) in [
            ("16/16", "the shards are 0/16 to 15/16"),
            ("0/0", "there are no shards"),
            ("3", "there is no '/' between index and count"),
            ("/3", r#""" is no number up to 4294967295"#),
            ("1/4294967296", r#""4294967296" is no number up to 4294967295"#),
            ("-1/3", r#""-1" is no number up to 4294967295"#),
            ("1/3/5", r#""3/5" is no number up to 4294967295"#),
        ] {
            assert_eq!(shard(text), Err(problem.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_note_is_split_at_the_first_equals_sign() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(note("a=b"), pair("a", "b"));
        assert_eq!(note("a=b=c"), pair("a", "b=c"));
        assert_eq!(note("a="), pair("a", ""));
        assert!(note("a").is_err());
        assert!(note("=b").is_err());
        assert!(note("").is_err());
    }
}

//! Options that several commands have, and what they say if an option makes no sense.

use clap::error::ErrorKind;
use clap::{CommandFactory, ValueEnum};
use massmap::{
    DuplicateKeys, FormatVersion, MassMapDefaultHashLoader, MassMapHashConfig, MassMapHashLoader,
    Xxh3HashLoader,
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

/// Parses the size of a page.
pub(crate) fn page_size(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|size: &u32| size.is_power_of_two() && (MIN_PAGE_SIZE..=MAX_PAGE_SIZE).contains(size))
        .ok_or_else(|| format!("not a power of two from {MIN_PAGE_SIZE} to {MAX_PAGE_SIZE}"))
}

/// Parses `NAME=VALUE`.
pub(crate) fn note(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) => Err("the name is empty".to_owned()),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("there is no '=' between name and value".to_owned()),
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

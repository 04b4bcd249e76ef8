//! Reads the entries of a file and writes them somewhere.

use std::io;
use std::path::Path;

use anyhow::{Context, anyhow, ensure};
use massmap_data::{ExportError, Location};

use crate::map::{self, Map};
use crate::output::progress::Progress;
use crate::output::shown::Shown;
use crate::output::target::{Target, Unread};

/// Why entries cannot be written.
pub(super) enum Failure {
    /// They cannot be read, or the format cannot hold them.
    Input(anyhow::Error),
    /// Nothing can be written.
    Output(io::Error),
    /// They cannot be sorted.
    Sorting(io::Error),
}

impl From<io::Error> for Failure {
    /// The error of a sorter.
    fn from(error: io::Error) -> Self {
        Self::Sorting(error)
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Write(error) => Self::Output(error),
            refused => Self::Input(refused.into()),
        }
    }
}

/// Opens the file at `input`, and calls `write` with it, with `output`, which is standard output unless it is a path other than `-`, and with
/// a progress bar.
///
/// # Errors
///
/// Fails if the file cannot be opened, and if `write` fails. A file at `output` is left as it was then.
pub(super) fn write_to(
    output: Option<&Path>,
    input: &Location,
    write: impl FnOnce(&Map, Shown<&mut Target>, &Progress) -> Result<(), Failure>,
) -> anyhow::Result<()> {
    let map = map::open(input).with_context(|| input.to_string())?;
    let mut target = Target::of_option(output)?;
    let is_terminal = target.is_terminal();
    let progress = match is_terminal {
        // It would be drawn among the entries.
        true => Progress::hidden(),
        false => Progress::new(),
    };
    let written = write(&map, Shown::new(&mut target, is_terminal), &progress);
    progress.clear();
    let finished = match written {
        Ok(()) => target.finish(),
        Err(Failure::Input(error)) => Err(error.context(input.to_string())),
        Err(Failure::Output(error)) => Err(target.failed(error)),
        Err(Failure::Sorting(error)) => {
            Err(anyhow::Error::new(error).context("the entries cannot be sorted"))
        }
    };
    match finished {
        Err(error) if error.is::<Unread>() => Ok(()),
        finished => finished,
    }
}

/// An error of reading the file.
pub(super) fn unreadable(error: io::Error) -> Failure {
    Failure::Input(match error.kind() {
        io::ErrorKind::InvalidData => anyhow!(
            "{:#}; massmap verify finds all damage",
            anyhow::Error::from(error)
        ),
        _ => error.into(),
    })
}

/// Calls `f` with key and value of each entry of `map`, as MessagePack and in the order of the file, and with the number of entries
/// and of bytes up to that one.
///
/// # Errors
///
/// Those of the reader, damage, and those of `f`.
pub(super) fn for_each(
    map: &Map,
    mut f: impl FnMut(&[u8], &[u8], u64, u64) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (mut entries, mut bytes) = (0, 0);
    for block in map.raw_blocks() {
        let block = block.map_err(unreadable)?;
        for entry in block.iter() {
            entries += 1;
            bytes += (entry.key.len() + entry.value.len()) as u64;
            f(entry.key, entry.value, entries, bytes)?;
        }
    }
    check_count(map, entries).map_err(Failure::Input)
}

/// Fails if a file has another number of entries than its header says.
fn check_count(map: &Map, found: u64) -> anyhow::Result<()> {
    let expected = map.index().entry_count();
    ensure!(
        found == expected,
        "it has {found} entries, but its header says {expected}; massmap verify finds all damage"
    );
    Ok(())
}

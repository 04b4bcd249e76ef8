//! The commands, one a file: their arguments and what they do with them.

pub(crate) mod build;
pub(crate) mod convert;
pub(crate) mod get;
pub(crate) mod info;
pub(crate) mod merge;
pub(crate) mod verify;

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::Context;
use massmap::{AtomicFile, IoError, MassMapInner, WriteError};

use crate::map::{self, TolerantHashLoader};
use crate::output::console;

/// Bytes that are collected, or copied at a time, unless `--buffer-size` says otherwise.
const DEFAULT_BUFFER_SIZE: usize = 16 << 20;

/// Buckets of a file of format 1, unless something says otherwise.
const DEFAULT_BUCKET_COUNT: u64 = 1 << 16;

/// An opened map whose types are not known yet.
pub(crate) type Map = MassMapInner<File, TolerantHashLoader>;

/// Opens a massmap file, whatever its format, its types and its hash function.
pub(crate) fn open(path: &Path) -> anyhow::Result<Map> {
    let file = File::open(path).context("cannot open the file")?;
    map::open(file).context("cannot read it as a massmap file")
}

/// Creates the file for `output`, before any input is read, since that can take long. Warns of what it cannot have of the file
/// that it replaces.
fn create(output: &Path) -> io::Result<AtomicFile> {
    let file = AtomicFile::create(output)?;
    for lost in file.not_kept() {
        console::warning(&format!("{}: {lost}", output.display()));
    }
    Ok(file)
}

/// An error that came up while `output` was written.
fn cannot_write(error: io::Error, output: &Path) -> anyhow::Error {
    match names_output(&error) {
        true => error.into(),
        false => anyhow::Error::from(error).context(format!("cannot write {}", output.display())),
    }
}

/// The key, encoded, that several entries have, if that is what `error` is about.
fn repeated_key(error: &io::Error) -> Option<&[u8]> {
    match error.get_ref()?.downcast_ref() {
        Some(WriteError::DuplicateKey { encoded, .. }) => Some(encoded),
        _ => None,
    }
}

/// Whether `error`, or what is behind it, says which file cannot be written.
fn names_output(error: &io::Error) -> bool {
    let Some(payload) = error.get_ref() else {
        return false;
    };
    match payload.downcast_ref() {
        Some(
            IoError::IsDirectory { .. }
            | IoError::NotRegular { .. }
            | IoError::NamesNoFile { .. }
            | IoError::TooManyLinks { .. }
            | IoError::ForeignLink { .. }
            | IoError::ForeignFile { .. }
            | IoError::WouldWiden { .. }
            | IoError::Unwritable { .. }
            | IoError::Publish { .. },
        ) => true,
        _ => payload
            .source()
            .and_then(|source| source.downcast_ref())
            .is_some_and(names_output),
    }
}

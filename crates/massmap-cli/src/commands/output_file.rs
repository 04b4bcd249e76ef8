//! The output file of a command, and errors of writing it.

use std::io;
use std::path::Path;

use massmap::{AtomicFile, IoError, WriteError};

use crate::output::console;

/// Creates the output file. Called before any input is read, since reading can take long.
///
/// Warns about attributes of the replaced file that the new one cannot have.
pub(super) fn create(output: &Path) -> io::Result<AtomicFile> {
    let file = AtomicFile::create(output)?;
    for lost in file.not_kept() {
        console::warning(&format!("{}: {lost}", output.display()));
    }
    Ok(file)
}

/// An error of writing `output`.
pub(super) fn write_error(error: io::Error, output: &Path) -> anyhow::Error {
    match names_file(&error) {
        true => error.into(),
        false => anyhow::Error::from(error).context(format!("cannot write {}", output.display())),
    }
}

/// The encoded key that several entries have, if `error` is about that.
pub(super) fn duplicate_key(error: &io::Error) -> Option<&[u8]> {
    match error.get_ref()?.downcast_ref() {
        Some(WriteError::DuplicateKey { encoded, .. }) => Some(encoded),
        _ => None,
    }
}

/// Whether `error` or one of its causes names the file that cannot be written.
fn names_file(error: &io::Error) -> bool {
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
            .is_some_and(names_file),
    }
}

//! The output file of a command, and errors of writing it.

#[cfg(feature = "object-store")]
mod object;

use std::io;

use massmap::{AtomicFile, IoError, WriteError};

use crate::options::parse;
use crate::output::{console, interrupt};
use massmap_data::Location;
#[cfg(feature = "object-store")]
use object::Object;

/// Where to write.
#[derive(clap::Args)]
pub(crate) struct OutputArgs {
    /// massmap file to create or replace: a path, or a URL such as s3://BUCKET/PATH
    #[arg(short, long, value_name = "FILE", value_parser = parse::output())]
    output: Location,

    /// Send an output at a URL in parts of this size, from 5MiB to 4000MiB; some stores demand parts of one size [default: 8MiB, and
    /// more after 8GiB]
    #[cfg(feature = "object-store")]
    #[arg(long, value_name = "SIZE", value_parser = parse::part_size)]
    part_size: Option<u64>,
}

/// A file or an object that is being written. It appears once it is complete.
pub(super) enum OutputFile {
    File(Box<AtomicFile>),
    #[cfg(feature = "object-store")]
    Object(Object),
}

impl OutputArgs {
    pub(super) fn location(&self) -> &Location {
        &self.output
    }

    /// Creates the output file. Called before any input is read, since reading can take long.
    ///
    /// Warns about attributes of the replaced file that the new one cannot have.
    pub(super) fn create(&self) -> anyhow::Result<OutputFile> {
        let path = match &self.output {
            Location::Path(path) => path,
            #[cfg(feature = "object-store")]
            Location::Url(url) => return Ok(OutputFile::Object(Object::create(url, self.part_size)?)),
            #[cfg(not(feature = "object-store"))]
            Location::Url(_) => anyhow::bail!("{}: {}", self.output, massmap_data::WITHOUT_URLS),
        };
        let file = interrupt::atomic_file(path)?;
        for lost in file.not_kept() {
            console::warning(&format!("{}: {lost}", self.output));
        }
        Ok(OutputFile::File(Box::new(file)))
    }

    /// An error of writing the file.
    pub(super) fn write_error(&self, error: io::Error) -> anyhow::Error {
        match names_file(&error) {
            true => error.into(),
            false => anyhow::Error::from(error).context(format!("cannot write {}", self.output)),
        }
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
    #[cfg(feature = "object-store")]
    if payload.is::<massmap_async::RemoteError>() {
        return true;
    }
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

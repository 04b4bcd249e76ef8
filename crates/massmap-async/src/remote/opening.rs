//! Opening a file through a reader.

use std::io;

use bytes::Bytes;
use massmap_core::{Extent, Opened, Opening, Request, Step};
use massmap_format::FormatVersion;

use crate::error::RemoteError;
use crate::options::AsyncOpenOptions;
use crate::reader::AsyncReader;
use crate::reader::version_tag::VersionTag;

/// What opening a file has read.
pub(crate) struct OpenedFile {
    pub(crate) opened: Opened,
    pub(crate) version: VersionTag,
    pub(crate) suffix: ReadSuffix,
}

/// The end of a file, as it was read.
pub(crate) struct ReadSuffix {
    /// Where it begins in the file.
    offset: u64,
    bytes: Bytes,
}

impl ReadSuffix {
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes of `extent`, if they are within.
    pub(crate) fn get(&self, extent: &Extent) -> Option<&[u8]> {
        extent.bytes_in(&self.bytes, self.offset)
    }
}

/// Reads and validates a file's header, metadata and index.
pub(crate) async fn open<R: AsyncReader>(reader: &R, options: &AsyncOpenOptions) -> io::Result<OpenedFile> {
    let suffix = reader.read_suffix(options.suffix_length).await?;
    // What holds as much as it states is read at once.
    let longest_read = reader.stored_length().unwrap_or(u64::MAX);
    let mut opening = Opening::with_suffix(options.suffix_length).with_longest_read(longest_read);
    if options.index_in_parts {
        opening = opening.with_index_in_parts();
    }
    let mut opened = loop {
        match opening.step()? {
            Step::Done(opened) => break opened,
            Step::Read(Request::Suffix { .. }) => {
                opening.supply_suffix(suffix.bytes.clone(), suffix.file_length)?;
            }
            Step::Read(Request::Range { offset, length }) => {
                let bytes = reader.read(offset..offset.saturating_add(length)).await?;
                opening.supply(bytes)?;
            }
            Step::Read(request) => unreachable!("{request:?} is not asked for"),
        }
    };
    let mut policy = options.policy;
    if !suffix.version.is_strong() {
        if opened.index.format() == FormatVersion::V1 && !options.allows_unknown_version {
            let location = reader.location().to_owned();
            return Err(RemoteError::UnknownVersion { location }.into());
        }
        policy = massmap_core::ChecksumPolicy::EveryRead;
    }
    opened.index.set_checksum_policy(policy);
    Ok(OpenedFile {
        opened,
        version: suffix.version,
        suffix: ReadSuffix {
            offset: suffix.file_length - suffix.bytes.len() as u64,
            bytes: suffix.bytes,
        },
    })
}

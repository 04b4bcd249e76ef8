//! What tells a file from another one that takes its place.

use std::fs;
use std::time::UNIX_EPOCH;

use massmap::UntypedMap;
use massmap::format::FileIdMixer;
use massmap_data::Location;

use super::info::number;
use super::reader::Reader;

/// The id of the file of `map`, which is at `location`: equal ids mean the same content.
///
/// Of format 2, it is made of the header, which has a digest of the entries and checksums of all else; so copies on other machines have
/// the same one. Format 1 has neither: there, it is made of length, time of change and what the header says; at a URL, of what
/// its store says of the version.
pub(super) fn file_id(map: &UntypedMap<Reader>, location: &Location) -> String {
    let inner = map.as_inner();
    let mixed = match (inner.paged_header(), inner.reader.remote()) {
        (Some(header), _) => FileIdMixer::new(header.entries_digest).with_bytes(&header.encode()),
        (None, Some(source)) => FileIdMixer::new(map.len()).with_bytes(source.version().as_str().as_bytes()),
        (None, None) => {
            let metadata = location.path().and_then(|path| fs::metadata(path).ok());
            let length = metadata.as_ref().map_or(0, fs::Metadata::len);
            let changed = metadata
                .and_then(|metadata| metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok())
                .unwrap_or_default();
            FileIdMixer::new(map.len())
                .with(inner.header.meta_offset)
                .with(inner.header.meta_length)
                .with(length)
                .with(changed.as_secs())
                .with(changed.subsec_nanos().into())
        }
    };
    let format = number(inner.format());
    format!("{format}-{:016x}", mixed.finish())
}

//! Opening maps at URLs.

use massmap::{ChecksumPolicy, OpenOptions, UntypedMap};

use super::reader::source::RemoteSource;
use super::settings::RemoteSettings;
use crate::map::reader::{Reader, Source};

/// Opens the map at `url`.
///
/// # Errors
///
/// Those of the options and of the store.
pub(crate) fn open(
    url: &str,
    options: OpenOptions,
    settings: &RemoteSettings,
) -> massmap::Result<UntypedMap<Reader>> {
    let source = RemoteSource::open(url, settings)?;
    let options = match source.version().is_strong() {
        true => options,
        // Pages of another version are told by their checksums only.
        false => options.checksum_policy(ChecksumPolicy::EveryRead),
    };
    options.open_untyped_reader(Reader::from(Source::Remote(Box::new(source))))
}

//! Opening maps at URLs.

use std::io::Result;
use std::sync::Arc;

use massmap::remote::{AsyncOpenOptions, AsyncUntypedMap, BlockingReader, VersionTag};
use massmap::{ChecksumPolicy, OpenOptions, UntypedMap};

use super::process::per_process::PerProcess;
use super::process::runtime;
use super::reader::RemoteReader;
use super::settings::RemoteSettings;
use super::wait::check_signals;
use crate::map::opened::Opened;
use crate::map::reader::{Reader, Source};

/// An object as a source of maps.
#[derive(Debug)]
pub(crate) struct RemoteSource {
    pub(crate) blocking: BlockingReader<RemoteReader>,
    asynchronous: PerProcess<Arc<AsyncUntypedMap<RemoteReader>>>,
}

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
    let blocking = settings
        .blocking_options()
        .runtime_of_process(runtime::handle)
        .interrupted_by(check_signals)
        .open(RemoteReader::new(url, settings)?)?;
    let options = match blocking.version().is_strong() {
        true => options,
        // Pages of another version are told by their checksums only.
        false => options.checksum_policy(ChecksumPolicy::EveryRead),
    };
    let source = RemoteSource {
        blocking,
        asynchronous: PerProcess::new(),
    };
    options.open_untyped_reader(Reader::from(Source::Remote(Box::new(source))))
}

impl RemoteSource {
    /// The version of the object.
    pub(crate) fn version(&self) -> &VersionTag {
        self.blocking.version()
    }

    /// The map of `opened`, which has this source, to be awaited in this process. It shares its index.
    pub(crate) fn asynchronous(&self, opened: &Opened) -> Result<Arc<AsyncUntypedMap<RemoteReader>>> {
        let asynchronous = self.asynchronous.current(|_| {
            let reader = self.blocking.get_ref().clone();
            reader.connect()?;
            Ok(Arc::new(AsyncUntypedMap::from_inner(
                opened.map.as_inner().clone().with_reader(reader),
                self.version().clone(),
                &async_options(&opened.settings.remote),
            )))
        })?;
        Ok(Arc::clone(asynchronous))
    }
}

fn async_options(settings: &RemoteSettings) -> AsyncOpenOptions {
    match settings.requests_in_flight {
        Some(requests) => AsyncOpenOptions::new().requests_in_flight(requests),
        None => AsyncOpenOptions::new(),
    }
}

//! Objects as sources of maps.

use std::io::Result;
use std::sync::Arc;

use massmap::remote::{AsyncOpenOptions, AsyncUntypedMap, BlockingReader, VersionTag};
use massmap::{MassMapInner, TolerantHashLoader};

use crate::remote::process::per_process::PerProcess;
use crate::remote::process::runtime;
use crate::remote::reader::RemoteReader;
use crate::remote::settings::RemoteSettings;
use crate::remote::wait::check_signals;

/// An object that lookups read, those that wait and those that are awaited.
#[derive(Debug)]
pub(crate) struct RemoteSource {
    pub(crate) blocking: BlockingReader<RemoteReader>,
    asynchronous: PerProcess<Arc<AsyncUntypedMap<RemoteReader>>>,
}

impl RemoteSource {
    /// Opens the object at `url`: reads its end.
    pub(crate) fn open(url: &str, settings: &RemoteSettings) -> Result<Self> {
        let options = settings
            .blocking_options()
            .runtime_of_process(runtime::handle)
            .interrupted_by(check_signals);
        Ok(Self {
            blocking: options.open(RemoteReader::new(url, settings)?)?,
            asynchronous: PerProcess::new(),
        })
    }

    /// The version of the object.
    pub(crate) fn version(&self) -> &VersionTag {
        self.blocking.version()
    }

    /// The map that was opened from this source as `map`, to be awaited in this process. It shares its index.
    pub(crate) fn asynchronous<R: Clone>(
        &self,
        map: &MassMapInner<R, TolerantHashLoader>,
        settings: &RemoteSettings,
    ) -> Result<Arc<AsyncUntypedMap<RemoteReader>>> {
        let asynchronous = self.asynchronous.current(|_| {
            let reader = self.blocking.get_ref().clone();
            reader.connect()?;
            Ok(Arc::new(AsyncUntypedMap::from_inner(
                map.clone().with_reader(reader),
                self.version().clone(),
                &async_options(settings),
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

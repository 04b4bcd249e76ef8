//! What the parts of a run share.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use massmap_async::{AsyncOpenOptions, AsyncReader, ObjectReader};
use tokio::runtime::{self, Runtime};

use crate::data::{Entries, Map};
use crate::options::Scale;
use crate::server::Server;

/// The path of the map that most parts read.
pub(crate) const MAP: &str = "map";
/// The same with a miss filter.
pub(crate) const WITH_FILTER: &str = "map-with-filter";
/// A map of few entries.
pub(crate) const SMALL: &str = "small-map";

/// The server with its maps, and a runtime for clients.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) scale: Scale,
    pub(crate) server: Server,
    pub(crate) runtime: Runtime,
    pub(crate) entries: Entries,
    /// The map at [`MAP`].
    pub(crate) map: Bytes,
}

impl Context {
    pub(crate) fn new(scale: Scale) -> anyhow::Result<Self> {
        let server = Server::start()?;
        let entries = Entries::new(scale.entries);
        let map = entries.build(4096, false)?;
        server.put(MAP, map.clone());
        server.put(WITH_FILTER, entries.build(4096, true)?);
        server.put(SMALL, Entries::new(scale.few_entries).build(4096, false)?);
        Ok(Self {
            scale,
            server,
            runtime: runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?,
            entries,
            map,
        })
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A map of the server, opened without delays.
    pub(crate) fn open(&self, path: &str) -> anyhow::Result<Arc<Map<ObjectReader>>> {
        self.open_with(self.server.reader(path), &AsyncOpenOptions::new())
    }

    /// The same through a reader that is around another one.
    pub(crate) fn open_with<R: AsyncReader>(
        &self,
        reader: R,
        options: &AsyncOpenOptions,
    ) -> anyhow::Result<Arc<Map<R>>> {
        self.server.set_fast();
        let map = self.run(Map::open_with(reader, options))?;
        self.server.set_even();
        Ok(Arc::new(map))
    }
}

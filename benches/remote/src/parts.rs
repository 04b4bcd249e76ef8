//! The parts of a run.

mod batches;
mod caching;
mod hedging;
mod local;
mod lookups;
mod opening;
mod others;
mod page_sizes;

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use massmap_async::{AsyncOpenOptions, AsyncReader, ObjectReader};
use tokio::runtime::{self, Runtime};

use crate::data::{Entries, Map};
use crate::options::Scale;
use crate::report::Section;
use crate::server::Server;

type Part = fn(&Context) -> anyhow::Result<Section>;

/// Titles, and what measures them.
pub(crate) const ALL: [(&str, Part); 8] = [
    ("Opening", opening::measure),
    ("Lookups", lookups::measure),
    ("Batches", batches::measure),
    ("Slow answers and hedging", hedging::measure),
    ("The page cache", caching::measure),
    ("Other stores on the same server", others::measure),
    ("Lookups on this machine", local::measure),
    ("Page sizes", page_sizes::measure),
];

/// The path of the map that most parts read.
const MAP: &str = "map";
/// The same with a miss filter.
const WITH_FILTER: &str = "map-with-filter";
/// A map of few entries.
const SMALL: &str = "small-map";

/// What the parts share.
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

    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A map of the server, opened without delays.
    fn open(&self, path: &str) -> anyhow::Result<Arc<Map<ObjectReader>>> {
        self.open_with(self.server.reader(path), &AsyncOpenOptions::new())
    }

    /// The same through a reader that is around another one.
    fn open_with<R: AsyncReader>(
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

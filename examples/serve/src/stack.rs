//! What lies between the map and the store.

use std::io;
use std::time::Duration;

use massmap::remote::{
    AsyncUntypedMap, Cached, HedgeDelay, Hedged, ObjectReader, PageCache, TimeLimit, TokioTimer,
};

/// The map that is served.
pub(crate) type Map = AsyncUntypedMap<Reader>;

/// From the inside: an object; each request to it is given up after a while; one that takes longer than most is made once more; and pages
/// that were read stay in memory.
type Reader = Cached<Hedged<TimeLimit<ObjectReader, TokioTimer>, TokioTimer>>;

/// That of maps that were built `--for object-store`. Others work as well.
const PAGE_SIZE: u64 = 16 << 10;

/// Opens the map at `url`.
pub(crate) async fn open(url: &str, cache: &PageCache, timeout: Duration) -> io::Result<Map> {
    let object = ObjectReader::from_url(url)?;
    let limited = TimeLimit::new(object, TokioTimer::new(), timeout);
    let hedged = Hedged::new(limited, TokioTimer::new(), HedgeDelay::Percentile(95.0));
    AsyncUntypedMap::open(Cached::new(hedged, cache).with_page_size(PAGE_SIZE)).await
}

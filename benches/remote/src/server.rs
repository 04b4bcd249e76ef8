//! The server, and what requests to it cost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use massmap_async::ObjectReader;
use massmap_async::object_store::http::HttpBuilder;
use massmap_async::object_store::path::Path;
use massmap_async::object_store::{ClientOptions, ObjectStore};
use servers::{Fault, Latency, Object, Request, TestServer};

/// How long the first byte of an answer takes.
pub(crate) const DELAY: Duration = Duration::from_millis(20);

/// How long that of a slow answer takes.
const SLOW: Duration = Duration::from_millis(200);

/// What a piece of work took, as the clock and the server tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) time: Duration,
    pub(crate) requests: usize,
    /// Of the bodies of answers.
    pub(crate) bytes: u64,
}

/// A server on loopback whose answers take their time, and a client of it.
#[derive(Debug)]
pub(crate) struct Server {
    server: TestServer,
    store: Arc<dyn ObjectStore>,
}

impl Server {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let server = TestServer::start();
        server.set_latency(Latency::always(DELAY));
        let store = HttpBuilder::new()
            .with_url(server.endpoint())
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .build()?;
        Ok(Self {
            server,
            store: Arc::new(store),
        })
    }

    /// Puts an object at a path without a slash at the beginning.
    pub(crate) fn put(&self, path: &str, bytes: impl Into<Bytes>) {
        self.server.put(&format!("/{path}"), Object::new(bytes));
    }

    pub(crate) fn reader(&self, path: &str) -> ObjectReader {
        ObjectReader::new(Arc::clone(&self.store), Path::from(path), self.server.url(path))
    }

    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    /// All answers are as fast as most, from now on.
    pub(crate) fn set_even(&self) {
        self.server.set_latency(Latency::always(DELAY));
    }

    /// There is no delay, from now on: for what is not measured.
    pub(crate) fn set_fast(&self) {
        self.server.set_latency(Latency::always(Duration::ZERO));
    }

    /// Of a hundred answers, two are slow from now on.
    pub(crate) fn set_uneven(&self, seed: u64) {
        self.server.set_latency(Latency {
            usual: DELAY,
            slow: SLOW,
            slow_per_mille: 20,
            seed,
        });
    }

    /// Answers take longer the longer they are, in addition to the delay, as through a connection of so many bytes a second. `None` ends
    /// it.
    pub(crate) fn set_bandwidth(&self, bytes_per_second: Option<u32>) {
        self.server.clear_rules();
        if let Some(bandwidth) = bytes_per_second {
            self.server.set_rule(move |request: &Request| {
                let length = request.range().and_then(length_of).unwrap_or(0);
                Fault::Delay(Duration::from_secs_f64(length as f64 / f64::from(bandwidth)))
            });
        }
    }

    /// Begins to count.
    pub(crate) fn meter(&self) -> Meter<'_> {
        self.server.forget_requests();
        Meter {
            server: &self.server,
            begun: Instant::now(),
        }
    }
}

/// Counts what a piece of work costs. Nothing else may use the server.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    server: &'a TestServer,
    begun: Instant,
}

impl Meter<'_> {
    pub(crate) fn cost(&self) -> Cost {
        Cost {
            time: self.begun.elapsed(),
            requests: self.server.request_count(),
            bytes: self.server.bytes_sent(),
        }
    }
}

/// How many bytes a header `Range` asks for, if it says so.
fn length_of(range: &str) -> Option<u64> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    match first {
        "" => last.parse().ok(),
        first => Some(last.parse::<u64>().ok()?.checked_sub(first.parse().ok()?)? + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_tell_their_length() {
        assert_eq!(length_of("bytes=0-4095"), Some(4096));
        assert_eq!(length_of("bytes=-65536"), Some(65536));
        assert_eq!(length_of("bytes=10-"), None);
        assert_eq!(length_of("bytes=9-5"), None);
    }
}

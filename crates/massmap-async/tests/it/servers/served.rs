//! Servers with one object.

use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use massmap_async::ObjectReader;
use massmap_async::object_store::ObjectStore;
use massmap_async::object_store::aws::AmazonS3Builder;
use massmap_async::object_store::path::Path;
use servers::{Moto, Nginx, Object, TestServer, or_left_out};

use crate::remote::{PATH, http_store, http_store_at, s3_store};

/// A server with one object, which counts requests for it, and a client.
pub(crate) struct Served {
    server: Server,
    store: Arc<dyn ObjectStore>,
    path: Path,
    location: String,
    /// How many of moto's requests are counted already.
    counted: Cell<usize>,
}

pub(crate) enum Server {
    /// The server within the process, over plain HTTP.
    Http(TestServer),
    /// The same, which is asked as S3 is.
    S3(TestServer),
    Nginx(Nginx),
    Moto(Moto),
}

/// A request, as far as the server tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    /// The header `Range`. Empty if not told.
    pub(crate) range: String,
    /// Whether it had the condition `If-Match`, if that is told.
    pub(crate) has_condition: Option<bool>,
}

const FILE: &str = "map";

impl Served {
    /// All that are installed. The first two always are.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Self::in_process();
        all.extend(Self::nginx());
        all.extend(Self::moto());
        all
    }

    /// Those within the process.
    pub(crate) fn in_process() -> Vec<Self> {
        let (http, s3) = (TestServer::start(), TestServer::start());
        let (http_store, s3_store) = (http_store(&http, 2), s3_store(&s3));
        let location = http.url(PATH);
        vec![
            Self::new(Server::Http(http), http_store, PATH, location),
            Self::new(
                Server::S3(s3),
                s3_store,
                "folder/map",
                "s3://bucket/folder/map".to_owned(),
            ),
        ]
    }

    pub(crate) fn nginx() -> Option<Self> {
        let nginx = or_left_out(Nginx::start())?;
        let store = http_store_at(&nginx.url(""));
        let location = nginx.url(FILE);
        Some(Self::new(Server::Nginx(nginx), store, FILE, location))
    }

    pub(crate) fn moto() -> Option<Self> {
        let moto = or_left_out(Moto::start())?;
        moto.make_bucket("bucket");
        let store = AmazonS3Builder::new()
            .with_endpoint(moto.endpoint())
            .with_allow_http(true)
            .with_bucket_name("bucket")
            .with_access_key_id("somebody")
            .with_secret_access_key("very-secret");
        let (store, location) = (Arc::new(store.build().unwrap()), format!("s3://bucket/{FILE}"));
        Some(Self::new(Server::Moto(moto), store, FILE, location))
    }

    fn new(server: Server, store: Arc<dyn ObjectStore>, path: &str, location: String) -> Self {
        Self {
            server,
            store,
            path: Path::from(path),
            location,
            counted: Cell::new(0),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.server {
            Server::Http(_) => "HTTP",
            Server::S3(_) => "S3",
            Server::Nginx(_) => "nginx",
            Server::Moto(_) => "moto",
        }
    }

    /// Puts the object there, instead of what was there.
    pub(crate) fn put(&self, bytes: &[u8]) {
        match &self.server {
            Server::Http(server) | Server::S3(server) => server.put(PATH, Object::new(bytes.to_vec())),
            Server::Nginx(nginx) => nginx.put(FILE, bytes),
            Server::Moto(moto) => moto.put("bucket", FILE, bytes),
        }
    }

    /// A new reader of the object.
    pub(crate) fn reader(&self) -> ObjectReader {
        ObjectReader::new(Arc::clone(&self.store), self.path.clone(), &*self.location)
    }

    /// The requests since the last call.
    #[track_caller]
    fn seen(&self, count: usize) -> Vec<Seen> {
        match &self.server {
            Server::Http(server) | Server::S3(server) => {
                let requests = server.requests();
                server.forget_requests();
                let seen = |request: &servers::Request| {
                    assert_eq!(request.method, "GET");
                    Seen {
                        range: request.range().unwrap().to_owned(),
                        has_condition: Some(request.if_match().is_some()),
                    }
                };
                requests.iter().map(seen).collect()
            }
            Server::Nginx(nginx) => {
                let requests = nginx.requests(count);
                nginx.forget_requests();
                let seen = |request: servers::Logged| {
                    assert_eq!((&request.method[..], request.status), ("GET", 206));
                    Seen {
                        has_condition: Some(!request.if_match.is_empty()),
                        range: request.range,
                    }
                };
                requests.into_iter().map(seen).collect()
            }
            Server::Moto(moto) => {
                let requests = || moto.requests("bucket").split_off(self.counted.get());
                let begun = Instant::now();
                while requests().len() < count && begun.elapsed() < Duration::from_secs(10) {
                    thread::sleep(Duration::from_millis(1));
                }
                let requests = requests();
                self.counted.set(self.counted.get() + requests.len());
                let seen = |request: String| {
                    assert_eq!(request, format!("GET /bucket/{FILE} 206"));
                    Seen {
                        range: String::new(),
                        has_condition: None,
                    }
                };
                requests.into_iter().map(seen).collect()
            }
        }
    }

    /// The requests since the last call, of which there must be `count`. All of them must be a `GET` of a range.
    #[track_caller]
    pub(crate) fn requests(&self, count: usize) -> Vec<Seen> {
        let seen = self.seen(count);
        assert_eq!(seen.len(), count, "over {}: {seen:?}", self.name());
        seen
    }

    /// The same for requests after opening: all of them must have the condition that the object is still the one that was opened.
    #[track_caller]
    pub(crate) fn lookups(&self, count: usize) -> Vec<Seen> {
        let seen = self.requests(count);
        assert!(
            seen.iter().all(|request| request.has_condition != Some(false)),
            "over {}: {seen:?}",
            self.name()
        );
        seen
    }

    /// Whether all requests since the last call of [`requests`](Self::requests) were a `GET`.
    pub(crate) fn is_asked_by_get_alone(&self) -> bool {
        match &self.server {
            Server::Http(server) | Server::S3(server) => {
                server.requests().iter().all(|request| request.method == "GET")
            }
            Server::Nginx(nginx) => nginx.logged().iter().all(|request| request.method == "GET"),
            Server::Moto(moto) => moto
                .requests("bucket")
                .iter()
                .all(|request| request.starts_with("GET ")),
        }
    }
}

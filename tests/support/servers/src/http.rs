//! The server within the process.

mod answer;
mod connection;
pub(crate) mod fault;
pub(crate) mod latency;
pub(crate) mod object;
mod range;
pub(crate) mod request;
mod shared;
#[cfg(test)]
mod tests;
mod upload;

use std::fmt;
use std::net::{self, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

use fault::Fault;
use latency::Latency;
use object::{Object, Objects};
use request::Request;
use shared::Shared;

/// An HTTP/1.1 server of objects in memory. It answers `GET` with and without ranges and `If-Match`, `HEAD`, `PUT`, `DELETE`,
/// and uploads in parts as S3 has them.
///
/// It runs on one thread, whatever the number of connections. Paths begin with a slash. As an S3 endpoint, with the bucket first in the
/// path, it serves clients that do not sign their requests.
#[must_use = "it ends when it is dropped"]
pub struct TestServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestServer {
    /// Starts a server without objects.
    ///
    /// # Panics
    ///
    /// Panics if the system gives no port or no thread.
    pub fn start() -> Self {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime of one thread needs a few file descriptors alone");
        // Not bound by tokio, which would have to block, and tests are within runtimes.
        let listener = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
        listener
            .set_nonblocking(true)
            .expect("sockets can be nonblocking");
        let address = listener.local_addr().expect("the listener is bound");
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("test-server".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let listener = TcpListener::from_std(listener).expect("the runtime has its drivers");
                    tokio::spawn(accept(listener, serving));
                    // Ends with an error if the server is gone without a word.
                    let _ = stopped.await;
                });
                // Open connections and waiting answers end with it.
                runtime.shutdown_background();
            })
            .expect("the system has a thread to give");
        Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Its address and port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, without a slash at the end: an endpoint for clients of S3.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL of the object at `path`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.endpoint())
    }

    /// The objects, which rules may replace, too.
    #[must_use]
    pub fn objects(&self) -> Objects {
        self.shared.objects.clone()
    }

    /// Puts an object at `path`, instead of what is there.
    pub fn put(&self, path: &str, object: Object) {
        self.shared.objects.put(path, object);
    }

    /// Every request from now on is answered with the fault that `rule` gives, which is called before the object is looked up.
    pub fn set_rule(&self, rule: impl Fn(&Request) -> Fault + Send + Sync + 'static) {
        self.shared.settings().rule = Some(Arc::new(rule));
    }

    /// The next requests are answered with these faults, in the order of their arrival, and those after them as before.
    pub fn set_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.settings().next.extend(faults);
    }

    /// No rule holds any longer, and no faults are due.
    pub fn clear_rules(&self) {
        let mut settings = self.shared.settings();
        settings.rule = None;
        settings.next.clear();
    }

    /// How long answers take from now on, besides the faults.
    pub fn set_latency(&self, latency: Latency) {
        self.shared.settings().latency = Some(latency);
    }

    /// Whether `If-Match` is ignored, as some servers do.
    pub fn set_ignore_if_match(&self, ignore: bool) {
        self.shared.settings().ignores_if_match = ignore;
    }

    /// How many uploads in parts were begun and neither completed nor aborted.
    #[must_use]
    pub fn open_uploads(&self) -> usize {
        self.shared.uploads.count()
    }

    /// All requests since the start, or since [`forget_requests`](Self::forget_requests), in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.record().requests.clone()
    }

    /// How many requests there were since the start, or since [`forget_requests`](Self::forget_requests).
    #[must_use]
    pub fn request_count(&self) -> usize {
        self.shared.record().requests.len()
    }

    /// The most requests that were unanswered at a time.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.shared.record().most_in_flight
    }

    /// How many connections are open, as far as the server has noticed.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.record().connections
    }

    /// Bytes of all bodies that were sent.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.shared.record().bytes_sent
    }

    /// Counts from 0 again. The numbers of requests go on.
    pub fn forget_requests(&self) {
        self.shared.record().forget();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Fails if the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !thread::panicking()
        {
            panic!("the test server panicked");
        }
    }
}

impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection::serve(stream, Arc::clone(&shared)));
            }
            // Of a connection that is gone already, or for want of file descriptors, which others give back.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

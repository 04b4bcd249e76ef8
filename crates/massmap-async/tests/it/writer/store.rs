//! A store in memory that records what it is asked for, and fails when it is told to.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use massmap_async::ObjectWriter;
use massmap_async::object_store::memory::InMemory;
use massmap_async::object_store::multipart::{MultipartStore, PartId};
use massmap_async::object_store::path::Path;
use massmap_async::object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartId, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What the store was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Put(usize),
    Create,
    /// The number, from 0, and the length.
    Part(usize, usize),
    Complete,
    Abort,
}

/// The store. Clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Recorder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: InMemory,
    calls: Mutex<Vec<Call>>,
    /// The numbers of the calls that fail, from 0.
    failing: Mutex<Vec<usize>>,
    /// Whether parts are never stored, nor refused.
    stalls: bool,
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
}

impl Recorder {
    pub(super) fn new() -> Self {
        Self::failing(Vec::new())
    }

    /// A store whose calls with these numbers, from 0, fail.
    pub(super) fn failing(calls: Vec<usize>) -> Self {
        Self::of(calls, false)
    }

    /// A store that never answers when it gets a part.
    pub(super) fn stalling() -> Self {
        Self::of(Vec::new(), true)
    }

    fn of(failing: Vec<usize>, stalls: bool) -> Self {
        Self(Arc::new(Inner {
            store: InMemory::new(),
            calls: Mutex::default(),
            failing: failing.into(),
            stalls,
            in_flight: AtomicU64::new(0),
            most_in_flight: AtomicU64::new(0),
        }))
    }

    pub(super) fn path() -> Path {
        Path::from("maps/a")
    }

    /// A writer with short parts, of which two are sent at a time.
    pub(super) fn writer(&self) -> ObjectWriter {
        ObjectWriter::new(Arc::new(self.clone()), Self::path(), "store://maps/a")
            .unwrap()
            .with_part_size(super::PART as u64)
            .with_bytes_in_flight(2 * super::PART as u64)
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.0.calls.lock().unwrap().clone()
    }

    /// Most bytes of parts that were being sent at a time.
    pub(super) fn most_in_flight(&self) -> u64 {
        self.0.most_in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn put_directly(&self, content: &[u8]) {
        wait(self.0.store.put(&Self::path(), content.to_vec().into())).unwrap();
    }

    /// The object, if there is one.
    pub(super) fn content(&self) -> Option<Vec<u8>> {
        match wait(self.0.store.get(&Self::path())) {
            Ok(found) => Some(wait(found.bytes()).unwrap().to_vec()),
            Err(Error::NotFound { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    fn call(&self, call: Call) -> Result<()> {
        let mut calls = self.0.calls.lock().unwrap();
        calls.push(call);
        let number = calls.len() - 1;
        match self.0.failing.lock().unwrap().contains(&number) {
            true => Err(Error::Generic {
                store: "test",
                source: "it is told to fail".into(),
            }),
            false => Ok(()),
        }
    }
}

fn wait<F: Future>(future: F) -> F::Output {
    futures_executor::block_on(future)
}

impl fmt::Display for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

#[async_trait]
impl MultipartStore for Recorder {
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId> {
        self.call(Call::Create)?;
        self.0.store.create_multipart(path).await
    }

    async fn put_part(&self, path: &Path, id: &MultipartId, part: usize, data: PutPayload) -> Result<PartId> {
        let length = data.content_length() as u64;
        let now = self.0.in_flight.fetch_add(length, Ordering::Relaxed) + length;
        self.0.most_in_flight.fetch_max(now, Ordering::Relaxed);
        let called = self.call(Call::Part(part, data.content_length()));
        if self.0.stalls {
            std::future::pending::<()>().await;
        }
        // So that others are being sent meanwhile.
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.0.in_flight.fetch_sub(length, Ordering::Relaxed);
        called?;
        self.0.store.put_part(path, id, part, data).await?;
        Ok(PartId {
            content_id: part.to_string(),
        })
    }

    async fn complete_multipart(
        &self,
        path: &Path,
        id: &MultipartId,
        parts: Vec<PartId>,
    ) -> Result<PutResult> {
        self.call(Call::Complete)?;
        let numbers: Vec<usize> = parts
            .iter()
            .map(|part| part.content_id.parse().unwrap())
            .collect();
        assert!(numbers.iter().copied().eq(0..numbers.len()), "{numbers:?}");
        self.0.store.complete_multipart(path, id, parts).await
    }

    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> Result<()> {
        self.call(Call::Abort)?;
        self.0.store.abort_multipart(path, id).await
    }
}

#[async_trait]
impl ObjectStore for Recorder {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.call(Call::Put(payload.content_length()))?;
        self.0.store.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        unreachable!("it sends parts in their order")
    }

    async fn get_opts(&self, _: &Path, _: GetOptions) -> Result<GetResult> {
        unreachable!("a writer asks for nothing")
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        unreachable!("nothing is deleted")
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        unreachable!("nothing is listed")
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        unreachable!("nothing is listed")
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        unreachable!("nothing is copied")
    }
}

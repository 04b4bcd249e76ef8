//! Stores without ranges from the end, and those without a server.

use std::fmt;
use std::io::ErrorKind;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use massmap_async::object_store::memory::InMemory;
use massmap_async::object_store::path::Path;
use massmap_async::object_store::{
    CopyOptions, Error, GetOptions, GetRange, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use massmap_async::{AsyncReader, ObjectReader};
use servers::Object;

use crate::remote::{PATH, http_store, sample, server};

/// A store that, like Azure, refuses ranges that count from the end before it sends anything.
#[derive(Debug)]
struct LikeAzure(Arc<dyn ObjectStore>);

impl fmt::Display for LikeAzure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LikeAzure")
    }
}

#[async_trait]
impl ObjectStore for LikeAzure {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if let Some(GetRange::Suffix(_)) = options.range {
            return Err(Error::NotSupported {
                source: "Azure does not support suffix range requests".into(),
            });
        }
        self.0.get_opts(location, options).await
    }

    async fn get_ranges(&self, _: &Path, _: &[Range<u64>]) -> Result<Vec<bytes::Bytes>> {
        unreachable!("it sends no conditions")
    }

    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.0.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        unreachable!("nothing is uploaded")
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

#[tokio::test]
async fn where_ranges_cannot_count_from_the_end_the_first_bytes_tell_the_length() {
    let server = server();
    let sample = sample();
    for (length, ranges) in [
        (200_000, vec!["bytes=0-65535", "bytes=134464-199999"]),
        (65_537, vec!["bytes=0-65535", "bytes=1-65536"]),
        (65_536, vec!["bytes=0-65535"]),
        (1, vec!["bytes=0-65535"]),
    ] {
        server.put(PATH, Object::new(sample[..length].to_vec()));
        server.forget_requests();
        let reader = ObjectReader::new(
            Arc::new(LikeAzure(http_store(&server, 0))),
            Path::from(PATH),
            "azure",
        );
        let suffix = reader.read_suffix(65_536).await.unwrap();
        assert_eq!(suffix.bytes, sample[length.saturating_sub(65_536)..length]);
        assert_eq!(suffix.file_length, length as u64);
        let requests = server.requests();
        let seen: Vec<_> = requests.iter().map(|request| request.range().unwrap()).collect();
        assert_eq!(seen, ranges);
        assert!(requests[1..].iter().all(|request| request.if_match().is_some()));
        // The length is known then.
        server.forget_requests();
        let wanted = 10.min(length);
        assert_eq!(
            reader.read_suffix(10).await.unwrap().bytes,
            sample[length - wanted..length]
        );
        assert_eq!(server.request_count(), 1);
    }
}

#[tokio::test]
async fn an_object_that_is_replaced_between_the_first_bytes_and_the_tail_is_a_change() {
    let server = server();
    let objects = server.objects();
    server.set_rule(move |request| {
        if request.number == 1 {
            objects.put(PATH, Object::new(sample()));
        }
        servers::Fault::None
    });
    let reader = ObjectReader::new(
        Arc::new(LikeAzure(http_store(&server, 0))),
        Path::from(PATH),
        "azure",
    );
    let error = reader.read_suffix(65_536).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StaleNetworkFileHandle, "{error}");
}

#[tokio::test]
async fn an_empty_object_is_empty_where_ranges_cannot_count_from_the_end() {
    let server = server();
    server.put(PATH, Object::new(""));
    let memory = InMemory::new();
    memory.put(&Path::from(PATH), "".into()).await.unwrap();
    let stores: [Arc<dyn ObjectStore>; 2] = [http_store(&server, 0), Arc::new(memory)];
    for store in stores {
        let reader = ObjectReader::new(Arc::new(LikeAzure(store)), Path::from(PATH), "azure");
        let suffix = reader.read_suffix(65_536).await.unwrap();
        assert_eq!((&suffix.bytes[..], suffix.file_length), (&b""[..], 0));
    }
}

#[tokio::test]
async fn memory_and_files_are_read_like_remote_objects() {
    let directory = tempfile::tempdir().unwrap();
    let files =
        massmap_async::object_store::local::LocalFileSystem::new_with_prefix(directory.path()).unwrap();
    let stores: [Arc<dyn ObjectStore>; 2] = [Arc::new(InMemory::new()), Arc::new(files)];
    let sample = sample();
    for store in stores {
        let path = Path::from("folder/map");
        let reader = ObjectReader::new(store.clone(), path.clone(), "map");
        let error = reader.read_suffix(10).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.to_string(), "cannot read the last 10 bytes of map");

        store.put(&path, sample.clone().into()).await.unwrap();
        // The length is not known yet.
        for range in [200_000..200_001, 1 << 40..1 << 41, 199_999..200_001] {
            let error = reader.read(range).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{error}");
        }
        let suffix = reader.read_suffix(1000).await.unwrap();
        assert_eq!(suffix.bytes, sample[199_000..]);
        assert!(suffix.version.is_strong());
        assert_eq!(reader.read(3..100_000).await.unwrap(), sample[3..100_000]);

        store.put(&path, sample.clone().into()).await.unwrap();
        let error = reader.read(0..10).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StaleNetworkFileHandle, "{error}");

        store.put(&path, "".into()).await.unwrap();
        let reader = ObjectReader::new(store.clone(), path.clone(), "map");
        assert_eq!(reader.read_suffix(10).await.unwrap().file_length, 0);
    }
}

#[test]
fn memory_is_read_without_a_runtime() {
    futures_util::FutureExt::now_or_never(async {
        let store = Arc::new(InMemory::new());
        store.put(&Path::from("a"), "abc".into()).await.unwrap();
        let reader = ObjectReader::new(store, Path::from("a"), "a");
        assert_eq!(reader.read(1..3).await.unwrap(), "bc");
    })
    .expect("nothing waits");
}

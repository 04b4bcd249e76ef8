//! Readers of the test server's objects.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use massmap_async::object_store::aws::AmazonS3Builder;
use massmap_async::object_store::http::HttpBuilder;
use massmap_async::object_store::path::Path;
use massmap_async::object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use massmap_async::{AsyncReader, ObjectReader};
use servers::{Object, TestServer};

/// The path of the object, and its bucket as S3 sees it.
pub(crate) const PATH: &str = "/bucket/folder/map";

/// 200,000 bytes without repetitions.
pub(crate) fn sample() -> Vec<u8> {
    (0u32..50_000).flat_map(u32::to_le_bytes).collect()
}

pub(crate) fn server() -> TestServer {
    let server = TestServer::start();
    server.put(PATH, Object::new(sample()));
    server
}

/// No time is lost: retries come after a millisecond.
fn retries(most: usize) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(1),
            max_backoff: Duration::from_millis(2),
            base: 2.0,
        },
        max_retries: most,
        retry_timeout: Duration::from_secs(20),
    }
}

pub(crate) fn http_store(server: &TestServer, most_retries: usize) -> Arc<dyn ObjectStore> {
    http_store_with_timeout(server, most_retries, Duration::from_secs(60))
}

fn http_store_with_timeout(
    server: &TestServer,
    most_retries: usize,
    timeout: Duration,
) -> Arc<dyn ObjectStore> {
    http_store_with(&server.endpoint(), most_retries, timeout)
}

/// A store of what is below a URL, whose requests are tried three times at most.
pub(crate) fn http_store_at(url: &str) -> Arc<dyn ObjectStore> {
    http_store_with(url, 2, Duration::from_secs(60))
}

fn http_store_with(url: &str, most_retries: usize, timeout: Duration) -> Arc<dyn ObjectStore> {
    let options = ClientOptions::new().with_allow_http(true).with_timeout(timeout);
    let builder = HttpBuilder::new().with_url(url).with_client_options(options);
    Arc::new(builder.with_retry(retries(most_retries)).build().unwrap())
}

/// A reader through plain HTTP, which tries a request three times at most.
pub(crate) fn http(server: &TestServer) -> ObjectReader {
    ObjectReader::new(http_store(server, 2), Path::from(PATH), server.url(PATH))
}

/// A reader through plain HTTP, which waits for no answer longer than a third of a second, and tries a request three times at most.
pub(crate) fn impatient(server: &TestServer) -> ObjectReader {
    let store = http_store_with_timeout(server, 2, Duration::from_millis(300));
    ObjectReader::new(store, Path::from(PATH), server.url(PATH))
}

pub(crate) fn s3_store(server: &TestServer) -> Arc<dyn ObjectStore> {
    let builder = AmazonS3Builder::new()
        .with_bucket_name("bucket")
        .with_endpoint(server.endpoint())
        .with_allow_http(true)
        .with_skip_signature(true)
        .with_retry(retries(2));
    Arc::new(builder.build().unwrap())
}

/// A reader that speaks S3 with the server, and tries a request three times at most.
pub(crate) fn s3(server: &TestServer) -> ObjectReader {
    ObjectReader::new(
        s3_store(server),
        Path::from("folder/map"),
        "s3://bucket/folder/map",
    )
}

/// Both of them.
pub(crate) fn readers(server: &TestServer) -> [ObjectReader; 2] {
    [http(server), s3(server)]
}

/// A reader that has learnt which version it reads.
pub(crate) async fn opened(reader: ObjectReader) -> ObjectReader {
    let suffix = reader.read_suffix(100).await.unwrap();
    assert_eq!(suffix.bytes, sample()[199_900..]);
    assert_eq!(suffix.file_length, 200_000);
    reader
}

/// The messages of an error and of its causes.
pub(crate) fn messages(error: &io::Error) -> String {
    let mut messages = error.to_string();
    let mut cause = error.get_ref().and_then(|error| error.source());
    while let Some(error) = cause {
        messages += &format!(": {error}");
        cause = error.source();
    }
    messages
}

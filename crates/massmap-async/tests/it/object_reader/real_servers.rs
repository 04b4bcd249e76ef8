//! Servers that others made.

use std::io::ErrorKind;
use std::sync::Arc;

use massmap_async::object_store::aws::AmazonS3Builder;
use massmap_async::object_store::path::Path;
use massmap_async::object_store::{ObjectStore, ObjectStoreExt};
use massmap_async::{AsyncReader, BlockingReader, ObjectReader, ObjectUrl, RemoteError};
use massmap_io::conformance;
use servers::{Moto, Nginx, or_left_out};

use crate::remote::{messages, sample};

fn is_change(error: &std::io::Error) -> bool {
    let payload = error.get_ref().and_then(|payload| payload.downcast_ref());
    matches!(payload, Some(RemoteError::Changed { .. }))
}

#[tokio::test]
async fn nginx_gets_one_request_a_read_and_refuses_those_for_a_replaced_file() {
    let Some(nginx) = or_left_out(Nginx::start()) else {
        return;
    };
    let sample = sample();
    nginx.put("map", &sample);
    let reader = ObjectReader::from_url(&nginx.url("map")).unwrap();
    let suffix = reader.read_suffix(65_536).await.unwrap();
    assert_eq!(suffix.bytes, sample[200_000 - 65_536..]);
    assert_eq!(suffix.file_length, 200_000);
    assert!(suffix.version.is_strong(), "{}", suffix.version);
    assert_eq!(reader.read(5..4101).await.unwrap(), sample[5..4101]);
    let requests = nginx.requests(2);
    let seen: Vec<_> = requests
        .iter()
        .map(|request| {
            (
                &request.method[..],
                &request.path[..],
                request.status,
                &request.range[..],
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("GET", "/map", 206, "bytes=-65536"),
            ("GET", "/map", 206, "bytes=5-4100")
        ]
    );
    assert_eq!(requests[0].if_match, "");
    assert_eq!(
        requests[1].if_match.replace("\\x22", "\""),
        suffix.version.as_str()
    );

    nginx.put("map", &sample[1..]);
    nginx.forget_requests();
    let error = reader.read(0..10).await.unwrap_err();
    assert!(is_change(&error), "{}", messages(&error));
    assert_eq!(nginx.requests(1)[0].status, 412);

    std::fs::remove_file(nginx.path("map")).unwrap();
    assert!(is_change(&reader.read(0..10).await.unwrap_err()));
    let reader = ObjectReader::from_url(&nginx.url("map")).unwrap();
    assert_eq!(reader.read(0..10).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn nginx_serves_short_and_empty_files() {
    let Some(nginx) = or_left_out(Nginx::start()) else {
        return;
    };
    for length in [0, 1, 1000] {
        nginx.put("map", &sample()[..length]);
        let reader = ObjectReader::from_url(&nginx.url("map")).unwrap();
        let suffix = reader.read_suffix(65_536).await.unwrap();
        assert_eq!(suffix.bytes, sample()[..length]);
        assert_eq!(suffix.file_length, length as u64);
    }
}

#[test]
fn nginx_serves_blocking_readers_as_the_suite_demands() {
    let Some(nginx) = or_left_out(Nginx::start()) else {
        return;
    };
    nginx.put("map", &conformance::sample());
    conformance::reader(&BlockingReader::from_url(&nginx.url("map")).unwrap());
}

/// A reader of an object in moto, through a URL and options.
fn in_moto(moto: &Moto, url: &str) -> ObjectReader {
    let options = [
        ("aws_endpoint", moto.endpoint()),
        ("aws_allow_http", "true".to_owned()),
        ("aws_access_key_id", "somebody".to_owned()),
        ("aws_secret_access_key", "very-secret".to_owned()),
        ("aws_region", "us-east-1".to_owned()),
    ];
    ObjectUrl::parse_with(url, options).unwrap().into()
}

#[tokio::test]
async fn s3_gets_one_request_a_read_and_refuses_those_for_a_replaced_object() {
    let Some(moto) = or_left_out(Moto::start()) else {
        return;
    };
    let sample = sample();
    moto.make_bucket("bucket");
    moto.put("bucket", "folder/map", &sample);
    let reader = in_moto(&moto, "s3://bucket/folder/map");
    let suffix = reader.read_suffix(65_536).await.unwrap();
    assert_eq!(suffix.bytes, sample[200_000 - 65_536..]);
    assert_eq!(suffix.file_length, 200_000);
    assert!(suffix.version.is_strong(), "{}", suffix.version);
    assert_eq!(reader.read(5..4101).await.unwrap(), sample[5..4101]);
    assert_eq!(moto.requests("bucket"), ["GET /bucket/folder/map 206"; 2]);

    moto.put("bucket", "folder/map", &sample[1..]);
    let error = reader.read(0..10).await.unwrap_err();
    assert!(is_change(&error), "{}", messages(&error));
    let shown = format!("{} {error:?}", messages(&error));
    assert!(!shown.contains("very-secret"), "{shown}");

    let error = in_moto(&moto, "s3://bucket/missing")
        .read(0..10)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(
        error.to_string(),
        "cannot read bytes 0 to 10 of s3://bucket/missing"
    );
}

#[tokio::test]
async fn s3_serves_short_and_empty_objects_and_those_that_were_uploaded_in_parts() {
    let Some(moto) = or_left_out(Moto::start()) else {
        return;
    };
    moto.make_bucket("bucket");
    for length in [0, 1, 1000] {
        moto.put("bucket", "map", &sample()[..length]);
        let suffix = in_moto(&moto, "s3://bucket/map")
            .read_suffix(65_536)
            .await
            .unwrap();
        assert_eq!(suffix.bytes, sample()[..length]);
        assert_eq!(suffix.file_length, length as u64);
    }

    let store = AmazonS3Builder::new()
        .with_endpoint(moto.endpoint())
        .with_allow_http(true)
        .with_bucket_name("bucket")
        .with_access_key_id("somebody")
        .with_secret_access_key("very-secret");
    let store: Arc<dyn ObjectStore> = Arc::new(store.build().unwrap());
    let path = Path::from("parts");
    let mut upload = store.put_multipart(&path).await.unwrap();
    let content: Vec<u8> = sample().repeat(30);
    let (first, second) = content.split_at(5 << 20);
    upload.put_part(first.to_vec().into()).await.unwrap();
    upload.put_part(second.to_vec().into()).await.unwrap();
    upload.complete().await.unwrap();
    let reader = ObjectReader::new(store, path, "s3://bucket/parts");
    assert_eq!(
        reader.read_suffix(3).await.unwrap().file_length,
        content.len() as u64
    );
    let middle = 5 << 20;
    let range = middle - 100..middle + 100;
    let expected = &content[range.start..range.end];
    assert_eq!(
        reader.read(range.start as u64..range.end as u64).await.unwrap(),
        expected
    );
}

#[test]
fn s3_serves_blocking_readers_as_the_suite_demands() {
    let Some(moto) = or_left_out(Moto::start()) else {
        return;
    };
    moto.make_bucket("bucket");
    moto.put("bucket", "map", &conformance::sample());
    conformance::reader(&BlockingReader::open(in_moto(&moto, "s3://bucket/map")).unwrap());
}

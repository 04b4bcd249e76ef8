//! The suite that every reader must pass.

use std::sync::Arc;

use massmap_async::conformance;
use massmap_async::object_store::local::LocalFileSystem;
use massmap_async::object_store::memory::InMemory;
use massmap_async::object_store::path::Path;
use massmap_async::object_store::{ObjectStore, ObjectStoreExt};
use massmap_async::{ObjectReader, ObjectUrl};
use servers::{Moto, Nginx, Object, TestServer, or_left_out};

use crate::remote::{PATH, readers};

#[tokio::test]
async fn objects_behind_http_and_in_s3_pass_it() {
    let server = TestServer::start();
    server.put(PATH, Object::new(conformance::sample()));
    for reader in readers(&server) {
        conformance::reader(&reader).await;
    }
}

#[tokio::test]
async fn objects_on_servers_that_others_made_pass_it() {
    if let Some(nginx) = or_left_out(Nginx::start()) {
        nginx.put("sample", &conformance::sample());
        conformance::reader(&ObjectReader::from_url(&nginx.url("sample")).unwrap()).await;
    }
    if let Some(moto) = or_left_out(Moto::start()) {
        moto.make_bucket("bucket");
        moto.put("bucket", "sample", &conformance::sample());
        let options = [
            ("aws_endpoint", moto.endpoint()),
            ("aws_allow_http", "true".to_owned()),
            ("aws_region", "us-east-1".to_owned()),
            ("aws_access_key_id", "any".to_owned()),
            ("aws_secret_access_key", "any".to_owned()),
        ];
        let url = ObjectUrl::parse_with("s3://bucket/sample", options).unwrap();
        conformance::reader(&ObjectReader::from(url)).await;
    }
}

#[tokio::test]
async fn objects_in_stores_without_a_server_pass_it() {
    let directory = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn ObjectStore>; 2] = [
        Arc::new(InMemory::new()),
        Arc::new(LocalFileSystem::new_with_prefix(directory.path()).unwrap()),
    ];
    for store in stores {
        let path = Path::from("sample");
        store.put(&path, conformance::sample().into()).await.unwrap();
        conformance::reader(&ObjectReader::new(store, path, "store:sample")).await;
    }
}

#[tokio::test]
async fn objects_that_are_replaced_are_noticed_as_it_demands() {
    let server = TestServer::start();
    let sample = conformance::sample();
    let others = [
        sample.iter().map(|byte| byte ^ 1).collect(),
        sample[..50_000].to_vec(),
        [&sample[..], b"more"].concat(),
    ];
    for other in others {
        server.put(PATH, Object::new(sample.clone()));
        for reader in readers(&server) {
            server.put(PATH, Object::new(sample.clone()));
            let replace = async { server.put(PATH, Object::new(other.clone())) };
            conformance::replaced(&reader, replace).await;
        }
    }
}

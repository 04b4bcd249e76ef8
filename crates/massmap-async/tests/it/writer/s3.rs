//! Uploads to moto, which imitates S3, and to places where none are possible.

use std::io::ErrorKind;

use massmap_async::{BlockingReader, ObjectReader, ObjectUrl, ObjectWriter};
use massmap_io::{MassMapReader, MassMapWriter};
use servers::{Moto, or_left_out};

use super::{PART, sample};

fn url(moto: &Moto, url: &str) -> ObjectUrl {
    let options = [
        ("aws_endpoint", moto.endpoint()),
        ("aws_allow_http", "true".to_owned()),
        ("aws_access_key_id", "somebody".to_owned()),
        ("aws_secret_access_key", "very-secret".to_owned()),
        ("aws_region", "us-east-1".to_owned()),
    ];
    ObjectUrl::parse_with(url, options).unwrap()
}

fn read(moto: &Moto, length: usize) -> Vec<u8> {
    let reader = BlockingReader::open(ObjectReader::from(url(moto, "s3://bucket/maps/a"))).unwrap();
    assert_eq!(reader.source_size().map(|size| size.length), Some(length as u64));
    reader
        .read_exact_at(0, length as u64, |bytes| Ok(bytes.to_vec()))
        .unwrap()
}

#[test]
fn s3_gets_the_first_part_last_and_an_aborted_upload_leaves_the_older_object() {
    let Some(moto) = or_left_out(Moto::start()) else {
        return;
    };
    moto.make_bucket("bucket");
    let writer = ObjectWriter::to_object(url(&moto, "s3://bucket/maps/a")).unwrap();
    writer.write_all_at(b"small", 0).unwrap();
    writer.finish().unwrap();
    assert_eq!(read(&moto, 5), b"small");

    let content = sample(3 * PART + 5);
    let writer = ObjectWriter::to_object(url(&moto, "s3://bucket/maps/a"))
        .unwrap()
        .with_part_size(PART as u64);
    writer.write_all_at(&[0; 100], 0).unwrap();
    writer.write_all_at(&content[100..], 100).unwrap();
    writer.write_all_at(&content[..100], 0).unwrap();
    assert_eq!(read(&moto, 5), b"small");
    let before = moto.all_requests("bucket").len();
    writer.finish().unwrap();
    assert!(read(&moto, content.len()) == content);
    let all = moto.all_requests("bucket");
    assert!(all.iter().all(|request| !request.starts_with("HEAD")), "{all:?}");
    let last: Vec<_> = all[before..]
        .iter()
        .filter(|request| !request.starts_with("GET"))
        .map(|request| request.split_once('?').unwrap().1)
        .collect();
    let [.., first_part, completion] = &last[..] else {
        panic!("{last:?}");
    };
    assert!(first_part.contains("partNumber=1&"), "{last:?}");
    assert!(completion.starts_with("uploadId="), "{last:?}");
    assert_eq!(
        all.iter()
            .filter(|request| request.contains("partNumber="))
            .count(),
        4,
        "{all:?}"
    );

    let writer = ObjectWriter::to_object(url(&moto, "s3://bucket/maps/a"))
        .unwrap()
        .with_part_size(PART as u64);
    writer.write_all_at(&vec![1; 4 * PART], 0).unwrap();
    drop(writer);
    let all = moto.all_requests("bucket");
    let last = all.last().unwrap();
    assert!(
        last.starts_with("DELETE /bucket/maps/a?uploadId=") && last.ends_with(" 204"),
        "{all:?}"
    );
    assert!(read(&moto, content.len()) == content);
}

#[test]
fn a_bucket_that_is_not_there_is_an_error_without_secrets() {
    let Some(moto) = or_left_out(Moto::start()) else {
        return;
    };
    for length in [5, 3 * PART] {
        let writer = ObjectWriter::to_object(url(&moto, "s3://bucket/maps/a"))
            .unwrap()
            .with_part_size(PART as u64);
        let written = writer
            .write_all_at(&vec![1; length], 0)
            .and_then(|()| writer.finish());
        let error = written.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(
            error.to_string().starts_with("cannot write s3://bucket/maps/a: "),
            "{error}"
        );
        assert!(!format!("{error:?}").contains("very-secret"), "{error:?}");
    }
}

#[test]
fn plain_http_and_files_are_refused() {
    for (url, reason) in [
        (
            "http://user:password@localhost/maps/a",
            "http://localhost/maps/a cannot be written: plain HTTP has no way to write an object whole or not at all: give the URL of a \
             store, such as s3://, gs:// or az://",
        ),
        (
            "file:///maps/a",
            "file:///maps/a cannot be written: it is a file: give its path to a writer of files",
        ),
    ] {
        let error = ObjectWriter::from_url(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.to_string(), reason);
    }
}

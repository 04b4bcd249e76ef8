//! URLs.

use std::io::ErrorKind;

use massmap_async::{AsyncReader, ObjectReader, ObjectUrl};
use servers::{Fault, Object};

use crate::remote::{PATH, messages, sample, server};

#[tokio::test]
async fn a_url_of_http_is_read() {
    let server = server();
    let reader = ObjectReader::from_url(&server.url(PATH)).unwrap();
    assert_eq!(reader.location(), server.url(PATH));
    assert_eq!(reader.read(0..10).await.unwrap(), sample()[..10]);
}

#[tokio::test]
async fn escapes_in_a_url_are_kept() {
    let server = server();
    let path = "/a%20b/%C3%BC%25.map";
    server.put(path, Object::new("abc"));
    let reader = ObjectReader::from_url(&server.url(path)).unwrap();
    assert_eq!(reader.read(0..3).await.unwrap(), "abc");
}

#[tokio::test]
async fn a_url_of_s3_is_read_with_the_options() {
    let server = server();
    let options = [
        ("AWS_ENDPOINT", server.endpoint()),
        ("aws_allow_http", "true".to_owned()),
        ("aws_skip_signature", "true".to_owned()),
    ];
    let url = ObjectUrl::parse_with("s3://bucket/folder/map", options).unwrap();
    assert_eq!(
        (url.path.as_ref(), &url.location[..]),
        ("folder/map", "s3://bucket/folder/map")
    );
    assert_eq!(ObjectReader::from(url).read(0..10).await.unwrap(), sample()[..10]);
}

#[tokio::test]
async fn passwords_and_signatures_are_sent_and_not_shown() {
    let server = server();
    server.set_rule(|request| {
        let is_known = request.header("authorization") == Some("Basic dXNlcjpzZWNyZXQvIQ==")
            && request.query == "X-Amz-Signature=hidden&part=1";
        match is_known {
            true => Fault::None,
            false => Fault::Status(403),
        }
    });
    let address = server.address();
    let secret =
        |password: &str| format!("http://user:{password}@{address}{PATH}?X-Amz-Signature=hidden&part=1#end");
    let reader = ObjectReader::from_url(&secret("secret%2F!")).unwrap();
    assert_eq!(reader.location(), server.url(PATH));
    assert_eq!(reader.read(0..10).await.unwrap(), sample()[..10]);
    assert!(!format!("{reader:?}").contains("hidden"));

    let reader = ObjectReader::from_url(&secret("wrong-one")).unwrap();
    let mut errors = vec![reader.read(0..10).await.unwrap_err()];
    assert_eq!(errors[0].kind(), ErrorKind::PermissionDenied);
    server.set_rule(|_| Fault::Status(400));
    errors.push(reader.read(0..10).await.unwrap_err());
    drop(server);
    let options = [("connect_timeout", "1 second"), ("timeout", "1 second")];
    let wrong = ObjectUrl::parse_with(&secret("wrong-one").replace("http://", "https://"), options);
    let _ = wrong.unwrap();
    for error in errors {
        let shown = format!("{} {error:?}", messages(&error));
        for secret in ["wrong-one", "user", "hidden", "Signature", "Basic"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        assert!(error.to_string().contains(reader.location()));
    }
}

#[test]
fn what_is_no_url_of_an_object_is_refused() {
    for (url, reason) in [
        ("", "relative URL without a base"),
        ("map.massmap", "relative URL without a base"),
        ("ftp://host/map", "give one that begins with s3://"),
        ("s3:///map", "give one that begins with s3://"),
        ("memory:///map", "give one that begins with s3://"),
        ("s3://bucket", "names no object"),
        ("s3://bucket/", "names no object"),
        ("http://host/", "names no object"),
        ("http://user:secret@host/a//b", "empty path segment"),
    ] {
        let error = ObjectUrl::parse(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
        assert!(error.to_string().contains(reason), "{url}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn an_option_that_the_store_does_not_have_is_refused() {
    for url in [
        "s3://bucket/map",
        "gs://bucket/map",
        "az://container/map",
        "http://host/map",
        "file:///map",
    ] {
        let error = ObjectUrl::parse_with(url, [("no_such_option", "1")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{url} is not understood: its store has no option `no_such_option`")
        );
    }
}

#[test]
fn a_store_that_lacks_settings_says_which() {
    let error = ObjectUrl::parse_with("az://container/map", [("azure_storage_account_name", "")]);
    // With an account in the environment of whoever runs the tests, nothing is missing.
    if let Err(error) = error {
        assert!(messages(&error).contains("ccount"), "{}", messages(&error));
    }
}

#[test]
fn readers_do_not_show_credentials() {
    let secret = "very-secret";
    for (url, options) in [
        (
            "s3://bucket/map",
            vec![
                ("aws_access_key_id", "key"),
                ("aws_secret_access_key", secret),
                ("aws_session_token", secret),
            ],
        ),
        (
            "az://container/map",
            vec![
                ("azure_storage_account_name", "somebody"),
                ("azure_storage_account_key", "dmVyeS1zZWNyZXQ="),
            ],
        ),
        ("http://user:very-secret@host/map?very-secret", vec![]),
    ] {
        let url = ObjectUrl::parse_with(url, options).unwrap();
        let shown = format!("{url:?} {:?}", ObjectReader::from(url.clone()));
        for secret in [secret, "dmVyeS1zZWNyZXQ="] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn names_with_a_query_a_fragment_or_a_slash_at_the_end_are_refused_in_stores() {
    for (url, reason) in [
        ("s3://bucket/map?version=1", "write %3F for a question mark"),
        ("s3://bucket/map#2", "%23 for a number sign"),
        ("gs://bucket/folder/", "it ends in a slash"),
        ("s3://bucket/a//b", "empty path segment"),
    ] {
        let error = ObjectUrl::parse(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
        assert!(messages(&error).contains(reason), "{url}: {}", messages(&error));
    }
}

#[test]
fn a_password_in_a_url_that_no_store_knows_is_not_shown() {
    for url in [
        "abfss://c:secret@acc.wrong.net/a",
        "az://c:secret@/a",
        "s3://user:secret@bucket/",
    ] {
        let error = ObjectUrl::parse(url).unwrap_err();
        assert!(!messages(&error).contains("secret"), "{}", messages(&error));
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

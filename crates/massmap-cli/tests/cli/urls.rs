//! Files at URLs.

#[cfg(feature = "object-store")]
mod inputs;
#[cfg(feature = "object-store")]
mod interrupted;
#[cfg(feature = "object-store")]
mod lookups;
#[cfg(feature = "object-store")]
mod reading;
#[cfg(feature = "object-store")]
mod stores;
#[cfg(feature = "object-store")]
mod writing;

use crate::harness::Directory;
use crate::harness::fixtures::{hundred, paged_map};

#[cfg(unix)]
#[test]
fn a_url_of_a_file_is_its_path() {
    let directory = Directory::with("a.json", r#"{"a": 1}"#);
    let url = |name: &str| format!("file://{}", directory.path(name).display());
    directory
        .run(["build", "-i", "a.json", "-o", &url("a%20b")])
        .success();
    assert_eq!(directory.run(["get", "a b", "a"]).success(), "1\n");
    assert_eq!(directory.run(["get", &url("a%20b"), "a"]).success(), "1\n");
    directory
        .run(["merge", "-i", &url("a%20b"), "-o", &url("c")])
        .success();
    directory
        .run(["convert", "-i", "a.json", "-o", &url("d")])
        .success();
    directory.run(["verify", &url("c")]).success();
    directory.run(["info", &url("d")]).success();
    assert_eq!(directory.names(), ["a b", "a.json", "c", "d"]);

    let message = directory.run(["get", &url("none"), "a"]).failure();
    let path = directory.path("none");
    assert!(
        message.starts_with(&format!("{}: cannot open the file: ", path.display())),
        "{message}"
    );
}

#[test]
fn what_only_looks_like_a_url_is_a_path() {
    let directory = Directory::new();
    std::fs::create_dir_all(directory.path("s3:/bucket")).unwrap();
    std::fs::write(
        directory.path("s3:/bucket/a"),
        paged_map(&hundred(|n| n.to_string())),
    )
    .unwrap();
    assert_eq!(directory.run(["get", "./s3://bucket/a", "7"]).success(), "7\n");
}

#[test]
fn stats_tell_what_opening_and_the_lookups_took() {
    let directory = Directory::with("a", paged_map(&hundred(|n| n.to_string())));
    let outcome = directory.run(["get", "--stats", "a", "7", "x"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), "7\n"));
    let [stats, error] = &outcome.stderr.lines().collect::<Vec<_>>()[..] else {
        panic!("{outcome:?}");
    };
    assert_eq!(*error, r#"massmap: error: a: there is no key "x""#);
    let length = directory.read("a").len();
    // All of the file at first, then pages.
    assert!(
        stats.starts_with(&format!(
            "massmap: stats: opening: 1 request, {length} bytes; lookups: "
        )),
        "{stats}"
    );
    assert_eq!(directory.run(["get", "a", "7"]).success(), "7\n");
}

#[cfg(not(feature = "object-store"))]
#[test]
fn a_program_without_urls_says_how_to_get_one_with_them() {
    let advice = "this program was built without support for URLs; get it with: cargo install massmap-cli --features object-store";
    let directory = Directory::with("a.json", r#"{"a": 1}"#);
    for arguments in [
        &["get", "https://user:password@host/a?signature", "a"][..],
        &["info", "https://user:password@host/a?signature"],
        &["verify", "https://user:password@host/a?signature"],
        &["merge", "-i", "https://user:password@host/a?signature", "-o", "b"],
        &[
            "merge",
            "-i",
            "a.json",
            "-o",
            "https://user:password@host/a?signature",
        ],
        &[
            "build",
            "-i",
            "a.json",
            "-o",
            "https://user:password@host/a?signature",
        ],
        &[
            "convert",
            "-i",
            "a.json",
            "-o",
            "https://user:password@host/a?signature",
        ],
    ] {
        let message = directory.run(arguments).failure();
        assert_eq!(message, format!("https://host/a: {advice}"));
    }
    assert_eq!(directory.names(), ["a.json"]);
}

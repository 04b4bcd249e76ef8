//! Inputs of builds at URLs.

use servers::{Moto, Object, or_left_out};

use super::stores::{command, run, server_with};
use crate::harness::{Directory, Outcome};

#[test]
fn an_input_at_a_url_gives_the_map_of_the_same_file() {
    // Longer than what is asked for at once, so that several ranges and several rounds of them are read.
    let mut table = String::from("key,value\n");
    for number in 0..900_000u32 {
        table.push_str(&format!("{number},value {number} of many\n"));
    }
    assert!(table.len() > 17 << 20);
    let ranges = table.len().div_ceil(4 << 20);
    let directory = Directory::with("in.csv", &table);
    let server = server_with(Vec::new());
    server.put("/bucket/in.csv", Object::new(table.into_bytes()));
    directory
        .run(["build", "-i", "in.csv", "-o", "expected"])
        .success();
    for url in [server.url("/bucket/in.csv"), "s3://bucket/in.csv".to_owned()] {
        server.forget_requests();
        run(&directory, &server, &["build", "-i", &url, "-o", "found"]).success();
        assert!(
            directory.read("found") == directory.read("expected"),
            "the same map"
        );
        assert_eq!(server.request_count(), 1 + ranges, "the end, and ranges of 4 MiB");
    }
}

#[test]
fn errors_about_an_input_at_a_url_name_it_without_its_password() {
    let directory = Directory::new();
    let server = server_with(b"{\"a\": 1,}".to_vec());
    let message = run(&directory, &server, &["build", "-i", "s3://bucket/a", "-o", "b"]).failure();
    assert!(
        message.starts_with("s3://bucket/a: line 1, column 9"),
        "{message}"
    );
    let url = format!("{}?very-secret", server.url("/bucket/none.json"));
    let message = run(&directory, &server, &["build", "-i", &url, "-o", "b"]).failure();
    assert!(
        message.starts_with(&format!("{}: ", server.url("/bucket/none.json"))),
        "{message}"
    );
    let message = run(
        &directory,
        &server,
        &["build", "-i", &server.url("/bucket/"), "-o", "b"],
    )
    .failure();
    assert!(
        message.contains("servers of HTTP have no lists of files"),
        "{message}"
    );
    assert_eq!(directory.names(), [""; 0]);
}

#[test]
fn a_folder_of_objects_is_all_of_them_in_order() {
    let Some(moto) = or_left_out(Moto::start()) else {
        return;
    };
    moto.make_bucket("bucket");
    for (name, text) in [
        ("in/b%20c.csv", "key,value\nb,2\n"),
        ("in/a/a.csv", "key,value\na,1\n"),
        ("in/_SUCCESS", ""),
        ("in/.hidden/c.csv", "not,a,table\n"),
        ("into.csv", "not,in,it\n"),
    ] {
        moto.put("bucket", name, text.as_bytes());
    }
    let directory = Directory::new();
    let build = |url: &str| {
        let mut command = command(&directory, &moto.endpoint());
        Outcome::of(command.args(["build", "-i", url, "-o", "map"]))
    };
    build("s3://bucket/in/").success();
    for (key, value) in [("a", "\"1\"\n"), ("b", "\"2\"\n")] {
        assert_eq!(directory.run(["get", "map", key]).success(), value);
    }
    moto.put("bucket", "in/notes.txt", b"");
    let message = build("s3://bucket/in/").failure();
    assert!(
        message.starts_with("s3://bucket/in/: the format of s3://bucket/in/notes.txt in it is not known"),
        "{message}"
    );
    let message = build("s3://bucket/none/").failure();
    assert_eq!(
        message,
        "s3://bucket/none/: cannot read it: there are no files in the folder"
    );
}

#[cfg(feature = "parquet")]
#[test]
fn tables_with_typed_columns_at_a_url_give_the_map_of_the_same_file() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../massmap-data/tests/fixtures/");
    let directory = Directory::new();
    let server = server_with(Vec::new());
    for name in ["pyarrow.parquet", "polars.arrow", "pyarrow.arrows"] {
        let path = format!("{fixtures}{name}");
        let object = Object::new(std::fs::read(&path).unwrap());
        server.put(&format!("/bucket/{name}"), object);
        let options = ["--key", "id", "--value", "price", "--nulls", "keep"];
        let build = |input: &str, output: &str| {
            let mut arguments = vec!["build", "-i", input, "-o", output];
            arguments.extend(options);
            run(&directory, &server, &arguments).success()
        };
        build(&path, "expected");
        for url in [
            server.url(&format!("/bucket/{name}")),
            format!("s3://bucket/{name}"),
        ] {
            build(&url, "found");
            assert!(directory.read("found") == directory.read("expected"), "{url}");
        }
    }
}

//! Commands that read, from a server that counts.

use massmap::Xxh3HashLoader;
use servers::{Fault, Nginx, TestServer, or_left_out};

use super::stores::{run, server_with};
use crate::harness::Directory;
use crate::harness::fixtures::{default_map_with, hundred, map, paged_map, paged_map_with};

/// Entries of which the index takes less than 64 KiB and the pages take much more.
fn many() -> Vec<(String, String)> {
    (0..20_000)
        .map(|n: u32| (n.to_string(), n.to_string().repeat(5)))
        .collect()
}

/// The URLs of an object, by HTTP and by S3.
fn urls(server: &TestServer) -> [String; 2] {
    [server.url("/bucket/a"), "s3://bucket/a".to_owned()]
}

#[test]
fn all_commands_that_read_take_urls_and_say_what_they_say_of_files() {
    let entries = hundred(|n| n.to_string());
    for bytes in [map(4, &entries), paged_map(&entries)] {
        let directory = Directory::with("a", &bytes);
        let server = server_with(bytes);
        for url in urls(&server) {
            for arguments in [
                &["get", "a", "7", "99"][..],
                &["get", "--with-keys", "a", "7"],
                &["info", "a"],
                &["info", "--key", "7", "--bucket", "0", "a"],
                &["verify", "a"],
                &["verify", "--json", "a"],
                &["stats", "a"],
                &["stats", "--json", "a"],
                &["merge", "-i", "a", "-o", "merged"],
                &[
                    "merge",
                    "-i",
                    "a",
                    "-o",
                    "merged",
                    "--format",
                    "v2",
                    "--duplicate-keys",
                    "last",
                ],
            ] {
                let expected = directory.run(arguments).success();
                let remote: Vec<_> = arguments
                    .iter()
                    .map(|argument| match *argument {
                        "a" => &url[..],
                        argument => argument,
                    })
                    .collect();
                let merged = directory.path("merged");
                let file = std::fs::read(&merged).ok();
                let found = run(&directory, &server, &remote).success();
                assert_eq!(found.replace(&url, "a"), expected, "{remote:?}");
                assert_eq!(std::fs::read(&merged).ok(), file);
            }
        }
    }
}

#[test]
fn opening_takes_one_request_and_a_lookup_another() {
    let with_filter = |filter| {
        default_map_with::<Xxh3HashLoader, _, _>(|builder| builder.with_miss_filter(filter), &many())
    };
    for (filter, key, lookups) in [
        (false, &["7"][..], 1),
        (false, &["7", "8", "9"], 3),
        (false, &["none"], 1),
        (true, &["7"], 1),
        (true, &["none"], 0),
    ] {
        let bytes = with_filter(filter);
        assert!(bytes.len() > 4 * 65_536);
        let directory = Directory::new();
        let server = server_with(bytes);
        for url in urls(&server) {
            server.forget_requests();
            let arguments = [&["get", "--stats", &url], key].concat();
            let outcome = run(&directory, &server, &arguments);
            assert_eq!(
                server.request_count(),
                1 + lookups,
                "{outcome:?} {:?}",
                server.requests()
            );
            let stats = outcome
                .stderr
                .lines()
                .find_map(|line| line.strip_prefix("massmap: stats: "))
                .unwrap();
            assert!(stats.starts_with("opening: 1 request, 65536 bytes; "), "{stats}");
            let bytes = server.bytes_sent() - 65_536;
            let s = if lookups == 1 { "" } else { "s" };
            assert!(
                stats.ends_with(&format!("lookups: {lookups} request{s}, {bytes} bytes")),
                "{stats}"
            );
            assert!(server.requests().iter().all(|request| request.range().is_some()));
        }
    }
}

#[test]
fn errors_name_the_url_without_its_password_and_signature() {
    let server = server_with(b"no map, however one looks at it".to_vec());
    let directory = Directory::new();
    let host = server.address();
    let url = |path: &str| format!("http://user:very-secret@{host}{path}?signature=very-secret");
    let message = run(&directory, &server, &["get", &url("/bucket/a"), "a"]).failure();
    let shown = format!("http://{host}/bucket/a: cannot read it as a massmap file: ");
    assert!(message.starts_with(&shown), "{message}");
    for arguments in [
        &["get", "--stats", &url("/none"), "a"][..],
        &["info", &url("/none")],
        &["verify", &url("/none")],
        &["merge", "-o", "b", "-i", &url("/none")],
    ] {
        let message = run(&directory, &server, arguments).failure();
        assert!(message.starts_with(&format!("http://{host}/none: ")), "{message}");
        assert!(
            message.contains("404") || message.contains("not found"),
            "{message}"
        );
    }
    server.set_rule(|_| Fault::Status(403));
    let message = run(&directory, &server, &["get", "s3://bucket/a", "a"]).failure();
    assert!(message.starts_with("s3://bucket/a: "), "{message}");
    let message = run(&directory, &server, &["get", "gopher://bucket/a", "a"]).failure();
    assert!(message.contains("s3://"), "{message}");
    assert_eq!(directory.names(), [""; 0]);
}

#[test]
fn a_file_that_is_replaced_between_opening_and_lookup_is_an_error() {
    let server = server_with(paged_map_with::<massmap::Xxh3HashLoader, _, _>(
        |builder| builder,
        &many(),
    ));
    let objects = server.objects();
    server.set_rule(move |request| {
        if request.number == 1 {
            objects.put("/bucket/a", servers::Object::new(paged_map(&many())));
        }
        Fault::None
    });
    let message = run(&Directory::new(), &server, &["get", "s3://bucket/a", "7"]).failure();
    assert!(
        message.contains("s3://bucket/a was replaced since it was opened"),
        "{message}"
    );
}

#[test]
fn nginx_serves_lookups() {
    let Some(nginx) = or_left_out(Nginx::start()) else {
        return;
    };
    nginx.put("a", &paged_map(&many()));
    let directory = Directory::new();
    assert_eq!(
        directory.run(["get", &nginx.url("a"), "7"]).success(),
        "\"77777\"\n"
    );
    let report = directory.run(["verify", &nginx.url("a")]).success();
    assert!(report.ends_with("result    undamaged\n"), "{report}");
}

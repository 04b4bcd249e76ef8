//! `massmap info` on files of format 2.

use massmap::{MassMapHashLoader, Xxh3HashLoader};
use serde_json::Value;

use crate::harness::Directory;
use crate::harness::fixtures::{OwnHashLoader, hundred, paged_map, paged_map_with};

#[test]
fn the_description_of_pages_follows_header_and_metadata() {
    let bytes = paged_map_with::<Xxh3HashLoader, _, _>(
        |builder| {
            builder
                .with_miss_filter(true)
                .with_user_metadata("source", "a test")
        },
        &[("a", 1)],
    );
    let directory = Directory::with("a", bytes);
    // A page of 512 bytes with a header of 8 and entries of 3 + 3 bytes: 14 / 512. 64 bins per full page.
    assert_eq!(
        directory.run(["info", "a"]).success(),
        r#"{
  "header": {
    "meta_offset": 1024,
    "meta_length": 76
  },
  "meta": {
    "entry_count": 1,
    "bucket_count": 1,
    "occupied_bucket_count": 1,
    "occupied_bucket_range": {
      "start": 0,
      "end": 1
    },
    "hash_config": {
      "name": "xxh3",
      "parameters": {
        "seed": 0
      }
    },
    "key_type": "string",
    "value_type": "i32"
  },
  "paged": {
    "page_size": 512,
    "page_count": 1,
    "bins": 64,
    "fill": 0.1347,
    "duplicate_keys": "error",
    "miss_filter": true,
    "user_metadata": {
      "source": "a test"
    }
  }
}
"#
    );
}

#[test]
fn a_map_without_entries_has_no_fill_level() {
    let directory = Directory::with("a", paged_map(&[("", 0); 0]));
    let info: Value = serde_json::from_str(&directory.run(["info", "a"]).success()).unwrap();
    assert_eq!(info["paged"]["page_count"], 0);
    assert_eq!(info["paged"]["fill"], Value::Null);
    assert_eq!(
        directory.run(["info", "a", "-b", "0"]).failure(),
        "a: cannot list the bucket: page 0 was requested, but the map has 0"
    );
}

#[test]
fn keys_are_looked_up_and_pages_listed() {
    let directory = Directory::with("a", paged_map(&hundred(|n| 70_000 + n)));
    let info = directory.run(["info", "a"]).success();
    let pages = serde_json::from_str::<Value>(&info).unwrap()["paged"]["page_count"]
        .as_u64()
        .unwrap();
    assert!(pages > 1);
    for (key, answer) in [
        ("70000", "Some(Number(0))"),
        ("70099", "Some(Number(99))"),
        ("70100", "None"),
    ] {
        assert_eq!(
            directory.run(["info", "a", "--key", key]).success(),
            format!("{info}Get {key}: {answer}\n")
        );
    }
    let mut listed = Vec::new();
    for page in 0..pages {
        let stdout = directory
            .run(["info", "a", "--bucket", &page.to_string()])
            .success();
        let json = stdout
            .strip_prefix(&format!("{info}Bucket {page} entries:\n"))
            .unwrap();
        listed.extend(serde_json::from_str::<Vec<(u64, u64)>>(json).unwrap());
    }
    listed.sort_unstable();
    assert_eq!(listed, hundred(|n| 70_000 + n));
    assert_eq!(
        directory.run(["info", "a", "-b", &pages.to_string()]).failure(),
        format!("a: cannot list the bucket: page {pages} was requested, but the map has {pages}")
    );
}

#[test]
fn entries_of_several_pages_are_listed_with_the_first() {
    let directory = Directory::with("a", paged_map(&[("k", "v".repeat(1200))]));
    let info = directory.run(["info", "a"]).success();
    let listed = |page: &str| directory.run(["info", "a", "-b", page]).success();
    assert!(listed("0").contains("\"k\",\n    \"vvv"));
    for page in ["1", "2"] {
        assert_eq!(listed(page), format!("{info}Bucket {page} entries:\n[]\n"));
    }
    let json: Value = serde_json::from_str(&info).unwrap();
    assert_eq!(json["meta"]["occupied_bucket_count"], 1);
    // An entry of 2 + 1203 bytes, directories of 8 for each page and a header of 8 in 1536 bytes.
    assert_eq!(json["paged"]["fill"], 0.8066);
}

#[test]
fn an_unknown_hash_function_is_an_error_only_for_lookups() {
    let directory = Directory::with(
        "a",
        paged_map_with::<OwnHashLoader, _, _>(|builder| builder, &[("x", 1)]),
    );
    let cause = "keys cannot be looked up: the hash function is \"our own\"; this program knows only \"foldhash\", \"xxh3\"";
    let info = directory.run(["info", "a"]);
    assert!(info.stdout.contains("\"name\": \"our own\""), "{info:?}");
    assert!(info.stdout.contains("\"page_size\": 512"), "{info:?}");

    let listing = directory.run(["info", "a", "-b0"]);
    assert_eq!(
        listing.stdout,
        format!(
            "{}Bucket 0 entries:\n[\n  [\n    \"x\",\n    1\n  ]\n]\n",
            info.stdout
        )
    );
    for outcome in [info, listing] {
        assert_eq!(outcome.code, Some(0));
        assert_eq!(outcome.stderr, format!("massmap: warning: a: {cause}\n"));
    }
    assert_eq!(
        directory.run(["info", "a", "-kx"]).failure(),
        format!("a: {cause}")
    );
}

#[test]
fn a_wrong_hash_function_under_a_known_name_is_an_error() {
    let bytes = paged_map_with::<OwnHashLoader, _, _>(
        |builder| builder.with_hash_config(Xxh3HashLoader::default_config()),
        &[("x", 1)],
    );
    let directory = Directory::with("a", bytes);
    // Listing hashes no key.
    assert_eq!(directory.run(["info", "a"]).code, Some(0));
    for arguments in [
        &["get", "a", "x"][..],
        &["info", "a", "-kx"],
        &["merge", "-i", "a", "-o", "b"],
    ] {
        let message = directory.run(arguments).failure();
        assert!(
            message.contains("the hash function \"xxh3\" of this program gives other hashes "),
            "{message}"
        );
    }
    let (text, _) = directory.run(["verify", "a"]).failure_after_output();
    assert!(
        text.contains("the hash function \"xxh3\" of this program gives other hashes "),
        "{text}"
    );
}

#[test]
fn a_shard_says_which_one_it_is_and_a_damaged_header_is_named() {
    let directory = Directory::with("in.json", r#"{"apple": 1, "pear": 2, "plum": 3}"#);
    let id = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    for index in ["0", "1"] {
        let shard = format!("{index}/2");
        let args = [
            "build",
            "-i",
            "in.json",
            "-o",
            index,
            "--shard",
            &shard,
            "--build-id",
            id,
        ];
        directory.run(args).success();
    }
    let info = directory.run(["info", "1"]).success();
    let paged = &serde_json::from_str::<Value>(&info).unwrap()["paged"];
    assert_eq!(paged["shard"], serde_json::json!({ "index": 1, "count": 2 }));
    assert_eq!(paged["build_id"], id.replace('-', ""));
    assert_eq!(paged["damaged_headers"], Value::Null);

    directory
        .run(["merge", "-i", "0", "-i", "1", "-o", "merged"])
        .success();
    let info = directory.run(["info", "merged"]).success();
    assert!(!info.contains("shard") && !info.contains("build_id"), "{info}");
    let message = directory
        .run(["merge", "-i", "1", "-i", "1", "-o", "twice"])
        .failure();
    assert!(message.contains("are the same shard, 1 of 2"), "{message}");

    let intact = std::fs::read(directory.path("merged")).unwrap();
    for (place, name) in [(9, "first"), (intact.len() - 1, "second")] {
        let mut bytes = intact.clone();
        bytes[place] ^= 1;
        directory.write("damaged", bytes);
        let info = directory.run(["info", "damaged"]).success();
        let paged = &serde_json::from_str::<Value>(&info).unwrap()["paged"];
        assert_eq!(paged["damaged_headers"], serde_json::json!([name]));
        let verify = directory.run(["verify", "damaged"]);
        assert_eq!(verify.code, Some(1));
        assert!(
            verify.stdout.contains(&format!("the {name} header")),
            "{verify:?}"
        );
    }
}

/// A hundred documents, one a line.
fn documents() -> String {
    let line = |number: u32| {
        let text = "the same text again and again, ".repeat(number as usize % 9);
        format!("{{\"key\":\"document {number}\",\"value\":{{\"text\":\"{text}\",\"number\":{number}}}}}\n")
    };
    (0..100).map(line).collect()
}

#[cfg(feature = "zstd")]
#[test]
fn compressed_values_are_built_merged_and_shown() {
    let directory = Directory::with("documents.ndjson", documents());
    let compression = |name: &str| -> Value {
        let info: Value = serde_json::from_str(&directory.run(["info", name]).success()).unwrap();
        info["paged"]["compression"].clone()
    };
    let build = ["build", "-i", "documents.ndjson", "-o"];
    directory.run([&build[..], &["plain"]].concat()).success();
    assert_eq!(compression("plain"), Value::Null);
    let with = ["trained", "--compression", "zstd:5", "--dictionary-size", "2KiB"];
    directory.run([&build[..], &with].concat()).success();
    let found = compression("trained");
    assert_eq!(
        (
            &found["algorithm"],
            &found["used"],
            &found["level"],
            &found["dictionary"]
        ),
        (&"zstd".into(), &true.into(), &5.into(), &"trained".into())
    );
    assert_eq!(found["version"], "1.5.7");
    let bytes = |name: &str| directory.read(name);
    assert!(bytes("trained").len() < bytes("plain").len());

    directory.write("dictionary", "the same text again and again, ");
    let with = ["given", "--compression", "zstd", "--dictionary", "dictionary"];
    directory.run([&build[..], &with].concat()).success();
    assert_eq!(
        (
            &compression("given")["dictionary"],
            &compression("given")["dictionary_bytes"]
        ),
        (&"given".into(), &31.into())
    );
    for name in ["plain", "trained", "given"] {
        assert_eq!(
            directory.run(["get", name, "document 7"]).success(),
            directory.run(["get", "plain", "document 7"]).success()
        );
        directory.run(["verify", name]).success();
    }

    // A merge compresses as its inputs are, unless it is told otherwise.
    for index in ["0/2", "1/2"] {
        let name = format!("shard {}", &index[..1]);
        let with = [
            &name,
            "--shard",
            index,
            "--compression",
            "zstd:5",
            "--dictionary-size",
            "2KiB",
        ];
        directory.run([&build[..], &with].concat()).success();
    }
    let merge = ["merge", "-i", "shard 0", "-i", "shard 1", "-o", "merged"];
    directory.run(merge).success();
    assert!(bytes("merged") == bytes("trained"));
    directory
        .run([&merge[..], &["--compression", "none"]].concat())
        .success();
    assert!(bytes("merged") == bytes("plain"));
    for with in [["--dictionary", "dictionary"], ["--dictionary-size", "0"]] {
        let error = directory
            .run([&build[..], &["none", "--compression", "none"], &with].concat())
            .failure();
        assert!(
            error.contains("--compression none takes no dictionary"),
            "{error}"
        );
    }
}

#[cfg(feature = "zstd")]
#[test]
fn entries_of_fixed_width_are_said_not_to_be_compressed() {
    let directory = Directory::with("numbers.json", r#"{"1": 1, "2": 2}"#);
    let options = [
        "--key-type",
        "u64",
        "--value-type",
        "u64",
        "--compression",
        "zstd",
    ];
    let build = ["build", "-i", "numbers.json", "-o", "numbers"];
    directory.run([&build[..], &options].concat()).success();
    let info: Value = serde_json::from_str(&directory.run(["info", "numbers"]).success()).unwrap();
    assert_eq!(info["paged"]["compression"]["used"], false);
    assert_eq!(info["paged"]["entry_widths"], serde_json::json!([8, 8]));
}

#[cfg(not(feature = "zstd"))]
#[test]
fn compression_needs_a_feature() {
    let directory = Directory::with("documents.ndjson", documents());
    let build = [
        "build",
        "-i",
        "documents.ndjson",
        "-o",
        "a",
        "--compression",
        "zstd",
    ];
    let error = directory.run(build).failure();
    assert!(error.contains("feature \"zstd\""), "{error}");
}

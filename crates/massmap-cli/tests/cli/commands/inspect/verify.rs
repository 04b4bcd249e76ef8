//! `massmap verify`: reports for people and programs, exit codes.

use massmap::Xxh3HashLoader;
use serde_json::{Value, json};

use crate::harness::Directory;
use crate::harness::fixtures::{OwnHashLoader, hundred, map, map_with, paged_map, paged_map_with};

fn json_report(stdout: &str) -> Value {
    serde_json::from_str(stdout).unwrap()
}

#[test]
fn an_undamaged_file_of_format_1_is_reported() {
    let bytes = map(4, &[("a", 1), ("b", 2)]);
    let directory = Directory::with("a", &bytes);
    assert_eq!(
        directory.run(["verify", "a"]).success(),
        format!(
            "file      a\nformat    1\nentries   2\nbuckets   4\nbytes     {}\nkeys      checked as &str\nproblems  0\n\
             result    undamaged\n",
            bytes.len()
        )
    );
}

#[test]
fn an_undamaged_file_of_format_2_is_reported() {
    let bytes = paged_map(&hundred(|n| n));
    let directory = Directory::with("a", &bytes);
    let info = json_report(&directory.run(["info", "a"]).success());
    let pages = &info["paged"]["page_count"];
    assert_eq!(
        directory.run(["verify", "a"]).success(),
        format!(
            "file      a\nformat    2\nentries   100\npages     {pages}\nbytes     {}\nkeys      checked as u64\n\
             problems  0\nresult    undamaged\n",
            bytes.len()
        )
    );
}

#[test]
fn json_reports_have_stable_field_names() {
    let bytes = paged_map(&[("a", "v".repeat(600)), ("b", String::new())]);
    let directory = Directory::with("a", &bytes);
    let stdout = directory.run(["verify", "--json", "a"]).success();
    let info = json_report(&directory.run(["info", "a"]).success());
    assert_eq!(
        stdout,
        format!(
            r#"{{
  "format": 2,
  "ok": true,
  "entries": 2,
  "buckets": {},
  "blocks": {},
  "bytes": {},
  "key_type": "string",
  "keys_checked": true,
  "keys_unchecked_reason": null,
  "problem_count": 0,
  "problems": []
}}
"#,
            info["meta"]["bucket_count"],
            info["meta"]["occupied_bucket_count"],
            bytes.len()
        )
    );
}

#[test]
fn maps_without_entries_are_undamaged() {
    for bytes in [map(3, &[("", 0); 0]), paged_map(&[("", 0); 0])] {
        let report = json_report(
            &Directory::with("a", bytes)
                .run(["verify", "a", "--json"])
                .success(),
        );
        assert_eq!((&report["ok"], &report["entries"]), (&json!(true), &json!(0)));
    }
}

#[test]
fn the_report_says_why_keys_could_not_be_checked() {
    let type_reason = "keys of type \"(char, u8)\" can be neither looked up nor shown; known types are integers from u8 to \
                       u128 and from i8 to i128, and strings";
    let hash_reason = "the hash function is \"our own\"; this program knows only \"foldhash\", \"xxh3\"";
    for (bytes, reason) in [
        (map(2, &[(('x', 1u8), 0)]), type_reason),
        (paged_map(&[(('x', 1u8), 0)]), type_reason),
        (map_with::<OwnHashLoader, _, _>(2, &[("x", 1)]), hash_reason),
        (
            paged_map_with::<OwnHashLoader, _, _>(|builder| builder, &[("x", 1)]),
            hash_reason,
        ),
    ] {
        let directory = Directory::with("a", bytes);
        let report = json_report(&directory.run(["verify", "a", "--json"]).success());
        assert_eq!(report["keys_checked"], false);
        assert_eq!(report["keys_unchecked_reason"], reason);
        assert_eq!(report["entries"], 1);
        let text = directory.run(["verify", "a"]).success();
        assert!(
            text.contains(&format!("\nkeys      not checked: {reason}\n")),
            "{text}"
        );
    }
}

#[test]
fn a_damaged_page_is_reported_and_the_exit_code_is_1() {
    for damaged in [
        paged_map(&hundred(|n| n)),
        // Checking checksums needs neither key type nor hash function.
        paged_map_with::<OwnHashLoader, _, _>(|builder| builder, &hundred(|n| n)),
    ] {
        let mut bytes = damaged;
        bytes[512 + 100] ^= 1;
        let directory = Directory::with("a", bytes);
        let (text, message) = directory.run(["verify", "a"]).failure_after_output();
        assert_eq!(message, "a: the file is damaged, problems found: 1");
        assert!(text.contains("\nproblems  1\n          page 0: "), "{text}");
        assert!(text.ends_with("\nresult    DAMAGED\n"), "{text}");

        let (stdout, message) = directory.run(["verify", "a", "--json"]).failure_after_output();
        assert_eq!(message, "a: the file is damaged, problems found: 1");
        let report = json_report(&stdout);
        assert_eq!(report["ok"], false);
        assert_eq!(report["problem_count"], 1);
        assert_eq!(report["problems"][0]["place"], 0);
        assert!(
            report["problems"][0]["message"]
                .as_str()
                .unwrap()
                .contains("checksum")
        );
        assert_eq!(directory.names(), ["a"]);
    }
}

#[test]
fn a_damaged_bucket_is_reported_and_the_exit_code_is_1() {
    let mut bytes = map(1, &[("a", 1), ("b", 2)]);
    // The first entry becomes an array of three elements.
    bytes[25] = 0x93;
    let (text, message) = Directory::with("a", bytes)
        .run(["verify", "a"])
        .failure_after_output();
    assert!(
        text.contains("\n          bucket 0: bucket 0 is damaged: "),
        "{text}"
    );
    assert_eq!(message, "a: the file is damaged, problems found: 1");
}

#[test]
fn a_key_in_the_wrong_bucket_is_reported() {
    // Built with an unknown function under the name of a known one, so that keys are in other buckets.
    let bytes = {
        use massmap::{MassMapBuilder, MassMapHashLoader, MemoryWriter};
        let writer = MemoryWriter::new();
        MassMapBuilder::<OwnHashLoader>::default()
            .with_hash_config(Xxh3HashLoader::default_config())
            .build(&writer, hundred(|n| n).iter())
            .unwrap();
        writer.into_inner()
    };
    let (text, message) = Directory::with("a", bytes)
        .run(["verify", "a"])
        .failure_after_output();
    assert!(text.contains("is not found where its hash says"), "{text}");
    assert!(
        message.starts_with("a: the file is damaged, problems found: "),
        "{message}"
    );
}

#[test]
fn bytes_after_the_end_and_swapped_pages_are_reported() {
    let bytes = paged_map(&hundred(|n| 70_000 + n));
    let mut longer = bytes.clone();
    longer.push(0);
    let (text, _) = Directory::with("a", longer)
        .run(["verify", "a"])
        .failure_after_output();
    assert!(
        text.contains(
            "\n          there are bytes after the end, as if the file had been written over a longer one\n"
        ),
        "{text}"
    );

    let mut swapped = bytes;
    let (first, second) = swapped[512..1536].split_at_mut(512);
    first.swap_with_slice(second);
    let (text, message) = Directory::with("a", swapped)
        .run(["verify", "a"])
        .failure_after_output();
    assert!(text.contains(" page 0: ") && text.contains(" page 1: "), "{text}");
    assert_eq!(message, "a: the file is damaged, problems found: 2");
}

#[test]
fn problems_beyond_the_hundredth_are_counted() {
    let entries: Vec<_> = (0..10_000u64).map(|n| (n, n)).collect();
    let mut bytes = paged_map(&entries);
    let info = json_report(&Directory::with("a", &bytes).run(["info", "a"]).success());
    let pages = usize::try_from(info["paged"]["page_count"].as_u64().unwrap()).unwrap();
    assert!(pages > 101);
    for page in 1..=pages {
        bytes[page * 512 + 9] ^= 1;
    }
    let directory = Directory::with("a", bytes);
    let (text, _) = directory.run(["verify", "a"]).failure_after_output();
    assert!(text.contains(&format!("\nproblems  {pages}\n")), "{text}");
    assert!(
        text.contains(&format!("\n          and {} more\n", pages - 100)),
        "{text}"
    );
    let (stdout, _) = directory.run(["verify", "a", "--json"]).failure_after_output();
    assert_eq!(json_report(&stdout)["problems"].as_array().unwrap().len(), 100);
}

#[test]
fn a_file_that_is_not_a_map_is_an_error_of_one_line() {
    let directory = Directory::with("a", "MASSMAP2 and nothing else");
    for (name, cause) in [
        ("a", "cannot read it as a massmap file: "),
        ("b", "cannot open the file: "),
    ] {
        let message = directory.run(["verify", name]).failure();
        assert!(message.starts_with(&format!("{name}: {cause}")), "{message}");
        // In JSON, it is reported like other problems.
        let (stdout, message_again) = directory.run(["verify", name, "--json"]).failure_after_output();
        assert_eq!(message_again, message);
        let report = json_report(&stdout);
        assert_eq!(
            (&report["ok"], &report["problem_count"]),
            (&false.into(), &1.into())
        );
        assert!(
            report["problems"][0]["message"]
                .as_str()
                .unwrap()
                .starts_with(cause),
            "{report}"
        );
    }
}

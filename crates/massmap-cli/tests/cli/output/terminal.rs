//! Text from files, names and arguments cannot control the terminal or break out of its line.

use massmap::{KnownHashLoader, MassMapHashConfig, MassMapHashLoader};

use crate::harness::fixtures::{OwnHashLoader, map, map_with, paged_map_with};
use crate::harness::{Directory, Outcome, escaped, is_harmful};

/// One of each kind: C0 except NUL, which arguments cannot contain, DEL, C1, marks, embeddings, overrides, isolates, separators.
const HARMFUL: &str = "\u{1b}[2K\r\n\u{7f}\u{80}\u{9b}31m\u{9f}\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}\u{2028}\u{2029}";

/// The same in JSON.
const JSON: &str =
    r"\u001b[2K\r\n\u007f\u0080\u009b31m\u009f\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029";

/// Checks that nothing harmful was written except line breaks between lines.
#[track_caller]
fn assert_harmless(outcome: &Outcome) {
    for text in [&outcome.stdout, &outcome.stderr] {
        let text = text.replace('\n', "");
        assert!(!text.contains(is_harmful), "{text:?}");
    }
}

#[test]
fn keys_and_values_are_escaped_without_changing_the_meaning_of_json() {
    let directory = Directory::with("a", map(1, &[(HARMFUL, [HARMFUL])]));
    let outcome = directory.run(["get", "--with-keys", "a", HARMFUL]);
    assert_eq!(outcome.stdout, format!("[\"{JSON}\",[\"{JSON}\"]]\n"));
    let found: (String, [String; 1]) = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(found, (HARMFUL.to_owned(), [HARMFUL.to_owned()]));
    assert_harmless(&outcome);

    let outcome = directory.run(["info", "a", "--bucket", "0", "--key", HARMFUL]);
    let answer = format!("Get {}: Some(Array [String(", escaped(HARMFUL));
    assert!(outcome.stdout.contains(&answer), "{outcome:?}");
    let listed = format!("[\n  [\n    \"{JSON}\",\n    [\n      \"{JSON}\"\n    ]\n  ]\n]\n");
    assert!(outcome.stdout.ends_with(&listed), "{outcome:?}");
    assert_harmless(&outcome);
}

#[test]
fn metadata_and_type_names_are_escaped() {
    struct Named;
    impl MassMapHashLoader for Named {
        type BuildHasher = <KnownHashLoader as MassMapHashLoader>::BuildHasher;

        fn load(_: &MassMapHashConfig) -> std::io::Result<Self::BuildHasher> {
            KnownHashLoader::load(&massmap::Xxh3HashLoader::default_config())
        }

        fn default_config() -> MassMapHashConfig {
            MassMapHashConfig {
                name: HARMFUL.to_owned(),
                parameters: serde_json::json!({ HARMFUL: HARMFUL }),
            }
        }
    }
    let bytes = paged_map_with::<Named, _, _>(
        |builder| {
            builder
                .with_type_names(true)
                .with_value_type_name(HARMFUL)
                .with_user_metadata(HARMFUL, HARMFUL)
        },
        &[(('k', 1u8), 1)],
    );
    // A key type of the same length.
    let mut bytes_with_type = bytes.clone();
    let name = b"(char, u8)";
    let at = bytes
        .windows(name.len())
        .position(|window| window == name)
        .unwrap();
    bytes_with_type[at..at + name.len()].copy_from_slice("\u{9b}\u{202e}\u{7f}\u{2066}\u{1b}".as_bytes());
    let directory = Directory::with("a", bytes);
    directory.write("b", bytes_with_type);
    for file in ["a", "b"] {
        for arguments in [
            &["info", file][..],
            &["info", file, "--key", "x"],
            &["get", file, "x"],
            &["verify", file],
            &["verify", "--json", file],
            &["dump", file],
            &["keys", file],
            &["sample", file],
            &["build", "-i", "a", "--like", file, "-o", "out"],
            &["merge", "-i", file, "-o", "out"],
        ] {
            assert_harmless(&directory.run(arguments));
        }
    }
    let shown: serde_json::Value = serde_json::from_str(&directory.run(["info", "a"]).stdout).unwrap();
    assert_eq!(shown["meta"]["value_type"], HARMFUL);
    assert_eq!(shown["meta"]["hash_config"]["name"], HARMFUL);
    assert_eq!(shown["paged"]["user_metadata"][HARMFUL], HARMFUL);
}

#[test]
fn messages_about_names_keys_and_input_are_escaped() {
    let directory = Directory::with("a", map(1, &[("k", 1)]));
    directory.write("numbers", map(1, &[(1u8, 1)]));
    directory.write("own", map_with::<OwnHashLoader, _, _>(1, &[("k", 1)]));
    directory.write("in.json", format!("{{\"{}\": 1}}", JSON));
    directory.write(
        "in.ndjson",
        format!("[\"k\", 1]\n[\"{JSON}\", {{\"{JSON}\": 1, \"{JSON}\": 2}}]\n"),
    );
    directory.write("in.csv", format!("k,\"{HARMFUL}\"\n1,{}\n", "\u{9b}\u{202e}"));
    // No file has this name.
    let file = HARMFUL;
    for (arguments, says) in [
        (&["get", "a", HARMFUL][..], "there is no key"),
        (&["get", "numbers", HARMFUL], "is not of type u8"),
        (&["info", "numbers", "--key", HARMFUL], "is not of type u8"),
        (&["get", file, "k"], "cannot open"),
        (&["info", file], "cannot open"),
        (&["verify", file], "cannot open"),
        (&["merge", "-i", file, "-o", "out"], "cannot open"),
        (&["convert", "-i", file, "-o", "out"], "cannot open"),
        (&["build", "-i", file, "-o", "out"], "cannot open"),
        (
            &["build", "-i", "in.json", "-o", "out", "--key-type", "u8"],
            "is not of type u8",
        ),
        (&["build", "-i", "in.ndjson", "-o", "out"], "two members"),
        (
            &["build", "-i", "in.csv", "-o", "out", "--value-type", "u8"],
            "possible values",
        ),
        (
            &["build", "-i", "in.csv", "-o", "out", "--value-type", "u64"],
            "is not of type u64",
        ),
        (
            &[
                "build",
                "-i",
                "in.csv",
                "-o",
                "out",
                "--key",
                HARMFUL,
                "--key-type",
                "u8",
            ],
            "is not of type u8",
        ),
        (
            &["build", "-i", "in.csv", "-o", "out", "--key", "\u{9b}"],
            "there is no column",
        ),
        (
            &["build", "-i", "in.csv", "-o", "out", "--user-metadata", HARMFUL],
            "no '='",
        ),
        (&["get", "a", "--", HARMFUL], "there is no key"),
        (&["verify", "a", HARMFUL], "unexpected argument"),
        (&[HARMFUL], "unrecognized subcommand"),
        (&["verify", "--\u{202e}json", "a"], "unexpected argument"),
    ] {
        let outcome = directory.run(arguments);
        assert_ne!(outcome.code, Some(0), "{outcome:?}");
        assert!(outcome.stderr.contains(says), "{outcome:?}");
        assert_harmless(&outcome);
    }
    // A usage error has several lines, but none from the argument.
    for argument in [
        "x\nmassmap: all is well",
        "--x\nmassmap: all is well",
        "--json=x\nmassmap: all is well",
    ] {
        let stderr = directory.run(["verify", "a", argument]).usage_error();
        assert!(!stderr.contains("\nmassmap: all is well"), "{stderr}");
        assert!(stderr.contains(r"x\nmassmap: all is well"), "{stderr}");
    }
}

#[test]
fn harmless_text_is_not_escaped() {
    let text = "naïve \"текст\" \\ שלום 🦀\u{200d}\u{a0}~";
    let directory = Directory::with("a", map(1, &[(text, text)]));
    let json = serde_json::to_string(text).unwrap();
    assert_eq!(directory.run(["get", "a", text]).success(), format!("{json}\n"));
    assert!(
        directory
            .run(["info", "a", "-k", text])
            .success()
            .contains(&format!("Get {text}: "))
    );
}

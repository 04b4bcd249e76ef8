//! Arguments: help, usage errors and paths.

use crate::harness::Directory;

#[test]
fn help_and_version_go_to_stdout() {
    let directory = Directory::new();
    let help = directory.run(["--help"]).success();
    for command in [
        "build",
        "get",
        "dump",
        "keys",
        "sample",
        "info",
        "stats",
        "bench",
        "verify",
        "merge",
        "convert",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let help = directory.run([command, "--help"]).success();
        assert!(help.contains(&format!("Usage: massmap {command} ")), "{help}");
    }
    let version = directory.run(["--version"]).success();
    assert_eq!(version, concat!("massmap ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn defaults_are_those_of_0_1_5() {
    let help = Directory::new().run(["convert", "--help"]).success();
    for default in ["[default: 0]", "[default: 65536]", "[default: 16777216]"] {
        assert!(help.contains(default), "{help}");
    }
    let help = Directory::new().run(["merge", "--help"]).success();
    assert!(help.contains("[default: 16777216]"), "{help}");
}

#[test]
fn without_arguments_the_program_fails_with_its_help() {
    let stderr = Directory::new().run([""; 0]).usage_error();
    assert!(stderr.contains("Usage: massmap [OPTIONS] <COMMAND>"), "{stderr}");
}

#[test]
fn invalid_arguments_are_usage_errors_and_create_nothing() {
    let directory = Directory::with("in.json", "{}");
    for (arguments, complaint) in [
        (&["unpack"][..], "unrecognized subcommand 'unpack'"),
        (&["info"], "<FILE>"),
        (&["info", "f", "--bucket", "-1"], "-1"),
        (&["info", "f", "--bucket", "x"], "invalid digit"),
        (&["info", "f", "--key"], "--key <KEY>"),
        (&["info", "f", "g"], "unexpected argument 'g'"),
        (&["convert", "-i", "in.json"], "--output <FILE>"),
        (&["convert", "-o", "out"], "--input <FILE>"),
        (
            &["convert", "-i", "in.json", "-o", "out", "--bucket-count", "0"],
            "0 is not in 1..=4294967295",
        ),
        (
            &[
                "convert",
                "-i",
                "in.json",
                "-o",
                "out",
                "--bucket-count",
                "4294967296",
            ],
            "4294967296 is not in 1..=4294967295",
        ),
        (
            &[
                "convert",
                "-i",
                "in.json",
                "-o",
                "out",
                "--hash-seed",
                "18446744073709551616",
            ],
            "too large",
        ),
        (
            &["convert", "-i", "in.json", "-o", "out", "--buffer-size", "16MiB"],
            "invalid digit",
        ),
        (&["build", "-i", "in.json"], "--output <FILE>"),
        (&["build", "-o", "out"], "--input <FILE>"),
        (
            &["dump", "f", "--format", "xml"],
            "invalid value 'xml' for '--format <FORMAT>'",
        ),
        (&["dump", "f", "--memory-limit", "1M"], "--sort"),
        (&["dump", "f", "--spill-dir", "."], "--sort"),
        (&["keys", "f", "g"], "unexpected argument 'g'"),
        (&["sample", "f", "-n", "-1"], "unexpected argument '-1'"),
        (&["sample", "f", "--seed", "x"], "invalid digit"),
        (
            &["build", "-i", "in.json", "-o", "out", "--memory-limit", "1TB"],
            "'--memory-limit <SIZE>': \"TB\" is not a unit",
        ),
        (
            &["merge", "-i", "a", "-o", "out", "--memory-limit", "x"],
            "'--memory-limit <SIZE>': \"x\" is not a unit",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--threads", "0"],
            "'--threads <COUNT>'",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--shard", "16/16"],
            "'--shard <INDEX/COUNT>': the shards are 0/16 to 15/16",
        ),
        (
            &[
                "build",
                "-i",
                "in.json",
                "-o",
                "out",
                "--format",
                "v1",
                "--bucket-count",
                "5",
                "--target-bucket-bytes",
                "4K",
            ],
            "cannot be used with",
        ),
        (
            &["build", "-i", "-", "-i", "-", "-o", "out"],
            "standard input can be read only once",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--no-header"],
            "--no-header needs an input of --input-format csv or tsv",
        ),
        (
            &[
                "build", "-i", "in.json", "-o", "out", "--key", "a", "--value", "a",
            ],
            "--key and --value are both \"a\"",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--key-type", "char"],
            "[possible values: string, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128]",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--value-type", "u8"],
            "[possible values: json, string, bool, u64, u128, i64, i128, f64]",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--input-format", "xml"],
            "[possible values: json, ndjson, csv, tsv, parquet, arrow]",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--format", "3"],
            "[possible values: v2, v1]",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--hash", "md5"],
            "[possible values: xxh3, foldhash]",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--duplicate-keys", "all"],
            "[possible values: error, keep-all, first, last]",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--page-size", "1000"],
            "'--page-size <BYTES>': not a power of two from 512 to 1048576",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--longest-run", "17"],
            "17 is not in 1..=16",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--user-metadata", "a"],
            "there is no '='",
        ),
        (
            &["build", "-i", "in.json", "-o", "out", "--user-metadata", "=a"],
            "the name is empty",
        ),
        (
            &[
                "build",
                "-i",
                "in.json",
                "-o",
                "out",
                "--user-metadata",
                "a=1",
                "--user-metadata",
                "a=2",
            ],
            "--user-metadata is given twice for \"a\"",
        ),
        (
            &[
                "build",
                "-i",
                "in.json",
                "-o",
                "out",
                "--format",
                "v1",
                "--bucket-count",
                "0",
            ],
            "0 is not in 1..=4294967295",
        ),
        (&["get"], "<FILE>"),
        (&["get", "f"], "<KEY>"),
        (&["verify"], "<FILE>"),
        (&["verify", "f", "g"], "unexpected argument 'g'"),
        (
            &["merge", "-i", "a", "-o", "out", "--page-size", "0"],
            "not a power of two",
        ),
        (&["merge", "-o", "out"], "--input <FILE>"),
        (&["merge", "-i", "-o", "out"], "--input <FILE>"),
        (&["merge", "-i", "a"], "--output <FILE>"),
    ] {
        let stderr = directory.run(arguments).usage_error();
        assert!(stderr.contains(complaint), "{arguments:?}: {stderr}");
    }
    assert_eq!(directory.names(), ["in.json"]);
}

#[cfg(target_os = "linux")]
#[test]
fn paths_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let directory = Directory::new();
    let [json, map, merged, missing] =
        [&b"\xff.json"[..], b"\xfe.massmap", b"\xfd", b"\xfc"].map(|name| OsStr::from_bytes(name).to_owned());
    std::fs::write(directory.path(&json), r#"{"a": 1}"#).unwrap();

    let [convert, merge, info] = ["convert", "merge", "info"].map(OsStr::new);
    let [input, output] = ["-i", "-o"].map(OsStr::new);
    let converted = directory.run([convert, input, &json, output, &map]).success();
    let shown = directory.run([merge, input, &map, output, &merged]).success();
    assert_eq!(converted, shown);
    assert_eq!(directory.run([info, &merged]).success(), shown);
    assert_eq!(
        directory.run([info, &missing]).failure(),
        "\u{fffd}: cannot open the file: No such file or directory (os error 2)"
    );
    assert!(
        directory
            .run([info, &merged, OsStr::new("--key"), &json])
            .usage_error()
            .contains("UTF-8")
    );
}

#[test]
fn invalid_arguments_are_cut_and_escaped_in_messages() {
    let directory = Directory::with("in.json", "{}");
    let long = "x".repeat(3000);
    let build = |arguments: &[&str]| {
        let arguments = ["build", "-i", "in.json", "-o", "out"].iter().chain(arguments);
        directory.run(arguments).usage_error()
    };
    for option in [
        "--key-type",
        "--delimiter",
        "--user-metadata",
        "--memory-limit",
        "--shard",
    ] {
        let message = build(&[option, &long]);
        assert!(message.chars().count() < 500, "{message}");
        assert!(message.contains("xxx…"), "{message}");
        let message = build(&[&format!("{option}={long}")]);
        assert!(message.chars().count() < 500, "{message}");
    }
    let twice = format!("{long}=1");
    let message = build(&["--user-metadata", &twice, "--user-metadata", &twice]);
    assert!(message.chars().count() < 500, "{message}");
    for arguments in [
        &["--key-type", "a\nb"][..],
        &["--key-type=a\nb"],
        &["--a\nb=3"],
        &["a\nb"],
    ] {
        let message = build(arguments);
        assert!(message.contains("a\\nb"), "{message}");
        assert!(!message.contains("a\nb"), "{message}");
    }
}

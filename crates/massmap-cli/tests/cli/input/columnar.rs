//! Parquet and Arrow IPC.

use crate::harness::Directory;

/// A file of the tests of `massmap-data`.
#[cfg(feature = "parquet")]
fn fixture(name: &str) -> String {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../massmap-data/tests/fixtures/");
    format!("{fixtures}{name}")
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_how_to_get_it() {
    let directory = Directory::with("in.parquet", b"PAR1\x15\x04\x15\x10PAR1");
    directory.write("table", b"ARROW1\0\0\xff\xff\xff\xff");
    for (input, name) in [("in.parquet", "parquet"), ("table", "arrow")] {
        let outcome = directory.run(["build", "-i", input, "-o", "out.massmap"]);
        let expected = format!(
            "{input}: it is {name}, which this program was built without: cargo install massmap-cli --features parquet builds it \
             with that"
        );
        assert_eq!(outcome.failure(), expected);
    }
}

#[cfg(feature = "parquet")]
#[test]
fn columns_are_built_with_their_types() {
    let directory = Directory::new();
    let input = fixture("pyarrow.parquet");
    let options = ["--key", "small,category", "--value", "point.x,price,name"];
    let build = ["build", "-i", &input, "-o", "out.massmap"];
    directory.run(build.into_iter().chain(options)).success();
    let schema = directory
        .run(["build", "-i", &input, "--schema"].into_iter().chain(options))
        .success();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["key"]["type"], "(i32, string)");
    assert_eq!(schema["value"]["type"], "{x: f64, price: f64, name: string}");
    assert_eq!(schema["value"]["columns"][0]["name"], "point.x");
    assert_eq!(schema["inputs"][0]["rows"], 23);
    // Numbers alone have a fixed width.
    let numbers = ["build", "-i", &input, "--value", "price,ratio", "--schema"];
    let schema: serde_json::Value = serde_json::from_str(&directory.run(numbers).success()).unwrap();
    assert_eq!(schema["entry_widths"], serde_json::json!([8, 12]));
    let numbers = [
        "build",
        "-i",
        &input,
        "--value",
        "price,ratio",
        "-o",
        "out.massmap",
    ];
    let info: serde_json::Value = serde_json::from_str(&directory.run(numbers).success()).unwrap();
    assert_eq!(info["paged"]["entry_widths"], serde_json::json!([8, 12]));
    let value = directory.run(["get", "out.massmap", "--", "-4999997"]);
    // There is no such id.
    assert!(value.failure().contains("-4999997"));
    let value = directory.run(["get", "out.massmap", "--", "-3999997"]).success();
    assert_eq!(value, "[-1.125,0.25]\n");
}

#[cfg(feature = "parquet")]
#[test]
fn files_of_format_1_name_the_types_of_columns() {
    let directory = Directory::new();
    let input = fixture("spark.parquet");
    let build = [
        "build",
        "-i",
        &input,
        "--key",
        "category,small",
        "--value",
        "small",
    ];
    let options = ["--format", "v1", "-o", "out.massmap"];
    let info = directory.run(build.into_iter().chain(options)).success();
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    assert_eq!(info["meta"]["key_type"], "(string, i32)");
    assert_eq!(info["meta"]["value_type"], "i32");
}

#[cfg(feature = "parquet")]
#[test]
fn arrow_is_read_from_a_pipe_and_parquet_is_not() {
    let directory = Directory::new();
    let read = |name: &str| std::fs::read(fixture(name)).unwrap();
    let build = |format| {
        [
            "build",
            "-i",
            "-",
            "--input-format",
            format,
            "--nulls",
            "keep",
            "-o",
            "out.massmap",
        ]
    };
    for name in ["pyarrow.arrows", "pyarrow.arrow", "pyarrow.feather"] {
        directory.run_with_input(&read(name), build("arrow")).success();
    }
    let outcome = directory.run_with_input(&read("pyarrow.parquet"), build("parquet"));
    assert_eq!(
        outcome.failure(),
        "standard input: Parquet is read from its end, so it has to be a file, not a pipe: write it to one first"
    );
    let outcome = directory.run_with_input(
        &read("pyarrow.parquet"),
        ["build", "-i", "-", "-o", "out.massmap"],
    );
    assert_eq!(
        outcome.failure(),
        "standard input: it looks like Parquet, not text: --input-format parquet reads it"
    );
}

#[test]
fn options_for_typed_columns_are_refused_for_text() {
    let directory = Directory::with("in.csv", "id,name\n1,a\n");
    // Not known to be text by their names.
    directory.write("in.json", "{\"a\": null}");
    directory.write("in", "{\"a\": null}");
    for input in ["in.csv", "in.json", "in"] {
        for option in [
            ["--nulls", "skip"],
            ["--times", "integer"],
            ["--value-as", "tuple"],
        ] {
            let build = ["build", "-i", input, "-o", "out.massmap"];
            let outcome = directory.run(build.into_iter().chain(option));
            let message = outcome.usage_error();
            let expected = format!("{} needs an input of --input-format parquet or arrow", option[0]);
            assert!(message.contains(&expected), "{message}");
        }
    }
}

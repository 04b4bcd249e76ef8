//! Several inputs, and inputs with few rows or columns.

mod batches;

use std::fs;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use massmap_data::{Nulls, Times};

use crate::harness::{Tables, build, build_entries, fixture, settings};

fn table(keys: &[i32], values: &[&str]) -> RecordBatch {
    RecordBatch::try_from_iter([
        ("k", Arc::new(Int32Array::from(keys.to_vec())) as ArrayRef),
        ("v", Arc::new(StringArray::from(values.to_vec())) as ArrayRef),
    ])
    .unwrap()
}

#[test]
fn several_files_are_read_in_order_and_matched_by_names() {
    let tables = Tables::new();
    let one = tables.parquet("one.parquet", &table(&[1, 2], &["a", "b"]));
    let other = RecordBatch::try_from_iter([
        ("v", Arc::new(StringArray::from(vec!["c"])) as ArrayRef),
        ("k", Arc::new(Int32Array::from(vec![3])) as ArrayRef),
    ]);
    let other = tables.arrow("other.arrow", &other.unwrap());
    let empty = tables.stream("empty.arrows", &table(&[], &[]));
    let built = build(&settings([&empty, &one, &other, &empty])).unwrap();
    assert!(built == build_entries(&[(1, "a"), (2, "b"), (3, "c")]));
}

#[test]
fn files_with_other_columns_are_refused_before_any_is_read() {
    let tables = Tables::new();
    let one = tables.parquet("one.parquet", &table(&[1, 2], &["a", "b"]));
    let other = RecordBatch::try_from_iter([
        ("k", Arc::new(Int32Array::from(vec![3])) as ArrayRef),
        ("v", Arc::new(Int32Array::from(vec![3])) as ArrayRef),
    ]);
    let other = tables.parquet("other.parquet", &other.unwrap());
    let message = build(&settings([&one, &other])).unwrap_err();
    let expected = format!(
        "{}: its column \"v\" is i32, but that of {} is string",
        other.display(),
        one.display()
    );
    assert_eq!(message, expected);
    let text = tables.path("t.ndjson");
    fs::write(&text, "{\"k\": 1, \"v\": 2}\n").unwrap();
    let message = build(&settings([&one, &text])).unwrap_err();
    assert!(message.contains("t.ndjson: it is text, but "), "{message}");
}

#[test]
fn tables_without_rows_give_maps_without_entries() {
    let tables = Tables::new();
    let empty = table(&[], &[]);
    for path in [
        tables.parquet("a.parquet", &empty),
        tables.arrow("a.arrow", &empty),
        tables.stream("a.arrows", &empty),
    ] {
        let built = build(&settings([path])).unwrap();
        assert!(built == build_entries::<i32, String>(&[]));
    }
}

#[test]
fn tables_without_columns_are_refused() {
    let tables = Tables::new();
    let empty = RecordBatch::new_empty(Arc::new(Schema::empty()));
    for path in [
        tables.parquet("a.parquet", &empty),
        tables.arrow("a.arrow", &empty),
    ] {
        let message = build(&settings([&path])).unwrap_err();
        assert_eq!(message, format!("{}: it has no columns", path.display()));
    }
}

#[test]
fn columns_of_the_same_name_are_refused_unless_others_are_chosen() {
    let tables = Tables::new();
    let column = |name| Field::new(name, DataType::Int32, false);
    let schema = Schema::new(vec![column("k"), column("v"), column("v"), column("w")]);
    let values = |value| Arc::new(Int32Array::from(vec![value])) as ArrayRef;
    let batch = RecordBatch::try_new(Arc::new(schema), (1..5).map(values).collect()).unwrap();
    for path in [
        tables.parquet("a.parquet", &batch),
        tables.arrow("a.arrow", &batch),
    ] {
        let mut settings = settings([&path]);
        let message = build(&settings).unwrap_err();
        assert!(message.ends_with("there are two columns \"v\"; choose the value with --value"));
        settings.fields.value = Some("v".to_owned());
        assert!(
            build(&settings)
                .unwrap_err()
                .ends_with("there are two columns \"v\": rename one of them")
        );
        settings.fields.value = Some("w".to_owned());
        assert!(build(&settings).unwrap() == build_entries(&[(1, 4)]), "{path:?}");
    }
}

#[test]
fn formats_are_found_out_from_the_beginnings_of_files() {
    let tables = Tables::new();
    for name in [
        "pyarrow.parquet",
        "pyarrow.arrow",
        "pyarrow.arrows",
        "polars.arrow",
    ] {
        let expected = |path| {
            let mut settings = settings([path]);
            settings.column_rules.nulls = Nulls::Keep;
            settings.column_rules.times = Times::Integer;
            build(&settings)
        };
        let path = tables.path("table");
        fs::copy(fixture(name), &path).unwrap();
        assert!(
            expected(path).unwrap() == expected(fixture(name)).unwrap(),
            "{name}"
        );
        let misnamed = tables.path("table.csv");
        fs::copy(fixture(name), &misnamed).unwrap();
        assert!(
            expected(misnamed).unwrap() == expected(fixture(name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn compressed_streams_are_decompressed() {
    use std::io::Write;
    let tables = Tables::new();
    let plain = fs::read(fixture("pyarrow.arrows")).unwrap();
    let path = tables.path("table.arrows.gz");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).unwrap();
    fs::write(&path, encoder.finish().unwrap()).unwrap();
    let built = |path| {
        let mut settings = settings([path]);
        settings.column_rules.nulls = Nulls::Keep;
        build(&settings).unwrap()
    };
    assert!(built(path) == built(fixture("pyarrow.arrows")));
}

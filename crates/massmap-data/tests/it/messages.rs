//! Messages say where the problem is and what to do.

use std::fs;
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, MapBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, Date64Array, Decimal128Array, Int32Array, RecordBatch, StringArray, Time32SecondArray,
};

use massmap_data::KeyType;

use crate::harness::{Tables, build, fixture, settings};

#[test]
fn inputs_that_are_something_else_or_cut_off_are_named() {
    let tables = Tables::new();
    let parquet = fs::read(fixture("pyarrow.parquet")).unwrap();
    let arrow = fs::read(fixture("pyarrow.arrow")).unwrap();
    let stream = fs::read(fixture("pyarrow.arrows")).unwrap();
    let cut = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    for (name, bytes, problem) in [
        (
            "a.parquet",
            b"{}".to_vec(),
            "it is not Parquet: it has only 2 bytes",
        ),
        (
            "b.parquet",
            b"id,name\n1,a\n2,b\n".to_vec(),
            "it is not Parquet: it does not begin with PAR1",
        ),
        (
            "c.parquet",
            cut(&parquet),
            "it is Parquet, but truncated: its end is missing",
        ),
        (
            "d.parquet",
            [&parquet[..parquet.len() - 4], b"PARE"].concat(),
            "it is encrypted, which is not read",
        ),
        (
            "a.arrow",
            b"{}".to_vec(),
            "it is not Arrow IPC: it ends in the length of a message",
        ),
        (
            "b.arrow",
            cut(&arrow),
            "it is truncated: the end of the file is missing",
        ),
        (
            "c.arrow",
            b"FEA1\0\0\0\0".to_vec(),
            "it is Feather of version 1, which is not read",
        ),
        ("d.arrow", Vec::new(), "it is not Arrow IPC: it has no message"),
        ("a.arrows", cut(&stream), "it ends in a message: it is truncated"),
    ] {
        let path = tables.path(name);
        fs::write(&path, bytes).unwrap();
        let mut settings = settings([&path]);
        settings.column_rules.nulls = massmap_data::Nulls::Keep;
        let message = build(&settings).unwrap_err();
        assert!(
            message.starts_with(&path.display().to_string()) && message.contains(problem),
            "{message}"
        );
        assert!(message.len() < 500, "{message}");
    }
}

#[test]
fn columns_that_are_encrypted_are_named() {
    let path = fixture("special/encrypted-column.parquet");
    let message = build(&settings([&path])).unwrap_err();
    assert_eq!(
        message,
        format!(
            "{}: after row 0, row group 1, field \"name\": it cannot be read: the file has encrypted columns, and this seems to be one",
            path.display()
        )
    );
    let mut settings = settings([&path]);
    settings.fields.value = Some("flag".to_owned());
    build(&settings).unwrap();
}

#[test]
fn duplicate_keys_are_named_with_their_rows() {
    let tables = Tables::new();
    let table = |keys: Vec<i32>| {
        let values = vec!["x"; keys.len()];
        RecordBatch::try_from_iter([
            ("k", Arc::new(Int32Array::from(keys)) as ArrayRef),
            ("v", Arc::new(StringArray::from(values)) as ArrayRef),
        ])
        .unwrap()
    };
    let one = tables.parquet("one.parquet", &table(vec![1, 2, 3]));
    let other = tables.arrow("other.arrow", &table(vec![4, 5, 2]));
    let message = build(&settings([&one, &other])).unwrap_err();
    let expected = format!(
        "{}: row 2, row group 1 and {}: row 3, batch 1 both have the key 2; advice",
        one.display(),
        other.display()
    );
    assert_eq!(message, expected);
    let mut texts = settings([tables.parquet("same.parquet", &table(vec![1, 2]))]);
    texts.fields.key = Some("v,v".to_owned());
    assert!(
        build(&texts)
            .unwrap_err()
            .ends_with("the column \"v\" is chosen twice")
    );
    texts.fields.key = Some("v,k".to_owned());
    texts.fields.value = Some("v".to_owned());
    texts.key_types = vec![KeyType::Text, KeyType::U8];
    let message = build(&texts).unwrap_err();
    assert!(
        message.ends_with(
            "--key-type has 2 types, but several columns of Parquet and Arrow have their own: leave it out"
        ),
        "{message}"
    );
    texts.key_types.clear();
    texts.fields.key = Some("v".to_owned());
    texts.fields.value = Some("k".to_owned());
    let message = build(&texts).unwrap_err();
    assert!(
        message.ends_with("row 1, row group 1 and row 2, row group 1 both have the key \"x\"; advice"),
        "{message}"
    );
}

#[test]
fn duplicate_keys_of_128_bits_are_numbers_in_the_message() {
    let tables = Tables::new();
    let numbers = Decimal128Array::from(vec![1i128 << 100, 7, 1 << 100]);
    let numbers = numbers.with_precision_and_scale(38, 0).unwrap();
    let batch = RecordBatch::try_from_iter([
        ("k", Arc::new(numbers) as ArrayRef),
        ("v", Arc::new(StringArray::from(vec!["a", "b", "c"])) as ArrayRef),
    ]);
    let message = build(&settings([tables.parquet("wide.parquet", &batch.unwrap())])).unwrap_err();
    assert!(
        message.ends_with("both have the key 1267650600228229401496703205376; advice"),
        "{message}"
    );
}

#[test]
fn structs_whose_names_no_file_keeps_are_refused() {
    let tables = Tables::new();
    let columns = (0..700).map(|number| {
        let values: ArrayRef = Arc::new(Int32Array::from(vec![number]));
        (format!("col{number:03}"), values)
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut settings = settings([tables.parquet("wide.parquet", &batch)]);
    let message = build(&settings).unwrap_err();
    assert!(
        message.ends_with(
            "a file has 16 KiB for the names and types of fields, 24 levels deep, and those of the value do not fit: choose fewer \
             columns, or --value-as tuple for values without such names"
        ),
        "{message}"
    );
    settings.column_rules.value_shape = massmap_data::ValueShape::Tuple;
    build(&settings).unwrap();
}

#[test]
fn values_that_have_no_place_are_named_with_row_and_column() {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    maps.append(true).unwrap();
    maps.keys().append_value("a");
    maps.values().append_value(1);
    maps.keys().append_value("a");
    maps.values().append_value(2);
    maps.append(true).unwrap();
    let columns: [(ArrayRef, &str); 3] = [
        (
            Arc::new(Time32SecondArray::from(vec![86_399, 86_400])),
            "86400 is not a time of day; --times integer takes it as it is",
        ),
        (
            Arc::new(Date64Array::from(vec![86_400_000, 1])),
            "1 milliseconds are not a whole number of days; --times integer takes them as they are",
        ),
        (
            Arc::new(maps.finish()),
            "a map has a key twice; whoever reads it would lose one of its values",
        ),
    ];
    for (column, problem) in columns {
        let tables = Tables::new();
        let batch = RecordBatch::try_from_iter([
            ("k", Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef),
            ("v", column),
        ]);
        let path = tables.arrow("a.arrow", &batch.unwrap());
        let message = build(&settings([&path])).unwrap_err();
        assert_eq!(
            message,
            format!("{}: row 2, batch 1, field \"v\": {problem}", path.display())
        );
    }
}

#[test]
fn long_records_are_refused_with_the_option_that_allows_them() {
    let tables = Tables::new();
    let batch = RecordBatch::try_from_iter([
        ("k", Arc::new(Int32Array::from(vec![1, 2, 3])) as ArrayRef),
        (
            "v",
            Arc::new(StringArray::from(vec!["a", &"b".repeat(2000), "c"])) as ArrayRef,
        ),
    ])
    .unwrap();
    for path in [
        tables.parquet("a.parquet", &batch),
        tables.arrow("a.arrow", &batch),
    ] {
        let mut settings = settings([&path]);
        settings.max_record = 1000;
        let message = build(&settings).unwrap_err();
        assert!(
            message.contains(": row 2, ")
                && message.ends_with("the record is longer than 1000 bytes; --max-record allows longer ones"),
            "{message}"
        );
        settings.max_record = 2004;
        build(&settings).unwrap();
    }
}

#[test]
fn names_of_columns_are_cut() {
    let tables = Tables::new();
    let name = "n\n".repeat(5000);
    let batch = RecordBatch::try_from_iter([
        ("k", Arc::new(Int32Array::from(vec![1])) as ArrayRef),
        (&name, Arc::new(Int32Array::from(vec![None])) as ArrayRef),
    ]);
    let path = tables.parquet("a.parquet", &batch.unwrap());
    let message = build(&settings([&path])).unwrap_err();
    assert!(message.len() < 500, "{message}");
    let mut settings = settings([&path]);
    settings.fields.value = Some("x".repeat(10_000));
    assert!(build(&settings).unwrap_err().len() < 500);
}

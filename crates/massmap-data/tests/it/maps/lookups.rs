//! Keys in typed columns, and answers as typed columns.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, DictionaryArray, FixedSizeBinaryArray,
    Float64Array, Int8Array, Int16Array, Int64Array, RecordBatch, StringArray, StringViewArray, StructArray,
    UInt64Array,
};
use arrow_ipc::reader::FileReader;
use arrow_schema::{DataType, Field, SchemaRef};
use massmap::dynamic::{KeySchema, StaticSchema, Type};
use massmap::format::EntryTypes;
use massmap::{IntegerType, Schema};
use massmap_data::keys::{KeyBatch, KeyInput, KeyNotation, KeyParser, KeySettings, KeyText};
use massmap_data::{Answer, AnswerFormat, AnswerWriter, JoinedColumns, LineForm, Origin, answer_writer};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;

use crate::harness::Tables;

/// Keys of a map whose file says that they are this.
fn parser(schema: Schema, notation: Option<KeyNotation>) -> KeyParser {
    let types = EntryTypes {
        key: schema.clone(),
        value: Schema::Unit,
        canonical_keys: true,
    };
    let known = KeySchema::of_file(Some(&types), "").unwrap();
    KeyParser::new(
        &Type::of_schema(&schema),
        Some(&known),
        &schema.to_string(),
        notation,
    )
    .unwrap()
}

fn number(integer: IntegerType) -> Schema {
    Schema::Integer(integer)
}

fn key_settings(path: &Path) -> KeySettings {
    KeySettings::new(Origin::File(path.to_owned()))
}

fn batches(settings: &KeySettings, parser: &KeyParser) -> Result<Vec<KeyBatch>, String> {
    let input = KeyInput::open(settings, parser).map_err(|error| error.message())?;
    let mut stream = input.start();
    let mut batches = Vec::new();
    while let Some(batch) = stream.next_batch().map_err(|error| error.message())? {
        batches.push(batch);
    }
    Ok(batches)
}

/// The encoded keys of a file.
fn keys(settings: &KeySettings, parser: &KeyParser) -> Result<Vec<Vec<u8>>, String> {
    let batches = batches(settings, parser)?;
    let keys = batches
        .iter()
        .flat_map(|batch| (0..batch.len()).map(|index| batch.key(index).to_vec()));
    Ok(keys.collect())
}

fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, values)| {
        let has_nulls = values.logical_null_count() > 0;
        (name, values, has_nulls)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// Checks which keys a column has.
#[track_caller]
fn check<K: Serialize>(schema: Schema, column: ArrayRef, expected: &[K]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|key| rmp_serde::to_vec(key).unwrap())
        .collect();
    let tables = Tables::new();
    let other: ArrayRef = Arc::new(Int8Array::from(vec![0; column.len()]));
    let batch = table(vec![("other", other), ("id", column)]);
    for path in [
        tables.parquet("a.parquet", &batch),
        tables.arrow("a.arrow", &batch),
        tables.stream("a.arrows", &batch),
    ] {
        let mut settings = key_settings(&path);
        settings.key = Some("id".to_owned());
        assert_eq!(
            keys(&settings, &parser(schema.clone(), None)).unwrap(),
            expected,
            "{path:?}"
        );
    }
}

/// The message about a column that has a key of another type.
#[track_caller]
fn refused(schema: Schema, column: ArrayRef) -> String {
    let tables = Tables::new();
    let path = tables.parquet("a.parquet", &table(vec![("id", column)]));
    let message = keys(&key_settings(&path), &parser(schema, None)).unwrap_err();
    message.replace(&*path.to_string_lossy(), "a.parquet")
}

#[test]
fn columns_are_keys_of_every_type() {
    check(
        number(IntegerType::U8),
        Arc::new(Int64Array::from(vec![0, 255])),
        &[0u8, 255],
    );
    check(
        number(IntegerType::I64),
        Arc::new(Int8Array::from(vec![-128, 127])),
        &[-128i64, 127],
    );
    check(
        number(IntegerType::U64),
        Arc::new(UInt64Array::from(vec![u64::MAX])),
        &[u64::MAX],
    );
    check(
        number(IntegerType::U128),
        Arc::new(Int16Array::from(vec![300])),
        &[serde_bytes(&300u128.to_be_bytes())],
    );
    let digits = StringArray::from(vec!["-170141183460469231731687303715884105728"]);
    check(
        number(IntegerType::I128),
        Arc::new(digits),
        &[serde_bytes(&i128::MIN.to_be_bytes())],
    );
    check(
        Schema::Bool,
        Arc::new(BooleanArray::from(vec![true, false])),
        &[true, false],
    );
    check(
        Schema::Char,
        Arc::new(StringArray::from(vec!["\0", "é"])),
        &['\0', 'é'],
    );
    let long = "x".repeat(1 << 20);
    let texts = ["", "a\0b\n", &long];
    check(
        Schema::String,
        Arc::new(StringArray::from(texts.to_vec())),
        &texts,
    );
    check(
        Schema::String,
        Arc::new(StringViewArray::from(texts.to_vec())),
        &texts,
    );
    let indexed: DictionaryArray<arrow_array::types::Int8Type> = ["b", "a", "b"].into_iter().collect();
    check(Schema::String, Arc::new(indexed), &["b", "a", "b"]);
    check(
        Schema::String,
        Arc::new(BinaryArray::from(vec![&b"a"[..]])),
        &["a"],
    );
    let bytes = [&b"\xff\0"[..], b""];
    check(
        Schema::Bytes(None),
        Arc::new(BinaryArray::from(bytes.to_vec())),
        &bytes.map(serde_bytes),
    );
    let fixed = FixedSizeBinaryArray::try_from_iter([[1u8, 2], [3, 4]].iter()).unwrap();
    check(
        Schema::Bytes(None),
        Arc::new(fixed),
        &[serde_bytes(&[1, 2]), serde_bytes(&[3, 4])],
    );
    // Bytes in columns of strings are in their notation, base64.
    check(
        Schema::Bytes(None),
        Arc::new(StringArray::from(vec!["/wA="])),
        &[serde_bytes(b"\xff\0")],
    );
    check(
        Schema::Option(Box::new(number(IntegerType::U16))),
        Arc::new(Int64Array::from(vec![Some(7), None])),
        &[Some(7u16), None],
    );
    check(
        Schema::String,
        Arc::new(Date32Array::from(vec![19_000])),
        &["2022-01-08"],
    );
    check(
        number(IntegerType::I32),
        Arc::new(Date32Array::from(vec![19_000])),
        &[19_000],
    );
}

#[derive(Clone, Copy)]
struct Raw<'a>(&'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

fn serde_bytes(bytes: &[u8]) -> Raw<'_> {
    Raw(bytes)
}

#[test]
fn lists_and_structs_are_sequences_and_tuples() {
    let mut lists = ListBuilder::new(Int64Builder::new());
    lists.append_value([Some(1), Some(2)]);
    lists.append_value([]);
    check(
        Schema::Sequence(Box::new(number(IntegerType::U8)), None),
        Arc::new(lists.finish()),
        &[vec![1u8, 2], vec![]],
    );
    let pair = Schema::Tuple(vec![number(IntegerType::U8), Schema::String]);
    let structs = StructArray::from(vec![
        (
            Arc::new(Field::new("number", DataType::Int64, false)),
            Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("name", DataType::Utf8, false)),
            Arc::new(StringArray::from(vec!["a", "b"])),
        ),
    ]);
    check(pair.clone(), Arc::new(structs.clone()), &[(1u8, "a"), (2, "b")]);
    // Or JSON.
    check(
        pair.clone(),
        Arc::new(StringArray::from(vec!["[1, \"a\"]"])),
        &[(1u8, "a")],
    );
    // Several columns, also inside of others, make a tuple.
    let tables = Tables::new();
    let other: ArrayRef = Arc::new(StringArray::from(vec!["x", "y"]));
    let path = tables.parquet(
        "a.parquet",
        &table(vec![("point", Arc::new(structs)), ("other", other)]),
    );
    let mut settings = key_settings(&path);
    settings.key = Some("point.number,other".to_owned());
    let found = keys(&settings, &parser(pair.clone(), None)).unwrap();
    assert_eq!(
        found,
        [
            rmp_serde::to_vec(&(1u8, "x")).unwrap(),
            rmp_serde::to_vec(&(2u8, "y")).unwrap()
        ]
    );
    settings.key = Some("point.number,point.name,other".to_owned());
    let message = keys(&settings, &parser(pair, None)).unwrap_err();
    assert!(
        message.contains("3 parts") || message.contains("3 columns"),
        "{message}"
    );
}

#[test]
fn keys_of_another_type_are_errors_with_their_row_and_column() {
    let before = "a.parquet: row 2, row group 1, field \"id\": ";
    for (schema, column, expected) in [
        (
            number(IntegerType::U8),
            Arc::new(Int64Array::from(vec![1, 256])) as ArrayRef,
            "256",
        ),
        (
            number(IntegerType::U8),
            Arc::new(Int64Array::from(vec![Some(1), None])),
            "it is null, and keys of type u8 are not: --missing skip leaves it out",
        ),
        (Schema::Char, Arc::new(StringArray::from(vec!["a", "ab"])), "ab"),
        (
            Schema::Bytes(None),
            Arc::new(StringArray::from(vec!["", "?"])),
            "base64",
        ),
        (
            Schema::String,
            Arc::new(BinaryArray::from(vec![&b""[..], b"\xff"])),
            "it is not UTF-8",
        ),
        (
            Schema::Sequence(Box::new(number(IntegerType::U8)), None),
            Arc::new(StringArray::from(vec!["[1]", "[256]"])),
            "256",
        ),
    ] {
        let message = refused(schema, column);
        assert!(
            message.starts_with(before) && message.contains(expected),
            "{message}"
        );
        assert!(message.chars().count() < 500, "{message}");
    }
    let message = refused(number(IntegerType::U8), Arc::new(Float64Array::from(vec![0.5])));
    assert!(
        message.contains("row 1, ") && message.contains("0.5"),
        "{message}"
    );
    let tables = Tables::new();
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let path = tables.parquet("a.parquet", &table(vec![("id", column)]));
    let mut settings = key_settings(&path);
    settings.key = Some("number".to_owned());
    let message = keys(&settings, &parser(Schema::String, None)).unwrap_err();
    assert!(
        message.ends_with("a.parquet: there is no column \"number\" among \"id\""),
        "{message}"
    );
}

/// A value of a map: an optional struct of a number and a list, or what is asked for.
fn value_schema() -> StaticSchema {
    StaticSchema::new(Schema::Struct {
        fields: vec![
            ("id".into(), number(IntegerType::I64)),
            ("tags".into(), Schema::Sequence(Box::new(Schema::String), None)),
        ],
        is_map: false,
    })
}

fn read(path: &Path) -> Vec<RecordBatch> {
    let file = File::open(path).unwrap();
    match path.extension().unwrap().to_str().unwrap() {
        "parquet" => {
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
            reader
                .with_batch_size(1 << 20)
                .build()
                .unwrap()
                .map(Result::unwrap)
                .collect()
        }
        _ => FileReader::try_new(file, None)
            .unwrap()
            .map(Result::unwrap)
            .collect(),
    }
}

/// The columns that a file has.
fn schema_of(path: &Path) -> SchemaRef {
    let file = File::open(path).unwrap();
    match path.extension().unwrap().to_str().unwrap() {
        "parquet" => ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .schema()
            .clone(),
        _ => FileReader::try_new(file, None).unwrap().schema(),
    }
}

/// Adds values to the rows of a table: `value` says which, by the number of the row.
fn joined(path: &Path, value: &StaticSchema, of: impl Fn(usize) -> Option<Option<Vec<u8>>>) -> PathBuf {
    let mut settings = key_settings(path);
    settings.key = Some("id".to_owned());
    settings.keeps_rows = true;
    settings.allows_null = true;
    let input = KeyInput::open(&settings, &parser(number(IntegerType::I64), None)).unwrap();
    let rows = input.kept_rows().unwrap();
    let is_parquet = path.extension().is_some_and(|extension| extension == "parquet");
    let joined = path
        .with_file_name("joined")
        .with_extension(if is_parquet { "parquet" } else { "arrow" });
    let out = File::create(&joined).unwrap();
    let mut writer: Box<dyn AnswerWriter> =
        Box::new(JoinedColumns::new(&rows, is_parquet, "value", value, out).unwrap());
    let mut stream = input.start();
    let mut row = 0;
    while let Some(batch) = stream.next_batch().unwrap() {
        for index in 0..batch.len() {
            match of(row) {
                None => writer.skip().unwrap(),
                Some(value) => writer
                    .write(Answer {
                        key: batch.key(index),
                        row: batch.row(index),
                        value: value.as_deref(),
                    })
                    .unwrap(),
            }
            row += 1;
        }
        writer.pass_on().unwrap();
    }
    writer.finish().unwrap();
    joined
}

#[test]
fn joined_rows_keep_their_columns_and_their_order() {
    const ROWS: usize = 50_000;
    let text = |row: usize| format!("text {row}");
    let ids: ArrayRef = Arc::new(
        (0..ROWS)
            .map(|row| (row % 7 > 0).then_some(row as i64))
            .collect::<Int64Array>(),
    );
    let texts: ArrayRef = Arc::new(
        (0..ROWS)
            .map(|row| (row % 5 > 0).then(|| text(row)))
            .collect::<StringArray>(),
    );
    let indexed: DictionaryArray<arrow_array::types::Int8Type> =
        (0..ROWS).map(|row| ["red", "green", "blue"][row % 3]).collect();
    let mut lists = ListBuilder::new(Int64Builder::new());
    (0..ROWS).for_each(|row| lists.append_value((0..row % 4).map(|element| Some(element as i64))));
    let batch = table(vec![
        ("text", texts),
        ("id", ids),
        ("color", Arc::new(indexed)),
        ("list", Arc::new(lists.finish())),
    ]);
    let notes = HashMap::from([("note".to_owned(), "kept".to_owned())]);
    let columns = batch.schema().as_ref().clone().with_metadata(notes);
    let batch = batch.with_schema(Arc::new(columns)).unwrap();
    let of = |row: usize| match row % 3 {
        0 => None,
        1 => Some(None),
        _ => Some(Some(
            rmp_serde::to_vec(&(row as i64, vec![text(row); row % 3])).unwrap(),
        )),
    };
    let tables = Tables::new();
    for path in [
        tables.parquet("a.parquet", &batch),
        tables.arrow("a.arrow", &batch),
        tables.stream("a.arrows", &batch),
    ] {
        let joined = joined(&path, &value_schema(), of);
        assert_eq!(
            schema_of(&joined).metadata().get("note").map(String::as_str),
            Some("kept")
        );
        let read = read(&joined);
        let kept: Vec<_> = (0..ROWS).filter(|row| row % 3 > 0).collect();
        assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), kept.len());
        let mut kept = kept.into_iter();
        for rows in read {
            let schema = rows.schema();
            let names: Vec<_> = schema
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect();
            assert_eq!(names, ["text", "id", "color", "list", "value.id", "value.tags"]);
            for (old, new) in batch.schema().fields().iter().zip(schema.fields()) {
                assert_eq!(
                    (old.data_type(), old.is_nullable()),
                    (new.data_type(), new.is_nullable())
                );
            }
            let numbers = rows.column(4).as_primitive::<Int64Type>();
            let tags = rows.column(5).as_list::<i32>();
            for index in 0..rows.num_rows() {
                let row = kept.next().unwrap();
                for column in 0..4 {
                    let old = batch.column(column).slice(row, 1);
                    assert_eq!(
                        &rows.column(column).slice(index, 1).to_data(),
                        &old.to_data(),
                        "{row}"
                    );
                }
                assert_eq!(numbers.is_valid(index), row % 3 == 2);
                assert_eq!(tags.is_valid(index), row % 3 == 2);
                if row % 3 == 2 {
                    assert_eq!(numbers.value(index), row as i64);
                    let texts = tags.value(index);
                    assert_eq!(
                        texts.as_string::<i32>().iter().collect::<Vec<_>>(),
                        [Some(&*text(row)); 2]
                    );
                }
            }
        }
    }
}

#[test]
fn tables_without_rows_get_the_columns_as_well() {
    let empty: ArrayRef = Arc::new(Int64Array::from(Vec::<i64>::new()));
    let batch = table(vec![("id", empty)]);
    let tables = Tables::new();
    for path in [
        tables.parquet("a.parquet", &batch),
        tables.arrow("a.arrow", &batch),
    ] {
        let joined = joined(&path, &value_schema(), |_| None);
        let names = schema_of(&joined);
        let names: Vec<_> = names.fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, ["id", "value.id", "value.tags"]);
    }
}

#[test]
fn answers_are_columns_with_the_types_of_the_map() {
    let parser = parser(
        Schema::Tuple(vec![number(IntegerType::U64), Schema::String]),
        None,
    );
    let key = KeyText::new(&parser).unwrap();
    let tables = Tables::new();
    for (format, name) in [
        (AnswerFormat::Parquet, "out.parquet"),
        (AnswerFormat::Arrow, "out.arrow"),
    ] {
        for form in [LineForm::Object, LineForm::Value] {
            let path = tables.path(name);
            let out = File::create(&path).unwrap();
            let mut writer = answer_writer(format, form, &key, &value_schema(), out).unwrap();
            for row in 0..20_000u64 {
                let key = rmp_serde::to_vec(&(row, "x")).unwrap();
                let value = rmp_serde::to_vec(&(row as i64, ["a", "b"])).unwrap();
                let value = (row % 2 == 0).then_some(&*value);
                writer
                    .write(Answer {
                        key: &key,
                        row: &[],
                        value,
                    })
                    .unwrap();
            }
            writer.finish().unwrap();
            let read = read(&path);
            assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 20_000);
            let types: BTreeMap<_, _> = read[0]
                .schema()
                .fields()
                .iter()
                .map(|field| {
                    (
                        field.name().clone(),
                        (field.data_type().clone(), field.is_nullable()),
                    )
                })
                .collect();
            assert_eq!(types.contains_key("key.0"), form == LineForm::Object, "{types:?}");
            assert_eq!(types["id"], (DataType::Int64, true));
            if form == LineForm::Object {
                assert_eq!(types["key.0"], (DataType::UInt64, false));
                assert_eq!(types["key.1"], (DataType::Utf8, false));
            }
            let mut rows = 0..;
            for batch in &read {
                let ids = batch.column_by_name("id").unwrap().as_primitive::<Int64Type>();
                for id in ids {
                    let row = rows.next().unwrap();
                    assert_eq!(id, (row % 2 == 0).then_some(row));
                }
            }
        }
    }
}

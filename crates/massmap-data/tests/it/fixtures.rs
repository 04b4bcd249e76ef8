//! Files of the same table, written by pyarrow, DuckDB, polars, Spark and parquet-rs.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int32Array, Int64Array, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Fields};
use massmap_data::{KeyType, Nulls, ValueType};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use serde::Serialize;

use crate::harness::{ByteString, Tables, build, build_entries, fixture, settings};

const FILES: [&str; 16] = [
    "duckdb.parquet",
    "parquet-rs-v2.parquet",
    "parquet-rs.parquet",
    "polars.arrow",
    "polars.parquet",
    "pyarrow-large.parquet",
    "pyarrow-lz4.parquet",
    "pyarrow-plain.parquet",
    "pyarrow-snappy.parquet",
    "pyarrow-v2.parquet",
    "pyarrow.arrow",
    "pyarrow.arrows",
    "pyarrow.feather",
    "pyarrow.parquet",
    "spark-int96.parquet",
    "spark.parquet",
];

/// The columns that JSON has, too.
const JSON_COLUMNS: &str = "small,price,ratio,name,note,flag,tags,point,amount,day,at,local,category";

#[derive(Serialize, serde::Deserialize)]
struct Point {
    x: Option<f64>,
    y: Option<i64>,
}

/// A row of `table.ndjson`, as a value with optional fields.
#[derive(Serialize, serde::Deserialize)]
struct Row {
    #[serde(skip_serializing)]
    id: i64,
    small: Option<i32>,
    price: Option<f64>,
    ratio: Option<f32>,
    name: Option<String>,
    note: Option<String>,
    flag: Option<bool>,
    tags: Option<Vec<Option<String>>>,
    point: Option<Point>,
    amount: Option<String>,
    day: Option<String>,
    at: Option<String>,
    local: Option<String>,
    category: Option<String>,
    #[serde(skip_deserializing)]
    raw: Option<ByteString>,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(fixture("table.ndjson")).unwrap();
    (0u8..)
        .zip(text.lines())
        .map(|(number, line)| {
            let mut row: Row = serde_json::from_str(line).unwrap();
            let raw = [number, 0, 255 - number].repeat(usize::from(number % 3));
            row.raw = Some(ByteString(raw));
            row
        })
        .collect()
}

#[test]
fn the_files_of_all_writers_give_the_map_that_the_rows_give() {
    let entries: Vec<_> = rows().into_iter().map(|row| (row.id, row)).collect();
    let expected = build_entries(&entries);
    for name in FILES {
        let mut settings = settings([fixture(name)]);
        settings.column_rules.nulls = Nulls::Keep;
        let built = build(&settings).unwrap_or_else(|message| panic!("{message}"));
        assert!(built == expected, "{name}");
    }
}

#[test]
fn all_files_of_the_table_are_listed() {
    let mut found: Vec<_> = std::fs::read_dir(fixture(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["generate.py", "special", "table.ndjson"].contains(&name.as_str()))
        .collect();
    found.sort();
    assert_eq!(found, FILES);
}

#[test]
fn a_file_without_rows_has_no_entries() {
    let no_rows = fixture("special/no-rows.parquet");
    let built = build(&settings([&no_rows])).unwrap();
    assert!(built == build_entries::<i64, String>(&[]));

    let tables = Tables::new();
    let more = tables.path("more.parquet");
    std::fs::copy(fixture("pyarrow-plain.parquet"), &more).unwrap();
    let chosen = |files: &[&std::path::PathBuf]| {
        let mut settings = settings(files);
        settings.fields.value = Some("name".to_owned());
        build(&settings).unwrap()
    };
    assert!(chosen(&[&no_rows, &more]) == chosen(&[&more]));
}

#[test]
fn as_json_the_files_give_the_map_of_the_same_rows_in_ndjson() {
    let mut text = settings([fixture("table.ndjson")]);
    text.key_types = vec![KeyType::I64];
    text.fields.key = Some("id".to_owned());
    let expected = build(&text).unwrap();
    for name in FILES {
        let mut settings = settings([fixture(name)]);
        settings.fields.value = Some(JSON_COLUMNS.to_owned());
        settings.value_types = vec![ValueType::Json];
        settings.column_rules.nulls = Nulls::Keep;
        let built = build(&settings).unwrap_or_else(|message| panic!("{message}"));
        assert!(built == expected, "{name}");
    }
}

#[test]
fn columns_without_nulls_are_not_optional() {
    let entries: Vec<_> = rows()
        .into_iter()
        .map(|row| {
            (
                row.id,
                (
                    row.small.unwrap(),
                    row.price.unwrap(),
                    row.point.unwrap().y.unwrap(),
                ),
            )
        })
        .collect();
    let expected = build_entries(&entries);
    for name in FILES {
        let mut settings = settings([fixture(name)]);
        settings.fields.value = Some("small,price,point.y".to_owned());
        settings.column_rules.value_shape = massmap_data::ValueShape::Tuple;
        assert!(build(&settings).unwrap() == expected, "{name}");
    }
}

/// The table as parquet-rs writes it.
fn batch() -> RecordBatch {
    let rows = rows();
    let days = |row: &Row| {
        let day = row.day.as_deref().unwrap();
        // From the other end: the day after 1969-12-20 that the generator chose.
        (0..100)
            .map(|n| -12 + n * 367)
            .find(|days| civil(*days) == day)
            .unwrap()
    };
    let micros = |text: &str| {
        let (date, time) = text.trim_end_matches('Z').split_once('T').unwrap();
        let days = (-40_000..40_000).find(|days| civil(*days) == date).unwrap();
        let (time, micros) = time.split_once('.').unwrap();
        let seconds = time
            .split(':')
            .fold(0i64, |seconds, part| seconds * 60 + part.parse::<i64>().unwrap());
        (i64::from(days) * 86_400 + seconds) * 1_000_000 + micros.parse::<i64>().unwrap()
    };
    let mut tags = ListBuilder::new(StringBuilder::new());
    for row in &rows {
        for tag in row.tags.as_ref().unwrap() {
            tags.values().append_option(tag.as_deref());
        }
        tags.append(true);
    }
    let texts = |text: fn(&Row) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(text).collect::<StringArray>())
    };
    let point = StructArray::new(
        Fields::from(vec![
            Field::new("x", DataType::Float64, true),
            Field::new("y", DataType::Int64, true),
        ]),
        vec![
            Arc::new(
                rows.iter()
                    .map(|row| row.point.as_ref().unwrap().x)
                    .collect::<Float64Array>(),
            ),
            Arc::new(
                rows.iter()
                    .map(|row| row.point.as_ref().unwrap().y)
                    .collect::<Int64Array>(),
            ),
        ],
        None,
    );
    let amounts = rows.iter().map(|row| {
        let digits = row.amount.as_deref().unwrap().replace('.', "");
        Some(digits.parse::<i128>().unwrap())
    });
    let amounts = amounts
        .collect::<Decimal128Array>()
        .with_precision_and_scale(10, 2)
        .unwrap();
    let at = rows.iter().map(|row| row.at.as_deref().map(micros));
    let local = rows.iter().map(|row| row.local.as_deref().map(micros));
    let raw: Vec<_> = rows
        .iter()
        .map(|row| row.raw.as_ref().map(|raw| raw.0.as_slice()))
        .collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "id",
            Arc::new(rows.iter().map(|row| row.id).collect::<Int64Array>()),
        ),
        (
            "small",
            Arc::new(rows.iter().map(|row| row.small).collect::<Int32Array>()),
        ),
        (
            "price",
            Arc::new(rows.iter().map(|row| row.price).collect::<Float64Array>()),
        ),
        (
            "ratio",
            Arc::new(rows.iter().map(|row| row.ratio).collect::<Float32Array>()),
        ),
        ("name", texts(|row| row.name.as_deref())),
        ("note", texts(|row| row.note.as_deref())),
        (
            "flag",
            Arc::new(rows.iter().map(|row| row.flag).collect::<BooleanArray>()),
        ),
        ("tags", Arc::new(tags.finish())),
        ("point", Arc::new(point)),
        ("amount", Arc::new(amounts)),
        (
            "day",
            Arc::new(rows.iter().map(|row| Some(days(row))).collect::<Date32Array>()),
        ),
        (
            "at",
            Arc::new(at.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
        ),
        ("local", Arc::new(local.collect::<TimestampMicrosecondArray>())),
        ("category", texts(|row| row.category.as_deref())),
        ("raw", Arc::new(BinaryArray::from(raw))),
    ];
    // All may have nulls, whether they do or not.
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, values)| Field::new(*name, values.data_type().clone(), true))
        .collect();
    let columns = columns.into_iter().map(|(_, values)| values).collect();
    RecordBatch::try_new(Arc::new(arrow_schema::Schema::new(fields)), columns).unwrap()
}

/// The date of a number of days since 1970, counted year by year.
fn civil(days: i32) -> String {
    let is_leap = |year: i32| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut year, mut left) = (1970, days);
    while left < 0 {
        year -= 1;
        left += if is_leap(year) { 366 } else { 365 };
    }
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", left + 1)
}

/// Writes the files of parquet-rs.
#[test]
#[ignore = "writes fixtures"]
fn the_fixture_files_of_parquet_rs_are_written() {
    let zstd = Compression::ZSTD(ZstdLevel::try_new(3).unwrap());
    for (name, version, rows, compression) in [
        (
            "parquet-rs.parquet",
            WriterVersion::PARQUET_1_0,
            8,
            Compression::SNAPPY,
        ),
        ("parquet-rs-v2.parquet", WriterVersion::PARQUET_2_0, 100, zstd),
    ] {
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_max_row_group_row_count(Some(rows))
            .set_compression(compression)
            .build();
        let batch = batch();
        let file = std::fs::File::create(fixture(name)).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
}

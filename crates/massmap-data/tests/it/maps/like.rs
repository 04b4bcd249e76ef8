//! Typed columns as entries like those of a map.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, MapBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, BinaryArray, Date32Array, Float32Array, Float64Array, Int8Array, Int32Array, Int64Array,
    NullArray, RecordBatch, StringArray, StructArray, UInt16Array, UInt64Array,
};
use arrow_schema::{DataType, Field};
use massmap::{BytesReader, KnownHashLoader, MassMapInner};
use massmap_data::{EntrySchemas, InputSettings};
use serde::Serialize;

use crate::harness::{ByteString, Tables, build, build_entries, settings};

/// The settings to read a file as entries like those of a map.
fn like(path: &Path, map: &[u8]) -> InputSettings {
    let map: MassMapInner<_, KnownHashLoader> = MassMapInner::load(BytesReader::new(map)).unwrap();
    let mut settings = settings([path]);
    settings.schemas = Some(EntrySchemas::of(&map).unwrap());
    settings
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, values)| {
        let has_nulls = values.logical_null_count() > 0;
        (name, values, has_nulls)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// Checks that a table of the columns gives the same map as the entries do.
#[track_caller]
fn check<K: Serialize + Hash + Eq, V: Serialize>(entries: &[(K, V)], columns: Vec<(&str, ArrayRef)>) {
    let map = build_entries(entries);
    let tables = Tables::new();
    let batch = batch(columns);
    for path in [
        tables.parquet("a.parquet", &batch),
        tables.arrow("a.arrow", &batch),
        tables.stream("a.arrows", &batch),
    ] {
        let again = build(&like(&path, &map)).unwrap_or_else(|message| panic!("{path:?}: {message}"));
        assert!(types_and_entries(&again) == types_and_entries(&map), "{path:?}");
    }
}

/// What a map holds, in any order.
fn types_and_entries(file: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let map: MassMapInner<_, KnownHashLoader> = MassMapInner::load(BytesReader::new(file)).unwrap();
    let mut entries = Vec::new();
    for block in map.raw_blocks() {
        let block = block.unwrap();
        entries.extend(
            block
                .iter()
                .map(|entry| (entry.key.to_vec(), entry.value.to_vec())),
        );
    }
    entries.sort_unstable();
    entries
}

/// The message about a table that is not like a map with these entries.
#[track_caller]
fn refused<K: Serialize + Hash + Eq, V: Serialize>(
    entries: &[(K, V)],
    columns: Vec<(&str, ArrayRef)>,
) -> String {
    let map = build_entries(entries);
    let tables = Tables::new();
    let path = tables.parquet("a.parquet", &batch(columns));
    let message = build(&like(&path, &map)).unwrap_err();
    message
        .replace(&format!("{}/", tables.path("").display()), "")
        .replace(&*path.to_string_lossy(), "a.parquet")
}

fn texts(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

fn numbers(numbers: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(numbers.to_vec()))
}

#[test]
fn numbers_of_another_width_are_those_of_the_map_if_they_fit() {
    check(
        &[(1u8, -1i128), (255, 7)],
        vec![("key", numbers(&[1, 255])), ("value", numbers(&[-1, 7]))],
    );
    check(
        &[(-5i64, 65_535u32), (5, 0)],
        vec![
            ("key", Arc::new(Int8Array::from(vec![-5, 5]))),
            ("value", Arc::new(UInt16Array::from(vec![65_535, 0]))),
        ],
    );
    check(
        &[(1u8, 0.5f64), (2, f64::from(0.1f32))],
        vec![
            ("key", numbers(&[1, 2])),
            ("value", Arc::new(Float32Array::from(vec![0.5, 0.1]))),
        ],
    );
    check(
        &[(1u8, 0.5f32), (2, -0.0)],
        vec![
            ("key", numbers(&[1, 2])),
            ("value", Arc::new(Float64Array::from(vec![0.5, -0.0]))),
        ],
    );
    check(
        &[(1u8, 3.0f64), (2, -9_007_199_254_740_992.0)],
        vec![
            ("key", numbers(&[1, 2])),
            ("value", numbers(&[3, -9_007_199_254_740_992])),
        ],
    );
    assert_eq!(
        refused(
            &[(1u8, 1u8)],
            vec![("key", numbers(&[1, 255, 256])), ("value", numbers(&[1, 2, 3]))]
        ),
        "a.parquet: row 3, row group 1, field \"key\": the key is not like those of the map: it is 256, not u8"
    );
    assert_eq!(
        refused(
            &[(1u8, 1u64)],
            vec![("key", numbers(&[1])), ("value", numbers(&[-1]))]
        ),
        "a.parquet: row 1, row group 1, field \"value\": the value is not like those of the map: it is -1, not u64"
    );
    assert_eq!(
        refused(
            &[(1u8, 1f32)],
            vec![
                ("key", numbers(&[1])),
                ("value", Arc::new(Float64Array::from(vec![0.1])))
            ]
        ),
        "a.parquet: row 1, row group 1, field \"value\": the value is not like those of the map: it is the float 0.1, not f32"
    );
    assert_eq!(
        refused(
            &[(1u8, 1f64)],
            vec![
                ("key", numbers(&[1])),
                ("value", numbers(&[9_007_199_254_740_993]))
            ]
        ),
        "a.parquet: row 1, row group 1, field \"value\": the value is not like those of the map: it is 9007199254740993, not f64"
    );
}

#[test]
fn texts_are_what_they_are_in_cells_where_no_string_is_due() {
    #[derive(Serialize)]
    enum Event {
        Start,
        Move(i8),
    }
    check(
        &[(u128::MAX, Event::Start), (0, Event::Move(-1))],
        vec![
            ("key", texts(&["340282366920938463463374607431768211455", "0"])),
            ("value", texts(&["\"Start\"", "{\"Move\":-1}"])),
        ],
    );
    check(
        &[
            ('a', serde_json::json!({"a": [1, null]})),
            ('\0', serde_json::json!("x")),
        ],
        vec![
            ("key", texts(&["a", "\0"])),
            ("value", texts(&["{\"a\":[1,null]}", "\"x\""])),
        ],
    );
    // Other columns are what they are where anything is due.
    check(
        &[(1u8, serde_json::json!(7)), (2, serde_json::json!(-7))],
        vec![("key", numbers(&[1, 2])), ("value", numbers(&[7, -7]))],
    );
    check(
        &[("a", ByteString(b"\xff".to_vec())), ("b", ByteString(Vec::new()))],
        vec![
            ("key", Arc::new(BinaryArray::from(vec![&b"a"[..], b"b"]))),
            ("value", Arc::new(BinaryArray::from(vec![&b"\xff"[..], b""]))),
        ],
    );
    assert_eq!(
        refused(
            &[("a", Event::Start)],
            vec![("key", texts(&["a"])), ("value", texts(&["Stop"]))]
        ),
        "a.parquet: row 1, row group 1, field \"value\": the value is not like those of the map: it is the unknown variant \"Stop\", not one of Start"
    );
    assert_eq!(
        refused(
            &[("a", vec![1u8])],
            vec![("key", texts(&["a"])), ("value", texts(&["[1, "]))]
        ),
        "a.parquet: row 1, row group 1, field \"value\": the text is not JSON: EOF while parsing a value"
    );
    assert_eq!(
        refused(
            &[("a", 1u8)],
            vec![
                ("key", Arc::new(BinaryArray::from(vec![&b"\xff"[..]]))),
                ("value", numbers(&[1]))
            ]
        ),
        "a.parquet: row 1, row group 1, field \"key\": the key is not like those of the map: it is bytes that are not UTF-8, not string"
    );
}

#[derive(Serialize)]
struct Point {
    x: i8,
    y: Option<String>,
}

fn point(x: i8, y: Option<&str>) -> Point {
    Point {
        x,
        y: y.map(str::to_owned),
    }
}

#[test]
fn structs_tuples_lists_and_maps_have_parts_of_the_types_of_the_map() {
    let y: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    // The value is a column for each field, in any order and beside each other.
    check(
        &[(1u8, point(1, Some("a"))), (2, point(2, None))],
        vec![
            ("y", y.clone()),
            ("key", numbers(&[1, 2])),
            ("x", numbers(&[1, 2])),
        ],
    );
    // Or inside, where fields have any order as well.
    let inside: ArrayRef = Arc::new(StructArray::from(vec![
        (Arc::new(Field::new("y", DataType::Utf8, true)), y),
        (
            Arc::new(Field::new("x", DataType::Int64, false)),
            numbers(&[1, 2]),
        ),
    ]));
    check(
        &[(1u8, Some(point(1, Some("a")))), (2, Some(point(2, None)))],
        vec![("key", numbers(&[1, 2])), ("value", inside.clone())],
    );
    check(
        &[((1u8, 'a'), ()), ((2, 'b'), ())],
        vec![
            ("key.1", texts(&["a", "b"])),
            ("key.0", numbers(&[1, 2])),
            ("value", Arc::new(NullArray::new(2))),
        ],
    );
    let mut lists = ListBuilder::new(Int64Builder::new());
    lists.append_value([Some(1), Some(2)]);
    lists.append_value([Some(3), None]);
    let lists: ArrayRef = Arc::new(lists.finish());
    check(
        &[(1u8, vec![Some(1u8), Some(2)]), (2, vec![Some(3), None])],
        vec![("key", numbers(&[1, 2])), ("value", lists.clone())],
    );
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    maps.keys().append_value("b");
    maps.values().append_value(1);
    maps.append(true).unwrap();
    check(
        &[(1u8, BTreeMap::from([("b", 1u16)]))],
        vec![("key", numbers(&[1])), ("value", Arc::new(maps.finish()))],
    );
    assert_eq!(
        refused(
            &[(1u8, vec![1u8]), (2, Vec::new())],
            vec![("key", numbers(&[1, 2])), ("value", lists.clone())]
        ),
        "a.parquet: row 2, row group 1, field \"value\": the value is not like those of the map: `[1]` is null, not u8"
    );
    assert_eq!(
        refused(
            &[(1u8, [1u8; 3])],
            vec![("key", numbers(&[1, 2])), ("value", lists)]
        ),
        "a.parquet: row 1, row group 1, field \"value\": the value is not like those of the map: it is a list of 2, not [u8; 3]"
    );
    assert_eq!(
        refused(
            &[(1u8, Some((1u8, 2u8, 3u8)))],
            vec![("key", numbers(&[1, 2])), ("value", inside)]
        ),
        "a.parquet: row 1, row group 1, field \"value\": the value is not like those of the map: it is a struct of \"y\", \"x\", not (u8, u8, u8)"
    );
}

#[test]
fn dates_are_numbers_where_those_of_the_map_are_and_text_otherwise() {
    let dates: ArrayRef = Arc::new(Date32Array::from(vec![19_000]));
    check(
        &[(19_000i32, 1u8)],
        vec![("key", dates.clone()), ("value", numbers(&[1]))],
    );
    check(
        &[("2022-01-08", 1u8)],
        vec![("key", dates), ("value", numbers(&[1]))],
    );
}

#[test]
fn tables_without_the_columns_of_the_map_are_refused() {
    let entries = [((1u8, 2u8), point(1, None))];
    assert_eq!(
        refused(
            &entries,
            vec![
                ("key.0", numbers(&[1])),
                ("x", numbers(&[1])),
                ("y", texts(&["a"]))
            ]
        ),
        "a.parquet: there is no column \"key.1\" among \"key.0\", \"x\", \"y\""
    );
    assert_eq!(
        refused(
            &[(1u8, 2u8)],
            vec![
                ("key", numbers(&[1])),
                ("value", numbers(&[1])),
                ("z", numbers(&[1]))
            ]
        ),
        "a.parquet: it has the columns \"z\" besides those of such entries: \"key\", \"value\""
    );
    let key: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    assert_eq!(
        refused(&[(1u8, 2u8)], vec![("key", key), ("value", numbers(&[1, 2]))]),
        "a.parquet: row 2, row group 1, field \"key\": the key is not like those of the map: it is null, not u8"
    );
}

#[test]
fn a_key_that_is_there_twice_is_shown_with_its_rows() {
    let message = refused(
        &[((1u64, "a"), 1u8)],
        vec![
            ("key.0", Arc::new(UInt64Array::from(vec![1, 2, 1]))),
            ("key.1", texts(&["a", "b", "a"])),
            ("value", Arc::new(Int32Array::from(vec![1, 2, 3]))),
        ],
    );
    assert_eq!(
        message,
        "a.parquet: row 1, row group 1 and row 3, row group 1 both have the key [1,\"a\"]; advice"
    );
}

#[test]
fn a_record_that_is_too_long_is_refused() {
    let map = build_entries(&[("a", "b")]);
    let tables = Tables::new();
    let long = "x".repeat(2000);
    let path = tables.parquet(
        "a.parquet",
        &batch(vec![("key", texts(&["a", "b"])), ("value", texts(&["", &long]))]),
    );
    let mut settings = like(&path, &map);
    settings.max_record = 1000;
    let message = build(&settings).unwrap_err();
    assert!(message.contains("longer than 1000 bytes"), "{message}");
    settings.max_record = 10_000;
    assert!(build(&settings).is_ok());
}

#[test]
fn files_may_have_their_columns_in_different_orders_and_widths() {
    let map = build_entries(&[(1u8, "a"), (2, "b")]);
    let tables = Tables::new();
    let one = tables.parquet(
        "one.parquet",
        &batch(vec![("key", numbers(&[1])), ("value", texts(&["a"]))]),
    );
    let other: ArrayRef = Arc::new(Int8Array::from(vec![2]));
    let other = tables.arrow(
        "other.arrow",
        &batch(vec![("value", texts(&["b"])), ("key", other)]),
    );
    let mut settings = settings([one, other]);
    settings.schemas = like(Path::new("any"), &map).schemas;
    assert!(types_and_entries(&build(&settings).unwrap()) == types_and_entries(&map));
}

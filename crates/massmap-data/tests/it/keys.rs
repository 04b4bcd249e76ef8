//! Keys of every type are hashed and stored as those of Rust programs.

use std::hash::Hash;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, UInt16Builder};
use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, DictionaryArray, FixedSizeBinaryArray, Int8Array,
    Int16Array, Int32Array, Int64Array, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    StructArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use massmap_data::{KeyType, Times};
use serde::Serialize;

use crate::harness::{ByteString, Tables, build, build_entries, settings};

/// Checks that a map of these keys is the one that is built of the columns, in every format.
fn check<K: Serialize + Hash + Eq>(name: &str, columns: Vec<ArrayRef>, keys: impl IntoIterator<Item = K>) {
    let entries: Vec<_> = keys.into_iter().zip(0i32..).collect();
    let expected = build_entries(&entries);
    let names: Vec<_> = (0..columns.len()).map(|number| format!("k{number}")).collect();
    let values: ArrayRef = Arc::new((0i32..).take(entries.len()).map(Some).collect::<Int32Array>());
    let columns = names
        .iter()
        .cloned()
        .zip(columns)
        .chain([("value".to_owned(), values)]);
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let tables = Tables::new();
    for path in [
        tables.parquet("a.parquet", &batch),
        tables.arrow("a.arrow", &batch),
        tables.stream("a.arrows", &batch),
    ] {
        let mut settings = settings([&path]);
        settings.fields.key = Some(names.join(","));
        settings.fields.value = Some("value".to_owned());
        let built = build(&settings).unwrap_or_else(|message| panic!("{name}: {message}"));
        assert!(built == expected, "{name} {path:?}");
    }
}

const TEXTS: [&str; 4] = ["", "a", "Zürich", "a\0b"];

#[test]
fn keys_of_one_column_are_those_of_rust() {
    check(
        "bool",
        vec![Arc::new(BooleanArray::from(vec![true, false]))],
        [true, false],
    );
    check(
        "i8",
        vec![Arc::new(Int8Array::from(vec![-128, 0, 127]))],
        [-128i8, 0, 127],
    );
    check(
        "i16",
        vec![Arc::new(Int16Array::from(vec![-1, 300]))],
        [-1i16, 300],
    );
    check(
        "i32",
        vec![Arc::new(Int32Array::from(vec![i32::MIN, 7]))],
        [i32::MIN, 7],
    );
    check(
        "i64",
        vec![Arc::new(Int64Array::from(vec![i64::MIN, 7]))],
        [i64::MIN, 7],
    );
    check("u8", vec![Arc::new(UInt8Array::from(vec![0, 255]))], [0u8, 255]);
    check(
        "u16",
        vec![Arc::new(UInt16Array::from(vec![0, 65_535]))],
        [0u16, 65_535],
    );
    check(
        "u32",
        vec![Arc::new(UInt32Array::from(vec![0, u32::MAX]))],
        [0, u32::MAX],
    );
    check(
        "u64",
        vec![Arc::new(UInt64Array::from(vec![0, u64::MAX]))],
        [0, u64::MAX],
    );
    let texts = TEXTS.to_vec();
    check("utf8", vec![Arc::new(StringArray::from(texts.clone()))], TEXTS);
    check(
        "large utf8",
        vec![Arc::new(LargeStringArray::from(texts.clone()))],
        TEXTS,
    );
    check(
        "utf8 view",
        vec![Arc::new(StringViewArray::from(texts.clone()))],
        TEXTS,
    );
    let dictionary: DictionaryArray<Int8Type> = texts.into_iter().collect();
    check("dictionary", vec![Arc::new(dictionary)], TEXTS);
    let numbers = DictionaryArray::new(
        Int8Array::from(vec![1, 0, 2]),
        Arc::new(UInt64Array::from(vec![7, 1 << 40, 9])),
    );
    check(
        "dictionary of numbers",
        vec![Arc::new(numbers)],
        [1u64 << 40, 7, 9],
    );
    let bytes = [&b""[..], b"\xff\0", b"a"];
    let strings = || bytes.iter().map(|bytes| ByteString(bytes.to_vec()));
    check(
        "bytes",
        vec![Arc::new(BinaryArray::from(bytes.to_vec()))],
        strings(),
    );
    let fixed = [[1u8; 16], [0; 16], [255; 16]];
    let array = FixedSizeBinaryArray::try_from_iter(fixed.iter()).unwrap();
    let strings = fixed.iter().map(|bytes| ByteString(bytes.to_vec()));
    check("fixed-size bytes", vec![Arc::new(array)], strings);
    let dates = vec![Arc::new(Date32Array::from(vec![0, -1])) as ArrayRef];
    check("date", dates, ["1970-01-01", "1969-12-31"]);
}

#[test]
fn keys_of_several_columns_are_tuples() {
    let numbers = || Arc::new(UInt32Array::from(vec![1, 1, 2])) as ArrayRef;
    let texts = || Arc::new(StringArray::from(vec!["a", "b", "a"])) as ArrayRef;
    check("two", vec![numbers(), texts()], [(1u32, "a"), (1, "b"), (2, "a")]);
    check(
        "three",
        vec![texts(), numbers(), texts()],
        [("a", 1u32, "a"), ("b", 1, "b"), ("a", 2, "a")],
    );
}

#[test]
fn structs_and_lists_are_keys() {
    #[derive(Serialize, Hash, PartialEq, Eq)]
    struct Key {
        number: u16,
        text: &'static str,
    }
    let structs = StructArray::try_from(vec![
        ("number", Arc::new(UInt16Array::from(vec![3, 4])) as ArrayRef),
        ("text", Arc::new(StringArray::from(vec!["c", "d"])) as ArrayRef),
    ]);
    check(
        "structs",
        vec![Arc::new(structs.unwrap())],
        [Key { number: 3, text: "c" }, Key { number: 4, text: "d" }],
    );
    let mut numbers = ListBuilder::new(UInt16Builder::new());
    numbers.append_value([Some(1), Some(2), Some(300)]);
    numbers.append_value([]);
    numbers.append_value([Some(1)]);
    check(
        "numbers",
        vec![Arc::new(numbers.finish())],
        [vec![1u16, 2, 300], vec![], vec![1]],
    );
    let mut texts = ListBuilder::new(StringBuilder::new());
    texts.append_value([Some("a"), Some("")]);
    texts.append_value([Some("ab")]);
    check(
        "texts",
        vec![Arc::new(texts.finish())],
        [vec!["a", ""], vec!["ab"]],
    );
}

#[test]
fn lists_of_dictionaries_of_numbers_are_hashed_as_slices_of_numbers() {
    let values: DictionaryArray<Int8Type> = DictionaryArray::new(
        Int8Array::from(vec![0, 1, 1]),
        Arc::new(Int64Array::from(vec![5, 6])),
    );
    let lists = arrow_array::ListArray::new(
        Arc::new(arrow_schema::Field::new("item", values_type(&values), true)),
        arrow_buffer::OffsetBuffer::from_lengths([2, 1]),
        Arc::new(values),
        None,
    );
    let batch = RecordBatch::try_from_iter([
        ("k", Arc::new(lists) as ArrayRef),
        ("v", Arc::new(Int8Array::from(vec![1, 2])) as ArrayRef),
    ]);
    let tables = Tables::new();
    let path = tables.arrow("a.arrow", &batch.unwrap());
    let expected = build_entries(&[(vec![5i64, 6], 1i8), (vec![6], 2)]);
    assert!(build(&settings([path])).unwrap() == expected);
}

fn values_type(array: &dyn arrow_array::Array) -> arrow_schema::DataType {
    array.data_type().clone()
}

#[test]
fn keys_get_the_type_that_is_asked_for_if_they_have_a_place_in_it() {
    let tables = Tables::new();
    let batch = RecordBatch::try_from_iter([
        ("k", Arc::new(Int64Array::from(vec![5, 70_000])) as ArrayRef),
        ("v", Arc::new(Int8Array::from(vec![1, 2])) as ArrayRef),
    ]);
    let path = tables.parquet("a.parquet", &batch.unwrap());
    let mut settings = settings([path]);
    settings.key_types = vec![KeyType::U32];
    assert!(build(&settings).unwrap() == build_entries(&[(5u32, 1i8), (70_000, 2)]));
    settings.key_types = vec![KeyType::U128];
    assert!(build(&settings).unwrap() == build_entries(&[(5u128, 1i8), (70_000, 2)]));
    settings.key_types = vec![KeyType::Text];
    assert!(build(&settings).unwrap() == build_entries(&[("5", 1i8), ("70000", 2)]));
    settings.key_types = vec![KeyType::U16];
    let message = build(&settings).unwrap_err();
    assert!(
        message.ends_with("row 2, row group 1, field \"k\": the key 70000 is not of type u16"),
        "{message}"
    );
}

#[test]
fn dates_are_numbers_if_asked_for() {
    let tables = Tables::new();
    let batch = RecordBatch::try_from_iter([
        ("k", Arc::new(Date32Array::from(vec![19_000, -5])) as ArrayRef),
        ("v", Arc::new(Int8Array::from(vec![1, 2])) as ArrayRef),
    ]);
    let mut settings = settings([tables.parquet("a.parquet", &batch.unwrap())]);
    settings.column_rules.times = Times::Integer;
    assert!(build(&settings).unwrap() == build_entries(&[(19_000i32, 1i8), (-5, 2)]));
}

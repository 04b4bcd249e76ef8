//! Nulls are errors, left out, or kept.

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder};
use arrow_array::{
    Array, ArrayRef, Int32Array, Int64Array, NullArray, RecordBatch, StringArray, StructArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Fields};
use massmap_data::{InputSettings, Nulls};

use crate::harness::{Tables, build, build_entries, settings};

/// The table in Parquet and in Arrow IPC, with columns `k` and `v`.
fn tables(keys: ArrayRef, values: ArrayRef) -> (Tables, Vec<InputSettings>) {
    let tables = Tables::new();
    let has_nulls = values.logical_null_count() > 0;
    let columns = [("k", keys, true), ("v", values, has_nulls)];
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let paths = [
        tables.parquet("a.parquet", &batch),
        tables.arrow("a.arrow", &batch),
    ];
    let settings = paths.iter().map(|path| settings([path])).collect();
    (tables, settings)
}

fn with(settings: &InputSettings, nulls: Nulls) -> Result<Vec<u8>, String> {
    let mut settings = settings.clone();
    settings.column_rules.nulls = nulls;
    build(&settings)
}

fn keys() -> ArrayRef {
    Arc::new(Int64Array::from(vec![1, 2, 3]))
}

#[test]
fn nulls_of_values_are_errors_or_left_out_or_none() {
    let values = Arc::new(StringArray::from(vec![Some("a"), None, Some("")]));
    let (_tables, inputs) = tables(keys(), values);
    for input in inputs {
        let message = with(&input, Nulls::Error).unwrap_err();
        assert!(
            message.contains(": row 2, ") && message.contains("field \"v\": it is null"),
            "{message}"
        );
        assert!(
            message.contains("--nulls skip") && message.contains("--nulls keep"),
            "{message}"
        );
        let skipped = with(&input, Nulls::Skip).unwrap();
        assert!(skipped == build_entries(&[(1i64, "a"), (3, "")]));
        let kept = with(&input, Nulls::Keep).unwrap();
        assert!(kept == build_entries(&[(1i64, Some("a")), (2, None), (3, Some(""))]));
    }
}

#[test]
fn a_null_is_never_a_key() {
    let keys = Arc::new(Int64Array::from(vec![Some(1), Some(2), None]));
    let (_tables, inputs) = tables(keys, Arc::new(Int32Array::from(vec![5, 6, 7])));
    for input in inputs {
        for nulls in [Nulls::Error, Nulls::Keep] {
            let message = with(&input, nulls).unwrap_err();
            assert!(
                message.contains("row 3, ") && message.contains("field \"k\": the key is null"),
                "{message}"
            );
        }
        let skipped = with(&input, Nulls::Skip).unwrap();
        assert!(skipped == build_entries(&[(1i64, 5), (2, 6)]));
    }
}

#[test]
fn nulls_inside_of_values_count() {
    let mut lists = ListBuilder::new(Int32Builder::new());
    lists.append_value([Some(1), Some(2)]);
    lists.append_value([Some(3), None]);
    lists.append_value([]);
    let (_tables, inputs) = tables(keys(), Arc::new(lists.finish()));
    for input in inputs {
        let message = with(&input, Nulls::Error).unwrap_err();
        assert!(message.contains("row 2, "), "{message}");
        let skipped = with(&input, Nulls::Skip).unwrap();
        assert!(skipped == build_entries(&[(1i64, vec![1, 2]), (3, vec![])]));
        let kept = with(&input, Nulls::Keep).unwrap();
        // The column itself has none.
        let lists = [
            (1i64, vec![Some(1), Some(2)]),
            (2, vec![Some(3), None]),
            (3, vec![]),
        ];
        assert!(kept == build_entries(&lists));
    }
}

#[test]
fn fields_of_a_null_struct_are_null() {
    let fields = Fields::from(vec![Field::new("x", DataType::Int32, false)]);
    let structs = StructArray::new(
        fields,
        vec![Arc::new(Int32Array::from(vec![1, 0, 3]))],
        Some(NullBuffer::from(vec![true, false, true])),
    );
    let (_tables, inputs) = tables(keys(), Arc::new(structs));
    for mut input in inputs {
        for (value, kept) in [
            ("v", {
                #[derive(serde::Serialize)]
                struct Inner {
                    x: i32,
                }
                build_entries(&[(1i64, Some(Inner { x: 1 })), (2, None), (3, Some(Inner { x: 3 }))])
            }),
            ("v.x", build_entries(&[(1i64, Some(1)), (2, None), (3, Some(3))])),
        ] {
            input.fields.value = Some(value.to_owned());
            let message = with(&input, Nulls::Error).unwrap_err();
            assert!(message.contains("row 2, "), "{message}");
            assert!(with(&input, Nulls::Keep).unwrap() == kept, "{value}");
        }
        let skipped = with(&input, Nulls::Skip).unwrap();
        assert!(skipped == build_entries(&[(1i64, 1), (3, 3)]));
    }
}

#[test]
fn a_column_of_nulls_alone_has_no_values() {
    let (_tables, inputs) = tables(keys(), Arc::new(NullArray::new(3)));
    for input in inputs {
        assert!(with(&input, Nulls::Error).unwrap_err().contains("row 1, "));
        let skipped = with(&input, Nulls::Skip).unwrap();
        assert!(skipped == build_entries::<i64, i32>(&[]));
        let kept = with(&input, Nulls::Keep).unwrap();
        assert!(kept == build_entries::<i64, Option<i32>>(&[(1, None), (2, None), (3, None)]));
    }
}

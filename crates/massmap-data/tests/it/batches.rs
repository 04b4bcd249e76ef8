//! Tables of which the batches are given.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, Schema};
use massmap_data::{Fields, Input, InputSettings, Nulls};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::harness::{build, build_batches, build_entries, fixture, settings};

fn batch(keys: &[i32]) -> RecordBatch {
    let values: Vec<_> = keys.iter().map(|key| format!("value {key}")).collect();
    RecordBatch::try_from_iter([
        ("k", Arc::new(Int32Array::from(keys.to_vec())) as ArrayRef),
        ("v", Arc::new(StringArray::from(values)) as ArrayRef),
    ])
    .unwrap()
}

fn build_all(batches: Vec<Result<RecordBatch, ArrowError>>) -> Result<Vec<u8>, String> {
    build_batches(&InputSettings::new([]), batch(&[]).schema(), batches)
}

#[test]
fn batches_give_the_map_that_a_file_of_them_gives() {
    for (name, nulls) in [
        ("pyarrow.parquet", Nulls::Keep),
        ("parquet-rs.parquet", Nulls::Skip),
    ] {
        let mut settings = settings([fixture(name)]);
        settings.column_rules.nulls = nulls;
        let expected = build(&settings).unwrap();
        for rows in [1, 7, 10_000] {
            let file = File::open(fixture(name)).unwrap();
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
            let reader = reader.with_batch_size(rows).build().unwrap();
            let columns = reader.schema();
            let batches = reader.collect();
            assert!(
                build_batches(&settings, columns, batches).unwrap() == expected,
                "{name}"
            );
        }
    }
}

#[test]
fn long_batches_are_read_in_parts_and_empty_ones_are_none() {
    let keys: Vec<i32> = (0..100_000).collect();
    let entries: Vec<_> = keys.iter().map(|key| (*key, format!("value {key}"))).collect();
    let (one, other) = keys.split_at(30_001);
    let batches = vec![
        Ok(batch(&[])),
        Ok(batch(one)),
        Ok(batch(other).slice(0, 5)),
        Ok(batch(other).slice(5, other.len() - 5)),
    ];
    assert!(build_all(batches).unwrap() == build_entries(&entries));
    assert!(build_all(Vec::new()).unwrap() == build_entries::<i32, String>(&[]));
}

#[test]
fn errors_name_the_row_of_the_table() {
    let failure = Err(ArrowError::ComputeError("the source has failed".to_owned()));
    let message = build_all(vec![Ok(batch(&[1, 2])), failure]).unwrap_err();
    assert_eq!(
        message,
        "the table: after row 2, batch 2: it cannot be read: Compute error: the source has failed"
    );
    let other = RecordBatch::try_from_iter([("k", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]);
    let message = build_all(vec![Ok(batch(&[1])), other]).unwrap_err();
    assert_eq!(
        message,
        "the table: after row 1, batch 2: the batch has other columns than the table"
    );
    let message = build_all(vec![Ok(batch(&[1, 2])), Ok(batch(&[3, 1]))]).unwrap_err();
    assert_eq!(message, "several rows of the table have the key 1; advice");
    let key = Arc::new(Int32Array::from(vec![Some(1), None])) as ArrayRef;
    let nulls = RecordBatch::try_from_iter([("k", key), ("v", Arc::clone(batch(&[1, 2]).column(1)))]);
    let nulls = nulls.unwrap();
    let message = build_batches(&InputSettings::new([]), nulls.schema(), vec![Ok(nulls)]).unwrap_err();
    assert!(
        message.starts_with("the table: row 2, batch 1, field \"k\": the key is null"),
        "{message}"
    );
}

#[test]
fn columns_are_checked_before_any_batch_is_read() {
    let mut settings = InputSettings::new([]);
    settings.fields = Fields {
        key: Some("missing".to_owned()),
        value: None,
    };
    let unread = std::iter::from_fn(|| -> Option<Result<RecordBatch, ArrowError>> { panic!("read") });
    let message = Input::from_batches(&settings, Arc::new(Schema::empty()), unread)
        .unwrap_err()
        .message();
    assert!(
        message.starts_with("the table: there is no column \"missing\""),
        "{message}"
    );
}

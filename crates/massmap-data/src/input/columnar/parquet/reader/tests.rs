use std::sync::Arc;

use arrow_array::builder::{Int32Builder, ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterVersion};

use super::*;

/// Writes columns to a file, and reads them within the limits. Returns the batches, and the rows before each.
fn read(
    columns: &[(&str, ArrayRef)],
    properties: WriterProperties,
    (limit, max_record): (u64, u64),
) -> std::result::Result<Vec<(u64, RecordBatch)>, ReadError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table.parquet");
    let batch = RecordBatch::try_from_iter(columns.iter().cloned()).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let meter = Arc::new(Meter::default());
    let file = ParquetFile::open(&Origin::File(path.clone()), &meter).unwrap();
    assert_eq!(file.rows(), batch.num_rows() as u64);
    let paths: Vec<Vec<String>> = columns.iter().map(|(name, _)| vec![(*name).to_owned()]).collect();
    let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
    let mut batches = Vec::new();
    file.read_within(&paths, limit, max_record, &mut |at, batch| {
        batches.push((at.row, batch));
        Ok(Flow::Continue)
    })?;
    assert_eq!(meter.read().0, std::fs::metadata(&path).unwrap().len());
    Ok(batches)
}

fn numbers(count: usize) -> ArrayRef {
    Arc::new((0..count as i64).map(Some).collect::<Int64Array>())
}

/// The numbers of the batches' first column, which are those of the rows.
fn check_numbers(batches: &[(u64, RecordBatch)], count: usize) {
    let mut next = 0;
    for (before, batch) in batches {
        assert_eq!(*before, next);
        for number in batch.column(0).as_primitive::<Int64Type>().values() {
            assert_eq!(*number, i64::try_from(next).unwrap());
            next += 1;
        }
    }
    assert_eq!(next, count as u64);
}

fn properties() -> parquet::file::properties::WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(Some(700))
        .set_data_page_size_limit(4 << 10)
        .set_write_batch_size(16)
}

#[test]
fn batches_of_strings_are_bounded_in_bytes() {
    const COUNT: usize = 2000;
    // Short at first, so that the average tells nothing.
    let texts: StringArray = (0..COUNT)
        .map(|row| Some("é".repeat(if row % 700 < 650 { 1 } else { 4000 })))
        .collect();
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        let properties = properties().set_writer_version(version).build();
        let columns = [("n", numbers(COUNT)), ("t", Arc::new(texts.clone()) as ArrayRef)];
        let limit = 64 << 10;
        let batches = read(&columns, properties, (limit, 1 << 20)).unwrap();
        check_numbers(&batches, COUNT);
        for (before, batch) in &batches {
            let read = batch.column(1).as_string_view();
            let mut bytes = 0;
            for row in 0..batch.num_rows() {
                assert_eq!(
                    read.value(row),
                    texts.value(usize::try_from(*before).unwrap() + row)
                );
                bytes += read.value(row).len() as u64;
            }
            // Some pages more, since a page that is begun is read.
            assert!(bytes < limit * 2, "{bytes}");
        }
        assert!(batches.len() > 10);
    }
}

#[test]
fn strings_that_repeat_the_one_before_do_not_fill_the_memory() {
    const COUNT: usize = 600;
    // Each takes a few bytes of the file and 40,000 of memory.
    let texts: StringArray = (0..COUNT)
        .map(|row| Some(format!("{}{row}", "a".repeat(40_000))))
        .collect();
    let properties = properties()
        .set_data_page_size_limit(1 << 30)
        .set_write_batch_size(COUNT)
        .set_encoding(Encoding::DELTA_BYTE_ARRAY)
        .set_compression(Compression::SNAPPY)
        .build();
    let limit = 1 << 20;
    let columns = [("t", Arc::new(texts.clone()) as ArrayRef)];
    let batches = read(&columns, properties, (limit, 1 << 20)).unwrap();
    let mut rows = 0;
    for (_, batch) in &batches {
        let read = batch.column(0).as_string_view();
        assert!(batch.num_rows() as u64 * 40_000 <= limit, "{}", batch.num_rows());
        for row in 0..batch.num_rows() {
            assert_eq!(read.value(row), texts.value(rows));
            rows += 1;
        }
    }
    assert_eq!(rows, COUNT);
}

/// Lists of these lengths.
fn lists(lengths: impl Iterator<Item = usize>) -> ArrayRef {
    let mut builder = ListBuilder::new(Int32Builder::new());
    for length in lengths {
        builder.values().append_slice(&vec![7; length]);
        builder.append(true);
    }
    Arc::new(builder.finish())
}

#[test]
fn batches_of_lists_are_bounded_in_bytes() {
    const COUNT: usize = 1000;
    let lengths = |row: usize| if row.is_multiple_of(90) { 5000 } else { row % 3 };
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        // One page for all, which takes little space.
        let properties = properties()
            .set_writer_version(version)
            .set_dictionary_enabled(true)
            .set_data_page_size_limit(1 << 30)
            .set_write_batch_size(1 << 20)
            .build();
        let columns = [("n", numbers(COUNT)), ("l", lists((0..COUNT).map(lengths)))];
        let limit = 100_000;
        let batches = read(&columns, properties, (limit, 1 << 20)).unwrap();
        check_numbers(&batches, COUNT);
        for (before, batch) in &batches {
            let read = batch.column(1).as_list::<i32>();
            let mut elements = 0;
            for row in 0..batch.num_rows() {
                let list = read.value(row);
                let list = list.as_primitive::<Int32Type>();
                assert_eq!(list.len(), lengths(usize::try_from(*before).unwrap() + row));
                assert!(list.values().iter().all(|value| *value == 7));
                elements += list.len() as u64;
            }
            assert!(elements * 8 <= limit, "{elements}");
        }
    }
}

#[test]
fn a_record_that_is_too_long_is_an_error() {
    let columns = [("n", numbers(9)), ("l", lists((0..9).map(|row| row * 1000)))];
    let limits = (1 << 10, 30_000);
    let error = read(&columns, properties().build(), limits).unwrap_err();
    assert_eq!(
        error.cause.to_string(),
        "a record is longer than 30000 bytes; --max-record allows longer ones"
    );
    let at = error.at.unwrap();
    assert!(at.row <= 4 && at.part == ("row group", 1), "{at:?}");
    assert!(read(&columns, properties().build(), (1 << 10, 80_000)).is_ok());
}

#[test]
fn every_encoding_and_compression_is_read() {
    const COUNT: usize = 1500;
    let mut builder = StringBuilder::new();
    for row in 0..COUNT {
        match row % 11 {
            0 => builder.append_null(),
            kind => builder.append_value("ab".repeat(kind)),
        }
    }
    let texts = builder.finish();
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::BROTLI(Default::default()),
        Compression::ZSTD(Default::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        for encoding in [
            None,
            Some(Encoding::PLAIN),
            Some(Encoding::DELTA_LENGTH_BYTE_ARRAY),
            Some(Encoding::DELTA_BYTE_ARRAY),
        ] {
            for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
                let mut properties = properties()
                    .set_writer_version(version)
                    .set_compression(compression)
                    .set_dictionary_enabled(encoding.is_none());
                if let Some(encoding) = encoding {
                    properties = properties.set_column_encoding("t".into(), encoding);
                }
                let columns = [("n", numbers(COUNT)), ("t", Arc::new(texts.clone()) as ArrayRef)];
                let batches = read(&columns, properties.build(), (LIMIT, 1 << 20)).unwrap();
                check_numbers(&batches, COUNT);
                for (before, batch) in &batches {
                    let read = batch.column(1).as_string_view();
                    for row in 0..batch.num_rows() {
                        let expected = usize::try_from(*before).unwrap() + row;
                        assert_eq!(read.is_null(row), texts.is_null(expected));
                        assert!(read.is_null(row) || read.value(row) == texts.value(expected));
                    }
                }
            }
        }
    }
}

#[test]
fn reading_ends_where_the_receiver_says() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("table.parquet");
    let batch = RecordBatch::try_from_iter([("n", numbers(2000))]).unwrap();
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties().build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let file = ParquetFile::open(&Origin::File(path), &Arc::default()).unwrap();
    let mut batches = 0;
    let paths = ["n".to_owned()];
    file.read(&[&paths], 1 << 20, &mut |_, _| {
        batches += 1;
        Ok(Flow::Stop)
    })
    .unwrap();
    assert_eq!(batches, 1);
}

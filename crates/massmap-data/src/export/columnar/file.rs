//! Files of columns.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, Schema};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowWriter, encode_arrow_schema};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::export::error::ExportError;

/// About the most bytes of a row group, which is in memory until it is written.
const ROW_GROUP: usize = 64 << 20;

/// A format of files with columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnarFormat {
    Parquet,
    Arrow,
}

/// Writes batches of rows.
pub(crate) struct ColumnarFile<W: Write> {
    encoder: Encoder,
    out: W,
}

enum Encoder {
    Parquet(Box<ArrowWriter<Vec<u8>>>),
    Arrow(Box<FileWriter<Vec<u8>>>),
}

impl<W: Write> ColumnarFile<W> {
    /// A file with these columns. `declared` are the same as Arrow is told to have them.
    pub(crate) fn new(
        format: ColumnarFormat,
        schema: &Arc<Schema>,
        declared: &Schema,
        out: W,
    ) -> Result<Self, ExportError> {
        let encoder = match format {
            ColumnarFormat::Parquet => {
                let notes = declared.metadata().iter();
                let notes = notes.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
                let types = KeyValue::new(ARROW_SCHEMA_META_KEY.to_owned(), encode_arrow_schema(declared));
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_key_value_metadata(Some(notes.chain([types]).collect()))
                    .build();
                let options = ArrowWriterOptions::new()
                    .with_properties(properties)
                    .with_skip_arrow_metadata(true);
                let writer = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(schema), options);
                Encoder::Parquet(Box::new(writer.map_err(of_parquet)?))
            }
            ColumnarFormat::Arrow => {
                let writer = FileWriter::try_new(Vec::new(), schema);
                Encoder::Arrow(Box::new(writer.map_err(of_arrow)?))
            }
        };
        Ok(Self { encoder, out })
    }

    /// Writes rows.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        let encoded = match &mut self.encoder {
            Encoder::Parquet(writer) => {
                writer.write(batch).map_err(of_parquet)?;
                if writer.in_progress_size() < ROW_GROUP {
                    return Ok(());
                }
                writer.flush().map_err(of_parquet)?;
                writer.sync().map_err(ExportError::Write)?;
                mem::take(writer.inner_mut())
            }
            Encoder::Arrow(writer) => {
                writer.write(batch).map_err(of_arrow)?;
                mem::take(writer.get_mut())
            }
        };
        self.out.write_all(&encoded).map_err(ExportError::Write)
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<(), ExportError> {
        let Self { encoder, mut out } = self;
        let encoded = match encoder {
            Encoder::Parquet(writer) => writer.into_inner().map_err(of_parquet)?,
            Encoder::Arrow(mut writer) => {
                writer.finish().map_err(of_arrow)?;
                mem::take(writer.get_mut())
            }
        };
        out.write_all(&encoded)
            .and_then(|()| out.flush())
            .map_err(ExportError::Write)
    }
}

fn of_parquet(error: ParquetError) -> ExportError {
    ExportError::Write(io::Error::other(error))
}

/// An error of making or writing batches.
pub(crate) fn of_arrow(error: ArrowError) -> ExportError {
    ExportError::Write(io::Error::other(error))
}

//! What a Parquet file says of itself.

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use parquet::arrow::{FieldLevels, ProjectionMask, parquet_to_arrow_field_levels, parquet_to_arrow_schema};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::file::Chunks;
use super::int96::Resolution;
use super::thrift;
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;
use crate::input::source::positioned::PositionedFile;

/// The first and the last bytes of a file.
const MAGIC: [u8; 4] = *b"PAR1";

/// The last bytes of a file whose metadata is encrypted.
const ENCRYPTED: [u8; 4] = *b"PARE";

/// An open file, whose metadata has been read.
pub(super) struct Opened {
    pub(super) file: Arc<PositionedFile>,
    pub(super) metadata: Arc<ParquetMetaData>,
    /// Its columns as they are read.
    pub(super) schema: Schema,
    /// Its columns as the file says that Arrow has them.
    pub(super) declared: Schema,
    pub(super) int96: Resolution,
}

impl Opened {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// Fails if it is not Parquet, or its metadata is damaged.
    pub(super) fn open(origin: &Origin, meter: &Arc<Meter>) -> anyhow::Result<Self> {
        let Some(file) = PositionedFile::open(origin, meter)? else {
            bail!("Parquet is read from its end, so it has to be a file, not a pipe: write it to one first");
        };
        let file = Arc::new(file);
        check_magic(&file)?;
        let metadata = ParquetMetaDataReader::new()
            .parse_and_finish(&Chunks(Arc::clone(&file)))
            .context("its metadata is damaged")?;
        let metadata = Arc::new(metadata);
        let described = metadata.file_metadata();
        let notes = described.key_value_metadata();
        let columns = described.schema_descr();
        // What Arrow has noted of types may be damaged, while Parquet's own are not.
        let schema = parquet_to_arrow_schema(columns, notes)
            .or_else(|_| parquet_to_arrow_schema(columns, None))
            .context("its columns are of unknown types")?;
        let is_of_spark =
            notes.is_some_and(|notes| notes.iter().any(|note| note.key == "org.apache.spark.version"));
        let int96 = match is_of_spark {
            true => Resolution::Microseconds,
            false => Resolution::Nanoseconds,
        };
        Ok(Self {
            file,
            schema: Schema::new(adapted(schema.fields(), int96)),
            declared: schema,
            metadata,
            int96,
        })
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.metadata.file_metadata().num_rows().try_into().unwrap_or(0)
    }

    /// Whether some of its columns are encrypted, which the crate `parquet` does not tell.
    pub(super) fn has_encrypted_columns(&self) -> bool {
        let mut end = Vec::new();
        let length = self.file.length();
        // The length of the metadata, and the magic bytes.
        if self
            .file
            .read_into(length.saturating_sub(8), 4, &mut end)
            .is_err()
        {
            return false;
        }
        let count = end.first_chunk().map_or(0, |count| u32::from_le_bytes(*count));
        let start = length.saturating_sub(8).checked_sub(count.into());
        let mut metadata = Vec::new();
        start.is_some_and(|start| {
            let read = self.file.read_into(start, count as usize, &mut metadata);
            read.is_ok() && thrift::names_encryption(&metadata)
        })
    }

    /// How to read the columns and fields at these paths.
    pub(super) fn levels(&self, paths: &[&[String]]) -> anyhow::Result<(FieldLevels, Vec<usize>)> {
        let columns = self.metadata.file_metadata().schema_descr();
        let leaves: Vec<_> = (0..columns.num_columns())
            .filter(|leaf| {
                let descriptor = columns.column(*leaf);
                let parts = descriptor.path().parts();
                paths.iter().any(|path| parts.starts_with(path))
            })
            .collect();
        let mask = ProjectionMask::leaves(columns, leaves.iter().copied());
        let levels = parquet_to_arrow_field_levels(columns, mask, Some(self.schema.fields()))
            .context("its columns are of unknown types")?;
        Ok((levels, leaves))
    }
}

fn check_magic(file: &PositionedFile) -> anyhow::Result<()> {
    let mut ends = Vec::new();
    // Magic bytes at both ends, and the length of the metadata.
    if file.length() < 12 {
        bail!("it is not Parquet: it has only {} bytes", file.length());
    }
    file.read_into(0, 4, &mut ends)?;
    file.read_into(file.length() - 4, 4, &mut ends)?;
    let (first, last) = ends.split_at_checked(4).unwrap_or_default();
    match (first == MAGIC, last) {
        (_, last) if last == ENCRYPTED || first == ENCRYPTED => {
            Err(anyhow!("it is encrypted, which is not read"))
        }
        (true, last) if last == MAGIC => Ok(()),
        (true, _) => Err(anyhow!("it is Parquet, but truncated: its end is missing")),
        (false, _) => Err(anyhow!("it is not Parquet: it does not begin with PAR1")),
    }
}

/// Columns in the types to read them as: texts and bytes as views, which have no limit on the length of all in a batch and share what
/// they refer to, also without the dictionaries that a file of Arrow may have had.
fn adapted(fields: &Fields, int96: Resolution) -> Fields {
    fields.iter().map(|field| adapted_field(field, int96)).collect()
}

fn adapted_field(field: &FieldRef, int96: Resolution) -> FieldRef {
    let data_type = adapted_type(field.data_type(), int96);
    Arc::new(Field::clone(field).with_data_type(data_type))
}

fn adapted_type(data_type: &DataType, int96: Resolution) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::Dictionary(_, values) => adapted_type(values, int96),
        DataType::RunEndEncoded(_, values) => adapted_type(values.data_type(), int96),
        DataType::List(element) => DataType::List(adapted_field(element, int96)),
        DataType::LargeList(element) => DataType::LargeList(adapted_field(element, int96)),
        DataType::FixedSizeList(element, length) => {
            DataType::FixedSizeList(adapted_field(element, int96), *length)
        }
        DataType::Struct(fields) => DataType::Struct(adapted(fields, int96)),
        DataType::Map(entries, is_sorted) => DataType::Map(adapted_field(entries, int96), *is_sorted),
        // Those of Spark that have 96 bits are instants. It writes no others in this unit.
        DataType::Timestamp(TimeUnit::Nanosecond, _) if int96 == Resolution::Microseconds => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        other => other.clone(),
    }
}

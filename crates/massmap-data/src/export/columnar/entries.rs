//! Entries as rows of columns.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema as Columns};
use massmap::dynamic::{SchemaStep, StaticSchema};

use super::builder::ColumnBuilder;
use super::fields::field;
use super::file::{ColumnarFile, ColumnarFormat, of_arrow};
use crate::export::error::{ExportError, Refusal};
use crate::export::text::json::{JsonText, named_key};
use crate::export::text::parts::split;
use crate::export::writer::EntryWriter;
use crate::schemas::cells::{EntryColumns, Part, parts};

/// The most rows of a batch.
const MOST_ROWS: usize = 8192;

/// A batch is also full with this many encoded bytes.
const MOST_BYTES: usize = 4 << 20;

/// Keys or values in one column, or in one for each of their parts.
#[derive(Debug)]
pub(crate) struct PartColumns {
    schema: StaticSchema,
    part: Part,
    fields: Vec<Field>,
    columns: Vec<ColumnBuilder>,
}

impl PartColumns {
    /// Columns with these names. `may_lack` is whether values may be missing; `is_exact` is whether they can be had back.
    ///
    /// # Errors
    ///
    /// Fails if the values hold structs with fields of the same name.
    pub(crate) fn new(
        schema: &StaticSchema,
        part: Part,
        names: &[String],
        may_lack: bool,
        is_exact: bool,
    ) -> Result<Self, Refusal> {
        JsonText::new(schema)?;
        let schemas = parts(schema.as_schema(), part);
        let fields = names.iter().zip(&schemas);
        Ok(Self {
            schema: schema.clone(),
            part,
            fields: fields
                .map(|(name, schema)| field(name, schema, may_lack))
                .collect(),
            columns: schemas
                .into_iter()
                .map(|schema| ColumnBuilder::new(schema, is_exact))
                .collect(),
        })
    }

    /// About how many bytes a value takes of which this is the encoding; `None` is a value that is missing.
    pub(crate) fn bytes(&self, encoded: Option<&[u8]>) -> usize {
        let empty: usize = self.columns.iter().map(ColumnBuilder::empty_bytes).sum();
        encoded.map_or(0, <[u8]>::len).saturating_add(empty)
    }

    /// The columns.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Appends an encoded value, or that there is none.
    ///
    /// # Errors
    ///
    /// Fails if it is not what the schema says. The columns are of no use then.
    pub(crate) fn append(&mut self, encoded: Option<&[u8]>) -> Result<(), Refusal> {
        let Some(encoded) = encoded else {
            self.columns.iter_mut().for_each(ColumnBuilder::append_null);
            return Ok(());
        };
        let schema = self.schema.as_schema();
        let values = match self.part {
            Part::Whole => vec![encoded],
            Part::Split(_) => split(schema, &parts(schema, self.part), encoded)?,
        };
        for ((column, value), field) in self.columns.iter_mut().zip(values).zip(&self.fields) {
            column.append(value).map_err(|refusal| match self.part {
                Part::Split(_) => refusal.within(|| SchemaStep::name(field.name())),
                Part::Whole => refusal,
            })?;
        }
        Ok(())
    }

    /// The columns of the values so far. Begins others.
    pub(crate) fn finish(&mut self) -> Result<Vec<ArrayRef>, ExportError> {
        let columns = self.columns.iter_mut().map(ColumnBuilder::finish);
        columns.collect::<Result<_, _>>().map_err(of_arrow)
    }
}

/// Writes keys and values as columns.
pub(crate) struct ColumnarEntries<W: Write> {
    /// `None` if keys are left out.
    key: Option<PartColumns>,
    value: PartColumns,
    schema: Arc<Columns>,
    rows: usize,
    /// Of keys and values, about.
    bytes: usize,
    /// Whether a row is there only in part, since something in it was refused.
    is_torn: bool,
    file: ColumnarFile<W>,
}

impl<W: Write> ColumnarEntries<W> {
    /// A file with columns of values and, if `key` is given, of keys. `may_lack` is whether values may be missing; `is_exact` is whether
    /// keys and values can be had back.
    pub(crate) fn new(
        format: ColumnarFormat,
        key: Option<&StaticSchema>,
        value: &StaticSchema,
        may_lack: bool,
        is_exact: bool,
        out: W,
    ) -> Result<Self, ExportError> {
        let columns = EntryColumns::of(key.unwrap_or(value).as_schema(), value.as_schema());
        let (of_key, of_value) = columns.split();
        let key = key.map(|key| PartColumns::new(key, columns.key, of_key, false, is_exact));
        let key = key
            .transpose()
            .map_err(|refusal| refusal.of("a key of this map"))?;
        let value = PartColumns::new(value, columns.value, of_value, may_lack, is_exact)
            .map_err(|refusal| refusal.of("a value of this map"))?;
        let fields = key.iter().flat_map(PartColumns::fields).chain(value.fields());
        let schema = Arc::new(Columns::new(fields.cloned().collect::<Vec<_>>()));
        Ok(Self {
            key,
            value,
            rows: 0,
            bytes: 0,
            is_torn: false,
            file: ColumnarFile::new(format, &schema, &schema, out)?,
            schema,
        })
    }

    /// Adds a row. `named_key` is what messages call the key.
    pub(crate) fn add(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
        named_key: impl Fn() -> Option<String>,
    ) -> Result<(), ExportError> {
        self.check_whole()?;
        let key_bytes = self.key.as_ref().map_or(0, |keys| keys.bytes(Some(key)));
        let bytes = self.value.bytes(value).saturating_add(key_bytes);
        if self.rows > 0 && self.bytes.saturating_add(bytes) > MOST_BYTES {
            self.write_batch()?;
        }
        self.is_torn = true;
        if let Some(keys) = &mut self.key {
            let appended = keys.append(Some(key));
            appended.map_err(|refusal| refusal.of(named_key().unwrap_or_else(|| "the key".to_owned())))?;
        }
        self.value.append(value).map_err(|refusal| {
            refusal.of(match named_key() {
                Some(key) => format!("the value of {key}"),
                None => "the value".to_owned(),
            })
        })?;
        self.is_torn = false;
        self.rows += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        match self.rows >= MOST_ROWS {
            true => self.write_batch(),
            false => Ok(()),
        }
    }

    fn write_batch(&mut self) -> Result<(), ExportError> {
        self.check_whole()?;
        let mut columns = match &mut self.key {
            Some(key) => key.finish()?,
            None => Vec::new(),
        };
        columns.extend(self.value.finish()?);
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options);
        self.file.write(&batch.map_err(of_arrow)?)
    }

    /// Fails once a row has been refused.
    fn check_whole(&self) -> Result<(), ExportError> {
        match self.is_torn {
            true => Err(ExportError::Write(io::Error::other(
                "a row could not be written before",
            ))),
            false => Ok(()),
        }
    }

    /// Ends the file.
    pub(crate) fn end(mut self) -> Result<(), ExportError> {
        self.check_whole()?;
        if self.rows > 0 {
            self.write_batch()?;
        }
        self.file.finish()
    }
}

/// Writes all entries of a map.
pub(crate) struct ColumnarWriter<W: Write> {
    key: StaticSchema,
    entries: ColumnarEntries<W>,
}

impl<W: Write> ColumnarWriter<W> {
    /// A file with these keys and values.
    pub(crate) fn new(
        format: ColumnarFormat,
        key: &StaticSchema,
        value: &StaticSchema,
        out: W,
    ) -> Result<Self, ExportError> {
        Ok(Self {
            key: key.clone(),
            entries: ColumnarEntries::new(format, Some(key), value, false, true, out)?,
        })
    }
}

impl<W: Write> EntryWriter for ColumnarWriter<W> {
    fn write(&mut self, key: &[u8], value: &[u8]) -> Result<(), ExportError> {
        let Self { key: schema, entries } = self;
        entries.add(key, Some(value), || Some(named_key(schema.as_schema(), key)))
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        self.entries.end()
    }
}

//! Batches of the rows of a file.

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use arrow_schema::Schema;
use parquet::arrow::FieldLevels;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups, RowSelection, RowSelector};
use parquet::column::page::{PageIterator, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::budget::{Budget, Failure, LIMIT};
use super::decompress::Decompressor;
use super::int96::Resolution;
use super::metadata::Opened;
use super::pages::{Column, Pages, Place};
use crate::input::columnar::batches::{At, BatchSink, Flow, ReadError, decoded};
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;
use crate::input::source::positioned::PositionedFile;

/// A Parquet file.
pub(crate) struct ParquetFile(Opened);

impl ParquetFile {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, is not Parquet, or its metadata is damaged.
    pub(in crate::input::columnar) fn open(origin: &Origin, meter: &Arc<Meter>) -> anyhow::Result<Self> {
        Opened::open(origin, meter).map(Self)
    }

    /// Its columns.
    pub(in crate::input::columnar) fn schema(&self) -> &Schema {
        &self.0.schema
    }

    /// Its columns as the file says that Arrow has them: some are read as other types.
    pub(in crate::input::columnar) fn declared(&self) -> &Schema {
        &self.0.declared
    }

    /// Number of its rows.
    pub(in crate::input::columnar) fn rows(&self) -> u64 {
        self.0.rows()
    }

    /// Passes batches of the columns at these paths to `sink`, in the order of the rows.
    ///
    /// # Errors
    ///
    /// Fails if the file is damaged, a row is longer than `max_record` bytes, or `sink` fails.
    pub(in crate::input::columnar) fn read(
        &self,
        paths: &[&[String]],
        max_record: u64,
        sink: &mut BatchSink<'_>,
    ) -> std::result::Result<(), ReadError> {
        self.read_within(paths, LIMIT, max_record, sink)
    }

    /// The same with another limit of bytes for batches.
    fn read_within(
        &self,
        paths: &[&[String]],
        limit: u64,
        max_record: u64,
        sink: &mut BatchSink<'_>,
    ) -> std::result::Result<(), ReadError> {
        let read = self.read_groups(paths, limit, max_record, sink);
        read.map_err(|error| match error.column {
            // What is encrypted looks like something that is damaged.
            Some(_) if self.0.has_encrypted_columns() => ReadError {
                cause: anyhow!("it cannot be read: the file has encrypted columns, and this seems to be one"),
                ..error
            },
            _ => error,
        })
    }

    fn read_groups(
        &self,
        paths: &[&[String]],
        limit: u64,
        max_record: u64,
        sink: &mut BatchSink<'_>,
    ) -> std::result::Result<(), ReadError> {
        let Self(opened) = self;
        let (levels, leaves) = opened.levels(paths).map_err(ReadError::whole)?;
        let mut first_row = 0;
        for number in 0..opened.metadata.num_row_groups() {
            let at = At {
                row: first_row,
                part: ("row group", number as u64 + 1),
            };
            let group = Group::new(opened, number, &leaves, limit, max_record);
            let group = group.map_err(|error| ReadError::at(at, error))?;
            // Groups without rows may be without pages, too.
            if group.rows > 0
                && let Flow::Stop = group.read(&levels, at, sink)?
            {
                return Ok(());
            }
            first_row += group.rows as u64;
            opened.file.count(group.unread());
        }
        opened.file.count_all();
        Ok(())
    }
}

/// A row group that is being read.
struct Group {
    file: Arc<PositionedFile>,
    metadata: Arc<ParquetMetaData>,
    number: usize,
    rows: usize,
    budget: Arc<Budget>,
    int96: Resolution,
    leaves: Vec<usize>,
}

impl Group {
    fn new(
        opened: &Opened,
        number: usize,
        leaves: &[usize],
        limit: u64,
        max_record: u64,
    ) -> anyhow::Result<Self> {
        let group = opened.metadata.row_group(number);
        let rows = usize::try_from(group.num_rows()).context("its number of rows is damaged")?;
        let columns = || leaves.iter().filter_map(|leaf| group.columns().get(*leaf));
        let bytes = columns().map(|column| u64::try_from(column.uncompressed_size()).unwrap_or(0));
        let bytes = bytes.fold(0, u64::saturating_add);
        let widths = columns().map(|column| Column::new(column.column_descr(), opened.int96).width());
        let widths = widths.fold(0, u64::saturating_add);
        Ok(Self {
            file: Arc::clone(&opened.file),
            metadata: Arc::clone(&opened.metadata),
            number,
            rows,
            budget: Arc::new(Budget::new(limit, max_record, rows as u64, bytes, widths)),
            int96: opened.int96,
            leaves: leaves.to_vec(),
        })
    }

    fn read(
        &self,
        levels: &FieldLevels,
        at: At,
        sink: &mut BatchSink<'_>,
    ) -> std::result::Result<Flow, ReadError> {
        let mut done = 0;
        // Once for each number of rows of a batch that turns out to be too large.
        loop {
            let here = |done: usize| At {
                row: at.row + done as u64,
                ..at
            };
            let failed = |done, error: anyhow::Error| ReadError::at(here(done), error);
            let selection = match done {
                0 => None,
                done => Some(RowSelection::from(vec![
                    RowSelector::skip(done),
                    RowSelector::select(self.rows.saturating_sub(done)),
                ])),
            };
            self.budget.begin();
            let begin = || {
                let rows = self.budget.rows();
                ParquetRecordBatchReader::try_new_with_row_groups(levels, self, rows, selection)
            };
            let reader = decoded(begin).map_err(|error| failed(done, error))?;
            let mut reader = match reader {
                Ok(reader) => reader,
                Err(_) if self.budget.adapt() => continue,
                Err(error) => return Err(self.failed(here(done), error)),
            };
            let again = loop {
                match decoded(|| reader.next()).map_err(|error| failed(done, error))? {
                    Some(Ok(batch)) => {
                        let rows = batch.num_rows();
                        if let Flow::Stop = sink(here(done), batch)? {
                            return Ok(Flow::Stop);
                        }
                        done += rows;
                        self.budget.begin();
                    }
                    Some(Err(_)) if self.budget.adapt() => break true,
                    Some(Err(error)) => return Err(self.failed(here(done), error)),
                    None => break false,
                }
            };
            match again {
                true => {}
                false if done == self.rows => return Ok(Flow::Continue),
                false => {
                    let error = anyhow!(
                        "the row group has {done} rows where its metadata says {}: the file is damaged",
                        self.rows
                    );
                    return Err(failed(done, error));
                }
            }
        }
    }

    /// What made reading fail.
    fn failed(&self, at: At, error: impl Into<anyhow::Error>) -> ReadError {
        let failure = self.budget.failure().unwrap_or_else(|| Failure {
            column: None,
            cause: error.into().context("its data are damaged"),
        });
        ReadError {
            column: failure.column,
            ..ReadError::at(at, failure.cause)
        }
    }

    /// Number of bytes of the row group that are not read, since they belong to other columns.
    fn unread(&self) -> u64 {
        let columns = self.metadata.row_group(self.number).columns().iter().enumerate();
        let others = columns.filter(|(leaf, _)| !self.leaves.contains(leaf));
        others
            .map(|(_, column)| u64::try_from(column.compressed_size()).unwrap_or(0))
            .fold(0, u64::saturating_add)
    }

    /// The pages of a column.
    fn pages(&self, leaf: usize) -> anyhow::Result<Pages> {
        let group = self.metadata.row_group(self.number);
        let chunk = group.columns().get(leaf).context("a column is missing")?;
        if chunk.file_path().is_some_and(|path| !path.is_empty()) {
            bail!("a column is in another file, which is not read");
        }
        let offset = |offset: i64| u64::try_from(offset).context("the offset of a column is damaged");
        let data = chunk.data_page_offset();
        // Some writers note 0 where there is no dictionary, or no data.
        let first = [chunk.dictionary_page_offset(), Some(data)].into_iter().flatten();
        let first = first.filter(|offset| *offset > 0).min();
        let start = offset(first.unwrap_or(data))?;
        let length = offset(chunk.compressed_size())?;
        let end = start.checked_add(length).filter(|end| *end <= self.file.length());
        let end = end.context("a column is beyond the end of the file: it is damaged or truncated")?;
        Ok(Pages::new(
            Arc::clone(&self.file),
            Arc::clone(&self.budget),
            Column::new(chunk.column_descr(), self.int96),
            Decompressor::new(chunk.compression()),
            Place { start, end },
        ))
    }
}

impl RowGroups for Group {
    fn num_rows(&self) -> usize {
        self.rows
    }

    fn column_chunks(&self, leaf: usize) -> Result<Box<dyn PageIterator>> {
        let pages = self.pages(leaf).map_err(|error| {
            let column = self.metadata.file_metadata().schema_descr().column(leaf);
            self.budget.fail(column.path().string(), error);
            ParquetError::General("a column cannot be read".to_owned())
        })?;
        Ok(Box::new(OneChunk(Some(pages))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.metadata.row_group(self.number)))
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// The only chunk of a column.
struct OneChunk(Option<Pages>);

impl Iterator for OneChunk {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(|pages| Ok(Box::new(pages) as _))
    }
}

impl PageIterator for OneChunk {}

#[cfg(test)]
mod tests;

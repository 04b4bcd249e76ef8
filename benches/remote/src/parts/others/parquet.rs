//! A Parquet file, sorted by key.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryStreamExt};
use massmap_async::object_store::path::Path;
use massmap_async::object_store::{GetOptions, GetRange, ObjectStore};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection, RowSelector};
use parquet::arrow::async_reader::{AsyncFileReader, MetadataSuffixFetch};
use parquet::arrow::{ArrowWriter, ParquetRecordBatchStreamBuilder};
use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::contestant::Contestant;
use crate::context::Context;
use crate::data::Entries;

/// Rows of a small page: about as many as massmap has in 4 KiB.
const ROWS: usize = 32;

/// What is read first, as massmap does.
const SUFFIX: usize = 64 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pages {
    Small,
    Default,
}

pub(super) struct Parquet {
    pages: Pages,
    reader: Reader,
    metadata: Option<ArrowReaderMetadata>,
}

impl Parquet {
    pub(super) fn new(context: &Context, entries: Entries, pages: Pages) -> anyhow::Result<Self> {
        let path = match pages {
            Pages::Small => "map-of-small-pages.parquet",
            Pages::Default => "map.parquet",
        };
        context.server.put(path, write(entries, pages)?);
        Ok(Self {
            pages,
            reader: Reader {
                store: context.server.store(),
                path: Path::from(path),
            },
            metadata: None,
        })
    }
}

/// The bytes of the file, which is of one row group.
fn write(entries: Entries, pages: Pages) -> anyhow::Result<Vec<u8>> {
    let mut rows: Vec<_> = entries.iter().map(|(key, value)| (key as i64, value)).collect();
    rows.sort_unstable();
    let keys: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(key, _)| *key)));
    let values: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, value)| value)));
    drop(rows);
    let batch = RecordBatch::try_from_iter([("key", keys), ("value", values)])?;
    // No two keys or values are the same.
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Page);
    let properties = match pages {
        Pages::Default => properties,
        Pages::Small => properties
            .set_data_page_row_count_limit(ROWS)
            .set_write_batch_size(ROWS)
            .set_column_statistics_enabled(ColumnPath::from("value"), EnabledStatistics::None),
    };
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build()))?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

impl Contestant for Parquet {
    fn name(&self) -> String {
        match self.pages {
            Pages::Small => "Parquet, small pages",
            Pages::Default => "Parquet, default pages",
        }
        .to_owned()
    }

    fn open(&mut self, context: &Context) -> anyhow::Result<()> {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let load = ArrowReaderMetadata::load_async(&mut self.reader, options);
        self.metadata = Some(context.runtime.block_on(load)?);
        Ok(())
    }

    fn get(&mut self, context: &Context, key: u64) -> anyhow::Result<Option<String>> {
        let metadata = self.metadata.as_ref().context("the file is open")?;
        context
            .runtime
            .block_on(look_up(self.reader.clone(), metadata, key as i64))
    }
}

async fn look_up(reader: Reader, metadata: &ArrowReaderMetadata, key: i64) -> anyhow::Result<Option<String>> {
    let file = metadata.metadata();
    ensure!(file.num_row_groups() == 1, "the file has one row group");
    let rows = file.row_group(0).num_rows() as usize;
    let index = file.page_index_for_row_group(0);
    let Some(ColumnIndexMetaData::INT64(keys)) = index.column_index(0) else {
        anyhow::bail!("the file has an index of keys");
    };
    let pages = index.offset_index(0).context("the file has an index of pages")?;
    let page = keys.max_values().partition_point(|greatest| *greatest < key);
    if keys.min_values().get(page).is_none_or(|least| *least > key) {
        return Ok(None);
    }
    let first_row = |page: usize| {
        let location = pages.page_locations().get(page);
        location.map_or(rows, |location| location.first_row_index as usize)
    };
    let (first, end) = (first_row(page), first_row(page + 1));
    let selection = RowSelection::from(vec![
        RowSelector::skip(first),
        RowSelector::select(end - first),
        RowSelector::skip(rows - end),
    ]);
    let batches: Vec<RecordBatch> =
        ParquetRecordBatchStreamBuilder::new_with_metadata(reader, metadata.clone())
            .with_row_groups(vec![0])
            .with_row_selection(selection)
            .with_batch_size(end - first)
            .build()?
            .try_collect()
            .await?;
    Ok(batches.iter().find_map(|batch| {
        let keys = batch.column(0).as_primitive::<Int64Type>().values();
        let place = keys.binary_search(&key).ok()?;
        Some(batch.column(1).as_string::<i32>().value(place).to_owned())
    }))
}

/// Reads an object, as the documentation of `AsyncFileReader` advises.
#[derive(Debug, Clone)]
struct Reader {
    store: Arc<dyn ObjectStore>,
    path: Path,
}

fn failed(error: massmap_async::object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl Reader {
    async fn get(&self, range: GetRange) -> Result<Bytes> {
        let options = GetOptions {
            range: Some(range),
            ..GetOptions::default()
        };
        let answer = self.store.get_opts(&self.path, options).await.map_err(failed)?;
        answer.bytes().await.map_err(failed)
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        self.get(GetRange::Bounded(range)).boxed()
    }

    /// All at the same time; near ones with one request.
    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move {
            let bytes = self.store.get_ranges(&self.path, &ranges).await;
            bytes.map_err(failed)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let metadata = ParquetMetaDataReader::new()
                .with_arrow_reader_options(options)
                .with_prefetch_hint(Some(SUFFIX))
                .load_via_suffix_and_finish(self)
                .await?;
            Ok(Arc::new(metadata))
        }
        .boxed()
    }
}

impl MetadataSuffixFetch for &mut Reader {
    fn fetch_suffix(&mut self, suffix: usize) -> BoxFuture<'_, Result<Bytes>> {
        self.get(GetRange::Suffix(suffix as u64)).boxed()
    }
}

//! A Parquet file as the crate `parquet` reads its metadata.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::input::source::positioned::PositionedFile;

/// What the crate `parquet` reads the metadata from.
#[derive(Clone)]
pub(super) struct Chunks(pub(super) Arc<PositionedFile>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.length()
    }
}

impl ChunkReader for Chunks {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let length = usize::try_from(self.0.length().saturating_sub(start))
            .map_err(|_| ParquetError::General("the file is too long".to_owned()))?;
        Ok(self.get_bytes(start, length)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = Vec::new();
        self.0
            .read_into(start, length, &mut bytes)
            .map_err(|error| ParquetError::External(Box::new(error)))?;
        Ok(bytes.into())
    }
}

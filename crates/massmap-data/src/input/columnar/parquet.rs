//! Parquet: files of row groups, whose columns are in pages.
//!
//! Read page by page, so that memory depends on neither the rows nor the bytes of a row group.

mod budget;
mod decompress;
mod file;
mod int96;
mod levels;
mod metadata;
mod page;
mod pages;
mod reader;
mod thrift;

pub(super) use reader::ParquetFile;

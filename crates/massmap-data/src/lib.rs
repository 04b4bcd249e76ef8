//! Rows of data as entries of maps: reads JSON, NDJSON, CSV and TSV, plain or compressed, and with the feature `parquet` Parquet and
//! Arrow IPC, for the command line and for programs in other languages.
//!
//! [`Input`] reads files in order, in bounded memory, and hands their entries to an [`EntryTask`] such as a build. Keys and values
//! have one of the types [`KeyType`] and [`ValueType`], or the types of their columns. Errors name input, line, record and column.
//!
//! [`entry_writer`] writes the entries of a map as text that is read again exactly, as entries like those of that map: with
//! [`InputSettings::schemas`]. [`EntrySorter`] sorts them by key before, in bounded memory.
//!
//! ```
//! use std::hash::Hash;
//!
//! use massmap::MassMapBuilder;
//! use massmap_data::{EntryNames, EntryTask, Input, InputError, InputSettings, Source};
//! use serde::Serialize;
//!
//! /// Builds a file.
//! struct Build<'a>(&'a std::path::Path);
//!
//! impl EntryTask for Build<'_> {
//!     type Output = std::io::Result<u64>;
//!
//!     fn run<K: Serialize + Hash + Eq, V: Serialize>(
//!         self,
//!         names: &EntryNames,
//!         entries: impl Iterator<Item = Result<(K, V), InputError>>,
//!     ) -> Self::Output {
//!         let builder = MassMapBuilder::default().with_value_type_name(&names.value);
//!         Ok(builder.try_build_to_path(self.0, entries)?.meta.entry_count)
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let directory = tempfile::tempdir()?;
//! let table = directory.path().join("fruits.csv");
//! std::fs::write(&table, "name,number\napple,1\nfig,2\n")?;
//!
//! let input = Input::open(&InputSettings::new([Source::of_path(table)]))?;
//! assert_eq!(input.run(Build(&directory.path().join("fruits.massmap")))?, 2);
//! # Ok(())
//! # }
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod answers;
pub mod escape;
pub mod excerpt;
mod export;
mod input;
pub mod keys;
mod location;
mod schemas;
mod types;

#[cfg(feature = "parquet")]
pub use answers::JoinedColumns;
pub use answers::{
    Answer, AnswerFormat, AnswerWriter, JoinedLines, JoinedTable, LineForm, answer_writer, joined_columns,
};
#[cfg(feature = "parquet")]
pub use export::columnar::ValueColumn;
pub use export::{
    EntrySorter, EntryWriter, ExportError, ExportFormat, JsonText, KeyLines, NamedWriter, Refusal,
    entry_writer,
};
pub use input::{
    ColumnRules, ColumnSchema, Dialect, DialectOptions, EntryNames, EntryTask, Fields, Format, Header, Input,
    InputDescription, InputError, InputFormat, InputSchema, InputSettings, Meter, Nulls, Origin, PartSchema,
    Quote, Source, Times, ValueShape, duplicate_key_message, expand_input, parse_json, read_json_entries,
};
pub use location::{Location, WITHOUT_URLS};
pub use schemas::{EntrySchemas, SchemaError};
pub use types::{
    DynamicValue, EncodedJson, FromDynamic, Key, KeyTask, KeyType, UnknownKeyType, ValueType, decode_key,
    non_finite,
};

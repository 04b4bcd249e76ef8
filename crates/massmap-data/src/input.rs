//! Reads files and standard input as a stream of entries.
//!
//! A thread decompresses and parses the inputs in order, and passes on entries in batches; about two batches are in memory,
//! however long the input. Each format of text has a reader that produces [`record::Record`]s; [`entries::convert`] turns these into
//! keys and values of the requested types. The columns of Parquet and Arrow have types, and their rows are encoded as they are.

#[cfg(feature = "parquet")]
pub(crate) mod columnar;
mod entries;
pub(crate) mod error;
pub(crate) mod format;
pub(crate) mod json;
pub(crate) mod memory;
pub(crate) mod record;
pub(crate) mod settings;
pub(crate) mod source;
pub(crate) mod table;

pub use entries::EntryTask;
pub use entries::duplicate_key::message as duplicate_key_message;
pub use entries::types::{ColumnSchema, EntryNames, InputDescription, InputSchema, PartSchema};
pub use error::InputError;
pub use format::{Format, InputFormat};
pub use json::convert::read_entries as read_json_entries;
pub use json::typed::parse as parse_json;
pub use record::Fields;
pub use settings::column_rules::{ColumnRules, Nulls, Times, ValueShape};
pub use settings::{InputSettings, Source};
pub use source::inputs::expand as expand_input;
pub use source::meter::Meter;
pub use source::origin::Origin;
pub use table::Header;
pub use table::dialect::{Dialect, DialectOptions, Quote};

use std::fmt;
use std::sync::Arc;

use anyhow::anyhow;

#[cfg(feature = "parquet")]
use columnar::{ColumnarInput, LikeInput, Table};
use error::LocatedError;
use format::detect;
use format::text::TextInput;

/// Inputs that have been opened so far that the types of the entries are known.
pub struct Input {
    content: Content,
    meter: Arc<Meter>,
}

enum Content {
    Text(Box<TextInput>),
    #[cfg(feature = "parquet")]
    Columnar(Box<ColumnarInput>),
    #[cfg(feature = "parquet")]
    Like(Box<LikeInput>),
}

impl Content {
    /// Tables whose columns have types. `table` is the one among them that is no file.
    #[cfg(feature = "parquet")]
    fn columnar(
        settings: &InputSettings,
        meter: &Arc<Meter>,
        table: Option<Table>,
    ) -> Result<Self, InputError> {
        Ok(match &settings.schemas {
            Some(schemas) => Self::Like(Box::new(LikeInput::open(settings, schemas, meter, table)?)),
            None => Self::Columnar(Box::new(ColumnarInput::open(settings, meter, table)?)),
        })
    }
}

impl Input {
    /// Checks that all inputs exist, and opens the first, or all if their columns have types.
    ///
    /// # Errors
    ///
    /// Fails if an input cannot be opened, or does not have the required columns.
    pub fn open(settings: &InputSettings) -> Result<Self, InputError> {
        let settings = &detect::with_formats(settings);
        let sources = &settings.sources;
        let meter = Arc::new(Meter::of(sources.iter().map(|source| &source.origin))?);
        let columnar = sources.iter().find(|source| source.format.name.is_columnar());
        let text = sources.iter().find(|source| !source.format.name.is_columnar());
        let content = match (columnar, text) {
            (None, _) => Content::Text(Box::new(TextInput::open(settings, &meter)?)),
            (Some(columnar), Some(text)) => {
                let name = columnar.format.name.name();
                let cause = anyhow!(
                    "it is text, but {} is {name}: build of one kind at a time",
                    columnar.origin
                );
                return Err(LocatedError::from(cause).in_input(&text.origin));
            }
            #[cfg(feature = "parquet")]
            (Some(_), None) => Content::columnar(settings, &meter, None)?,
            #[cfg(not(feature = "parquet"))]
            (Some(columnar), None) => {
                let cause = columnar.format.name.built_without();
                return Err(LocatedError::from(cause).in_input(&columnar.origin));
            }
        };
        Ok(Self { content, meter })
    }

    /// Takes a table with typed columns that is no file: its columns, and its batches, which are read one by one. The settings may have no
    /// sources.
    ///
    /// # Errors
    ///
    /// Fails if the table does not have the required columns.
    #[cfg(feature = "parquet")]
    pub fn from_batches(
        settings: &InputSettings,
        columns: Arc<arrow_schema::Schema>,
        batches: impl Iterator<Item = Result<arrow_array::RecordBatch, arrow_schema::ArrowError>> + Send + 'static,
    ) -> Result<Self, InputError> {
        let mut settings = settings.clone();
        settings.sources = vec![Source::new(Origin::Table, Some(InputFormat::Arrow))];
        let meter = Arc::new(Meter::of([&Origin::Table].into_iter())?);
        let table = Table::new(columns, batches);
        Ok(Self {
            content: Content::columnar(&settings, &meter, Some(table))?,
            meter,
        })
    }

    /// Measures how much of the inputs has been read.
    #[must_use]
    pub fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// The settings, with what the inputs have shown: their formats, and what keys and values of several columns are.
    #[must_use]
    pub fn settings(&self) -> &InputSettings {
        match &self.content {
            Content::Text(input) => input.settings(),
            #[cfg(feature = "parquet")]
            Content::Columnar(input) => input.settings(),
            #[cfg(feature = "parquet")]
            Content::Like(input) => input.settings(),
        }
    }

    /// What would be built of the inputs.
    #[must_use]
    pub fn schema(&self) -> InputSchema {
        match &self.content {
            Content::Text(input) => input.schema(),
            #[cfg(feature = "parquet")]
            Content::Columnar(input) => input.schema(),
            #[cfg(feature = "parquet")]
            Content::Like(input) => input.schema(),
        }
    }

    /// Starts reading, and runs `task` with the entries of all inputs.
    pub fn run<T: EntryTask>(self, task: T) -> T::Output {
        match self.content {
            Content::Text(input) => input.run(task),
            #[cfg(feature = "parquet")]
            Content::Columnar(input) => input.run(task),
            #[cfg(feature = "parquet")]
            Content::Like(input) => input.run(task),
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("schema", &self.schema())
            .finish_non_exhaustive()
    }
}

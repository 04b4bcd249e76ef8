//! Reads an input of any format.

use std::sync::Arc;

use anyhow::anyhow;

use super::{Format, InputFormat, sniff};
use crate::input::entries::types::ColumnSchema;
use crate::input::error::{LocatedError, Stop};
use crate::input::json::error::Problem;
use crate::input::json::{document, lines};
use crate::input::memory::OutOfMemory;
use crate::input::record::{Record, Sink};
use crate::input::settings::InputSettings;
use crate::input::source::limit::RecordTooLong;
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;
use crate::input::source::{self, Opened, Text};
use crate::input::table::Table;
use crate::input::table::columns::{Columns, FirstTable};
use crate::input::table::rows::RowError;
use crate::schemas::EntrySchemas;
use crate::types::value::ValueType;

/// An open input.
pub(in crate::input) struct Reader {
    format: InputFormat,
    /// The delimiter of a table.
    delimiter: Option<u8>,
    beginning: Vec<u8>,
    content: Content,
}

enum Content {
    /// An empty input, which the user allowed.
    Empty,
    Json {
        text: Text,
        /// Whether the user gave this format.
        is_given: bool,
    },
    Lines(Text),
    Table(Box<Table<Text>>),
}

impl Reader {
    /// Opens an input. A table must match the columns of the `first_table`, if there was one.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be opened, has another format, or lacks required columns.
    pub(in crate::input) fn open(
        origin: &Origin,
        format: Format,
        options: &InputSettings,
        first_table: Option<&FirstTable>,
        meter: &Arc<Meter>,
    ) -> Result<Self, LocatedError> {
        let opened = source::open(origin, options.zstd_window_log, meter)?;
        let Opened {
            text,
            beginning,
            missing_compression,
        } = opened;
        if let (Some(name), false) = (missing_compression, options.allow_empty) {
            return Err(anyhow!(
                "it is empty, but {name} data never are, so it was truncated; --allow-empty treats it as having no entries"
            )
            .into());
        }
        let dialect = options.dialect.for_format(format.name);
        let delimiter = dialect.map(|dialect| dialect.delimiter);
        let hint = || sniff::hint(&beginning, format.name, delimiter, &options.fields);
        let content = match (dialect, format.name) {
            _ if beginning.is_empty() && options.allow_empty => Content::Empty,
            (Some(dialect), _) => {
                // JSON has commas too: its first line would be taken for a header.
                if let (Some(hint), false, Some(b'{' | b'[')) = (hint(), format.is_given, beginning.first()) {
                    let name = match format.name {
                        InputFormat::Tsv => "tsv",
                        _ => "csv",
                    };
                    return Err(anyhow!("{hint}; --input-format {name} reads it as a table").into());
                }
                let table = Table::open(text, dialect, options, first_table);
                Content::Table(Box::new(table.map_err(|error| error.with_hint(hint()))?))
            }
            (None, InputFormat::Ndjson) => Content::Lines(text),
            (None, _) if beginning.is_empty() => {
                return Err(anyhow!("it is empty; --allow-empty treats it as having no entries").into());
            }
            (None, _) => Content::Json {
                text,
                is_given: format.is_given,
            },
        };
        Ok(Self {
            format: format.name,
            delimiter,
            beginning,
            content,
        })
    }

    /// Whether it contains nothing that determines columns and types.
    pub(in crate::input) fn is_empty(&self) -> bool {
        match &self.content {
            Content::Empty => true,
            Content::Table(table) => table.columns().is_none(),
            Content::Json { .. } | Content::Lines(_) => false,
        }
    }

    /// The columns, if it is a table that has some.
    pub(in crate::input) fn columns(&self) -> Option<&Columns> {
        match &self.content {
            Content::Table(table) => table.columns(),
            _ => None,
        }
    }

    /// What keys and values are, if it is a table that has some columns and is read by schemas.
    pub(in crate::input) fn schemas(&self) -> Option<&EntrySchemas> {
        match &self.content {
            Content::Table(table) => table.schemas(),
            _ => None,
        }
    }

    /// The columns of keys and of values, if it is a table that has some and is read by schemas.
    pub(in crate::input) fn typed_columns(&self) -> Option<[Vec<ColumnSchema>; 2]> {
        match &self.content {
            Content::Table(table) => table.typed_columns(),
            _ => None,
        }
    }

    /// Checks that the values can be of this type, as far as that is known from the columns.
    pub(in crate::input) fn check(&self, value_type: ValueType) -> Result<(), LocatedError> {
        match &self.content {
            Content::Table(table) => table.check(value_type),
            _ => Ok(()),
        }
    }

    /// Remembers the columns for later tables, if it is the first table with columns.
    pub(in crate::input) fn remember_columns(&self, origin: &Origin, first_table: &mut Option<FirstTable>) {
        if let (Some(columns), None) = (self.columns(), &first_table) {
            *first_table = Some(FirstTable {
                input: origin.to_string(),
                columns: columns.clone(),
            });
        }
    }

    /// Passes its records to `sink`. Returns whether there was a record, or an explicit sign that there are none: empty brackets,
    /// or a header.
    pub(in crate::input) fn read(self, options: &InputSettings, sink: &mut Sink<'_>) -> Result<bool, Stop> {
        let mut any = match &self.content {
            Content::Json { .. } => true,
            Content::Table(table) => table.columns().is_some(),
            Content::Empty | Content::Lines(_) => false,
        };
        let mut accepted = false;
        let mut sink = |record: Record<'_>| {
            any = true;
            sink(record)?;
            accepted = true;
            Ok(())
        };
        let outcome = match self.content {
            Content::Empty => Ok(()),
            Content::Json { text, is_given } => document::read(text, options, is_given, &mut sink),
            Content::Lines(text) => lines::read(text, options.reading(), options.max_record, &mut sink),
            Content::Table(table) => table.read(&mut sink),
        };
        match outcome {
            Ok(()) => Ok(any),
            Err(Stop::Cancelled) => Err(Stop::Cancelled),
            Err(Stop::Failed(error)) => {
                let hint = match suggests_other_format(&error.cause, self.format, accepted) {
                    true => sniff::hint(&self.beginning, self.format, self.delimiter, &options.fields),
                    false => None,
                };
                Err(Stop::Failed(error.with_hint(hint)))
            }
        }
    }
}

/// Whether the cause of an error may be that the text has another format than `format`. `accepted` is whether a record was
/// accepted before.
fn suggests_other_format(cause: &anyhow::Error, format: InputFormat, accepted: bool) -> bool {
    let problem = cause.downcast_ref::<Problem>();
    if accepted {
        // The first line of NDJSON may be a whole document.
        return format == InputFormat::Json && matches!(problem, Some(Problem::TrailingCharacters));
    }
    // Lack of memory and long records say nothing about the format.
    !cause.is::<OutOfMemory>()
        && !cause.is::<RecordTooLong>()
        && !matches!(cause.downcast_ref(), Some(RowError::TooLong { .. }))
        && problem.is_none_or(Problem::suggests_other_format)
}

//! An input of any format, open.

use std::sync::Arc;

use anyhow::anyhow;

use super::{Format, InputFormat};
use crate::input::args::ReadOptions;
use crate::input::entries::convert::ValueType;
use crate::input::error::{Fault, Halt};
use crate::input::format::sniff;
use crate::input::json::error::Problem;
use crate::input::json::{document, lines};
use crate::input::memory;
use crate::input::record::{Record, Sink};
use crate::input::source::limit::RecordTooLong;
use crate::input::source::{self, Meter, Opened, Origin, Text};
use crate::input::table::Table;
use crate::input::table::columns::{Columns, FirstTable};
use crate::input::table::rows::RowError;

/// An input that is open.
pub(in crate::input) struct Reader {
    format: InputFormat,
    /// Of a table.
    delimiter: Option<u8>,
    beginning: Vec<u8>,
    content: Content,
}

enum Content {
    /// No byte, which the user said is fine.
    Nothing,
    /// With whether the user said that it is JSON.
    Json(Text, bool),
    Lines(Text),
    Table(Box<Table<Text>>),
}

impl Reader {
    /// Opens an input; a table goes on with the columns of the `first_table`, if there was one.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be opened, is something else than it is taken for, or has not the columns it should have.
    pub(in crate::input) fn open(
        origin: &Origin,
        format: Format,
        options: &ReadOptions,
        first_table: Option<&FirstTable>,
        meter: &Arc<Meter>,
    ) -> Result<Self, Fault> {
        let opened = source::open(origin, options.zstd_window_log, meter)?;
        let Opened {
            text,
            beginning,
            lacks,
        } = opened;
        if let (Some(name), false) = (lacks, options.allow_empty) {
            return Err(anyhow!(
                "it is empty, which {name} data never are, so that it is cut short; --allow-empty takes that for no entries"
            )
            .into());
        }
        let dialect = options.dialect.of(format.name);
        let delimiter = dialect.map(|dialect| dialect.delimiter);
        let hint = || sniff::hint(&beginning, format.name, delimiter, &options.fields);
        let content = match (dialect, format.name) {
            _ if beginning.is_empty() && options.allow_empty => Content::Nothing,
            (Some(dialect), _) => {
                // JSON has commas, too: its first line would be taken for a header.
                if let (Some(hint), false, Some(b'{' | b'[')) = (hint(), format.is_given, beginning.first()) {
                    let name = match format.name {
                        InputFormat::Tsv => "tsv",
                        _ => "csv",
                    };
                    return Err(anyhow!("{hint}; --input-format {name} takes it as a table").into());
                }
                let table = Table::open(text, dialect, &options.tables, first_table);
                Content::Table(Box::new(table.map_err(|fault| fault.with_hint(hint()))?))
            }
            (None, InputFormat::Ndjson) => Content::Lines(text),
            (None, _) if beginning.is_empty() => {
                return Err(anyhow!("it is empty; --allow-empty takes that for no entries").into());
            }
            (None, _) => Content::Json(text, format.is_given),
        };
        Ok(Self {
            format: format.name,
            delimiter,
            beginning,
            content,
        })
    }

    /// Whether nothing is in it that tells of columns and types.
    pub(in crate::input) fn is_empty(&self) -> bool {
        match &self.content {
            Content::Nothing => true,
            Content::Table(table) => table.columns().is_none(),
            Content::Json(..) | Content::Lines(_) => false,
        }
    }

    /// The columns of a table that has some.
    pub(in crate::input) fn columns(&self) -> Option<&Columns> {
        match &self.content {
            Content::Table(table) => table.columns(),
            _ => None,
        }
    }

    /// Checks that the values can be of that type, as far as the columns tell.
    pub(in crate::input) fn check(&self, value_type: ValueType) -> Result<(), Fault> {
        match &self.content {
            Content::Table(table) => table.check(value_type),
            _ => Ok(()),
        }
    }

    /// Keeps the columns for later tables, if it is the first that has some.
    pub(in crate::input) fn remember_columns(&self, origin: &Origin, first_table: &mut Option<FirstTable>) {
        if let (Some(columns), None) = (self.columns(), &first_table) {
            *first_table = Some(FirstTable {
                input: origin.to_string(),
                columns: columns.clone(),
            });
        }
    }

    /// Hands on its records. Gives whether there was a record, or something that says that there are none: brackets, or a header.
    pub(in crate::input) fn read(self, options: &ReadOptions, sink: &mut Sink<'_>) -> Result<bool, Halt> {
        let mut any = match &self.content {
            Content::Json(..) => true,
            Content::Table(table) => table.columns().is_some(),
            Content::Nothing | Content::Lines(_) => false,
        };
        let mut taken = false;
        let mut sink = |record: Record<'_>| {
            any = true;
            sink(record)?;
            taken = true;
            Ok(())
        };
        let outcome = match self.content {
            Content::Nothing => Ok(()),
            Content::Json(text, is_given) => document::read(text, options, is_given, &mut sink),
            Content::Lines(text) => lines::read(text, &options.fields, options.max_record, &mut sink),
            Content::Table(table) => table.read(&mut sink),
        };
        match outcome {
            Ok(()) => Ok(any),
            Err(Halt::Unwanted) => Err(Halt::Unwanted),
            Err(Halt::Faulty(fault)) => {
                let hint = match may_be_of_format(&fault.cause, self.format, taken) {
                    true => sniff::hint(&self.beginning, self.format, self.delimiter, &options.fields),
                    false => None,
                };
                Err(Halt::Faulty(fault.with_hint(hint)))
            }
        }
    }
}

/// Whether a fault may come of a text that is of another format than `format`; `taken` is whether there was a record
/// before it.
fn may_be_of_format(cause: &anyhow::Error, format: InputFormat, taken: bool) -> bool {
    let problem = cause.downcast_ref::<Problem>();
    if taken {
        // The first line of NDJSON may well be a whole document.
        return format == InputFormat::Json && matches!(problem, Some(Problem::TrailingCharacters));
    }
    // Neither little memory nor the length of a record says anything of the format.
    !memory::is_cause_of(cause)
        && !cause.is::<RecordTooLong>()
        && !matches!(cause.downcast_ref(), Some(RowError::TooLong { .. }))
        && problem.is_none_or(Problem::may_be_of_format)
}

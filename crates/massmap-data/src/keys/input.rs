//! Opens files with keys.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, anyhow};

use super::format::KeyFileFormat;
#[cfg(feature = "parquet")]
use super::kept::KeptRows;
use super::parser::KeyParser;
#[cfg(feature = "parquet")]
use super::read::columns::KeyColumns;
use super::read::lines;
use super::read::records::{self, KeyFields};
use super::read::sink::Sink;
use super::read::table::KeyTable;
use super::stream::{KeyStream, Keys};
#[cfg(feature = "parquet")]
use crate::input::Source;
use crate::input::error::{LocatedError, Stop};
use crate::input::settings::DEFAULT_MAX_RECORD;
use crate::input::source::meter::Meter;
use crate::input::source::{self, Text};
use crate::input::{DialectOptions, InputError, InputFormat, Origin};

/// Which keys to read, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySettings {
    /// Where they come from.
    pub origin: Origin,
    /// The format: that of the name of the file unless set.
    pub format: Option<KeyFileFormat>,
    /// The column or field of the key; several, with commas between them, are the parts of a tuple. Unless set, it is the first column,
    /// or those that [exports](crate::entry_writer) give the parts of keys, or the field `key`.
    pub key: Option<String>,
    /// Whether each key ends with a NUL instead of a line feed.
    pub ends_with_nul: bool,
    /// Whether tables begin with the names of their columns.
    pub has_header: bool,
    /// The special characters of tables.
    pub dialect: DialectOptions,
    /// Whether the rows that keys come from are kept with them.
    pub keeps_rows: bool,
    /// Whether rows may have null as their key, or an empty cell, although no key of the map is: the map has no such key.
    pub allows_null: bool,
    /// Names that no field of a record has.
    pub new_fields: Vec<String>,
    /// Size limit of a key with its row, in bytes: 64 MiB unless set.
    pub max_record: u64,
    /// Binary logarithm of the largest zstd window, in bytes; 27 unless set.
    pub zstd_window_log: Option<u32>,
}

impl KeySettings {
    /// The default settings for a file.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            format: None,
            key: None,
            ends_with_nul: false,
            has_header: true,
            dialect: DialectOptions::default(),
            keeps_rows: false,
            allows_null: false,
            new_fields: Vec::new(),
            max_record: DEFAULT_MAX_RECORD,
            zstd_window_log: None,
        }
    }

    /// The format: the one that is set, or that of the name.
    #[must_use]
    pub fn format(&self) -> KeyFileFormat {
        self.format.unwrap_or_else(|| match self.origin.name() {
            Some(name) => KeyFileFormat::of_name(&name),
            None => KeyFileFormat::Lines,
        })
    }
}

/// An open file with keys.
pub struct KeyInput {
    settings: KeySettings,
    parser: KeyParser,
    content: Content,
}

enum Content {
    Lines(Text),
    Json(Text, KeyFields),
    Ndjson(Text, KeyFields),
    Table(Box<KeyTable<Text>>),
    #[cfg(feature = "parquet")]
    Columns(Box<KeyColumns>),
}

impl KeyInput {
    /// Opens a file with keys of the type of `parser`.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be opened, or lacks the columns.
    pub fn open(settings: &KeySettings, parser: &KeyParser) -> Result<Self, InputError> {
        let meter = Arc::new(Meter::of([&settings.origin].into_iter())?);
        let content = open(settings, parser, &meter).map_err(|error| error.in_input(&settings.origin))?;
        Ok(Self {
            settings: settings.clone(),
            parser: parser.clone(),
            content,
        })
    }

    /// The names of all columns of a table that has names for them.
    #[must_use]
    pub fn column_names(&self) -> Vec<String> {
        match &self.content {
            Content::Table(table) if self.settings.has_header => table.names().to_vec(),
            #[cfg(feature = "parquet")]
            Content::Columns(columns) => columns.names(),
            _ => Vec::new(),
        }
    }

    /// The rows that keys come from, if they are kept and the columns have types.
    #[cfg(feature = "parquet")]
    #[must_use]
    pub fn kept_rows(&self) -> Option<KeptRows> {
        match &self.content {
            Content::Columns(columns) => columns.kept(),
            _ => None,
        }
    }

    /// The bytes of the header of a table, if it has one and rows are kept.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        match &self.content {
            Content::Table(table) => table.header(),
            _ => &[],
        }
    }

    /// Starts reading.
    #[must_use]
    pub fn start(self) -> KeyStream {
        KeyStream::start(move |keys| self.read(keys))
    }

    /// Runs on a thread of its own.
    fn read(self, keys: &Keys) -> Result<(), Stop<InputError>> {
        let Self {
            settings,
            parser,
            content,
        } = self;
        let sink = Sink {
            parser: &parser,
            keys,
            allows_null: settings.allows_null,
            row_bytes: 0,
        };
        let max_record = settings.max_record;
        let read = match content {
            Content::Lines(text) => lines::read(text, settings.ends_with_nul, max_record, &sink),
            Content::Json(text, fields) => records::read_document(text, &fields, max_record, &sink),
            Content::Ndjson(text, fields) => {
                records::read_lines(text, &fields, settings.keeps_rows, max_record, &sink)
            }
            Content::Table(table) => table.read(&sink),
            #[cfg(feature = "parquet")]
            Content::Columns(columns) => columns.read(sink),
        };
        read.map_err(|stop| stop.in_input(&settings.origin))
    }
}

impl fmt::Debug for KeyInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyInput")
            .field("settings", &self.settings)
            .field("parser", &self.parser)
            .finish_non_exhaustive()
    }
}

fn open(settings: &KeySettings, parser: &KeyParser, meter: &Arc<Meter>) -> Result<Content, LocatedError> {
    let format = settings.format();
    let key = settings.key.as_deref();
    let max_record = settings.max_record;
    if let Some(columnar) = format.columnar() {
        return open_columns(settings, columnar, parser, meter);
    }
    let opened = source::open_pipe(
        &settings.origin,
        settings.ends_with_nul,
        settings.zstd_window_log,
        meter,
    )?;
    if let Some(name) = opened.missing_compression {
        return Err(anyhow!("it is empty, but {name} data never are, so it was truncated").into());
    }
    let text = opened.text;
    if let Some(table) = format.table() {
        let dialect = settings.dialect.for_format(table).context("not a table")?;
        let has_header = settings.has_header;
        let table = KeyTable::open(
            text,
            dialect,
            has_header,
            key,
            parser,
            settings.keeps_rows,
            max_record,
        );
        return Ok(Content::Table(Box::new(table?)));
    }
    let fields = KeyFields::new(key, &settings.new_fields)?;
    Ok(match format {
        KeyFileFormat::Json => {
            parser.check_parts(fields.count())?;
            Content::Json(text, fields)
        }
        KeyFileFormat::Ndjson => {
            parser.check_parts(fields.count())?;
            Content::Ndjson(text, fields)
        }
        _ => {
            parser.notation()?;
            Content::Lines(text)
        }
    })
}

#[cfg(feature = "parquet")]
fn open_columns(
    settings: &KeySettings,
    format: InputFormat,
    parser: &KeyParser,
    meter: &Arc<Meter>,
) -> Result<Content, LocatedError> {
    let source = Source::new(settings.origin.clone(), Some(format));
    let key = settings.key.as_deref();
    let keeps_rows = settings.keeps_rows;
    let columns = KeyColumns::open(&source, key, settings.max_record, keeps_rows, parser, meter)?;
    Ok(Content::Columns(Box::new(columns)))
}

#[cfg(not(feature = "parquet"))]
fn open_columns(
    _: &KeySettings,
    format: InputFormat,
    _: &KeyParser,
    _: &Arc<Meter>,
) -> Result<Content, LocatedError> {
    Err(format.built_without().into())
}

//! Opens files with keys.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, anyhow};

use super::format::KeyFileFormat;
use super::lines;
use super::parser::KeyParser;
use super::records;
use super::sink::Sink;
use super::stream::{KeyStream, Keys};
use super::table::KeyTable;
use crate::input::error::{LocatedError, Stop};
use crate::input::settings::DEFAULT_MAX_RECORD;
use crate::input::source::meter::Meter;
use crate::input::source::{self, Text};
use crate::input::{DialectOptions, InputError, Origin};

/// Which keys to read, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySettings {
    /// Where they come from.
    pub origin: Origin,
    /// The format: that of the name of the file unless set.
    pub format: Option<KeyFileFormat>,
    /// The columns or fields of a key, more than one for the parts of a tuple: the first column, or the field `key`, unless set.
    pub columns: Vec<String>,
    /// Whether each key ends with a NUL instead of a line feed.
    pub ends_with_nul: bool,
    /// Whether tables begin with the names of their columns.
    pub has_header: bool,
    /// The special characters of tables.
    pub dialect: DialectOptions,
    /// Whether the rows that keys come from are kept with them.
    pub keeps_rows: bool,
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
            columns: Vec::new(),
            ends_with_nul: false,
            has_header: true,
            dialect: DialectOptions::default(),
            keeps_rows: false,
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
    Json(Text),
    Ndjson(Text),
    Table(Box<KeyTable<Text>>),
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

    /// The names of all columns of a table, or their numbers.
    #[must_use]
    pub fn column_names(&self) -> Option<&[String]> {
        match &self.content {
            Content::Table(table) => Some(table.names()),
            Content::Lines(_) | Content::Json(_) | Content::Ndjson(_) => None,
        }
    }

    /// The bytes of the header of a table, if it has one and rows are kept.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        match &self.content {
            Content::Table(table) => table.header(),
            Content::Lines(_) | Content::Json(_) | Content::Ndjson(_) => &[],
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
        };
        let KeySettings {
            columns,
            ends_with_nul,
            keeps_rows,
            max_record,
            ..
        } = &settings;
        let read = match content {
            Content::Lines(text) => lines::read(text, *ends_with_nul, *max_record, &sink),
            Content::Json(text) => records::read_document(text, columns, *max_record, &sink),
            Content::Ndjson(text) => records::read_lines(text, columns, *keeps_rows, *max_record, &sink),
            Content::Table(table) => table.read(&sink),
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
    let columns = settings.columns.len();
    if columns > 0 {
        parser.check_parts(columns)?;
    } else if !matches!(format, KeyFileFormat::Json | KeyFileFormat::Ndjson) {
        parser.notation()?;
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
    Ok(match (format.table(), format) {
        (Some(table), _) => {
            let dialect = settings.dialect.for_format(table).context("not a table")?;
            let table = KeyTable::open(
                text,
                dialect,
                settings.has_header,
                &settings.columns,
                settings.keeps_rows,
                settings.max_record,
            )?;
            Content::Table(Box::new(table))
        }
        (None, KeyFileFormat::Json) => Content::Json(text),
        (None, KeyFileFormat::Ndjson) => Content::Ndjson(text),
        (None, _) => Content::Lines(text),
    })
}

//! Inputs with typed columns that are opened.

use std::sync::Arc;

use anyhow::anyhow;
use arrow_schema::Schema as Columns;

use super::table::Table;
use crate::input::columnar::arrow::ArrowFile;
use crate::input::columnar::batches::{BatchSink, Flow, ReadError};
use crate::input::columnar::parquet::ParquetFile;
use crate::input::entries::types::InputDescription;
use crate::input::error::{InputError, LocatedError, Stop};
use crate::input::format::InputFormat;
use crate::input::settings::{InputSettings, Source};
use crate::input::source::meter::Meter;
use crate::input::source::origin::Origin;

/// An input that has been opened.
pub(crate) enum Opened {
    Parquet(ParquetFile),
    Arrow(ArrowFile),
    Table(Table),
}

impl Opened {
    /// Opens an input.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, or is of another format.
    pub(crate) fn open(
        source: &Source,
        settings: &InputSettings,
        meter: &Arc<Meter>,
    ) -> anyhow::Result<Self> {
        match source.format.name {
            InputFormat::Parquet => Ok(Self::Parquet(ParquetFile::open(&source.origin, meter)?)),
            _ => Ok(Self::Arrow(ArrowFile::open(&source.origin, settings, meter)?)),
        }
    }

    /// Its columns.
    pub(crate) fn columns(&self) -> &Columns {
        match self {
            Self::Parquet(file) => file.schema(),
            Self::Arrow(file) => file.schema(),
            Self::Table(table) => table.columns(),
        }
    }

    /// Its columns as it says that Arrow has them: some are read as other types.
    pub(crate) fn declared(&self) -> &Columns {
        match self {
            Self::Parquet(file) => file.declared(),
            Self::Arrow(file) => file.schema(),
            Self::Table(table) => table.columns(),
        }
    }

    /// Passes batches of the columns at these paths to `sink`, in the order of the rows.
    ///
    /// # Errors
    ///
    /// Fails if the input is damaged, or `sink` fails.
    pub(crate) fn read(
        self,
        paths: &[&[String]],
        max_record: u64,
        sink: &mut BatchSink<'_>,
    ) -> Result<(), ReadError> {
        match self {
            Self::Parquet(file) => file.read(paths, max_record, sink),
            Self::Arrow(file) => file.read(paths, max_record, sink),
            Self::Table(table) => table.read(sink),
        }
    }
}

/// Inputs that have all been opened once.
pub(super) struct Inputs {
    files: Vec<(Source, Option<Opened>)>,
    /// Number of rows of each, if it is known.
    rows: Vec<Option<u64>>,
    settings: InputSettings,
    meter: Arc<Meter>,
}

impl Inputs {
    /// Opens all inputs once, and has `look` see what their columns are. `table` is the one among them that is no file.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be opened, or `look` fails.
    pub(super) fn open(
        settings: &InputSettings,
        meter: &Arc<Meter>,
        mut table: Option<Table>,
        mut look: impl FnMut(&Source, &Columns) -> anyhow::Result<()>,
    ) -> Result<Self, InputError> {
        // What is read of the columns now is read again.
        let uncounted = Arc::new(Meter::default());
        let mut files = Vec::new();
        let mut rows = Vec::new();
        for source in &settings.sources {
            let origin = &source.origin;
            let is_kept = !origin.is_rereadable();
            let used = if is_kept { meter } else { &uncounted };
            let opened = match table.take_if(|_| *origin == Origin::Table) {
                Some(table) => Ok(Opened::Table(table)),
                None => Opened::open(source, settings, used),
            };
            let opened = opened.and_then(|opened| look(source, opened.columns()).map(|()| opened));
            let opened = opened.map_err(|error| LocatedError::from(error).in_input(origin))?;
            rows.push(match &opened {
                Opened::Parquet(file) => Some(file.rows()),
                Opened::Arrow(_) | Opened::Table(_) => None,
            });
            let kept = match opened {
                Opened::Parquet(_) => None,
                other => is_kept.then_some(other),
            };
            files.push((source.clone(), kept));
        }
        match files.is_empty() {
            true => Err(InputError::of_all(anyhow!("there are none"))),
            false => Ok(Self {
                files,
                rows,
                settings: settings.clone(),
                meter: Arc::clone(meter),
            }),
        }
    }

    /// The settings with the formats of the inputs.
    pub(super) fn settings(&self) -> &InputSettings {
        &self.settings
    }

    /// What they are.
    pub(super) fn described(&self) -> Vec<InputDescription> {
        let files = self.files.iter().zip(&self.rows);
        files
            .map(|((source, _), rows)| InputDescription {
                input: source.origin.to_string(),
                format: source.format.name.name(),
                rows: *rows,
            })
            .collect()
    }

    /// Has `read` read one after the other, each with its number, until one is not read to its end.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be opened again, or `read` fails.
    pub(super) fn read(
        self,
        mut read: impl FnMut(usize, Opened) -> Result<Flow, LocatedError>,
    ) -> Result<(), Stop<InputError>> {
        for (number, (source, kept)) in self.files.into_iter().enumerate() {
            let opened = match kept {
                Some(opened) => Ok(opened),
                None => Opened::open(&source, &self.settings, &self.meter),
            };
            let outcome = opened
                .map_err(LocatedError::from)
                .and_then(|opened| read(number, opened));
            match outcome {
                Ok(Flow::Continue) => {}
                Ok(Flow::Stop) => return Err(Stop::Cancelled),
                Err(error) => return Err(Stop::Failed(error.in_input(&source.origin))),
            }
        }
        Ok(())
    }
}

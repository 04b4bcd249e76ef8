//! Where a table is.

use std::path::PathBuf;

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::ArrowError;
use massmap_data::{Input, InputError, InputFormat, InputSettings, Source, expand_input};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyCapsuleMethods, PyList, PyTuple};

use crate::error::{InputError as InputException, input_exception};

/// A table that was found.
pub(super) enum Found {
    Files(Vec<Source>),
    Stream {
        stream: RecordBatchStreamReader,
        rows: Option<u64>,
    },
}

impl Found {
    /// What `table` stands for: a path or a URL, a list of these, or what hands over its batches.
    ///
    /// # Errors
    ///
    /// `TypeError` if it stands for nothing.
    pub(super) fn new(table: &Bound<'_, PyAny>, format: Option<InputFormat>) -> PyResult<Self> {
        if let Some(method) = table.getattr_opt("__arrow_c_stream__")? {
            return Self::of_stream(table, &method.call0()?);
        }
        let paths: Vec<Bound<'_, PyAny>> = if let Ok(list) = table.cast::<PyList>() {
            list.iter().collect()
        } else if let Ok(tuple) = table.cast::<PyTuple>() {
            tuple.iter().collect()
        } else {
            vec![table.clone()]
        };
        let mut sources = Vec::new();
        for path in paths {
            let Ok(path) = path.extract::<PathBuf>() else {
                return Err(PyTypeError::new_err(format!(
                    "a table is a path, a list of paths, or has the method __arrow_c_stream__, as those of pyarrow, polars, pandas and \
                     DuckDB have; this is of the type {}",
                    path.get_type().fully_qualified_name()?
                )));
            };
            let expanded = table.py().detach(|| expand_input(path.into_os_string(), format));
            sources.extend(expanded.map_err(|error| input_exception(&error))?);
        }
        Ok(Self::Files(sources))
    }

    fn of_stream(table: &Bound<'_, PyAny>, capsule: &Bound<'_, PyAny>) -> PyResult<Self> {
        let capsule = capsule.cast::<PyCapsule>()?;
        let pointer = capsule.pointer_checked(Some(c"arrow_array_stream"))?;
        #[expect(unsafe_code, reason = "the stream is a structure of C")]
        // SAFETY: a capsule of this name has a valid stream, as the C stream interface of Arrow for Python says. It is moved out of it, and
        // what stays is marked as released, so that the capsule does not release it again.
        let stream =
            unsafe { RecordBatchStreamReader::from_raw(pointer.as_ptr().cast::<FFI_ArrowArrayStream>()) };
        let stream = stream.map_err(|error| InputException::new_err(format!("the table: {error}")))?;
        let rows = match table.getattr_opt("num_rows")? {
            Some(rows) => rows.extract().ok(),
            None => table.len().ok().and_then(|length| u64::try_from(length).ok()),
        };
        Ok(Self::Stream { stream, rows })
    }

    /// The files.
    pub(super) fn sources(&self) -> &[Source] {
        match self {
            Self::Files(sources) => sources,
            Self::Stream { .. } => &[],
        }
    }

    /// Number of rows, if the table tells without being read.
    pub(super) fn rows(&self) -> Option<u64> {
        match self {
            Self::Files(_) => None,
            Self::Stream { rows, .. } => *rows,
        }
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be opened, or does not have the columns that the settings ask for.
    pub(super) fn open(self, settings: &InputSettings) -> Result<Input, InputError> {
        match self {
            Self::Files(_) => Input::open(settings),
            // A table says that it has no rows.
            Self::Stream { stream, rows } => match settings.allow_empty || rows.is_some() {
                true => Input::from_batches(settings, stream.schema(), stream),
                false => Input::from_batches(settings, stream.schema(), WithRows::new(stream)),
            },
        }
    }
}

/// Batches that fail at their end if they had no rows.
struct WithRows {
    batches: RecordBatchStreamReader,
    has_rows: bool,
}

impl WithRows {
    const fn new(batches: RecordBatchStreamReader) -> Self {
        Self {
            batches,
            has_rows: false,
        }
    }
}

impl Iterator for WithRows {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.batches.next();
        match &batch {
            None if !self.has_rows => {
                self.has_rows = true;
                let problem = "it has no rows, like a reader that has been read before: allow_empty=True builds a map without entries";
                Some(Err(ArrowError::InvalidArgumentError(problem.to_owned())))
            }
            Some(Ok(rows)) => {
                self.has_rows |= rows.num_rows() > 0;
                batch
            }
            _ => batch,
        }
    }
}

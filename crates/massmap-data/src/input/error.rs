//! Errors of reading inputs, and the places where they occur.

use std::any::Any;
use std::{fmt, io};

use crate::excerpt;

/// An input that cannot be read to its end as entries.
#[derive(Debug, thiserror::Error)]
#[error("{}{place}", input.as_deref().unwrap_or("the inputs"))]
pub struct InputError {
    /// `None` if it is not about one input.
    input: Option<String>,
    place: Place,
    source: anyhow::Error,
}

impl InputError {
    /// An error that is not about one input.
    pub(crate) fn of_all(cause: anyhow::Error) -> Self {
        Self {
            input: None,
            place: Place::default(),
            source: cause,
        }
    }

    /// The path, the URL or another name of the input; `None` if the error is not about one input.
    #[must_use]
    pub fn input(&self) -> Option<&str> {
        self.input.as_deref()
    }

    /// Place and cause, in one line.
    #[must_use]
    pub fn message(&self) -> String {
        format!("{self}: {:#}", self.source)
    }
}

/// An error with its place in an input, without the name of the input.
#[derive(Debug)]
pub(crate) struct LocatedError {
    pub(crate) place: Place,
    pub(crate) cause: anyhow::Error,
}

impl LocatedError {
    pub(crate) fn in_input(self, name: &impl fmt::Display) -> InputError {
        InputError {
            input: Some(name.to_string()),
            place: self.place,
            source: self.cause,
        }
    }

    /// Adds what the input looks like.
    pub(crate) fn with_hint(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => Self {
                cause: anyhow::anyhow!("{:#}; {hint}", self.cause),
                ..self
            },
            None => self,
        }
    }
}

/// An error that is about the whole input.
impl From<anyhow::Error> for LocatedError {
    fn from(cause: anyhow::Error) -> Self {
        Self {
            place: Place::default(),
            cause,
        }
    }
}

/// A failure of the file system or of decompression.
pub(crate) fn unreadable(error: io::Error) -> anyhow::Error {
    anyhow::Error::new(error).context("cannot read it")
}

/// What a panic says.
pub(super) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(message), _) => message,
        (None, Some(message)) => message,
        (None, None) => "without a message",
    }
}

/// A place in an input, as far as it is known. All numbers count from 1; lines are those of the decompressed text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: Option<u64>,
    /// In bytes.
    pub(crate) column: Option<usize>,
    pub(crate) record: Option<u64>,
    /// The row of a table with typed columns. Boxed, since most places have none.
    pub(crate) row: Option<Box<RowPlace>>,
    /// Name or number of a table column. Long names may be cut.
    pub(crate) field: Option<String>,
}

/// A place in a table with typed columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowPlace {
    /// Number of rows before it.
    pub(crate) before: u64,
    /// Whether it is the row after these. Otherwise it is somewhere behind them.
    pub(crate) is_row: bool,
    /// The row group or batch, and which of both that is.
    pub(crate) part: (&'static str, u64),
}

impl Place {
    /// The place of the whole record.
    pub(crate) fn of_record(self) -> Self {
        Self {
            column: None,
            field: None,
            ..self
        }
    }

    /// The place without the leading colon that separates it from the name of an input.
    pub(crate) fn alone(&self) -> String {
        self.to_string().trim_start_matches(": ").to_owned()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = ": ";
        let mut part = |name: &str, value: &dyn fmt::Display| {
            write!(f, "{separator}{name} {value}")?;
            separator = ", ";
            Ok(())
        };
        if let Some(line) = self.line {
            part("line", &line)?;
        }
        if let Some(column) = self.column {
            part("column", &column)?;
        }
        if let Some(record) = self.record {
            part("record", &record)?;
        }
        if let Some(row) = &self.row {
            match row.is_row {
                true => part("row", &(row.before + 1))?,
                false => part("after row", &row.before)?,
            }
            let (name, number) = row.part;
            part(name, &number)?;
        }
        if let Some(field) = &self.field {
            part("field", &excerpt::quoted(field))?;
        }
        Ok(())
    }
}

/// Why reading stops before the end of the input.
#[derive(Debug)]
pub(crate) enum Stop<E = LocatedError> {
    Cancelled,
    Failed(E),
}

impl Stop {
    pub(crate) fn in_input(self, name: &impl fmt::Display) -> Stop<InputError> {
        match self {
            Self::Cancelled => Stop::Cancelled,
            Self::Failed(error) => Stop::Failed(error.in_input(name)),
        }
    }
}

/// Why a sink rejects a record.
#[derive(Debug)]
pub(crate) enum Rejection {
    Cancelled,
    /// The key is invalid.
    Key(anyhow::Error),
    /// The value is invalid.
    Value(anyhow::Error),
}

impl Rejection {
    /// The reason to stop reading. `key` and `value` are the columns that key and value come from.
    pub(crate) fn at(self, place: Place, key: Option<&str>, value: Option<&str>) -> Stop {
        let (cause, field) = match self {
            Self::Cancelled => return Stop::Cancelled,
            Self::Key(cause) => (cause, key),
            Self::Value(cause) => (cause, value),
        };
        let field = field.map(excerpt::beginning);
        Stop::Failed(LocatedError {
            place: Place { field, ..place },
            cause,
        })
    }
}

/// The receiver takes no more entries.
#[derive(Debug)]
pub(crate) struct Cancelled;

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn messages_name_the_known_parts_of_the_place() {
        let message = |place| {
            let cause = anyhow!("inner").context("outer");
            let error = LocatedError { place, cause };
            error.in_input(&"standard input").message()
        };
        assert_eq!(message(Place::default()), "standard input: outer: inner");
        let place = Place {
            line: Some(3),
            column: Some(5),
            record: Some(2),
            field: Some("a\nb".to_owned()),
            ..Place::default()
        };
        assert_eq!(
            message(place),
            r#"standard input: line 3, column 5, record 2, field "a\nb": outer: inner"#
        );
        let place = Place {
            record: Some(2),
            ..Place::default()
        };
        assert_eq!(message(place), "standard input: record 2: outer: inner");
        let place = Place {
            row: Some(Box::new(RowPlace {
                before: 6,
                is_row: true,
                part: ("row group", 2),
            })),
            field: Some("x".to_owned()),
            ..Place::default()
        };
        assert_eq!(
            message(place),
            r#"standard input: row 7, row group 2, field "x": outer: inner"#
        );
        let place = Place {
            row: Some(Box::new(RowPlace {
                before: 0,
                is_row: false,
                part: ("batch", 1),
            })),
            ..Place::default()
        };
        assert_eq!(
            message(place),
            "standard input: after row 0, batch 1: outer: inner"
        );
    }
}

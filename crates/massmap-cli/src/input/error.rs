//! What is wrong with an input, and where.

use std::fmt;

use crate::input::source::Origin;
use crate::output::excerpt;

/// An input that cannot be read to its end as entries.
#[derive(Debug, thiserror::Error)]
#[error("{input}{place}")]
pub(crate) struct InputError {
    input: String,
    place: Place,
    source: anyhow::Error,
}

impl InputError {
    /// An error of no input in particular.
    pub(super) fn of_reading(cause: anyhow::Error) -> Self {
        Self {
            input: "the inputs".to_owned(),
            place: Place::default(),
            source: cause,
        }
    }

    /// Where and what, in one line.
    pub(crate) fn message(&self) -> String {
        format!("{self}: {:#}", self.source)
    }
}

/// What is wrong, and where in the input.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) place: Place,
    pub(super) cause: anyhow::Error,
}

impl Fault {
    pub(super) fn in_input(self, origin: &Origin) -> InputError {
        InputError {
            input: origin.to_string(),
            place: self.place,
            source: self.cause,
        }
    }
}

impl Fault {
    /// The same, and what the input looks like.
    pub(super) fn with_hint(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => Self {
                cause: anyhow::anyhow!("{:#}; {hint}", self.cause),
                ..self
            },
            None => self,
        }
    }
}

/// A fault of the input as a whole.
impl From<anyhow::Error> for Fault {
    fn from(cause: anyhow::Error) -> Self {
        Self {
            place: Place::default(),
            cause,
        }
    }
}

/// A place in an input, as far as it is known. All numbers count from 1, lines those of the decompressed text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: Option<u64>,
    /// In bytes.
    pub(super) column: Option<usize>,
    pub(super) record: Option<u64>,
    /// Name or number of a column of a table; the beginning of a long one.
    pub(super) field: Option<String>,
}

impl Place {
    /// That of the whole record.
    pub(super) fn of_record(self) -> Self {
        Self {
            column: None,
            field: None,
            ..self
        }
    }

    /// The place without the colon that goes behind the name of an input.
    pub(super) fn alone(&self) -> String {
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
        if let Some(field) = &self.field {
            part("field", &excerpt::quoted(field))?;
        }
        Ok(())
    }
}

/// Why an input is not read on.
#[derive(Debug)]
pub(super) enum Halt<E = Fault> {
    /// Nobody wants the entries any more.
    Unwanted,
    Faulty(E),
}

impl Halt {
    pub(super) fn in_input(self, origin: &Origin) -> Halt<InputError> {
        match self {
            Self::Unwanted => Halt::Unwanted,
            Self::Faulty(fault) => Halt::Faulty(fault.in_input(origin)),
        }
    }
}

/// Why a record is not taken.
#[derive(Debug)]
pub(super) enum Refusal {
    Unwanted,
    /// What is wrong with its key.
    Key(anyhow::Error),
    /// What is wrong with its value.
    Value(anyhow::Error),
}

impl Refusal {
    /// What it means for the input, if the key is in the column `key` and the value in the column `value`.
    pub(super) fn at(self, place: Place, key: Option<&str>, value: Option<&str>) -> Halt {
        let (cause, field) = match self {
            Self::Unwanted => return Halt::Unwanted,
            Self::Key(cause) => (cause, key),
            Self::Value(cause) => (cause, value),
        };
        let field = field.map(excerpt::beginning);
        Halt::Faulty(Fault {
            place: Place { field, ..place },
            cause,
        })
    }
}

/// Nobody wants the entries any more.
#[derive(Debug)]
pub(super) struct Unwanted;

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_message_names_what_is_known_of_the_place() {
        let message = |place| {
            let cause = anyhow!("inner").context("outer");
            Fault { place, cause }.in_input(&Origin::StandardInput).message()
        };
        assert_eq!(message(Place::default()), "standard input: outer: inner");
        let place = Place {
            line: Some(3),
            column: Some(5),
            record: Some(2),
            field: Some("a\nb".to_owned()),
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
    }
}

//! Errors of reading JSON.

use std::io;

use massmap::dynamic::{SchemaMismatch, SchemaStep};

use crate::input::error::{Place, unreadable};
use crate::input::memory::OutOfMemory;
use crate::input::source::limit::RecordTooLong;

/// Position in a text: a line, counted from 1, and the number of its bytes up to and including this one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Invalid JSON, or JSON that is not what was expected.
#[derive(Debug, thiserror::Error)]
#[error("{problem} at line {line} column {column}", line = .position.line, column = .position.column)]
pub(crate) struct JsonError {
    position: Position,
    problem: Problem,
}

impl JsonError {
    pub(super) fn new(position: Position, problem: Problem) -> Self {
        Self { position, problem }
    }

    /// The same error of the value around, of which `step` leads to the part at hand.
    #[cold]
    pub(super) fn within(self, step: impl FnOnce() -> SchemaStep) -> Self {
        Self {
            problem: self.problem.within(step),
            ..self
        }
    }

    /// The same error, with what is to be said of the part of the record that differs.
    #[cold]
    pub(super) fn of_part(self, what: &'static str) -> Self {
        match self.problem {
            Problem::Mismatch(mismatch) => Self {
                problem: Problem::Differs { what, mismatch },
                ..self
            },
            _ => self,
        }
    }

    pub(crate) fn into_parts(self) -> (Position, Problem) {
        (self.position, self.problem)
    }
}

/// What is wrong with a JSON text.
// Syntax errors are worded as in `serde_json`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("{0}")]
    Unreadable(io::Error),
    #[error("EOF while parsing a value")]
    EndInValue,
    #[error("EOF while parsing a list")]
    EndInArray,
    #[error("EOF while parsing an object")]
    EndInObject,
    #[error("EOF while parsing a string")]
    EndInString,
    #[error("expected value")]
    ExpectedValue,
    #[error("expected ident")]
    ExpectedWord,
    #[error("expected `:`")]
    ExpectedColon,
    #[error("expected `,` or `]`")]
    ExpectedCommaOrBracket,
    #[error("expected `,` or `}}`")]
    ExpectedCommaOrBrace,
    #[error("key must be a string")]
    KeyNotString,
    #[error("trailing comma")]
    TrailingComma,
    #[error("trailing characters")]
    TrailingCharacters,
    #[error("invalid number")]
    InvalidNumber,
    #[error("number out of range")]
    OutOfRange,
    #[error("invalid escape")]
    InvalidEscape,
    #[error("lone surrogate in hex escape")]
    LoneSurrogate,
    #[error("invalid unicode code point")]
    InvalidUnicode,
    #[error("control character (\\u0000-\\u001F) found while parsing a string")]
    ControlCharacter,
    #[error("recursion limit exceeded")]
    TooDeep,
    #[error("invalid type: {found}, expected {expected}")]
    InvalidType { found: String, expected: String },
    #[error("invalid length {length}, expected {expected}")]
    InvalidLength { length: usize, expected: String },
    #[error("there is no field {field}")]
    MissingField { field: String },
    #[error("there is a field {field} already; --as gives the new one another name")]
    FieldExists { field: String },
    #[error("there are two fields {field}")]
    DuplicateField { field: String },
    #[error("entry {index} has no field {field:?}")]
    EntryWithoutField { index: usize, field: &'static str },
    #[error("an object has two members {key}, but a value can keep only one; remove or rename one")]
    DuplicateMember { key: String },
    #[error(
        "the integer {number} has more than 64 bits, which a value of type json cannot keep exactly; write it as a \
         string, or as a float with a fraction or an exponent"
    )]
    IntegerTooLong { number: String },
    #[error(
        "the object has only the fields \"key\" and \"value\": give --input-format ndjson if it is one record, or json if \
         these are the keys of two entries"
    )]
    AmbiguousRecord,
    /// A value of another schema.
    #[error(transparent)]
    Mismatch(#[from] Box<SchemaMismatch>),
    /// The same of a part of a record.
    #[error("{what}: {mismatch}")]
    Differs {
        what: &'static str,
        mismatch: Box<SchemaMismatch>,
    },
    /// What was read is no key.
    #[error("{0:#}")]
    NotAKey(anyhow::Error),
    /// The value of a column has no JSON.
    #[cfg(feature = "parquet")]
    #[error("{0:#}")]
    NotJson(anyhow::Error),
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
    #[error("the value is longer than 4 GiB")]
    TooLarge,
    /// The sink rejected a record. Its reason is kept elsewhere.
    #[error("rejected")]
    Rejected,
}

impl From<SchemaMismatch> for Problem {
    #[cold]
    fn from(mismatch: SchemaMismatch) -> Self {
        Self::Mismatch(Box::new(mismatch))
    }
}

impl Problem {
    /// The same problem of the value around, of which `step` leads to the part at hand.
    #[cold]
    pub(crate) fn within(self, step: impl FnOnce() -> SchemaStep) -> Self {
        match self {
            Self::Mismatch(mismatch) => mismatch.within(step()).into(),
            other => other,
        }
    }

    /// Whether the cause may be that the text has another format. It cannot be if the text is valid but cannot be kept, or could
    /// not be read to its end.
    pub(crate) fn suggests_other_format(&self) -> bool {
        !matches!(
            self,
            Self::Unreadable(_)
                | Self::OutOfRange
                | Self::TooDeep
                | Self::DuplicateField { .. }
                | Self::DuplicateMember { .. }
                | Self::IntegerTooLong { .. }
                | Self::AmbiguousRecord
                | Self::Mismatch(_)
                | Self::Differs { .. }
                | Self::OutOfMemory(_)
                | Self::TooLarge
        )
    }
}

/// Splits an error into its place and its cause.
pub(crate) fn locate(error: JsonError) -> (Place, anyhow::Error) {
    let (position, problem) = error.into_parts();
    if let Problem::Unreadable(error) = problem {
        return match error.downcast::<RecordTooLong>() {
            Ok(error) => {
                let place = Place {
                    line: Some(error.line),
                    ..Place::default()
                };
                (place, error.into())
            }
            Err(error) => (Place::default(), unreadable(error)),
        };
    }
    let place = Place {
        line: u64::try_from(position.line).ok(),
        // 0 if the line ended before its first byte.
        column: Some(position.column).filter(|column| *column > 0),
        ..Place::default()
    };
    (place, anyhow::Error::new(problem))
}

//! What is wrong with a JSON text, and where.

use std::io;

use crate::input::json::parser::Position;
use crate::input::memory::OutOfMemory;

/// A JSON text that is not what it should be.
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

    pub(crate) fn into_parts(self) -> (Position, Problem) {
        (self.position, self.problem)
    }
}

/// What is wrong with a JSON text.
// Of most of them there is no more to say than what `serde_json` says.
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
    KeyIsNoString,
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
    NoField { field: String },
    #[error("there are two fields {field}")]
    RepeatedField { field: String },
    #[error("entry {index} has no field {field:?}")]
    EntryWithoutField { index: usize, field: &'static str },
    #[error("an object has two members {key}, of which a value can keep only one; remove or rename one")]
    RepeatedKey { key: String },
    #[error(
        "the integer {number} has more than 64 bits, which a value of type json cannot keep exactly; write it as a \
         string, or as a float with a fraction or an exponent"
    )]
    IntegerBeyond { number: String },
    #[error(
        "the object has just the fields \"key\" and \"value\": give --input-format ndjson if it is one record, json if \
         these are the keys of two entries"
    )]
    RecordAlone,
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
    #[error("the value takes more than 4 GiB")]
    TooLarge,
    /// A record that is not taken, for a reason that is kept elsewhere.
    #[error("refused")]
    Refused,
}

impl Problem {
    /// Whether it may come of a text that is of another format: not if what was read is fine, but cannot be kept, or could not
    /// be read to its end.
    pub(crate) fn may_be_of_format(&self) -> bool {
        !matches!(
            self,
            Self::Unreadable(_)
                | Self::OutOfRange
                | Self::TooDeep
                | Self::RepeatedField { .. }
                | Self::RepeatedKey { .. }
                | Self::IntegerBeyond { .. }
                | Self::RecordAlone
                | Self::OutOfMemory(_)
                | Self::TooLarge
        )
    }
}

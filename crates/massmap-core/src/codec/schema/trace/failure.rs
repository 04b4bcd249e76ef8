//! How tracing a type ends early.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

/// What is different between a type of this program and the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDifference {
    /// The part where they differ, from the inside to the outside: names of fields, numbers of elements.
    path: Vec<String>,
    stored: String,
    asked: String,
}

/// The longest description of a type that a message quotes, in characters.
const LONGEST: usize = 400;

impl TypeDifference {
    /// What is `stored` is asked for as `asked`.
    pub(super) fn new(stored: &impl fmt::Display, asked: &impl fmt::Display) -> Self {
        let short = |text: String| match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        Self {
            path: Vec::new(),
            stored: short(stored.to_string()),
            asked: short(asked.to_string()),
        }
    }
}

impl fmt::Display for TypeDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.is_empty() {
            true => f.write_str("it")?,
            false => {
                f.write_str("`")?;
                for (number, part) in self.path.iter().rev().enumerate() {
                    let dot = if number > 0 { "." } else { "" };
                    write!(f, "{dot}{}", part.escape_debug())?;
                }
                f.write_str("`")?;
            }
        }
        write!(
            f,
            " is {} in the file, and {} in this program",
            self.stored, self.asked
        )
    }
}

impl std::error::Error for TypeDifference {}

/// Why a made-up value has not been deserialized.
#[derive(Debug)]
pub(super) enum Failure {
    /// The type asks for something else than the file has.
    Difference(Box<TypeDifference>),
    /// What a visitor says of the value it was given.
    Report(Report, String),
    /// It cannot be told what the type would ask for.
    Unknown,
}

/// What a visitor may say of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// It is of another type.
    Type,
    /// It has too few or too many elements.
    Length,
    /// A field is missing, too many, or comes twice.
    Field,
    /// Anything else.
    Other,
}

impl Failure {
    pub(super) fn difference(stored: &impl fmt::Display, asked: &impl fmt::Display) -> Self {
        Self::Difference(Box::new(TypeDifference::new(stored, asked)))
    }

    /// The failure of what is inside `part`.
    pub(super) fn inside(self, part: impl fmt::Display) -> Self {
        match self.settled() {
            Self::Difference(mut difference) => {
                difference.path.push(part.to_string());
                Self::Difference(difference)
            }
            other => other,
        }
    }

    /// The same where a report is about something else than the value that was given.
    pub(super) fn settled(self) -> Self {
        match self {
            Self::Report(..) => Self::Unknown,
            settled => settled,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Difference(difference) => difference.fmt(f),
            Self::Report(_, message) => f.write_str(message),
            Self::Unknown => f.write_str("it is unknown what the type asks for"),
        }
    }
}

impl std::error::Error for Failure {}

impl Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Report(Report::Other, message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Report(Report::Type, expected.to_string())
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::Report(Report::Length, expected.to_string())
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::Report(Report::Field, format!("without the field {field}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Report(Report::Field, format!("with a field {field}"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Report(Report::Field, format!("with one field {field}"))
    }
}

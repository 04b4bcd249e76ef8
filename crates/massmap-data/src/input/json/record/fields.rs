//! Objects of the fields of a record.

use std::io::BufRead;

use crate::input::json::error::{JsonError, Problem};
use crate::input::json::parser::Parser;
use crate::input::json::value::Members;

/// Ends an object of fields of a record.
pub(super) fn close<R: BufRead>(
    members: Members,
    json: &Parser<R>,
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    members
        .close(out)
        .map_err(|problem| json.error(of_fields(problem)))
}

/// What is wrong with the fields of a record, if it was found out as of an object.
#[cold]
pub(super) fn of_fields(problem: Problem) -> Problem {
    match problem {
        Problem::DuplicateMember { key } => Problem::DuplicateField { field: key },
        other => other,
    }
}

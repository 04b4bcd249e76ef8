//! Texts as values of a schema: names of members, and cells of tables.

use massmap::Schema;

use super::scalar::{DEEPEST, encode, mismatch};
use crate::input::json::error::{JsonError, Problem};
use crate::input::json::parser::Parser;
use crate::input::json::value::NIL;
use crate::input::memory::append;
use crate::schemas::cells::{is_plain, without_options};

/// Appends the encoding of the value of a schema that the name of a member stands for.
pub(in crate::input) fn read_name(schema: &Schema, name: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    match without_options(schema) {
        schema if is_plain(schema) => encode(schema, name, out),
        schema => Err(mismatch(schema, name)),
    }
}

/// Appends the JSON that a cell holds.
pub(in crate::input) fn transcode_cell(cell: &str, out: &mut Vec<u8>) -> Result<(), JsonError> {
    let mut json = Parser::new(cell.as_bytes());
    json.transcode(out)?;
    json.end()
}

/// Appends the encoding of the value of a schema that a cell holds.
pub(crate) fn read_cell(schema: &Schema, cell: &str, out: &mut Vec<u8>) -> Result<(), JsonError> {
    let inner = without_options(schema);
    let is_missing = cell.is_empty() && matches!(schema, Schema::Option(_) | Schema::Unit);
    let mut json = Parser::new(cell.as_bytes());
    if is_missing {
        return append(out, &[NIL]).map_err(|error| json.error(error.into()));
    }
    if is_plain(inner) {
        return encode(inner, cell, out).map_err(|problem| json.error(problem));
    }
    json.set_deepest(DEEPEST);
    json.typed(schema, out)?;
    json.end()
}

//! Texts as values of a schema: names of members, and cells of tables.

use massmap::dynamic::SchemaMismatch;
use massmap::{Schema, Variant};

use super::{DEEPEST, encode_base64, encode_number_text};
use crate::cells::{is_plain, without_options};
use crate::excerpt;
use crate::input::json::error::{JsonError, Problem};
use crate::input::json::parser::Parser;
use crate::input::json::value::{NIL, boolean, encode_text};
use crate::input::memory::append;

/// Appends the encoding of the value of a schema that the name of a member stands for.
pub(in crate::input) fn read_name(schema: &Schema, name: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    match without_options(schema) {
        schema if is_plain(schema) => encode(schema, name, out),
        schema => Err(mismatch(schema, name)),
    }
}

/// Appends the encoding of the value of a schema that a cell holds.
pub(in crate::input) fn read_cell(schema: &Schema, cell: &str, out: &mut Vec<u8>) -> Result<(), JsonError> {
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

/// Appends the encoding of a value that is [plain text](is_plain).
pub(super) fn encode(schema: &Schema, text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    match schema {
        Schema::Bool => match text.parse() {
            Ok(value) => append(out, &[boolean(value)])?,
            Err(_) => return Err(mismatch(schema, text)),
        },
        Schema::Char => {
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(_), None) => encode_text(text, out)?,
                _ => return Err(mismatch(schema, text)),
            }
        }
        Schema::Integer(_) | Schema::F32 | Schema::F64 => encode_number_text(schema, text, out)?,
        Schema::String => encode_text(text, out)?,
        Schema::Bytes(length) => encode_base64(schema, *length, text, out)?,
        Schema::Enum(variants) => match find(schema, variants, text)?.content {
            None => encode_text(text, out)?,
            Some(_) => return Err(SchemaMismatch::new(schema, "a variant without its content").into()),
        },
        _ => return Err(mismatch(schema, text)),
    }
    Ok(())
}

pub(super) fn find<'s>(schema: &Schema, variants: &'s [Variant], name: &str) -> Result<&'s Variant, Problem> {
    let mut variants = variants.iter();
    let unknown = || {
        SchemaMismatch::new(
            schema,
            format_args!("the unknown variant {}", excerpt::quoted(name)),
        )
    };
    Ok(variants
        .find(|variant| variant.name == name)
        .ok_or_else(unknown)?)
}

/// The error that a text is no value of a schema.
#[cold]
pub(super) fn mismatch(schema: &Schema, text: &str) -> Problem {
    // Numbers need no quotes.
    let shown = match text.parse::<f64>() {
        Ok(_) => excerpt::unquoted(text),
        Err(_) => excerpt::quoted(text),
    };
    SchemaMismatch::new(schema, shown).into()
}

//! Values as the text of cells.

use std::io::Write;

use massmap::dynamic::{SchemaMismatch, Token, Tokens};
use massmap::{IntegerType, Schema};

use super::json::write_json;
use super::row::Row;
use super::scalar::{write_base64, write_float};
use crate::export::error::Refusal;
use crate::schemas::cells::{is_plain, without_options};

/// Writes the text of a cell, without quotes around it.
pub(super) fn write_cell(schema: &Schema, encoded: &[u8], out: &mut Row) -> Result<(), Refusal> {
    let is_there = write_text(schema, encoded, true, out)?;
    if is_there && out.0.is_empty() && matches!(schema, Schema::Option(_)) {
        let expected = "a text that a cell tells from a missing value: NDJSON can hold both";
        return Err(SchemaMismatch::instead_of(expected, "empty").into());
    }
    Ok(())
}

/// Writes the text of a cell that need not be told from every other, without quotes around it. Returns whether there is one: it is empty
/// for an optional value that is missing.
pub(crate) fn show_cell(schema: &Schema, encoded: &[u8], out: &mut Row) -> Result<bool, Refusal> {
    write_text(schema, encoded, false, out)
}

fn write_text(schema: &Schema, encoded: &[u8], is_exact: bool, out: &mut Row) -> Result<bool, Refusal> {
    let inner = without_options(schema);
    let is_optional = matches!(schema, Schema::Option(_));
    let mut tokens = Tokens::new(encoded);
    let token = tokens.next_token()?;
    match (inner, token) {
        // Not of any value: what is there is told apart from what is not by its JSON.
        (_, Token::Nil) if is_optional => return Ok(false),
        (Schema::Unit, Token::Nil) => return Ok(false),
        (Schema::F32, Token::Float(value)) => write_float(value, "", is_exact, out)?,
        (Schema::F64, Token::Double(value)) => write_float(value, "", is_exact, out)?,
        (inner, token) if is_plain(inner) => {
            write_plain(inner, token, out)?;
            tokens.finish()?;
        }
        (inner, _) => write_json(inner, encoded, is_exact, out)?,
    }
    Ok(true)
}

fn write_plain(schema: &Schema, token: Token<'_>, out: &mut Row) -> Result<(), Refusal> {
    let text = |text| {
        let text = str::from_utf8(text);
        text.map_err(|_| SchemaMismatch::new(schema, "a string that is not UTF-8"))
    };
    match (schema, token) {
        (Schema::Bool, Token::Bool(value)) => write!(out, "{value}")?,
        (Schema::Integer(_), Token::Unsigned(value)) => write!(out, "{value}")?,
        (Schema::Integer(_), Token::Signed(value)) => write!(out, "{value}")?,
        (Schema::Integer(IntegerType::U128), Token::Bytes(bytes)) => match bytes.try_into() {
            Ok(bytes) => write!(out, "{}", u128::from_be_bytes(bytes))?,
            Err(_) => return Err(SchemaMismatch::new(schema, token).into()),
        },
        (Schema::Integer(IntegerType::I128), Token::Bytes(bytes)) => match bytes.try_into() {
            Ok(bytes) => write!(out, "{}", i128::from_be_bytes(bytes))?,
            Err(_) => return Err(SchemaMismatch::new(schema, token).into()),
        },
        (Schema::String, Token::Text(encoded)) => out.write_all(text(encoded)?.as_bytes())?,
        (Schema::Char, Token::Text(encoded)) => match text(encoded)?.chars().count() {
            1 => out.write_all(encoded)?,
            _ => return Err(SchemaMismatch::new(schema, token).into()),
        },
        (Schema::Bytes(_), Token::Bytes(bytes)) => write_base64(bytes, out)?,
        (Schema::Enum(variants), Token::Text(name)) => {
            let mut variants = variants.iter();
            if !variants.any(|variant| variant.name.as_bytes() == name) {
                return Err(SchemaMismatch::new(schema, "an unknown variant").into());
            }
            out.write_all(name)?;
        }
        (_, token) => return Err(SchemaMismatch::new(schema, token).into()),
    }
    Ok(())
}

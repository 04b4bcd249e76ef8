//! Keys alone.

use std::io::Write;

use massmap::dynamic::{SchemaMismatch, StaticSchema};

use super::cell::write_cell;
use super::json::{JsonText, named_key, write_json};
use super::row::Row;
use crate::export::error::{ExportError, Refusal};
use crate::schemas::cells::is_plain;

/// Writes keys, each followed by a line feed or a NUL.
#[derive(Debug)]
pub struct KeyLines<W> {
    schema: StaticSchema,
    is_raw: bool,
    end: u8,
    row: Row,
    out: W,
}

impl<W: Write> KeyLines<W> {
    /// A writer of keys of this schema as JSON, each on a line.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if JSON cannot hold such keys.
    pub fn new(schema: &StaticSchema, out: W) -> Result<Self, ExportError> {
        JsonText::new(schema).map_err(|refusal| refusal.of("a key of this map"))?;
        Ok(Self {
            schema: schema.clone(),
            is_raw: false,
            end: b'\n',
            row: Row::default(),
            out,
        })
    }

    /// Strings, characters, bytes and the names of variants are written without quotes around them. A string with a line break is
    /// refused, since it would look like several keys.
    #[must_use]
    pub fn raw(self) -> Self {
        let is_raw = is_plain(self.schema.as_schema());
        Self { is_raw, ..self }
    }

    /// Each key is followed by a NUL in place of a line feed; only a string with a NUL is refused then.
    #[must_use]
    pub fn ended_by_nul(self) -> Self {
        Self { end: 0, ..self }
    }

    /// Writes a key, which is MessagePack.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if it cannot be written, or is not what the schema says; [`ExportError::Write`].
    pub fn write(&mut self, key: &[u8]) -> Result<(), ExportError> {
        let Self {
            schema,
            is_raw,
            end,
            row,
            out,
        } = self;
        let schema = schema.as_schema();
        row.clear();
        match is_raw {
            false => {
                write_json(schema, key, true, row).map_err(|refusal| refusal.of(named_key(schema, key)))?
            }
            true => {
                write_cell(schema, key, row).map_err(|refusal| refusal.of(named_key(schema, key)))?;
                if let Some(found) = ambiguity(&row.0, *end) {
                    let expected = match end {
                        0 => "one without a NUL, since keys end with one: leave out --raw",
                        _ => {
                            "one without line breaks, since keys end with them: give --null, or leave out --raw"
                        }
                    };
                    let refusal = Refusal::from(SchemaMismatch::instead_of(expected, found));
                    return Err(refusal.of(named_key(schema, key)));
                }
            }
        }
        row.0.push(*end);
        out.write_all(&row.0).map_err(ExportError::Write)
    }

    /// Ends the output, and flushes it.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`].
    pub fn finish(mut self) -> Result<(), ExportError> {
        self.out.flush().map_err(ExportError::Write)
    }
}

/// What makes a key look like several.
fn ambiguity(key: &[u8], end: u8) -> Option<&'static str> {
    match end {
        0 => key.contains(&0).then_some("a text with a NUL"),
        _ => {
            let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
            key.iter().any(is_break).then_some("a text with a line break")
        }
    }
}

//! Values as JSON.

use std::io::Write;

use massmap::dynamic::StaticSchema;

use crate::export::text::row::Row;
use crate::export::{ExportError, JsonText, Refusal};

/// The JSON of a value, which is whole before anything of its line is written, so that no line breaks off.
#[derive(Debug)]
pub(super) struct ValueJson {
    text: JsonText,
    json: Row,
}

impl ValueJson {
    /// That of values of this schema.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if JSON cannot hold such values.
    pub(super) fn new(schema: &StaticSchema) -> Result<Self, ExportError> {
        let text = JsonText::new(schema).map_err(|refusal| refusal.of("no value of this map"))?;
        Ok(Self {
            text: text.lenient(),
            json: Row::default(),
        })
    }

    /// The JSON of a value; null for one that is missing.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if JSON cannot hold it.
    pub(super) fn of(&mut self, value: Option<&[u8]>) -> Result<&[u8], ExportError> {
        let Self { text, json } = self;
        json.clear();
        let written = match value {
            Some(encoded) => text.write(encoded, json),
            None => json.write_all(b"null").map_err(Refusal::from),
        };
        written.map_err(|refusal| refusal.of("the value"))?;
        Ok(json.as_bytes())
    }
}

/// Writes a line that consists of these parts.
pub(super) fn write_line(parts: &[&[u8]], out: &mut impl Write) -> Result<(), ExportError> {
    let mut parts = parts.iter();
    parts
        .try_for_each(|part| out.write_all(part))
        .map_err(ExportError::Write)
}

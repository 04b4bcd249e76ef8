//! A line of JSON for each key.

use std::io::Write;

use massmap::dynamic::StaticSchema;

use super::json::{ValueJson, write_line};
use super::{Answer, AnswerWriter};
use crate::export::ExportError;
use crate::export::text::row::Row;
use crate::keys::KeyText;

/// What is on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineForm {
    /// `{"key":…,"value":…}`
    Object,
    /// `[key,value]`
    Pair,
    /// The value.
    Value,
}

/// Writes NDJSON. The values of missing keys are null.
#[derive(Debug)]
pub(super) struct AnswerLines<W> {
    form: LineForm,
    key: KeyText,
    key_json: Row,
    value: ValueJson,
    out: W,
}

impl<W: Write> AnswerLines<W> {
    /// A writer of keys as `key` says, and of values with the schema `value`.
    ///
    /// # Errors
    ///
    /// [`ExportError::Refused`] if JSON cannot hold such values.
    pub(super) fn new(
        form: LineForm,
        key: &KeyText,
        value: &StaticSchema,
        out: W,
    ) -> Result<Self, ExportError> {
        Ok(Self {
            form,
            key: key.clone(),
            key_json: Row::default(),
            value: ValueJson::new(value)?,
            out,
        })
    }
}

impl<W: Write> AnswerWriter for AnswerLines<W> {
    fn write(&mut self, answer: Answer<'_>) -> Result<(), ExportError> {
        let Self {
            form,
            key,
            key_json,
            value,
            out,
        } = self;
        // Even a key that is left out must be one of the map.
        key_json.clear();
        key.write_json(answer.key, key_json)
            .map_err(|refusal| refusal.of("the key"))?;
        let (key, value) = (key_json.as_bytes(), value.of(answer.value)?);
        let parts: &[&[u8]] = match form {
            LineForm::Object => &[b"{\"key\":", key, b",\"value\":", value, b"}\n"],
            LineForm::Pair => &[b"[", key, b",", value, b"]\n"],
            LineForm::Value => &[value, b"\n"],
        };
        write_line(parts, out)
    }

    fn pass_on(&mut self) -> Result<(), ExportError> {
        self.out.flush().map_err(ExportError::Write)
    }
}

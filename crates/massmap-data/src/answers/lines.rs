//! A line of JSON for each key.

use std::io::{self, Write};

use massmap::dynamic::StaticSchema;

use super::{Answer, AnswerWriter};
use crate::export::{ExportError, JsonText, Refusal};
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
    value: JsonText,
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
        let value = JsonText::new(value).map_err(|refusal| refusal.of("no value of this map"))?;
        Ok(Self {
            form,
            key: key.clone(),
            value: value.lenient(),
            out,
        })
    }

    fn write_line(&mut self, answer: Answer<'_>) -> Result<(), Refusal> {
        let Self {
            form,
            key,
            value,
            out,
        } = self;
        let [before, between, after]: [&[u8]; 3] = match form {
            LineForm::Object => [b"{\"key\":", b",\"value\":", b"}\n"],
            LineForm::Pair => [b"[", b",", b"]\n"],
            LineForm::Value => [b"", b"", b"\n"],
        };
        out.write_all(before)?;
        if *form != LineForm::Value {
            key.write_json(answer.key, out)?;
        }
        out.write_all(between)?;
        match answer.value {
            Some(encoded) => value.write(encoded, out)?,
            None => out.write_all(b"null")?,
        }
        Ok(out.write_all(after)?)
    }
}

impl<W: Write> AnswerWriter for AnswerLines<W> {
    fn write(&mut self, answer: Answer<'_>) -> Result<(), ExportError> {
        // Before anything is written, so that no line breaks off.
        self.key
            .write_json(answer.key, &mut io::sink())
            .map_err(|refusal| refusal.of("the key"))?;
        if let Some(encoded) = answer.value {
            let checked = self.value.write(encoded, &mut io::sink());
            checked.map_err(|refusal| refusal.of("the value"))?;
        }
        self.write_line(answer).map_err(|refusal| match refusal {
            Refusal::Memory(error) => ExportError::Write(error),
            refusal => refusal.of("the value"),
        })
    }

    fn pass_on(&mut self) -> Result<(), ExportError> {
        self.out.flush().map_err(ExportError::Write)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.pass_on()
    }
}

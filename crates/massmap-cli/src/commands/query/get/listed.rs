//! Keys in files.

use std::io::{self, Write};

use massmap::UntypedMap;
use massmap_data::keys::{KeyInput, KeyParser, KeySettings};

use super::Args;
use crate::commands::query::answering::Answering;
use crate::commands::query::lookups::Answer;
use crate::commands::query::missing::Missing;
use crate::commands::query::rows::{RowError, Rows};
use crate::map::source::Source;
use crate::output::key_text::KeyText;
use crate::output::show::{self, Notation, ShowError, ValueEncoding};
use crate::output::target::Target;

/// Looks up the keys of a file, and writes a row for each.
pub(super) fn run(
    args: &Args,
    settings: &KeySettings,
    map: &UntypedMap<Source>,
    parser: &KeyParser,
) -> anyhow::Result<()> {
    let input = KeyInput::open(settings, parser).map_err(|error| anyhow::Error::msg(error.message()))?;
    let key = KeyText::new(parser.key_type(), parser.notation()?);
    let answering = Answering {
        map,
        location: &args.input,
        origin: &settings.origin,
        key: key.clone(),
        if_missing: args.missing.if_missing(Missing::Null),
        missing_keys: args.missing.file(settings.ends_with_nul)?,
        rows: Lines {
            target: Target::of_option(args.output.as_deref())?,
            key,
            value: ValueEncoding::of(&map.value_type().to_string()),
            form: match (args.with_keys, args.values_only) {
                (true, _) => Form::Pair,
                (false, true) => Form::Value,
                (false, false) => Form::Object,
            },
        },
    };
    answering.run(input.start())
}

/// NDJSON.
struct Lines {
    target: Target,
    key: KeyText,
    value: ValueEncoding,
    form: Form,
}

/// What is on a line.
#[derive(Clone, Copy)]
enum Form {
    /// `{"key":…,"value":…}`
    Object,
    /// `[key,value]`
    Pair,
    /// The value.
    Value,
}

impl Lines {
    /// Writes a line. `value` can be shown.
    fn write_line(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), ShowError> {
        let Self { target, form, .. } = self;
        let [before, between, after]: [&[u8]; 3] = match form {
            Form::Object => [b"{\"key\":", b",\"value\":", b"}\n"],
            Form::Pair => [b"[", b",", b"]\n"],
            Form::Value => [b"", b"", b"\n"],
        };
        target.write_all(before)?;
        if !matches!(form, Form::Value) {
            self.key.write_json(key, target).map_err(io::Error::from)?;
        }
        target.write_all(between)?;
        match value {
            Some(value) => show::write(value, self.value, Notation::Line, target)?,
            None => target.write_all(b"null")?,
        }
        Ok(target.write_all(after)?)
    }
}

impl Rows for Lines {
    fn write(&mut self, answer: &Answer<'_>, value: Option<&[u8]>) -> Result<(), RowError> {
        if let Some(value) = value {
            // Before anything is written, so that no line breaks off inside a value.
            show::check(value, self.value).map_err(|error| {
                RowError::Row(anyhow::Error::new(error).context("its value cannot be shown as JSON"))
            })?;
        }
        self.write_line(answer.key, value).map_err(|error| match error {
            ShowError::Write(error) => RowError::Output(self.target.failed(error)),
            error => RowError::Row(error.into()),
        })
    }

    fn pass_on(&mut self) -> anyhow::Result<()> {
        self.target.pass_on()
    }

    fn finish(self) -> anyhow::Result<()> {
        self.target.finish()
    }
}

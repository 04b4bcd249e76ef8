//! Keys on the command line.

use std::io::{self, Write};

use anyhow::{Context, anyhow};
use massmap::UntypedMap;
use massmap::dynamic::Key;
use massmap_data::keys::{KeyNotation, KeyParser, KeyText};
use serde::de::IgnoredAny;

use super::args::Args;
use crate::commands::query::missing::{IfMissing, Missing};
use crate::map::source::Source;
use crate::map::value_schema;
use crate::output::console;
use crate::output::show::{self, Notation, ValueEncoding};

/// Looks up the keys, and prints a line for each.
pub(super) fn run(args: &Args, map: &UntypedMap<Source>, parser: &KeyParser) -> anyhow::Result<()> {
    let notation = parser.notation().with_context(|| args.input.to_string())?;
    let look_up = LookUp {
        map,
        parser,
        key: KeyText::new(parser)?,
        encoding: ValueEncoding::of(&map.value_type().to_string()),
        with_keys: args.with_keys,
        // Of keys that may be thought to need no notation.
        needs_json: args.key_format.is_none() && notation == KeyNotation::Json,
        if_missing: args.missing.if_missing(Missing::Error, &value_schema(map))?,
    };
    let mut failure = None;
    for key in &args.keys {
        match look_up.print(key) {
            Ok(printed) => printed?,
            Err(error) => {
                let error = error.context(args.input.to_string());
                // The last one is returned and ends the program.
                if let Some(earlier) = failure.replace(error) {
                    console::error(&earlier);
                }
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

struct LookUp<'a> {
    map: &'a UntypedMap<Source>,
    parser: &'a KeyParser,
    key: KeyText,
    /// Values are shown from their bytes and never decoded.
    encoding: ValueEncoding,
    with_keys: bool,
    /// Whether only JSON can be a key, and was not asked for.
    needs_json: bool,
    if_missing: IfMissing,
}

impl LookUp<'_> {
    /// Prints the line of a key. The outer result fails, with nothing printed, if there is nothing to print; the inner one if
    /// printing fails.
    fn print(&self, text: &str) -> anyhow::Result<anyhow::Result<()>> {
        let mut key = Vec::new();
        let parsed = self.parser.parse(text, &mut key);
        parsed.map_err(|error| self.not_a_key(text, error))?;
        let print = |value: &[u8]| {
            // Checked before anything is printed, so that no line breaks off inside a value.
            show::check(value, self.encoding)
                .with_context(|| format!("the value of the key {text:?} cannot be shown as JSON"))?;
            Ok(self.print_value(&key, Some(value)))
        };
        let found = self.map.get_with(Key::encoded(&key), print);
        match found.with_context(|| format!("cannot look up the key {text:?}"))? {
            Some(printed) => printed,
            None => match &self.if_missing {
                IfMissing::Skip => Ok(Ok(())),
                IfMissing::Null => Ok(self.print_value(&key, None)),
                IfMissing::Default(value) => print(value),
                IfMissing::Error => Err(anyhow!("there is no key {text:?}")),
            },
        }
    }

    /// Prints a line. The value can be shown; `None` is null.
    fn print_value(&self, key: &[u8], value: Option<&[u8]>) -> anyhow::Result<()> {
        console::print_with(|stdout| {
            if self.with_keys {
                write!(stdout, "[")?;
                self.key.write_json(key, stdout).map_err(io::Error::other)?;
                write!(stdout, ",")?;
            }
            match value {
                Some(value) => show::write(value, self.encoding, Notation::Line, stdout)?,
                None => write!(stdout, "null")?,
            }
            writeln!(stdout, "{}", if self.with_keys { "]" } else { "" })
        })
    }

    /// Says of a key that may be thought to need no notation that it does.
    fn not_a_key(&self, text: &str, error: anyhow::Error) -> anyhow::Error {
        let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
        match self.needs_json && !is_json {
            true => error.context(format!(
                "keys of type {:?} can be neither looked up nor shown as plain text; give them as JSON",
                self.map.as_inner().meta.key_type
            )),
            false => error,
        }
    }
}

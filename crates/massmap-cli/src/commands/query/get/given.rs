//! Keys on the command line.

use std::io::Write;

use anyhow::{Context, anyhow};
use massmap::UntypedMap;
use massmap::dynamic::Key;
use massmap_data::keys::{KeyNotation, KeyParser};

use super::Args;
use crate::map::source::Source;
use crate::output::console;
use crate::output::show::{self, Notation, ValueEncoding};

/// Looks up the keys, and prints a line for each.
pub(super) fn run(args: &Args, map: &UntypedMap<Source>, parser: &KeyParser) -> anyhow::Result<()> {
    parser.notation().context(args.input.to_string())?;
    let look_up = LookUp {
        map,
        parser,
        encodings: [map.key_type(), map.value_type()].map(|of| ValueEncoding::of(&of.to_string())),
        with_keys: args.with_keys,
        asked: args.key_format,
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
    /// Of keys and values. Values are shown from their bytes and never decoded.
    encodings: [ValueEncoding; 2],
    with_keys: bool,
    /// The notation of keys, if one is asked for.
    asked: Option<KeyNotation>,
}

impl LookUp<'_> {
    /// Prints the line of a key. The outer result fails, with nothing printed, if there is no value to show; the inner one if
    /// printing fails.
    fn print(&self, text: &str) -> anyhow::Result<anyhow::Result<()>> {
        let key = self.parser.parse(text).map_err(|error| self.not_a_key(error))?;
        let key = self.parser.key_type().key(&key)?;
        let [key_encoding, encoding] = self.encodings;
        let print = |value: &[u8]| {
            // Checked before anything is printed, so that no line breaks off inside a value.
            show::check(value, encoding)
                .with_context(|| format!("the value of the key {text:?} cannot be shown as JSON"))?;
            Ok(console::print_with(|stdout| {
                if self.with_keys {
                    write!(stdout, "[")?;
                    show::write(key.as_bytes(), key_encoding, Notation::Line, stdout)?;
                    write!(stdout, ",")?;
                }
                show::write(value, encoding, Notation::Line, stdout)?;
                writeln!(stdout, "{}", if self.with_keys { "]" } else { "" })
            }))
        };
        self.map
            .get_with(Key::encoded(key.as_bytes()), print)
            .with_context(|| format!("cannot look up the key {text:?}"))?
            .ok_or_else(|| anyhow!("there is no key {text:?}"))?
    }

    /// Says of a key that may be thought to need no notation that it does.
    fn not_a_key(&self, error: anyhow::Error) -> anyhow::Error {
        let notation = self.parser.notation();
        match (self.asked, notation) {
            (None, Ok(KeyNotation::Json)) => error.context(format!(
                "keys of type {:?} can be neither looked up nor shown as plain text; give them as JSON",
                self.map.as_inner().meta.key_type
            )),
            _ => error,
        }
    }
}

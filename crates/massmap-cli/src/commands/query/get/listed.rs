//! Keys in files.

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use massmap::UntypedMap;
use massmap_data::keys::{KeyInput, KeyParser, KeySettings};

use super::Args;
use crate::commands::query::lookups;
use crate::map::source::Source;
use crate::output::show::{self, Notation, ValueEncoding};

/// Looks up the keys of a file, and writes a line for each.
pub(super) fn run(
    args: &Args,
    settings: &KeySettings,
    map: &UntypedMap<Source>,
    parser: &KeyParser,
) -> anyhow::Result<()> {
    let input = KeyInput::open(settings, parser).map_err(|error| anyhow::Error::msg(error.message()))?;
    let [key_encoding, encoding] =
        [map.key_type(), map.value_type()].map(|of| ValueEncoding::of(&of.to_string()));
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    lookups::look_up(map, input.start(), |part| {
        let answers = part?;
        for answer in answers.iter() {
            out.write_all(b"{\"key\":")?;
            show::write(answer.key, key_encoding, Notation::Line, &mut out)?;
            out.write_all(b",\"value\":")?;
            answer.with_value(map, |value| match value {
                Some(value) => {
                    show::write(value, encoding, Notation::Line, &mut out).map_err(io::Error::from)
                }
                None => out.write_all(b"null"),
            })??;
            out.write_all(b"}\n")?;
        }
        if let Some(error) = answers.failure {
            return Err(error.into());
        }
        Ok(())
    })?;
    out.flush().context("cannot write to stdout")
}

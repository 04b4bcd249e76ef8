//! Text that may be shown on a terminal.

use std::io::{self, Write};

use super::escape::is_escaped;

/// Passes on text, but refuses characters that could control the terminal that it is shown on.
pub(crate) struct Shown<W> {
    out: W,
    is_terminal: bool,
}

/// The error that a text could control the terminal.
#[derive(Debug, thiserror::Error)]
#[error(
    "an entry has control characters, which are not written to a terminal: write to a file, or as NDJSON, which escapes them"
)]
struct ControlsTerminal;

impl<W: Write> Shown<W> {
    pub(crate) fn new(out: W, is_terminal: bool) -> Self {
        Self { out, is_terminal }
    }
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Lines are written as a whole.
        if self.is_terminal {
            let is_harmful = |character| is_escaped(character) && !matches!(character, '\n' | '\t' | '\0');
            match str::from_utf8(bytes) {
                Ok(text) if !text.contains(is_harmful) => {}
                _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, ControlsTerminal)),
            }
        }
        self.out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        for (text, is_harmless) in [
            ("a\tb\n", true),
            ("ü\0", true),
            ("\u{1b}[2J\n", false),
            ("\u{202e}", false),
            ("\u{9b}", false),
        ] {
            let write = |is_terminal| {
                let mut out = Vec::new();
                let written = Shown::new(&mut out, is_terminal).write_all(text.as_bytes());
                assert_eq!(out.is_empty(), written.is_err(), "{text:?}");
                written
            };
            assert!(write(false).is_ok());
            assert_eq!(write(true).is_ok(), is_harmless, "{text:?}");
        }
        assert!(Shown::new(Vec::new(), true).write_all(b"\xff").is_err());
    }
}

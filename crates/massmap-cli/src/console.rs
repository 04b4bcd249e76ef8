//! What the user gets to see: results on stdout, problems on stderr.
//!
//! `println!` and `eprintln!` panic when nobody reads the other end, hence neither is used.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};

use anyhow::Context;
use serde::Serialize;

use crate::excerpt;

/// A result as pretty JSON.
pub(crate) fn json(result: &impl Serialize) -> anyhow::Result<String> {
    serde_json::to_string_pretty(result).context("the result cannot be shown as JSON")
}

/// A result as JSON in one line.
pub(crate) fn json_line(result: &impl Serialize) -> anyhow::Result<String> {
    serde_json::to_string(result).context("the result cannot be shown as JSON")
}

/// Prints a result, or a part of it that is lines by itself.
///
/// A reader that has seen enough (`massmap info FILE | head -1`) is no failure.
pub(crate) fn print(result: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{result}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.context("cannot write to stdout"),
    }
}

/// Reports a failure.
pub(crate) fn error(error: &anyhow::Error) {
    report("error", &format!("{error:#}"));
}

/// Reports something that the command goes on in spite of.
pub(crate) fn warning(message: &str) {
    report("warning", message);
}

fn report(severity: &str, message: &str) {
    // When stderr is gone too, there is nobody left to tell.
    // Shortened before, so that little is escaped, and after, since that makes it longer.
    let line = one_line(&excerpt::message(message));
    let line = excerpt::message(&line);
    _ = writeln!(io::stderr().lock(), "massmap: {severity}: {line}");
}

/// Escapes what could break out of the line or steer the terminal. File names and file contents end up in messages.
pub(crate) fn one_line(message: &str) -> String {
    let mut line = String::with_capacity(message.len());
    for character in message.chars() {
        match character {
            // Line and paragraph separator are no control characters, yet some programs split lines at them.
            '\u{2028}' | '\u{2029}' => _ = write!(line, "{}", character.escape_default()),
            _ if character.is_control() => _ = write!(line, "{}", character.escape_default()),
            _ => line.push(character),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_message_stays_on_its_line_and_leaves_the_terminal_alone() {
        assert_eq!(
            one_line("a\r\nb\tc\u{1b}[31m\u{9b}\u{2028}"),
            r"a\r\nb\tc\u{1b}[31m\u{9b}\u{2028}"
        );
        assert_eq!(
            one_line("plain: naïve \"текст\" \\ 🦀"),
            "plain: naïve \"текст\" \\ 🦀"
        );
    }
}

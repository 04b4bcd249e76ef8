//! What the user gets to see: results on stdout, problems on stderr. Nothing of it can steer the terminal.
//!
//! `println!` and `eprintln!` panic when nobody reads the other end, hence neither is used.

use std::env;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

use anyhow::Context;
use serde::Serialize;

use crate::escape::{self, Sentence};
use crate::excerpt;

/// A result as pretty JSON.
pub(crate) fn json(result: &impl Serialize) -> anyhow::Result<String> {
    let json = serde_json::to_string_pretty(result).context("the result cannot be shown as JSON")?;
    Ok(escape::json(json))
}

/// A result as JSON in one line.
pub(crate) fn json_line(result: &impl Serialize) -> anyhow::Result<String> {
    let json = serde_json::to_string(result).context("the result cannot be shown as JSON")?;
    Ok(escape::json(json))
}

/// Prints a result, or a part of it that is lines by itself.
///
/// A reader that has seen enough (`massmap info FILE | head -1`) is no failure.
pub(crate) fn print(result: &str) -> anyhow::Result<()> {
    print_with(|stdout| writeln!(stdout, "{}", escape::lines(result)))
}

/// Prints what `write` writes, which must be lines by itself and have nothing in it that could steer the terminal; otherwise
/// like [`print`](fn@print).
pub(crate) fn print_with(
    write: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> io::Result<()>,
) -> anyhow::Result<()> {
    let mut stdout = BufWriter::new(io::stdout().lock());
    match write(&mut stdout).and_then(|()| stdout.flush()) {
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

/// Prints the help or version that was asked for, or reports arguments that make no sense; in as many lines as that takes.
pub(crate) fn help_or_misuse(message: &clap::Error) {
    let text = message.render().to_string();
    let mut escaped = text.clone();
    // It quotes arguments, whose line breaks would be taken for its own.
    for argument in env::args_os().skip(1) {
        let argument = argument.to_string_lossy();
        let value = argument.split_once('=').map(|(_, value)| value);
        for quoted in [Some(&*argument), value].into_iter().flatten() {
            if quoted.contains('\n') {
                escaped = escaped.replace(quoted, &Sentence(quoted).to_string());
            }
        }
    }
    let escaped = escape::lines(&escaped);
    // When there is nobody at the other end, there is nobody left to tell.
    _ = match escaped == text {
        // With colors.
        true => message.print(),
        false if message.use_stderr() => write!(io::stderr().lock(), "{escaped}"),
        false => write!(io::stdout().lock(), "{escaped}"),
    };
}

fn report(severity: &str, message: &str) {
    // When stderr is gone too, there is nobody left to tell.
    // Shortened before, so that little is escaped, and after, since that makes it longer.
    let line = Sentence(excerpt::message(message)).to_string();
    let line = excerpt::message(&line);
    _ = writeln!(io::stderr().lock(), "massmap: {severity}: {line}");
}

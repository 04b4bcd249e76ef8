//! What the user gets to see: results on stdout, problems on stderr. Nothing of it can steer the terminal.
//!
//! `println!` and `eprintln!` panic when nobody reads the other end, hence neither is used.

use std::cmp::Reverse;
use std::env;
use std::ffi::OsString;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

use anyhow::Context;
use serde::Serialize;

use crate::output::escape::{self, Sentence};
use crate::output::excerpt;

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
    let escaped = match message.use_stderr() {
        true => with_short_arguments(&text, env::args_os().skip(1)),
        false => escape::lines(&text),
    };
    // When there is nobody at the other end, there is nobody left to tell.
    _ = match escaped == text {
        // With colors.
        true => message.print(),
        false if message.use_stderr() => write!(io::stderr().lock(), "{escaped}"),
        false => write!(io::stdout().lock(), "{escaped}"),
    };
}

/// `text`, in which arguments are quoted, with these cut and escaped: their line breaks would be taken for its own.
fn with_short_arguments(text: &str, arguments: impl Iterator<Item = OsString>) -> String {
    let mut quoted: Vec<String> = Vec::new();
    for argument in arguments {
        let argument = argument.to_string_lossy();
        // What a message may quote of it: an option and its value, or the value behind a single letter.
        let parts = argument
            .split_once('=')
            .map_or([None; 2], |(name, value)| [Some(name), Some(value)]);
        let behind_letter = argument.strip_prefix('-').and_then(|rest| {
            let letter = rest.chars().next()?;
            rest.get(letter.len_utf8()..)
        });
        let parts = [Some(&*argument), behind_letter]
            .into_iter()
            .chain(parts)
            .flatten();
        // And how it is in quotes, where it is escaped already.
        let parts = parts.flat_map(|part| [part.to_owned(), part.escape_debug().to_string()]);
        quoted.extend(parts.filter(|part| part.contains('\n') || excerpt::is_long(part)));
    }
    // The longest first, since they have the others in them.
    quoted.sort_unstable_by_key(|part| Reverse(part.len()));
    let mut shortened = text.to_owned();
    for part in quoted {
        let short = Sentence(excerpt::unquoted(&part)).to_string();
        shortened = shortened.replace(&part, &short);
    }
    escape::lines(&shortened)
}

fn report(severity: &str, message: &str) {
    // When stderr is gone too, there is nobody left to tell.
    // Shortened before, so that little is escaped, and after, since that makes it longer.
    let line = Sentence(excerpt::message(message)).to_string();
    let line = excerpt::message(&line);
    _ = writeln!(io::stderr().lock(), "massmap: {severity}: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_in_a_message_are_cut_and_stay_in_their_line() {
        let long = "x".repeat(3000);
        let shown = |text: &str, argument: &str| {
            let arguments = [OsString::from(argument)].into_iter();
            with_short_arguments(text, arguments)
        };
        let cut = format!("{}…", "x".repeat(80));
        assert_eq!(
            shown(&format!("no '{long}'\nusage"), &long),
            format!("no '{cut}'\nusage")
        );
        for argument in [format!("--key={long}"), format!("-k{long}"), format!("{long}=1")] {
            assert_eq!(shown(&format!("no '{long}'"), &argument), format!("no '{cut}'"));
        }
        for argument in ["a\nb", "--key=a\nb", "-ka\nb", "a\nb=1"] {
            assert_eq!(shown("no 'a\nb'\nusage", argument), "no 'a\\nb'\nusage");
        }
        let long = "\"\n".repeat(1000);
        let message = shown(&format!("twice for {long:?}"), &format!("{long}=1"));
        assert!(
            message.chars().count() < 200 && !message.contains('\n'),
            "{message}"
        );
        assert_eq!(shown("no 'a'\nusage", "a"), "no 'a'\nusage");
    }
}

//! Prints results to stdout and problems to stderr, escaped so that they cannot control the terminal.
//!
//! `println!` and `eprintln!` are not used: they panic when the other end of a pipe is closed.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{AutoStream, ColorChoice as StreamColor};
use anyhow::Context;
use clap::ColorChoice;
use clap::builder::styling::{AnsiColor, Style};
use massmap_data::excerpt;
use serde::Serialize;

use super::escape::{self, Escaped};

/// Of what went wrong, as in usage errors.
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const STATS: Style = AnsiColor::Green.on_default().bold();

/// Chooses whether help, messages and progress are colored.
pub(crate) fn set_color(color: ColorChoice) {
    let color = match color {
        ColorChoice::Auto => StreamColor::Auto,
        ColorChoice::Always => StreamColor::Always,
        ColorChoice::Never => StreamColor::Never,
    };
    color.write_global();
}

/// Whether what is written to stderr is colored.
pub(crate) fn is_stderr_colored() -> bool {
    AutoStream::choice(&io::stderr()) != StreamColor::Never
}

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

/// Prints a result, or some lines of it.
///
/// A reader that closes the pipe early (`massmap info FILE | head -1`) is not a failure.
pub(crate) fn print(result: &str) -> anyhow::Result<()> {
    print_with(|stdout| writeln!(stdout, "{}", escape::lines(result)))
}

/// Like [`print`](fn@print), for output that `write` produces. It must be whole lines and escaped already.
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
    report("error", ERROR, &format!("{error:#}"));
}

/// Reports a problem that does not stop the command.
pub(crate) fn warning(message: &str) {
    report("warning", WARNING, message);
}

/// Reports what a command took.
pub(crate) fn stats(message: &str) {
    report("stats", STATS, message);
}

static HAS_SUMMARIES: AtomicBool = AtomicBool::new(true);

/// Chooses whether summaries are shown.
pub(crate) fn set_summaries(are_shown: bool) {
    HAS_SUMMARIES.store(are_shown, Ordering::Relaxed);
}

/// Reports what a command has done.
pub(crate) fn summary(message: &str) {
    if !HAS_SUMMARIES.load(Ordering::Relaxed) {
        return;
    }
    let line = Escaped(message);
    // If stderr is closed, there is nowhere to report that.
    _ = writeln!(io::stderr().lock(), "massmap: {line}");
}

/// Prints the requested help or version, or a usage error of the program's `arguments`. These may have several lines.
pub(crate) fn help_or_usage_error(message: &clap::Error, arguments: &[OsString]) {
    let text = message.render().to_string();
    let escaped = match message.use_stderr() {
        true => with_short_arguments(&text, arguments.iter().skip(1)),
        false => escape::lines(&text),
    };
    // The text has no escape sequences, but in color, those of arguments are among those of colors.
    let is_harmless = |argument: &OsString| {
        let argument = argument.to_string_lossy();
        Escaped(&argument).to_string() == argument
    };
    // If the stream is closed, there is nowhere to report that.
    _ = match escaped == text && arguments.iter().all(is_harmless) {
        // In color.
        true => message.print(),
        false if message.use_stderr() => write!(io::stderr().lock(), "{escaped}"),
        false => write!(io::stdout().lock(), "{escaped}"),
    };
}

/// Shortens and escapes the arguments that `text` quotes. Their line breaks would look like those of `text`.
fn with_short_arguments<'a>(text: &str, arguments: impl Iterator<Item = &'a OsString>) -> String {
    let mut quoted: Vec<String> = Vec::new();
    for argument in arguments {
        let argument = argument.to_string_lossy();
        // A message may quote an option or its value, or the value after a single letter.
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
        // Messages also quote them in escaped form.
        let parts = parts.flat_map(|part| [part.to_owned(), part.escape_debug().to_string()]);
        quoted.extend(parts.filter(|part| part.contains('\n') || excerpt::is_long(part)));
    }
    // The longest first, since they contain the others.
    quoted.sort_unstable_by_key(|part| Reverse(part.len()));
    let mut shortened = text.to_owned();
    for part in quoted {
        let short = Escaped(excerpt::unquoted(&part)).to_string();
        shortened = shortened.replace(&part, &short);
    }
    escape::lines(&shortened)
}

fn report(severity: &str, style: Style, message: &str) {
    // Shortened before escaping, to escape little, and again after, since escaping lengthens.
    let line = Escaped(excerpt::message(message)).to_string();
    let line = excerpt::message(&line);
    // If stderr is closed, there is nowhere to report that.
    _ = writeln!(
        anstream::stderr().lock(),
        "massmap: {style}{severity}{style:#}: {line}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_arguments_are_cut_and_stay_on_one_line() {
        let long = "x".repeat(3000);
        let shown = |text: &str, argument: &str| {
            let arguments = [OsString::from(argument)];
            with_short_arguments(text, arguments.iter())
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

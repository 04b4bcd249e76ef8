//! Counts the words of a text in a massmap file, and looks up words in it.
//!
//! ```text
//! facade-example count words.massmap < text.txt
//! facade-example look-up words.massmap the and of
//! ```
//!
//! A program that depends only on the crate `massmap`.

use std::collections::HashMap;
use std::env;
use std::error::Error as _;
use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use massmap::{Builder, Error, MassMapInfo, ReadError, Result};

const USAGE: &str = "usage: facade-example count MAP < TEXT\n       facade-example look-up MAP WORD...";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let result = match arguments.as_slice() {
        [command, map] if command == "count" => count(Path::new(map)),
        [command, map, words @ ..] if command == "look-up" && !words.is_empty() => {
            look_up(Path::new(map), words)
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_causes(&error));
            if let Some(hint) = hint(&error) {
                eprintln!("{hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn count(map: &Path) -> Result<()> {
    let counts = count_words(io::stdin().lock())?;
    let info = build(map, counts)?;
    println!(
        "{} different words in {} pages",
        info.meta.entry_count, info.meta.bucket_count
    );
    Ok(())
}

/// The number of occurrences of each word, sorted by word, so that the same text gives the same file.
fn count_words(text: impl BufRead) -> io::Result<Vec<(String, u64)>> {
    let mut counts = HashMap::new();
    for line in text.lines() {
        for word in line?
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
        {
            *counts.entry(word.to_lowercase()).or_insert(0) += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    Ok(counts)
}

/// Builds the map. It appears under its name when it is complete, and replaces an existing file.
fn build(map: &Path, counts: Vec<(String, u64)>) -> Result<MassMapInfo> {
    Builder::new()
        .with_user_metadata("made by", "facade-example count")
        .build(map, counts)
}

/// Prints the number of occurrences of each of `words`.
fn look_up(map: &Path, words: &[OsString]) -> Result<()> {
    let map = massmap::open::<String, u64>(map)?;
    let words: Vec<_> = words
        .iter()
        .map(|word| word.to_string_lossy().to_lowercase())
        .collect();
    let counts = map.batch_get(&words)?;
    let mut out = io::stdout().lock();
    for (word, count) in words.iter().zip(counts) {
        writeln!(out, "{word} {}", count.unwrap_or(0))?;
    }
    Ok(())
}

/// The message of an error with those of its causes, such as why a file cannot be opened.
fn with_causes(error: &Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}

/// A hint for errors that users of this program can fix.
fn hint(error: &Error) -> Option<&'static str> {
    match error {
        Error::Read(
            ReadError::HashMismatch { .. }
            | ReadError::KeyType { .. }
            | ReadError::UndecodableKeys { .. }
            | ReadError::Key { .. }
            | ReadError::Value { .. },
        ) => Some("the file is a map, but not one of words and counts; make one with `count`"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_ignores_case_and_punctuation() {
        let counts = count_words("The cat, the dog;\nthe END. Été, été!\n".as_bytes()).unwrap();
        let expected = [("cat", 1), ("dog", 1), ("end", 1), ("the", 3), ("été", 2)];
        assert_eq!(counts, expected.map(|(word, count)| (word.to_owned(), count)));
    }

    #[test]
    fn a_text_without_words_has_none() {
        assert_eq!(count_words(" ...\n\n".as_bytes()).unwrap(), []);
    }
}

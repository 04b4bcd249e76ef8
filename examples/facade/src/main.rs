//! Counts the words of a text into a massmap file, and looks words up in it.
//!
//! ```text
//! facade-example count words.massmap < text.txt
//! facade-example look-up words.massmap the and of
//! ```
//!
//! A program that depends on the crate `massmap` and nothing else.

use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::ExitCode;

use massmap::{KnownHashLoader, MassMap, MassMapBuilder, MassMapInfo, ReadError, Xxh3HashLoader};

const USAGE: &str = "usage: facade-example count MAP < TEXT\n       facade-example look-up MAP WORD...";

/// A bucket is what one lookup reads.
const WORDS_PER_BUCKET: u64 = 16;

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
            eprintln!("error: {error}");
            if let Some(hint) = hint(&error) {
                eprintln!("{hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn count(map: &Path) -> io::Result<()> {
    let counts = count_words(io::stdin().lock())?;
    let info = build(map, counts)?;
    println!(
        "{} different words in {} buckets",
        info.meta.entry_count, info.meta.bucket_count
    );
    Ok(())
}

/// How often each word occurs, in the order of the words: the same text gives the same file.
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

/// Builds the map beside its place and moves it there when it is whole.
fn build(map: &Path, counts: Vec<(String, u64)>) -> io::Result<MassMapInfo> {
    let beside = map.with_extension("incomplete");
    let file = File::create(&beside)?;
    // XXH3 is specified, so the file can be read on other machines and by later versions.
    let info = MassMapBuilder::<Xxh3HashLoader>::default()
        .with_bucket_count((counts.len() as u64).div_ceil(WORDS_PER_BUCKET).max(1))
        .build(&file, counts.into_iter())?;
    file.sync_all()?;
    fs::rename(beside, map)?;
    Ok(info)
}

/// Prints how often each of `words` occurred in the text.
fn look_up(map: &Path, words: &[OsString]) -> io::Result<()> {
    let map = MassMap::<String, u64, _, KnownHashLoader>::load(File::open(map)?)?;
    let words: Vec<_> = words
        .iter()
        .map(|word| word.to_string_lossy().to_lowercase())
        .collect();
    let counts = map.batch_get::<str>(words.iter().map(String::as_str))?;
    let mut out = io::stdout().lock();
    for (word, count) in words.iter().zip(counts) {
        writeln!(out, "{word} {}", count.unwrap_or(0))?;
    }
    Ok(())
}

/// More about errors that a user of this program can do something about.
fn hint(error: &io::Error) -> Option<&'static str> {
    match error.get_ref()?.downcast_ref::<ReadError>()? {
        ReadError::HashMismatch { .. } | ReadError::Key { .. } | ReadError::Value { .. } => {
            Some("the file is a map, but not one of words and counts; make one with `count`")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_without_regard_to_case_and_punctuation() {
        let counts = count_words("The cat, the dog;\nthe END. Été, été!\n".as_bytes()).unwrap();
        let expected = [("cat", 1), ("dog", 1), ("end", 1), ("the", 3), ("été", 2)];
        assert_eq!(counts, expected.map(|(word, count)| (word.to_owned(), count)));
    }

    #[test]
    fn a_text_without_words_has_none() {
        assert_eq!(count_words(" ...\n\n".as_bytes()).unwrap(), []);
    }
}

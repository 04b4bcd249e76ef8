//! `massmap get`: the values of keys.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use massmap::MassMap;
use serde_json::Value;

use crate::hash::{self, TolerantHashLoader};
use crate::keys::{self, Key, KeyTask, KeyType};
use crate::{cmd, console};

/// Look keys up
///
/// Prints the value of each key as JSON, one a line, in the order of the keys. For a key that is missing or cannot be looked
/// up, there is no such line but one on stderr, and the exit code is 1.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print [key, value] in place of each value
    #[arg(long)]
    with_keys: bool,

    /// massmap file
    #[arg(value_name = "FILE")]
    input: PathBuf,

    /// Keys to look up; the file's key type must be an integer or a string
    ///
    /// Options go before the first key. A first key that is the name of an option goes behind --.
    // A key may well begin with a hyphen: -1, for example.
    #[arg(value_name = "KEY", required = true, allow_hyphen_values = true)]
    keys: Vec<String>,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with nothing printed, if the file cannot be opened as a map with keys of a known type and a known hash function.
/// Fails, with all values printed that can be, if a key is missing or cannot be looked up.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let (key_type, map) = open(args).with_context(|| args.input.display().to_string())?;
    key_type.run(LookUp { map, args })
}

fn open(args: &Args) -> anyhow::Result<(KeyType, cmd::Map)> {
    let map = cmd::open(&args.input)?;
    hash::check(&map.meta.hash_config).context("keys cannot be looked up")?;
    Ok((KeyType::of(&map.meta)?, map))
}

struct LookUp<'a> {
    map: cmd::Map,
    args: &'a Args,
}

impl KeyTask for LookUp<'_> {
    type Output = anyhow::Result<()>;

    fn run<K: Key>(self) -> anyhow::Result<()> {
        let map = self.map.cast::<K, Value>();
        let mut failure = None;
        for key in &self.args.keys {
            match line(&map, key, self.args.with_keys) {
                Ok(line) => console::print(&line)?,
                Err(error) => {
                    let error = error.context(self.args.input.display().to_string());
                    // All but the last one, which ends the program.
                    if let Some(earlier) = failure.replace(error) {
                        console::error(&earlier);
                    }
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }
}

/// What to print for a key.
fn line<K: Key>(
    map: &MassMap<K, Value, File, TolerantHashLoader>,
    text: &str,
    with_key: bool,
) -> anyhow::Result<String> {
    let key = keys::parse::<K>(text, &map.meta().key_type)?;
    let value = map
        .get(&key)
        .with_context(|| format!("cannot look up the key {text:?}"))?
        .ok_or_else(|| anyhow!("there is no key {text:?}"))?;
    match with_key {
        true => console::json_line(&(key, value)),
        false => console::json_line(&value),
    }
}

//! `massmap get`: prints the values of keys.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use massmap::{MassMap, TolerantHashLoader};
use massmap_data::{Key, KeyTask, KeyType};
use serde::de::IgnoredAny;

use crate::map::source::Source;
use crate::map::traffic::{Counts, Traffic};
use crate::map::{self, Map};
use crate::output::console;
use crate::output::show::{self, Notation, ValueEncoding};
use massmap_data::Location;

/// Look up keys and print their values
///
/// Prints the value of each key as JSON, one per line, in the order of the keys. A key that is missing or cannot be looked up
/// gets a line on stderr instead, and the exit code is 1. Floats that are not finite, which JSON does not have, are printed
/// as the strings "NaN", "-NaN", "inf" and "-inf".
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print [key, value] instead of each value
    #[arg(long)]
    with_keys: bool,

    /// Print to stderr how many reads or requests, and how many bytes, opening the file and the lookups took
    #[arg(long)]
    stats: bool,

    /// massmap file: a path or a URL
    #[arg(value_name = "FILE")]
    input: Location,

    /// Keys to look up; the key type of the file must be an integer or a string
    ///
    /// Options go before the first key. Put -- before a first key that is the name of an option.
    // A key may begin with a hyphen: -1, for example.
    #[arg(value_name = "KEY", required = true, allow_hyphen_values = true)]
    keys: Vec<String>,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with nothing printed, if the file cannot be opened, or its key type or hash function is unknown. Fails, with the
/// other values printed, if a key is missing or cannot be looked up.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let (key_type, map) = open(args).with_context(|| args.input.to_string())?;
    let stats = args.stats.then(|| Stats::new(map.reader.traffic()));
    let result = key_type.run(LookUp { map, args });
    if let Some(stats) = stats {
        stats.report();
    }
    result
}

/// What was read, for `--stats`.
struct Stats {
    traffic: Arc<Traffic>,
    opening: Counts,
}

impl Stats {
    /// All that was read so far opened the file.
    fn new(traffic: Arc<Traffic>) -> Self {
        let opening = traffic.counts();
        Self { traffic, opening }
    }

    fn report(&self) {
        let Self { traffic, opening } = self;
        let lookups = traffic.counts().since(*opening);
        console::stats(&format!("opening: {opening}; lookups: {lookups}"));
    }
}

fn open(args: &Args) -> anyhow::Result<(KeyType, Map)> {
    let map = map::open(&args.input)?;
    map::check_hash(&map.meta.hash_config).context("keys cannot be looked up")?;
    Ok((KeyType::of(&map.meta)?, map))
}

struct LookUp<'a> {
    map: Map,
    args: &'a Args,
}

impl KeyTask for LookUp<'_> {
    type Output = anyhow::Result<()>;

    fn run<K: Key>(self) -> anyhow::Result<()> {
        let encoding = ValueEncoding::of(&self.map.meta.value_type);
        let look_up = LookUpTyped {
            map: self.map.cast::<K, IgnoredAny>(),
            encoding,
            with_keys: self.args.with_keys,
        };
        let mut failure = None;
        for key in &self.args.keys {
            match look_up.print(key) {
                Ok(printed) => printed?,
                Err(error) => {
                    let error = error.context(self.args.input.to_string());
                    // The last one is returned and ends the program.
                    if let Some(earlier) = failure.replace(error) {
                        console::error(&earlier);
                    }
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }
}

struct LookUpTyped<K> {
    /// Values are shown from their bytes and never decoded.
    map: MassMap<K, IgnoredAny, Source, TolerantHashLoader>,
    encoding: ValueEncoding,
    with_keys: bool,
}

impl<K: Key> LookUpTyped<K> {
    /// Prints the line of a key. The outer result fails, with nothing printed, if there is no value to show; the inner one if
    /// printing fails.
    fn print(&self, text: &str) -> anyhow::Result<anyhow::Result<()>> {
        let key = map::parse_key::<K>(text, &self.map.meta().key_type)?;
        let [before, after] = match self.with_keys {
            true => [format!("[{},", console::json_line(&key)?), "]".to_owned()],
            false => [String::new(), String::new()],
        };
        let print = |value: &[u8]| {
            // Checked before anything is printed, so that no line breaks off inside a value.
            show::check(value, self.encoding)
                .with_context(|| format!("the value of the key {text:?} cannot be shown as JSON"))?;
            Ok(console::print_with(|stdout| {
                write!(stdout, "{before}")?;
                show::write(value, self.encoding, Notation::Line, stdout)?;
                writeln!(stdout, "{after}")
            }))
        };
        self.map
            .get_with(&key, print)
            .with_context(|| format!("cannot look up the key {text:?}"))?
            .ok_or_else(|| anyhow!("there is no key {text:?}"))?
    }
}

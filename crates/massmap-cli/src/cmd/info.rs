//! `massmap info`: what is in a file.

use std::path::PathBuf;

use anyhow::Context;
use serde_json::Value;

use crate::describe::describe;
use crate::keys::{self, Key, KeyTask, KeyType};
use crate::{cmd, console, hash};

/// Show what is in a massmap file, look up a key, list a bucket
///
/// Prints header and metadata as JSON: where the metadata lies, how many entries and buckets there are, the hash
/// function and the types that the file was built with. In a file of format 2, a bucket is a page, and "paged" tells the
/// size of pages, how full they are and what the file was told to note. With --key and --bucket, the answers follow.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// massmap file to inspect
    #[arg(value_name = "FILE")]
    input: PathBuf,

    /// Key to look up; the file's key type must be an integer or a string
    // A key may well begin with a hyphen: -1, for example.
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    key: Option<String>,

    /// Index of a bucket or page whose entries to list, from 0; of entries that take several pages, all are in the first
    #[arg(short, long, value_name = "INDEX")]
    bucket: Option<u64>,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with nothing printed, if the file cannot be opened as a map, the key cannot be looked up, or the bucket cannot
/// be shown.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let output = inspect(args).with_context(|| args.input.display().to_string())?;
    console::print(&output)
}

fn inspect(args: &Args) -> anyhow::Result<String> {
    let map = cmd::open(&args.input)?;
    let checked = hash::check(&map.meta.hash_config).context("keys cannot be looked up");
    match checked {
        Err(error) if args.key.is_some() => return Err(error),
        Err(error) => console::warning(&format!("{}: {error:#}", args.input.display())),
        Ok(()) => {}
    }
    let mut parts = vec![describe(&map)?];
    if args.key.is_some() || args.bucket.is_some() {
        parts.extend(KeyType::of(&map.meta)?.run(Answer { map, args })?);
    }
    Ok(parts.join("\n"))
}

/// A line with the value of the key that is asked for, then the entries of the bucket.
///
/// If a key is asked for, the hash function of the map must be a known one.
struct Answer<'a> {
    map: cmd::Map,
    args: &'a Args,
}

impl KeyTask for Answer<'_> {
    type Output = anyhow::Result<Vec<String>>;

    fn run<K: Key>(self) -> anyhow::Result<Vec<String>> {
        let Self { map, args } = self;
        let key = match &args.key {
            Some(key) => Some(keys::parse::<K>(key, &map.meta.key_type)?),
            None => None,
        };
        let map = map.cast::<K, Value>();
        let mut answers = Vec::new();
        if let Some(key) = key {
            let value = map.get(&key).context("cannot look up the key")?;
            answers.push(format!("Get {key}: {value:?}"));
        }
        if let Some(bucket) = args.bucket {
            // An index beyond usize is beyond the last bucket as well.
            let entries = map
                .get_bucket(usize::try_from(bucket).unwrap_or(usize::MAX))
                .context("cannot list the bucket")?;
            answers.push(format!("Bucket {bucket} entries:\n{}", console::json(&entries)?));
        }
        Ok(answers)
    }
}

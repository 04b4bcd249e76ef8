//! `massmap info`: what is in a file.

use std::path::PathBuf;

use anyhow::Context;

use crate::hash;
use crate::keys::{self, Query};
use crate::{cmd, console};

/// Show what is in a massmap file, look up a key, list a bucket
///
/// Prints header and metadata as JSON: where the metadata lies, how many entries and buckets there are, the hash
/// function and the types that the file was built with. With --key and --bucket, the answers follow.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// massmap file to inspect
    #[arg(value_name = "FILE")]
    input: PathBuf,

    /// Key to look up; the file's key type must be an integer or a string
    // A key may well begin with a hyphen: -1, for example.
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    key: Option<String>,

    /// Index of a bucket whose entries to list, from 0
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
    match hash::check(&map.meta.hash_config) {
        Err(error) if args.key.is_some() => return Err(error),
        Err(error) => console::warning(&format!("{}: {error:#}", args.input.display())),
        Ok(()) => {}
    }
    let mut parts = vec![console::json(&map.info())?];
    if args.key.is_some() || args.bucket.is_some() {
        let query = Query {
            key: args.key.as_deref(),
            bucket: args.bucket,
        };
        parts.extend(keys::answer(map, &query)?);
    }
    Ok(parts.join("\n"))
}

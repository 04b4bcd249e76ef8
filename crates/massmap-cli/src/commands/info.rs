//! `massmap info`: what is in a file.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use massmap::RawBlock;
use serde::de::IgnoredAny;

use crate::output::console;
use crate::output::describe::describe;
use crate::output::escape::Sentence;
use crate::output::show::{self, Notation, ValueType};
use crate::types::key::{self, Key, KeyTask, KeyType};
use crate::{commands, map};

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
    let (description, answers) = inspect(args).with_context(|| args.input.display().to_string())?;
    console::print(&description)?;
    match answers {
        Some(answers) => console::print_with(|stdout| answers.write(stdout)),
        None => Ok(()),
    }
}

fn inspect(args: &Args) -> anyhow::Result<(String, Option<Answers>)> {
    let map = commands::open(&args.input)?;
    let checked = map::check(&map.meta.hash_config).context("keys cannot be looked up");
    match checked {
        Err(error) if args.key.is_some() => return Err(error),
        Err(error) => console::warning(&format!("{}: {error:#}", args.input.display())),
        Ok(()) => {}
    }
    let description = describe(&map)?;
    let answers = match args.key.is_some() || args.bucket.is_some() {
        true => Some(KeyType::of(&map.meta)?.run(Ask { map, args })?),
        false => None,
    };
    Ok((description, answers))
}

/// Finds the value of the key that is asked for, and the entries of the bucket.
///
/// If a key is asked for, the hash function of the map must be a known one.
struct Ask<'a> {
    map: commands::Map,
    args: &'a Args,
}

impl KeyTask for Ask<'_> {
    type Output = anyhow::Result<Answers>;

    fn run<K: Key>(self) -> anyhow::Result<Answers> {
        let Self { map, args } = self;
        let key = match &args.key {
            Some(key) => Some(key::parse::<K>(key, &map.meta.key_type)?),
            None => None,
        };
        let value_type = ValueType::of(&map.meta.value_type);
        // Values are shown from their bytes.
        let map = map.cast::<K, IgnoredAny>();
        let value = match key {
            Some(key) => {
                let value = map.get_with(&key, <[u8]>::to_vec);
                let value = value.context("cannot look up the key")?;
                if let Some(value) = &value {
                    show::check(value, value_type).context("the value cannot be shown as JSON")?;
                }
                Some((key.to_string(), value))
            }
            None => None,
        };
        let bucket = match args.bucket {
            Some(bucket) => {
                Some(Bucket::read::<K>(map.inner(), bucket, value_type).context("cannot list the bucket")?)
            }
            None => None,
        };
        Ok(Answers {
            value,
            bucket,
            value_type,
        })
    }
}

/// What was asked for, all of which can be shown.
struct Answers {
    /// A key, and its value if there is one.
    value: Option<(String, Option<Vec<u8>>)>,
    bucket: Option<Bucket>,
    value_type: ValueType,
}

impl Answers {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match &self.value {
            Some((key, Some(value))) => {
                write!(out, "Get {}: Some(", Sentence(key))?;
                show::write(value, self.value_type, Notation::Debug, out)?;
                writeln!(out, ")")?;
            }
            Some((key, None)) => writeln!(out, "Get {}: None", Sentence(key))?,
            None => {}
        }
        match &self.bucket {
            Some(bucket) => bucket.write(self.value_type, out),
            None => Ok(()),
        }
    }
}

/// A bucket, or a run of pages.
struct Bucket {
    index: u64,
    /// As JSON.
    keys: Vec<String>,
    entries: RawBlock,
}

impl Bucket {
    fn read<K: Key>(map: &commands::Map, index: u64, value_type: ValueType) -> anyhow::Result<Self> {
        // An index beyond usize is beyond the last bucket as well.
        let entries = map.raw_block(usize::try_from(index).unwrap_or(usize::MAX))?;
        let mut keys = Vec::with_capacity(entries.len());
        for (number, entry) in (1..).zip(entries.iter()) {
            let key: K = rmp_serde::from_slice(entry.key).with_context(|| {
                format!(
                    "the key of entry {number} cannot be decoded as {}",
                    map.meta.key_type
                )
            })?;
            show::check(entry.value, value_type)
                .with_context(|| format!("the value of entry {number} cannot be shown as JSON"))?;
            keys.push(console::json_line(&key)?);
        }
        Ok(Self { index, keys, entries })
    }

    fn write(&self, value_type: ValueType, out: &mut impl Write) -> io::Result<()> {
        write!(out, "Bucket {} entries:\n[", self.index)?;
        let mut separator = "";
        for (key, entry) in self.keys.iter().zip(self.entries.iter()) {
            write!(out, "{separator}\n  [\n    {key},\n    ")?;
            show::write(entry.value, value_type, Notation::Pretty { depth: 2 }, out)?;
            write!(out, "\n  ]")?;
            separator = ",";
        }
        writeln!(out, "{}]", if separator.is_empty() { "" } else { "\n" })
    }
}

//! `massmap info`: shows what is in a file.

use std::io::{self, Write};

use anyhow::Context;
use massmap::RawBlock;
use massmap_data::{Key, KeyTask, KeyType};
use serde::de::IgnoredAny;

use crate::map::{self, Map};
use crate::output::console;
use crate::output::describe::describe;
use crate::output::escape::Escaped;
use crate::output::show::{self, Notation, ValueEncoding};
use massmap_data::Location;

/// Show what is in a massmap file, look up a key, list a bucket
///
/// Prints header and metadata as JSON: the position of the metadata, the numbers of entries and buckets, the hash function
/// and the types that the file was built with. In a file of format 2, buckets are pages, and "paged" gives the page size,
/// how full the pages are, how values are compressed ("used" is false for entries of a fixed width, which stay as they are), and the
/// user metadata. The results of --key and --bucket follow.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// massmap file to inspect: a path or a URL
    #[arg(value_name = "FILE")]
    input: Location,

    /// Key to look up; the key type of the file must be an integer or a string
    // A key may begin with a hyphen: -1, for example.
    #[arg(short, long, value_name = "KEY", allow_hyphen_values = true)]
    key: Option<String>,

    /// Index of the bucket or page to list, from 0; entries that take several pages are listed with the first
    #[arg(short, long, value_name = "INDEX")]
    bucket: Option<u64>,
}

/// Runs the command.
///
/// # Errors
///
/// Fails, with nothing printed, if the file cannot be opened as a map, the key cannot be looked up, or the bucket cannot be
/// shown.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let (description, results) = inspect(args).with_context(|| args.input.to_string())?;
    console::print(&description)?;
    match results {
        Some(results) => console::print_with(|stdout| results.write(stdout)),
        None => Ok(()),
    }
}

fn inspect(args: &Args) -> anyhow::Result<(String, Option<QueryResults>)> {
    let map = map::open(&args.input)?;
    let checked = map::check_hash(&map.meta.hash_config).context("keys cannot be looked up");
    match checked {
        Err(error) if args.key.is_some() => return Err(error),
        Err(error) => console::warning(&format!("{}: {error:#}", args.input)),
        Ok(()) => {}
    }
    let description = describe(&map)?;
    let results = match args.key.is_some() || args.bucket.is_some() {
        true => Some(KeyType::of(&map.meta)?.run(Query { map, args })?),
        false => None,
    };
    Ok((description, results))
}

/// Looks up the requested key and reads the requested bucket.
///
/// With a key, the hash function of the map must be a known one.
struct Query<'a> {
    map: Map,
    args: &'a Args,
}

impl KeyTask for Query<'_> {
    type Output = anyhow::Result<QueryResults>;

    fn run<K: Key>(self) -> anyhow::Result<QueryResults> {
        let Self { map, args } = self;
        let key = match &args.key {
            Some(key) => Some(map::parse_key::<K>(key, &map.meta.key_type)?),
            None => None,
        };
        let encoding = ValueEncoding::of(&map.meta.value_type);
        // Values are shown from their bytes and never decoded.
        let map = map.cast::<K, IgnoredAny>();
        let value = match key {
            Some(key) => {
                let value = map.get_with(&key, <[u8]>::to_vec);
                let value = value.context("cannot look up the key")?;
                if let Some(value) = &value {
                    show::check(value, encoding).context("the value cannot be shown as JSON")?;
                }
                Some((key.to_string(), value))
            }
            None => None,
        };
        let bucket = match args.bucket {
            Some(bucket) => {
                Some(Bucket::read::<K>(map.inner(), bucket, encoding).context("cannot list the bucket")?)
            }
            None => None,
        };
        Ok(QueryResults {
            value,
            bucket,
            encoding,
        })
    }
}

/// What was requested. All of it can be shown.
struct QueryResults {
    /// The key, and its value if there is one.
    value: Option<(String, Option<Vec<u8>>)>,
    bucket: Option<Bucket>,
    encoding: ValueEncoding,
}

impl QueryResults {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match &self.value {
            Some((key, Some(value))) => {
                write!(out, "Get {}: Some(", Escaped(key))?;
                show::write(value, self.encoding, Notation::Debug, out)?;
                writeln!(out, ")")?;
            }
            Some((key, None)) => writeln!(out, "Get {}: None", Escaped(key))?,
            None => {}
        }
        match &self.bucket {
            Some(bucket) => bucket.write(self.encoding, out),
            None => Ok(()),
        }
    }
}

/// A bucket, or a run of pages.
struct Bucket {
    index: u64,
    /// In JSON.
    keys: Vec<String>,
    entries: RawBlock,
}

impl Bucket {
    fn read<K: Key>(map: &Map, index: u64, encoding: ValueEncoding) -> anyhow::Result<Self> {
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
            show::check(entry.value, encoding)
                .with_context(|| format!("the value of entry {number} cannot be shown as JSON"))?;
            keys.push(console::json_line(&key)?);
        }
        Ok(Self { index, keys, entries })
    }

    fn write(&self, encoding: ValueEncoding, out: &mut impl Write) -> io::Result<()> {
        write!(out, "Bucket {} entries:\n[", self.index)?;
        let mut separator = "";
        for (key, entry) in self.keys.iter().zip(self.entries.iter()) {
            write!(out, "{separator}\n  [\n    {key},\n    ")?;
            show::write(entry.value, encoding, Notation::Pretty { depth: 2 }, out)?;
            write!(out, "\n  ]")?;
            separator = ",";
        }
        writeln!(out, "{}]", if separator.is_empty() { "" } else { "\n" })
    }
}

//! The arguments of `get`.

use std::path::PathBuf;

use massmap_data::keys::KeyNotation;
use massmap_data::{AnswerFormat, Location};

use crate::commands::query::missing::MissingArgs;
use crate::options::keys::KeyFileArgs;
use crate::options::parse;

/// Look up keys and print their values
///
/// Prints the value of each key as JSON, one per line, in the order of the keys. A key that is missing or cannot be looked up
/// gets a line on stderr instead, and the exit code is 1. Floats that are not finite, which JSON does not have, are printed
/// as the strings "NaN", "-NaN", "inf" and "-inf".
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print [key, value] instead of each value, or of {"key": …, "value": …} for keys from a file
    #[arg(long)]
    pub(super) with_keys: bool,

    /// Print the value of each key from a file alone
    #[arg(long, conflicts_with = "with_keys", requires = "keys_from")]
    pub(super) values_only: bool,

    /// Write to this file, which appears when all keys were looked up, instead of standard output; as gzip or zstd if its name ends in
    /// .gz or .zst [default: -]
    #[arg(short, long, value_name = "FILE", value_parser = parse::rows_output(), requires = "keys_from")]
    pub(super) output: Option<PathBuf>,

    /// Format of the output [default: from its name, such as FILE.csv or FILE.ndjson.gz; otherwise ndjson]
    #[arg(long, value_enum, requires = "keys_from")]
    pub(super) format: Option<AnswerFormat>,

    #[command(flatten)]
    pub(super) missing: MissingArgs,

    /// Print to stderr how many reads or requests, and how many bytes, opening the file and the lookups took
    #[arg(long)]
    pub(super) stats: bool,

    /// How keys are written [default: text for strings, characters, numbers and booleans; base64 for bytes; json for all others]
    #[arg(long, value_name = "NOTATION", value_enum)]
    pub(super) key_format: Option<KeyNotation>,

    #[command(flatten)]
    pub(super) file: KeyFileArgs,

    /// massmap file: a path or a URL
    #[arg(value_name = "FILE")]
    pub(super) input: Location,

    /// Keys to look up
    ///
    /// Options go before the first key. Put -- before a first key that is the name of an option.
    // A key may begin with a hyphen: -1, for example.
    #[arg(
        value_name = "KEY",
        required_unless_present = "keys_from",
        allow_hyphen_values = true
    )]
    pub(super) keys: Vec<String>,
}

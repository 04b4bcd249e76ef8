//! The options for keys that are read from files.

use massmap_data::keys::{KeyFileFormat, KeySettings};
use massmap_data::{Location, Origin};

use super::dialect::DialectArgs;
use super::parse;
use super::usage::UsageError;

/// How the rows of a file are read that keys are in.
#[derive(clap::Args)]
pub(crate) struct RowArgs {
    /// The first line of a table is data, not column names; columns are numbered from 1
    #[arg(long)]
    no_header: bool,

    #[command(flatten)]
    dialect: DialectArgs,

    /// Size limit of a key with its line or row [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse::record_size)]
    max_record: Option<u64>,

    /// Largest window of zstd data as a power of 2, as in zstd --long [default: 27, which is 128 MiB]
    #[arg(long, value_name = "LOG", value_parser = clap::value_parser!(u32).range(10..=31))]
    zstd_window_log: Option<u32>,
}

/// Which file to read keys from, and how.
#[derive(clap::Args)]
pub(crate) struct KeyFileArgs {
    /// Read the keys from a file, or from standard input with -, as a stream
    ///
    /// gzip and zstd are detected from the data.
    // Not in conflict with keys that are given: then clap would no longer require this of the options for it.
    #[arg(long, value_name = "FILE")]
    keys_from: Option<Location>,

    /// Format of the file with keys [default: from its name, such as FILE.csv or FILE.ndjson.gz; otherwise lines]
    ///
    /// In lines, each line is a key: an empty one is the empty string, and a carriage return before the line feed belongs to the
    /// line break.
    #[arg(long, value_name = "FORMAT", value_enum, requires = "keys_from")]
    keys_format: Option<KeyFileFormat>,

    /// Each key ends with a NUL instead of a line break, as find -print0 writes them
    #[arg(short = '0', long = "null", requires = "keys_from")]
    ends_with_nul: bool,

    /// Column or field of the key; several, with commas between them, are the parts of a tuple or a struct [default: the columns that
    /// dump writes, or the first one; the field "key"]
    ///
    /// In JSON, keys may also stand alone.
    #[arg(long, value_name = "NAME", requires = "keys_from")]
    key: Option<String>,

    #[command(flatten)]
    rows: RowArgs,
}

impl RowArgs {
    /// The first option for tables that was given.
    fn first_table_option(&self) -> Option<&'static str> {
        match self.no_header {
            true => Some("--no-header"),
            false => self.dialect.first_given(),
        }
    }

    /// Adds what they say.
    pub(crate) fn apply_to(&self, settings: &mut KeySettings) {
        settings.has_header = !self.no_header;
        settings.dialect = self.dialect.options();
        if let Some(max_record) = self.max_record {
            settings.max_record = max_record;
        }
        settings.zstd_window_log = self.zstd_window_log;
    }

    /// Checks that they fit a file of the format `format`.
    ///
    /// # Errors
    ///
    /// Fails if the arguments of `command` contradict each other.
    pub(crate) fn check(&self, command: &'static str, format: KeyFileFormat) -> Result<(), UsageError> {
        let table = format.table();
        let dialect = table.and_then(|table| self.dialect.options().for_format(table));
        let conflict = dialect.and_then(|dialect| dialect.conflict());
        let message = match (self.first_table_option(), table, conflict) {
            (Some(option), None, _) => format!("{option} is for keys in csv and tsv"),
            (_, _, Some((one, other))) => format!("{one} and {other} are the same character"),
            _ => return Ok(()),
        };
        Err(UsageError { command, message })
    }
}

impl KeyFileArgs {
    /// Where to read keys from, and how; `None` if they are not in a file.
    ///
    /// # Errors
    ///
    /// Fails if the arguments of `command` contradict each other.
    pub(crate) fn settings(&self, command: &'static str) -> Result<Option<KeySettings>, UsageError> {
        let Some(location) = &self.keys_from else {
            return match self.rows.first_table_option() {
                Some(option) => Err(UsageError {
                    command,
                    message: format!("{option} is for keys in a file: give --keys-from"),
                }),
                None => Ok(None),
            };
        };
        let mut settings = KeySettings::new(Origin::from(location.clone()));
        settings.format = self.keys_format;
        settings.key = self.key.clone();
        settings.ends_with_nul = self.ends_with_nul;
        self.rows.apply_to(&mut settings);
        let format = settings.format();
        self.rows.check(command, format)?;
        let is_lines = format == KeyFileFormat::Lines;
        let message = match is_lines {
            true if self.key.is_some() => "--key is for columns and fields: lines are whole keys",
            false if self.ends_with_nul => "--null is for keys in lines",
            _ => return Ok(Some(settings)),
        };
        Err(UsageError {
            command,
            message: message.to_owned(),
        })
    }
}

//! The options for input.

use std::path::PathBuf;

use super::format::{Format, InputFormat};
use super::record::Fields;
use super::source::origin::Origin;
use super::table::dialect::DialectArgs;
use super::table::{Header, TableOptions};
use crate::options::parse;
use crate::options::usage::UsageError;
use crate::output::excerpt;
use crate::types::key::KeyType;
use crate::types::value::ValueType;

/// Default size limit of records, in bytes.
const DEFAULT_MAX_RECORD: u64 = 64 << 20;

/// How to read inputs.
#[derive(Debug, Clone)]
pub(super) struct ReadOptions {
    pub(super) fields: Fields,
    pub(super) tables: TableOptions,
    pub(super) dialect: DialectArgs,
    /// Size limit of records, in bytes.
    pub(super) max_record: u64,
    /// Whether inputs without records are allowed, in every format.
    pub(super) allow_empty: bool,
    /// Binary logarithm of the largest zstd window, in bytes.
    pub(super) zstd_window_log: Option<u32>,
}

/// What to read, and how.
#[derive(clap::Args)]
pub(crate) struct InputArgs {
    /// File to read, or - for standard input; may be given several times, to read several inputs in order
    ///
    /// gzip and zstd are detected from the data.
    #[arg(short, long = "input", value_name = "FILE", required = true)]
    inputs: Vec<PathBuf>,

    /// Format of all inputs [default: from the file name, such as FILE.csv or FILE.ndjson.gz; otherwise json]
    #[arg(long, value_enum)]
    input_format: Option<InputFormat>,

    /// Field or column of the key [default: the field "key", or the first column]
    ///
    /// Columns of a table without a header are numbered from 1.
    #[arg(long, value_name = "NAME")]
    key: Option<String>,

    /// Field or column of the value
    ///
    /// The default is the field "value" or, with --key, an object of all other fields; in a table of two columns the other
    /// column, in larger tables an object of all others.
    #[arg(long, value_name = "NAME")]
    value: Option<String>,

    /// Which tables begin with a line that names the columns [default: each]
    #[arg(long, value_enum, value_name = "INPUTS", conflicts_with = "no_header")]
    header: Option<Header>,

    /// Read the first line of a table as data, not as column names; the same as --header none
    #[arg(long)]
    no_header: bool,

    #[command(flatten)]
    dialect: DialectArgs,

    /// Size limit of a record: an entry of JSON, a line of NDJSON, a row of a table [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse::record_size)]
    max_record: Option<u64>,

    /// Build a map without entries if the inputs contain no record; otherwise, that is an error
    ///
    /// {}, [] and a table with only a header are never an error.
    #[arg(long)]
    allow_empty: bool,

    /// Largest window of zstd data as a power of 2, as in zstd --long [default: 27, which is 128 MiB]
    #[arg(long, value_name = "LOG", value_parser = clap::value_parser!(u32).range(10..=31))]
    zstd_window_log: Option<u32>,

    /// Type of the keys
    ///
    /// In JSON, an integer may be a number or a string of digits.
    #[arg(long, value_enum, default_value_t = KeyType::Text)]
    pub(super) key_type: KeyType,

    /// Type of the values [default: json; string for a column of a table]
    ///
    /// If json is given, the cells of tables are parsed as JSON; if it is the default, they are strings. Integers in json values
    /// have up to 64 bits. An f64 may also be NaN, -NaN, inf or -inf, which are strings in JSON.
    #[arg(long, value_enum)]
    pub(super) value_type: Option<ValueType>,
}

impl InputArgs {
    /// Checks what clap does not check.
    ///
    /// # Errors
    ///
    /// Fails if the arguments of `command` contradict each other.
    pub(crate) fn check(&self, command: &'static str) -> Result<(), UsageError> {
        let inputs = self.inputs();
        let standard = inputs
            .iter()
            .filter(|(origin, _)| *origin == Origin::StandardInput);
        let mut dialects = inputs
            .iter()
            .filter_map(|(_, format)| self.dialect.for_format(format.name));
        let conflict = dialects.find_map(|dialect| dialect.conflict());
        let message = if standard.count() > 1 {
            "standard input can be read only once".to_owned()
        } else if let (Some(option), false) = (
            self.first_table_option(),
            inputs.iter().any(|(_, format)| format.name.is_table()),
        ) {
            format!("{option} needs an input of --input-format csv or tsv")
        } else if let Some((one, other)) = conflict {
            format!("{one} and {other} are the same character")
        } else if let Some(name) = self.key.as_ref().filter(|key| self.value.as_ref() == Some(key)) {
            format!("--key and --value are both {}", excerpt::quoted(name))
        } else {
            return Ok(());
        };
        Err(UsageError { command, message })
    }

    /// The first option for tables that was given.
    fn first_table_option(&self) -> Option<&'static str> {
        match (self.no_header, self.header) {
            (true, _) => Some("--no-header"),
            (false, Some(_)) => Some("--header"),
            (false, None) => self.dialect.first_given(),
        }
    }

    pub(super) fn inputs(&self) -> Vec<(Origin, Format)> {
        let name = |origin: &Origin| match (self.input_format, origin) {
            (Some(format), _) => format,
            (None, Origin::File(path)) => InputFormat::of_name(&path.to_string_lossy()),
            (None, Origin::StandardInput) => InputFormat::Json,
        };
        let format = |origin: &Origin| Format {
            name: name(origin),
            is_given: self.input_format.is_some(),
        };
        let origins = self.inputs.iter().cloned().map(Origin::from);
        origins.map(|origin| (origin.clone(), format(&origin))).collect()
    }

    pub(super) fn fields(&self) -> Fields {
        Fields {
            key: self.key.clone(),
            value: self.value.clone(),
        }
    }

    pub(super) fn read_options(&self) -> ReadOptions {
        ReadOptions {
            fields: self.fields(),
            tables: TableOptions {
                fields: self.fields(),
                header: match self.no_header {
                    true => Header::None,
                    false => self.header.unwrap_or(Header::Each),
                },
                json_cells: self.value_type == Some(ValueType::Json),
                max_record: self.max_record(),
            },
            dialect: self.dialect,
            max_record: self.max_record(),
            allow_empty: self.allow_empty,
            zstd_window_log: self.zstd_window_log,
        }
    }

    fn max_record(&self) -> u64 {
        self.max_record.unwrap_or(DEFAULT_MAX_RECORD)
    }
}

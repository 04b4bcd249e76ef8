//! The options that say what to read, and how.

use std::path::PathBuf;

use crate::input::entries::convert::ValueType;
use crate::input::format::Format;
use crate::input::format::InputFormat;
use crate::input::record::Fields;
use crate::input::source::Origin;
use crate::input::table::dialect::DialectArgs;
use crate::input::table::{Header, TableOptions};
use crate::options;
use crate::output::excerpt;
use crate::types::key::KeyType;

/// How long a record may be, unless an option says otherwise.
const LONGEST_RECORD: u64 = 64 << 20;

/// How inputs are read.
#[derive(Debug, Clone)]
pub(super) struct ReadOptions {
    pub(super) fields: Fields,
    pub(super) tables: TableOptions,
    pub(super) dialect: DialectArgs,
    /// Bytes that a record may take.
    pub(super) max_record: u64,
    /// Whether inputs without records are fine, whatever their format.
    pub(super) allow_empty: bool,
    /// How large a window of zstd may be.
    pub(super) zstd_window_log: Option<u32>,
}

/// What to read, and how.
#[derive(clap::Args)]
pub(crate) struct InputArgs {
    /// File to read, or - for standard input; may be given several times, and is read in that order
    ///
    /// gzip and zstd are recognised by how the data begin.
    #[arg(short, long = "input", value_name = "FILE", required = true)]
    inputs: Vec<PathBuf>,

    /// Format of all inputs [default: from the names, as in FILE.csv or FILE.ndjson.gz, otherwise json]
    #[arg(long, value_enum)]
    input_format: Option<InputFormat>,

    /// Field or column that is the key [default: the field "key", the first column]
    ///
    /// Columns of a table without a header have numbers, from 1.
    #[arg(long, value_name = "NAME")]
    key: Option<String>,

    /// Field or column that is the value
    ///
    /// By default, the field "value", or, with --key, an object of all other fields; of two columns the other, of more an
    /// object of all others.
    #[arg(long, value_name = "NAME")]
    value: Option<String>,

    /// Which inputs that are tables begin with a line that names the columns [default: each]
    #[arg(long, value_enum, value_name = "INPUTS", conflicts_with = "no_header")]
    header: Option<Header>,

    /// Take the first line of a table for data, not for the names of the columns: --header none
    #[arg(long)]
    no_header: bool,

    #[command(flatten)]
    dialect: DialectArgs,

    /// How long a record may be: an entry of JSON, a line of NDJSON, a row of a table [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = options::record_size)]
    max_record: Option<u64>,

    /// Build a map without entries if there is no record in the inputs, which is an error otherwise
    ///
    /// A table of which there is the header only, {} and [] are no error.
    #[arg(long)]
    allow_empty: bool,

    /// How large the window of zstd data may be, as the power of 2 that zstd --long has [default: 27, which is 128 MiB]
    #[arg(long, value_name = "LOG", value_parser = clap::value_parser!(u32).range(10..=31))]
    zstd_window_log: Option<u32>,

    /// Type of the keys
    ///
    /// An integer may be written as a JSON number or as digits in a string.
    #[arg(long, value_enum, default_value_t = KeyType::Text)]
    pub(super) key_type: KeyType,

    /// Type of the values [default: json; string for a column of a table]
    ///
    /// For json, the cells of tables are parsed as JSON if it is given, and are strings if it is the default. Integers in such
    /// values have up to 64 bits. An f64 may also be NaN, -NaN, inf or -inf, which are strings in JSON.
    #[arg(long, value_enum)]
    pub(super) value_type: Option<ValueType>,
}

impl InputArgs {
    /// Checks what clap does not.
    ///
    /// # Errors
    ///
    /// Fails, as for arguments that make no sense, if they contradict each other; `command` has them.
    pub(crate) fn check(&self, command: &str) -> anyhow::Result<()> {
        let inputs = self.inputs();
        let standard = inputs
            .iter()
            .filter(|(origin, _)| *origin == Origin::StandardInput);
        let mut dialects = inputs
            .iter()
            .filter_map(|(_, format)| self.dialect.of(format.name));
        let clash = dialects.find_map(|dialect| dialect.clash());
        let problem = if standard.count() > 1 {
            "standard input can be read only once".to_owned()
        } else if let (Some(option), false) = (
            self.of_tables(),
            inputs.iter().any(|(_, format)| format.name.is_table()),
        ) {
            format!("{option} needs an input of --input-format csv or tsv")
        } else if let Some((one, other)) = clash {
            format!("{one} and {other} are the same character")
        } else if let Some(name) = self.key.as_ref().filter(|key| self.value.as_ref() == Some(key)) {
            format!("--key and --value are both {}", excerpt::quoted(name))
        } else {
            return Ok(());
        };
        Err(options::misuse(command, &problem))
    }

    /// Which option for tables was given, if any.
    fn of_tables(&self) -> Option<&'static str> {
        match (self.no_header, self.header) {
            (true, _) => Some("--no-header"),
            (false, Some(_)) => Some("--header"),
            (false, None) => self.dialect.given(),
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
        self.max_record.unwrap_or(LONGEST_RECORD)
    }
}

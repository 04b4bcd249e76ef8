//! The options for input.

use std::ffi::OsString;

use clap::ArgAction;
use massmap_data::{
    ColumnRules, Fields, Header, InputFormat, InputSettings, KeyType, Nulls, Origin, Source, Times,
    ValueShape, ValueType, excerpt, expand_input,
};

use super::dialect::DialectArgs;
use super::parse;
use super::usage::UsageError;

/// What to read, and how.
#[derive(clap::Args)]
pub(crate) struct InputArgs {
    /// File to read, or - for standard input; may be given several times, to read several inputs in order
    ///
    /// A folder stands for all files in it, apart from those whose names begin with . or _; a pattern in quotes, such as 'day-*.csv', for
    /// the files that match; a URL for an object in a store, and one that ends in a slash for all objects in that folder. They are read
    /// in the order of their paths. gzip and zstd are detected from the data, and so are Parquet and Arrow in files.
    #[arg(short, long = "input", value_name = "FILE", required = true)]
    inputs: Vec<OsString>,

    /// Format of all inputs [default: from the file name, such as FILE.csv or FILE.ndjson.gz; otherwise json]
    #[arg(long, value_enum)]
    input_format: Option<InputFormat>,

    /// Field or column of the key [default: the field "key", or the first column]
    ///
    /// Several, separated by commas, make a tuple. A name that contains a comma itself is in double quotes, unless it is that of a column.
    /// Columns of a table without a header are numbered from 1. In Parquet and Arrow, a.b is the field b of the column a.
    #[arg(long, value_name = "NAME")]
    key: Option<String>,

    /// Field or column of the value
    ///
    /// The default is the field "value" or, with --key, an object of all other fields; in a table of two columns the other
    /// column, in larger tables an object of all others. Several, separated by commas, make a struct. In Parquet and Arrow, a.b is the field
    /// b of the column a.
    #[arg(long, value_name = "NAME")]
    value: Option<String>,

    /// What several columns become as a value [default: struct]
    #[arg(long, value_enum, value_name = "SHAPE")]
    value_as: Option<ValueShape>,

    /// What to do with nulls in the columns of Parquet and Arrow [default: error]
    #[arg(long, value_enum)]
    nulls: Option<Nulls>,

    /// What dates, times and timestamps of Parquet and Arrow become [default: text]
    #[arg(long, value_enum)]
    times: Option<Times>,

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

    /// Type of the keys, or of each of their columns, separated by commas [default: string; that of the columns in Parquet and Arrow]
    ///
    /// In JSON, an integer may be a number or a string of digits.
    #[arg(long, value_enum, value_name = "TYPES", value_delimiter = ',', num_args = 1, action = ArgAction::Set)]
    key_type: Vec<KeyType>,

    /// Type of the values, or of each of their columns, separated by commas [default: json; string for a column of a table; that of the
    /// columns in Parquet and Arrow]
    ///
    /// If json is given, the cells of tables are parsed as JSON; if it is the default, they are strings. Integers in json values
    /// have up to 64 bits. An f64 may also be NaN, -NaN, inf or -inf, which are strings in JSON.
    #[arg(long, value_enum, value_name = "TYPES", value_delimiter = ',', num_args = 1, action = ArgAction::Set)]
    value_type: Vec<ValueType>,
}

impl InputArgs {
    /// What to read, and how. Lists folders.
    ///
    /// # Errors
    ///
    /// Fails if the arguments of `command` contradict each other, or a folder or pattern has no files.
    pub(crate) fn settings(&self, command: &'static str) -> anyhow::Result<InputSettings> {
        let sources = self.sources()?;
        self.check(command, &sources)?;
        Ok(self.settings_of(sources))
    }

    /// Checks what clap does not check.
    fn check(&self, command: &'static str, sources: &[Source]) -> Result<(), UsageError> {
        let standard = sources
            .iter()
            .filter(|source| source.origin == Origin::StandardInput);
        let dialect = self.dialect.options();
        let mut dialects = sources
            .iter()
            .filter_map(|source| dialect.for_format(source.format.name));
        let conflict = dialects.find_map(|dialect| dialect.conflict());
        let message = if standard.count() > 1 {
            "standard input can be read only once".to_owned()
        } else if let (Some(option), false) = (
            self.first_table_option(),
            sources.iter().any(|source| source.format.name.is_table()),
        ) {
            format!("{option} needs an input of --input-format csv or tsv")
        } else if let Some((one, other)) = conflict {
            format!("{one} and {other} are the same character")
        } else if let Some(name) = self.key.as_ref().filter(|key| self.value.as_ref() == Some(key)) {
            format!("--key and --value are both {}", excerpt::quoted(name))
        } else if is_text(sources) {
            return self.check_for_text(command);
        } else {
            return Ok(());
        };
        Err(UsageError { command, message })
    }

    /// Checks that no option was given that only Parquet and Arrow have, once the formats of the inputs, which their beginnings may
    /// tell, are known.
    ///
    /// # Errors
    ///
    /// Fails if one was, and none of `sources` is in these formats.
    pub(crate) fn check_known(&self, command: &'static str, sources: &[Source]) -> Result<(), UsageError> {
        match sources.iter().any(|source| source.format.name.is_columnar()) {
            true => Ok(()),
            false => self.check_for_text(command),
        }
    }

    fn check_for_text(&self, command: &'static str) -> Result<(), UsageError> {
        let message = if let Some(option) = self.first_column_option() {
            format!("{option} needs an input of --input-format parquet or arrow")
        } else if self.value_as.is_some() && !self.has_several_values() {
            "--value-as needs an input of --input-format parquet or arrow, or several columns in --value"
                .to_owned()
        } else {
            return Ok(());
        };
        Err(UsageError { command, message })
    }

    /// Whether the value may be several columns.
    fn has_several_values(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.contains(','))
    }

    /// The first option for tables that was given.
    fn first_table_option(&self) -> Option<&'static str> {
        match (self.no_header, self.header) {
            (true, _) => Some("--no-header"),
            (false, Some(_)) => Some("--header"),
            (false, None) => self.dialect.first_given(),
        }
    }

    /// The first option for tables with typed columns that was given.
    fn first_column_option(&self) -> Option<&'static str> {
        let options = [
            ("--nulls", self.nulls.is_some()),
            ("--times", self.times.is_some()),
        ];
        options
            .into_iter()
            .find_map(|(name, given)| given.then_some(name))
    }

    fn sources(&self) -> anyhow::Result<Vec<Source>> {
        let mut sources = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let expanded = expand_input(input.clone(), self.input_format);
            sources.extend(expanded.map_err(|error| anyhow::Error::msg(error.message()))?);
        }
        Ok(sources)
    }

    fn settings_of(&self, sources: Vec<Source>) -> InputSettings {
        let mut settings = InputSettings::new(sources);
        settings.fields = Fields {
            key: self.key.clone(),
            value: self.value.clone(),
        };
        settings.header = match self.no_header {
            true => Header::None,
            false => self.header.unwrap_or(Header::Each),
        };
        settings.dialect = self.dialect.options();
        if let Some(max_record) = self.max_record {
            settings.max_record = max_record;
        }
        settings.allow_empty = self.allow_empty;
        settings.zstd_window_log = self.zstd_window_log;
        settings.key_types.clone_from(&self.key_type);
        settings.value_types.clone_from(&self.value_type);
        settings.column_rules = ColumnRules {
            nulls: self.nulls.unwrap_or_default(),
            times: self.times.unwrap_or_default(),
            value_shape: self.value_as.unwrap_or_default(),
        };
        settings
    }
}

/// Whether all inputs are known not to be Parquet or Arrow.
fn is_text(sources: &[Source]) -> bool {
    sources.iter().all(|source| {
        let is_known = source.format.is_given || source.format.name.is_table();
        is_known && !source.format.name.is_columnar()
    })
}

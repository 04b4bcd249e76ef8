//! `massmap join`: adds what a map holds to a table.

use std::path::PathBuf;

use anyhow::{Context, bail};
#[cfg(feature = "parquet")]
use massmap_data::JoinedColumns;
use massmap_data::keys::{KeyFileFormat, KeyInput, KeyNotation, KeySettings, KeyText};
use massmap_data::{JoinedLines, JoinedTable, Location, Origin, excerpt, joined_columns};

use super::answering::Answering;
use super::missing::{Missing, MissingArgs};
use super::stats::Stats;
use crate::map;
use crate::map::source::Source;
use crate::options::keys::RowArgs;
use crate::options::parse;
use crate::options::rows::check_columnar;
use crate::options::usage::UsageError;

/// Add the values of a massmap file to a table
///
/// Looks up the key in each row of a table, and writes the row with the value at its end: as the column "value", or the name of --as;
/// for a map of structs or tuples, in a table as a column for each part, such as value.id. All else stays as it is, in the order of the
/// table. NDJSON gets one more member in each object. Tables of Parquet and Arrow are written again, with the same columns.
///
/// A row whose key is null, or an empty cell where keys are no strings, is one with a missing key.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Column or field of the key; several, with commas between them, are the parts of a tuple or a struct
    #[arg(short, long, value_name = "NAME")]
    key: String,

    /// Name of the new column, or what the names of several begin with
    #[arg(long = "as", value_name = "NAME", default_value = "value")]
    name: String,

    /// Write to this file, which appears when it is complete, instead of standard output; as gzip or zstd if its name ends in .gz or
    /// .zst [default: -]
    #[arg(short, long, value_name = "FILE", value_parser = parse::rows_output())]
    output: Option<PathBuf>,

    #[command(flatten)]
    missing: MissingArgs,

    /// Format of the table, and of the output [default: from its name, such as TABLE.csv or TABLE.ndjson.gz]
    #[arg(long, value_name = "FORMAT", value_enum)]
    table_format: Option<KeyFileFormat>,

    /// How keys are written in the table [default: text for strings, characters, numbers and booleans; base64 for bytes; json for all
    /// others]
    #[arg(long, value_name = "NOTATION", value_enum)]
    key_format: Option<KeyNotation>,

    #[command(flatten)]
    rows: RowArgs,

    /// Print to stderr how many reads or requests, and how many bytes, opening the file and the lookups took
    #[arg(long)]
    stats: bool,

    /// Table: a file, or - for standard input
    table: Location,

    /// massmap file: a path or a URL
    #[arg(value_name = "FILE")]
    input: Location,
}

/// Runs the command.
///
/// # Errors
///
/// Fails at the first row that cannot be read, whose key cannot be looked up, or whose value has no place in the table, with the rows
/// before it on standard output. An output file is left as it was then.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let settings = settings(args)?;
    args.missing.check(args.output.as_deref(), "join")?;
    let open = || {
        let source = Source::open_for_batches(&args.input)?;
        let traffic = source.traffic();
        let map = map::open_untyped(source)?;
        let parser = map::key_parser(&map, args.key_format)?;
        Ok::<_, anyhow::Error>((map, parser, traffic))
    };
    let (map, parser, traffic) = open().with_context(|| args.input.to_string())?;
    let stats = args.stats.then(|| Stats::new(traffic));
    let input = KeyInput::open(&settings, &parser).map_err(|error| anyhow::Error::msg(error.message()))?;
    let value = map::value_schema(&map);
    let answering = Answering {
        map: &map,
        location: &args.input,
        origin: &settings.origin,
        key: KeyText::new(&parser)?,
        if_missing: args.missing.if_missing(Missing::Null, &value)?,
        missing_keys: args.missing.file(false)?,
    };
    let table = settings.format().table();
    let dialect = table.and_then(|table| settings.dialect.for_format(table));
    let header = input.header().to_vec();
    let columns = input.column_names();
    let new = joined_columns(&args.name, &value);
    if let Some(name) = new.iter().find(|name| columns.contains(name)) {
        bail!(
            "{}: there is a column {} already; --as gives the new one another name",
            args.table,
            excerpt::quoted(name)
        );
    }
    #[cfg(feature = "parquet")]
    let kept = input.kept_rows();
    let result = answering.write_to(
        args.output.as_deref(),
        || input.start(),
        |out| {
            #[cfg(feature = "parquet")]
            if let Some(rows) = &kept {
                let is_parquet = settings.format() == KeyFileFormat::Parquet;
                let joined = JoinedColumns::new(rows, is_parquet, &args.name, &value, out)?;
                return Ok(Box::new(joined));
            }
            let Some(dialect) = dialect else {
                return Ok(Box::new(JoinedLines::new(&args.name, &value, out)?));
            };
            let mut table = JoinedTable::new(dialect, &args.name, &value, out)?;
            if !header.is_empty() {
                table.write_header(&header)?;
            }
            Ok(Box::new(table))
        },
    );
    if let Some(stats) = stats {
        stats.report();
    }
    result
}

/// How the table is read.
fn settings(args: &Args) -> Result<KeySettings, UsageError> {
    let mut settings = KeySettings::new(Origin::from(args.table.clone()));
    settings.format = args.table_format;
    settings.key = Some(args.key.clone());
    settings.keeps_rows = true;
    settings.allows_null = true;
    settings.new_fields = vec![args.name.clone()];
    args.rows.apply_to(&mut settings);
    let format = settings.format();
    args.rows.check("join", format)?;
    match format {
        KeyFileFormat::Lines | KeyFileFormat::Json => Err(UsageError {
            command: "join",
            message: format!(
                "{}: its name is not that of a table: give --table-format csv, tsv, ndjson, parquet or arrow",
                args.table
            ),
        }),
        _ => {
            let written = args
                .output
                .as_ref()
                .map(|path| KeyFileFormat::of_name(&path.to_string_lossy()));
            if let Some(written) = written.filter(|written| ![format, KeyFileFormat::Lines].contains(written))
            {
                return Err(UsageError {
                    command: "join",
                    message: format!(
                        "the table stays in its format, {}, and the name given with -o is one of {}",
                        parse::name_of(&format),
                        parse::name_of(&written)
                    ),
                });
            }
            if let Some(columnar) = format.columnar() {
                check_columnar(columnar, args.output.as_deref(), "join")?;
            }
            Ok(settings)
        }
    }
}

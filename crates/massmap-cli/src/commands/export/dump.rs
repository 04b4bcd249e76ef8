//! `massmap dump`: writes all entries of a file in another format.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

use massmap_data::{EntrySorter, ExportFormat, Location, NamedWriter, entry_writer};

use super::entries::{Failure, for_each, write_to};
use crate::map::Map;
use crate::options::parse;
use crate::options::rows::check_columnar;
use crate::output::progress::Progress;

/// Memory for entries that are sorted, in bytes.
const DEFAULT_MEMORY: usize = 512 << 20;

/// Write all entries of a massmap file as NDJSON, JSON, CSV, TSV, Parquet or Arrow
///
/// What this writes, build --like FILE builds again, with the same bytes. NDJSON has a [key, value] pair on each line, and JSON one array
/// of them. Values are exact: integers of any width and floats are numbers, bytes are base64, tuples are arrays, structs objects, a variant
/// of an enum is its name or {name: content}, and maps are objects, or arrays of pairs if their keys are no strings. Floats that are not
/// finite are the strings "NaN", "-NaN", "inf" and "-inf".
///
/// CSV and TSV have a column for the key, or one for each part of a tuple, and a column for the value, or one for each field of a struct.
/// Optional values that are missing are empty cells, and whatever is no scalar is JSON in its cell. Parquet and Arrow have the same columns,
/// with types: lists, structs and maps among them. Integers of 128 bits are strings of digits there, and enums with content are JSON.
///
/// An entry that the format cannot hold is an error, and so is one that only the program that wrote the file can tell the type of.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write to this file, which appears when it is complete, instead of standard output; as gzip or zstd if its name ends in .gz or
    /// .zst [default: -]
    #[arg(short, long, value_name = "FILE", value_parser = parse::rows_output())]
    output: Option<PathBuf>,

    /// Format of the output [default: from its name, such as FILE.csv or FILE.ndjson.gz; otherwise ndjson]
    #[arg(long, value_enum)]
    format: Option<ExportFormat>,

    /// Sort the entries by key [default: they are in the order of the file, which is that of the hashes of their keys]
    #[arg(long)]
    sort: bool,

    /// Memory for sorting, such as 256MiB; beyond it, entries go to temporary files [default: 512MiB]
    #[arg(long, value_name = "SIZE", value_parser = parse::memory_size, requires = "sort")]
    memory_limit: Option<usize>,

    /// Directory for these temporary files [default: that of the output; of standard output, the system's]
    #[arg(long, value_name = "DIRECTORY", requires = "sort")]
    spill_dir: Option<PathBuf>,

    /// massmap file: a path or a URL
    #[arg(value_name = "FILE")]
    input: Location,
}

/// Runs the command.
///
/// # Errors
///
/// Fails if the file cannot be read or is damaged, if the format cannot hold one of its entries, or if the output cannot be written. An output
/// file is left as it was then.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let format = args.format();
    check_columnar(format.as_input(), args.output.as_deref(), "dump")?;
    write_to(args.output.as_deref(), &args.input, |map, out, progress| {
        args.write(map, format, out, progress)
    })
}

impl Args {
    /// The file to write, unless it is standard output.
    fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| path.as_os_str() != "-")
    }

    /// The name of the file to write; empty for standard output.
    fn name(&self) -> String {
        let name = self.file().and_then(Path::file_name).unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    fn format(&self) -> ExportFormat {
        let named = || ExportFormat::of_name(&self.name());
        self.format.or_else(named).unwrap_or(ExportFormat::Ndjson)
    }

    fn write(
        &self,
        map: &Map,
        format: ExportFormat,
        out: impl Write,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let schemas = map.schemas();
        let mut out = NamedWriter::new(&self.name(), out).map_err(Failure::Output)?;
        let mut writer = entry_writer(format, &schemas, &mut out)?;
        let total = map.index().entry_count();
        if self.sort {
            let [keys, _] = &schemas;
            let memory = self.memory_limit.unwrap_or(DEFAULT_MEMORY);
            let mut sorter = EntrySorter::new(keys, memory, &self.spill_dir());
            for_each(map, |key, value, entries, bytes| {
                progress.show_read(entries, total, bytes);
                Ok(sorter.push(key, value)?)
            })?;
            let (mut entries, mut bytes) = (0, 0);
            sorter.for_each(|key, value| {
                entries += 1;
                bytes += (key.len() + value.len()) as u64;
                progress.show_written(entries, total, bytes);
                Ok::<_, Failure>(writer.write(key, value)?)
            })?;
        } else {
            for_each(map, |key, value, entries, bytes| {
                progress.show_written(entries, total, bytes);
                Ok(writer.write(key, value)?)
            })?;
        }
        writer.finish()?;
        out.finish()
            .map_err(Failure::Output)?
            .flush()
            .map_err(Failure::Output)
    }

    /// Where temporary files go.
    fn spill_dir(&self) -> PathBuf {
        let beside = self.file().map(|path| match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        });
        self.spill_dir.clone().or(beside).unwrap_or_else(env::temp_dir)
    }
}

//! The options that say what to read, and how.

use std::path::PathBuf;

use super::InputFormat;
use super::field::ValueType;
use super::record::Fields;
use super::source::Origin;
use super::table::TableOptions;
use crate::keys::KeyType;
use crate::options;

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

    /// Take the first line of a table for data, not for the names of the columns
    #[arg(long)]
    no_header: bool,

    /// Type of the keys
    ///
    /// An integer may be written as a JSON number or as digits in a string.
    #[arg(long, value_enum, default_value_t = KeyType::Text)]
    pub(super) key_type: KeyType,

    /// Type of the values [default: json; string for a column of a table]
    ///
    /// For json, the cells of tables are parsed as JSON if it is given, and are strings if it is the default.
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
        let problem = if standard.count() > 1 {
            "standard input can be read only once".to_owned()
        } else if self.no_header && !inputs.iter().any(|(_, format)| format.is_table()) {
            "--no-header needs an input of --input-format csv or tsv".to_owned()
        } else if let Some(name) = self.key.as_ref().filter(|key| self.value.as_ref() == Some(key)) {
            format!("--key and --value are both {name:?}")
        } else {
            return Ok(());
        };
        Err(options::misuse(command, &problem))
    }

    pub(super) fn inputs(&self) -> Vec<(Origin, InputFormat)> {
        let format = |origin: &Origin| match (self.input_format, origin) {
            (Some(format), _) => format,
            (None, Origin::File(path)) => InputFormat::of_name(&path.to_string_lossy()),
            (None, Origin::StandardInput) => InputFormat::Json,
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

    pub(super) fn table_options(&self) -> TableOptions {
        TableOptions {
            fields: self.fields(),
            header: !self.no_header,
            json_cells: self.value_type == Some(ValueType::Json),
        }
    }
}

impl InputFormat {
    /// The format that files of this name have.
    fn of_name(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let uncompressed = [".gz", ".zst"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix));
        match uncompressed.unwrap_or(&name).rsplit_once('.') {
            Some((_, "ndjson" | "jsonl")) => Self::Ndjson,
            Some((_, "csv")) => Self::Csv,
            Some((_, "tsv")) => Self::Tsv,
            _ => Self::Json,
        }
    }

    pub(super) fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_its_format() {
        for (name, format) in [
            ("a.json", InputFormat::Json),
            ("a.ndjson", InputFormat::Ndjson),
            ("a.jsonl.gz", InputFormat::Ndjson),
            ("b/a.csv", InputFormat::Csv),
            ("a.json.csv.zst", InputFormat::Csv),
            ("A.TSV.GZ", InputFormat::Tsv),
            ("a.csv.gz.gz", InputFormat::Json),
            ("a.csv.bak", InputFormat::Json),
            ("csv", InputFormat::Json),
            ("a.csv/b", InputFormat::Json),
            ("", InputFormat::Json),
        ] {
            assert_eq!(InputFormat::of_name(name), format, "{name}");
        }
    }
}

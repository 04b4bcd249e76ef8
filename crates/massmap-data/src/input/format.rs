//! Input formats.

pub(super) mod detect;
pub(super) mod reader;
pub(super) mod sniff;
pub(super) mod text;

/// An input format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum InputFormat {
    /// One object {key: value, …}, or one array of [key, value] pairs or objects with fields for key and value
    Json,
    /// One such pair or object per line
    Ndjson,
    /// Comma-separated values, optionally in double quotes
    Csv,
    /// Tab-separated values; quotes have no meaning unless --quote is given
    Tsv,
    /// Apache Parquet; key and value have the types of their columns
    Parquet,
    /// Arrow IPC, a file (Feather) or a stream; key and value have the types of their columns
    Arrow,
}

/// The format of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Its name.
    pub name: InputFormat,
    /// Whether the user gave it. Otherwise it comes from the name of the input, or is the default.
    pub is_given: bool,
}

impl InputFormat {
    /// The format that this name of a file suggests.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let uncompressed = [".gz", ".zst"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix));
        match uncompressed.unwrap_or(&name).rsplit_once('.') {
            Some((_, "json")) => Some(Self::Json),
            Some((_, "ndjson" | "jsonl")) => Some(Self::Ndjson),
            Some((_, "csv")) => Some(Self::Csv),
            Some((_, "tsv")) => Some(Self::Tsv),
            Some((_, "parquet")) => Some(Self::Parquet),
            Some((_, "arrow" | "arrows" | "feather" | "ipc")) => Some(Self::Arrow),
            _ => None,
        }
    }

    /// The error that this program does not read it.
    #[cfg(not(feature = "parquet"))]
    pub(crate) fn built_without(self) -> anyhow::Error {
        anyhow::anyhow!(
            "it is {}, which this program was built without: cargo install massmap-cli --features parquet builds it with that",
            self.name()
        )
    }

    /// Whether it is text with rows and columns.
    #[must_use]
    pub fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }

    /// Whether its columns have types.
    #[must_use]
    pub fn is_columnar(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// The name in options and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_determine_the_format() {
        for (name, format) in [
            ("a.json", Some(InputFormat::Json)),
            ("a.ndjson", Some(InputFormat::Ndjson)),
            ("a.jsonl.gz", Some(InputFormat::Ndjson)),
            ("b/a.csv", Some(InputFormat::Csv)),
            ("a.json.csv.zst", Some(InputFormat::Csv)),
            ("A.TSV.GZ", Some(InputFormat::Tsv)),
            ("a.csv.gz.gz", None),
            ("a.parquet", Some(InputFormat::Parquet)),
            ("a.snappy.parquet", Some(InputFormat::Parquet)),
            ("a.arrow", Some(InputFormat::Arrow)),
            ("a.Feather", Some(InputFormat::Arrow)),
            ("a.ipc", Some(InputFormat::Arrow)),
            ("a.arrows", Some(InputFormat::Arrow)),
            ("a.csv.bak", None),
            ("csv", None),
            ("a.csv/b", None),
            ("", None),
        ] {
            assert_eq!(InputFormat::of_name(name), format, "{name}");
        }
    }
}

//! Input formats.

pub(super) mod reader;
pub(super) mod sniff;

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
    /// The format of a file with this name.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        match Self::ending_of(name).as_deref() {
            Some("ndjson" | "jsonl") => Self::Ndjson,
            Some("csv") => Self::Csv,
            Some("tsv") => Self::Tsv,
            _ => Self::Json,
        }
    }

    /// What a name ends with that tells of a format, in small letters: the part behind the last dot, without that of a
    /// compression.
    pub(crate) fn ending_of(name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let uncompressed = [".gz", ".zst"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix));
        let (_, ending) = uncompressed.unwrap_or(&name).rsplit_once('.')?;
        Some(ending.to_owned())
    }

    /// Whether it has rows and columns.
    #[must_use]
    pub fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_determine_the_format() {
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

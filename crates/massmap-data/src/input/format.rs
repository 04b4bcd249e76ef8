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
            _ => None,
        }
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
            ("a.json", Some(InputFormat::Json)),
            ("a.ndjson", Some(InputFormat::Ndjson)),
            ("a.jsonl.gz", Some(InputFormat::Ndjson)),
            ("b/a.csv", Some(InputFormat::Csv)),
            ("a.json.csv.zst", Some(InputFormat::Csv)),
            ("A.TSV.GZ", Some(InputFormat::Tsv)),
            ("a.csv.gz.gz", None),
            ("a.csv.bak", None),
            ("csv", None),
            ("a.csv/b", None),
            ("", None),
        ] {
            assert_eq!(InputFormat::of_name(name), format, "{name}");
        }
    }
}

//! The delimiter, quote and escape character of a table.

use crate::input::format::InputFormat;

/// The special bytes of a table, besides those that end a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Separates cells.
    pub delimiter: u8,
    /// Encloses cells. Doubled inside of them.
    pub quote: Option<u8>,
    /// Makes the next special byte ordinary.
    pub escape: Option<u8>,
}

/// The special characters of tables, where they differ from those of their format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DialectOptions {
    /// Between cells: a comma in CSV and a tab in TSV unless set.
    pub delimiter: Option<u8>,
    /// Around cells, doubled inside of them: `"` in CSV and none in TSV unless set.
    pub quote: Option<Quote>,
    /// Makes the next special byte a part of the cell; none unless set.
    pub escape: Option<u8>,
}

/// What may enclose a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// Nothing.
    None,
    /// This byte.
    Byte(u8),
}

impl DialectOptions {
    /// The dialect of tables of this format; `None` if it is not a table format.
    #[must_use]
    pub fn for_format(&self, format: InputFormat) -> Option<Dialect> {
        let (delimiter, quote) = match format {
            InputFormat::Csv => (b',', Quote::Byte(b'"')),
            // As in text/tab-separated-values of IANA: quotation marks have no meaning.
            InputFormat::Tsv => (b'\t', Quote::None),
            InputFormat::Json | InputFormat::Ndjson | InputFormat::Parquet | InputFormat::Arrow => {
                return None;
            }
        };
        Some(Dialect {
            delimiter: self.delimiter.unwrap_or(delimiter),
            quote: match self.quote.unwrap_or(quote) {
                Quote::None => None,
                Quote::Byte(byte) => Some(byte),
            },
            escape: self.escape,
        })
    }
}

impl Dialect {
    /// Two options that have the same character.
    #[must_use]
    pub fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let delimiter = Some(self.delimiter);
        if delimiter == self.quote {
            Some(("--delimiter", "--quote"))
        } else if delimiter == self.escape {
            Some(("--delimiter", "--escape"))
        } else if self.quote.is_some() && self.quote == self.escape {
            Some(("--quote", "--escape"))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_override_the_dialect_of_a_format() {
        let none = DialectOptions::default();
        let csv = Dialect {
            delimiter: b',',
            quote: Some(b'"'),
            escape: None,
        };
        let tsv = Dialect {
            delimiter: b'\t',
            quote: None,
            escape: None,
        };
        assert_eq!(none.for_format(InputFormat::Csv), Some(csv));
        assert_eq!(none.for_format(InputFormat::Tsv), Some(tsv));
        assert_eq!(none.for_format(InputFormat::Json), None);
        let all = DialectOptions {
            delimiter: Some(b';'),
            quote: Some(Quote::Byte(b'\'')),
            escape: Some(b'\\'),
        };
        let expected = Dialect {
            delimiter: b';',
            quote: Some(b'\''),
            escape: Some(b'\\'),
        };
        assert_eq!(all.for_format(InputFormat::Csv), Some(expected));
        assert_eq!(all.for_format(InputFormat::Tsv), Some(expected));
        let unquoted = DialectOptions {
            quote: Some(Quote::None),
            ..none
        };
        assert_eq!(
            unquoted.for_format(InputFormat::Csv),
            Some(Dialect { quote: None, ..csv })
        );
    }

    #[test]
    fn one_character_for_two_options_is_a_conflict() {
        let dialect = |delimiter, quote, escape| Dialect {
            delimiter,
            quote,
            escape,
        };
        assert_eq!(dialect(b',', Some(b'"'), Some(b'\\')).conflict(), None);
        assert_eq!(dialect(b',', None, None).conflict(), None);
        for (conflicting, options) in [
            (dialect(b'"', Some(b'"'), None), ("--delimiter", "--quote")),
            (dialect(b',', None, Some(b',')), ("--delimiter", "--escape")),
            (dialect(b',', Some(b'"'), Some(b'"')), ("--quote", "--escape")),
        ] {
            assert_eq!(conflicting.conflict(), Some(options));
        }
    }
}

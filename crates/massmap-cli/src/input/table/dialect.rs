//! The delimiter, quote and escape character of a table.

use crate::input::format::InputFormat;

/// The special bytes of a table, besides those that end a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::input) struct Dialect {
    pub(in crate::input) delimiter: u8,
    /// Encloses cells. Doubled inside of them.
    pub(in crate::input) quote: Option<u8>,
    /// Makes the next special byte ordinary.
    pub(in crate::input) escape: Option<u8>,
}

/// The options for the dialect.
#[derive(clap::Args, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::input) struct DialectArgs {
    /// Delimiter between the values of a table; \t is a tab, \x01 the byte of this number [default: a comma for csv, a tab for
    /// tsv]
    #[arg(long, value_name = "CHARACTER", value_parser = byte)]
    delimiter: Option<u8>,

    /// Quotation mark that may enclose a value of a table and is doubled inside of it, or none [default: " for csv, none for
    /// tsv]
    #[arg(long, value_name = "CHARACTER", value_parser = quote)]
    quote: Option<Quote>,

    /// Character that makes a delimiter, quotation mark, line break or itself after it part of the value [default: none]
    #[arg(long, value_name = "CHARACTER", value_parser = byte)]
    escape: Option<u8>,
}

/// The value of `--quote`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Byte(u8),
}

impl DialectArgs {
    /// The first of the options that was given.
    pub(in crate::input) fn first_given(&self) -> Option<&'static str> {
        let options = [
            ("--delimiter", self.delimiter.is_some()),
            ("--quote", self.quote.is_some()),
            ("--escape", self.escape.is_some()),
        ];
        options
            .into_iter()
            .find_map(|(name, given)| given.then_some(name))
    }

    /// The dialect of tables of this format; `None` if it is not a table format.
    pub(in crate::input) fn for_format(&self, format: InputFormat) -> Option<Dialect> {
        let (delimiter, quote) = match format {
            InputFormat::Csv => (b',', Quote::Byte(b'"')),
            // As in text/tab-separated-values of IANA: quotation marks have no meaning.
            InputFormat::Tsv => (b'\t', Quote::None),
            InputFormat::Json | InputFormat::Ndjson => return None,
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
    pub(in crate::input) fn conflict(&self) -> Option<(&'static str, &'static str)> {
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

/// Parses a character of one byte.
fn byte(text: &str) -> Result<u8, String> {
    let byte = match text.as_bytes() {
        [byte] => *byte,
        b"\\t" => b'\t',
        [b'\\', b'x', digits @ ..] if digits.len() == 2 => {
            let digits = str::from_utf8(digits).unwrap_or_default();
            let digits = Some(digits).filter(|digits| digits.chars().all(|digit| digit.is_ascii_hexdigit()));
            digits
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                .ok_or_else(|| "\\x takes two hexadecimal digits, as in \\x1f".to_owned())?
        }
        [] => return Err("it is empty; give one character".to_owned()),
        _ if text.chars().count() == 1 => {
            return Err("it takes more than one byte in UTF-8; give an ASCII character".to_owned());
        }
        _ => return Err("give one character, \\t for a tab, or a byte as in \\x01".to_owned()),
    };
    match byte {
        b'\n' | b'\r' => Err("a line break always ends a row".to_owned()),
        byte => Ok(byte),
    }
}

/// Parses the value of `--quote`.
fn quote(text: &str) -> Result<Quote, String> {
    match text {
        "none" => Ok(Quote::None),
        _ => match byte(text) {
            Ok(byte) => Ok(Quote::Byte(byte)),
            Err(problem) => Err(format!("{problem}; none means that values are never enclosed")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_single_bytes_and_tabs_can_be_typed() {
        for (text, expected) in [
            (",", b','),
            (";", b';'),
            ("|", b'|'),
            ("\t", b'\t'),
            ("\\t", b'\t'),
            ("\\", b'\\'),
            ("\\x01", 1),
            ("\\x1F", 0x1f),
            ("\\xfe", 0xfe),
            ("\u{1}", 1),
            (" ", b' '),
        ] {
            assert_eq!(byte(text), Ok(expected), "{text:?}");
        }
        for (text, problem) in [
            ("", "it is empty"),
            ("::", "give one character"),
            ("\\n", "give one character"),
            ("\\x1", "give one character"),
            ("\\xg1", "\\x takes two hexadecimal digits"),
            ("\\x+1", "\\x takes two hexadecimal digits"),
            ("é", "it takes more than one byte"),
            ("🦀", "it takes more than one byte"),
            ("\n", "a line break"),
            ("\\x0d", "a line break"),
        ] {
            let message = byte(text).unwrap_err();
            assert!(message.starts_with(problem), "{text:?}: {message}");
        }
    }

    #[test]
    fn options_override_the_dialect_of_a_format() {
        let none = DialectArgs::default();
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
        let all = DialectArgs {
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
        let unquoted = DialectArgs {
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

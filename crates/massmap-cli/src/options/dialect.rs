//! The options for the delimiter, quote and escape character of tables.

use massmap_data::{DialectOptions, Quote};

/// The options for the dialect.
#[derive(clap::Args, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct DialectArgs {
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

impl DialectArgs {
    /// The first of the options that was given.
    pub(super) fn first_given(&self) -> Option<&'static str> {
        let options = [
            ("--delimiter", self.delimiter.is_some()),
            ("--quote", self.quote.is_some()),
            ("--escape", self.escape.is_some()),
        ];
        options
            .into_iter()
            .find_map(|(name, given)| given.then_some(name))
    }

    pub(super) fn options(&self) -> DialectOptions {
        DialectOptions {
            delimiter: self.delimiter,
            quote: self.quote,
            escape: self.escape,
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
}

//! Reads rows of delimiter-separated values.
//!
//! A cell may be enclosed in quotes. It can then contain delimiters, line breaks, and quotes, which are doubled. Rows end with LF
//! or CRLF; empty lines are skipped.
//!
//! Not built on `csv` or `csv-core`, which never report malformed quotes: they append text after a closing quote to the cell,
//! end rows at a lone CR, and accept the end of the input instead of a closing quote. Nor do they bound the memory of a row, or
//! return an error if there is none. The tests check that rows accepted here read the same in `csv-core`.

use std::io::{self, BufRead};
use std::ops::Range;

use memchr::{memchr, memchr2, memchr3};

use super::dialect::Dialect;
use crate::input::memory::{OutOfMemory, append};
use crate::input::source::BYTE_ORDER_MARK;

/// Most bytes of memory kept for the next row.
const KEPT: usize = 1 << 16;

/// An error in a row.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowError {
    #[error("cannot read it")]
    Io(#[source] io::Error),
    #[error(
        "the opening quotation mark of a field is never closed; give --quote none if quotation marks have no meaning"
    )]
    OpenQuote { line: u64 },
    #[error(
        "there is text after the closing quotation mark of a field; inside a field, quotation marks must be doubled, or escaped \
         with the character of --escape"
    )]
    AfterQuote { line: u64 },
    #[error("a carriage return is neither quoted nor followed by the line feed that ends a row")]
    CarriageReturn { line: u64 },
    #[error(
        "the escape character is before a character other than the delimiter, the quotation mark, a line feed and itself"
    )]
    Escape { line: u64 },
    #[error("a byte order mark begins the line, as in concatenated files; give the files one by one")]
    ByteOrderMark { line: u64 },
    #[error(
        "the row is longer than {limit} bytes; --max-record allows longer ones, but the cause may be a quotation mark \
         that is never closed"
    )]
    TooLong { limit: u64 },
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
    #[error("invalid UTF-8; iconv can convert text from another encoding, such as Latin-1")]
    Utf8 {
        /// Index of the cell, from 0.
        field: usize,
    },
}

impl RowError {
    /// Its line, if that may differ from the first line of the row.
    pub(crate) fn line(&self) -> Option<u64> {
        match self {
            Self::OpenQuote { line }
            | Self::AfterQuote { line }
            | Self::CarriageReturn { line }
            | Self::Escape { line }
            | Self::ByteOrderMark { line } => Some(*line),
            Self::Io(_) | Self::OutOfMemory(_) | Self::TooLong { .. } | Self::Utf8 { .. } => None,
        }
    }
}

/// Reads rows.
pub(crate) struct Rows<R> {
    text: R,
    dialect: Dialect,
    /// Size limit of a row, in bytes.
    longest: u64,
    /// Number of cells of a row whose positions are kept. The others are only counted.
    most_fields: usize,
    /// Number of line breaks read.
    line_breaks: u64,
    /// Whether rows have their text.
    keeps_text: bool,
}

/// A row. Its memory is reused for the next one.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// The concatenated cells.
    bytes: Vec<u8>,
    /// End of each cell in `bytes`.
    ends: Vec<usize>,
    fields: usize,
    /// Its first line, counted from 1.
    pub(crate) line: u64,
    /// Everything behind the row before, if texts are kept.
    text: Vec<u8>,
}

impl Row {
    pub(crate) fn len(&self) -> usize {
        self.fields
    }

    /// The cell with this index, from 0. A missing cell is empty.
    ///
    /// # Errors
    ///
    /// Fails if it is not UTF-8.
    pub(crate) fn field(&self, index: usize) -> Result<&str, RowError> {
        let bytes = self.bytes.get(self.range(index)).unwrap_or_default();
        str::from_utf8(bytes).map_err(|_| RowError::Utf8 { field: index })
    }

    /// The text of the row, with the empty lines before it and the line break behind it; empty unless texts are kept.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    fn range(&self, index: usize) -> Range<usize> {
        let end = |index: usize| self.ends.get(index).copied().unwrap_or_default();
        index.checked_sub(1).map_or(0, end)..end(index)
    }

    fn clear(&mut self) {
        for bytes in [&mut self.bytes, &mut self.text] {
            bytes.clear();
            bytes.shrink_to(KEPT);
        }
        self.ends.clear();
        self.fields = 0;
    }

    fn end_field(&mut self, most_fields: usize) {
        self.fields += 1;
        if self.ends.len() < most_fields {
            self.ends.push(self.bytes.len());
        }
    }
}

/// What has been read of the current row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing except empty lines.
    Before,
    /// A carriage return on an empty line.
    EmptyLineReturn,
    /// Everything before a cell.
    FieldStart,
    /// Part of a cell without quotes.
    Plain,
    /// Part of a cell in quotes.
    Quoted,
    /// The escape character, inside or outside of quotes.
    Escaped { quoted: bool },
    /// A quote that closes a cell, unless another quote follows.
    Closed,
    /// The whole row and a carriage return.
    Return,
}

impl<R: BufRead> Rows<R> {
    /// Reads rows of up to `longest` bytes.
    pub(crate) fn new(text: R, dialect: Dialect, longest: u64) -> Self {
        Self {
            text,
            dialect,
            longest,
            most_fields: usize::MAX,
            line_breaks: 0,
            keeps_text: false,
        }
    }

    /// Keeps the text of each row from now on.
    pub(crate) fn keep_text(&mut self) {
        self.keeps_text = true;
    }

    /// Keeps the positions of only `most_fields` cells per row from now on.
    pub(crate) fn keep_fields(&mut self, most_fields: usize) {
        self.most_fields = most_fields;
    }

    /// The next line to read, counted from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line_breaks + 1
    }

    /// Reads the next row. Returns `false` at the end of the text.
    ///
    /// # Errors
    ///
    /// Fails if the text cannot be read, or is not a row of the dialect.
    pub(crate) fn read(&mut self, row: &mut Row) -> Result<bool, RowError> {
        row.clear();
        row.line = self.line();
        let mut scan = Scan {
            dialect: self.dialect,
            most_fields: self.most_fields,
            state: State::Before,
            line: self.line(),
            quote_line: 0,
            begins_quoted: false,
            skipped: 0,
        };
        let mut length = 0u64;
        loop {
            let text = self.text.fill_buf().map_err(RowError::Io)?;
            let ended = match text.is_empty() {
                true => Some(scan.end(row)?),
                false => None,
            };
            let (consumed, is_whole) = match ended {
                Some(false) => return Ok(false),
                Some(true) => (0, true),
                None => scan.scan(text, row)?,
            };
            if self.keeps_text {
                append(&mut row.text, text.get(..consumed).unwrap_or_default())?;
            }
            self.text.consume(consumed);
            self.line_breaks = scan.line - 1;
            // Without the empty lines before the row.
            length += consumed.saturating_sub(scan.skipped) as u64;
            if length > self.longest {
                return Err(RowError::TooLong { limit: self.longest });
            }
            if is_whole {
                let first = row.bytes.get(row.range(0)).unwrap_or_default();
                if first.starts_with(BYTE_ORDER_MARK) && !scan.begins_quoted {
                    return Err(RowError::ByteOrderMark { line: row.line });
                }
                return Ok(true);
            }
        }
    }
}

/// The state of reading a row.
struct Scan {
    dialect: Dialect,
    most_fields: usize,
    state: State,
    /// The current line, counted from 1.
    line: u64,
    /// The line of the last opening quote.
    quote_line: u64,
    /// Whether the first cell is quoted.
    begins_quoted: bool,
    /// Number of bytes of empty lines in the text that was scanned last.
    skipped: usize,
}

impl Scan {
    /// Scans to the end of the row or of `text`. Returns the number of bytes scanned, and whether the row is complete.
    fn scan(&mut self, text: &[u8], row: &mut Row) -> Result<(usize, bool), RowError> {
        let mut rest = text;
        self.skipped = match self.state {
            State::Before | State::EmptyLineReturn => text.len(),
            _ => 0,
        };
        while let Some((&byte, behind)) = rest.split_first() {
            rest = match self.state {
                State::Before => match byte {
                    b'\n' => {
                        self.line += 1;
                        behind
                    }
                    b'\r' => {
                        self.state = State::EmptyLineReturn;
                        behind
                    }
                    _ => {
                        row.line = self.line;
                        self.skipped = text.len() - rest.len();
                        self.state = State::FieldStart;
                        rest
                    }
                },
                State::EmptyLineReturn if byte == b'\n' => {
                    self.line += 1;
                    self.state = State::Before;
                    behind
                }
                State::EmptyLineReturn => return Err(RowError::CarriageReturn { line: self.line }),
                State::FieldStart if Some(byte) == self.dialect.quote => {
                    self.begins_quoted |= row.fields == 0;
                    self.quote_line = self.line;
                    self.state = State::Quoted;
                    behind
                }
                State::FieldStart => {
                    self.state = State::Plain;
                    rest
                }
                State::Plain => {
                    let end = self.end_of_plain(rest);
                    let (plain, rest) = rest.split_at(end);
                    append(&mut row.bytes, plain)?;
                    let Some((&byte, behind)) = rest.split_first() else {
                        return Ok((text.len(), false));
                    };
                    if Some(byte) == self.dialect.escape {
                        self.state = State::Escaped { quoted: false };
                    } else if self.end_cell(byte, row) {
                        return Ok((text.len() - behind.len(), true));
                    }
                    behind
                }
                State::Quoted => {
                    let (quoted, rest) = rest.split_at(self.end_of_quoted(rest));
                    append(&mut row.bytes, quoted)?;
                    self.line += count_line_breaks(quoted);
                    let Some((&byte, behind)) = rest.split_first() else {
                        return Ok((text.len(), false));
                    };
                    self.state = match Some(byte) == self.dialect.escape {
                        true => State::Escaped { quoted: true },
                        false => State::Closed,
                    };
                    behind
                }
                State::Escaped { quoted } => {
                    let special = [
                        Some(self.dialect.delimiter),
                        self.dialect.quote,
                        self.dialect.escape,
                    ];
                    if byte != b'\n' && !special.contains(&Some(byte)) {
                        return Err(RowError::Escape { line: self.line });
                    }
                    append(&mut row.bytes, &[byte])?;
                    self.line += u64::from(byte == b'\n');
                    self.state = match quoted {
                        true => State::Quoted,
                        false => State::Plain,
                    };
                    behind
                }
                State::Closed if Some(byte) == self.dialect.quote => {
                    append(&mut row.bytes, &[byte])?;
                    self.state = State::Quoted;
                    behind
                }
                State::Closed => {
                    if ![self.dialect.delimiter, b'\n', b'\r'].contains(&byte) {
                        return Err(RowError::AfterQuote { line: self.line });
                    }
                    if self.end_cell(byte, row) {
                        return Ok((text.len() - behind.len(), true));
                    }
                    behind
                }
                State::Return if byte == b'\n' => {
                    self.line += 1;
                    return Ok((text.len() - behind.len(), true));
                }
                State::Return => return Err(RowError::CarriageReturn { line: self.line }),
            };
        }
        Ok((text.len(), false))
    }

    /// Ends a cell at the delimiter, line feed or carriage return `byte`. Returns whether the row ends there too.
    fn end_cell(&mut self, byte: u8, row: &mut Row) -> bool {
        row.end_field(self.most_fields);
        self.state = match byte {
            b'\r' => State::Return,
            _ => State::FieldStart,
        };
        self.line += u64::from(byte == b'\n');
        byte == b'\n'
    }

    /// Handles the end of the text. Returns whether it ends a row.
    fn end(&self, row: &mut Row) -> Result<bool, RowError> {
        match self.state {
            State::Before => return Ok(false),
            State::FieldStart | State::Plain | State::Closed => row.end_field(self.most_fields),
            State::Quoted | State::Escaped { quoted: true } => {
                return Err(RowError::OpenQuote {
                    line: self.quote_line,
                });
            }
            State::Escaped { quoted: false } => return Err(RowError::Escape { line: self.line }),
            State::EmptyLineReturn | State::Return => {
                return Err(RowError::CarriageReturn { line: self.line });
            }
        }
        Ok(true)
    }

    /// Number of bytes before the end of a cell without quotes, or before an escape character.
    fn end_of_plain(&self, text: &[u8]) -> usize {
        let delimiter = self.dialect.delimiter;
        let end = match self.dialect.escape {
            None => memchr3(delimiter, b'\n', b'\r', text),
            Some(escape) => {
                let ends = |byte: &u8| [delimiter, b'\n', b'\r', escape].contains(byte);
                text.iter().position(ends)
            }
        };
        end.unwrap_or(text.len())
    }

    /// Number of bytes before a quote or an escape character.
    fn end_of_quoted(&self, text: &[u8]) -> usize {
        let end = match (self.dialect.quote, self.dialect.escape) {
            (Some(quote), Some(escape)) => memchr2(quote, escape, text),
            (Some(quote), None) => memchr(quote, text),
            (None, _) => None,
        };
        end.unwrap_or(text.len())
    }
}

fn count_line_breaks(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

#[cfg(test)]
mod tests;

//! Rows of delimiter-separated values, of any number of fields.
//!
//! A field may be enclosed in double quotes, and then holds delimiters and line breaks, and a quote for every two. Rows end
//! with LF, CRLF or CR; empty lines are none.
//!
//! Made of `csv-core` rather than `csv`, whose readers take the end of the input for the closing quote of a field, and
//! count lines wrongly where they end with CRLF.

use std::io::{self, BufRead};
use std::ops::Range;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// As much memory is kept for the next row.
const KEPT: usize = 1 << 16;

/// What is wrong with a row.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowError {
    #[error("cannot read it")]
    Io(#[source] io::Error),
    #[error("the quotation mark that opens a field is never followed by one that closes it")]
    OpenQuote,
    #[error("invalid UTF-8")]
    Utf8 {
        /// The field, counted from 0.
        field: usize,
    },
}

/// Reads rows.
pub(super) struct Rows<R> {
    text: R,
    core: Reader,
    /// How many line breaks have been read.
    line_breaks: u64,
}

/// A row. Made to be filled again and again.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The fields, one behind the other.
    bytes: Vec<u8>,
    /// Where each field ends; what is behind `fields` of them is scratch space.
    ends: Vec<usize>,
    fields: usize,
    /// The line on which it begins, counted from 1.
    pub(super) line: u64,
}

impl Row {
    pub(super) fn len(&self) -> usize {
        self.fields
    }

    /// The field at `index`, counted from 0.
    ///
    /// # Errors
    ///
    /// Fails if it is no UTF-8. A field that is not there is empty.
    pub(super) fn field(&self, index: usize) -> Result<&str, RowError> {
        let bytes = self.bytes.get(self.range(index)).unwrap_or_default();
        str::from_utf8(bytes).map_err(|_| RowError::Utf8 { field: index })
    }

    fn range(&self, index: usize) -> Range<usize> {
        let end = |index: usize| self.ends.get(index).copied().unwrap_or_default();
        index.checked_sub(1).map_or(0, end)..end(index)
    }
}

impl<R: BufRead> Rows<R> {
    pub(super) fn new(text: R, delimiter: u8) -> Self {
        Self {
            text,
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            line_breaks: 0,
        }
    }

    /// The line that is read next, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line_breaks + 1
    }

    /// Reads the next row; `false` at the end of the text.
    ///
    /// # Errors
    ///
    /// Fails if the text cannot be read, or ends within quotes.
    pub(super) fn read(&mut self, row: &mut Row) -> Result<bool, RowError> {
        self.skip_line_ends()?;
        row.line = self.line();
        if row.bytes.len() > KEPT {
            row.bytes.truncate(KEPT);
            row.bytes.shrink_to_fit();
        }
        let (mut length, mut fields) = (0, 0);
        let mut any = false;
        loop {
            let text = self.text.fill_buf().map_err(RowError::Io)?;
            let at_end = text.is_empty();
            if at_end && !any {
                return Ok(false);
            }
            // A last line break ends every row but one in quotes. No input at all would end that, too.
            let input = if at_end { b"\n" } else { text };
            let bytes = row.bytes.get_mut(length..).unwrap_or_default();
            let ends = row.ends.get_mut(fields..).unwrap_or_default();
            let (result, read, written, ended) = self.core.read_record(input, bytes, ends);
            if !at_end {
                let read_bytes = input.get(..read).unwrap_or_default();
                self.line_breaks += count_line_breaks(read_bytes);
                self.text.consume(read);
                any = true;
            }
            length += written;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty if at_end => return Err(RowError::OpenQuote),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => row.bytes.resize((row.bytes.len() * 2).max(1 << 10), 0),
                ReadRecordResult::OutputEndsFull => row.ends.resize((row.ends.len() * 2).max(16), 0),
                ReadRecordResult::Record => {
                    row.fields = fields;
                    return Ok(true);
                }
                ReadRecordResult::End => return Ok(false),
            }
        }
    }

    /// Skips empty lines, and of the end of the last row what is left, so that the next row begins where it begins.
    fn skip_line_ends(&mut self) -> Result<(), RowError> {
        loop {
            let text = self.text.fill_buf().map_err(RowError::Io)?;
            let skipped = text
                .iter()
                .take_while(|byte| matches!(byte, b'\n' | b'\r'))
                .count();
            if skipped == 0 {
                return Ok(());
            }
            self.line_breaks += count_line_breaks(text.get(..skipped).unwrap_or_default());
            self.text.consume(skipped);
        }
    }
}

fn count_line_breaks(text: &[u8]) -> u64 {
    // The counts are bytes, since a vector register holds many of these, and the chunks so short that a byte is enough.
    let chunks = text.chunks(usize::from(u8::MAX));
    let counts = chunks.map(|chunk| chunk.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>());
    counts.map(u64::from).sum()
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    /// The rows with their lines, read through a buffer of `capacity` bytes.
    fn rows_through(text: &[u8], capacity: usize) -> Result<Vec<(u64, Vec<String>)>, RowError> {
        let mut rows = Rows::new(BufReader::with_capacity(capacity, text), b',');
        let mut row = Row::default();
        let mut read = Vec::new();
        while rows.read(&mut row)? {
            let fields = (0..row.len()).map(|index| row.field(index).map(str::to_owned));
            read.push((row.line, fields.collect::<Result<_, _>>()?));
        }
        Ok(read)
    }

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let rows = rows_through(text.as_bytes(), 1).unwrap();
        assert_eq!(rows, rows_through(text.as_bytes(), 1 << 16).unwrap());
        rows
    }

    fn expected(rows: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
        rows.iter()
            .map(|(line, fields)| (*line, fields.iter().map(|field| (*field).to_owned()).collect()))
            .collect()
    }

    #[test]
    fn rows_end_at_line_breaks_of_every_kind_and_know_their_line() {
        for text in ["a,b\n\n\nc,\n,d", "a,b\r\n\r\n\r\nc,\r\n,d\r\n"] {
            assert_eq!(
                rows(text),
                expected(&[(1, &["a", "b"]), (4, &["c", ""]), (5, &["", "d"])])
            );
        }
        assert_eq!(rows("a\rb\r"), expected(&[(1, &["a"]), (1, &["b"])]));
        assert_eq!(rows("\n\r\n"), expected(&[]));
        assert_eq!(rows(""), expected(&[]));
        assert_eq!(rows(" "), expected(&[(1, &[" "])]));
    }

    #[test]
    fn line_breaks_are_counted_however_many_there_are() {
        let breaks = "\n".repeat(600);
        assert_eq!(
            rows(&format!("{breaks}\"a{breaks}\"\nb")),
            expected(&[(601, &[&format!("a{breaks}")]), (1202, &["b"])])
        );
    }

    #[test]
    fn quotes_enclose_delimiters_line_breaks_and_quotes() {
        assert_eq!(
            rows("\"a,\"\"\r\nb\",\"\"\r\nc,\"d\""),
            expected(&[(1, &["a,\"\r\nb", ""]), (3, &["c", "d"])])
        );
        assert_eq!(rows("5\" disk,a\"\"\n"), expected(&[(1, &["5\" disk", "a\"\""])]));
        assert_eq!(rows("\"\""), expected(&[(1, &[""])]));
    }

    #[test]
    fn an_open_quote_at_the_end_is_an_error() {
        for text in ["a,\"b", "\"", "\"a\"\"", "a\n\"b\nc,d\n"] {
            for capacity in [1, 1 << 16] {
                let error = rows_through(text.as_bytes(), capacity).unwrap_err();
                assert!(matches!(error, RowError::OpenQuote), "{text} {error:?}");
            }
        }
    }

    #[test]
    fn invalid_utf_8_is_an_error_even_if_two_fields_together_were_valid() {
        let error = rows_through(b"a,\xc3,\xa9\n", 1 << 16).unwrap_err();
        assert!(matches!(error, RowError::Utf8 { field: 1 }), "{error:?}");
    }

    #[test]
    fn rows_and_fields_of_any_size_are_read() {
        let long = "x".repeat(300_000);
        let wide = ["y"; 5000].join(",");
        let read = rows_through(format!("{long},a\n{wide}\nz\n").as_bytes(), 4096).unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!(read[0].1, [long.as_str(), "a"]);
        assert_eq!(read[1].1.len(), 5000);
        assert_eq!(read[2], (3, vec!["z".to_owned()]));
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(
            table in prop::collection::vec(prop::collection::vec("[a,\"\r\n é]{0,6}", 1..4), 0..6),
            end in prop::sample::select(vec!["\n", "\r\n"]),
            capacity in 1usize..20,
        ) {
            let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + end;
            let text: String = table.iter().map(line).collect();
            let read = rows_through(text.as_bytes(), capacity).unwrap();
            let mut expected_line = 1;
            prop_assert_eq!(read.len(), table.len());
            for ((at, fields), row) in read.iter().zip(&table) {
                prop_assert_eq!(*at, expected_line);
                prop_assert_eq!(fields, row);
                expected_line += line(row).matches('\n').count() as u64;
            }
        }
    }
}

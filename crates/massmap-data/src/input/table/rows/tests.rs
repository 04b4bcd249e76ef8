use std::io::BufReader;

use csv_core::{ReadRecordResult, ReaderBuilder};
use proptest::prelude::*;

use super::*;

const CSV: Dialect = Dialect {
    delimiter: b',',
    quote: Some(b'"'),
    escape: None,
};

const UNQUOTED: Dialect = Dialect { quote: None, ..CSV };

const ESCAPED: Dialect = Dialect {
    escape: Some(b'\\'),
    ..CSV
};

/// Reads rows, each with its line, through a buffer of `capacity` bytes.
fn rows_through(dialect: Dialect, text: &[u8], capacity: usize) -> Result<Vec<(u64, Vec<String>)>, RowError> {
    let mut rows = Rows::new(BufReader::with_capacity(capacity, text), dialect, u64::MAX);
    let mut row = Row::default();
    let mut read = Vec::new();
    while rows.read(&mut row)? {
        let fields = (0..row.len()).map(|index| row.field(index).map(str::to_owned));
        read.push((row.line, fields.collect::<Result<_, _>>()?));
    }
    Ok(read)
}

/// Reads rows, and checks that the size of the buffer does not matter.
fn rows_of(dialect: Dialect, text: &str) -> Vec<(u64, Vec<String>)> {
    let rows = rows_through(dialect, text.as_bytes(), 1).unwrap();
    assert_eq!(rows, rows_through(dialect, text.as_bytes(), 3).unwrap());
    assert_eq!(rows, rows_through(dialect, text.as_bytes(), 1 << 16).unwrap());
    rows
}

fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
    rows_of(CSV, text)
}

/// The error of reading rows. Checks that the size of the buffer does not matter.
fn error_of(dialect: Dialect, text: &str) -> RowError {
    let [first, second, third] =
        [1, 3, 1 << 16].map(|capacity| rows_through(dialect, text.as_bytes(), capacity).unwrap_err());
    assert_eq!(format!("{first:?}"), format!("{second:?}"), "{text:?}");
    assert_eq!(format!("{first:?}"), format!("{third:?}"), "{text:?}");
    first
}

fn expected(rows: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
    rows.iter()
        .map(|(line, fields)| (*line, fields.iter().map(|field| (*field).to_owned()).collect()))
        .collect()
}

#[test]
fn rows_end_with_lf_or_crlf_and_know_their_line() {
    for text in ["a,b\n\n\nc,\n,d", "a,b\r\n\r\n\r\nc,\r\n,d\r\n"] {
        assert_eq!(
            rows(text),
            expected(&[(1, &["a", "b"]), (4, &["c", ""]), (5, &["", "d"])])
        );
    }
    assert_eq!(rows("\n\r\n"), expected(&[]));
    assert_eq!(rows(""), expected(&[]));
    assert_eq!(rows(" "), expected(&[(1, &[" "])]));
    assert_eq!(rows(","), expected(&[(1, &["", ""])]));
}

#[test]
fn a_lone_carriage_return_is_an_error_that_names_its_line() {
    for (text, line) in [
        ("a,b\rc,d\n", 1),
        ("a,b\nc\rd,e\n", 2),
        ("a,b\n\"c\"\rd,e\n", 2),
        ("a,b\n\rc,d\n", 2),
        ("a,b\r\r\n", 1),
        ("a,b\r", 1),
        ("a,b\n\r", 2),
        ("\"a\n\",\rb", 2),
    ] {
        let error = error_of(CSV, text);
        assert!(
            matches!(error, RowError::CarriageReturn { line: at } if at == line),
            "{text:?} {error:?}"
        );
    }
    let error = error_of(UNQUOTED, "a,\"b\rc\"\n");
    assert!(matches!(error, RowError::CarriageReturn { line: 1 }), "{error:?}");
    assert_eq!(rows("a,\"b\rc\"\n"), expected(&[(1, &["a", "b\rc"])]));
}

#[test]
fn any_number_of_line_breaks_is_counted() {
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
    assert_eq!(rows("\"\"\"\""), expected(&[(1, &["\""])]));
}

#[test]
fn text_after_a_closing_quote_is_an_error_that_names_its_line() {
    for (text, line) in [
        ("a,\"abc\"def\n", 1),
        ("a,b\n\"say \\\"hi\\\"\",c\n", 2),
        ("a,b\n1,\"x\n\ny\" \n", 4),
        ("\"\"a\"\"", 1),
        ("\"a\" ,b", 1),
    ] {
        let error = error_of(CSV, text);
        assert!(
            matches!(error, RowError::AfterQuote { line: at } if at == line),
            "{text:?} {error:?}"
        );
    }
}

#[test]
fn without_quoting_quotes_have_no_meaning() {
    assert_eq!(
        rows_of(UNQUOTED, "\"a,b\n\"c\",\"\"\nd,\"e"),
        expected(&[(1, &["\"a", "b"]), (2, &["\"c\"", "\"\""]), (3, &["d", "\"e"])])
    );
}

#[test]
fn the_quote_can_be_another_character() {
    let dialect = Dialect {
        quote: Some(b'\''),
        delimiter: b';',
        escape: None,
    };
    assert_eq!(
        rows_of(dialect, "'a;''b';\"c\n'\n';d,e\n"),
        expected(&[(1, &["a;'b", "\"c"]), (2, &["\n", "d,e"])])
    );
}

#[test]
fn escaped_special_characters_are_ordinary_inside_and_outside_of_quotes() {
    assert_eq!(
        rows_of(
            ESCAPED,
            "\"say \\\"hi\\\"\",\"\\\\\"\na\\,b,\\\"c\\\n\n\\\\,\"d\"\"\\\n\"\nz"
        ),
        expected(&[
            (1, &["say \"hi\"", "\\"]),
            (2, &["a,b", "\"c\n"]),
            (4, &["\\", "d\"\n"]),
            (6, &["z"]),
        ])
    );
    let tabs = Dialect {
        delimiter: b'\t',
        quote: None,
        escape: Some(b'\\'),
    };
    assert_eq!(rows_of(tabs, "a\\\tb\t\"c\n"), expected(&[(1, &["a\tb", "\"c"])]));
}

#[test]
fn escaping_an_ordinary_character_is_an_error_that_names_its_line() {
    for (text, line) in [("a\\n,b", 1), ("a\n\"\n\\t\"", 3), ("a,b\\", 1), ("a\\\r\n", 1)] {
        let error = error_of(ESCAPED, text);
        assert!(
            matches!(error, RowError::Escape { line: at } if at == line),
            "{text:?} {error:?}"
        );
    }
}

#[test]
fn an_unclosed_quote_is_an_error_that_names_its_line() {
    for (text, line) in [
        ("a,\"b", 1),
        ("\"", 1),
        ("\"a\"\"", 1),
        ("a\n\"b\nc,d\n", 2),
        ("\"a\n\n\",\"b\n\n", 3),
    ] {
        let error = error_of(CSV, text);
        assert!(
            matches!(error, RowError::OpenQuote { line: at } if at == line),
            "{text:?} {error:?}"
        );
    }
    let error = error_of(ESCAPED, "\"a\\\"");
    assert!(matches!(error, RowError::OpenQuote { line: 1 }), "{error:?}");
    let error = error_of(ESCAPED, "\"a\\");
    assert!(matches!(error, RowError::OpenQuote { line: 1 }), "{error:?}");
}

#[test]
fn a_byte_order_mark_at_the_beginning_of_a_line_is_an_error_unless_it_is_quoted() {
    for (text, line) in [
        ("\u{feff}a,b\n", 1),
        ("a,b\n\n\u{feff}c,d\n", 3),
        ("a\n\u{feff}\"b\"", 2),
    ] {
        let error = error_of(CSV, text);
        assert!(
            matches!(error, RowError::ByteOrderMark { line: at } if at == line),
            "{text:?} {error:?}"
        );
    }
    assert_eq!(
        rows("\"\u{feff}a\",\u{feff}b\n"),
        expected(&[(1, &["\u{feff}a", "\u{feff}b"])])
    );
    assert_eq!(rows(",\u{feff}b\n"), expected(&[(1, &["", "\u{feff}b"])]));
}

#[test]
fn invalid_utf_8_is_an_error_even_if_two_cells_together_are_valid() {
    let error = rows_through(CSV, b"a,\xc3,\xa9\n", 1 << 16).unwrap_err();
    assert!(matches!(error, RowError::Utf8 { field: 1 }), "{error:?}");
}

#[test]
fn rows_and_cells_of_any_size_are_read() {
    let long = "x".repeat(300_000);
    let wide = ["y"; 5000].join(",");
    let read = rows_through(CSV, format!("{long},a\n{wide}\nz\n").as_bytes(), 4096).unwrap();
    assert_eq!(read.len(), 3);
    assert_eq!(read[0].1, [long.as_str(), "a"]);
    assert_eq!(read[1].1.len(), 5000);
    assert_eq!(read[2], (3, vec!["z".to_owned()]));
}

/// An endless text of repeated bytes. Counts the bytes read.
struct Endless<'a>(&'static [u8], &'a std::cell::Cell<u64>);

impl io::Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let begun = self.1.get() > 0;
        let (first, rest) = self.0.split_first().unwrap();
        for byte in buffer.iter_mut() {
            *byte = *rest.first().unwrap_or(first);
        }
        if let (false, Some(byte)) = (begun, buffer.first_mut()) {
            *byte = *first;
        }
        self.1.set(self.1.get() + buffer.len() as u64);
        Ok(buffer.len())
    }
}

#[test]
fn a_row_beyond_the_limit_is_refused_before_it_is_read_completely() {
    // A long cell, an unclosed quote, many cells, many line breaks in quotes.
    for kind in [&b"x"[..], b"\"x", b",", b"\"\n"] {
        let taken = std::cell::Cell::new(0);
        let text = BufReader::with_capacity(4096, Endless(kind, &taken));
        let mut rows = Rows::new(text, CSV, 100_000);
        rows.keep_fields(1000);
        let mut row = Row::default();
        let error = rows.read(&mut row).unwrap_err();
        assert!(matches!(error, RowError::TooLong { limit: 100_000 }), "{error:?}");
        assert!(taken.get() <= 100_000 + 4096, "{}", taken.get());
        assert!(row.ends.capacity() <= 1024, "{}", row.ends.capacity());
    }
}

#[test]
fn the_limit_does_not_count_empty_lines_before_a_row() {
    for capacity in [1, 7, 1 << 16] {
        let read = |text: &str| {
            let mut rows = Rows::new(BufReader::with_capacity(capacity, text.as_bytes()), CSV, 6);
            let mut row = Row::default();
            rows.read(&mut row).map(|there| (there, row.line))
        };
        assert!(matches!(read("\n\r\n\n\n\n\n\nab,cd\n"), Ok((true, 8))));
        assert!(matches!(read("ab,cd"), Ok((true, 1))));
        assert!(matches!(read("ab,cde\n"), Err(RowError::TooLong { limit: 6 })));
    }
}

#[test]
fn cells_beyond_those_kept_are_counted() {
    let mut rows = Rows::new(&b"a,b\nc,d,e,f\n"[..], CSV, u64::MAX);
    rows.keep_fields(2);
    let mut row = Row::default();
    assert!(rows.read(&mut row).unwrap() && row.len() == 2);
    assert!(rows.read(&mut row).unwrap());
    assert_eq!((row.len(), row.field(1).unwrap()), (4, "d"));
}

/// The rows that `csv-core` reads.
fn rows_of_csv_core(text: &str) -> Vec<Vec<String>> {
    let mut core = ReaderBuilder::new().build();
    let (mut input, mut rows) = (text.as_bytes(), Vec::new());
    loop {
        let (mut bytes, mut ends) = (vec![0; text.len() + 1], vec![0; text.len() + 1]);
        let (mut written, mut ended) = (0, 0);
        let result = loop {
            let (result, read, more, fields) =
                core.read_record(input, &mut bytes[written..], &mut ends[ended..]);
            input = &input[read..];
            (written, ended) = (written + more, ended + fields);
            if result != ReadRecordResult::InputEmpty {
                break result;
            }
        };
        if result == ReadRecordResult::End {
            return rows;
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let fields = starts.zip(&ends).take(ended);
        rows.push(
            fields
                .map(|(start, end)| String::from_utf8_lossy(&bytes[start..*end]).into_owned())
                .collect(),
        );
    }
}

proptest! {
    #[test]
    fn quoted_cells_read_back_the_same(
        table in prop::collection::vec(prop::collection::vec("[a,\"\r\n é]{0,6}", 1..4), 0..6),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        capacity in 1usize..20,
    ) {
        let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
        let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + end;
        let text: String = table.iter().map(line).collect();
        let read = rows_through(CSV, text.as_bytes(), capacity).unwrap();
        let mut expected_line = 1;
        prop_assert_eq!(read.len(), table.len());
        for ((at, fields), row) in read.iter().zip(&table) {
            prop_assert_eq!(*at, expected_line);
            prop_assert_eq!(fields, row);
            expected_line += line(row).matches('\n').count() as u64;
        }
    }

    #[test]
    fn escaped_cells_read_back_the_same(
        table in prop::collection::vec(prop::collection::vec("[a,\"\\\\\n é]{0,6}", 1..4), 0..6),
        quoted: bool,
        capacity in 1usize..20,
    ) {
        let escaped = |field: &String| {
            let special = [',', '"', '\\', '\n'];
            let text: String = field
                .chars()
                .flat_map(|character| special.contains(&character).then_some('\\').into_iter().chain([character]))
                .collect();
            // Without quotes, a row of one empty cell would be an empty line.
            match quoted || text.is_empty() {
                true => format!("\"{text}\""),
                false => text,
            }
        };
        let line = |row: &Vec<String>| row.iter().map(escaped).collect::<Vec<_>>().join(",") + "\n";
        let text: String = table.iter().map(line).collect();
        let read = rows_through(ESCAPED, text.as_bytes(), capacity).unwrap();
        let fields: Vec<_> = read.into_iter().map(|(_, fields)| fields).collect();
        prop_assert_eq!(fields, table);
    }

    #[test]
    fn accepted_rows_read_the_same_in_csv_core(text in "[ab,\"\r\n]{0,16}", capacity in 1usize..20) {
        if let Ok(read) = rows_through(CSV, text.as_bytes(), capacity) {
            let fields: Vec<_> = read.into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(fields, rows_of_csv_core(&text));
        }
    }
}

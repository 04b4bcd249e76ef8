//! Results as JSON: written with few digits, so that reading gives the same numbers again.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::results::Results;

/// The text of a file of results: each element of an array on a line of its own, which makes a line a round.
pub(crate) fn to_json(results: &Results) -> io::Result<String> {
    let mut text = Vec::new();
    results.serialize(&mut Serializer::with_formatter(&mut text, Lines::default()))?;
    text.push(b'\n');
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    // Numbers that are none are written as null.
    from_json(&text)
        .map_err(|error| io::Error::new(error.kind(), format!("a result is no number: {error}")))?;
    Ok(text)
}

/// What such a text says.
pub(crate) fn from_json(text: &str) -> io::Result<Results> {
    let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
    let results: Results = serde_json::from_str(text).map_err(|error| {
        invalid(format!(
            "these are no results, or those of another version of this program: {error}"
        ))
    })?;
    let mut data = results.data.iter().chain(&results.growth);
    match data.find(|data| !is_file_name(&data.name)) {
        Some(data) => Err(invalid(format!("{:?} is no name of a data set", data.name))),
        None => Ok(results),
    }
}

/// Whether files can be called so: those of plots begin with the names of data sets.
fn is_file_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.bytes().all(is_plain)
}

/// Results with as many digits as their text has.
pub(crate) fn rounded(results: &Results) -> io::Result<Results> {
    from_json(&to_json(results)?)
}

/// Puts elements of arrays on lines, and leaves only so many digits of a number that any parser gets the same from them.
#[derive(Default)]
struct Lines {
    depth: usize,
    /// Whether the array that ends next has elements.
    has_elements: bool,
}

impl Lines {
    fn new_line(&self, writer: &mut (impl Write + ?Sized)) -> io::Result<()> {
        write!(writer, "\n{:1$}", "", 2 * self.depth)
    }
}

impl Formatter for Lines {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        // serde_json reads numbers of up to 15 digits exactly, but not always those of 17.
        let rounded: f64 = format!("{value:.8e}").parse().map_err(io::Error::other)?;
        write!(writer, "{rounded:?}")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.has_elements = false;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.has_elements {
            self.new_line(writer)?;
        }
        writer.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.new_line(writer)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_elements = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn what_is_read_is_what_was_written() {
        let mut results = sample::results();
        results.minutes = 100.0 / 3.0;
        results.data[0].stores[0].warm[0].hits.mean = f64::from_bits(0x4059_0123_4567_89ab);
        results.data[0].limits[0].clock_ns = 1e-20 / 7.0;
        results.data[0].limits[0].copy_seconds = 1e21 / 7.0;
        let text = to_json(&results).unwrap();
        let read = from_json(&text).unwrap();
        assert_eq!(to_json(&read).unwrap(), text);
        assert_eq!(format!("{:?}", rounded(&read).unwrap()), format!("{read:?}"));
        assert_eq!(read.minutes, 33.333_333_3);
        let mean = results.data[0].stores[0].warm[0].hits.mean;
        assert!((read.data[0].stores[0].warm[0].hits.mean / mean - 1.0).abs() < 1e-8);
    }

    #[test]
    fn a_round_is_a_line() {
        let text = to_json(&sample::results()).unwrap();
        let rounds = text
            .lines()
            .filter(|line| line.trim_start().starts_with("{\"open_seconds\":"));
        let results = sample::results();
        let stores = results
            .data
            .iter()
            .chain(&results.growth)
            .flat_map(|data| &data.stores);
        assert_eq!(
            rounds.count(),
            stores.map(|store| store.warm.len()).sum::<usize>()
        );
    }

    #[test]
    fn what_is_no_number_is_not_written() {
        let mut results = sample::results();
        results.minutes = f64::NAN;
        let error = to_json(&results).unwrap_err().to_string();
        assert!(error.starts_with("a result is no number: "), "{error}");
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["/evil", "../evil", "a/b", "a\\b", "..", "", "a\0b"] {
            let mut results = sample::results();
            results.data[1].name = name.to_owned();
            let text = serde_json::to_string(&results).unwrap();
            let error = from_json(&text).unwrap_err().to_string();
            assert_eq!(error, format!("{name:?} is no name of a data set"));
        }
    }

    #[test]
    fn other_json_is_an_error_that_says_so() {
        let error = from_json("{}").unwrap_err().to_string();
        assert!(error.starts_with("these are no results"), "{error}");
    }
}

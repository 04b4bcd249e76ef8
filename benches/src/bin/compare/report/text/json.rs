//! Results as JSON, with few enough digits to read back the same.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::results::Results;

/// Writes results as JSON, with each array element and so each round on a line of its own.
pub(crate) fn to_json(results: &Results) -> io::Result<String> {
    let mut text = Vec::new();
    results.serialize(&mut Serializer::with_formatter(&mut text, Lines::default()))?;
    text.push(b'\n');
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    // NaN and infinity are written as null.
    from_json(&text)
        .map_err(|error| io::Error::new(error.kind(), format!("a result is not a number: {error}")))?;
    Ok(text)
}

/// Reads results from JSON.
pub(crate) fn from_json(text: &str) -> io::Result<Results> {
    let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidData, message);
    let results: Results = serde_json::from_str(text)
        .map_err(|error| invalid(format!("not results of this version of the program: {error}")))?;
    let mut data = results.data.iter().chain(&results.growth);
    match data.find(|data| !is_file_name(&data.name)) {
        Some(data) => Err(invalid(format!(
            "{:?} is not a valid name of a data set",
            data.name
        ))),
        None => Ok(results),
    }
}

/// Whether a name is safe in file names: those of plots begin with the name of the data set.
fn is_file_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.bytes().all(is_plain)
}

/// Rounds results to the digits of their text.
pub(crate) fn rounded(results: &Results) -> io::Result<Results> {
    from_json(&to_json(results)?)
}

/// Formats array elements on lines of their own, and numbers with few enough digits for any parser to read them exactly.
#[derive(Default)]
struct Lines {
    depth: usize,
    /// Whether the current array has elements.
    has_elements: bool,
}

impl Lines {
    fn new_line(&self, writer: &mut (impl Write + ?Sized)) -> io::Result<()> {
        write!(writer, "\n{:1$}", "", 2 * self.depth)
    }
}

impl Formatter for Lines {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        // serde_json reads numbers of up to 15 digits exactly, but not all numbers of 17 digits.
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
    fn results_read_back_the_same() {
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
    fn each_round_is_a_line() {
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
    fn nan_is_not_written() {
        let mut results = sample::results();
        results.minutes = f64::NAN;
        let error = to_json(&results).unwrap_err().to_string();
        assert!(error.starts_with("a result is not a number: "), "{error}");
    }

    #[test]
    fn unsafe_names_are_refused() {
        for name in ["/evil", "../evil", "a/b", "a\\b", "..", "", "a\0b"] {
            let mut results = sample::results();
            results.data[1].name = name.to_owned();
            let text = serde_json::to_string(&results).unwrap();
            let error = from_json(&text).unwrap_err().to_string();
            assert_eq!(error, format!("{name:?} is not a valid name of a data set"));
        }
    }

    #[test]
    fn other_json_is_an_error() {
        let error = from_json("{}").unwrap_err().to_string();
        assert!(error.starts_with("not results of this version"), "{error}");
    }
}

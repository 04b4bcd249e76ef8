//! Shows numbers with three digits and a suitable unit.

/// The unit of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// In nanoseconds.
    Time,
    Bytes,
    /// May be a fraction or negative.
    BytesPerEntry,
    PerSecond,
    Ratio,
    /// The mean number of events.
    Count,
}

const TIMES: [(f64, &str); 4] = [(1e9, "s"), (1e6, "ms"), (1e4, "µs"), (0.0, "ns")];
const BYTES: [(f64, &str); 4] = [(1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (0.0, "B")];
const COUNTS: [(f64, &str); 4] = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (0.0, "")];

impl Unit {
    /// A value with its unit.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Time => {
                let (from, unit) = suitable(&TIMES, value);
                // Microseconds begin at ten: times of lookups are easier to compare in nanoseconds.
                let scale = match unit {
                    "µs" => 1e3,
                    _ => from.max(1.0),
                };
                format!("{} {unit}", three_digits(value / scale))
            }
            Self::Bytes => match suitable(&BYTES, value) {
                (_, "B") => format!("{value:.0} B"),
                (scale, unit) => format!("{} {unit}", three_digits(value / scale)),
            },
            Self::BytesPerEntry => format!("{} B", three_digits(value)),
            Self::PerSecond => {
                let (scale, unit) = suitable(&COUNTS, value);
                format!("{} {unit}/s", three_digits(value / scale.max(1.0))).replace(" /s", "/s")
            }
            Self::Ratio | Self::Count => three_digits(value),
        }
    }

    /// A range with its unit.
    pub(crate) fn show_range(self, least: f64, most: f64) -> String {
        let (least, most) = (self.show(least), self.show(most));
        let parts = |text: &str| {
            text.rsplit_once(' ')
                .map(|(number, unit)| (number.to_owned(), unit.to_owned()))
        };
        match (parts(&least), parts(&most)) {
            _ if least == most => least,
            // A common unit is shown once.
            (Some((number, unit)), Some((_, other))) if unit == other => format!("{number}–{most}"),
            _ => format!("{least} – {most}"),
        }
    }
}

fn suitable<'a>(units: &[(f64, &'a str)], value: f64) -> (f64, &'a str) {
    // A value that would be rounded up to the next unit is shown in it.
    let is_reached = |from: f64| value.abs() >= from * 0.9995;
    let fallback = (0.0, "");
    units
        .iter()
        .copied()
        .find(|(from, _)| is_reached(*from))
        .unwrap_or(fallback)
}

fn three_digits(value: f64) -> String {
    match value.abs() {
        small if small < 9.995 => format!("{value:.2}"),
        small if small < 99.95 => format!("{value:.1}"),
        // No such number is near 2^63.
        _ => grouped(value.round() as i64),
    }
}

/// Describes how much better something is.
pub(crate) fn by(factor: f64) -> String {
    if factor < 1.0005 {
        "less than 0.1 %".to_owned()
    } else if factor < 1.1 {
        format!("{:.1} %", (factor - 1.0) * 100.0)
    } else {
        format!("{} times", three_digits(factor))
    }
}

/// Describes a ratio that may be close to 1.
pub(crate) fn times(ratio: f64) -> String {
    if ratio < 1.1 {
        format!("{ratio:.3} times")
    } else {
        format!("{} times", three_digits(ratio))
    }
}

/// Separates thousands with commas.
pub(crate) fn grouped(number: impl Into<i128>) -> String {
    let number = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_nanoseconds_up_to_ten_microseconds() {
        let show = |value| Unit::Time.show(value);
        assert_eq!(show(0.0), "0.00 ns");
        assert_eq!(show(7.126), "7.13 ns");
        assert_eq!(show(81.24), "81.2 ns");
        assert_eq!(show(812.4), "812 ns");
        assert_eq!(show(9_876.5), "9,877 ns");
        assert_eq!(show(9_999.9), "10.0 µs");
        assert_eq!(show(23_456.0), "23.5 µs");
        assert_eq!(show(234_560.0), "235 µs");
        assert_eq!(show(999_900.0), "1.00 ms");
        assert_eq!(show(1_234_567.0), "1.23 ms");
        assert_eq!(show(98_765_432_100.0), "98.8 s");
        assert_eq!(show(1_234e9), "1,234 s");
    }

    #[test]
    fn bytes_have_decimal_prefixes() {
        let show = |value| Unit::Bytes.show(value);
        assert_eq!(
            [show(0.0), show(512.0), show(4096.0)],
            ["0 B", "512 B", "4.10 KB"]
        );
        assert_eq!([show(104_857_600.0), show(1.6e10)], ["105 MB", "16.0 GB"]);
        assert_eq!(Unit::BytesPerEntry.show(-0.314), "-0.31 B");
    }

    #[test]
    fn rates_and_ratios_have_three_digits() {
        let show = |value| Unit::PerSecond.show(value);
        assert_eq!(
            [show(812.3), show(98_765.0), show(12_345_678.0)],
            ["812/s", "98.8 k/s", "12.3 M/s"]
        );
        assert_eq!(
            [Unit::Ratio.show(1.2345), Unit::Ratio.show(12.345)],
            ["1.23", "12.3"]
        );
    }

    #[test]
    fn ranges_show_their_unit_once() {
        let show = |least, most| Unit::Time.show_range(least, most);
        assert_eq!(show(101.0, 120.0), "101–120 ns");
        assert_eq!(show(101.0, 101.1), "101 ns");
        assert_eq!(show(9_000.0, 11_000.0), "9,000 ns – 11.0 µs");
    }

    #[test]
    fn small_factors_are_percentages() {
        assert_eq!(
            [by(1.0), by(1.034), by(1.5), by(12.34)],
            ["less than 0.1 %", "3.4 %", "1.50 times", "12.3 times"]
        );
    }

    #[test]
    fn ratios_near_one_have_three_decimals() {
        assert_eq!(
            [times(1.005), times(1.5), times(12.34)],
            ["1.005 times", "1.50 times", "12.3 times"]
        );
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(grouped(0_i64), "0");
        assert_eq!(grouped(999_i64), "999");
        assert_eq!(grouped(10_000_000_u64), "10,000,000");
        assert_eq!(grouped(-1234_i64), "-1,234");
    }
}

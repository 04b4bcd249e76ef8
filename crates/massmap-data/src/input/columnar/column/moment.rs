//! Dates and times as text, as in ISO 8601.

use std::fmt::{self, Write};

use arrow_schema::TimeUnit;

const SECONDS_OF_DAY: i64 = 24 * 60 * 60;

/// How many of a unit make a second, and with how many digits the fraction of a second is written.
pub(super) fn resolution(unit: TimeUnit) -> (i64, usize) {
    match unit {
        TimeUnit::Second => (1, 0),
        TimeUnit::Millisecond => (1_000, 3),
        TimeUnit::Microsecond => (1_000_000, 6),
        TimeUnit::Nanosecond => (1_000_000_000, 9),
    }
}

/// Writes the date that is this number of days after 1970-01-01.
pub(super) fn write_date(days: i64, out: &mut impl Write) -> fmt::Result {
    let (year, month, day) = civil(days);
    match year {
        0..=9999 => write!(out, "{year:04}-{month:02}-{day:02}"),
        _ => write!(out, "{year:+05}-{month:02}-{day:02}"),
    }
}

/// Writes the instant that is this number of units after 1970-01-01.
pub(super) fn write_timestamp(value: i64, unit: TimeUnit, is_utc: bool, out: &mut impl Write) -> fmt::Result {
    let (per_second, _) = resolution(unit);
    let per_day = SECONDS_OF_DAY * per_second;
    write_date(value.div_euclid(per_day), out)?;
    out.write_char('T')?;
    write_time(value.rem_euclid(per_day), unit, out)?;
    match is_utc {
        true => out.write_char('Z'),
        false => Ok(()),
    }
}

/// Whether a number of units is a time of day.
pub(super) fn is_time(value: i64, unit: TimeUnit) -> bool {
    (0..SECONDS_OF_DAY * resolution(unit).0).contains(&value)
}

/// Writes the time that is this number of units after midnight.
pub(super) fn write_time(value: i64, unit: TimeUnit, out: &mut impl Write) -> fmt::Result {
    let (per_second, digits) = resolution(unit);
    let (seconds, fraction) = (value / per_second, value % per_second);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(out, "{hour:02}:{minute:02}:{second:02}")?;
    match digits {
        0 => Ok(()),
        _ => write!(out, ".{fraction:0digits$}"),
    }
}

/// Year, month and day of the Gregorian calendar: the algorithm `civil_from_days` of Howard Hinnant's "chrono-Compatible Low-Level
/// Date Algorithms".
fn civil(days: i64) -> (i64, i64, i64) {
    const DAYS_OF_ERA: i64 = 146_097;
    // From 0000-03-01, so that leap days are at the end of years.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(DAYS_OF_ERA), days.rem_euclid(DAYS_OF_ERA));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = match month {
        0..=9 => (month + 3, 0),
        _ => (month - 9, 1),
    };
    (year + era * 400 + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timestamp(value: i64, unit: TimeUnit, is_utc: bool) -> String {
        let mut text = String::new();
        write_timestamp(value, unit, is_utc, &mut text).unwrap();
        text
    }

    fn date(days: i64) -> String {
        let mut text = String::new();
        write_date(days, &mut text).unwrap();
        text
    }

    #[test]
    fn dates_follow_the_gregorian_calendar() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (19_783, "2024-03-01"),
            (-25_508, "1900-03-01"),
            (-719_528, "0000-01-01"),
            (-719_529, "-0001-12-31"),
            (2_932_896, "9999-12-31"),
            (2_932_897, "+10000-01-01"),
            (i64::from(i32::MAX), "+5881580-07-11"),
            (i64::from(i32::MIN), "-5877641-06-23"),
        ] {
            assert_eq!(date(days), text, "{days}");
        }
        // Every day follows the one before.
        let mut before = (1899, 12, 31);
        for days in -25_567..60_000 {
            let (year, month, day) = civil(days);
            let is_next = match day {
                1 if month == 1 => before == (year - 1, 12, 31),
                1 => (before.0, before.1) == (year, month - 1) && before.2 >= 28,
                _ => before == (year, month, day - 1),
            };
            assert!(is_next, "{before:?} {year}-{month}-{day}");
            before = (year, month, day);
        }
    }

    #[test]
    fn timestamps_have_the_digits_of_their_unit() {
        use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
        assert_eq!(timestamp(0, Second, false), "1970-01-01T00:00:00");
        assert_eq!(timestamp(-1, Millisecond, true), "1969-12-31T23:59:59.999Z");
        assert_eq!(
            timestamp(1_000_001, Microsecond, false),
            "1970-01-01T00:00:01.000001"
        );
        assert_eq!(
            timestamp(i64::MAX, Nanosecond, true),
            "2262-04-11T23:47:16.854775807Z"
        );
        assert_eq!(timestamp(i64::MAX, Second, false), "+292277026596-12-04T15:30:07");
        assert_eq!(timestamp(i64::MIN, Second, false), "-292277022657-01-27T08:29:52");
    }
}

//! Timestamps of 96 bits, which Spark, Hive and Impala have written: nanoseconds of a day, and its Julian number.

use anyhow::{bail, ensure};

/// The Julian number of 1970-01-01.
const EPOCH: i64 = 2_440_588;

const NANOS_OF_DAY: i64 = 86_400_000_000_000;

/// The unit that timestamps are read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    /// Those of Spark have no smaller unit. They reach from year -290,308 to 294,247.
    Microseconds,
    /// From 1677 to 2262.
    Nanoseconds,
}

/// Checks that values can be read in this unit, without loss.
pub(super) fn check(values: &[u8], resolution: Resolution) -> anyhow::Result<()> {
    for value in values.as_chunks::<12>().0 {
        let [nanos @ .., a, b, c, d] = *value;
        let nanos = i64::from_le_bytes(nanos);
        let day = i64::from(i32::from_le_bytes([a, b, c, d])) - EPOCH;
        ensure!(
            (0..=NANOS_OF_DAY).contains(&nanos),
            "a timestamp of 96 bits has {nanos} nanoseconds of the day"
        );
        let per_unit = match resolution {
            Resolution::Microseconds => 1000,
            Resolution::Nanoseconds => 1,
        };
        let units = day
            .checked_mul(NANOS_OF_DAY / per_unit)
            .and_then(|units| units.checked_add(nanos / per_unit));
        if units.is_none() || nanos % per_unit != 0 {
            let lost = match resolution {
                Resolution::Microseconds => "has nanoseconds, unlike those of Spark, which wrote the file",
                Resolution::Nanoseconds => "is not between the years 1677 and 2262",
            };
            bail!("a timestamp of 96 bits {lost}: write the column as TIMESTAMP_MICROS");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(day: i64, nanos: i64) -> Vec<u8> {
        let day = i32::try_from(day + EPOCH).unwrap();
        [&nanos.to_le_bytes()[..], &day.to_le_bytes()].concat()
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        use Resolution::{Microseconds, Nanoseconds};
        let year_9999 = 2_932_896;
        for (bytes, resolution, is_exact) in [
            (value(0, 0), Nanoseconds, true),
            (value(-1, 123_456_789), Nanoseconds, true),
            (value(106_751, 0), Nanoseconds, true),
            (value(106_752, 0), Nanoseconds, false),
            (value(year_9999, 0), Nanoseconds, false),
            (value(year_9999, 1000), Microseconds, true),
            (value(0, 1), Microseconds, false),
            (value(0, -1), Nanoseconds, false),
            (value(0, i64::MAX), Microseconds, false),
        ] {
            let both = [value(1, 1000), bytes.clone()].concat();
            assert_eq!(check(&bytes, resolution).is_ok(), is_exact, "{bytes:?}");
            assert_eq!(check(&both, resolution).is_ok(), is_exact, "{bytes:?}");
        }
    }
}

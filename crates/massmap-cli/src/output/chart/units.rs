//! Numbers with units.

/// A number of bytes, such as `512 B`, `4 KiB` or `1.34 MiB`.
pub(crate) fn bytes(bytes: f64) -> String {
    bytes_like(bytes, bytes)
}

/// A number of bytes in the unit that suits another.
pub(crate) fn bytes_like(bytes: f64, model: f64) -> String {
    let (mut scaled, mut model, mut unit) = (bytes, model, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if model < 1023.5 {
            break;
        }
        (scaled, model, unit) = (scaled / 1024.0, model / 1024.0, larger);
    }
    format!("{} {unit}", three_digits(scaled))
}

/// The same for whole bytes.
pub(crate) fn size(bytes: u64) -> String {
    self::bytes(bytes as f64)
}

/// A range of lengths in bytes that ends before a power of two or has one number, such as `7`, `4–7`, `1–2 KiB` or `512 KiB–1 MiB`.
pub(crate) fn size_range(from: u64, to: u64) -> String {
    if from == to {
        return from.to_string();
    }
    if to < 1024 {
        return format!("{from}–{to}");
    }
    let (from, to) = (size(from), bytes(to as f64 + 1.0));
    match (from.split_once(' '), to.split_once(' ')) {
        (Some((number, one)), Some((_, other))) if one == other => format!("{number}–{to}"),
        _ => format!("{from}–{to}"),
    }
}

/// A count, such as `34,924`.
pub(crate) fn count(count: u64) -> String {
    indicatif::HumanCount(count).to_string()
}

/// A count with the name of what is counted, such as `1 page` or `34,924 pages`.
pub(crate) fn some(number: u64, one: &str, several: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { several })
}

/// A short count, for labels: `999`, `12.3 k`, `4 M`.
pub(crate) fn short_count(count: u64) -> String {
    let mut scaled = count as f64;
    for unit in ["", " k", " M", " G", " T", " P"] {
        if scaled < 999.5 {
            return three_digits(scaled) + unit;
        }
        scaled /= 1000.0;
    }
    three_digits(scaled) + " E"
}

/// A shorter count, such as `999`, `12 k` or `4.1 M`.
pub(crate) fn two_digits(count: u64) -> String {
    let mut scaled = count as f64;
    for unit in ["", " k", " M", " G", " T", " P"] {
        if scaled < 999.5 {
            return match scaled < 9.95 {
                true => trimmed(format!("{scaled:.1}")) + unit,
                false => format!("{scaled:.0}{unit}"),
            };
        }
        scaled /= 1000.0;
    }
    format!("{scaled:.0} E")
}

/// A share, such as `98.1 %`. What is neither nothing nor all is shown as neither.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match percent {
        _ if percent > 0.0 && percent < 0.01 => "<0.01 %".to_owned(),
        _ if percent < 100.0 && percent > 99.94 => ">99.9 %".to_owned(),
        _ if percent < 9.995 => format!("{} %", trimmed(format!("{percent:.2}"))),
        _ => format!("{} %", trimmed(format!("{percent:.1}"))),
    }
}

/// A time, such as `85 ns`, `1.34 µs` or `12.5 ms`.
pub(crate) fn nanoseconds(time: f64) -> String {
    let mut scaled = time;
    for unit in ["ns", "µs", "ms"] {
        if scaled < 999.5 {
            return format!("{} {unit}", three_digits(scaled));
        }
        scaled /= 1000.0;
    }
    format!("{} s", three_digits(scaled))
}

/// A number that is not negative, with three digits or all of those before the point, without zeros at the end of a fraction.
pub(crate) fn three_digits(number: f64) -> String {
    trimmed(match number {
        _ if number < 0.995 => format!("{number:.3}"),
        _ if number < 9.995 => format!("{number:.2}"),
        _ if number < 99.95 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    })
}

fn trimmed(number: String) -> String {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_the_right_unit() {
        for (number, shown) in [
            (0.0, "0 B"),
            (0.5, "0.5 B"),
            (512.0, "512 B"),
            (1023.6, "1 KiB"),
            (4096.0, "4 KiB"),
            (4100.0, "4 KiB"),
            (12_345.0, "12.1 KiB"),
            (1_048_000.0, "1023 KiB"),
            (1_048_576.0, "1 MiB"),
            (1_400_000.0, "1.34 MiB"),
            (18_446_744_073_709_551_615.0, "16 EiB"),
        ] {
            assert_eq!(bytes(number), shown);
        }
        for (from, to, shown) in [
            (0, 0, "0"),
            (512, 1023, "512–1023"),
            (1024, 2047, "1–2 KiB"),
            (1 << 19, (1 << 20) - 1, "512 KiB–1 MiB"),
            (1 << 63, u64::MAX, "8–16 EiB"),
        ] {
            assert_eq!(size_range(from, to), shown);
        }
        for (number, shown) in [
            (7, "7"),
            (999, "999"),
            (12_345, "12.3 k"),
            (4_000_000, "4 M"),
            (u64::MAX, "18.4 E"),
        ] {
            assert_eq!(short_count(number), shown);
        }
        for (number, shown) in [
            (7, "7"),
            (999, "999"),
            (1000, "1 k"),
            (5_769, "5.8 k"),
            (12_345, "12 k"),
            (u64::MAX, "18 E"),
        ] {
            assert_eq!(two_digits(number), shown);
        }
        for (time, shown) in [
            (85.0, "85 ns"),
            (1340.0, "1.34 µs"),
            (12_500_000.0, "12.5 ms"),
            (3e9, "3 s"),
            (6e12, "6000 s"),
        ] {
            assert_eq!(nanoseconds(time), shown);
        }
    }

    #[test]
    fn a_share_is_shown_as_all_or_nothing_only_if_it_is() {
        for (share, shown) in [
            (0.0, "0 %"),
            (0.000_01, "<0.01 %"),
            (0.004_4, "0.44 %"),
            (0.5, "50 %"),
            (0.9811, "98.1 %"),
            (0.999_99, ">99.9 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(share), shown);
        }
    }
}

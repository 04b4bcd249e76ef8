//! The header `Range`.

use std::ops::Range;

/// The bytes of an object of `length` bytes that a header asks for. `None` if there are none of them. `Some(None)` if the header is none
/// of those that are understood, and therefore ignored.
pub(crate) fn satisfy(header: &str, length: u64) -> Option<Option<Range<u64>>> {
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Some(None);
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Ok(first), Err(_)) if last.is_empty() => first..length,
        (Err(_), Ok(last)) if first.is_empty() => length - last.min(length)..length,
        _ => return Some(None),
    };
    (range.start < range.end).then_some(Some(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_off_at_the_end() {
        for (header, range) in [
            ("bytes=0-9", 0..10),
            ("bytes=5-5", 5..6),
            ("bytes=90-200", 90..100),
            ("bytes=90-18446744073709551615", 90..100),
            ("bytes=98-", 98..100),
            ("bytes=-3", 97..100),
            ("bytes=-300", 0..100),
        ] {
            assert_eq!(satisfy(header, 100), Some(Some(range)), "{header}");
        }
    }

    #[test]
    fn ranges_without_bytes_cannot_be_satisfied() {
        for header in ["bytes=100-100", "bytes=100-", "bytes=-0"] {
            assert_eq!(satisfy(header, 100), None, "{header}");
        }
        assert_eq!(satisfy("bytes=-3", 0), None);
    }

    #[test]
    fn other_ranges_are_ignored() {
        for header in ["bytes=9-5", "bytes=-", "lines=1-2", "bytes=0-1,3-4", ""] {
            assert_eq!(satisfy(header, 100), Some(None), "{header}");
        }
    }
}

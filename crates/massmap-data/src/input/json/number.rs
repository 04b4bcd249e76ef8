//! JSON numbers, kept exactly.

use std::fmt;
use std::str::FromStr;

use super::error::Problem;
use crate::excerpt;
use crate::input::memory::copy;

/// A number. Displays as it was written, but cut if it is long.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Number {
    Unsigned(u64),
    /// Less than 0.
    Negative(i64),
    /// The text of an integer that does not fit into 64 bits.
    BigInteger(Box<str>),
    /// The double nearest to a number with a fraction or an exponent; also -0, whose sign no integer has.
    Float(f64),
}

impl Number {
    /// Parses a number.
    ///
    /// # Errors
    ///
    /// Fails if it is not a JSON number, or a float that rounds to infinity, or if memory is too small for its digits.
    pub(in crate::input) fn parse(text: &[u8]) -> Result<Self, Problem> {
        // A fast path for most numbers.
        if let Some(small) = small(text) {
            return Ok(Self::Unsigned(small));
        }
        if !Self::is_valid(text) {
            return Err(Problem::InvalidNumber);
        }
        let text = str::from_utf8(text).map_err(|_| Problem::InvalidNumber)?;
        let is_integer = !text.contains(['.', 'e', 'E']);
        if is_integer && text != "-0" {
            return Ok(if let Ok(number) = text.parse() {
                Self::Unsigned(number)
            } else if let Ok(number) = text.parse() {
                Self::Negative(number)
            } else {
                Self::BigInteger(copy(text)?.into_boxed_str())
            });
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Self::Float(number)),
            _ => Err(Problem::OutOfRange),
        }
    }

    /// Whether `text` is a JSON number: RFC 8259 section 6.
    pub(in crate::input) fn is_valid(text: &[u8]) -> bool {
        let rest = text.strip_prefix(b"-").unwrap_or(text);
        let rest = match rest {
            [b'0', rest @ ..] => Some(rest),
            _ => digits(rest),
        };
        let rest = rest.and_then(|rest| match rest {
            [b'.', fraction @ ..] => digits(fraction),
            _ => Some(rest),
        });
        let rest = rest.and_then(|rest| match rest {
            [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => digits(exponent),
            _ => Some(rest),
        });
        rest.is_some_and(<[u8]>::is_empty)
    }

    /// The number as an integer; `None` if it is a float or out of range for `T`.
    pub(crate) fn to_integer<T: FromStr + TryFrom<u64> + TryFrom<i64>>(&self) -> Option<T> {
        match self {
            Self::Unsigned(number) => T::try_from(*number).ok(),
            Self::Negative(number) => T::try_from(*number).ok(),
            Self::BigInteger(text) => text.parse().ok(),
            Self::Float(_) => None,
        }
    }

    /// The nearest double; `None` if that is infinite.
    pub(in crate::input) fn to_f64(&self) -> Option<f64> {
        match self {
            // These conversions round to the nearest double, as parsing does.
            Self::Unsigned(number) => Some(*number as f64),
            Self::Negative(number) => Some(*number as f64),
            Self::BigInteger(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Float(number) => Some(*number),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(number) => number.fmt(f),
            Self::Negative(number) => number.fmt(f),
            Self::BigInteger(text) => excerpt::unquoted(text).fmt(f),
            // Debug always writes a fraction or an exponent.
            Self::Float(number) => write!(f, "{number:?}"),
        }
    }
}

/// Parses an integer with few digits.
fn small(text: &[u8]) -> Option<u64> {
    const DIGITS: usize = 19;
    match text {
        [b'0', _, ..] | [] => None,
        _ if text.len() > DIGITS => None,
        _ => text.iter().try_fold(0, |number, byte| match byte {
            b'0'..=b'9' => Some(number * 10 + u64::from(byte - b'0')),
            _ => None,
        }),
    }
}

/// The text after the digits at the beginning of `text`; `None` if there are none.
fn digits(text: &[u8]) -> Option<&[u8]> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.get(count..).filter(|_| count > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Number, String> {
        Number::parse(text.as_bytes()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn integers_of_up_to_64_bits_are_exact() {
        for (text, number) in [
            ("0", Number::Unsigned(0)),
            ("9999999999999999999", Number::Unsigned(9_999_999_999_999_999_999)),
            ("18446744073709551615", Number::Unsigned(u64::MAX)),
            ("-1", Number::Negative(-1)),
            ("-9223372036854775808", Number::Negative(i64::MIN)),
        ] {
            assert_eq!(parse(text), Ok(number.clone()));
            assert_eq!(number.to_string(), text);
        }
    }

    #[test]
    fn longer_integers_keep_their_digits() {
        let long = "1".repeat(78);
        for text in ["18446744073709551616", "-9223372036854775809", &long] {
            assert_eq!(parse(text), Ok(Number::BigInteger(text.into())));
            assert_eq!(Number::BigInteger(text.into()).to_string(), text);
        }
        let max = Number::BigInteger(u128::MAX.to_string().into());
        assert_eq!(max.to_integer(), Some(u128::MAX));
        assert_eq!(max.to_integer::<i128>(), None);
        let min = Number::BigInteger(i128::MIN.to_string().into());
        assert_eq!(min.to_integer(), Some(i128::MIN));
        assert_eq!(min.to_integer::<u8>(), None);
    }

    #[test]
    fn floats_are_rounded_to_the_nearest_and_minus_zero_keeps_its_sign() {
        for (text, number) in [
            ("181.66666666666666", 181.666_666_666_666_66),
            ("1.0", 1.0),
            ("1E2", 100.0),
            ("-0.0", -0.0),
            ("-0", -0.0),
            ("5e-324", f64::from_bits(1)),
            ("2.2250738585072011e-308", 2.225_073_858_507_201e-308),
            ("1.7976931348623157e+308", f64::MAX),
            ("9007199254740993.0", 9_007_199_254_740_992.0),
            ("1e-400", 0.0),
        ] {
            match parse(text) {
                Ok(Number::Float(found)) => assert_eq!(found.to_bits(), f64::to_bits(number), "{text}"),
                other => panic!("{text} {other:?}"),
            }
        }
        for text in ["1e400", "-1e999", "1.8e308"] {
            assert_eq!(parse(text), Err("number out of range".to_owned()));
        }
    }

    #[test]
    fn invalid_numbers_are_errors() {
        for text in [
            "", "-", "+1", "01", "-01", "00", "1.", ".5", "1e", "1e+", "--1", "1-2", "1.2.3", "1e2e3", "e5",
            "1.e5",
        ] {
            assert_eq!(parse(text), Err("invalid number".to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_printed_finite_double_reads_back_the_same(bits in any::<u64>()) {
            let double = f64::from_bits(bits);
            prop_assume!(double.is_finite());
            for text in [serde_json::to_string(&double).unwrap(), format!("{double:e}"), format!("{double:?}")] {
                let found = parse(&text).unwrap().to_f64().unwrap();
                prop_assert_eq!(found.to_bits(), bits, "{}", text);
            }
        }

        #[test]
        fn every_integer_reads_back_the_same(number in any::<i128>()) {
            let parsed = parse(&number.to_string()).unwrap();
            prop_assert_eq!(parsed.to_integer::<i128>(), Some(number));
            prop_assert_eq!(parsed.to_integer::<u128>(), u128::try_from(number).ok());
            prop_assert_eq!(parsed.to_integer::<u64>(), u64::try_from(number).ok());
        }
    }
}

//! Numbers of JSON, without a loss.

use std::fmt;
use std::str::FromStr;

use crate::input::json::error::Problem;
use crate::input::memory::copied;
use crate::output::excerpt;

/// A number, as it is written. It is shown like that, but for the end of a long one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Number {
    Unsigned(u64),
    /// Less than 0.
    Negative(i64),
    /// An integer that no 64 bits hold: its text.
    Beyond(Box<str>),
    /// What is written with a fraction or an exponent, as the nearest double; and -0, which is no integer but has a sign.
    Float(f64),
}

impl Number {
    /// Takes a number from its text.
    ///
    /// # Errors
    ///
    /// Fails if it is no number of JSON, or a float that rounds to infinity, or if memory has no room for its digits.
    pub(in crate::input) fn parse(text: &[u8]) -> Result<Self, Problem> {
        // Most numbers are short, and short ones have no need of a text.
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
                Self::Beyond(copied(text)?.into_boxed_str())
            });
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Self::Float(number)),
            _ => Err(Problem::OutOfRange),
        }
    }

    /// Whether `text` is a number: RFC 8259 section 6.
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

    /// The number as an integer of the type `T`; `None` if it is a float or not in the range of `T`.
    pub(in crate::input) fn to_integer<T: FromStr + TryFrom<u64> + TryFrom<i64>>(&self) -> Option<T> {
        match self {
            Self::Unsigned(number) => T::try_from(*number).ok(),
            Self::Negative(number) => T::try_from(*number).ok(),
            Self::Beyond(text) => text.parse().ok(),
            Self::Float(_) => None,
        }
    }

    /// The nearest double; `None` if that is infinite.
    pub(in crate::input) fn to_f64(&self) -> Option<f64> {
        match self {
            // These conversions round to the nearest, as parsing does.
            Self::Unsigned(number) => Some(*number as f64),
            Self::Negative(number) => Some(*number as f64),
            Self::Beyond(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Float(number) => Some(*number),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(number) => number.fmt(f),
            Self::Negative(number) => number.fmt(f),
            Self::Beyond(text) => excerpt::unquoted(text).fmt(f),
            // With a fraction or an exponent, always.
            Self::Float(number) => write!(f, "{number:?}"),
        }
    }
}

/// The integer `text`, if it has so few digits that it fits.
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

/// What follows the digits at the beginning of `text`, if it begins with one.
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
    fn integers_up_to_64_bits_are_what_they_are() {
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
    fn longer_ones_keep_their_digits() {
        let long = "1".repeat(78);
        for text in ["18446744073709551616", "-9223372036854775809", &long] {
            assert_eq!(parse(text), Ok(Number::Beyond(text.into())));
            assert_eq!(Number::Beyond(text.into()).to_string(), text);
        }
        let max = Number::Beyond(u128::MAX.to_string().into());
        assert_eq!(max.to_integer(), Some(u128::MAX));
        assert_eq!(max.to_integer::<i128>(), None);
        let min = Number::Beyond(i128::MIN.to_string().into());
        assert_eq!(min.to_integer(), Some(i128::MIN));
        assert_eq!(min.to_integer::<u8>(), None);
    }

    #[test]
    fn floats_are_the_nearest_and_minus_zero_keeps_its_sign() {
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
    fn what_is_no_number_of_json_is_an_error() {
        for text in [
            "", "-", "+1", "01", "-01", "00", "1.", ".5", "1e", "1e+", "--1", "1-2", "1.2.3", "1e2e3", "e5",
            "1.e5",
        ] {
            assert_eq!(parse(text), Err("invalid number".to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_finite_double_that_is_printed_comes_back(bits in any::<u64>()) {
            let double = f64::from_bits(bits);
            prop_assume!(double.is_finite());
            for text in [serde_json::to_string(&double).unwrap(), format!("{double:e}"), format!("{double:?}")] {
                let found = parse(&text).unwrap().to_f64().unwrap();
                prop_assert_eq!(found.to_bits(), bits, "{}", text);
            }
        }

        #[test]
        fn every_integer_comes_back(number in any::<i128>()) {
            let parsed = parse(&number.to_string()).unwrap();
            prop_assert_eq!(parsed.to_integer::<i128>(), Some(number));
            prop_assert_eq!(parsed.to_integer::<u128>(), u128::try_from(number).ok());
            prop_assert_eq!(parsed.to_integer::<u64>(), u64::try_from(number).ok());
        }
    }
}

//! Integers of any type.

use std::fmt;

/// An integer from −2^127 to 2^128 − 1: one of any of Rust's integer types.
///
/// Equal numbers are equal, whatever type they came from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Integer {
    is_negative: bool,
    /// The number modulo 2^128, the high half first: of a negative one, its two's complement. Halves need not be aligned to 16
    /// bytes, which would make each value larger.
    halves: [u64; 2],
}

/// A number in a type that has it.
enum Wide {
    NonNegative(u128),
    /// Less than 0.
    Negative(i128),
}

impl Integer {
    /// 0.
    pub const ZERO: Self = Self {
        is_negative: false,
        halves: [0; 2],
    };

    fn new(is_negative: bool, bits: u128) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "halves are cut off")]
        let halves = [(bits >> 64) as u64, bits as u64];
        Self { is_negative, halves }
    }

    /// The number modulo 2^128: of a negative one, its two's complement.
    pub(in crate::codec::dynamic) fn low_128_bits(self) -> u128 {
        let [high, low] = self.halves;
        u128::from(high) << 64 | u128::from(low)
    }

    fn wide(self) -> Wide {
        let bits = self.low_128_bits();
        match self.is_negative {
            true => Wide::Negative(bits.cast_signed()),
            false => Wide::NonNegative(bits),
        }
    }
}

macro_rules! conversions {
    ($wide:ident: $($narrow:ty)+) => {$(
        impl From<$narrow> for Integer {
            fn from(value: $narrow) -> Self {
                conversions!(@from $wide value)
            }
        }

        /// Fails for integers that the type does not have.
        impl TryFrom<Integer> for $narrow {
            type Error = std::num::TryFromIntError;

            fn try_from(integer: Integer) -> Result<Self, Self::Error> {
                match integer.wide() {
                    Wide::NonNegative(value) => Ok(Self::try_from(value)?),
                    Wide::Negative(value) => Ok(Self::try_from(value)?),
                }
            }
        }
    )+};
    // 128 bits hold any of the others.
    (@from unsigned $value:ident) => { Self::new(false, $value as u128) };
    (@from signed $value:ident) => { Self::new($value < 0, ($value as i128).cast_unsigned()) };
}

conversions!(unsigned: u8 u16 u32 u64 u128 usize);
conversions!(signed: i8 i16 i32 i64 i128 isize);

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wide() {
            Wide::NonNegative(value) => value.fmt(f),
            Wide::Negative(value) => value.fmt(f),
        }
    }
}

impl fmt::Debug for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Integer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // Two's complements are ordered like the numbers, among numbers with the same sign.
        other
            .is_negative
            .cmp(&self.is_negative)
            .then(self.halves.cmp(&other.halves))
    }
}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_are_equal_whatever_their_types() {
        assert_eq!(Integer::from(5u8), Integer::from(5i128));
        assert_eq!(Integer::from(0i8), Integer::ZERO);
        assert_ne!(Integer::from(-1i8), Integer::from(u128::MAX));
        assert_eq!(Integer::from(-1i8), Integer::from(-1isize));
    }

    #[test]
    fn an_integer_becomes_what_it_was_and_nothing_that_has_no_place_for_it() {
        for value in [i128::MIN, i64::MIN.into(), -1, 0, 1, u64::MAX.into(), i128::MAX] {
            assert_eq!(i128::try_from(Integer::from(value)), Ok(value));
        }
        assert_eq!(u128::try_from(Integer::from(u128::MAX)), Ok(u128::MAX));
        assert!(i128::try_from(Integer::from(u128::MAX)).is_err());
        assert!(u64::try_from(Integer::from(-1)).is_err());
        assert_eq!(u8::try_from(Integer::from(255i16)), Ok(255));
        assert!(u8::try_from(Integer::from(256)).is_err());
        assert!(i8::try_from(Integer::from(-129)).is_err());
    }

    #[test]
    fn numbers_are_ordered_and_shown_as_numbers() {
        let sorted = [i128::MIN, -2, -1, 0, 1, i128::MAX].map(Integer::from);
        assert!(sorted.is_sorted());
        assert!(Integer::from(u128::MAX) > Integer::from(i128::MAX));
        assert_eq!(
            format!("{} {:?}", Integer::from(i128::MIN), Integer::from(u128::MAX)),
            format!("{} {}", i128::MIN, u128::MAX)
        );
    }
}

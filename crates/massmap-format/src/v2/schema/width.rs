//! Widths of fixed records, `FORMAT.md` section 2.4.

use super::{IntegerType, Schema};

/// Values whose MessagePack may take more than this many times their width, and [`MOST_MORE`] bytes, are not fixed: what a file can
/// make a reader produce stays in proportion to its own length.
const MOST_TIMES: u64 = 64;

/// See [`MOST_TIMES`].
const MOST_MORE: u64 = 1 << 16;

/// Most bytes of the header of an array, a map, a string or a byte array.
const HEADER: u64 = 5;

impl Schema {
    /// Number of bytes that every value of this schema takes in a fixed record; `None` if they differ, do not fit 32 bits, or are too
    /// few for what the values would take as MessagePack.
    ///
    /// ```
    /// use massmap_format::{IntegerType, Schema};
    ///
    /// let word = Schema::Integer(IntegerType::U64);
    /// assert_eq!(word.fixed_width(), Some(8));
    /// assert_eq!(Schema::Sequence(Box::new(word), Some(3)).fixed_width(), Some(24));
    /// assert_eq!(Schema::String.fixed_width(), None);
    /// ```
    #[must_use]
    pub fn fixed_width(&self) -> Option<u32> {
        let width = width(self)?;
        let most = MOST_TIMES * u64::from(width) + MOST_MORE;
        (longest_encoding(self) <= most).then_some(width)
    }
}

fn width(schema: &Schema) -> Option<u32> {
    match schema {
        Schema::Unit => Some(0),
        Schema::Bool => Some(1),
        Schema::Char | Schema::F32 => Some(4),
        Schema::F64 => Some(8),
        Schema::Integer(integer) => Some(integer.width()),
        Schema::Bytes(length) => *length,
        // Without elements, nobody knows what they would have been.
        Schema::Sequence(_, Some(0)) => Some(0),
        Schema::Sequence(element, length) => width(element)?.checked_mul((*length)?),
        Schema::Tuple(elements) => sum(elements.iter()),
        Schema::Struct { fields, .. } => sum(fields.iter().map(|(_, field)| field)),
        Schema::Never
        | Schema::String
        | Schema::Option(_)
        | Schema::Map(..)
        | Schema::Enum(_)
        | Schema::Any => None,
    }
}

fn sum<'a>(mut schemas: impl Iterator<Item = &'a Schema>) -> Option<u32> {
    schemas.try_fold(0u32, |sum, schema| sum.checked_add(width(schema)?))
}

/// At least as many bytes as the MessagePack of a value can take, if its schema has a width.
fn longest_encoding(schema: &Schema) -> u64 {
    match schema {
        Schema::Integer(IntegerType::U128 | IntegerType::I128) => 18,
        Schema::Integer(integer) => 1 + u64::from(integer.width()),
        Schema::Char | Schema::F32 => 5,
        Schema::F64 => 9,
        Schema::Bytes(length) => HEADER + u64::from(length.unwrap_or(0)),
        Schema::Sequence(_, Some(0)) => HEADER,
        Schema::Sequence(element, length) => {
            let elements = longest_encoding(element).saturating_mul(length.unwrap_or(0).into());
            elements.saturating_add(HEADER)
        }
        Schema::Tuple(elements) => elements
            .iter()
            .map(longest_encoding)
            .fold(HEADER, u64::saturating_add),
        Schema::Struct { fields, is_map } => fields
            .iter()
            .map(|(name, field)| {
                let name = if *is_map { HEADER + name.len() as u64 } else { 0 };
                longest_encoding(field).saturating_add(name)
            })
            .fold(HEADER, u64::saturating_add),
        Schema::Unit
        | Schema::Bool
        | Schema::Never
        | Schema::String
        | Schema::Option(_)
        | Schema::Map(..)
        | Schema::Enum(_)
        | Schema::Any => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(element: Schema, count: u32) -> Schema {
        Schema::Sequence(Box::new(element), Some(count))
    }

    fn map(names: &[&'static str], field: &Schema) -> Schema {
        Schema::Struct {
            fields: names.iter().map(|name| ((*name).into(), field.clone())).collect(),
            is_map: true,
        }
    }

    #[test]
    fn values_are_not_fixed_if_their_messagepack_is_far_longer() {
        let byte = Schema::Integer(IntegerType::U8);
        // A nil for nothing, whatever their number.
        assert_eq!(times(Schema::Unit, 65_531).fixed_width(), Some(0));
        assert_eq!(times(Schema::Unit, 65_532).fixed_width(), None);
        assert_eq!(times(times(Schema::Unit, 100), 1000).fixed_width(), None);
        let mixed = Schema::Tuple(vec![times(Schema::Unit, 65_531), times(byte.clone(), 1)]);
        assert_eq!(mixed.fixed_width(), Some(1));
        // Names of 50 bytes for each byte are kept, those of 70 are not.
        let (short, long) = ("n".repeat(50).leak(), "n".repeat(70).leak());
        assert_eq!(times(map(&[short], &byte), 1 << 20).fixed_width(), Some(1 << 20));
        assert_eq!(times(map(&[long], &byte), 1 << 20).fixed_width(), None);
        assert_eq!(times(map(&[long], &byte), 100).fixed_width(), Some(100));
        assert_eq!(
            times(map(&[long], &Schema::F64), 1 << 20).fixed_width(),
            Some(8 << 20)
        );
    }

    #[test]
    fn widths_fit_32_bits() {
        let bytes = |length| Schema::Bytes(Some(length));
        assert_eq!(bytes(u32::MAX).fixed_width(), Some(u32::MAX));
        assert_eq!(times(bytes(1 << 16), 1 << 16).fixed_width(), None);
        assert_eq!(
            times(bytes(1 << 16), (1 << 16) - 1).fixed_width(),
            Some(u32::MAX - 65_535)
        );
        assert_eq!(
            Schema::Tuple(vec![bytes(u32::MAX), Schema::Bool]).fixed_width(),
            None
        );
    }
}

//! Widths of fixed records.

use super::Schema;

impl Schema {
    /// Number of bytes that every value of this schema takes in a fixed record; `None` if they differ, or do not fit 32 bits.
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
        match self {
            Self::Unit => Some(0),
            Self::Bool => Some(1),
            Self::Char | Self::F32 => Some(4),
            Self::F64 => Some(8),
            Self::Integer(integer) => Some(integer.width()),
            Self::Bytes(length) => *length,
            // Without elements, nobody knows what they would have been.
            Self::Sequence(_, Some(0)) => Some(0),
            Self::Sequence(element, length) => element.fixed_width()?.checked_mul((*length)?),
            Self::Tuple(elements) => sum(elements.iter()),
            Self::Struct { fields, .. } => sum(fields.iter().map(|(_, field)| field)),
            Self::Never | Self::String | Self::Option(_) | Self::Map(..) | Self::Enum(_) | Self::Any => None,
        }
    }
}

fn sum<'a>(mut schemas: impl Iterator<Item = &'a Schema>) -> Option<u32> {
    schemas.try_fold(0u32, |sum, schema| sum.checked_add(schema.fixed_width()?))
}

//! Numbers as keys and as values, without serde.

use crate::codec::fixed::RecordCodec;
use crate::codec::fixed::layout::Layout;
use crate::codec::fixed::scalar::Scalar;
use crate::low_level::integer::{Integer, as_integer};
use crate::low_level::same_type::same_type;

/// The record of a key, by its length.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ShortKey {
    One([u8; 1]),
    Two([u8; 2]),
    Four([u8; 4]),
    Eight([u8; 8]),
    Sixteen([u8; 16]),
}

/// The type of keys that may be integers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScalarKeys(Scalar);

impl RecordCodec {
    /// The type of keys with these records, unless they have parts or are bytes.
    pub(crate) fn scalar_keys(&self) -> Option<ScalarKeys> {
        match self.layout {
            Layout::Scalar(scalar) => Some(ScalarKeys(scalar)),
            _ => None,
        }
    }
}

impl ScalarKeys {
    /// The record of the key `sought`, if it is known without encoding it: a stored key is this record if and only if it decodes to
    /// a `K` that equals `sought`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn short_key<K, Q: ?Sized>(self, sought: &Q) -> Option<ShortKey> {
        let (expected, key) = match as_integer::<K, Q>(sought)? {
            Integer::U8(number) => (Scalar::U8, ShortKey::One(number.to_le_bytes())),
            Integer::U16(number) => (Scalar::U16, ShortKey::Two(number.to_le_bytes())),
            Integer::U32(number) => (Scalar::U32, ShortKey::Four(number.to_le_bytes())),
            Integer::U64(number) => (Scalar::U64, ShortKey::Eight(number.to_le_bytes())),
            Integer::U128(number) => (Scalar::U128, ShortKey::Sixteen(number.to_le_bytes())),
            Integer::I8(number) => (Scalar::I8, ShortKey::One(number.to_le_bytes())),
            Integer::I16(number) => (Scalar::I16, ShortKey::Two(number.to_le_bytes())),
            Integer::I32(number) => (Scalar::I32, ShortKey::Four(number.to_le_bytes())),
            Integer::I64(number) => (Scalar::I64, ShortKey::Eight(number.to_le_bytes())),
            Integer::I128(number) => (Scalar::I128, ShortKey::Sixteen(number.to_le_bytes())),
        };
        (self.0 == expected).then_some(key)
    }
}

impl Layout {
    /// The number that `record` is, if `T` is its type; what serde would decode.
    ///
    /// Most values are numbers, and the compiler knows whether `T` is one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(in crate::codec::fixed) fn number<T>(&self, record: &[u8]) -> Option<T> {
        macro_rules! number {
            ($($scalar:ident $number:ty)*) => {
                $(
                    // Asked first, so that nothing is left for other types.
                    if same_type::<$number, T>(<$number>::default()).is_some() {
                        return match self {
                            Self::Scalar(Scalar::$scalar) => {
                                let bytes = record.try_into().ok()?;
                                same_type(<$number>::from_le_bytes(bytes))
                            }
                            _ => None,
                        };
                    }
                )*
            };
        }
        number! {
            U64 u64 U32 u32 U16 u16 U8 u8 U128 u128
            I64 i64 I32 i32 I16 i16 I8 i8 I128 i128
            F64 f64 F32 f32
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use massmap_format::{IntegerType, Schema};

    use super::*;

    #[test]
    fn numbers_are_read_as_their_own_type_and_of_their_own_length() {
        let layout = Layout::new(&Schema::Integer(IntegerType::U32)).unwrap();
        assert_eq!(layout.number::<u32>(&[1, 2, 0, 0]), Some(0x201));
        assert_eq!(layout.number::<u32>(&[1, 2, 0]), None);
        assert_eq!(layout.number::<u32>(&[1, 2, 0, 0, 0]), None);
        assert_eq!(layout.number::<i32>(&[1, 2, 0, 0]), None);
        assert_eq!(layout.number::<u64>(&[1, 2, 0, 0]), None);
        assert_eq!(layout.number::<f32>(&[1, 2, 0, 0]), None);
        let float = Layout::new(&Schema::F64).unwrap();
        assert_eq!(float.number::<f64>(&0.25f64.to_le_bytes()), Some(0.25));
        // Serde decides about all else.
        let codec = RecordCodec::new(&Schema::Integer(IntegerType::U32)).unwrap();
        assert_eq!(codec.decode::<u64>(&[1, 2, 0, 0]).unwrap(), 0x201);
        codec.decode::<u32>(&[1, 2, 0]).unwrap_err();
    }

    #[test]
    fn a_short_key_is_the_record_of_a_key_of_the_same_type() {
        let keys = |integer| {
            RecordCodec::new(&Schema::Integer(integer))
                .unwrap()
                .scalar_keys()
                .unwrap()
        };
        let key = keys(IntegerType::U32).short_key::<u32, u32>(&0x102).unwrap();
        assert!(matches!(key, ShortKey::Four([2, 1, 0, 0])));
        let key = keys(IntegerType::I128).short_key::<i128, i128>(&-1).unwrap();
        assert!(matches!(key, ShortKey::Sixteen(bytes) if bytes == [0xff; 16]));
        assert!(keys(IntegerType::I32).short_key::<u32, u32>(&7).is_none());
        assert!(keys(IntegerType::U64).short_key::<u32, u32>(&7).is_none());
        assert!(keys(IntegerType::U32).short_key::<Box<u32>, u32>(&7).is_none());
        assert!(keys(IntegerType::U32).short_key::<char, char>(&'a').is_none());
    }
}

//! Numbers as keys and as values, and arrays of bytes as keys, without serde.

use crate::codec::fixed::RecordCodec;
use crate::codec::fixed::layout::Layout;
use crate::codec::fixed::scalar::Scalar;
use crate::low_level::integer::{Integer, as_integer, is_integer};
use crate::low_level::same_type::{are_both, copy_as, same_type};

/// The record of a key, by its length.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ShortKey {
    One([u8; 1]),
    Two([u8; 2]),
    Four([u8; 4]),
    Eight([u8; 8]),
    Sixteen([u8; 16]),
}

/// The type of keys that may be integers, or arrays of bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShortKeys(Kind);

#[derive(Debug, Clone, Copy)]
enum Kind {
    Scalar(Scalar),
    /// So many bytes.
    Bytes(u32),
}

impl RecordCodec {
    /// The type of keys with these records, if they are numbers or arrays of bytes.
    pub(crate) fn short_keys(&self) -> Option<ShortKeys> {
        match &self.layout {
            Layout::Scalar(scalar) => Some(ShortKeys(Kind::Scalar(*scalar))),
            Layout::Compound(compound) => match &*compound.runs {
                [run] if matches!(run.layout, Layout::Scalar(Scalar::U8)) && compound.fields.is_none() => {
                    Some(ShortKeys(Kind::Bytes(compound.width)))
                }
                _ => None,
            },
            Layout::Unit | Layout::Bytes(_) => None,
        }
    }
}

/// Whether keys of type `K` may be looked up by their records when they are sought as a `Q`. Known when the program is compiled.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn is_short<K, Q: ?Sized>() -> bool {
    is_integer::<K, Q>()
        || are_both::<[u8; 4], K, Q>()
        || are_both::<[u8; 8], K, Q>()
        || are_both::<[u8; 16], K, Q>()
}

impl ShortKeys {
    /// The record of the key `sought`, if it is known without encoding it: a stored key is this record if and only if it decodes to
    /// a `K` that equals `sought`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn short_key<K, Q: ?Sized>(self, sought: &Q) -> Option<ShortKey> {
        match self.0 {
            Kind::Scalar(scalar) => scalar.short_key::<K, Q>(sought),
            Kind::Bytes(4) => copy_as::<[u8; 4], K, Q>(sought).map(ShortKey::Four),
            Kind::Bytes(8) => copy_as::<[u8; 8], K, Q>(sought).map(ShortKey::Eight),
            Kind::Bytes(16) => copy_as::<[u8; 16], K, Q>(sought).map(ShortKey::Sixteen),
            Kind::Bytes(_) => None,
        }
    }
}

impl Scalar {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn short_key<K, Q: ?Sized>(self, sought: &Q) -> Option<ShortKey> {
        let (expected, key) = match as_integer::<K, Q>(sought)? {
            Integer::U8(number) => (Self::U8, ShortKey::One(number.to_le_bytes())),
            Integer::U16(number) => (Self::U16, ShortKey::Two(number.to_le_bytes())),
            Integer::U32(number) => (Self::U32, ShortKey::Four(number.to_le_bytes())),
            Integer::U64(number) => (Self::U64, ShortKey::Eight(number.to_le_bytes())),
            Integer::U128(number) => (Self::U128, ShortKey::Sixteen(number.to_le_bytes())),
            Integer::I8(number) => (Self::I8, ShortKey::One(number.to_le_bytes())),
            Integer::I16(number) => (Self::I16, ShortKey::Two(number.to_le_bytes())),
            Integer::I32(number) => (Self::I32, ShortKey::Four(number.to_le_bytes())),
            Integer::I64(number) => (Self::I64, ShortKey::Eight(number.to_le_bytes())),
            Integer::I128(number) => (Self::I128, ShortKey::Sixteen(number.to_le_bytes())),
        };
        (self == expected).then_some(key)
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
                .short_keys()
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

    #[test]
    fn a_short_array_of_bytes_is_its_own_record() {
        let keys = |element, count| {
            let schema = Schema::Sequence(Box::new(Schema::Integer(element)), Some(count));
            RecordCodec::new(&schema).unwrap().short_keys()
        };
        let bytes = keys(IntegerType::U8, 4).unwrap();
        let key = bytes.short_key::<[u8; 4], [u8; 4]>(b"four").unwrap();
        assert!(matches!(key, ShortKey::Four(key) if key == *b"four"));
        assert!(bytes.short_key::<[u8; 4], [u8]>(b"four").is_none());
        assert!(bytes.short_key::<[u8; 8], [u8; 8]>(b"of eight").is_none());
        assert!(bytes.short_key::<u32, u32>(&7).is_none());
        let five = keys(IntegerType::U8, 5).unwrap();
        assert!(five.short_key::<[u8; 5], [u8; 5]>(b"fives").is_none());
        assert!(keys(IntegerType::I8, 4).is_none() && keys(IntegerType::U16, 2).is_none());
    }
}

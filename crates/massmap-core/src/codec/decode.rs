//! Decoding keys and values.

use rmp_serde::decode::{Error, ReadRefReader};
use serde::de::{Deserialize, Deserializer, Visitor};

use crate::low_level::text::text_of;

/// Decodes `bytes`, a single MessagePack value.
#[inline]
pub(crate) fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    T::deserialize(Value(bytes))
}

/// Decodes `bytes`, a single MessagePack value, into a value that borrows nothing.
pub(crate) fn decode_unborrowed<'de, T: Deserialize<'de>>(bytes: &[u8]) -> Result<T, Error> {
    // A decoder of what is read from a stream, which must copy.
    T::deserialize(&mut rmp_serde::Deserializer::new(bytes))
}

/// The content of the MessagePack value `bytes` if it is a string of less than 64 KiB. Does not check that it is UTF-8.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn string_bytes(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [marker @ 0xa0..=0xbf, text @ ..] if text.len() == usize::from(marker & 0x1f) => Some(text),
        [0xd9, length, text @ ..] if text.len() == usize::from(*length) => Some(text),
        [0xda, a, b, text @ ..] if text.len() == usize::from(u16::from_be_bytes([*a, *b])) => Some(text),
        _ => None,
    }
}

/// The content of the MessagePack value `bytes` if it is a byte array of less than 64 KiB.
#[cfg_attr(not(debug_assertions), inline(always))]
fn byte_array(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0xc4, length, array @ ..] if array.len() == usize::from(*length) => Some(array),
        [0xc5, a, b, array @ ..] if array.len() == usize::from(u16::from_be_bytes([*a, *b])) => Some(array),
        _ => None,
    }
}

/// A deserializer for one value of known length.
///
/// Decodes integers, strings and byte arrays itself if the visitor asks for that type, and leaves everything else to rmp-serde. A
/// search decodes one key after the other, and most keys are of these types. rmp-serde takes several times as long, since it
/// reads byte by byte from a possible stream. Visitors see the same calls either way.
struct Value<'de>(&'de [u8]);

impl<'de> Value<'de> {
    /// Calls `visitor` with the value if it is a non-negative integer; otherwise returns the visitor.
    #[inline]
    fn unsigned<V: Visitor<'de>>(&self, visitor: V) -> Result<Result<V::Value, Error>, V> {
        // This case comes first, with its own branch: keys are more often hashes or identifiers than small numbers.
        if let [0xcf, a, b, c, d, e, f, g, h] = *self.0 {
            return Ok(visitor.visit_u64(u64::from_be_bytes([a, b, c, d, e, f, g, h])));
        }
        Ok(match *self.0 {
            [0xce, a, b, c, d] => visitor.visit_u32(u32::from_be_bytes([a, b, c, d])),
            [0xcd, a, b] => visitor.visit_u16(u16::from_be_bytes([a, b])),
            [0xcc, a] | [a @ 0..=0x7f] => visitor.visit_u8(a),
            _ => return Err(visitor),
        })
    }

    fn other(&self) -> rmp_serde::Deserializer<ReadRefReader<'de, [u8]>> {
        rmp_serde::Deserializer::from_read_ref(self.0)
    }
}

macro_rules! integers {
    ($($method:ident)*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                self.unsigned(visitor).unwrap_or_else(|visitor| self.other().$method(visitor))
            }
        )*
    };
}

macro_rules! strings {
    ($($method:ident)*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                match string_bytes(self.0).and_then(text_of) {
                    Some(text) => visitor.visit_borrowed_str(text),
                    None => self.other().$method(visitor),
                }
            }
        )*
    };
}

macro_rules! byte_arrays {
    ($($method:ident)*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                match byte_array(self.0) {
                    Some(bytes) => visitor.visit_borrowed_bytes(bytes),
                    None => self.other().$method(visitor),
                }
            }
        )*
    };
}

macro_rules! others {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Error> {
                self.other().$method($($argument,)* visitor)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    integers! {
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    }

    strings! { deserialize_str deserialize_string }

    byte_arrays! { deserialize_bytes deserialize_byte_buf }

    others! {
        deserialize_any()
        deserialize_bool()
        deserialize_i128()
        deserialize_u128()
        deserialize_f32()
        deserialize_f64()
        deserialize_char()
        deserialize_option()
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        // rmp-serde knows its extension types by this name. The content of any other newtype is decoded like itself.
        match name {
            rmp_serde::MSGPACK_EXT_STRUCT_NAME => self.other().deserialize_newtype_struct(name, visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Serialize;

    use super::*;

    /// Every value that is of interest as one type or another, encoded.
    fn values() -> Vec<Vec<u8>> {
        fn encoded(value: impl Serialize) -> Vec<u8> {
            rmp_serde::to_vec(&value).unwrap()
        }
        let mut values = vec![
            encoded(()),
            encoded(true),
            encoded(1.5f32),
            encoded(-2.5f64),
            encoded(1u128 << 100),
            encoded([1u8, 2]),
            encoded(("a", 1)),
            encoded(
                [("k", "v")]
                    .into_iter()
                    .collect::<std::collections::BTreeMap<_, _>>(),
            ),
            b"\xa1\xff".to_vec(),
            b"\xd9\x01\xff".to_vec(),
            b"\xd9\x01a".to_vec(),
            b"\xda\x00\x01a".to_vec(),
            b"\xdb\x00\x00\x00\x01a".to_vec(),
            b"\xc4\x01a".to_vec(),
            b"\xc5\x00\x01a".to_vec(),
            b"\xc6\x00\x00\x00\x01a".to_vec(),
            b"\xc4\x00".to_vec(),
            b"\xcf\0\0\0\0\0\0\0\x01".to_vec(),
            b"\xd4\x01a".to_vec(),
        ];
        for shift in 0..64 {
            for value in [1u64 << shift, (1 << shift) - 1, u64::MAX >> shift] {
                values.push(encoded(value));
                values.push(encoded(value as i64));
                values.push(encoded((value as i64).wrapping_neg()));
            }
        }
        for length in [0, 1, 31, 32, 255, 256, 65_535, 65_536] {
            values.push(encoded("x".repeat(length)));
            values.push(encoded("é".repeat(length / 2)));
        }
        values
    }

    #[track_caller]
    fn check<T: for<'de> Deserialize<'de> + Debug>() {
        for value in values() {
            let expected = rmp_serde::from_slice::<T>(&value);
            assert_eq!(
                format!("{:?}", decode::<T>(&value)),
                format!("{expected:?}"),
                "from {value:02x?}"
            );
        }
    }

    #[derive(serde::Deserialize, Debug)]
    struct Newtype<T>(T);

    /// The visitor's method that receives a value, for bytes and strings.
    #[derive(Debug)]
    struct Called<const OWNED: bool>(#[expect(dead_code, reason = "is printed")] String);

    impl<'de, const OWNED: bool> serde::Deserialize<'de> for Called<OWNED> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Calls;

            impl<'de> Visitor<'de> for Calls {
                type Value = String;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("bytes")
                }

                fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<String, E> {
                    Ok(format!("borrowed bytes {bytes:?}"))
                }

                fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
                    Ok(format!("bytes {bytes:?}"))
                }

                fn visit_borrowed_str<E>(self, text: &'de str) -> Result<String, E> {
                    Ok(format!("borrowed text {text}"))
                }
            }

            let called = if OWNED {
                deserializer.deserialize_byte_buf(Calls)
            } else {
                deserializer.deserialize_bytes(Calls)
            };
            called.map(Self)
        }
    }

    #[derive(serde::Deserialize, Debug)]
    enum Unit {
        #[serde(rename = "a")]
        A,
    }

    #[test]
    fn every_value_decodes_as_it_does_alone_with_rmp_serde() {
        check::<u8>();
        check::<u16>();
        check::<u32>();
        check::<u64>();
        check::<u128>();
        check::<i8>();
        check::<i16>();
        check::<i32>();
        check::<i64>();
        check::<i128>();
        check::<usize>();
        check::<isize>();
        check::<f32>();
        check::<f64>();
        check::<bool>();
        check::<char>();
        check::<String>();
        check::<Box<str>>();
        check::<Option<u64>>();
        check::<Option<String>>();
        check::<()>();
        check::<Newtype<u32>>();
        check::<Newtype<String>>();
        check::<Newtype<Option<Newtype<i64>>>>();
        check::<Unit>();
        check::<Vec<u8>>();
        check::<Called<false>>();
        check::<Called<true>>();
        check::<(String, u8)>();
        check::<std::collections::BTreeMap<String, String>>();
        check::<serde::de::IgnoredAny>();
    }

    #[test]
    fn strings_can_be_borrowed() {
        assert_eq!(decode::<&str>(b"\xa2ab").unwrap(), "ab");
    }
}

//! Decoding records with serde.
//!
//! Visitors see what they would see if the record were the MessagePack it stands for, decoded by rmp-serde, with two exceptions:
//! structs are decoded by the names of their fields, and an array of bytes can be borrowed.

mod number;
mod parts;

pub(crate) use number::{ShortKey, ShortKeys, is_short};
pub(super) use parts::Record;

use rmp_serde::decode::Error;
use serde::de::value::SeqDeserializer;
use serde::de::{Deserializer, Visitor};

use self::parts::{NamedParts, Parts};
use super::layout::{Compound, Layout, Run};
use super::scalar::{Scalar, character};

impl<'l, 'de> Record<'l, 'de> {
    /// The record as it would be visited if it were MessagePack. `byte_arrays` says whether byte arrays are visited as such rather
    /// than as sequences.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn visit<V: Visitor<'de>>(self, visitor: V, byte_arrays: bool) -> Result<V::Value, Error> {
        match self.layout {
            Layout::Scalar(Scalar::Char | Scalar::U128 | Scalar::I128) => {
                self.visit_in_another_form(visitor, byte_arrays)
            }
            Layout::Scalar(scalar) => scalar.visit(self.bytes, visitor),
            Layout::Unit => visitor.visit_unit(),
            Layout::Bytes(_) if byte_arrays => visitor.visit_borrowed_bytes(self.bytes),
            Layout::Bytes(_) => visitor.visit_seq(SeqDeserializer::new(self.bytes.iter().copied())),
            Layout::Compound(compound) => match &compound.fields {
                Some(fields) if fields.is_map => self.visit_map(compound, visitor),
                _ => self.visit_seq(compound, visitor),
            },
        }
    }

    /// Visits a character as a string, which it is in MessagePack, and an integer of 128 bits as bytes.
    #[cold]
    fn visit_in_another_form<V: Visitor<'de>>(
        self,
        visitor: V,
        byte_arrays: bool,
    ) -> Result<V::Value, Error> {
        if let Layout::Scalar(Scalar::Char) = self.layout {
            return visitor.visit_str(character(self.bytes)?.encode_utf8(&mut [0; 4]));
        }
        let mut bytes = self.bytes.to_vec();
        bytes.reverse();
        match byte_arrays {
            true => visitor.visit_bytes(&bytes),
            false => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn visit_seq<V: Visitor<'de>>(self, compound: &'l Compound, visitor: V) -> Result<V::Value, Error> {
        if let [run] = &*compound.runs
            && let Layout::Scalar(Scalar::U8) = run.layout
        {
            // The most common arrays, in a loop without surprises.
            let mut bytes = SeqDeserializer::<_, Error>::new(self.bytes.iter().copied());
            let value = visitor.visit_seq(&mut bytes)?;
            bytes.end()?;
            return Ok(value);
        }
        let mut parts = Parts::new(compound, self.bytes);
        let value = visitor.visit_seq(&mut parts)?;
        parts.finish()?;
        Ok(value)
    }

    fn visit_map<V: Visitor<'de>>(self, compound: &'l Compound, visitor: V) -> Result<V::Value, Error> {
        let mut parts = NamedParts::new(compound, self.bytes);
        let value = visitor.visit_map(&mut parts)?;
        parts.finish()?;
        Ok(value)
    }

    /// Decodes the MessagePack that the record stands for. For what hardly anybody asks of a record.
    #[cold]
    fn through_messagepack<T>(
        self,
        decode: impl FnOnce(
            &mut rmp_serde::Deserializer<rmp_serde::decode::ReadReader<&[u8]>>,
        ) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut encoded = Vec::new();
        self.layout.encode(self.bytes, &mut encoded)?;
        decode(&mut rmp_serde::Deserializer::new(&encoded[..]))
    }
}

macro_rules! any {
    ($($method:ident($($argument:ident: $type:ty),*) $byte_arrays:literal)*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(self, $(_: $type,)* visitor: V) -> Result<V::Value, Error> {
                self.visit(visitor, $byte_arrays)
            }
        )*
    };
}

/// Methods for numbers: the one that the record most likely has comes first, with its own branch.
macro_rules! numbers {
    ($($method:ident $scalar:ident)*) => {
        $(
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                match self.layout {
                    Layout::Scalar(Scalar::$scalar) => Scalar::$scalar.visit(self.bytes, visitor),
                    _ => Self::visit_other(self.layout, self.bytes, visitor),
                }
            }
        )*
    };
}

impl<'l, 'de> Record<'l, 'de> {
    /// A record of another type than the visitor's. Takes its parts, so that the usual case need not put them into memory.
    #[inline(never)]
    fn visit_other<V: Visitor<'de>>(
        layout: &'l Layout,
        bytes: &'de [u8],
        visitor: V,
    ) -> Result<V::Value, Error> {
        Self { layout, bytes }.visit(visitor, true)
    }
}

impl<'de> Deserializer<'de> for Record<'_, 'de> {
    type Error = Error;

    any! {
        deserialize_any() true
        deserialize_str() true
        deserialize_string() true
        deserialize_unit() true
        deserialize_map() true
        deserialize_identifier() true
        deserialize_seq() false
        deserialize_tuple(length: usize) false
        deserialize_tuple_struct(name: &'static str, length: usize) false
    }

    numbers! {
        deserialize_bool Bool
        deserialize_u8 U8
        deserialize_u16 U16
        deserialize_u32 U32
        deserialize_u64 U64
        deserialize_i8 I8
        deserialize_i16 I16
        deserialize_i32 I32
        deserialize_i64 I64
        deserialize_f32 F32
        deserialize_f64 F64
        deserialize_char Char
    }

    #[inline]
    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.layout {
            Layout::Scalar(scalar) => scalar.visit(self.bytes, visitor),
            _ => Self::visit_other(self.layout, self.bytes, visitor),
        }
    }

    #[inline]
    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u128(visitor)
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.layout {
            Layout::Compound(compound) if is_bytes(compound) => visitor.visit_borrowed_bytes(self.bytes),
            _ => self.visit(visitor, true),
        }
    }

    #[inline]
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.layout {
            Layout::Unit => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.layout {
            Layout::Compound(compound) => match &compound.fields {
                Some(fields) if fields.are_found_by_name(names) => self.visit_map(compound, visitor),
                _ => self.visit_seq(compound, visitor),
            },
            _ => self.visit(visitor, false),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        // rmp-serde knows its extension types by this name. The content of any other newtype is decoded like itself.
        match name {
            rmp_serde::MSGPACK_EXT_STRUCT_NAME => {
                self.through_messagepack(|decoder| decoder.deserialize_newtype_struct(name, visitor))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.layout {
            Layout::Compound(compound) if compound.count == 0 => visitor.visit_unit(),
            _ => self.visit(visitor, true),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.through_messagepack(|decoder| decoder.deserialize_enum(name, variants, visitor))
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Whether a record consists of integers of 8 bits.
fn is_bytes(compound: &Compound) -> bool {
    let is_byte = |run: &Run| matches!(run.layout, Layout::Scalar(Scalar::U8));
    compound.runs.iter().all(is_byte)
}

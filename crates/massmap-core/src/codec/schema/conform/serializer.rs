//! The implementation of serde's `Serializer`.

use std::fmt;
use std::panic::Location;

use massmap_format::{IntegerType, Schema};
use serde::{Serialize, Serializer};

use super::checker::{Checker, find, pass};
use super::compound::{Elements, Entries, Fields, Items};
use crate::codec::schema::arrays::is_array;
use crate::codec::schema::differs::Differs;

impl<'s> Checker<'s> {
    #[inline]
    fn tuple(self, length: usize) -> Result<Items<'s>, Differs> {
        match self.schema {
            Schema::Tuple(elements) if elements.len() == length => Ok(Items::new(self, Some(elements))),
            Schema::Any => Ok(Items::new(self, None)),
            _ => Err(Differs),
        }
    }

    #[inline]
    fn fields(self) -> Result<Fields<'s>, Differs> {
        match self.schema {
            Schema::Struct { fields, is_map } if *is_map == self.field_names => {
                Ok(Fields::new(self, Some(fields)))
            }
            Schema::Any => Ok(Fields::new(self, None)),
            _ => Err(Differs),
        }
    }
}

macro_rules! integers {
    ($($method:ident($type:ty) is $integer:ident;)*) => {$(
        #[inline]
        fn $method(self, _: $type) -> Result<(), Differs> {
            self.integer(IntegerType::$integer)
        }
    )*};
}

macro_rules! scalars {
    ($($method:ident($($type:ty),*) is $schema:ident;)*) => {$(
        #[inline]
        fn $method(self, $(_: $type),*) -> Result<(), Differs> {
            self.is(&Schema::$schema)
        }
    )*};
}

impl<'s> Serializer for Checker<'s> {
    type Ok = ();
    type Error = Differs;
    type SerializeSeq = Elements<'s>;
    type SerializeTuple = Items<'s>;
    type SerializeTupleStruct = Items<'s>;
    type SerializeTupleVariant = Items<'s>;
    type SerializeMap = Entries<'s>;
    type SerializeStruct = Fields<'s>;
    type SerializeStructVariant = Fields<'s>;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    integers! {
        serialize_i8(i8) is I8;
        serialize_i16(i16) is I16;
        serialize_i32(i32) is I32;
        serialize_i64(i64) is I64;
        serialize_i128(i128) is I128;
        serialize_u8(u8) is U8;
        serialize_u16(u16) is U16;
        serialize_u32(u32) is U32;
        serialize_u64(u64) is U64;
        serialize_u128(u128) is U128;
    }

    scalars! {
        serialize_bool(bool) is Bool;
        serialize_f32(f32) is F32;
        serialize_f64(f64) is F64;
        serialize_char(char) is Char;
        serialize_str(&str) is String;
        serialize_unit() is Unit;
    }

    #[inline]
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), Differs> {
        self.is(&Schema::String)
    }

    #[inline]
    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Differs> {
        pass(match self.schema {
            Schema::Bytes(length) => length.is_none_or(|length| length as usize == bytes.len()),
            other => matches!(other, Schema::Any),
        })
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Differs> {
        pass(matches!(self.schema, Schema::Option(_) | Schema::Any))
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Differs> {
        match self.schema {
            Schema::Option(inner) => value.serialize(self.of(inner)),
            other => pass(matches!(other, Schema::Any)),
        }
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Differs> {
        self.tuple(0).map(drop)
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, index: u32, name: &'static str) -> Result<(), Differs> {
        match self.schema {
            Schema::Enum(variants) => pass(find(variants, index, name)?.content.is_none()),
            other => pass(matches!(other, Schema::Any)),
        }
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Differs> {
        match (self.schema, name) {
            (Schema::Any, _) => Ok(()),
            // Encoded as an extension.
            (_, rmp_serde::MSGPACK_EXT_STRUCT_NAME) => Err(Differs),
            _ => value.serialize(self),
        }
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), Differs> {
        match self.schema {
            Schema::Any => Ok(()),
            _ => value.serialize(self.variant(index, name)?),
        }
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'s>, Differs> {
        match self.schema {
            Schema::Sequence(element, expected) => Elements::new(self.of(element), *expected, length),
            Schema::Any => Elements::new(self, None, length),
            _ => Err(Differs),
        }
    }

    #[inline]
    #[track_caller]
    fn serialize_tuple(self, length: usize) -> Result<Items<'s>, Differs> {
        match self.schema {
            Schema::Sequence(element, expected) => {
                let fits = expected.is_none_or(|expected| expected as usize == length);
                pass(fits && is_array(length, Location::caller()))?;
                Ok(Items::of_array(self.of(element)))
            }
            Schema::Tuple(_) => {
                pass(!is_array(length, Location::caller()))?;
                self.tuple(length)
            }
            _ => self.tuple(length),
        }
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items<'s>, Differs> {
        self.tuple(length)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Items<'s>, Differs> {
        self.variant(index, name)?.tuple(length)
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'s>, Differs> {
        match self.schema {
            Schema::Map(key, value) => Ok(Entries::new(self.of(key), self.of(value))),
            Schema::Any => Ok(Entries::new(self, self)),
            _ => Err(Differs),
        }
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'s>, Differs> {
        self.fields()
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Fields<'s>, Differs> {
        self.variant(index, name)?.fields()
    }
}

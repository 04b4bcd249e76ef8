//! The implementation of serde's `Serializer`.

use std::fmt;
use std::panic::Location;

use massmap_format::{IntegerType, Schema};
use serde::{Serialize, Serializer};

use super::compound::{Elements, Entries, Fields, Items, Tuple};
use super::inferrer::{Inferrer, Wrapper};
use crate::codec::schema::arrays::is_array;
use crate::codec::schema::differs::Differs;

macro_rules! leaves {
    ($($method:ident($($type:ty),*) is $schema:expr;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<Schema, Differs> {
            Ok($schema)
        }
    )*};
}

impl Serializer for Inferrer {
    type Ok = Schema;
    type Error = Differs;
    type SerializeSeq = Elements;
    type SerializeTuple = Tuple;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    fn is_human_readable(&self) -> bool {
        false
    }

    leaves! {
        serialize_i8(i8) is Schema::Integer(IntegerType::I8);
        serialize_i16(i16) is Schema::Integer(IntegerType::I16);
        serialize_i32(i32) is Schema::Integer(IntegerType::I32);
        serialize_i64(i64) is Schema::Integer(IntegerType::I64);
        serialize_i128(i128) is Schema::Integer(IntegerType::I128);
        serialize_u8(u8) is Schema::Integer(IntegerType::U8);
        serialize_u16(u16) is Schema::Integer(IntegerType::U16);
        serialize_u32(u32) is Schema::Integer(IntegerType::U32);
        serialize_u64(u64) is Schema::Integer(IntegerType::U64);
        serialize_u128(u128) is Schema::Integer(IntegerType::U128);
        serialize_bool(bool) is Schema::Bool;
        serialize_f32(f32) is Schema::F32;
        serialize_f64(f64) is Schema::F64;
        serialize_char(char) is Schema::Char;
        serialize_str(&str) is Schema::String;
        serialize_unit() is Schema::Unit;
        serialize_none() is Schema::Option(Box::new(Schema::Never));
        // An array without elements.
        serialize_unit_struct(&'static str) is Schema::Tuple(Vec::new());
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<Schema, Differs> {
        Ok(Schema::String)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Schema, Differs> {
        Ok(Schema::Bytes(u32::try_from(bytes.len()).ok()))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Schema, Differs> {
        Ok(Schema::Option(Box::new(value.serialize(self)?)))
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
    ) -> Result<Schema, Differs> {
        Ok(Wrapper { index, name }.wrap(None))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Schema, Differs> {
        match name {
            rmp_serde::MSGPACK_EXT_STRUCT_NAME => Ok(Schema::Any),
            _ => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Schema, Differs> {
        let content = value.serialize(self)?;
        Ok(Wrapper { index, name }.wrap(Some(content)))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements, Differs> {
        Ok(Elements::new(self.rules))
    }

    #[track_caller]
    fn serialize_tuple(self, length: usize) -> Result<Tuple, Differs> {
        Ok(match is_array(length, Location::caller()) {
            true => Tuple::Array(Elements::new(self.rules)),
            false => Tuple::Items(Items::new(self, None)),
        })
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items, Differs> {
        Ok(Items::new(self, None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Items, Differs> {
        Ok(Items::new(self, Some(Wrapper { index, name })))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Differs> {
        Ok(Entries::new(self.rules))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, Differs> {
        Ok(Fields::new(self, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Fields, Differs> {
        Ok(Fields::new(self, Some(Wrapper { index, name })))
    }
}

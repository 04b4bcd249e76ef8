//! The implementation of serde's `Serializer`.

use std::hash::{Hash, Hasher};
use std::panic::Location;

use serde::{Serialize, Serializer};

use super::compound::{Elements, Entries, bytes, scalar};
use super::feeder::Feeder;
use crate::codec::schema::arrays::is_array;
use crate::codec::schema::differs::Differs;

macro_rules! integers {
    ($($method:ident($type:ty);)*) => {$(
        #[inline]
        #[expect(clippy::host_endian_bytes, reason = "slices are hashed as they lie in memory")]
        fn $method(self, value: $type) -> Result<(), Differs> {
            self.integer(value.to_ne_bytes(), value);
            Ok(())
        }
    )*};
}

macro_rules! scalars {
    ($($method:ident($type:ty);)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Differs> {
            scalar(self, value)
        }
    )*};
}

impl<'h, H: Hasher> Serializer for Feeder<'h, H> {
    type Ok = ();
    type Error = Differs;
    type SerializeSeq = Elements<'h, H>;
    type SerializeTuple = Elements<'h, H>;
    type SerializeTupleStruct = Elements<'h, H>;
    type SerializeTupleVariant = Elements<'h, H>;
    type SerializeMap = Entries<'h, H>;
    type SerializeStruct = Entries<'h, H>;
    type SerializeStructVariant = Entries<'h, H>;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    integers! {
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
    }

    scalars! {
        serialize_bool(bool);
        serialize_char(char);
        serialize_str(&str);
    }

    fn serialize_f32(self, _: f32) -> Result<(), Differs> {
        Err(Differs)
    }

    fn serialize_f64(self, _: f64) -> Result<(), Differs> {
        Err(Differs)
    }

    #[inline]
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Differs> {
        bytes(self, value)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Differs> {
        scalar(self, None::<()>)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Differs> {
        Some(()).hash(self.state);
        // Not an element itself.
        value.serialize(Feeder::new(self.state, self.empty, self.outcome))
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Differs> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Differs> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(mut self, _: &'static str, index: u32, _: &'static str) -> Result<(), Differs> {
        self.variant(index);
        Ok(())
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Differs> {
        match name {
            rmp_serde::MSGPACK_EXT_STRUCT_NAME => Err(Differs),
            _ => value.serialize(self),
        }
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Differs> {
        self.variant(index);
        value.serialize(Feeder::new(self.state, self.empty, self.outcome))
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'h, H>, Differs> {
        Ok(Elements::of_sequence(self, length.ok_or(Differs)?))
    }

    #[inline]
    #[track_caller]
    fn serialize_tuple(self, length: usize) -> Result<Elements<'h, H>, Differs> {
        Ok(match is_array(length, Location::caller()) {
            true => Elements::of_sequence(self, length),
            false => Elements::of_tuple(self),
        })
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Elements<'h, H>, Differs> {
        Ok(Elements::of_tuple(self))
    }

    #[inline]
    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Elements<'h, H>, Differs> {
        self.variant(index);
        Ok(Elements::of_tuple(self))
    }

    #[inline]
    fn serialize_map(mut self, length: Option<usize>) -> Result<Entries<'h, H>, Differs> {
        self.length(length.ok_or(Differs)?);
        Ok(Entries::new(self))
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries<'h, H>, Differs> {
        Ok(Entries::new(self))
    }

    #[inline]
    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Entries<'h, H>, Differs> {
        self.variant(index);
        Ok(Entries::new(self))
    }
}

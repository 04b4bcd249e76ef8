//! The implementation of serde's `Serializer`.

use std::any::type_name;
use std::panic::Location;

use serde::{Serialize, Serializer};

use super::compound::{Entries, Items, Sequence};
use super::encoder::{AdjacentContent, Encoder};
use super::fields::Fields;
use super::{derived, scalar};
use crate::codec::encode::error::Error;
use crate::codec::encode::shape::ShapeError;

/// The encoding of nil: `None` and `()`.
const NIL: u8 = 0xc0;

impl<'o, 'b> Encoder<'o, 'b> {
    #[inline]
    fn begin_fields(
        &mut self,
        type_name: &'static str,
        variant: Option<&'static str>,
        length: usize,
        caller: &'static Location<'static>,
    ) -> Result<Fields<'_, 'o, 'b>, Error> {
        match self.rules.field_names {
            true => scalar::map_header(self.out, length)?,
            false => scalar::array_header(self.out, length)?,
        }
        Ok(Fields::new(self, type_name, variant, length, caller))
    }
}

macro_rules! numbers {
    ($($method:ident($type:ty) by $write:ident)*) => {
        $(
            #[inline]
            fn $method(self, value: $type) -> Result<(), Error> {
                scalar::$write(self.out, value.into())
            }
        )*
    };
}

impl<'e, 'o, 'b> Serializer for &'e mut Encoder<'o, 'b> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Sequence<'e, 'o, 'b>;
    type SerializeTuple = Items<'e, 'o, 'b>;
    type SerializeTupleStruct = Items<'e, 'o, 'b>;
    type SerializeTupleVariant = Items<'e, 'o, 'b>;
    type SerializeMap = Entries<'e, 'o, 'b>;
    type SerializeStruct = Fields<'e, 'o, 'b>;
    type SerializeStructVariant = Fields<'e, 'o, 'b>;

    #[inline]
    #[track_caller]
    fn is_human_readable(&self) -> bool {
        // Of the types of the standard library, addresses ask this.
        if self.buffered && derived::is_of_standard_type(Location::caller()) {
            self.address.set(true);
        }
        false
    }

    numbers! {
        serialize_i8(i8) by signed
        serialize_i16(i16) by signed
        serialize_i32(i32) by signed
        serialize_i64(i64) by signed
        serialize_u8(u8) by unsigned
        serialize_u16(u16) by unsigned
        serialize_u32(u32) by unsigned
        serialize_u64(u64) by unsigned
        serialize_f32(f32) by float_32
        serialize_f64(f64) by float_64
        serialize_bool(bool) by boolean
    }

    #[inline]
    fn serialize_i128(self, value: i128) -> Result<(), Error> {
        self.write_128_bits(value.to_be_bytes())
    }

    #[inline]
    fn serialize_u128(self, value: u128) -> Result<(), Error> {
        self.write_128_bits(value.to_be_bytes())
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result<(), Error> {
        scalar::text(self.out, value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        scalar::text(self.out, value)
    }

    #[inline]
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        scalar::bytes(self.out, value)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        let start = self.out.bytes().len();
        value.serialize(&mut *self)?;
        if self.rules.distinct_options && self.out.bytes().get(start) == Some(&NIL) {
            let content = type_name::<T>();
            return Err(ShapeError::SomeOfNil { content }.into());
        }
        Ok(())
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Error> {
        scalar::nil(self.out)
    }

    #[inline]
    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Error> {
        scalar::array_header(self.out, 0)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        scalar::text(self.out, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        // rmp-serde recognizes its extension types by this name.
        if name == rmp_serde::MSGPACK_EXT_STRUCT_NAME {
            return Ok(rmp_serde::Serializer::new(&mut *self.out).serialize_newtype_struct(name, value)?);
        }
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.begin_variant(variant)?;
        value.serialize(self)
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        self.content = None;
        let begin = self.out.bytes().len();
        // If the length is unknown, a header of one byte is written first and replaced at the end.
        scalar::array_header(self.out, length.unwrap_or(0))?;
        Ok(Sequence::new(self, begin, length.is_none()))
    }

    #[inline]
    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, Error> {
        self.content = None;
        scalar::array_header(self.out, length)?;
        Ok(Items { encoder: self })
    }

    #[inline]
    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        self.serialize_tuple(length)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        self.begin_variant(variant)?;
        self.serialize_tuple(length)
    }

    #[inline]
    #[track_caller]
    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, Error> {
        self.content = None;
        let begin = self.out.bytes().len();
        scalar::map_header(self.out, length.unwrap_or(0))?;
        Ok(Entries::new(self, begin, length.is_none(), Location::caller()))
    }

    #[inline]
    #[track_caller]
    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, Error> {
        let caller = Location::caller();
        // A variant is written as a struct with its name. A `serialize_with` writes another one.
        if let Some(content) = self.content.take()
            && content.caller == caller
            && self.out.bytes().get(content.variant..).and_then(derived::text_at) == Some(name)
        {
            let AdjacentContent { type_name, .. } = content;
            let variant = name;
            return Err(ShapeError::AdjacentStructVariant { type_name, variant }.into());
        }
        self.begin_fields(name, None, length, caller)
    }

    #[inline]
    #[track_caller]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        self.begin_variant(variant)?;
        self.begin_fields(name, Some(variant), length, Location::caller())
    }

    fn collect_seq<I>(self, elements: I) -> Result<(), Error>
    where
        I: IntoIterator<Item: Serialize>,
    {
        let elements = elements.into_iter();
        let length = match elements.size_hint() {
            (low, Some(high)) if low == high => Some(low),
            _ => None,
        };
        let mut sequence = self.serialize_seq(length)?;
        sequence.note_order_of::<I>();
        for element in elements {
            serde::ser::SerializeSeq::serialize_element(&mut sequence, &element)?;
        }
        serde::ser::SerializeSeq::end(sequence)
    }

    #[track_caller]
    fn collect_map<K, V, I>(self, entries: I) -> Result<(), Error>
    where
        K: Serialize,
        V: Serialize,
        I: IntoIterator<Item = (K, V)>,
    {
        let entries = entries.into_iter();
        let length = match entries.size_hint() {
            (low, Some(high)) if low == high => Some(low),
            _ => None,
        };
        let mut map = self.serialize_map(length)?;
        map.note_order_of::<I>();
        for (key, value) in entries {
            serde::ser::SerializeMap::serialize_entry(&mut map, &key, &value)?;
        }
        serde::ser::SerializeMap::end(map)
    }
}

//! Telling arrays from tuples.
//!
//! serde serializes both alike. But they are hashed differently, an array like any sequence, with its length first, and a schema says
//! how keys are hashed. The source location of the call tells them apart: the implementations for arrays of the standard library have
//! one of their own.

use std::panic::Location;
use std::sync::OnceLock;

use serde::ser::Impossible;
use serde::{Serialize, Serializer};

use super::differs::Differs;

/// The longest tuple that serde serializes. Whatever else is serialized so and is longer is an array.
const LONGEST_TUPLE: usize = 16;

/// Whether what is serialized as a tuple of `length`, by a call from `caller`, is an array.
#[inline]
pub(super) fn is_array(length: usize, caller: &'static Location<'static>) -> bool {
    static EMPTY: OnceLock<Option<&Location<'static>>> = OnceLock::new();
    static OTHERS: OnceLock<Option<&Location<'static>>> = OnceLock::new();
    let array = match length {
        0 => *EMPTY.get_or_init(|| caller_of(&[(); 0])),
        1..=LONGEST_TUPLE => *OTHERS.get_or_init(|| caller_of(&[(); 1])),
        _ => return true,
    };
    array.is_some_and(|array| std::ptr::eq(array, caller) || array == caller)
}

/// The location that serializes `array` as a tuple.
fn caller_of<T: Serialize>(array: &T) -> Option<&'static Location<'static>> {
    let mut caller = None;
    _ = array.serialize(CallerOfTuple(&mut caller));
    caller
}

/// Notes who begins a tuple, and refuses everything.
struct CallerOfTuple<'a>(&'a mut Option<&'static Location<'static>>);

macro_rules! refused {
    ($($method:ident($($type:ty),*) -> $result:ty;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$result, Differs> {
            Err(Differs)
        }
    )*};
}

type Never = Impossible<(), Differs>;

impl Serializer for CallerOfTuple<'_> {
    type Ok = ();
    type Error = Differs;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    #[track_caller]
    fn serialize_tuple(self, _: usize) -> Result<Never, Differs> {
        *self.0 = Some(Location::caller());
        Err(Differs)
    }

    refused! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct(&'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Differs> {
        Err(Differs)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<(), Differs> {
        Err(Differs)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Differs> {
        Err(Differs)
    }
}

//! Arrays, maps and structs.

use std::hash::{Hash, Hasher};

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::feeder::{Empty, Feeder};
use super::memory::Memory;
use crate::codec::schema::differs::Differs;

/// The elements of a sequence, of an array or of a tuple.
pub(super) struct Elements<'h, H> {
    feeder: Feeder<'h, H>,
    /// The integers so far of a sequence that is hashed as a piece of memory.
    memory: Option<Memory>,
    is_empty: bool,
}

impl<'h, H: Hasher> Elements<'h, H> {
    #[inline]
    pub(super) fn of_tuple(feeder: Feeder<'h, H>) -> Self {
        Self {
            feeder,
            memory: None,
            is_empty: false,
        }
    }

    /// The elements of what begins with its length.
    #[inline]
    pub(super) fn of_sequence(mut feeder: Feeder<'h, H>, length: usize) -> Self {
        feeder.length(length);
        Self {
            feeder,
            memory: Some(Memory::new()),
            is_empty: length == 0,
        }
    }

    #[inline]
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        let mut feeder = Feeder::new(self.feeder.state, self.feeder.empty, self.feeder.outcome);
        feeder.memory = self.memory.as_mut();
        value.serialize(feeder)
    }

    #[inline]
    fn finish(self) -> Result<(), Differs> {
        if let Some(memory) = self.memory
            && (!memory.bytes().is_empty() || (self.is_empty && self.feeder.empty == Empty::Memory))
        {
            self.feeder.state.write(memory.bytes());
        }
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident by $method:ident)*) => {$(
        impl<H: Hasher> $trait for Elements<'_, H> {
            type Ok = ();
            type Error = Differs;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
                self.add(value)
            }

            #[inline]
            fn end(self) -> Result<(), Differs> {
                self.finish()
            }
        }
    )*};
}

elements! {
    SerializeSeq by serialize_element
    SerializeTuple by serialize_element
    SerializeTupleStruct by serialize_field
    SerializeTupleVariant by serialize_field
}

/// The keys and values of a map, or the fields of a struct.
pub(super) struct Entries<'h, H> {
    feeder: Feeder<'h, H>,
}

impl<'h, H: Hasher> Entries<'h, H> {
    #[inline]
    pub(super) fn new(feeder: Feeder<'h, H>) -> Self {
        Self { feeder }
    }
}

impl<H: Hasher> SerializeMap for Entries<'_, H> {
    type Ok = ();
    type Error = Differs;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Differs> {
        key.serialize(self.feeder.again())
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        value.serialize(self.feeder.again())
    }

    #[inline]
    fn end(self) -> Result<(), Differs> {
        Ok(())
    }
}

macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl<H: Hasher> $trait for Entries<'_, H> {
            type Ok = ();
            type Error = Differs;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _: &'static str,
                value: &T,
            ) -> Result<(), Differs> {
                value.serialize(self.feeder.again())
            }

            #[inline]
            fn end(self) -> Result<(), Differs> {
                Ok(())
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

/// Feeds a byte array, which is hashed like a sequence.
#[inline]
pub(super) fn bytes<H: Hasher>(mut feeder: Feeder<'_, H>, bytes: &[u8]) -> Result<(), Differs> {
    feeder.length(bytes.len());
    feeder.state.write(bytes);
    Ok(())
}

/// Feeds a scalar as its own type does.
#[inline]
pub(super) fn scalar<H: Hasher>(feeder: Feeder<'_, H>, scalar: impl Hash) -> Result<(), Differs> {
    scalar.hash(feeder.state);
    Ok(())
}

//! Arrays, maps and structs.

use std::borrow::Cow;
use std::slice;

use massmap_format::Schema;
use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::checker::{ANY, Checker, pass, same};
use crate::codec::schema::differs::Differs;

/// Elements of a sequence.
pub(super) struct Elements<'s> {
    element: Checker<'s>,
    /// The number of elements that there must be, if they have to be counted.
    expected: Option<u32>,
    count: u64,
}

impl<'s> Elements<'s> {
    #[inline]
    pub(super) fn new(
        element: Checker<'s>,
        expected: Option<u32>,
        length: Option<usize>,
    ) -> Result<Self, Differs> {
        let to_count = match (expected, length) {
            (Some(expected), Some(length)) => {
                pass(expected as usize == length)?;
                None
            }
            (expected, _) => expected,
        };
        Ok(Self {
            element,
            expected: to_count,
            count: 0,
        })
    }
}

impl SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = Differs;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        self.count += 1;
        match self.element.schema {
            Schema::Any => Ok(()),
            _ => value.serialize(self.element),
        }
    }

    #[inline]
    fn end(self) -> Result<(), Differs> {
        pass(
            self.expected
                .is_none_or(|expected| u64::from(expected) == self.count),
        )
    }
}

/// Elements of a tuple or an array, of which there are as many as the schema says.
pub(super) struct Items<'s> {
    checker: Checker<'s>,
    kind: ItemSchemas<'s>,
}

enum ItemSchemas<'s> {
    Tuple(slice::Iter<'s, Schema>),
    /// All have the schema of the checker.
    Same,
}

impl<'s> Items<'s> {
    /// Elements of a tuple with these schemas, or of anything.
    #[inline]
    pub(super) fn new(checker: Checker<'s>, elements: Option<&'s Vec<Schema>>) -> Self {
        let kind = match elements {
            Some(elements) => ItemSchemas::Tuple(elements.iter()),
            None => ItemSchemas::Same,
        };
        Self { checker, kind }
    }

    /// Elements of an array, each of which `element` checks.
    #[inline]
    pub(super) fn of_array(element: Checker<'s>) -> Self {
        Self::new(element, None)
    }

    #[inline]
    fn check<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        let schema = match &mut self.kind {
            ItemSchemas::Tuple(schemas) => schemas.next().ok_or(Differs)?,
            ItemSchemas::Same => self.checker.schema,
        };
        match schema {
            Schema::Any => Ok(()),
            schema => value.serialize(self.checker.of(schema)),
        }
    }

    #[inline]
    fn finish(self) -> Result<(), Differs> {
        match self.kind {
            ItemSchemas::Tuple(schemas) => pass(schemas.len() == 0),
            ItemSchemas::Same => Ok(()),
        }
    }
}

macro_rules! items {
    ($($trait:ident by $method:ident)*) => {$(
        impl $trait for Items<'_> {
            type Ok = ();
            type Error = Differs;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
                self.check(value)
            }

            #[inline]
            fn end(self) -> Result<(), Differs> {
                self.finish()
            }
        }
    )*};
}

items! {
    SerializeTuple by serialize_element
    SerializeTupleStruct by serialize_field
    SerializeTupleVariant by serialize_field
}

/// Entries of a map.
pub(super) struct Entries<'s> {
    key: Checker<'s>,
    value: Checker<'s>,
}

impl<'s> Entries<'s> {
    #[inline]
    pub(super) fn new(key: Checker<'s>, value: Checker<'s>) -> Self {
        Self { key, value }
    }
}

impl SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = Differs;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Differs> {
        match self.key.schema {
            Schema::Any => Ok(()),
            _ => key.serialize(self.key),
        }
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        match self.value.schema {
            Schema::Any => Ok(()),
            _ => value.serialize(self.value),
        }
    }

    #[inline]
    fn end(self) -> Result<(), Differs> {
        Ok(())
    }
}

/// Fields of a struct.
pub(super) struct Fields<'s> {
    checker: Checker<'s>,
    /// The fields that must follow; `None` if any may.
    fields: Option<slice::Iter<'s, (Cow<'static, str>, Schema)>>,
}

impl<'s> Fields<'s> {
    #[inline]
    pub(super) fn new(checker: Checker<'s>, fields: Option<&'s Vec<(Cow<'static, str>, Schema)>>) -> Self {
        Self {
            checker,
            fields: fields.map(|fields| fields.iter()),
        }
    }

    #[inline]
    fn check<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Differs> {
        let schema = match &mut self.fields {
            None => &ANY,
            Some(fields) => {
                let (expected, schema) = fields.next().ok_or(Differs)?;
                pass(same(expected, name))?;
                schema
            }
        };
        match schema {
            Schema::Any => Ok(()),
            schema => value.serialize(self.checker.of(schema)),
        }
    }

    #[inline]
    fn finish(self) -> Result<(), Differs> {
        pass(self.fields.is_none_or(|fields| fields.len() == 0))
    }
}

macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl $trait for Fields<'_> {
            type Ok = ();
            type Error = Differs;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Differs> {
                self.check(name, value)
            }

            #[inline]
            fn end(self) -> Result<(), Differs> {
                self.finish()
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

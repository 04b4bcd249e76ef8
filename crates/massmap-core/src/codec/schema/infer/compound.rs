//! Arrays, maps and structs.

use std::borrow::Cow;

use massmap_format::Schema;
use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::inferrer::{Inferrer, Wrapper};
use crate::codec::EncodeRules;
use crate::codec::schema::differs::Differs;
use crate::codec::schema::infer::widen_by;

/// Elements of a sequence.
pub(super) struct Elements {
    rules: EncodeRules,
    element: Schema,
    count: u64,
}

impl Elements {
    pub(super) fn new(rules: EncodeRules) -> Self {
        Self {
            rules,
            element: Schema::Never,
            count: 0,
        }
    }

    fn finish(self) -> Schema {
        Schema::Sequence(Box::new(self.element), u32::try_from(self.count).ok())
    }
}

impl SerializeSeq for Elements {
    type Ok = Schema;
    type Error = Differs;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        widen_by(&mut self.element, value, self.rules);
        self.count += 1;
        Ok(())
    }

    fn end(self) -> Result<Schema, Differs> {
        Ok(self.finish())
    }
}

/// Elements of what is serialized as a tuple.
pub(super) enum Tuple {
    Array(Elements),
    Items(Items),
}

impl SerializeTuple for Tuple {
    type Ok = Schema;
    type Error = Differs;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        match self {
            Self::Array(elements) => elements.serialize_element(value),
            Self::Items(items) => items.add(value),
        }
    }

    fn end(self) -> Result<Schema, Differs> {
        Ok(match self {
            Self::Array(elements) => elements.finish(),
            Self::Items(items) => items.finish(),
        })
    }
}

/// Elements of a tuple.
pub(super) struct Items {
    inferrer: Inferrer,
    wrapper: Option<Wrapper>,
    elements: Vec<Schema>,
}

impl Items {
    pub(super) fn new(inferrer: Inferrer, wrapper: Option<Wrapper>) -> Self {
        Self {
            inferrer,
            wrapper,
            elements: Vec::new(),
        }
    }

    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        self.elements.push(value.serialize(self.inferrer)?);
        Ok(())
    }

    fn finish(self) -> Schema {
        wrap(self.wrapper, Schema::Tuple(self.elements))
    }
}

fn wrap(wrapper: Option<Wrapper>, content: Schema) -> Schema {
    match wrapper {
        Some(wrapper) => wrapper.wrap(Some(content)),
        None => content,
    }
}

macro_rules! items {
    ($($trait:ident)*) => {$(
        impl $trait for Items {
            type Ok = Schema;
            type Error = Differs;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
                self.add(value)
            }

            fn end(self) -> Result<Schema, Differs> {
                Ok(self.finish())
            }
        }
    )*};
}

items! { SerializeTupleStruct SerializeTupleVariant }

/// Entries of a map.
pub(super) struct Entries {
    rules: EncodeRules,
    key: Schema,
    value: Schema,
}

impl Entries {
    pub(super) fn new(rules: EncodeRules) -> Self {
        Self {
            rules,
            key: Schema::Never,
            value: Schema::Never,
        }
    }
}

impl SerializeMap for Entries {
    type Ok = Schema;
    type Error = Differs;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Differs> {
        widen_by(&mut self.key, key, self.rules);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Differs> {
        widen_by(&mut self.value, value, self.rules);
        Ok(())
    }

    fn end(self) -> Result<Schema, Differs> {
        Ok(Schema::Map(Box::new(self.key), Box::new(self.value)))
    }
}

/// Fields of a struct.
pub(super) struct Fields {
    inferrer: Inferrer,
    wrapper: Option<Wrapper>,
    fields: Vec<(Cow<'static, str>, Schema)>,
}

impl Fields {
    pub(super) fn new(inferrer: Inferrer, wrapper: Option<Wrapper>) -> Self {
        Self {
            inferrer,
            wrapper,
            fields: Vec::new(),
        }
    }
}

macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl $trait for Fields {
            type Ok = Schema;
            type Error = Differs;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Differs> {
                self.fields.push((Cow::Borrowed(name), value.serialize(self.inferrer)?));
                Ok(())
            }

            fn end(self) -> Result<Schema, Differs> {
                let structure = Schema::Struct {
                    fields: self.fields,
                    is_map: self.inferrer.rules.field_names,
                };
                Ok(wrap(self.wrapper, structure))
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

//! Arrays and maps.

use std::borrow::Cow;

use massmap_format::Schema;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use super::failure::Failure;
use super::tracer::Tracer;

/// Elements of an array.
pub(super) struct Items<'s> {
    /// The array.
    array: Tracer<'s>,
    elements: Elements<'s>,
    next: usize,
    /// What is wrong if more elements are asked for than there are, unless that is for the type to say.
    at_end: Option<Failure>,
}

enum Elements<'s> {
    /// As many as these, each with its own schema.
    Each(&'s [Schema]),
    /// Fields of a struct.
    Fields(&'s [(Cow<'static, str>, Schema)]),
    /// So many with the same one.
    Same(&'s Schema, usize),
}

impl<'s> Items<'s> {
    pub(super) fn each(array: Tracer<'s>, schemas: &'s [Schema]) -> Self {
        Self::new(array, Elements::Each(schemas))
    }

    pub(super) fn fields(array: Tracer<'s>, fields: &'s [(Cow<'static, str>, Schema)]) -> Self {
        Self::new(array, Elements::Fields(fields))
    }

    pub(super) fn same(array: Tracer<'s>, schema: &'s Schema, length: usize) -> Self {
        Self::new(array, Elements::Same(schema, length))
    }

    fn new(array: Tracer<'s>, elements: Elements<'s>) -> Self {
        Self {
            array,
            elements,
            next: 0,
            at_end: None,
        }
    }

    /// Fails with `failure` if more elements are asked for than there are.
    pub(super) fn with_end(mut self, failure: Option<Failure>) -> Self {
        self.at_end = failure;
        self
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Failure> {
        let number = self.next;
        self.next += 1;
        let named = match self.elements {
            Elements::Each(schemas) => schemas.get(number).map(|schema| (schema, None)),
            Elements::Fields(fields) => fields.get(number).map(|(name, schema)| (schema, Some(name))),
            Elements::Same(schema, length) => (number < length).then_some((schema, None)),
        };
        let Some((schema, name)) = named else {
            return self.at_end.take().map_or(Ok(None), Err);
        };
        let element = seed.deserialize(self.array.part(schema)?);
        element.map(Some).map_err(|failure| match name {
            Some(name) => failure.inside(name),
            None => failure.inside(number),
        })
    }
}

/// Entries of a map.
pub(super) struct Entries<'s> {
    /// The map.
    map: Tracer<'s>,
    names: Names<'s>,
    next: usize,
}

enum Names<'s> {
    /// One entry with this key and this value; none if there are no schemas.
    Other(Option<(&'s Schema, &'s Schema)>),
    /// Fields of a struct.
    Fields(&'s [(Cow<'static, str>, Schema)]),
    /// The fields that are asked for, with the same schema each.
    Asked(&'static [&'static str], &'s Schema),
}

impl<'s> Entries<'s> {
    /// An entry with a key and a value with these schemas, if there can be one.
    pub(super) fn other(map: Tracer<'s>, key: &'s Schema, value: &'s Schema) -> Self {
        let is_empty = *key == Schema::Never || *value == Schema::Never;
        Self::new(map, Names::Other((!is_empty).then_some((key, value))))
    }

    pub(super) fn none(map: Tracer<'s>) -> Self {
        Self::new(map, Names::Other(None))
    }

    pub(super) fn fields(map: Tracer<'s>, fields: &'s [(Cow<'static, str>, Schema)]) -> Self {
        Self::new(map, Names::Fields(fields))
    }

    pub(super) fn asked(map: Tracer<'s>, names: &'static [&'static str], value: &'s Schema) -> Self {
        Self::new(map, Names::Asked(names, value))
    }

    fn new(map: Tracer<'s>, names: Names<'s>) -> Self {
        Self { map, names, next: 0 }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let name = match self.names {
            Names::Other(None) => return Ok(None),
            Names::Other(Some((key, _))) => {
                if self.next > 0 {
                    return Ok(None);
                }
                let key = seed.deserialize(self.map.part(key)?);
                return key.map(Some).map_err(|failure| failure.inside("key"));
            }
            Names::Fields(fields) => fields.get(self.next).map(|(name, _)| &**name),
            Names::Asked(names, _) => names.get(self.next).copied(),
        };
        let name: Option<StrDeserializer<'_, Failure>> = name.map(IntoDeserializer::into_deserializer);
        // What it says of the name is about the struct.
        name.map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let (name, schema) = match self.names {
            Names::Other(None) => return Err(Failure::Unknown),
            Names::Other(Some((_, value))) => ("value", value),
            Names::Fields(fields) => {
                let (name, schema) = fields.get(self.next).ok_or(Failure::Unknown)?;
                (&**name, schema)
            }
            Names::Asked(names, schema) => (names.get(self.next).copied().ok_or(Failure::Unknown)?, schema),
        };
        self.next += 1;
        let value = seed.deserialize(self.map.part(schema)?);
        value.map_err(|failure| failure.inside(name))
    }
}

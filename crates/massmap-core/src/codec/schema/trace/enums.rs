//! Enums.

use massmap_format::{Schema, Variant};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor};

use super::failure::{Failure, Report};
use super::tracer::{Context, Tracer};

/// Gives the visitor of an enum a value.
pub(super) fn visit<'de, V: Visitor<'de>>(tracer: Tracer<'_>, visitor: V) -> Result<V::Value, Failure> {
    match tracer.schema {
        Schema::Enum(variants) => {
            let count = variants.len().max(1) as u64;
            let choice = usize::try_from(tracer.context.choice % count).unwrap_or_default();
            let variant = variants.get(choice).ok_or(Failure::Unknown)?;
            let context = Context {
                choice: tracer.context.choice / count,
                ..tracer.context
            };
            let tracer = Tracer { context, ..tracer };
            tracer.settle(visitor.visit_enum(Chosen { tracer, variant }), &[Report::Type])
        }
        // Variants may be stored by hand: as their names, their numbers, or in a map.
        Schema::String | Schema::Integer(_) | Schema::Map(..) if !tracer.context.is_key => {
            Err(Failure::Unknown)
        }
        Schema::Any | Schema::Never => Err(Failure::Unknown),
        _ => Err(tracer.differs(&"an enum")),
    }
}

/// A variant of an enum.
struct Chosen<'s> {
    tracer: Tracer<'s>,
    variant: &'s Variant,
}

impl<'s> Chosen<'s> {
    /// The content, which a type asks for.
    fn content(&self, asked: &str) -> Result<Tracer<'s>, Failure> {
        match &self.variant.content {
            Some(content) => self.tracer.part(content),
            None => Err(Failure::difference(&"a variant without content", &asked).inside(&self.variant.name)),
        }
    }
}

impl<'de> EnumAccess<'de> for Chosen<'_> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Failure> {
        let name: StrDeserializer<'_, Failure> = (&*self.variant.name).into_deserializer();
        // A program that does not know all variants reads entries with the others.
        Ok((seed.deserialize(name).map_err(Failure::settled)?, self))
    }
}

impl<'de> VariantAccess<'de> for Chosen<'_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match &self.variant.content {
            None => Ok(()),
            Some(content) => {
                Err(Failure::difference(content, &"a variant without content").inside(&self.variant.name))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        let content = self.content("one with content")?;
        seed.deserialize(content)
            .map_err(|failure| failure.inside(&self.variant.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Failure> {
        let content = self.content("one with content")?;
        let visited = content.deserialize_tuple(length, visitor);
        visited.map_err(|failure| failure.inside(&self.variant.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let content = self.content("one with content")?;
        let visited = content.deserialize_struct("", fields, visitor);
        visited.map_err(|failure| failure.inside(&self.variant.name))
    }
}

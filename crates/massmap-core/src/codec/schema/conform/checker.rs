//! The state of a comparison.

use massmap_format::{IntegerType, Schema, Variant};

use crate::codec::EncodeRules;
use crate::codec::schema::differs::Differs;

/// Compares a value with a schema.
#[derive(Clone, Copy)]
pub(super) struct Checker<'s> {
    pub(super) schema: &'s Schema,
    /// Whether structs are stored as maps.
    pub(super) field_names: bool,
}

pub(super) static ANY: Schema = Schema::Any;

impl<'s> Checker<'s> {
    #[inline]
    pub(super) fn new(schema: &'s Schema, rules: EncodeRules) -> Self {
        Self {
            schema,
            field_names: rules.field_names,
        }
    }

    /// The same check of a part, by its schema.
    #[inline]
    pub(super) fn of(self, schema: &'s Schema) -> Self {
        Self { schema, ..self }
    }

    /// Whether the schema is this one, which has nothing inside.
    #[inline]
    pub(super) fn is(self, scalar: &Schema) -> Result<(), Differs> {
        // Comparing whole schemas would be a call.
        let is_scalar = std::mem::discriminant(self.schema) == std::mem::discriminant(scalar);
        pass(is_scalar || matches!(self.schema, Schema::Any))
    }

    #[inline]
    pub(super) fn integer(self, integer: IntegerType) -> Result<(), Differs> {
        pass(match self.schema {
            Schema::Integer(expected) => *expected == integer,
            other => matches!(other, Schema::Any),
        })
    }

    /// A check of the content of a variant.
    #[inline]
    pub(super) fn variant(self, index: u32, name: &str) -> Result<Self, Differs> {
        match self.schema {
            Schema::Enum(variants) => match &find(variants, index, name)?.content {
                Some(content) => Ok(self.of(content)),
                None => Err(Differs),
            },
            Schema::Any => Ok(self),
            _ => Err(Differs),
        }
    }
}

#[inline]
pub(super) fn pass(conforms: bool) -> Result<(), Differs> {
    match conforms {
        true => Ok(()),
        false => Err(Differs),
    }
}

#[inline]
pub(super) fn find<'s>(variants: &'s [Variant], index: u32, name: &str) -> Result<&'s Variant, Differs> {
    let place = variants.binary_search_by_key(&index, |variant| variant.index);
    let variant = place.ok().and_then(|place| variants.get(place)).ok_or(Differs)?;
    pass(same(&variant.name, name)).map(|()| variant)
}

/// Whether two names are equal. Mostly they are the same piece of memory.
#[inline]
pub(super) fn same(one: &str, other: &str) -> bool {
    std::ptr::eq(one, other) || one == other
}

//! Objects of Python as MessagePack of a schema.

mod any;
mod array;
mod compound;
mod output;
mod scalar;

use massmap::Schema;
use massmap::dynamic::SchemaMismatch;
use massmap::format::MAX_DEPTH;
use pyo3::prelude::*;

pub(super) use output::Unfit;
use output::{Encoder, Result, mismatch, nil};

/// Appends the encoding of `object` to `out`, if it is a value of `schema`.
pub(super) fn encode(schema: &Schema, object: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> Result {
    Encoder { out, depth: 0 }.value(schema, object)
}

impl Encoder<'_> {
    /// Encodes `object`, which may be a part of another one.
    fn value(&mut self, schema: &Schema, object: &Bound<'_, PyAny>) -> Result {
        if self.depth > MAX_DEPTH {
            return Err(SchemaMismatch::new(schema, "a value that nests too deep, or in itself").into());
        }
        self.depth += 1;
        self.inner(schema, object)?;
        self.depth -= 1;
        Ok(())
    }

    fn inner(&mut self, schema: &Schema, object: &Bound<'_, PyAny>) -> Result {
        match schema {
            Schema::Integer(integer) => scalar::integer(*integer, object, self),
            Schema::String => scalar::text(schema, object, self),
            Schema::F64 | Schema::F32 => scalar::float(schema, object, self),
            Schema::Bool => scalar::boolean(object, self),
            Schema::Char => scalar::character(object, self),
            Schema::Unit if object.is_none() => nil(self),
            Schema::Option(_) if object.is_none() => nil(self),
            Schema::Option(inner) => self.inner(inner, object),
            Schema::Bytes(length) => scalar::bytes(schema, *length, object, self),
            Schema::Sequence(element, length) => array::sequence(schema, element, *length, object, self),
            Schema::Tuple(elements) => compound::tuple(schema, elements, object, self),
            Schema::Struct { fields, is_map } => compound::structure(schema, (fields, *is_map), object, self),
            Schema::Map(key, value) => compound::map(schema, [key, value], object, self),
            Schema::Enum(variants) => compound::variant(schema, variants, object, self),
            Schema::Any => any::any(object, self),
            Schema::Never | Schema::Unit => Err(mismatch(schema, object)),
        }
    }
}

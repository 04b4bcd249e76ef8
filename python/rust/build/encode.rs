//! Objects of Python as MessagePack of a schema.

mod any;
mod array;
mod compound;
mod scalar;

use massmap::Schema;
use massmap::dynamic::SchemaMismatch;
use massmap::format::MAX_DEPTH;
use pyo3::prelude::*;

use crate::convert::bytes::with_bytes;

/// Why writing to memory succeeds.
const INFALLIBLE: &str = "a vector takes all that is written to it";

/// Why an object cannot be encoded.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It is no value of the schema.
    Mismatch(SchemaMismatch),
    /// Code of Python has failed.
    Raised(PyErr),
}

type Result<T = (), E = Unfit> = std::result::Result<T, E>;

impl From<PyErr> for Unfit {
    #[cold]
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl From<SchemaMismatch> for Unfit {
    #[cold]
    fn from(mismatch: SchemaMismatch) -> Self {
        Self::Mismatch(mismatch)
    }
}

/// Appends the encoding of `object` to `out`, if it is a value of `schema`.
pub(super) fn encode(schema: &Schema, object: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> Result {
    encode_at(schema, object, out, 0)
}

/// The same in `depth` values around.
fn encode_at(schema: &Schema, object: &Bound<'_, PyAny>, out: &mut Vec<u8>, depth: usize) -> Result {
    if depth > MAX_DEPTH {
        return Err(SchemaMismatch::new(schema, "a value that nests too deep, or in itself").into());
    }
    let depth = depth + 1;
    match schema {
        Schema::Integer(integer) => scalar::integer(*integer, object, out),
        Schema::String => scalar::text(schema, object, out),
        Schema::F64 | Schema::F32 => scalar::float(schema, object, out),
        Schema::Bool => scalar::boolean(object, out),
        Schema::Char => scalar::character(object, out),
        Schema::Unit if object.is_none() => nil(out),
        Schema::Option(_) if object.is_none() => nil(out),
        Schema::Option(inner) => encode_at(inner, object, out, depth),
        Schema::Bytes(length) => scalar::bytes(schema, *length, object, out),
        Schema::Sequence(element, length) => array::sequence(schema, element, *length, object, out, depth),
        Schema::Tuple(elements) => compound::tuple(schema, elements, object, out, depth),
        Schema::Struct { fields, is_map } => {
            compound::structure(schema, (fields, *is_map), object, out, depth)
        }
        Schema::Map(key, value) => compound::map(schema, [key, value], object, out, depth),
        Schema::Enum(variants) => compound::variant(schema, variants, object, out, depth),
        Schema::Any => any::any(object, out, depth),
        Schema::Never | Schema::Unit => Err(mismatch(schema, object)),
    }
}

fn nil(out: &mut Vec<u8>) -> Result {
    rmp::encode::write_nil(out).expect(INFALLIBLE);
    Ok(())
}

/// The error that `object` is no value of `schema`.
#[cold]
fn mismatch(schema: &Schema, object: &Bound<'_, PyAny>) -> Unfit {
    SchemaMismatch::new(schema, shown(object)).into()
}

/// An object for a message.
fn shown(object: &Bound<'_, PyAny>) -> String {
    if object.is_none() {
        return "None".to_owned();
    }
    let name = object.get_type().name();
    name.map_or_else(|_| "an object".to_owned(), |name| format!("of the type {name}"))
}

/// The length of an array, a map, a string or bytes.
fn length(schema: &Schema, length: usize) -> Result<u32> {
    let too_long = |_| SchemaMismatch::new(schema, format_args!("a value of the length {length}"));
    Ok(u32::try_from(length).map_err(too_long)?)
}

fn write_bytes(schema: &Schema, bytes: &[u8], out: &mut Vec<u8>) -> Result {
    let length = length(schema, bytes.len())?;
    rmp::encode::write_bin_len(out, length).expect(INFALLIBLE);
    out.extend_from_slice(bytes);
    Ok(())
}

fn write_text(schema: &Schema, text: &str, out: &mut Vec<u8>) -> Result {
    let length = length(schema, text.len())?;
    rmp::encode::write_str_len(out, length).expect(INFALLIBLE);
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

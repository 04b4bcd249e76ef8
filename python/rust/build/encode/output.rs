//! Where encoded objects go, and why some do not.

use std::io;

use massmap::Schema;
use massmap::dynamic::{SchemaMismatch, SchemaStep};
use pyo3::prelude::*;

/// Why writing to memory succeeds.
pub(super) const INFALLIBLE: &str = "a vector takes all that is written to it";

/// Why an object cannot be encoded.
#[derive(Debug)]
pub(in crate::build) enum Unfit {
    /// It is no value of the schema.
    Mismatch(SchemaMismatch),
    /// Code of Python has failed.
    Raised(PyErr),
}

pub(super) type Result<T = (), E = Unfit> = std::result::Result<T, E>;

impl Unfit {
    /// The same of the value around, of which `step` leads to the part at hand.
    #[cold]
    pub(super) fn within(self, step: impl FnOnce() -> SchemaStep) -> Self {
        match self {
            Self::Mismatch(mismatch) => Self::Mismatch(mismatch.within(step())),
            raised => raised,
        }
    }
}

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

/// Encodes objects one after the other.
pub(super) struct Encoder<'o> {
    pub(super) out: &'o mut Vec<u8>,
    /// How many values have begun and not ended.
    pub(super) depth: usize,
}

impl io::Write for Encoder<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn nil(encoder: &mut Encoder<'_>) -> Result {
    rmp::encode::write_nil(encoder).expect(INFALLIBLE);
    Ok(())
}

/// The error that `object` is no value of `schema`.
#[cold]
pub(super) fn mismatch(schema: &Schema, object: &Bound<'_, PyAny>) -> Unfit {
    SchemaMismatch::new(schema, shown(object)).into()
}

/// An object for a message.
pub(super) fn shown(object: &Bound<'_, PyAny>) -> String {
    if object.is_none() {
        return "None".to_owned();
    }
    let name = object.get_type().name();
    name.map_or_else(|_| "an object".to_owned(), |name| format!("of the type {name}"))
}

/// The length of an array, a map, a string or bytes.
pub(super) fn length(schema: &Schema, length: usize) -> Result<u32> {
    let too_long = |_| SchemaMismatch::new(schema, format_args!("a value of the length {length}"));
    Ok(u32::try_from(length).map_err(too_long)?)
}

pub(super) fn write_bytes(schema: &Schema, bytes: &[u8], encoder: &mut Encoder<'_>) -> Result {
    let length = length(schema, bytes.len())?;
    rmp::encode::write_bin_len(encoder, length).expect(INFALLIBLE);
    encoder.out.extend_from_slice(bytes);
    Ok(())
}

pub(super) fn write_text(schema: &Schema, text: &str, encoder: &mut Encoder<'_>) -> Result {
    let length = length(schema, text.len())?;
    rmp::encode::write_str_len(encoder, length).expect(INFALLIBLE);
    encoder.out.extend_from_slice(text.as_bytes());
    Ok(())
}

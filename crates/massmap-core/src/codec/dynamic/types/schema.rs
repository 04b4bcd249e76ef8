//! Types and the schemas of files.

use massmap_format::{IntegerType as StoredInteger, Schema};

use super::Type;
use super::kind::{IntegerType, Kind, Width};

impl Type {
    /// The type of values that `schema` describes.
    ///
    /// Structs that are stored as arrays count as tuples, which they are hashed like. Other types than those that
    /// [names](Self::parse) give are no keys.
    #[must_use]
    pub fn of_schema(schema: &Schema) -> Self {
        Self(kind(schema))
    }

    /// What values of this type are in files; `None` if the name does not tell.
    #[must_use]
    pub fn schema(&self) -> Option<Schema> {
        schema(&self.0)
    }
}

fn kind(schema: &Schema) -> Kind {
    match schema {
        Schema::Bool => Kind::Bool,
        Schema::Char => Kind::Char,
        Schema::String => Kind::Text,
        Schema::F32 => Kind::Float,
        Schema::F64 => Kind::Double,
        Schema::Integer(integer) => Kind::Integer(IntegerType::of_stored(*integer)),
        // A length that all have in common may be that of their type or not. A key of another length is just missing.
        Schema::Bytes(_) => Kind::Bytes { length: None },
        Schema::Option(inner) => Kind::Optional(Box::new(kind(inner))),
        Schema::Sequence(element, _) => Kind::Sequence {
            element: Box::new(kind(element)),
            length: None,
        },
        Schema::Tuple(elements) if !elements.is_empty() => Kind::Tuple(elements.iter().map(kind).collect()),
        Schema::Struct {
            fields,
            is_map: false,
        } if !fields.is_empty() => Kind::Tuple(fields.iter().map(|(_, field)| kind(field)).collect()),
        Schema::Never
        | Schema::Unit
        | Schema::Map(..)
        | Schema::Tuple(_)
        | Schema::Struct { .. }
        | Schema::Enum(_)
        | Schema::Any => Kind::Other(schema.to_string().into()),
    }
}

fn schema(kind: &Kind) -> Option<Schema> {
    Some(match kind {
        Kind::Bool => Schema::Bool,
        Kind::Char => Schema::Char,
        Kind::Text => Schema::String,
        Kind::Float => Schema::F32,
        Kind::Double => Schema::F64,
        Kind::Integer(integer) => Schema::Integer(integer.stored()),
        Kind::Bytes { length } => Schema::Bytes(length.and_then(|length| u32::try_from(length).ok())),
        Kind::Sequence { element, length } => {
            let length = length.map(u32::try_from).transpose().ok()?;
            Schema::Sequence(Box::new(schema(element)?), length)
        }
        Kind::Tuple(elements) => Schema::Tuple(elements.iter().map(schema).collect::<Option<_>>()?),
        Kind::Optional(inner) => Schema::Option(Box::new(schema(inner)?)),
        Kind::Other(_) => return None,
    })
}

impl IntegerType {
    fn of_stored(stored: StoredInteger) -> Self {
        let width = match stored {
            StoredInteger::U8 | StoredInteger::I8 => Width::Bits8,
            StoredInteger::U16 | StoredInteger::I16 => Width::Bits16,
            StoredInteger::U32 | StoredInteger::I32 => Width::Bits32,
            StoredInteger::U64 | StoredInteger::I64 => Width::Bits64,
            StoredInteger::U128 | StoredInteger::I128 => Width::Bits128,
        };
        Self {
            width,
            is_signed: stored.is_signed(),
            is_nonzero: false,
            is_wrapped: false,
        }
    }

    fn stored(self) -> StoredInteger {
        match (self.width, self.is_signed) {
            (Width::Bits8, false) => StoredInteger::U8,
            (Width::Bits16, false) => StoredInteger::U16,
            (Width::Bits32, false) => StoredInteger::U32,
            (Width::Bits64 | Width::Size, false) => StoredInteger::U64,
            (Width::Bits128, false) => StoredInteger::U128,
            (Width::Bits8, true) => StoredInteger::I8,
            (Width::Bits16, true) => StoredInteger::I16,
            (Width::Bits32, true) => StoredInteger::I32,
            (Width::Bits64 | Width::Size, true) => StoredInteger::I64,
            (Width::Bits128, true) => StoredInteger::I128,
        }
    }
}

//! What values are, in a form in which they are decoded fast.

use massmap::{IntegerType, Schema};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A schema with the names that it has as Python strings, which all values share.
pub(crate) enum Shape {
    /// Anything, which tells by itself what it is.
    Any,
    Unit,
    Bool,
    /// A string or a character.
    Text,
    Integer,
    /// An integer of 128 bits.
    Wide {
        is_signed: bool,
    },
    Float,
    Bytes,
    Option(Box<Shape>),
    /// A sequence of `u8`, which is given as `bytes`.
    ByteSequence,
    Sequence(Box<Shape>),
    Map(Box<Shape>, Box<Shape>),
    Tuple(Vec<Shape>),
    Struct {
        fields: Vec<Field>,
        is_map: bool,
    },
    Enum(Vec<Field>),
}

/// A field of a struct, or a variant of an enum.
pub(crate) struct Field {
    pub(crate) name: Py<PyString>,
    /// The name, as it is stored.
    pub(crate) text: Box<str>,
    /// What is in it; `None` for a variant without content.
    pub(crate) content: Option<Shape>,
}

impl Shape {
    pub(crate) fn new(py: Python<'_>, schema: &Schema) -> Self {
        let boxed = |schema: &Schema| Box::new(Self::new(py, schema));
        match schema {
            Schema::Never | Schema::Any => Self::Any,
            Schema::Unit => Self::Unit,
            Schema::Bool => Self::Bool,
            Schema::Char | Schema::String => Self::Text,
            Schema::Integer(IntegerType::U128) => Self::Wide { is_signed: false },
            Schema::Integer(IntegerType::I128) => Self::Wide { is_signed: true },
            Schema::Integer(_) => Self::Integer,
            Schema::F32 | Schema::F64 => Self::Float,
            Schema::Bytes(_) => Self::Bytes,
            Schema::Option(inner) => Self::Option(boxed(inner)),
            Schema::Sequence(element, _) => match **element {
                Schema::Integer(IntegerType::U8) => Self::ByteSequence,
                _ => Self::Sequence(boxed(element)),
            },
            Schema::Map(key, value) => Self::Map(boxed(key), boxed(value)),
            Schema::Tuple(elements) => {
                Self::Tuple(elements.iter().map(|element| Self::new(py, element)).collect())
            }
            Schema::Struct { fields, is_map } => Self::Struct {
                fields: fields
                    .iter()
                    .map(|(name, field)| Field::new(py, name, Some(field)))
                    .collect(),
                is_map: *is_map,
            },
            Schema::Enum(variants) => Self::Enum(
                variants
                    .iter()
                    .map(|variant| Field::new(py, &variant.name, variant.content.as_ref()))
                    .collect(),
            ),
        }
    }

    /// What it is, in words.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Unit => "nil",
            Self::Bool => "a boolean",
            Self::Text => "a string",
            Self::Integer => "an integer",
            Self::Wide { .. } => "an integer of 128 bits",
            Self::Float => "a float",
            Self::Bytes => "a byte array",
            Self::Option(inner) => inner.name(),
            Self::ByteSequence | Self::Sequence(_) => "an array",
            Self::Map(..) => "a map",
            Self::Tuple(_) => "a tuple",
            Self::Struct { .. } => "a struct",
            Self::Enum(_) => "a variant of an enum",
        }
    }
}

impl Field {
    fn new(py: Python<'_>, name: &str, content: Option<&Schema>) -> Self {
        Self {
            name: PyString::intern(py, name).unbind(),
            text: name.into(),
            content: content.map(|content| Shape::new(py, content)),
        }
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

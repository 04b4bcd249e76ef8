//! Schemas in messages and descriptions.

use std::fmt;

use super::{Schema, Variant};

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("none"),
            Self::Unit => f.write_str("unit"),
            Self::Bool => f.write_str("bool"),
            Self::Char => f.write_str("char"),
            Self::Integer(integer) => f.write_str(integer.name()),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::String => f.write_str("string"),
            Self::Bytes(None) => f.write_str("bytes"),
            Self::Bytes(Some(length)) => write!(f, "{length} bytes"),
            Self::Option(inner) => write!(f, "optional {inner}"),
            Self::Sequence(element, None) => write!(f, "[{element}]"),
            Self::Sequence(element, Some(length)) => write!(f, "[{element}; {length}]"),
            Self::Map(key, value) => write!(f, "map from {key} to {value}"),
            Self::Tuple(elements) => {
                f.write_str("(")?;
                list(f, elements, |f, element| element.fmt(f))?;
                f.write_str(")")
            }
            Self::Struct { fields, .. } => {
                f.write_str("{")?;
                list(f, fields, |f, (name, field)| write!(f, "{}: {field}", Name(name)))?;
                f.write_str("}")
            }
            Self::Enum(variants) => {
                f.write_str("one of ")?;
                list(f, variants, |f, variant| variant.fmt(f))
            }
            Self::Any => f.write_str("any"),
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Name(&self.name).fmt(f)?;
        match &self.content {
            None => Ok(()),
            Some(content @ Schema::Tuple(_)) => content.fmt(f),
            Some(content @ Schema::Struct { .. }) => write!(f, " {content}"),
            Some(content) => write!(f, "({content})"),
        }
    }
}

/// A name without characters that would harm a terminal.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_debug().fmt(f)
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    item: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (number, each) in items.iter().enumerate() {
        if number > 0 {
            f.write_str(", ")?;
        }
        item(f, each)?;
    }
    Ok(())
}

//! Encoding schemas, `FORMAT.md` section 2.6.1.

use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::{Schema, Variant};

impl Schema {
    /// The schema as MessagePack.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        rmp_serde::to_vec(self).expect("a vector takes all that is written to it")
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => "never".serialize(serializer),
            Self::Unit => "unit".serialize(serializer),
            Self::Bool => "bool".serialize(serializer),
            Self::Char => "char".serialize(serializer),
            Self::Integer(integer) => integer.name().serialize(serializer),
            Self::F32 => "f32".serialize(serializer),
            Self::F64 => "f64".serialize(serializer),
            Self::String => "string".serialize(serializer),
            Self::Any => "any".serialize(serializer),
            Self::Bytes(None) => "bytes".serialize(serializer),
            Self::Bytes(Some(length)) => ("bytes", length).serialize(serializer),
            Self::Option(inner) => ("option", inner).serialize(serializer),
            Self::Sequence(element, None) => ("sequence", element).serialize(serializer),
            Self::Sequence(element, Some(length)) => ("array", element, length).serialize(serializer),
            Self::Map(key, value) => ("map", key, value).serialize(serializer),
            Self::Tuple(elements) => ("tuple", elements).serialize(serializer),
            Self::Struct {
                fields,
                is_map: false,
            } => ("struct", fields).serialize(serializer),
            Self::Struct { fields, is_map: true } => ("struct_map", fields).serialize(serializer),
            Self::Enum(variants) => ("enum", variants).serialize(serializer),
        }
    }
}

impl Serialize for Variant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(Some(2 + usize::from(self.content.is_some())))?;
        array.serialize_element(&self.index)?;
        array.serialize_element(&self.name)?;
        if let Some(content) = &self.content {
            array.serialize_element(content)?;
        }
        array.end()
    }
}

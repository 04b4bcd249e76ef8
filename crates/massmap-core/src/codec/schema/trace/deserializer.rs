//! The implementation of serde's `Deserializer`.

use massmap_format::{IntegerType, Schema};
use serde::de::{Deserializer, Visitor};

use super::access::{Entries, Items};
use super::failure::{Failure, Report};
use super::tracer::Tracer;
use super::{enums, fields};

/// What made-up byte strings hold.
static BYTES: [u8; 1 << 16] = [1; 1 << 16];

impl<'s> Tracer<'s> {
    /// Gives the visitor of a tuple of `length` elements a value.
    fn tuple<'de, V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Failure> {
        let items = match self.schema {
            Schema::Sequence(element, stored) if stored.is_none_or(|stored| stored as usize == length) => {
                Items::same(self, element, length)
            }
            Schema::Tuple(elements) if elements.len() == length => Items::each(self, elements),
            Schema::Struct {
                fields,
                is_map: false,
            } if fields.len() == length => Items::fields(self, fields),
            Schema::Any | Schema::Never => Items::same(self, &Schema::Any, length),
            _ => return Err(self.differs(&format_args!("a tuple or an array of {length}"))),
        };
        self.settle(visitor.visit_seq(items), &[Report::Type])
    }

    /// Gives the visitor of a string a value.
    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let has_names = |schema: &Schema| match schema {
            Schema::Enum(variants) => variants.iter().all(|variant| variant.content.is_none()),
            other => *other == Schema::Char,
        };
        let visited = match self.schema {
            Schema::String | Schema::Any | Schema::Never => visitor.visit_borrowed_str(""),
            schema if !self.context.is_key && has_names(schema) => visitor.visit_borrowed_str("a"),
            // The tag of an enum that is stored beside its content. What is hashed tells whether it is one.
            schema if self.context.depth > 0 && has_names(schema) => return Err(Failure::Unknown),
            _ => return Err(self.differs(&"a string")),
        };
        self.settle(visited, &[Report::Type])
    }

    /// Gives the visitor of a byte string a value.
    fn bytes<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let is_byte = |element: &Schema| {
            matches!(
                element,
                Schema::Integer(IntegerType::U8) | Schema::Any | Schema::Never
            )
        };
        let visited = match self.schema {
            // Some types have one length only.
            Schema::Bytes(length) => {
                let length = length.map_or(0, |length| length as usize);
                visitor.visit_borrowed_bytes(BYTES.get(..length).ok_or(Failure::Unknown)?)
            }
            Schema::Any | Schema::Never => visitor.visit_borrowed_bytes(&[]),
            Schema::String if !self.context.is_key => visitor.visit_borrowed_str(""),
            Schema::Sequence(element, length) if is_byte(element) => {
                let length = length.map_or(1, |length| length as usize);
                visitor.visit_seq(Items::same(self, element, length))
            }
            _ => return Err(self.differs(&"a byte string")),
        };
        self.settle(visited, &[Report::Type])
    }

    /// Gives the visitor what the schema says.
    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.schema {
            Schema::Never | Schema::Any => self.settle(visitor.visit_unit(), &[]),
            Schema::Unit => self.settle(visitor.visit_unit(), &[Report::Type]),
            Schema::Bool => self.settle(visitor.visit_bool(true), &[Report::Type]),
            Schema::Integer(_) => self.integer(None, visitor),
            Schema::F32 => self.settle(visitor.visit_f32(1.0), &[Report::Type]),
            Schema::F64 => self.settle(visitor.visit_f64(1.0), &[Report::Type]),
            Schema::Char | Schema::String => self.settle(visitor.visit_borrowed_str("a"), &[Report::Type]),
            Schema::Bytes(_) => self.bytes(visitor),
            // Nil or the value itself: the visitor sees no difference to that.
            Schema::Option(inner) => self.part(inner)?.any(visitor).map_err(Failure::settled),
            Schema::Sequence(element, length) => {
                let length = length.map_or(1, |length| length.min(1) as usize);
                self.settle(
                    visitor.visit_seq(Items::same(self, element, length)),
                    &[Report::Type],
                )
            }
            Schema::Tuple(elements) => {
                self.settle(visitor.visit_seq(Items::each(self, elements)), &[Report::Type])
            }
            Schema::Struct {
                fields,
                is_map: false,
            } => self.settle(visitor.visit_seq(Items::fields(self, fields)), &[Report::Type]),
            Schema::Struct { fields, is_map: true } => {
                self.settle(visitor.visit_map(Entries::fields(self, fields)), &[Report::Type])
            }
            Schema::Map(key, value) => self.settle(
                visitor.visit_map(Entries::other(self, key, value)),
                &[Report::Type],
            ),
            Schema::Enum(variants) => match variants.iter().all(|variant| variant.content.is_none()) {
                true => self.settle(visitor.visit_borrowed_str("a"), &[]),
                false => Err(Failure::Unknown),
            },
        }
    }
}

macro_rules! integers {
    ($($method:ident asks $integer:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.integer(Some(IntegerType::$integer), visitor)
        }
    )*};
}

macro_rules! alike {
    ($($method:ident($($argument:ident: $type:ty),*) by $by:ident($($passed:ident),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Failure> {
            $(let _ = $argument;)*
            self.$by($($passed,)* visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Tracer<'_> {
    type Error = Failure;

    fn is_human_readable(&self) -> bool {
        false
    }

    integers! {
        deserialize_i8 asks I8;
        deserialize_i16 asks I16;
        deserialize_i32 asks I32;
        deserialize_i64 asks I64;
        deserialize_i128 asks I128;
        deserialize_u8 asks U8;
        deserialize_u16 asks U16;
        deserialize_u32 asks U32;
        deserialize_u64 asks U64;
        deserialize_u128 asks U128;
    }

    alike! {
        deserialize_any() by any();
        deserialize_str() by text();
        deserialize_string() by text();
        deserialize_identifier() by text();
        deserialize_bytes() by bytes();
        deserialize_byte_buf() by bytes();
        deserialize_tuple(length: usize) by tuple(length);
        deserialize_tuple_struct(name: &'static str, length: usize) by tuple(length);
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.schema {
            Schema::Bool | Schema::Any | Schema::Never => {
                self.settle(visitor.visit_bool(true), &[Report::Type])
            }
            _ => Err(self.differs(&"bool")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.schema {
            Schema::F32 | Schema::Any | Schema::Never => self.settle(visitor.visit_f32(1.0), &[Report::Type]),
            _ => Err(self.differs(&"f32")),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.schema {
            Schema::F64 | Schema::Any | Schema::Never => self.settle(visitor.visit_f64(1.0), &[Report::Type]),
            Schema::F32 => self.settle(visitor.visit_f32(1.0), &[Report::Type]),
            _ => Err(self.differs(&"f64")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.schema {
            Schema::Char | Schema::Any | Schema::Never => {
                self.settle(visitor.visit_char('a'), &[Report::Type])
            }
            _ => Err(self.differs(&"char")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.schema {
            Schema::Any | Schema::Never => self.settle(visitor.visit_none(), &[]),
            Schema::Option(inner) if **inner == Schema::Never => self.settle(visitor.visit_none(), &[]),
            Schema::Option(inner) => {
                let inner = self.part(inner)?;
                self.settle(visitor.visit_some(inner), &[Report::Type])
            }
            Schema::Unit if !self.context.is_key => self.settle(visitor.visit_none(), &[]),
            // A value that is always there.
            _ if !self.context.is_key => self.settle(visitor.visit_some(self.part(self.schema)?), &[]),
            _ => Err(self.differs(&"optional")),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.schema {
            Schema::Unit | Schema::Any | Schema::Never => self.settle(visitor.visit_unit(), &[Report::Type]),
            _ => Err(self.differs(&"unit")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.schema {
            Schema::Tuple(elements) if elements.is_empty() => {
                self.settle(visitor.visit_unit(), &[Report::Type])
            }
            _ => self.deserialize_unit(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match name {
            // An extension, which no schema describes.
            rmp_serde::MSGPACK_EXT_STRUCT_NAME => Err(Failure::Unknown),
            _ => self.settle(visitor.visit_newtype_struct(self), &[]),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let items = match self.schema {
            Schema::Sequence(element, _) if **element == Schema::Never => Items::same(self, element, 0),
            // Some types have one length only.
            Schema::Sequence(element, length) => {
                Items::same(self, element, length.map_or(1, |length| length as usize))
            }
            Schema::Tuple(elements) if !self.context.is_key => Items::each(self, elements),
            Schema::Struct {
                fields,
                is_map: false,
            } if !self.context.is_key => Items::fields(self, fields),
            Schema::Any | Schema::Never => Items::same(self, &Schema::Any, 0),
            _ => return Err(self.differs(&"a sequence")),
        };
        self.settle(visitor.visit_seq(items), &[Report::Type])
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let entries = match self.schema {
            Schema::Map(key, value) => Entries::other(self, key, value),
            Schema::Struct { fields, is_map: true } => Entries::fields(self, fields),
            Schema::Any | Schema::Never => Entries::none(self),
            _ => return Err(self.differs(&"a map")),
        };
        self.settle(visitor.visit_map(entries), &[Report::Type])
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        fields::visit(self, names, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        enums::visit(self, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.settle(visitor.visit_unit(), &[])
    }
}

//! Decoding that detects skipped elements of tuple structs.
//!
//! serde informs a serializer of skipped fields, but not of skipped elements. The stored array is then shorter, and its elements
//! are read in place of others. Encoding the result gives the same bytes again. Only the number of elements that a reader expects
//! reveals the loss.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

/// Decodes a value, and refuses tuple structs and tuple variants with skipped elements.
///
/// Their other elements would be read in the place of the skipped ones. For checking entries while they are built.
///
/// # Errors
///
/// Those of decoding.
pub fn decode_strict<'de, T: Deserialize<'de>>(encoded: &'de [u8]) -> Result<T, rmp_serde::decode::Error> {
    let mut decoder = rmp_serde::Deserializer::from_read_ref(encoded);
    T::deserialize(ElementCheck::new(&mut decoder))
}

/// A deserializer, visitor, seed or access of serde, with the check.
struct ElementCheck<T> {
    inner: T,
    /// The elements of the next array, if it is a tuple struct or variant.
    expected: Option<Elements>,
}

/// The elements of a tuple struct or variant.
#[derive(Clone, Copy)]
struct Elements {
    /// Name of the struct; `None` for a variant.
    type_name: Option<&'static str>,
    count: usize,
}

impl<T> ElementCheck<T> {
    fn new(inner: T) -> Self {
        let expected = None;
        Self { inner, expected }
    }

    fn of_elements(inner: T, type_name: Option<&'static str>, count: usize) -> Self {
        let expected = Some(Elements { type_name, count });
        Self { inner, expected }
    }
}

macro_rules! deserialize {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {
        $(
            fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, D::Error> {
                self.inner.$method($($argument,)* ElementCheck::new(visitor))
            }
        )*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ElementCheck<D> {
    type Error = D::Error;

    deserialize! {
        deserialize_any() deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64() deserialize_char() deserialize_str() deserialize_string()
        deserialize_bytes() deserialize_byte_buf() deserialize_option() deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(length: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier() deserialize_ignored_any()
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = ElementCheck::of_elements(visitor, Some(name), length);
        self.inner.deserialize_tuple_struct(name, length, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! visit {
    ($($method:ident: $type:ty)*) => {
        $(
            fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
                self.inner.$method(value)
            }
        )*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for ElementCheck<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    visit! {
        visit_bool: bool visit_i8: i8 visit_i16: i16 visit_i32: i32 visit_i64: i64 visit_i128: i128
        visit_u8: u8 visit_u16: u16 visit_u32: u32 visit_u64: u64 visit_u128: u128
        visit_f32: f32 visit_f64: f64 visit_char: char
        visit_str: &str visit_borrowed_str: &'de str visit_string: String
        visit_bytes: &[u8] visit_borrowed_bytes: &'de [u8] visit_byte_buf: Vec<u8>
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, content: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(ElementCheck::new(content))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, content: D) -> Result<V::Value, D::Error> {
        self.inner.visit_newtype_struct(ElementCheck::new(content))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        if let Some(Elements { type_name, count }) = self.expected
            && let Some(stored) = elements.size_hint()
            && stored < count
        {
            let type_name = match type_name {
                Some(name) => format!("the tuple struct `{name}`"),
                None => "a tuple variant".to_owned(),
            };
            return Err(Error::custom(format_args!(
                "{type_name} has {count} elements of which {stored} are stored, and it is unknown which: no element of \
                 it may be skipped"
            )));
        }
        self.inner.visit_seq(ElementCheck::new(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(ElementCheck::new(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(ElementCheck::new(variant))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for ElementCheck<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, content: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(ElementCheck::new(content))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for ElementCheck<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(ElementCheck::new(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for ElementCheck<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(ElementCheck::new(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(ElementCheck::new(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for ElementCheck<A> {
    type Error = A::Error;
    type Variant = ElementCheck<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let (name, content) = self.inner.variant_seed(seed)?;
        Ok((name, ElementCheck::new(content)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for ElementCheck<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(ElementCheck::new(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.inner
            .tuple_variant(length, ElementCheck::of_elements(visitor, None, length))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, ElementCheck::new(visitor))
    }
}

//! Keys and values whose types are known only at run time.
//!
//! The code that reads input uses these alone, so that it is compiled once. Only the builder needs Rust types, whose names it
//! writes into the file; it is compiled for each pair of them.

use std::any::type_name;

use super::encoded_json::EncodedJson;

/// A key or value of the requested type. Integers are in the range of that type.
#[derive(Debug, Clone, PartialEq)]
pub enum DynamicValue {
    /// Any JSON value.
    Json(EncodedJson),
    /// A string.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// An integer of an unsigned type.
    Unsigned(u128),
    /// An integer of a signed type.
    Signed(i128),
    /// A floating-point number.
    Float(f64),
}

/// A type of keys or values that users can request.
pub trait FromDynamic: Into<DynamicValue> {
    /// The key or value; `None` if it has another type.
    fn from_dynamic(value: DynamicValue) -> Option<Self>;

    /// The name of the type in files.
    fn stored_type_name() -> &'static str {
        type_name::<Self>()
    }
}

impl From<EncodedJson> for DynamicValue {
    fn from(value: EncodedJson) -> Self {
        Self::Json(value)
    }
}

impl FromDynamic for EncodedJson {
    fn from_dynamic(value: DynamicValue) -> Option<Self> {
        match value {
            DynamicValue::Json(value) => Some(value),
            _ => None,
        }
    }

    fn stored_type_name() -> &'static str {
        Self::type_name()
    }
}

impl DynamicValue {
    /// Approximate size in memory, in bytes.
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Json(encoded) => encoded.as_bytes().len(),
                Self::Text(text) => text.len(),
                Self::Bool(_) | Self::Unsigned(_) | Self::Signed(_) | Self::Float(_) => 0,
            }
    }
}

macro_rules! variants {
    ($($variant:ident: $($type:ty)+;)+) => {$($(
        impl From<$type> for DynamicValue {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }

        impl FromDynamic for $type {
            fn from_dynamic(value: DynamicValue) -> Option<Self> {
                match value {
                    DynamicValue::$variant(value) => value.try_into().ok(),
                    _ => None,
                }
            }
        }
    )+)+};
}

variants! {
    Text: String;
    Bool: bool;
    Unsigned: u8 u16 u32 u64 u128;
    Signed: i8 i16 i32 i64 i128;
    Float: f64;
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    #[test]
    fn values_come_back_as_their_type() {
        fn check<T: FromDynamic + Clone + PartialEq + Debug>(values: impl IntoIterator<Item = T>) {
            for value in values {
                assert_eq!(T::from_dynamic(value.clone().into()), Some(value));
            }
        }
        check([b"\xc0", b"\x05"].map(|bytes| EncodedJson::new(bytes.as_slice().into())));
        check([String::new(), "a".to_owned()]);
        check([false, true]);
        check([u8::MIN, u8::MAX]);
        check([u64::MIN, u64::MAX]);
        check([u128::MIN, u128::MAX]);
        check([i8::MIN, i8::MAX]);
        check([i64::MIN, i64::MAX]);
        check([i128::MIN, i128::MAX]);
        check([0.0, f64::MIN, f64::INFINITY]);
    }

    #[test]
    fn values_do_not_come_back_as_another_type() {
        assert_eq!(u8::from_dynamic(256u64.into()), None);
        assert_eq!(u8::from_dynamic(1i8.into()), None);
        assert_eq!(i64::from_dynamic(i128::MIN.into()), None);
        assert_eq!(f64::from_dynamic(1u8.into()), None);
        assert_eq!(
            String::from_dynamic(EncodedJson::new(b"\xa1a".as_slice().into()).into()),
            None
        );
    }
}

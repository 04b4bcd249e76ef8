//! Keys and values whose types are known only once the program runs.
//!
//! What reads input knows no others, and so is compiled once. Only the builder needs the types of Rust, whose names it writes
//! into the file, and is compiled for each pair of them.

use std::any::type_name;

use crate::types::encoded_json::Encoded;

/// A key or value of the type that was asked for. An integer is one that its type has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Typed {
    Json(Encoded),
    Text(String),
    Bool(bool),
    Unsigned(u128),
    Signed(i128),
    Float(f64),
}

/// A type that can be asked for.
pub(crate) trait FromTyped: Into<Typed> {
    /// The key or value; `None` if it is of another type.
    fn from_typed(typed: Typed) -> Option<Self>;

    /// What files call the type.
    fn stored_as() -> &'static str {
        type_name::<Self>()
    }
}

impl From<Encoded> for Typed {
    fn from(held: Encoded) -> Self {
        Self::Json(held)
    }
}

impl FromTyped for Encoded {
    fn from_typed(typed: Typed) -> Option<Self> {
        match typed {
            Typed::Json(held) => Some(held),
            _ => None,
        }
    }

    fn stored_as() -> &'static str {
        Self::type_name()
    }
}

impl Typed {
    /// About how many bytes of memory it takes.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Json(encoded) => encoded.as_bytes().len(),
                Self::Text(text) => text.len(),
                Self::Bool(_) | Self::Unsigned(_) | Self::Signed(_) | Self::Float(_) => 0,
            }
    }
}

macro_rules! held_in {
    ($($variant:ident: $($held:ty)+;)+) => {$($(
        impl From<$held> for Typed {
            fn from(held: $held) -> Self {
                Self::$variant(held.into())
            }
        }

        impl FromTyped for $held {
            fn from_typed(typed: Typed) -> Option<Self> {
                match typed {
                    Typed::$variant(held) => held.try_into().ok(),
                    _ => None,
                }
            }
        }
    )+)+};
}

held_in! {
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
    fn what_has_a_type_comes_back_as_that_type() {
        fn check<T: FromTyped + Clone + PartialEq + Debug>(values: impl IntoIterator<Item = T>) {
            for value in values {
                assert_eq!(T::from_typed(value.clone().into()), Some(value));
            }
        }
        check([b"\xc0", b"\x05"].map(|bytes| Encoded::new(bytes.as_slice().into())));
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
    fn what_has_another_type_does_not() {
        assert_eq!(u8::from_typed(256u64.into()), None);
        assert_eq!(u8::from_typed(1i8.into()), None);
        assert_eq!(i64::from_typed(i128::MIN.into()), None);
        assert_eq!(f64::from_typed(1u8.into()), None);
        assert_eq!(
            String::from_typed(Encoded::new(b"\xa1a".as_slice().into()).into()),
            None
        );
    }
}

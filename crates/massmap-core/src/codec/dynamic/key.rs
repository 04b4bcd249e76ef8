//! Keys of types that are known by name only.

mod canonical;
mod hash;
mod parts;

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::codec::dynamic::{KeyError, Type, Value};

use canonical::Canonical;
use hash::Feed;
use parts::{Ignore, visit_encoded, visit_value};

/// A key that is given without its Rust type: a [`Value`], or a key that is encoded already.
///
/// ```
/// use massmap_core::dynamic::{Key, Type, Value};
///
/// let key_type = Type::parse("u64");
/// let value = Value::from(7);
/// for key in [Key::from(7), Key::from(&value), Key::encoded(b"\xcc\x07")] {
///     assert!(key_type.key(key)?.is_same(b"\x07")?);
/// }
/// # Ok::<(), massmap_core::dynamic::KeyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Key<'a>(Form<'a>);

#[derive(Debug, Clone)]
enum Form<'a> {
    Value(Cow<'a, Value>),
    Encoded(&'a [u8]),
}

impl<'a> Key<'a> {
    /// A key that is encoded as in a file.
    #[must_use]
    pub fn encoded(bytes: &'a [u8]) -> Self {
        Self(Form::Encoded(bytes))
    }
}

impl<'a> From<&'a Value> for Key<'a> {
    fn from(value: &'a Value) -> Self {
        Self(Form::Value(Cow::Borrowed(value)))
    }
}

macro_rules! from_values {
    ($($value:ty)+) => {$(
        impl From<$value> for Key<'_> {
            fn from(value: $value) -> Self {
                Self(Form::Value(Cow::Owned(value.into())))
            }
        }
    )+};
}

from_values!(Value bool char &str String &String);
from_values!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// A key, encoded as in a file, that hashes as its Rust type does.
///
/// Made by [`Type::key`].
#[derive(Clone)]
pub struct EncodedKey<'a> {
    key_type: &'a Type,
    /// A key of that type.
    bytes: Cow<'a, [u8]>,
}

impl Type {
    /// The key that `key` stands for. A [`Value`] is encoded as Rust programs encode it; what is encoded already is checked.
    ///
    /// A byte array stands for a sequence of `u8`, as does an array of integers; an array for a tuple; a string for a character.
    ///
    /// # Errors
    ///
    /// [`KeyError::UnknownType`] unless keys of this type [can be hashed](Self::can_be_key), [`KeyError::Damaged`] for encoded bytes
    /// that are no MessagePack value, and other variants for a key that is none of this type. With [`KeyError::OutOfRange`] and
    /// [`KeyError::WrongLength`] no map can have it.
    pub fn key<'a>(&'a self, key: impl Into<Key<'a>>) -> Result<EncodedKey<'a>, KeyError> {
        Ok(EncodedKey {
            key_type: self,
            bytes: self.encode_key(key.into())?,
        })
    }

    /// Like [`key`](Self::key), but borrows nothing of `key`.
    ///
    /// # Errors
    ///
    /// Those of [`key`](Self::key).
    pub fn owned_key<'k>(&self, key: impl Into<Key<'k>>) -> Result<EncodedKey<'_>, KeyError> {
        Ok(EncodedKey {
            key_type: self,
            bytes: self.encode_key(key.into())?.into_owned().into(),
        })
    }

    fn encode_key<'k>(&self, key: Key<'k>) -> Result<Cow<'k, [u8]>, KeyError> {
        self.check_is_known()?;
        Ok(match key.0 {
            Form::Encoded(bytes) => {
                visit_encoded(&self.0, bytes, &mut Ignore)?;
                bytes.into()
            }
            Form::Value(value) => {
                let mut canonical = Canonical::default();
                visit_value(&self.0, &value, &mut canonical)?;
                canonical.into_bytes().into()
            }
        })
    }

    /// Fails unless keys of this type can be hashed.
    ///
    /// # Errors
    ///
    /// [`KeyError::UnknownType`].
    pub fn check_is_known(&self) -> Result<(), KeyError> {
        match self.can_be_key() {
            true => Ok(()),
            false => Err(KeyError::UnknownType {
                type_name: self.to_string(),
            }),
        }
    }
}

impl<'a> EncodedKey<'a> {
    /// The same key, which does not borrow what it was made of.
    #[must_use]
    pub fn into_owned(self) -> EncodedKey<'a> {
        EncodedKey {
            key_type: self.key_type,
            bytes: Cow::Owned(self.bytes.into_owned()),
        }
    }

    /// The key as it is encoded.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether `stored`, an encoded key, is this one. One key may be encoded in several ways.
    ///
    /// # Errors
    ///
    /// A [`KeyError`] if `stored` is no key of the type.
    pub fn is_same(&self, stored: &[u8]) -> Result<bool, KeyError> {
        if *stored == *self.bytes {
            return Ok(true);
        }
        Ok(self.canonical(stored)? == self.canonical(&self.bytes)?)
    }

    fn canonical(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut canonical = Canonical::default();
        visit_encoded(&self.key_type.0, bytes, &mut canonical)?;
        Ok(canonical.into_bytes())
    }
}

impl Hash for EncodedKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        feed_named(self.key_type, &self.bytes, state).expect("checked when it was made");
    }
}

/// Feeds `state` with an encoded key as its type `key_type` does.
pub(super) fn feed_named<H: Hasher>(key_type: &Type, encoded: &[u8], state: &mut H) -> Result<(), KeyError> {
    visit_encoded(&key_type.0, encoded, &mut Feed::new(state))
}

impl fmt::Debug for EncodedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "EncodedKey({} of the type {})",
            self.bytes.escape_ascii(),
            self.key_type
        )
    }
}

#[cfg(test)]
mod tests;
